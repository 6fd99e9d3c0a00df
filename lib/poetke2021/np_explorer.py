"""The n/p explorer: a slider that moves two electrodes against each other, and the figure that stands in for it."""

import base64
import json
import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion import ledger
from companion.plotting import COLORS, new_figure, np_color
from poetke2021 import cells, stack
from sicell import _check
from sicell._check import SicellWarning
from sicell.balancing import FirstCycle, FullCell, Loss

_RATIOS = np.arange(18, 51) / 20  # 0.90 to 2.50
_START = 1.3
_POINTS = 80  # of each half-cycle as drawn; the numbers beside it are not interpolated
_FULL_SCALE = 32767
_CAPACITY, _POTENTIAL = 560.0, 4.6  # what full scale stands for, mAh/g and V
_STEEP = 1.2  # V: above it the anode's panel ends, and points there are wasted
_PAPER_RATIOS = ("1.1", "1.3", "1.7", "2.0")
# A reader downloads these from the page, so only what the figure draws.
_FIGURE_COLUMNS = (
    "N/P Ratio / 1",
    "Step Count / 1",
    "Specific Capacity / mAh g-1",
    "Voltage / V",
    "Cathode Potential / V",
    "Anode Potential / V",
)
_TEMPLATE = Path(__file__).with_name("np_explorer.html")

# Label, unit and decimals of what the table shows, by column of `NpExplorer.data`.
_ROWS = {
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


def _number(value: float, decimals: int) -> str:
    """Format with a true minus sign and without a negative zero."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "−")


def _pack(values: Any, full_scale: float) -> str:
    """Little-endian 16-bit integers in base64; what lies beyond the scale is drawn at its edge, outside the panel."""
    scaled = np.clip(np.asarray(values) / full_scale, -1, 1) * _FULL_SCALE
    return base64.b64encode(np.round(scaled).astype("<i2").tobytes()).decode()


def _even(capacity: np.ndarray, cathode: np.ndarray, anode: np.ndarray) -> np.ndarray:
    """Resample a half-cycle to points evenly spaced along the drawn lines; shape (3, points)."""
    drawn = np.stack([capacity / 260.0, np.clip(cathode - anode, 1.2, None) / 2.0, np.minimum(anode, _STEEP) / 0.6])
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(drawn, axis=1), axis=0))])
    at = np.linspace(0, length[-1], _POINTS)
    return np.stack([np.interp(at, length, values) for values in (capacity, cathode, anode)])


@dataclass(frozen=True, eq=False, repr=False)
class NpExplorer:
    """Result of :func:`np_explorer`; in a notebook or a book it shows itself.

    What the page shows comes from `first` and is computed nowhere else. `reported` are printed values by ratio and
    column of :attr:`data`, in the library's units; `relative_energy` is energy per mass and per volume of a pouch cell
    over that at the paper's lowest ratio.
    """

    cell: FullCell
    first: FirstCycle
    cutoffs: tuple[float, float]
    reported: dict[str, dict[str, float]]
    relative_energy: dict[str, np.ndarray]

    def __repr__(self) -> str:
        ratios = self.first.np_ratio
        return f"NpExplorer(n/p {ratios[0]:.2f} to {ratios[-1]:.2f}, {ratios.size} states, starts at {_START:.2f})"

    @property
    def loss(self) -> Loss:
        """What the first cycle does not give back: a fixed share of the anode's capacity."""
        return cells.calibrated_loss()

    @cached_property
    def data(self) -> pd.DataFrame:
        """Table of the numbers, one row for each ratio (:meth:`sicell.balancing.FirstCycle.to_frame`, energies)."""
        return self.first.to_frame().assign(**self.relative_energy)

    def state(self, np_ratio: float) -> pd.Series:
        """Return the numbers of one ratio that the slider can reach, in the library's units."""
        ratios = self.first.np_ratio
        at = int(np.argmin(np.abs(ratios - _check.positive("np_ratio", np_ratio))))
        if abs(ratios[at] - np_ratio) > 1e-9:
            raise ValueError(
                f"np_ratio must be one of {ratios[0]:.2f}, {ratios[1]:.2f}, … {ratios[-1]:.2f}, got {np_ratio:g}"
            )
        return self.data.iloc[at]

    def _texts(self, row: pd.Series) -> list[str]:
        texts = []
        for column, (_, unit, decimals) in _ROWS.items():
            text = _number(row[column] * _FACTORS.get(unit, 1.0), decimals)
            beyond = bool(row.get(column.replace("_potential_", "_extrapolated_"), False)) and "_potential_" in column
            texts.append(text + ("*" if beyond else ""))
        return texts

    def _printed(self, ratio: float) -> list[str]:
        found = self.reported.get(f"{ratio:.2f}", {})
        return [
            format(found[column] * _FACTORS.get(unit, 1.0), ".3g") + ("†" if column in _CALIBRATED else "")
            if column in found
            else ""
            for column, (_, unit, _) in _ROWS.items()
        ]

    @staticmethod
    def _verdict(row: pd.Series) -> tuple[str, str]:
        """Say in words what the state means, and how serious it is."""
        if row["plated_capacity"] > 0 or row["anode_lithiation_end_of_charge"] >= 1:
            return "bad", (
                f"Anode full: lithium plating. {_number(row['plated_capacity'], 1)} mAh/g find no place in the anode "
                "and deposit as lithium metal. The model holds the anode at 0 V and cannot say how the metal grows."
            )
        crystal, margin = row["li15si4_probability"], row["plating_margin"]
        if margin < 0.1:
            return "warn", (
                f"Anode almost full: the next {_number(100 * margin, 0)} % would plate. "
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

    def _states(self) -> tuple[list[dict[str, Any]], np.ndarray]:
        """Words and bars of each state, and all curves, shape (states, 2 half-cycles, 3, points)."""
        profile = self.first.profile(400)
        profile = profile.rename(columns={"N/P Ratio / 1": "ratio", "Step Count / 1": "step"})
        groups = dict(tuple(profile.groupby(["ratio", "step"], sort=False)))
        capacities = np.broadcast_to(self.cell.anode_capacity, self.first.np_ratio.shape)
        states, curves = [], []
        for ratio, anode_capacity, (_, row) in zip(self.first.np_ratio, capacities, self.data.iterrows(), strict=True):
            legs = []
            for step in (1, 2):
                leg = groups[ratio, step]
                passed = leg["Specific Capacity / mAh g-1"].to_numpy()
                # Both half-cycles on one axis: what the cathode has given so far.
                given = passed if step == 1 else row["charge_capacity"] - passed
                legs.append(
                    _even(given, leg["Cathode Potential / V"].to_numpy(), leg["Anode Potential / V"].to_numpy())
                )
            curves.append(legs)
            level, words = self._verdict(row)
            bars = ("charge_capacity", "discharge_capacity", "lost_capacity", "plated_capacity")
            states.append(
                {
                    "np": f"{ratio:.2f}",
                    "true": _number(row["true_np_ratio"], 2),
                    "values": self._texts(row),
                    "paper": self._printed(ratio),
                    "level": level,
                    "words": words,
                    "say": f"n/p {ratio:.2f}. " + ("Anode full, lithium plating" if level == "bad" else "No plating"),
                    "bars": [round(float(anode_capacity), 2), *(round(float(row[name]), 2) for name in bars)],
                    "filled": _number(100 * row["anode_lithiation_end_of_charge"], 0),
                }
            )
        return states, np.array(curves)

    def _repr_html_(self) -> str:
        states, curves = self._states()
        share = np.linspace(0, 1, 160)
        payload = {
            "scale": [_FULL_SCALE, _CAPACITY, _POTENTIAL],
            "points": _POINTS,
            "start": int(np.argmin(np.abs(self.first.np_ratio - _START))),
            "cathode": round(self.cell.cathode.specific_capacity, 2),
            "cutoffs": list(self.cutoffs),
            "states": states,
            "capacity": _pack(curves[:, :, 0], _CAPACITY),
            "potentials": _pack(curves[:, :, 1:], _POTENTIAL),
            "whole": [
                _pack(self.cell.cathode.potential(1 - share, "delithiation"), _POTENTIAL),
                _pack(self.cell.anode.potential(share, "first lithiation"), _POTENTIAL),
            ],
        }
        shown = states[payload["start"]]
        rows = "".join(
            f'<tr><th scope="row">{escape(label)} <small>/ {escape(unit)}</small></th>'
            f'<td class="value" data-name="{name}">{value}</td><td class="paper">{printed}</td></tr>'
            for (name, (label, unit, _)), value, printed in zip(
                _ROWS.items(), shown["values"], shown["paper"], strict=True
            )
        )
        ratios = self.first.np_ratio
        marks = "".join(
            f'<button type="button" data-np="{float(ratio):.2f}" '
            f'style="--at:{(float(ratio) - ratios[0]) / np.ptp(ratios):.4f}" '
            f'aria-label="Show n/p {ratio}">{ratio}</button>'
            for ratio in _PAPER_RATIOS
            if np.isclose(ratios, float(ratio)).any()
        )
        replaced = {
            "@MIN@": f"{ratios[0]:.2f}",
            "@MAX@": f"{ratios[-1]:.2f}",
            "@STEP@": f"{ratios[1] - ratios[0]:.2f}",
            "@START@": shown["np"],
            "@SAY@": escape(shown["say"]),
            "@TRUE@": shown["true"],
            "@LEVEL@": shown["level"],
            "@WORDS@": escape(shown["words"]),
            "@ROWS@": rows,
            "@MARKS@": marks,
            "@DAGGER@": " † The loss was adjusted to this number." if self.reported else "",
            "@ENERGY@": " Energy: pouch cell of assumed layers, the same energy per gram of NCM at every ratio.",
            "@CATHODE@": COLORS["cathode"],
            "@ANODE@": COLORS["anode"],
            "@REPORTED@": COLORS["reported"],
            # "</" would end the script tag early
            "@DATA@": json.dumps(payload, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/"),
        }
        page = _TEMPLATE.read_text(encoding="utf-8")
        for mark, text in replaced.items():
            page = page.replace(mark, text)
        return page


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
    return NpExplorer(cell, first, (lower, float(upper_cutoff or paper_upper)), reported, _relative_energy())


def np_explorer_figure(
    explorer: NpExplorer | None = None, np_ratios: tuple[float, ...] = (1.1, 1.3, 2.0)
) -> tuple[Figure, pd.DataFrame]:
    """Draw a few states of the explorer over one another: for print, and for readers without JavaScript.

    Columns: N/P Ratio / 1, Step Count / 1, Specific Capacity / mAh g-1, Voltage / V, Cathode Potential / V, Anode
    Potential / V.
    """
    explorer = np_explorer() if explorer is None else explorer
    rows = {ratio: explorer.state(ratio) for ratio in np_ratios}
    profile = explorer.first.profile(100)[list(_FIGURE_COLUMNS)]
    at = np.argmin(np.abs(profile["N/P Ratio / 1"].to_numpy()[:, None] - np.array(np_ratios)), axis=1)
    near = np.abs(profile["N/P Ratio / 1"].to_numpy() - np.array(np_ratios)[at]) < 1e-9
    data = profile[near].assign(**{"N/P Ratio / 1": np.array(np_ratios)[at[near]]}).reset_index(drop=True)
    figure, (upper, lower) = new_figure(2, height=5.4, sharex=True)
    for ratio, row in rows.items():
        color = np_color(ratio)
        for step, style in ((1, "-"), (2, "--")):
            leg = data[(data["N/P Ratio / 1"] == ratio) & (data["Step Count / 1"] == step)]
            passed = leg["Specific Capacity / mAh g-1"]
            given = passed if step == 1 else row["charge_capacity"] - passed
            upper.plot(given, leg["Cathode Potential / V"], style, color=color, linewidth=1.2)
            label = f"n/p {ratio:.1f}" if step == 1 else None
            upper.plot(given, leg["Voltage / V"], style, color=color, linewidth=2.2, label=label)
            lower.plot(given, leg["Anode Potential / V"], style, color=color)
    upper.set(ylim=(1.4, 4.5), ylabel="cathode and cell / V")
    upper.legend(
        loc="lower right", title="thin: cathode, thick: cell\nfull: charge, dashed: discharge", title_fontsize=9
    )
    lower.set(ylim=(0, 0.8), ylabel="anode potential / V", xlabel="charge taken from the cathode / mAh g⁻¹ (NCM)")
    return figure, data
