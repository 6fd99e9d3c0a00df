"""The n/p explorer: a slider that moves two electrodes against each other."""

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from companion import ledger
from companion.explorables import Control, Drawing, Explorable, ExplorableState
from companion.tables import number
from poetke2021 import cells, stack
from sicell import _check
from sicell._check import SicellWarning
from sicell.balancing import FirstCycle, FullCell, Loss

_RATIOS = np.arange(18, 51) / 20  # 0.90 to 2.50
_START = 1.3
_POINTS, _WHOLE = 50, 24  # of each half-cycle and of each whole electrode as drawn; numbers are not interpolated
_STEEP = 1.2  # V: above it the anode's panel ends, and points there are wasted
# Label, unit and decimals of what the table shows, by column of `NpExplorer.data`.
_ROWS = {
    "true_np_ratio": ("n/p on the first charge", "", 2),
    "charge_capacity": ("First charge", "mAh/g NCM", 1),
    "discharge_capacity": ("First discharge", "mAh/g NCM", 1),
    "initial_coulombic_efficiency": ("Initial coulombic efficiency", "%", 1),
    "cathode_potential_end_of_charge": ("Cathode, end of charge", "V", 3),
    "anode_potential_end_of_charge": ("Anode, end of charge", "mV", 0),
    "cathode_potential_end_of_discharge": ("Cathode, end of discharge", "V", 2),
    "anode_potential_end_of_discharge": ("Anode, end of discharge", "V", 2),
    "plating_margin": ("Plating margin", "%", 0),
    "li15si4_probability": ("Probability of Li₁₅Si₄", "%", 0),
    "relative_specific_energy": ("Energy per mass, 1.1 = 100", "%", 0),
    "relative_energy_density": ("Energy per volume, 1.1 = 100", "%", 0),
}
# Quantities of the pouch cell, and the claims whose ratio the paper prints for n/p 2.0.
_ENERGIES = {
    "relative_specific_energy": ("specific_energy", "projected-specific-energy-np"),
    "relative_energy_density": ("energy_density", "projected-energy-density-np"),
}
_FACTORS = {"%": 100.0, "mV": 1000.0}
# What the paper prints, by n/p ratio and row.
_REPORTED = {
    "1.30": {
        "discharge_capacity": "discharge-capacity-0.07",
        "cathode_potential_end_of_charge": "cathode-potential-end-of-charge-np-1.3",
        "anode_potential_end_of_charge": "anode-potential-end-of-charge-np-1.3",
    },
    "2.00": {
        "initial_coulombic_efficiency": "ice-np-2.0",
        "cathode_potential_end_of_charge": "cathode-potential-end-of-charge-np-2.0",
        "anode_potential_end_of_charge": "anode-potential-end-of-charge-np-2.0",
    },
}
# The loss was adjusted to it, so that it agrees proves nothing.
_CALIBRATED = {"initial_coulombic_efficiency"}
_NOTE = (
    "Potentials against Li/Li⁺. * beyond the measured range of the half-cell curve: extrapolated.{} Energy: pouch cell "
    "of assumed layers, the same energy per gram of NCM at every ratio."
)
# The pattern that fills a bar: name, size, angle, width of a stripe and colour.
_HATCH = (
    '<pattern id="np-explorer-{0}" width="{1}" height="{1}" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate({2})"><rect width="{1}" height="{1}" fill="var(--ground)"/>'
    '<rect width="{3}" height="{1}" fill="var(--{4})"/></pattern>'
)
_BARS = {
    "cycled": {"fill": "var(--muted)"},
    "lost": {"fill": "url(#np-explorer-lost)", "stroke": "var(--text)"},
    "plated": {"fill": "url(#np-explorer-plated)", "stroke": "var(--bad)"},
    "unused": {"fill": "none", "stroke": "var(--muted)"},
}


def _even(capacity: np.ndarray, cathode: np.ndarray, anode: np.ndarray) -> np.ndarray:
    """Resample a half-cycle to points evenly spaced along the drawn lines: charge, cell, cathode and anode."""
    drawn = np.stack([capacity / 260.0, np.clip(cathode - anode, 1.2, None) / 2.0, np.minimum(anode, _STEEP) / 0.6])
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(drawn, axis=1), axis=0))])
    at = np.linspace(0, length[-1], _POINTS)
    return np.stack([np.interp(at, length, values) for values in (capacity, cathode - anode, cathode, anode)])


def _drawing() -> Drawing:
    """Return axes of both electrodes above one another, and below what each does with its capacity."""
    text = (
        "Potentials of cell, cathode and anode against the charge taken from the cathode, and what each electrode does"
    )
    drawing = Drawing("np-explorer", f"{text} with its capacity. The numbers stand in the table.", height=548)
    drawing.fixed("defs", _HATCH.format("lost", 6, 45, 2.4, "text") + _HATCH.format("plated", 5, -45, 3.4, "bad"))
    volts, charges = {at: str(at) for at in (2, 3, 4)}, {at: str(at) for at in range(0, 501, 100)}
    upper = drawing.panel((38, 26, 352, 196), (0, 530, 1.4, 4.5), {}, volts, "Cathode and cell / V", "")
    volts, title = {at / 10: f"{at / 10}" for at in range(0, 9, 2)}, "charge taken from the cathode / mAh per g NCM"
    lower = drawing.panel((38, 232, 352, 382), (0, 530, 0, 0.8), charges, volts, "Anode / V", title)
    places = {"cell": (upper, "var(--text)"), "cathode": (upper, "var(--cathode)"), "anode": (lower, "var(--anode)")}
    drawing.moving("end", "line", lower, "x1 x2", y1=26, y2=382, stroke="var(--muted)", stroke_dasharray="2 3")
    for name in ("cathode", "anode"):
        panel, color = places[name]
        drawing.curves(f"whole {name}", _WHOLE, (panel, {"stroke": color, "stroke_width": 1.5, "opacity": 0.6}))
    for y, leg, dash in ((158, "discharge", "6 4"), (140, "charge", "none")):
        style = {"stroke_width": 2, "stroke_dasharray": dash}
        drawing.curves(leg, _POINTS, *((panel, {"stroke": color} | style) for panel, color in places.values()))
        drawing.fixed("line", x1=224, x2=250, y1=y, y2=y, stroke="var(--text)", **style)
        drawing.fixed("text", leg, x=256, y=y + 4, class_="soft")
    for y, (name, (panel, color)) in zip((76, 58, 250), places.items(), strict=True):
        drawing.moving(f"{name} ends", "circle", panel, "cx cy", r=4, fill=color, stroke="var(--ground)")
        drawing.fixed("text", name, x=256, y=y, class_="strong", style=f"fill:{color}")
    for y, name in ((452, "cathode"), (492, "anode")):
        drawing.moving(f"{name} holds", "text", lower, "", x=38, y=y - 5, class_="soft")
        own = {"unused": {"fill": "none", "stroke": f"var(--{name})"}, "cycled": {"fill": f"var(--{name})"}}
        for kind in ("unused", "lost", "cycled", "plated"):
            drawing.moving(f"{name} {kind}", "rect", lower, "x width opacity", y=y, height=18, **(_BARS | own)[kind])
    for at, (text, style) in enumerate(_BARS.items()):
        drawing.fixed("rect", x=38 + 76 * at, y=527, width=14, height=11, **style)
        drawing.fixed("text", text, x=56 + 76 * at, y=537, class_="soft")
    return drawing


def _shapes(cell: FullCell, row: pd.Series, legs: dict[int, pd.DataFrame], holds: float) -> dict[str, Any]:
    """Return the places of all that moves, in mAh per gram of NCM and V."""
    charge, discharge, plated = (row[f"{name}_capacity"] for name in ("charge", "discharge", "plated"))
    share, size, gone = np.linspace(0, 1, _WHOLE) ** 2, cell.cathode.specific_capacity, charge - discharge
    shapes: dict[str, Any] = {
        "whole cathode": (size * share, cell.cathode.potential(1 - share, "delithiation")),
        "whole anode": (holds * share, cell.anode.potential(share, "first lithiation")),
        "end": (charge, charge),
    }
    for step, name in ((1, "charge"), (2, "discharge")):
        passed = legs[step]["Specific Capacity / mAh g-1"].to_numpy()
        potentials = (legs[step][f"{side} Potential / V"].to_numpy() for side in ("Cathode", "Anode"))
        # Both half-cycles on one axis: what the cathode has given so far.
        shapes[name] = _even(passed if step == 1 else charge - passed, *potentials)
    for name, potential in zip(("cell", "cathode", "anode"), shapes["charge"][1:, -1], strict=True):
        shapes[f"{name} ends"] = (charge, potential)
    # The anode's metal comes back on discharge; what it could not store stands beyond its bar.
    for side, whole, metal in (("cathode", size, 0.0), ("anode", holds, plated)):
        cycled = discharge if side == "cathode" else max(0.0, charge - plated - gone)
        shapes |= {f"{side} unused": (0, whole, 1), f"{side} lost": (0, gone, 1), f"{side} cycled": (gone, cycled, 1)}
        shapes[f"{side} plated"] = (charge - plated, metal, metal > 0.05)
    return shapes


@dataclass(frozen=True, eq=False, repr=False)
class NpExplorer:
    """Result of :func:`np_explorer`; in a notebook or a book it shows itself.

    `data` has one row for each ratio (:meth:`sicell.balancing.FirstCycle.to_frame`) and the energies per mass and per
    volume of a pouch cell over those at the paper's lowest ratio. `reported` are printed values by ratio and column of
    it, in the library's units.
    """

    cell: FullCell
    first: FirstCycle
    data: pd.DataFrame
    reported: dict[str, dict[str, float]]

    def __repr__(self) -> str:
        ratios = self.first.np_ratio
        return f"NpExplorer(n/p {ratios[0]:.2f} to {ratios[-1]:.2f}, {ratios.size} states, starts at {_START:.2f})"

    @property
    def loss(self) -> Loss:
        """What the first cycle does not give back: a fixed share of the anode's capacity."""
        return cells.calibrated_loss()

    def state(self, np_ratio: float) -> pd.Series:
        """Return the numbers of one ratio that the slider can reach, in the library's units."""
        ratios = self.first.np_ratio
        at = int(np.argmin(np.abs(ratios - _check.positive("np_ratio", np_ratio))))
        if abs(ratios[at] - np_ratio) > 1e-9:
            raise ValueError(
                f"np_ratio must be one of {ratios[0]:.2f}, {ratios[1]:.2f}, … {ratios[-1]:.2f}, got {np_ratio:g}"
            )
        return self.data.iloc[at]

    def _cells(self, row: pd.Series) -> tuple[tuple[str, str], ...]:
        """Return what the table shows: the model's number, and the paper's where it prints one."""
        printed, texts = self.reported.get(f"{row['np_ratio']:.2f}", {}), []
        for column, (_, unit, decimals) in _ROWS.items():
            beyond = bool(row.get(column.replace("_potential_", "_extrapolated_"), False)) and "_potential_" in column
            theirs = format(printed[column] * _FACTORS.get(unit, 1.0), ".3g") if column in printed else ""
            ours = number(row[column] * _FACTORS.get(unit, 1.0), decimals)
            texts.append((ours + "*" * beyond, theirs + "†" * bool(theirs and column in _CALIBRATED)))
        return tuple(texts)

    @staticmethod
    def _verdict(row: pd.Series) -> tuple[str, str]:
        """Say in words what the state means, and how serious it is."""
        if row["plated_capacity"] > 0 or row["anode_lithiation_end_of_charge"] >= 1:
            return "bad", (
                f"Anode full: lithium plating. {number(row['plated_capacity'], 1)} mAh/g find no place in the anode "
                "and deposit as lithium metal. The model holds the anode at 0 V and cannot say how the metal grows."
            )
        crystal, margin = row["li15si4_probability"], row["plating_margin"]
        if margin < 0.1:
            return "warn", (
                f"Anode almost full: the next {number(100 * margin, 0)} % would plate. "
                "Any local imbalance uses up this margin. Li₁₅Si₄ forms."
            )
        if crystal >= 0.95:
            return (
                "good",
                "No plating. The anode goes low enough for Li₁₅Si₄: expect its plateau near 0.44 V on discharge.",
            )
        if crystal >= 0.05:
            return "good", "No plating. The anode ends near the onset of Li₁₅Si₄: its plateau may or may not appear."
        return "good", "No plating, and no Li₁₅Si₄. What the larger anode costs is lithium that does not come back."

    def explorable(self) -> Explorable:
        """Return what the page shows."""
        groups = dict(tuple(self.first.profile(400).groupby(["N/P Ratio / 1", "Step Count / 1"], sort=False)))
        capacities, size = (
            np.broadcast_to(self.cell.anode_capacity, len(self.data)),
            self.cell.cathode.specific_capacity,
        )
        states = []
        for ratio, holds, (_, row) in zip(self.first.np_ratio, capacities, self.data.iterrows(), strict=True):
            level, words = self._verdict(row)
            gives, takes = row["charge_capacity"], row["discharge_capacity"]
            filled = 100 * row["anode_lithiation_end_of_charge"]
            labels = {
                "cathode holds": f"cathode: holds {size:.0f}, gives {gives:.0f}, takes back {takes:.0f}",
                "anode holds": f"anode: holds {holds:.0f}, filled to {filled:.0f} %",
            }
            shapes = _shapes(self.cell, row, {step: groups[ratio, step] for step in (1, 2)}, float(holds))
            states.append(ExplorableState(words, level, self._cells(row), shapes, labels))
        stops = tuple(f"{ratio:.2f}" for ratio in self.first.np_ratio)
        marks = tuple(stops.index(f"{float(ratio):.2f}") for ratio in cells.NP_RATIOS)
        slider = Control("n/p ratio", stops, stops.index(f"{_START:.2f}"), marks)
        rows = tuple((label, unit) for label, unit, _ in _ROWS.values())
        note = _NOTE.format(" † The loss was adjusted to this number." if self.reported else "")
        return Explorable(_drawing(), "n/p explorer", (slider,), rows, ("Model", "Paper"), tuple(states), note)

    def _repr_html_(self) -> str:
        return self.explorable()._repr_html_()


def _relative_energy() -> dict[str, np.ndarray]:
    """Return the energies of the paper's pouch cell at every ratio over those at its lowest one."""
    # voltage and utilization are the same at all ratios, so they cancel
    design = stack.si_c_ncm90(voltage=1.0)
    pouches, lowest = design.unit_cell(_RATIOS), design.unit_cell(ledger.value("np-ratio-1.1"))
    ratios = {name: getattr(pouches, name) / getattr(lowest, name) for name, _ in _ENERGIES.values()}
    return {column: ratios[quantity] for column, (quantity, _) in _ENERGIES.items()}


def np_explorer(upper_cutoff: float | None = None) -> NpExplorer:
    """Make the n/p explorer: a slider from 0.9 to 2.5 that works in a page without a kernel or a network.

    All 33 states are computed here; the page only shows them. It runs no model of its own. The loss is the fixed share
    of the anode's capacity that is calibrated on the initial coulombic efficiency at n/p = 2.0. With an upper cut-off
    (V) other than the paper's, nothing that the paper prints stands beside.

    >>> round(1000 * float(np_explorer().state(2.0)["anode_potential_end_of_charge"]))
    79
    """
    paper_upper, lower = cells.cutoffs()
    cell = replace(cells.cell(1.0), np_ratio=_RATIOS)
    with warnings.catch_warnings():
        # The explorer says it in words for each state.
        warnings.simplefilter("ignore", SicellWarning)
        first = cell.first_cycle(upper_cutoff or paper_upper, lower, loss=cells.calibrated_loss())
    reported = {}
    if upper_cutoff is None:
        for ratio, columns in _REPORTED.items():
            factor = {"initial_coulombic_efficiency": 0.01}
            reported[ratio] = {name: ledger.value(id) * factor.get(name, 1.0) for name, id in columns.items()}
        for column, (_, claim) in _ENERGIES.items():
            reported["2.00"][column] = ledger.value(f"{claim}-2.0") / ledger.value(f"{claim}-1.1")
    return NpExplorer(cell, first, first.to_frame().assign(**_relative_energy()), reported)
