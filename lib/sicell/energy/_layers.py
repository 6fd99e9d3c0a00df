"""Layers and the unit cell that they make: mass, thickness, and the energy per kilogram and per liter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from sicell import _check, materials

# A lookup in the table takes longer than all the arithmetic of a unit cell.
_density = cache(materials.density)


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer of a stack, per area: its mass in mg/cm2 and its thickness in um, numbers or arrays.

    Raises ValueError if mass or thickness is negative.

    >>> Layer("lithium", mass=0.0, thickness=30.0)
    Layer(name='lithium', mass=0.0, thickness=30.0)
    """

    name: str
    mass: Any
    thickness: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "mass", _check.non_negative(f"mass of {self.name}", self.mass, "mg/cm2"))
        object.__setattr__(self, "thickness", _check.non_negative(f"thickness of {self.name}", self.thickness, "um"))

    @classmethod
    def composite(
        cls,
        name: str,
        mass_fractions: Mapping[str, Any] | str,
        *,
        thickness: Any = None,
        mass: Any = None,
        areal_capacity: Any = None,
        specific_capacity: Any = None,
        porosity: Any = 0.0,
        densities: Mapping[str, Any] | None = None,
    ) -> Layer:
        """Make a layer of a mixture, or of one material, from one of thickness, mass and areal capacity.

        Raises ValueError if not exactly one of thickness, mass and areal capacity is given, if the specific capacity is
        missing beside an areal one, if a fraction or density is wrong, or the porosity is not from 0 to less than 1.

        Mass fractions of the materials, which sum to one, or the name of the only one; thickness in um, pores included;
        mass in mg/cm2; areal capacity in mAh/cm2 with the specific one in mAh per g of the mixture; porosity as a share
        of the volume; densities in g/cm3, those of :func:`sicell.materials.density` where not given.

        >>> round(Layer.composite("copper", "Cu", thickness=4).mass, 2)
        3.58
        """
        given = {"thickness": thickness, "mass": mass, "areal_capacity": areal_capacity}
        if sum(value is not None for value in given.values()) != 1:
            names = ", ".join(key for key, value in given.items() if value is not None) or "none"
            raise ValueError(f"exactly one of thickness, mass and areal_capacity must be given for {name}, got {names}")
        if isinstance(mass_fractions, str):
            mass_fractions = {mass_fractions: 1.0}
        solid = 1 - _check.between(f"porosity of {name}", porosity, 0, 0.999)
        known = {key: (densities or {}).get(key) for key in mass_fractions}
        known = {key: _density(key) if value is None else value for key, value in known.items()}
        density = materials.composite_density(mass_fractions, known) * solid
        if areal_capacity is not None:
            if specific_capacity is None:
                raise ValueError(f"specific_capacity must be given beside the areal_capacity of {name}, in mAh/g")
            areal = _check.non_negative(f"areal_capacity of {name}", areal_capacity, "mAh/cm2")
            mass = 1e3 * areal / _check.positive(f"specific_capacity of {name}", specific_capacity, "mAh/g")
        # 1 um of 1 g/cm3 is 0.1 mg/cm2
        if mass is None:
            mass = 0.1 * _check.non_negative(f"thickness of {name}", thickness, "um") * density
        else:
            thickness = 10 * _check.non_negative(f"mass of {name}", mass, "mg/cm2") / density
        return cls(name, mass, thickness)

    @property
    def density(self) -> Any:
        """Density with pores, g/cm3; NaN for a layer without thickness."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(np.asarray(self.thickness) > 0, 10 * np.divide(self.mass, self.thickness), np.nan)[()]

    def times(self, factor: Any) -> Layer:
        """Return the layer with mass and thickness multiplied by a factor that is not negative."""
        factor = _check.non_negative("factor", factor)
        return Layer(self.name, self.mass * factor, self.thickness * factor)


@dataclass(frozen=True, eq=False, repr=False)
class UnitCell:
    """The part of a stack that repeats: half a foil, cathode, separator, anode, half a foil.

    Raises ValueError if there is no layer, a name is used twice, capacity or voltage is not positive, or all layers
    together have no mass or no thickness.

    From its layers, one side to the other, whose numbers may be arrays that broadcast together, the areal capacity that
    it delivers (mAh/cm2) and the mean voltage of the discharge (V). It has `areal_energy` (mW h/cm2), `mass` and
    `thickness` of all layers (mg/cm2, um), `specific_energy` (W h/kg) and `energy_density` (W h/l).

    >>> cathode = Layer("cathode", mass=38.0, thickness=110.0)
    >>> UnitCell([cathode, Layer("the rest", mass=18.0, thickness=90.0)], areal_capacity=6.0, voltage=3.4)
    UnitCell(364 W h/kg, 1020 W h/l; 2 layers of 200 um in all)
    """

    layers: Any
    areal_capacity: Any
    voltage: Any

    def __post_init__(self) -> None:
        layers = tuple(self.layers)
        if not layers or not all(isinstance(layer, Layer) for layer in layers):
            raise TypeError(f"layers must be a sequence of at least one Layer, got {self.layers!r}")
        names = [layer.name for layer in layers]
        if len(set(names)) < len(names):
            raise ValueError(f"layers must have names of their own, got {', '.join(names)}")
        object.__setattr__(self, "layers", layers)
        object.__setattr__(self, "areal_capacity", _check.positive("areal_capacity", self.areal_capacity, "mAh/cm2"))
        object.__setattr__(self, "voltage", _check.positive("voltage", self.voltage, "V"))
        _check.positive("mass of all layers", self.mass, "mg/cm2")
        _check.positive("thickness of all layers", self.thickness, "um")

    def __repr__(self) -> str:
        def text(value: Any) -> str:
            low, high = np.min(value), np.max(value)
            return f"{low:.0f}" if f"{low:.0f}" == f"{high:.0f}" else f"{low:.0f}–{high:.0f}"

        return (
            f"UnitCell({text(self.specific_energy)} W h/kg, {text(self.energy_density)} W h/l; "
            f"{len(self.layers)} layers of {text(self.thickness)} um in all)"
        )

    @property
    def mass(self) -> Any:
        """Mass of all layers, mg/cm2."""
        return sum(layer.mass for layer in self.layers)

    @property
    def thickness(self) -> Any:
        """Thickness of all layers, um."""
        return sum(layer.thickness for layer in self.layers)

    @property
    def areal_energy(self) -> Any:
        """Energy per area, mW h/cm2."""
        return self.areal_capacity * self.voltage

    @property
    def specific_energy(self) -> Any:
        """Energy per mass, W h/kg."""
        return 1e3 * self.areal_energy / self.mass

    @property
    def energy_density(self) -> Any:
        """Energy per volume, W h/l."""
        # 1 mWh/cm2 in 1 um is 1e4 mWh/cm3, and 1 mWh/cm3 is 1 Wh/l
        return 1e4 * self.areal_energy / self.thickness

    def layer(self, name: str) -> Layer:
        """Return one layer by its name."""
        return self.layers[self._index(name)]

    def _index(self, name: str) -> int:
        names = [layer.name for layer in self.layers]
        return names.index(_check.choice("name", name, names))

    def with_layer(self, name: str, layer: Layer, *, voltage: Any = None) -> UnitCell:
        """Return the same stack with another layer in place of the one of this name, and perhaps another voltage (V).

        >>> cell = UnitCell([Layer("cathode", 38.0, 110.0), Layer("anode", 8.0, 50.0)], 6.0, 3.4)
        >>> cell.with_layer("anode", Layer("lithium", 0.0, 29.0), voltage=3.8)
        UnitCell(600 W h/kg, 1640 W h/l; 2 layers of 139 um in all)
        """
        at = self._index(name)
        layers = (*self.layers[:at], layer, *self.layers[at + 1 :])
        return UnitCell(layers, self.areal_capacity, self.voltage if voltage is None else voltage)

    def in_housing(self, count: int, housing: Layer) -> UnitCell:
        """Share a housing, one wall of two, among the unit cells of a stack: one more layer of 2/count of a wall.

        Edges, seams and tabs are left out, and so is the half foil that the outermost electrodes have in excess. Raises
        ValueError if `count` is not a whole number of at least 1.

        >>> cell = UnitCell([Layer("cathode", 38.0, 110.0), Layer("anode", 18.0, 90.0)], 6.0, 3.4)
        >>> cell.in_housing(20, Layer("laminate", 18.0, 113.0))
        UnitCell(353 W h/kg, 965 W h/l; 3 layers of 211 um in all)
        """
        wall = housing.times(2 / _check.whole("count", count, 1))
        layers = (*self.layers, Layer("housing", wall.mass, wall.thickness))
        return UnitCell(layers, self.areal_capacity, self.voltage)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a layer: ``layer``, ``mass`` (mg/cm2), ``thickness`` (um), ``mass_share``, ``volume_share``.

        If any number is an array, a first column ``cell`` counts the elements.

        >>> cell = UnitCell([Layer("cathode", 30.0, 80.0), Layer("anode", 10.0, 120.0)], 6.0, 3.4)
        >>> cell.to_frame()
             layer  mass  thickness  mass_share  volume_share
        0  cathode  30.0       80.0        0.75           0.4
        1    anode  10.0      120.0        0.25           0.6
        """
        numbers = [np.broadcast_arrays(layer.mass, layer.thickness, self.areal_energy) for layer in self.layers]
        shape = np.broadcast_shapes(*(group[0].shape for group in numbers))
        mass, thickness = (
            np.array([np.broadcast_to(group[at], shape).ravel() for group in numbers], dtype=float) for at in (0, 1)
        )
        frame = pd.DataFrame(
            {
                "cell": np.repeat(np.arange(mass.shape[1]), len(self.layers)),
                "layer": [layer.name for layer in self.layers] * mass.shape[1],
                "mass": mass.T.ravel(),
                "thickness": thickness.T.ravel(),
                "mass_share": (mass / mass.sum(axis=0)).T.ravel(),
                "volume_share": (thickness / thickness.sum(axis=0)).T.ravel(),
            }
        )
        return frame if shape else frame.drop(columns="cell")
