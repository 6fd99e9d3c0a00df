"""What a unit cell is built from, as numbers, and the unit cell of any n/p ratio built from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from sicell import _check
from sicell.energy._layers import Layer, UnitCell

_LARGEST_UTILIZATION = 1.5


@dataclass(frozen=True, eq=False, repr=False)
class Design:
    """A stack whose anode is given and whose cathode follows from the n/p ratio.

    Every number may be an array; all of them broadcast with the n/p ratio.

    Raises ValueError if a capacity or the voltage is not positive, a thickness is negative, a porosity is not from 0 to
    less than 1, the utilization is not a share, or a density is given for a material that no layer has.

    Parameters
    ----------
    anode_composition, cathode_composition : mapping of str to float
        Mass fractions of the materials.
    anode_areal_capacity : float or array
        First lithiation, mAh/cm2.
    anode_specific_capacity, cathode_specific_capacity : float or array
        With which the n/p ratio is counted, mAh per g of the composite.
    voltage, utilization : float or array
        Mean voltage of the discharge, V, and what the cell delivers over the nominal capacity of its cathode: a share,
        at most 1.5.
    separator_thickness, aluminum_thickness, copper_thickness : float or array, optional
        In um; of both foils half belongs to the unit cell.
    anode_porosity, cathode_porosity, separator_porosity : float or array, optional
        From 0 to less than 1.
    separator_material : str, optional
    densities : mapping of str to float or array, optional
        In g/cm3, where they are not those of :func:`sicell.materials.density`.

    Examples
    --------
    >>> design = Design({"Si": 0.5, "Li6PS5Cl": 0.5}, {"NCM90": 0.8, "Li6PS5Cl": 0.2}, 7.4, 1500, 170, voltage=3.4)
    >>> design.unit_cell(1.1)
    UnitCell(414 W h/kg, 1325 W h/l; 5 layers of 173 um in all)
    >>> design.unit_cell([1.1, 2.0]).thickness.round()
    array([173., 124.])
    """

    anode_composition: Mapping[str, Any]
    cathode_composition: Mapping[str, Any]
    anode_areal_capacity: Any
    anode_specific_capacity: Any
    cathode_specific_capacity: Any
    voltage: Any
    utilization: Any = 1.0
    separator_thickness: Any = 30.0
    separator_porosity: Any = 0.0
    cathode_porosity: Any = 0.0
    anode_porosity: Any = 0.0
    aluminum_thickness: Any = 12.0
    copper_thickness: Any = 8.0
    separator_material: str = "Li6PS5Cl"
    densities: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        units = {
            "anode_areal_capacity": "mAh/cm2",
            "anode_specific_capacity": "mAh/g",
            "cathode_specific_capacity": "mAh/g",
            "voltage": "V",
            "utilization": "",
        }
        for name, unit in units.items():
            object.__setattr__(self, name, _check.positive(name, getattr(self, name), unit))
        # above one a cell delivers more than its nominal capacity; far above, per cent were given for a share
        _check.between("utilization", self.utilization, 0, _LARGEST_UTILIZATION)
        for layer in ("separator", "aluminum", "copper"):
            name = f"{layer}_thickness"
            object.__setattr__(self, name, _check.non_negative(name, getattr(self, name), "um"))
        for layer in ("separator", "cathode", "anode"):
            name = f"{layer}_porosity"
            object.__setattr__(self, name, _check.between(name, getattr(self, name), 0, 0.999))
        for material in self.densities:
            _check.choice("a material in densities", material, self.materials)

    def __repr__(self) -> str:
        return (
            f"Design({' + '.join(self.cathode_composition)} | {self.separator_material} | "
            f"{' + '.join(self.anode_composition)})"
        )

    @property
    def materials(self) -> tuple[str, ...]:
        """Names of the materials of all layers, sorted."""
        return tuple(sorted({"Al", "Cu", self.separator_material, *self.anode_composition, *self.cathode_composition}))

    def change(self, **numbers: Any) -> Design:
        """Return the design with some of its numbers changed, named as the parameters; ValueError if there is none."""
        allowed = [entry.name for entry in fields(self)]
        for name in numbers:
            _check.choice("a name", name, allowed)
        return replace(self, **numbers)

    def unit_cell(self, np_ratio: Any) -> UnitCell:
        """Build the unit cell of a ratio: capacity of the anode's first lithiation over the cathode's nominal one.

        Layers ``aluminum``, ``cathode``, ``separator``, ``anode``, ``copper``; both foils by half.
        """
        nominal = self.anode_areal_capacity / _check.positive("np_ratio", np_ratio)
        known = {"densities": self.densities}
        layers = (
            Layer.composite("aluminum", "Al", thickness=self.aluminum_thickness, **known).times(0.5),
            Layer.composite(
                "cathode",
                self.cathode_composition,
                areal_capacity=nominal,
                specific_capacity=self.cathode_specific_capacity,
                porosity=self.cathode_porosity,
                **known,
            ),
            Layer.composite(
                "separator",
                self.separator_material,
                thickness=self.separator_thickness,
                porosity=self.separator_porosity,
                **known,
            ),
            Layer.composite(
                "anode",
                self.anode_composition,
                areal_capacity=self.anode_areal_capacity,
                specific_capacity=self.anode_specific_capacity,
                porosity=self.anode_porosity,
                **known,
            ),
            Layer.composite("copper", "Cu", thickness=self.copper_thickness, **known).times(0.5),
        )
        return UnitCell(layers, nominal * self.utilization, self.voltage)
