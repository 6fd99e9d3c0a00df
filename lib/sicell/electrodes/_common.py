"""What the ready-made electrodes share."""

from collections.abc import Mapping
from typing import Any

from sicell.electrodes._files import curve, declared, load, parameter
from sicell.electrodes._parts import CRYSTALLINE, Branch, PhaseChange

SILICON = ("first lithiation", "lithiation", "delithiation", CRYSTALLINE)
BOTH = ("lithiation", "delithiation")
#: Curves by branch: names as in ``data/electrodes``, or curves of one's own.
Curves = Mapping[str, "str | Branch"]


def branches(name: str, electrode: str, keys: Any, curves: Curves | None, lower: Any, upper: Any) -> dict[str, Branch]:
    """Curves of a part between the limits: the caller's choice, else those declared on file."""
    found = {}
    for key in keys:
        given = (curves or {}).get(key) or declared(electrode, key)[0]
        branch = curve(given) if isinstance(given, str) else given
        found[key] = Branch({name: branch.curve.normalized(lower, upper)}, branch.measured, branch.source)
    return found


def change(onset: Any, error: float | None, share: Any) -> PhaseChange:
    """Crystallization of Li15Si4; the interval of the onset on file is one of 95 %."""
    entry = load("silicon")["parameters"]["li15si4_onset"]
    if error is None:
        error = (entry["range"][1] - entry["range"][0]) / (2 * 1.96)
    return PhaseChange(entry["value"] if onset is None else onset, error, parameter("silicon", "li15si4_share", share))


def memory(composition: Any = None, relaxation: Any = None) -> dict[str, Any]:
    """What silicon does after a reversal: lithiation behind the front, and the length of its scanning curves."""
    front = parameter("silicon", "front_composition", composition) / parameter("silicon", "lithium_per_silicon")
    return {"front": front, "relaxation": parameter("silicon", "relaxation", relaxation)}
