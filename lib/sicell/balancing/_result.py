"""What a first cycle of full cells gave."""

import html
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sicell.balancing._legs import Leg
from sicell.balancing._limits import as_shape
from sicell.balancing._pair import Pair


def ends(charge: Leg, discharge: Leg, shape: tuple[int, ...]) -> dict[str, Any]:
    """Read both electrodes at the end of both half-cycles, named as the attributes of :class:`FirstCycle`."""
    values = {}
    for end, leg in (("charge", charge), ("discharge", discharge)):
        anode, cathode = leg.lithiations
        values |= {
            f"anode_potential_end_of_{end}": leg.anode_potential,
            f"cathode_potential_end_of_{end}": leg.cathode_potential,
            f"anode_lithiation_end_of_{end}": anode,
            f"cathode_lithiation_end_of_{end}": cathode,
            f"anode_extrapolated_end_of_{end}": leg.anode.extrapolated(leg.anode_potential),
            f"cathode_extrapolated_end_of_{end}": leg.cathode.extrapolated(leg.cathode_potential),
        }
    return {name: as_shape(value, shape) for name, value in values.items()}


# What a printed result shows: attributes, decimals and unit; {} is what the capacities are per gram of.
_PRINTED = {
    "charge_capacity": (1, "mAh per g {}"),
    "discharge_capacity": (1, "mAh per g {}"),
    "initial_coulombic_efficiency": (3, ""),
    "anode_potential_end_of_charge": (3, "V vs Li/Li+"),
    "cathode_potential_end_of_charge": (3, "V vs Li/Li+"),
    "anode_potential_end_of_discharge": (3, "V vs Li/Li+"),
    "cathode_potential_end_of_discharge": (3, "V vs Li/Li+"),
    "plating_margin": (3, ""),
}
# Of more cells the first and the last are printed.
_SIDE_BY_SIDE = 6


@dataclass(frozen=True, eq=False, repr=False)
class FirstCycle:
    """Result of :meth:`FullCell.first_cycle`; attributes have the broadcast shape of the arguments.

    Attributes
    ----------
    np_ratio, true_np_ratio : float or numpy.ndarray
        Nominal ratio, NaN beside a reference electrode; first-lithiation capacity of the anode over the charge that the
        first charge asks it to take.
    charge_capacity, discharge_capacity : float or numpy.ndarray
        In mAh per g of cathode active material.
    initial_coulombic_efficiency : float or numpy.ndarray
        0 to 1.
    lost_capacity, plated_capacity : float or numpy.ndarray
        Lithium that stays in the anode, and lithium metal at the end of charge, mAh per g of cathode active material.
    plating_margin : float or numpy.ndarray
        Further lithium that the anode takes before it reaches 0 V vs Li/Li+, as a share of the charge; negative if
        lithium plates.
    li15si4_probability : float or numpy.ndarray
        Probability that Li15Si4 has formed, so that its plateau shows on discharge.
    anode_potential_end_of_charge, cathode_potential_end_of_charge : float or numpy.ndarray
        In V vs Li/Li+; likewise ``…_end_of_discharge``, as all that follow.
    anode_lithiation_end_of_charge : float or numpy.ndarray
        Share of the capacity of the branch that the anode is on: of the first lithiation at the end of the first
        charge, of what is left of it after the loss at the end of a discharge. NaN for a reference electrode.
    cathode_lithiation_end_of_charge : float or numpy.ndarray
        Place on the cathode's curve; 1 is the lower and 0 the upper limit of potential.
    anode_extrapolated_end_of_charge, cathode_extrapolated_end_of_charge : bool or numpy.ndarray
        Whether the potential lies outside the range in which the curve was measured.
    warnings : tuple of str
        What a designer needs to know, without positions.
    cell : FullCell
        The cell that was cycled.
    """

    np_ratio: Any
    true_np_ratio: Any
    charge_capacity: Any
    discharge_capacity: Any
    initial_coulombic_efficiency: Any
    lost_capacity: Any
    plated_capacity: Any
    plating_margin: Any
    li15si4_probability: Any
    anode_potential_end_of_charge: Any
    cathode_potential_end_of_charge: Any
    anode_lithiation_end_of_charge: Any
    cathode_lithiation_end_of_charge: Any
    anode_extrapolated_end_of_charge: Any
    cathode_extrapolated_end_of_charge: Any
    anode_potential_end_of_discharge: Any
    cathode_potential_end_of_discharge: Any
    anode_lithiation_end_of_discharge: Any
    cathode_lithiation_end_of_discharge: Any
    anode_extrapolated_end_of_discharge: Any
    cathode_extrapolated_end_of_discharge: Any
    warnings: tuple[str, ...]
    cell: Pair
    legs: tuple[Leg, Leg]

    def _printed(self) -> tuple[str, pd.DataFrame, list[str]]:
        """Return a title, the table that is printed and the remarks below it."""
        cells, ratios = np.size(self.charge_capacity), np.ravel(self.np_ratio)
        headings = [f"n/p {ratio:.2f}" for ratio in ratios]
        if np.isnan(ratios).any() or len(set(headings)) < cells:
            headings = [f"cell {cell}" for cell in range(cells)]

        def column(cell: int) -> list[str]:
            texts = []
            for name, (decimals, _) in _PRINTED.items():
                flag = name.replace("potential", "extrapolated")
                mark = "*" if flag != name and np.ravel(getattr(self, flag))[cell] else " "
                texts.append(f"{np.ravel(getattr(self, name))[cell]:.{decimals}f}{mark}")
            return texts

        half = _SIDE_BY_SIDE // 2
        shown = range(cells) if cells <= _SIDE_BY_SIDE else (*range(half), *range(cells - half, cells))
        table = pd.DataFrame({headings[cell]: column(cell) for cell in shown}, index=list(_PRINTED))
        remarks = ["* beyond the range in which the curve was measured"] * ("*" in "".join(table.to_numpy().flat))
        if len(shown) < cells:
            table.insert(half, "…", "")
        table["unit"] = [unit.format(self.cell.cathode.per_gram_of) for _, unit in _PRINTED.values()]
        return f"First cycle of {cells} cell{'s' * (cells > 1)}", table, [*remarks, *self.warnings]

    def __repr__(self) -> str:
        title, table, remarks = self._printed()
        units = ["", *table.pop("unit")]
        lines = [f"{line}  {unit}".rstrip() for line, unit in zip(table.to_string().split("\n"), units, strict=True)]
        return "\n".join([title, *lines, *remarks])

    def _repr_html_(self) -> str:
        title, table, remarks = self._printed()
        below = "".join(f"<p>{html.escape(remark)}</p>" for remark in remarks)
        return f"<p>{title}</p>{table.to_html(border=0)}{below}"

    @property
    def mean_discharge_voltage(self) -> Any:
        """Energy over capacity of the discharge, in V."""
        return as_shape(np.array(self.legs[1].mean_voltage), np.shape(self.charge_capacity))

    def to_frame(self) -> pd.DataFrame:
        """Return the attributes as a table with one row for each cell, without those that the cell does not have."""
        left_out = ("cell", "legs", "warnings")
        columns = {name: value for name, value in vars(self).items() if name not in left_out and value is not None}
        return pd.DataFrame({name: np.ravel(value) for name, value in columns.items()})

    def profile(self, points: int = 300) -> pd.DataFrame:
        """Return the three-electrode profile of charge and discharge, each of about so many points.

        Battery Data Format names ``Voltage / V``, ``Cycle Count / 1``, ``Step Count / 1``; beyond the format ``Specific
        Capacity / mAh g-1`` (of cathode active material, from 0 in each step), ``Cathode Potential / V``, ``Anode
        Potential / V``, ``Cathode Lithiation / 1``, ``Anode Lithiation / 1``, ``Plated Capacity / mAh g-1``, ``Branch``
        (of the anode), ``Cathode Extrapolated / 1``, ``Anode Extrapolated / 1``. For more than one cell the first
        column is ``N/P Ratio / 1``.
        """
        return profiles(self.legs, points, self.np_ratio)


def profiles(legs: tuple[Leg, ...], points: int, np_ratio: Any) -> pd.DataFrame:
    """Join the profiles of all half-cycles of all cells."""
    if points < 2:
        raise ValueError(f"points must be at least 2, got {points}")
    cells = legs[0].capacity.size
    ratios, frames = np.resize(np.ravel(np_ratio), cells), []
    for cell in range(cells):
        for leg in legs:
            frame = leg.profile(cell, points)
            if cells > 1:
                frame.insert(0, "N/P Ratio / 1", ratios[cell])
            frames.append(frame)
    return pd.concat(frames, ignore_index=True)
