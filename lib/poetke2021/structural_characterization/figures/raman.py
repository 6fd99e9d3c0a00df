"""Raman line of silicon: what moves it, what widens it, and synthetic spectra at reported positions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion import ledger
from companion.plotting import COLORS, new_figure
from poetke2021 import structural_characterization as structure
from sicell import _check

#: The two positions that the paper gives for crystalline silicon before cycling, by figure.
_POSITIONS = {"Figure 2b": "raman-first-order", "Figure S5a": "raman-crystalline-before-cycling"}

#: Widths, heights and shapes of the drawn bands are assumed; the text gives positions only.
_BEFORE = (
    ("2TA", "raman-two-ta", 25.0, 0.06, "lorentzian"),
    ("c-Si", "raman-first-order", 8.0, 1.0, "lorentzian"),
    ("2TO", "raman-two-to", 60.0, 0.10, "gaussian"),
    ("D", "raman-d-band", 180.0, 0.35, "lorentzian"),
    ("G", "raman-g-band", 80.0, 0.40, "lorentzian"),
)
_AFTER = (("a-Si", "raman-amorphous-after-cycling", 65.0, 0.5, "gaussian"), *_BEFORE[3:])


def _band(
    shift: np.ndarray, position: float, width: float, height: float = 1.0, shape: str = "lorentzian"
) -> np.ndarray:
    """Return a band of given full width at half maximum; all in cm-1."""
    reduced = 2 * (shift - position) / width
    return height * (1 / (1 + reduced**2) if shape == "lorentzian" else np.exp2(-(reduced**2)))


def line_position() -> tuple[Figure, pd.DataFrame]:
    """Draw where crystallite size, temperature and stress alone would put silicon's first-order line.

    Columns: cause, strength, position / cm-1.

    Horizontal lines mark the two positions that the paper reports.
    """
    size, temperature, stress = np.geomspace(2, 100, 80), np.linspace(297, 800, 80), np.linspace(0, 2.5, 80)
    curves = {
        "crystal size / nm": (size, structure.confined_peak(size)),
        "temperature / K": (temperature, structure.thermal_peak(temperature)),
        "biaxial tension / GPa": (stress, structure.constant("silicon-raman-line") + structure.stress_shift(stress)),
    }
    low = ledger.value(_POSITIONS["Figure 2b"])
    crossings = (
        (structure.size_for_peak(low), "nm"),
        (structure.temperature_for_peak(low), "K"),
        (structure.stress_for_peak(low), "GPa"),
    )
    particle = ledger.value("particle-diameter-sinp")
    figure, panels = new_figure(3, height=6.2, sharey=True)
    for axes, (cause, (strength, position)), (crossing, unit) in zip(panels, curves.items(), crossings, strict=True):
        axes.plot(strength, position, color=COLORS["computed"])
        for (where, id), style, side in zip(_POSITIONS.items(), ("--", ":"), (1, -1), strict=True):
            reported = ledger.value(id)
            axes.axhline(reported, color=COLORS["reported"], linestyle=style, linewidth=1.4)
            axes.annotate(
                f"paper, {where}",
                (1, reported),
                xycoords=("axes fraction", "data"),
                xytext=(0, 2 * side),
                textcoords="offset points",
                ha="right",
                va="bottom" if side > 0 else "top",
                color=COLORS["reported"],
                fontsize=8.5,
            )
        axes.plot(crossing, low, "o", color=COLORS["computed"])
        axes.annotate(
            f"{crossing:.{0 if unit == 'K' else 1}f} {unit}",
            (crossing, low),
            xytext=(-7, -4),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=9,
        )
        axes.set(xlabel=cause, ylabel="position / cm⁻¹", ylim=(507, 522.5))
    panels[0].set_xscale("log")
    panels[0].set_xticks([2, 3, 5, 10, 20, 50, 100], ["2", "3", "5", "10", "20", "50", "100"])
    panels[0].minorticks_off()
    panels[0].plot(particle, structure.confined_peak(particle), "o", color=COLORS["computed"])
    panels[0].annotate(
        f"{particle:g} nm particles",
        (particle, structure.confined_peak(particle)),
        xytext=(0, 6),
        textcoords="offset points",
        ha="center",
        fontsize=8.5,
    )
    data = pd.concat(
        pd.DataFrame({"cause": cause, "strength": strength, "position / cm-1": position})
        for cause, (strength, position) in curves.items()
    )
    return figure, data


def line_shapes(peak: float) -> tuple[Figure, pd.DataFrame]:
    """Draw the shapes that silicon's line has if small size, heat or stress alone puts it at one position.

    Columns: Raman shift / cm-1, size, heat, stress.
    """
    peak = _check.positive("peak", peak, "cm-1")
    shift = np.arange(460, 540.01, 0.1)
    size, temperature = structure.size_for_peak(peak), structure.temperature_for_peak(peak)
    widths = {
        "size": structure.confined_width(size),
        "heat": structure.thermal_width(temperature),
        "stress": structure.constant("silicon-raman-width"),
    }
    labels = {
        "size": f"size: {size:.1f} nm",
        "heat": f"heat: {temperature:.0f} K",
        "stress": f"stress: {structure.stress_for_peak(peak):.1f} GPa",
    }
    data = pd.DataFrame(
        {
            "Raman shift / cm-1": shift,
            "size": structure.confined_line(shift, size),
            **{cause: _band(shift, peak, widths[cause]) for cause in ("heat", "stress")},
        }
    )
    figure, axes = new_figure(height=3.4)
    styles = {"size": ("-", COLORS["computed"]), "heat": ("--", COLORS["anode"]), "stress": (":", COLORS["cell"])}
    for cause, (style, color) in styles.items():
        label = f"{labels[cause]}, width {widths[cause]:.1f} cm⁻¹"
        axes.plot(shift, data[cause], style, color=color, label=label)
    axes.set(xlabel="Raman shift / cm⁻¹", ylabel="intensity / maximum", xlim=(470, 535), ylim=(0, 1.45))
    axes.set_yticks([0, 0.5, 1])
    axes.legend(loc="upper left")
    return figure, data


def synthetic_spectra() -> tuple[Figure, pd.DataFrame]:
    """Draw synthetic spectra before and after cycling, with bands at the positions that the paper reports.

    Columns: Raman shift / cm-1, before, synthetic, after, synthetic.

    Widths, heights and shapes of the bands are assumed; only the positions are the paper's.
    """
    shift = np.arange(200.0, 1800.5, 1.0)
    data = pd.DataFrame({"Raman shift / cm-1": shift})
    figure, panels = new_figure(2, height=4.4, sharex=True)
    for axes, title, bands in zip(panels, ("before", "after"), (_BEFORE, _AFTER), strict=True):
        positions = {name: ledger.value(id) for name, id, *_ in bands}
        spectrum = sum(_band(shift, positions[name], *assumed) for name, _, *assumed in bands)
        data[f"{title}, synthetic"] = spectrum
        axes.plot(shift, spectrum, color=COLORS["computed"], linewidth=1.4)
        for name, position in positions.items():
            top = float(np.interp(position, shift, spectrum))
            axes.plot(position, top, "v", color=COLORS["reported"], markersize=5, clip_on=False)
            axes.annotate(
                f"{name}\n{position:g}",
                (position, top),
                xytext=(0, 5),
                textcoords="offset points",
                ha="center",
                fontsize=8.5,
            )
        axes.set(
            title=f"{title} cycling (synthetic)", ylabel="intensity / a.u.", yticks=[], ylim=(0, 1.32 * spectrum.max())
        )
    panels[-1].set(xlabel="Raman shift / cm⁻¹", xlim=(200, 1800))
    return figure, data
