"""Ready-made electrodes; what the caller does not give is as in ``data/electrodes``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sicell import _check, materials
from sicell.electrodes._draws import Draws
from sicell.electrodes._electrode import Electrode
from sicell.electrodes._files import assumed, curve, declared, drawn, load, one_of, parameter, reactions
from sicell.electrodes._parts import CRYSTALLINE, Branch, Part, PhaseChange
from sicell.electrodes._reference import ReferenceElectrode

__all__ = ["carbon", "graphite", "li_in", "lithium", "ncm90", "on_file", "si_c", "silicon"]

_SILICON = ("first lithiation", "lithiation", "delithiation", CRYSTALLINE)
_BOTH = ("lithiation", "delithiation")
#: Curves by branch: names as in ``data/electrodes``, or curves of one's own.
Curves = Mapping[str, "str | Branch"]


def _branches(name: str, electrode: str, keys: Any, curves: Curves | None, lower: Any, upper: Any) -> dict[str, Branch]:
    """Curves of a part between the limits: the caller's choice, else those declared on file."""
    found = {}
    for key in keys:
        given = (curves or {}).get(key) or declared(electrode, key)[0]
        branch = curve(given) if isinstance(given, str) else given
        found[key] = Branch({name: branch.curve.normalized(lower, upper)}, branch.measured, branch.source)
    return found


def _change(onset: Any, error: float | None, share: Any) -> PhaseChange:
    """Crystallization of Li15Si4; the interval of the onset on file is one of 95 %."""
    entry = load("silicon")["parameters"]["li15si4_onset"]
    if error is None:
        error = (entry["range"][1] - entry["range"][0]) / (2 * 1.96)
    return PhaseChange(entry["value"] if onset is None else onset, error, parameter("silicon", "li15si4_share", share))


def silicon(
    specific_capacity: Any = None,
    *,
    curves: Curves | None = None,
    li15si4_onset: Any = None,
    li15si4_share: Any = None,
    lower_limit: Any = None,
    upper_limit: Any = None,
) -> Electrode:
    """Crystalline silicon nanoparticles: plateau on the first lithiation, amorphous afterwards.

    Parameters
    ----------
    specific_capacity : float, optional
        In mAh per g Si between the limits; that of Li15Si4, 3579, if not given.
    curves : mapping of branch to curve, optional
        Other curves, or names of them, than those declared in ``data/electrodes/silicon.toml``.
    li15si4_onset : float, optional
        Potential below which Li15Si4 forms, in V (assumed: 0.05).
    li15si4_share : float, optional
        Share of the capacity that it then takes (assumed: 0.5).
    lower_limit, upper_limit : float, optional
        Potentials of lithiation 1 and 0, in V (assumed: 0.005 and 2.5).

    Returns
    -------
    Electrode

    Examples
    --------
    >>> round(silicon().specific_capacity)
    3579
    """
    lower, upper = parameter("silicon", "lower_limit", lower_limit), parameter("silicon", "upper_limit", upper_limit)
    if specific_capacity is None:
        specific_capacity = materials.theoretical_capacity("Si", parameter("silicon", "lithium_per_silicon"))
    branches = _branches("silicon", "silicon", _SILICON, curves, lower, upper)
    part = Part("silicon", branches, phase_change=_change(li15si4_onset, None, li15si4_share))
    density = materials.density("Si")
    return Electrode("silicon", [part], specific_capacity, "Si", lower, upper, density, sample=None)


def _two_branches(
    name: str, limits: str, specific_capacity: Any, lower_limit: Any, upper_limit: Any, density: float | None
) -> Electrode:
    """Electrode without a special first cycle."""
    lower, upper = parameter(limits, "lower_limit", lower_limit), parameter(limits, "upper_limit", upper_limit)
    part = Part(name, _branches(name, name, _BOTH, None, lower, upper))
    capacity = parameter(name, "specific_capacity", specific_capacity)
    label = load(name)["name"]
    return Electrode(label, [part], capacity, label, lower, upper, density)


def on_file(name: str) -> Electrode:
    """Return the electrode of a file in ``data/electrodes`` that has one host and no special first cycle.

    The file needs ``specific_capacity`` (mAh/g), ``lower_limit`` and ``upper_limit`` (V), may have a ``density``
    (g/cm3), and names a curve for each of the branches ``lithiation`` and ``delithiation``, which may be the same one.

    >>> on_file("graphite").specific_capacity
    372.0
    """
    density = load(name)["parameters"].get("density", {}).get("value")
    return _two_branches(name, name, None, None, None, density)


def carbon(specific_capacity: Any = None, *, lower_limit: Any = None, upper_limit: Any = None) -> Electrode:
    """Carbon shell: disordered carbon with a few graphitic domains. All of its parameters are assumed.

    Parameters
    ----------
    specific_capacity : float, optional
        In mAh per g carbon (assumed: 450).
    lower_limit, upper_limit : float, optional
        As for :func:`silicon`.

    Returns
    -------
    Electrode

    Examples
    --------
    >>> carbon().branch("lithiation").measured is None
    True
    """
    return _two_branches(
        "carbon", "silicon", specific_capacity, lower_limit, upper_limit, materials.density("amorphous carbon")
    )


def graphite(specific_capacity: Any = None, *, lower_limit: Any = None, upper_limit: Any = None) -> Electrode:
    """Graphite.

    Parameters
    ----------
    specific_capacity : float, optional
        In mAh per g graphite; that of LiC6, 372, if not given.
    lower_limit, upper_limit : float, optional
        Potentials of lithiation 1 and 0, in V (assumed: 0.009 and 2.5).

    Returns
    -------
    Electrode

    Examples
    --------
    >>> round(float(graphite().potential(0.5, "delithiation")), 2)
    0.13
    """
    return _two_branches(
        "graphite", "graphite", specific_capacity, lower_limit, upper_limit, materials.density("graphite")
    )


def si_c(
    si_fraction: Any = 0.37,
    specific_capacity: Any = None,
    *,
    carbon_share: Any = None,
    nanofiber_share: Any = None,
    electrolyte_share: Any = None,
    curves: Curves | None = None,
    li15si4_onset: Any = None,
    li15si4_share: Any = None,
    lower_limit: Any = None,
) -> Electrode:
    """Silicon in a carbon shell: both at one potential, their capacities add.

    On the first lithiation four parts take charge: silicon, the shell, the carbon nanofibers of the composite
    electrode, and the reduction of the electrolyte, which gives nothing back. Only the total is known; the shares are
    assumed, reported by :meth:`Electrode.contributions`, and ranged in :func:`assumptions`.

    Parameters
    ----------
    si_fraction : float, optional
        Mass fraction of silicon in Si–C, 0 to 1.
    specific_capacity : float, optional
        First lithiation between the limits, in mAh per g of composite electrode. If not given: computed in mAh per g
        Si–C, with silicon to Li15Si4 and the assumed ratio of the capacities.
    carbon_share : float, optional
        Share of the first lithiation that everything but silicon takes (assumed: 0.22 at 37 % silicon, more with less
        silicon).
    nanofiber_share, electrolyte_share : float, optional
        What of it the carbon nanofibers and the electrolyte take (assumed: 0.02 each).
    curves, li15si4_onset, li15si4_share, lower_limit : optional
        As for :func:`silicon`; the upper limit is the same, too.

    Returns
    -------
    Electrode

    Raises
    ------
    ValueError
        If a fraction lies outside 0 to 1 (37 instead of 0.37), or nanofibers and electrolyte exceed `carbon_share`.

    Examples
    --------
    >>> anode = si_c(si_fraction=0.37)
    >>> anode.per_gram_of
    'Si–C'
    >>> share = anode.contributions(anode.lower_limit, "first lithiation").iloc[0]
    >>> {part: round(float(value), 2) for part, value in share.items()}
    {'silicon': 0.78, 'carbon': 0.18, 'nanofibers': 0.02, 'electrolyte': 0.02}
    """
    content = _check.between("si_fraction", si_fraction, 0.01, 1)
    given = {"specific_capacity": specific_capacity, "carbon_share": carbon_share, "nanofiber_share": nanofiber_share}
    given |= {"electrolyte_share": electrolyte_share, "li15si4_onset": li15si4_onset, "li15si4_share": li15si4_share}
    given |= {"curves": curves, "lower_limit": lower_limit}

    def sample(draws: Draws) -> Electrode:
        return _si_c(content, **_drawn(draws, content, given))

    return _si_c(content, **given, sample=sample)


def _rest(content: Any, ratio: Any) -> Any:
    """Share of the first lithiation that is not silicon's."""
    return (1 - content) * ratio / (content + (1 - content) * ratio)


def _si_c(
    content: Any,
    specific_capacity: Any = None,
    carbon_share: Any = None,
    nanofiber_share: Any = None,
    electrolyte_share: Any = None,
    curves: Curves | None = None,
    lower_limit: Any = None,
    sample: Any = None,
    **change: Any,
) -> Electrode:
    """Put silicon, shell, nanofibers and the electrolyte's reduction together; `curves` by branch or (part, branch)."""
    curves = curves or {}
    lower = parameter("silicon", "lower_limit", lower_limit)
    upper = curves.get("upper_limit", parameter("silicon", "upper_limit"))
    per_gram_of = "Si–C" if specific_capacity is None else "composite"
    ratio = parameter("carbon", "capacity_ratio")
    if specific_capacity is None:
        pure = materials.theoretical_capacity("Si", parameter("silicon", "lithium_per_silicon"))
        specific_capacity = pure * (content + (1 - content) * ratio)
    rest = _rest(content, ratio) if carbon_share is None else carbon_share
    _check.between("carbon_share", rest, 0, 0.99)
    fibers = _check.non_negative("nanofiber_share", parameter("carbon", "nanofiber_share", nanofiber_share))
    reduction = _check.non_negative("electrolyte_share", parameter("electrolyte", "reduction_share", electrolyte_share))
    shell = rest - fibers - reduction
    if np.any(shell < -1e-12):
        raise ValueError(
            f"nanofiber_share and electrolyte_share must not exceed carbon_share {np.min(rest):g}, "
            f"got {np.max(fibers):g} and {np.max(reduction):g}"
        )
    limits = lower, upper
    parts = [
        Part(
            "silicon",
            _branches("silicon", "silicon", _SILICON, curves, *limits),
            1 - rest,
            phase_change=_change(change.get("li15si4_onset"), change.get("li15si4_error"), change.get("li15si4_share")),
        ),
        Part("carbon", _branches("carbon", "carbon", _BOTH, curves.get("carbon"), *limits), shell),
        Part("nanofibers", _branches("nanofibers", "graphite", _BOTH, curves.get("nanofibers"), *limits), fibers),
        Part(
            "electrolyte",
            _branches("electrolyte", "electrolyte", ("first lithiation",), curves.get("electrolyte"), *limits),
            reduction,
            reversible=False,
        ),
    ]
    parts = [part for part in parts if np.any(np.asarray(part.share) > 1e-12)]
    density = 1.0 / (content / materials.density("Si") + (1 - content) / materials.density("amorphous carbon"))
    return Electrode(
        "Si–C", parts, specific_capacity, per_gram_of, lower, upper, density, specific_capacity, sample=sample
    )


def _drawn(draws: Draws, content: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Arguments of :func:`_si_c` drawn from their ranges; what the caller gave stays as it is."""

    def value(name: str, electrode: str, key: str, group: str, **options: Any) -> Any:
        return drawn(draws, electrode, key, group, **options) if given[name] is None else given[name]

    curves: dict[str, Any] = {}
    lower = value("lower_limit", "silicon", "lower_limit", "electrode limits", limits=(0.0, 0.2))
    curves["upper_limit"] = drawn(draws, "silicon", "upper_limit", "electrode limits")
    ratio = drawn(draws, "carbon", "capacity_ratio", "carbon shares", limits=(0.01, 1.0))
    rest = _rest(content, ratio) if given["carbon_share"] is None else np.asarray(given["carbon_share"])
    fibers = np.clip(value("nanofiber_share", "carbon", "nanofiber_share", "carbon shares"), 0, 0.9 * rest)
    reduction = value("electrolyte_share", "electrolyte", "reduction_share", "carbon shares")
    reduction = np.clip(reduction, 0, 0.9 * (rest - fibers))
    draws.inputs["share of all but silicon"] = np.broadcast_to(rest, (draws.number, 1)).ravel()
    first = one_of(draws, "silicon", "first lithiation", "silicon curve")
    name = declared("silicon", "first lithiation")[0]
    error = reactions(name, "standard_errors")[0, reactions(name)[2].argmin()]
    # The plateau is known to its standard error; errors of single reactions are strongly correlated.
    shift = drawn(draws, "silicon", "first_lithiation_shift", "silicon curve")
    shift = shift + draws.within(0.0, -1.96 * error, 1.96 * error, "silicon curve")
    curves["first lithiation"] = Branch({"silicon": first.curve.shifted(shift)}, first.measured, first.source)
    for key in ("delithiation", CRYSTALLINE):
        curves[key] = one_of(draws, "silicon", key, "silicon curve")
    curves["nanofibers"] = {key: one_of(draws, "graphite", key, "silicon curve") for key in _BOTH}
    curves["carbon"] = {key: assumed(draws, declared("carbon", key)[0], "carbon curve") for key in _BOTH}
    name = declared("electrolyte", "first lithiation")[0]
    curves["electrolyte"] = {"first lithiation": assumed(draws, name, "carbon curve")}
    curves |= given["curves"] or {}
    entry = load("silicon")["parameters"]["li15si4_onset"]
    onset = given["li15si4_onset"]
    if onset is None:
        onset = draws.within(entry["value"], *entry["range"], "Li15Si4")
    return {
        "specific_capacity": given["specific_capacity"],
        "carbon_share": rest,
        "nanofiber_share": fibers,
        "electrolyte_share": reduction,
        "curves": curves,
        "lower_limit": lower,
        "li15si4_onset": onset,
        "li15si4_error": 0.0,
        "li15si4_share": value("li15si4_share", "silicon", "li15si4_share", "Li15Si4", limits=(0.0, 1.0)),
    }


def ncm90(
    first_charge_capacity: Any = None,
    discharge_capacity: Any = 205.0,
    *,
    curves: Curves | None = None,
    lower_limit: Any = None,
    upper_limit: Any = None,
) -> Electrode:
    """LiNi0.9Co0.05Mn0.05O2, with the curve of the public oxide nearest to it in composition.

    Parameters
    ----------
    first_charge_capacity : float, optional
        First charge to 4.30 V vs Li/Li+, in mAh per g oxide (assumed: 236).
    discharge_capacity : float, optional
        Discharge from 4.30 V to the lower limit, in mAh per g oxide.
    curves : mapping of branch to curve, optional
        Such as ``{"delithiation": "nca-delithiation-m35a", "lithiation": "nca-lithiation-m35a"}``.
    lower_limit, upper_limit : float, optional
        Potentials of lithiation 1 and 0, in V (assumed: 3.0 and 4.4); above 4.30 V the curves are extrapolated.

    Returns
    -------
    Electrode
        ``specific_capacity`` and ``reversible_capacity`` are the capacities between the limits.

    Examples
    --------
    >>> cathode = ncm90(discharge_capacity=200.0)
    >>> round(float(cathode.lithiation(4.3, "delithiation")), 2)
    0.04
    """
    _check.positive("first_charge_capacity", parameter("ncm90", "first_charge_capacity", first_charge_capacity))
    _check.positive("discharge_capacity", discharge_capacity)
    given = {"curves": curves, "upper": parameter("ncm90", "upper_limit", upper_limit)}

    def make(charge: Any, low: Any, curves: Curves | None, sample: Any = None) -> Electrode:
        lower, upper = parameter("ncm90", "lower_limit", low), given["upper"]
        branches = _branches("NCM90", "ncm90", _BOTH, curves, lower, upper)
        reference = parameter("ncm90", "reference_potential")
        window = {key: 1.0 - branch.curve.lithiation(reference) for key, branch in branches.items()}
        first = parameter("ncm90", "first_charge_capacity", charge) / window["delithiation"]
        later = discharge_capacity / window["lithiation"]
        part = Part("NCM90", branches, retained=later / first)
        density = materials.density("NCM90")
        return Electrode("NCM90", [part], first, "NCM", lower, upper, density, later, "potential", sample)

    def sample(draws: Draws) -> Electrode:
        charge, low = first_charge_capacity, lower_limit
        if charge is None:
            charge = drawn(draws, "ncm90", "first_charge_capacity", "cathode capacity")
        if low is None:
            low = drawn(draws, "ncm90", "lower_limit", "electrode limits")
        found = {key: one_of(draws, "ncm90", key, "cathode curve") for key in ("delithiation", "lithiation")}
        return make(charge, low, found | dict(curves or {}))

    return make(first_charge_capacity, lower_limit, curves, sample)


def li_in() -> ReferenceElectrode:
    """Indium–lithium alloy in its two-phase region.

    References
    ----------
    K. Takada, N. Aotani, K. Iwamoto, S. Kondo, Solid State Ionics 86–88 (1996) 877.

    Examples
    --------
    >>> li_in().potential()
    0.62
    """
    return ReferenceElectrode("Li–In", parameter("li-in", "potential"))


def lithium() -> ReferenceElectrode:
    """Lithium metal, the reference of the scale.

    Examples
    --------
    >>> lithium().potential()
    0.0
    """
    return ReferenceElectrode("Li", parameter("lithium", "potential"))
