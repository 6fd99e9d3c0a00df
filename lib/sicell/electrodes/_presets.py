"""Ready-made electrodes; what the caller does not give is as in ``data/electrodes``."""

from dataclasses import replace
from typing import Any

from sicell import _check, materials
from sicell.electrodes._common import BOTH, SILICON, Curves, branches, change, memory
from sicell.electrodes._draws import Draws
from sicell.electrodes._electrode import Electrode
from sicell.electrodes._files import drawn, load, one_of, parameter
from sicell.electrodes._parts import Part
from sicell.electrodes._reference import ReferenceElectrode


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
    li15si4_onset, li15si4_share : float, optional
        Potential below which Li15Si4 forms, in V (assumed: 0.05), and its share of the capacity then (assumed: 0.5).
    lower_limit, upper_limit : float, optional
        Potentials of lithiation 1 and 0, in V (assumed: 0.005 and 2.5).

    Examples
    --------
    >>> round(silicon().specific_capacity)
    3579
    """
    lower, upper = parameter("silicon", "lower_limit", lower_limit), parameter("silicon", "upper_limit", upper_limit)
    if specific_capacity is None:
        specific_capacity = materials.theoretical_capacity("Si", parameter("silicon", "lithium_per_silicon"))
    found = branches("silicon", "silicon", SILICON, curves, lower, upper)
    part = Part("silicon", found, phase_change=change(li15si4_onset, None, li15si4_share), **memory())
    density = materials.density("Si")
    return Electrode("silicon", [part], specific_capacity, "Si", lower, upper, density)


def on_file(name: str, specific_capacity: Any = None, *, lower_limit: Any = None, upper_limit: Any = None) -> Electrode:
    """Return the electrode of a file in ``data/electrodes`` that has one host and no special first cycle.

    The file needs ``specific_capacity`` (mAh/g), ``lower_limit`` and ``upper_limit`` (V), may have a ``density``
    (g/cm3), and names a curve for each of the branches ``lithiation`` and ``delithiation``, which may be the same one.
    What is given here counts instead.

    >>> on_file("graphite").specific_capacity
    372.0
    """
    lower, upper = parameter(name, "lower_limit", lower_limit), parameter(name, "upper_limit", upper_limit)
    part = Part(name, branches(name, name, BOTH, None, lower, upper))
    capacity = parameter(name, "specific_capacity", specific_capacity)
    label, density = load(name)["name"], load(name)["parameters"].get("density", {}).get("value")
    return Electrode(label, [part], capacity, label, lower, upper, density)


def graphite(specific_capacity: Any = None, *, lower_limit: Any = None, upper_limit: Any = None) -> Electrode:
    """Graphite: capacity in mAh per g between the limits (that of LiC6, 372), limits in V (assumed: 0.009 and 2.5).

    >>> round(float(graphite().potential(0.5, "delithiation")), 2)
    0.13
    """
    found = on_file("graphite", specific_capacity, lower_limit=lower_limit, upper_limit=upper_limit)
    return replace(found, density=materials.density("graphite"))


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
        found = branches("NCM90", "ncm90", BOTH, curves, lower, upper)
        reference = parameter("ncm90", "reference_potential")
        window = {key: 1.0 - branch.curve.lithiation(reference) for key, branch in found.items()}
        first = parameter("ncm90", "first_charge_capacity", charge) / window["delithiation"]
        later = discharge_capacity / window["lithiation"]
        part = Part("NCM90", found, retained=later / first, turns="potential")
        density = materials.density("NCM90")
        options = {"starts": "delithiation", "sample": sample}
        return Electrode("NCM90", [part], first, "NCM", lower, upper, density, **options)

    def sample(draws: Draws) -> Electrode:
        charge, low = first_charge_capacity, lower_limit
        if charge is None:
            charge = drawn(draws, "ncm90", "first_charge_capacity", "cathode capacity")
        if low is None:
            low = drawn(draws, "ncm90", "lower_limit", "electrode limits")
        drawn_curves = {key: one_of(draws, "ncm90", key, "cathode curve") for key in ("delithiation", "lithiation")}
        return make(charge, low, drawn_curves | dict(curves or {}))

    return make(first_charge_capacity, lower_limit, curves, sample)


def li_in() -> ReferenceElectrode:
    """Indium–lithium alloy in its two-phase region: K. Takada et al., Solid State Ionics 86–88 (1996) 877.

    >>> li_in().potential()
    0.62
    """
    return ReferenceElectrode("Li–In", parameter("li-in", "potential"))


def lithium() -> ReferenceElectrode:
    """Lithium metal, the reference of the scale.

    >>> lithium().potential()
    0.0
    """
    return ReferenceElectrode("Li", parameter("lithium", "potential"))
