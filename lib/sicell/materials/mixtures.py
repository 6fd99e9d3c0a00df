"""Mixtures: capacity, density, volume fractions and ionic resistance of composite electrodes.

A composition is a mapping from component to mass fraction, such as ``{"Si": 0.37, "carbon": 0.63}``. Numbers may be
arrays that broadcast, or uncertain numbers. What is no mapping raises TypeError; fractions that do not sum to one, a
component without a number, and a number out of range raise ValueError.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from uncertainties.unumpy import nominal_values

from sicell._check import between, non_negative, positive
from sicell.materials.formulas import density


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
    """Return mass fractions, which sum to one, from a mixing ratio in parts by mass, such as 85:13:2.

    >>> fractions_from_parts({"NCM90": 85, "VG-CNF": 13, "Li6PS5Cl": 2})
    {'NCM90': 0.85, 'VG-CNF': 0.13, 'Li6PS5Cl': 0.02}
    """
    checked = {name: non_negative(f"parts[{name!r}]", value) for name, value in _mapping("parts", parts).items()}
    total = positive("sum of parts", sum(checked.values()))
    return {name: value / total for name, value in checked.items()}


def capacity_per_component(capacity: Any, mass_fraction: Any) -> Any:
    """Refer a capacity per gram of a mixture to the mass of one component, as if that stored everything; mAh/g.

    An anode with 60 % of active material delivers 922 mAh per gram of anode, hence per gram of active material:

    >>> round(capacity_per_component(922, 0.60))
    1537
    """
    fraction = positive("mass_fraction", between("mass_fraction", mass_fraction, 0, 1))
    return non_negative("capacity", capacity, "mAh/g") / fraction


def capacity_per_composite(capacity: Any, mass_fraction: Any) -> Any:
    """Refer a capacity per gram of one component to the mass of the mixture that holds it; mAh/g.

    >>> round(capacity_per_composite(207, 0.85), 2)
    175.95
    """
    fraction = positive("mass_fraction", between("mass_fraction", mass_fraction, 0, 1))
    return non_negative("capacity", capacity, "mAh/g") * fraction


def volume_fractions(
    mass_fractions: Mapping[str, Any], densities: Mapping[str, Any] | None = None, porosity: Any = 0.0
) -> dict[str, Any]:
    """Return the share of each component in the volume of an electrode; with the porosity they sum to one.

    Densities are in g/cm3, those of :func:`sicell.materials.density` unless given.

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
    """Return the density (g/cm3) of a mixture with its pores; with porosity 0 the highest that it can have.

    >>> round(composite_density({"Si": 0.5, "graphite": 0.5}), 3)
    2.294
    """
    solid_share = 1 - between("porosity", porosity, 0, 1)
    return solid_share / sum(_solid_volumes(mass_fractions, densities).values())


def porous_electrode_resistance(
    thickness: Any, conductivity: Any, electrolyte_fraction: Any, exponent: Any = 1.5
) -> Any:
    """Return what ion transport through a composite electrode adds to a cell's resistance (ohm cm2).

    From the thickness (um), the conductivity of the pure electrolyte (mS/cm) and its volume fraction, above 0. The
    conductivity of the composite is Bruggeman's, fraction to the power of `exponent`, 1.5 for insulating spheres in a
    continuous electrolyte. Composites of pressed powders with a few vol-% lie below percolation and conduct much less.
    A third of thickness over conductivity is the low-frequency limit of a transmission line whose electronic and
    charge-transfer resistances are small: the reaction is spread evenly over the thickness (R. de Levie, Electrochim.
    Acta 8 (1963) 751, https://doi.org/10.1016/0013-4686(63)80042-0; D. A. G. Bruggeman, Ann. Phys. 416 (1935) 636).

    >>> round(porous_electrode_resistance(100, 3.0, 0.25), 2)
    8.89
    """
    fraction = between("electrolyte_fraction", positive("electrolyte_fraction", electrolyte_fraction), 0, 1)
    effective = positive("conductivity", conductivity, "mS/cm") * fraction ** positive("exponent", exponent)
    # um / (mS/cm) is 1e-4 cm / (1e-3 S/cm) = 0.1 ohm cm2.
    return 0.1 * positive("thickness", thickness, "um") / effective / 3
