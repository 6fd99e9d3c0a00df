"""Mixtures: capacity, density, volume fractions and ionic resistance of composite electrodes.

A composition is a mapping from component to mass fraction, such as ``{"Si": 0.37, "carbon": 0.63}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from uncertainties.unumpy import nominal_values

from sicell._check import between, non_negative, positive
from sicell.materials.formulas import density

__all__ = [
    "capacity_per_component",
    "capacity_per_composite",
    "composite_capacity",
    "composite_density",
    "effective_ionic_conductivity",
    "fractions_from_parts",
    "porous_electrode_resistance",
    "volume_fractions",
]


def _mapping(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not value:
        raise TypeError(f"{name} must be a mapping from component to number, got {value!r}")
    return value


def _fractions(mass_fractions: Any) -> dict[str, Any]:
    """Return the checked mass fractions of a composition."""
    checked = {
        name: between(f"mass_fractions[{name!r}]", fraction, 0, 1)
        for name, fraction in _mapping("mass_fractions", mass_fractions).items()
    }
    total = np.asarray(nominal_values(sum(checked.values())), dtype=float)
    wrong = np.abs(total - 1) > 1e-6
    if wrong.any():
        raise ValueError(f"mass_fractions must sum to 1, got a sum of {total[wrong].ravel()[0]:g}")
    return checked


def _of_components(name: str, values: Any, fractions: dict[str, Any]) -> dict[str, Any]:
    """Return the entry of `values` for each component, in the order of the composition."""
    missing = [component for component in fractions if component not in _mapping(name, values)]
    if missing:
        raise ValueError(f"{name} must have an entry for every component, lacks {', '.join(map(repr, missing))}")
    return {component: values[component] for component in fractions}


def _solid_volumes(mass_fractions: Any, densities: Any) -> dict[str, Any]:
    """Return the volume of each component in one gram of the mixture, cm3."""
    fractions = _fractions(mass_fractions)
    if densities is None:
        densities = {component: density(component) for component in fractions}
    densities = _of_components("densities", densities, fractions)
    return {
        component: fraction / positive(f"densities[{component!r}]", densities[component], "g/cm3")
        for component, fraction in fractions.items()
    }


def fractions_from_parts(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return mass fractions from a mixing ratio in parts, such as 85:13:2.

    Parameters
    ----------
    parts : mapping of str to float or array
        Parts by mass of each component, in any unit.

    Returns
    -------
    dict of str to float or array
        Mass fractions, which sum to one.

    Raises
    ------
    TypeError
        If `parts` is not a mapping.
    ValueError
        If a part is negative or all of them are zero.

    Examples
    --------
    >>> fractions_from_parts({"NCM90": 85, "VG-CNF": 13, "Li6PS5Cl": 2})
    {'NCM90': 0.85, 'VG-CNF': 0.13, 'Li6PS5Cl': 0.02}
    """
    checked = {name: non_negative(f"parts[{name!r}]", value) for name, value in _mapping("parts", parts).items()}
    total = positive("sum of parts", sum(checked.values()))
    return {name: value / total for name, value in checked.items()}


def composite_capacity(mass_fractions: Mapping[str, Any], capacities: Mapping[str, Any]) -> Any:
    """Return the specific capacity of a mixture whose components store lithium independently.

    Parameters
    ----------
    mass_fractions : mapping of str to float or array
        Mass fraction of each component; they sum to one.
    capacities : mapping of str to float or array
        Capacity of each component, mAh/g of that component; zero for an inactive one.

    Returns
    -------
    float or array
        Capacity, mAh/g of the mixture.

    Raises
    ------
    TypeError
        If an argument is not a mapping.
    ValueError
        If the fractions do not sum to one, a number is negative or a component has no capacity.

    Examples
    --------
    Silicon and graphitic carbon, 37:63:

    >>> round(composite_capacity({"Si": 0.37, "C": 0.63}, {"Si": 3579, "C": 372}))
    1559
    """
    fractions = _fractions(mass_fractions)
    capacities = _of_components("capacities", capacities, fractions)
    return sum(
        fraction * non_negative(f"capacities[{name!r}]", capacities[name], "mAh/g")
        for name, fraction in fractions.items()
    )


def capacity_per_component(capacity: Any, mass_fraction: Any) -> Any:
    """Refer a capacity per gram of a mixture to the mass of one component, as if that stored everything.

    Parameters
    ----------
    capacity : float or array
        Capacity, mAh/g of the mixture.
    mass_fraction : float or array
        Mass fraction of the component in the mixture, above 0 and at most 1.

    Returns
    -------
    float or array
        Capacity, mAh/g of the component.

    Raises
    ------
    ValueError
        If the capacity is negative or the fraction is not above 0 and at most 1.

    Examples
    --------
    An anode with 60 % of active material delivers 922 mAh per gram of anode, hence per gram of active material:

    >>> round(capacity_per_component(922, 0.60))
    1537
    """
    fraction = positive("mass_fraction", between("mass_fraction", mass_fraction, 0, 1))
    return non_negative("capacity", capacity, "mAh/g") / fraction


def capacity_per_composite(capacity: Any, mass_fraction: Any) -> Any:
    """Refer a capacity per gram of one component to the mass of the mixture that holds it.

    Parameters
    ----------
    capacity : float or array
        Capacity, mAh/g of the component.
    mass_fraction : float or array
        Mass fraction of the component in the mixture, above 0 and at most 1.

    Returns
    -------
    float or array
        Capacity, mAh/g of the mixture.

    Raises
    ------
    ValueError
        If the capacity is negative or the fraction is not above 0 and at most 1.

    Examples
    --------
    >>> round(capacity_per_composite(207, 0.85), 2)
    175.95
    """
    fraction = positive("mass_fraction", between("mass_fraction", mass_fraction, 0, 1))
    return non_negative("capacity", capacity, "mAh/g") * fraction


def volume_fractions(
    mass_fractions: Mapping[str, Any], densities: Mapping[str, Any] | None = None, porosity: Any = 0.0
) -> dict[str, Any]:
    """Return the share of each component in the volume of an electrode.

    Parameters
    ----------
    mass_fractions : mapping of str to float or array
        Mass fraction of each component; they sum to one.
    densities : mapping of str to float or array, optional
        Density of each component, g/cm3; taken from :func:`sicell.materials.density` if left out.
    porosity : float or array
        Share of pores in the volume of the electrode, 0 to 1.

    Returns
    -------
    dict of str to float or array
        Volume fractions of the components; with the porosity they sum to one.

    Raises
    ------
    TypeError
        If an argument is not a mapping.
    ValueError
        If the fractions do not sum to one, a density is missing, unknown or not positive, or the porosity is not
        between 0 and 1.

    Examples
    --------
    >>> composition = fractions_from_parts({"NCM90": 85, "VG-CNF": 13, "Li6PS5Cl": 2})
    >>> {name: round(fraction, 3) for name, fraction in volume_fractions(composition).items()}
    {'NCM90': 0.701, 'VG-CNF': 0.256, 'Li6PS5Cl': 0.042}
    """
    solid_share = 1 - between("porosity", porosity, 0, 1)
    volumes = _solid_volumes(mass_fractions, densities)
    total = sum(volumes.values())
    return {component: solid_share * volume / total for component, volume in volumes.items()}


def composite_density(
    mass_fractions: Mapping[str, Any], densities: Mapping[str, Any] | None = None, porosity: Any = 0.0
) -> Any:
    """Return the density of a mixture, with its pores.

    Parameters
    ----------
    mass_fractions : mapping of str to float or array
        Mass fraction of each component; they sum to one.
    densities : mapping of str to float or array, optional
        Density of each component, g/cm3; taken from :func:`sicell.materials.density` if left out.
    porosity : float or array
        Share of pores in the volume of the mixture, 0 to 1.

    Returns
    -------
    float or array
        Density, g/cm3; with `porosity` 0 the highest density that the mixture can have.

    Raises
    ------
    TypeError
        If an argument is not a mapping.
    ValueError
        As for :func:`volume_fractions`.

    Examples
    --------
    >>> round(composite_density({"Si": 0.5, "graphite": 0.5}), 3)
    2.294
    """
    solid_share = 1 - between("porosity", porosity, 0, 1)
    return solid_share / sum(_solid_volumes(mass_fractions, densities).values())


def effective_ionic_conductivity(conductivity: Any, electrolyte_fraction: Any, exponent: Any = 1.5) -> Any:
    """Return the ionic conductivity of a composite after Bruggeman.

    Parameters
    ----------
    conductivity : float or array
        Conductivity of the pure electrolyte, mS/cm.
    electrolyte_fraction : float or array
        Volume fraction of the electrolyte in the composite, 0 to 1.
    exponent : float or array
        Bruggeman's exponent; 1.5 holds for insulating spheres in a continuous electrolyte.

    Returns
    -------
    float or array
        Effective conductivity, mS/cm.

    Raises
    ------
    ValueError
        If the conductivity or the exponent is not positive or the volume fraction is not a fraction.

    Notes
    -----
    The electrolyte is taken to be connected however little of it there is. Composites of pressed powders with a few
    vol-% lie below percolation and conduct much less, so the result is an upper bound there.

    References
    ----------
    D. A. G. Bruggeman, Ann. Phys. 416 (1935) 636.

    Examples
    --------
    >>> round(effective_ionic_conductivity(3.0, 0.25), 3)
    0.375
    """
    fraction = between("electrolyte_fraction", electrolyte_fraction, 0, 1)
    return positive("conductivity", conductivity, "mS/cm") * fraction ** positive("exponent", exponent)


def porous_electrode_resistance(
    thickness: Any, conductivity: Any, electrolyte_fraction: Any, exponent: Any = 1.5
) -> Any:
    """Return what ion transport through a composite electrode adds to a cell's resistance: a third of its full value.

    Parameters
    ----------
    thickness : float or array
        Thickness of the electrode, um.
    conductivity : float or array
        Conductivity of the pure electrolyte, mS/cm.
    electrolyte_fraction : float or array
        Volume fraction of the electrolyte in the electrode, above 0 and at most 1.
    exponent : float or array
        Bruggeman's exponent.

    Returns
    -------
    float or array
        Area-specific resistance, ohm cm2.

    Raises
    ------
    ValueError
        If an argument is not positive or the volume fraction exceeds 1.

    Notes
    -----
    A third of thickness over effective conductivity is the low-frequency limit of a transmission line whose electronic
    and charge-transfer resistances are small: the reaction is spread evenly over the thickness.

    References
    ----------
    R. de Levie, Electrochim. Acta 8 (1963) 751, https://doi.org/10.1016/0013-4686(63)80042-0 (transmission line);
    D. A. G. Bruggeman, Ann. Phys. 416 (1935) 636 (conductivity).

    Examples
    --------
    A 100 um electrode with 25 vol-% of an electrolyte of 3 mS/cm:

    >>> round(porous_electrode_resistance(100, 3.0, 0.25), 2)
    8.89
    """
    fraction = positive("electrolyte_fraction", electrolyte_fraction)
    effective = effective_ionic_conductivity(conductivity, fraction, exponent)
    # um / (mS/cm) is 1e-4 cm / (1e-3 S/cm) = 0.1 ohm cm2.
    return 0.1 * positive("thickness", thickness, "um") / effective / 3
