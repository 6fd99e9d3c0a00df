"""What follows from a chemical formula: molar mass, density, theoretical capacity, expansion on lithiation."""

import re
from functools import cache
from typing import Any

import numpy as np
import periodictable
from scipy import constants

from sicell import _data
from sicell._check import choice, positive

# The Faraday constant in mAh/mol: 1 mAh is 3.6 C.
_FARADAY = constants.value("Faraday constant") / 3.6

# periodictable's grammar also takes charges, isotopes, densities and mixtures; none of them is a formula here.
_FORMULA = re.compile(r"[A-Z(][A-Za-z0-9.()]*")


@cache
def _parsed(formula: str) -> dict[str, float]:
    """Return how many atoms of each element a formula unit holds."""
    try:
        if not _FORMULA.fullmatch(formula):
            raise ValueError("no chemical formula")
        atoms = periodictable.formula(formula).atoms
    except Exception as error:  # periodictable lets the exceptions of its parser through
        reason = str(error).splitlines()[0]
        raise ValueError(f"unknown formula {formula!r} ({reason}); write it like 'Li15Si4'") from None
    composition = {element.symbol: float(count) for element, count in atoms.items() if count > 0}
    if not composition:
        raise ValueError(f"unknown formula {formula!r} (no atoms); write it like 'Li15Si4'")
    return composition


def _composition(formula: str) -> dict[str, float]:
    """Return what :func:`_parsed` does, once the argument is known to be text."""
    if not isinstance(formula, str):
        raise TypeError(f"a formula must be text such as 'Li15Si4', got {formula!r}")
    return _parsed(formula)


def molar_mass(formula: str) -> float:
    """Return the molar mass (g/mol) of a formula unit, by the standard atomic weights of the package periodictable.

    Counts may be fractions, such as ``"LiNi0.9Co0.05Mn0.05O2"``. Raises TypeError if the formula is not text,
    ValueError if it cannot be read or names an unknown element.

    >>> round(molar_mass("Li15Si4"), 2)
    216.44
    """
    return float(sum(getattr(periodictable, symbol).mass * n for symbol, n in _composition(formula).items()))


def mass_fraction(formula: str, element: str) -> float:
    """Return the mass of one element over that of a compound; ValueError if the compound does not contain it.

    >>> round(mass_fraction("C12H22O11", "C"), 4)
    0.4211
    """
    composition = _composition(formula)
    choice("element", element, composition)
    return molar_mass(element) * composition[element] / molar_mass(formula)


def density(material: str) -> float:
    """Return the pore-free density (g/cm3) of a material by name or formula, or of an element by its symbol.

    Materials of ``data/densities.csv`` come first (compounds, forms of carbon), which gives a source for each and says
    what is assumed; then the elements, from the package periodictable. Raises TypeError if the material is not text,
    ValueError if it is unknown, or if several materials of the table have this formula.

    >>> density("Li15Si4"), density("Cu")
    (1.18, 8.96)
    """
    if not isinstance(material, str):
        raise TypeError(f"material must be text such as 'Li15Si4', got {material!r}")
    table = _data.table("densities.csv")
    for column in ("material", "formula"):
        rows = table[table[column] == material]
        if len(rows) == 1:
            return float(rows["density"].iloc[0])
        if len(rows) > 1:
            names = ", ".join(map(repr, rows["material"]))
            raise ValueError(f"several materials have the formula {material!r}; name one of {names}")
    element = {entry.symbol: entry for entry in periodictable.elements}.get(material)
    if element is None or element.density is None:
        names = ", ".join(map(repr, table["material"]))
        raise ValueError(f"no density known for {material!r}; there are {names} and the elements")
    return float(element.density)


def theoretical_capacity(host: str, lithium_per_formula_unit: Any, per: str = "host") -> Any:
    """Return the specific capacity (mAh/g) of a host that takes up lithium, per mass of the host or with its lithium.

    The host is the formula without that lithium, such as ``"Si"``, or ``"Li"`` for lithium metal, which gives off one
    lithium per formula unit; the lithium exchanged per formula unit is 3.75 from Si to Li15Si4. `per` is ``"host"`` or
    ``"lithiated phase"``. By Faraday's law; customary values per mass of host are in M. N. Obrovac, V. L. Chevrier,
    Chem. Rev. 114 (2014) 11444. Raises ValueError if the formula is unknown, the amount of lithium is not positive,
    `per` is neither, or lithium metal is to be its own lithiated phase.

    >>> round(theoretical_capacity("Si", 3.75))
    3579
    >>> round(theoretical_capacity("Si", 3.75, per="lithiated phase"))
    1857
    """
    choice("per", per, ("host", "lithiated phase"))
    lithium = positive("lithium_per_formula_unit", lithium_per_formula_unit)
    mass = molar_mass(host)
    if per == "lithiated phase":
        if set(_composition(host)) == {"Li"}:
            raise ValueError("per must be 'host' for lithium metal, which has no lithiated phase")
        mass = mass + lithium * molar_mass("Li")
    return lithium * _FARADAY / mass


def volumetric_capacity(specific_capacity: Any, density: Any) -> Any:
    """Return the capacity per volume (mAh/cm3) from that per mass (mAh/g) and the density (g/cm3) of the same phase.

    >>> round(volumetric_capacity(theoretical_capacity("Li", 1), density("Li")))
    2062
    """
    return positive("specific_capacity", specific_capacity, "mAh/g") * positive("density", density, "g/cm3")


def volume_expansion(host: str, lithiated_phase: str, host_density: Any = None, lithiated_density: Any = None) -> Any:
    """Return by how much a host grows when it turns into its lithiated phase: 2.8 is an expansion by 280 %.

    From two formulas, whose elements other than lithium stand in the same proportion, and densities (g/cm3), those of
    :func:`density` unless given. M. N. Obrovac, V. L. Chevrier, Chem. Rev. 114 (2014) 11444, also give Li15Si4 280 %
    more volume. Raises ValueError if a formula or its density is unknown, a density is not positive, or the second
    phase is not the first one with lithium.

    >>> round(volume_expansion("Si", "Li15Si4"), 2)
    2.8
    >>> round(volume_expansion("C", "LiC6", host_density=density("graphite")), 2)
    0.13
    """
    before, after = (
        {symbol: n for symbol, n in _composition(formula).items() if symbol != "Li"}
        for formula in (host, lithiated_phase)
    )
    units = [after.get(symbol, 0.0) / n for symbol, n in before.items()]
    if not units or set(before) != set(after) or not np.allclose(units, units[0]):
        raise ValueError(
            f"lithiated_phase must be host {host!r} with lithium, got {lithiated_phase!r} with other elements"
        )
    host_density = positive("host_density", density(host) if host_density is None else host_density, "g/cm3")
    lithiated_density = positive(
        "lithiated_density", density(lithiated_phase) if lithiated_density is None else lithiated_density, "g/cm3"
    )
    return molar_mass(lithiated_phase) / lithiated_density / (units[0] * molar_mass(host) / host_density) - 1
