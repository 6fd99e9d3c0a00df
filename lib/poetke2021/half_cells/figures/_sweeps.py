"""Voltammograms and their peaks."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from companion.plotting import COLORS, annotate, new_figure
from sicell.voltammetry import Voltammogram

_LABEL = "current over scan rate\n/ Ah g⁻¹ V⁻¹"
# Peaks of one label that lie closer than this share one text, V.
_CLOSE = 0.06


def _slope(scan: Voltammogram, part: pd.DataFrame) -> pd.Series:
    """Return the current over the scan rate, Ah/g per V."""
    return 1e-3 * scan.specific_capacity * part["response"]


def voltammogram(
    scans: Mapping[str, Voltammogram], features: Mapping[str, pd.DataFrame], highest: float = 1.0
) -> tuple[Figure, pd.DataFrame]:
    """Draw voltammograms of the first two cycles with their labelled peaks.

    Columns: Cycle Count / 1, Branch, Voltage / V, panel, current over scan rate / Ah g-1 V-1.
    """
    figure, panels = new_figure(len(scans), height=0.6 + 3.0 * len(scans), sharex=True)
    tables = []
    for axes, (name, scan) in zip(panels, scans.items(), strict=True):
        for cycle, line, color in ((1, "-", COLORS["cell"]), (2, "--", COLORS["computed"])):
            for direction in ("lithiation", "delithiation"):
                part = scan.sweep(cycle, direction)
                slope = _slope(scan, part)
                label = f"cycle {cycle}" if direction == "lithiation" else None
                axes.plot(part["Voltage / V"], slope, line, color=color, linewidth=1.5, label=label)
                table = part[["Cycle Count / 1", "Branch", "Voltage / V"]].assign(panel=name)
                tables.append(table.assign(**{"current over scan rate / Ah g-1 V-1": slope}))
        # II happens in the first cycle only, the others are told from the second
        found = features[name]
        shown = found[found["label"].isin(["I", "II"]) | ((found["cycle"] == 2) & (found["label"] != ""))]
        group = shown.groupby("label")["potential"].diff().abs().ge(_CLOSE).cumsum().rename("group")
        by_size = shown.assign(size=shown["height"].abs()).sort_values("size")
        for peak in by_size.groupby(["label", group]).tail(1).itertuples():
            height = 1e-3 * scan.specific_capacity * peak.height
            place, offset = (peak.potential, height), (0, 6 if height > 0 else -13)
            annotate(axes, peak.label, place, offset, ha="center", fontsize=9.5, fontweight="bold")
        axes.axhline(0, color=COLORS["muted"], linewidth=0.8)
        axes.set(title=name, xlim=(0, highest), ylabel=_LABEL)
        axes.margins(y=0.13)
    panels[-1].set_xlabel("potential vs Li/Li⁺ / V")
    panels[0].legend(loc="lower right")
    return figure, pd.concat(tables, ignore_index=True)


def peak_positions(peaks: pd.DataFrame) -> tuple[Figure, pd.DataFrame]:
    """Draw computed peaks beside reported ones.

    Columns: computed, lower, upper, label, reported, reported lower, reported upper.
    """
    wanted = ["label", "computed", "lower", "upper", "reported", "reported lower", "reported upper"]
    missing = [column for column in wanted if column not in peaks]
    if missing:
        raise ValueError(f"peaks must have the columns {', '.join(wanted)}; missing: {', '.join(missing)}")
    figure, axes = new_figure(height=1.1 + 0.5 * len(peaks))
    for row, peak in enumerate(peaks.to_dict("records")):
        above, below = row - 0.16, row + 0.16
        axes.plot([peak["lower"], peak["upper"]], [above] * 2, color=COLORS["computed"], linewidth=3)
        axes.plot(peak["computed"], above, "o", color=COLORS["computed"], label="computed" if not row else None)
        ends = peak["reported lower"], peak["reported upper"]
        axes.plot(ends, [below] * 2, color=COLORS["reported"], linewidth=3)
        axes.plot(peak["reported"], below, "D", color=COLORS["reported"], label="reported" if not row else None)
    axes.set(yticks=range(len(peaks)), yticklabels=peaks["label"], xlabel="potential vs Li/Li⁺ / V", xlim=(0, 1.0))
    axes.grid(axis="x", color=COLORS["lithium"], linewidth=0.5)
    axes.invert_yaxis()
    figure.legend(loc="outside upper center", ncols=2)
    return figure, peaks.reset_index(drop=True)
