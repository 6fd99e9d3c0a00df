"""The paper's electrodes: the models' electrodes with the paper's numbers, each noting the claims that it rests on.

Numbers come from the ledger. The files in ``data/electrodes`` list the claims that were in view when a curve or a range
was chosen; making an electrode reads them too.
"""

from collections.abc import Iterator
from typing import Any

from companion import ledger
from sicell import electrodes
from sicell.electrodes import BRANCHES, Electrode, assumptions, blend, curve, declared, li_in, lithium, load, reactions

__all__ = [
    "BRANCHES",
    "Electrode",
    "assumptions",
    "blend",
    "curve",
    "declared",
    "graphite",
    "li_in",
    "lithium",
    "load",
    "ncm90",
    "note",
    "reactions",
    "si_c",
    "silicon",
]


def _claims(entry: Any) -> Iterator[str]:
    """Ids of the claims listed anywhere in a file."""
    if isinstance(entry, dict):
        yield from entry.get("claims", ())
        entry = list(entry.values())
    if isinstance(entry, list):
        for one in entry:
            yield from _claims(one)


def note(*names: str) -> None:
    """Note the claims that were in view when the files of these electrodes were written."""
    for name in names:
        for id in _claims(electrodes.load(name)):
            ledger.claim(id)


def silicon(*args: Any, **options: Any) -> Electrode:
    """Return :func:`sicell.electrodes.silicon`, as for the paper's bare nanoparticles."""
    note("silicon")
    return electrodes.silicon(*args, **options)


def graphite(*args: Any, **options: Any) -> Electrode:
    """Return :func:`sicell.electrodes.graphite`."""
    note("graphite")
    return electrodes.graphite(*args, **options)


def si_c(si_fraction: float | None = None, specific_capacity: float | None = None, **options: Any) -> Electrode:
    """Return Si–C: if nothing is given, the paper's Si37@C composite electrode with its first lithiation.

    With a silicon fraction and no capacity, the capacity is computed, in mAh per g Si–C.

    >>> si_c().per_gram_of
    'composite'
    """
    note("silicon", "carbon", "graphite", "electrolyte")
    if si_fraction is None:
        si_fraction = ledger.value("silicon-fraction-si37") / 100
        if specific_capacity is None:
            specific_capacity = ledger.value("anode-first-lithiation-capacity")
    return electrodes.si_c(si_fraction, specific_capacity, **options)


def ncm90(
    first_charge_capacity: float | None = None, discharge_capacity: float | None = None, **options: Any
) -> Electrode:
    """Return NCM90, with the discharge capacity that the paper measured in its half-cell."""
    note("ncm90")
    if discharge_capacity is None:
        discharge_capacity = ledger.value("ncm-maximum-capacity")
    return electrodes.ncm90(first_charge_capacity, discharge_capacity, **options)
