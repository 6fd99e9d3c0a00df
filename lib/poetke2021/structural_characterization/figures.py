"""Figures of the chapter: diffraction patterns, reported particle sizes and geometry, and the Raman line of silicon."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from companion import ledger
from companion.plotting import COLORS, WIDTH, annotate, new_figure
from poetke2021 import structural_characterization as structure
from sicell import _check


def silicon_pattern(sizes: Sequence[float]) -> tuple[Figure, pd.DataFrame]:
    """Draw the powder pattern of silicon for Cu Kα and crystallites of some sizes (nm), one panel each.

    Columns: 2θ / °, and the intensity for each size, its own maximum being 100; sticks show the reflections.
    """
    sizes, ends = np.asarray(sizes), (20, 92)
    angle = np.arange(ends[0], ends[1] + 0.005, 0.01)
    pattern = structure.powder_pattern(structure.silicon(), ends, minimum_intensity=1)
    curves = structure.diffractogram(angle, pattern, sizes)
    curves = 100 * curves / curves.max(axis=-1, keepdims=True)
    names = [f"{size:g} nm" for size in sizes]
    data = pd.DataFrame({"2θ / °": angle} | dict(zip(names, curves, strict=True)))
    figure, panels = new_figure(sizes.size, height=0.6 + 1.7 * sizes.size, sharex=True, squeeze=False)
    for axes, name, curve in zip(panels[:, 0], names, curves, strict=True):
        axes.plot(angle, curve, color=COLORS["computed"], linewidth=1.3)
        axes.vlines(
            pattern.two_theta, 0, pattern.intensity, color=COLORS["silicon"], linewidth=2.5, alpha=0.75, zorder=1
        )
        axes.set(title=f"crystals of {name}", ylabel="intensity / a.u.", ylim=(0, 118), yticks=[])
    for row in pattern.to_frame().itertuples():
        top = max(row.intensity, np.interp(row.two_theta, angle, curves[0]))
        annotate(panels[0, 0], f"{row.h}{row.k}{row.l}", (row.two_theta, top), (0, 2), ha="center")
    panels[-1, 0].set(xlabel="2θ (Cu Kα) / °", xlim=ends)
    return figure, data


_POWDERS = {"sinp": "SiNP", "si28": "Si28@C", "si34": "Si34@C", "si37": "Si37@C"}
_COMPOSITES = ("si28", "si34", "si37")


def _diameters(samples: tuple[str, ...]) -> pd.DataFrame:
    """Return reported mean, standard deviation and the 95 % interval of the mean, nm."""
    reported = [ledger.uncertain(f"particle-diameter-{sample}") for sample in samples]
    mean, deviation = np.array([[one.nominal_value, one.std_dev] for one in reported]).T
    lower, upper = structure.mean_interval(mean, deviation, ledger.value("particles-measured"))
    return pd.DataFrame(
        {
            "powder": [_POWDERS[sample] for sample in samples],
            "mean / nm": mean,
            "standard deviation / nm": deviation,
            "lower end of the mean / nm": lower,
            "upper end of the mean / nm": upper,
        }
    )


def _draw_means(axes: Axes, positions: np.ndarray, data: pd.DataFrame) -> None:
    """Draw means with a thin line for the standard deviation and a thick one for the interval of the mean."""
    for position, (powder, mean, deviation, lower, upper) in zip(positions, data.itertuples(index=False), strict=True):
        axes.errorbar(mean, position, xerr=deviation, fmt="none", ecolor=COLORS[powder], elinewidth=1.2, capsize=4)
        axes.plot([lower, upper], [position, position], color=COLORS[powder], linewidth=6, alpha=0.55)
    axes.plot(data["mean / nm"], positions, "D", color=COLORS["reported"], markersize=5)


def diameters() -> tuple[Figure, pd.DataFrame]:
    """Draw the reported diameters of the four powders with spread of the particles and interval of the mean.

    Columns: powder, mean / nm, standard deviation / nm, lower end of the mean / nm, upper end of the mean / nm.
    """
    samples = tuple(sorted(_POWDERS, key=lambda sample: ledger.value(f"particle-diameter-{sample}")))
    data = _diameters(samples)
    figure, axes = new_figure(height=2.9)
    positions = np.arange(len(data))[::-1]
    _draw_means(axes, positions, data)
    axes.set(
        yticks=positions, yticklabels=data["powder"], xlabel="particle diameter / nm", xlim=(40, 115), ylim=(-0.6, 3.6)
    )
    axes.plot([], [], color=COLORS["muted"], linewidth=1.2, label="± standard deviation")
    axes.plot([], [], color=COLORS["muted"], linewidth=6, alpha=0.55, label="95 % interval of the mean")
    axes.legend(loc="upper right", fontsize=9)
    return figure, data


def shells(core_diameter: float, expansion: float, carbon_density: float) -> tuple[Figure, pd.DataFrame]:
    """Draw to scale what one core with all its carbon needs, beside the measured size of each composite.

    Columns: powder, measured mean / nm, dense shell / nm, shell with void / nm, cavity / nm. The core in nm, the
    density of carbon in g/cm³.
    """
    fraction = np.array([ledger.value(f"silicon-fraction-{sample}") / 100 for sample in _COMPOSITES])
    dense, void = (
        structure.core_shell(core_diameter, fraction, expansion=room, carbon_density=carbon_density)
        for room in (0.0, expansion)
    )
    data = pd.DataFrame(
        {
            "powder": [_POWDERS[sample] for sample in _COMPOSITES],
            "measured mean / nm": [ledger.value(f"particle-diameter-{sample}") for sample in _COMPOSITES],
            "dense shell / nm": dense.outer_diameter,
            "shell with void / nm": void.outer_diameter,
            "cavity / nm": np.broadcast_to(void.cavity_diameter, 3),
        }
    )
    figure = Figure(figsize=(WIDTH, 5.0), layout="constrained")
    panels = figure.subplots(3, 3, sharex=True, sharey=True)
    for row, entry in zip(panels, data.itertuples(index=False), strict=True):
        powder, measured, solid, hollow, cavity = entry
        row[0].set_ylabel(powder, fontsize=10)
        for axes, outer, inner in ((row[1], solid, core_diameter), (row[2], hollow, cavity)):
            axes.add_patch(Circle((0, 0), outer / 2, facecolor=COLORS["carbon"]))
            axes.add_patch(Circle((0, 0), inner / 2, facecolor="white"))
        for axes, diameter in zip(row, (measured, solid, hollow), strict=True):
            axes.add_patch(Circle((0, 0), core_diameter / 2, facecolor=COLORS["silicon"], edgecolor="#7a4d06"))
            # white between the dashes lets them be seen on carbon
            angle = np.linspace(0, 2 * np.pi, 200)
            style = {"color": COLORS["reported"], "gapcolor": "white", "linestyle": "--", "linewidth": 1.8}
            axes.plot(measured / 2 * np.cos(angle), measured / 2 * np.sin(angle), **style)
            axes.text(0, -64, f"{diameter:.0f} nm", ha="center", va="bottom", fontsize=9)
            axes.set(xlim=(-56, 56), ylim=(-66, 57), aspect="equal", xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
    panels[0, 0].plot([-55, -5], [53, 53], color="black", linewidth=2)
    panels[0, 0].text(-2, 53, "50 nm", va="center", fontsize=9)
    for axes, title in zip(panels[0], ("measured", "dense shell", "with void"), strict=True):
        axes.set_title(title, fontsize=10, loc="center")
    return figure, data


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

    Columns: cause, strength, position / cm-1. Horizontal lines mark the two positions that the paper reports.
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
            look = {"ha": "right", "va": "bottom" if side > 0 else "top", "color": COLORS["reported"], "fontsize": 9}
            annotate(axes, f"paper, {where}", (1, reported), (0, 2 * side), xycoords=("axes fraction", "data"), **look)
        axes.plot(crossing, low, "o", color=COLORS["computed"])
        text = f"{crossing:.{0 if unit == 'K' else 1}f} {unit}"
        annotate(axes, text, (crossing, low), (-7, -4), ha="right", va="top")
        axes.set(xlabel=cause, ylabel="position / cm⁻¹", ylim=(507, 522.5))
    panels[0].set_xscale("log")
    panels[0].set_xticks([2, 3, 5, 10, 20, 50, 100], ["2", "3", "5", "10", "20", "50", "100"])
    panels[0].minorticks_off()
    place = particle, structure.confined_peak(particle)
    panels[0].plot(*place, "o", color=COLORS["computed"])
    annotate(panels[0], f"{particle:g} nm particles", place, (0, 6), ha="center", fontsize=9)
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
    causes = (f"{size:.1f} nm", f"{temperature:.0f} K", f"{structure.stress_for_peak(peak):.1f} GPa")
    data = pd.DataFrame(
        {
            "Raman shift / cm-1": shift,
            "size": structure.confined_line(shift, size),
            **{cause: _band(shift, peak, widths[cause]) for cause in ("heat", "stress")},
        }
    )
    figure, axes = new_figure(height=3.4)
    styles = {"size": ("-", COLORS["computed"]), "heat": ("--", COLORS["anode"]), "stress": (":", COLORS["cell"])}
    for (cause, (style, color)), strength in zip(styles.items(), causes, strict=True):
        text = f"{cause}: {strength}, width {widths[cause]:.1f} cm⁻¹"
        axes.plot(shift, data[cause], style, color=color, label=text)
    axes.set(xlabel="Raman shift / cm⁻¹", ylabel="intensity / maximum", xlim=(470, 535), ylim=(0, 1.45))
    axes.set_yticks([0, 0.5, 1])
    axes.legend(loc="upper left")
    return figure, data


def synthetic_spectra() -> tuple[Figure, pd.DataFrame]:
    """Draw synthetic spectra before and after cycling, with bands at the positions that the paper reports.

    Columns: Raman shift / cm-1, before, synthetic, after, synthetic. Widths, heights and shapes are assumed.
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
            annotate(axes, f"{name}\n{position:g}", (position, top), (0, 5), ha="center", fontsize=9)
        axes.set(
            title=f"{title} cycling (synthetic)", ylabel="intensity / a.u.", yticks=[], ylim=(0, 1.32 * spectrum.max())
        )
    panels[-1].set(xlabel="Raman shift / cm⁻¹", xlim=(200, 1800))
    return figure, data
