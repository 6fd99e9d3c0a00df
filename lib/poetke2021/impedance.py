"""Impedance: arcs and what they stand for, synthetic spectra in the orders of the paper, fits and their limits."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion import ledger
from companion.plotting import COLORS, annotate, new_figure
from poetke2021 import spectra
from sicell import eis, materials
from sicell.circuit import parse

_MARKERS = {"Si28@C": "^", "Si34@C": "v", "Si37@C": "o", "SiNP": "s", "Si/C65": "D"}
_LINES = ((COLORS["computed"], "-"), (COLORS["anode"], "--"), (COLORS["cell"], ":"))
#: Share of the whole resistance under which a peak gets no label.
SMALL_PEAK = 0.01
_OPEN = {"linestyle": "none", "marker": "o", "markersize": 4, "markerfacecolor": "none"}


def _label_nyquist(axes: Any, unit: str = "Ω") -> None:
    axes.set(xlabel=f"Z′ / {unit}", ylabel=f"−Z″ / {unit}")
    axes.set_aspect("equal", adjustable="box")


def _rows(frequency: np.ndarray, impedance: np.ndarray, unit: str = "ohm", **keys: Any) -> pd.DataFrame:
    columns = {"frequency / Hz": frequency, f"Z' / {unit}": impedance.real, f"Z'' / {unit}": impedance.imag}
    return pd.DataFrame({**keys, **columns})


def separator() -> tuple[Figure, pd.DataFrame]:
    """Draw the resistance of the separator over the diameter of the die.

    Columns: diameter / mm, resistance / ohm.
    """
    thickness, conductivity = ledger.value("separator-thickness"), ledger.value("solid-electrolyte-conductivity")
    diameter = np.linspace(9.5, 16, 66)

    def resistance(diameter: Any) -> Any:
        return materials.separator_resistance(thickness, conductivity, materials.disc_area(diameter))

    figure, axes = new_figure(height=2.9)
    axes.plot(diameter, resistance(diameter), color=COLORS["computed"])
    die = ledger.value("die-diameter")
    for place, marker, text in ((die, "s", "stated die"), (11.0, "o", "disc that the loading asks for")):
        axes.plot(place, resistance(place), marker, color=COLORS["computed"], markersize=8)
        annotate(axes, f"{text}\n{place:.0f} mm: {resistance(place):.1f} Ω", (place, resistance(place)), (9, 4))
    axes.set(xlabel="diameter of the disc / mm", ylabel="resistance of the separator / Ω", ylim=(0, 38))
    return figure, pd.DataFrame({"diameter / mm": diameter, "resistance / ohm": resistance(diameter)})


def circuits(texts: Mapping[str, str]) -> tuple[Figure, pd.DataFrame]:
    """Draw circuits from their text, one under the other.

    Columns: circuit, text, parameters.
    """
    figure, panels = new_figure(len(texts), height=1.55 * len(texts), squeeze=False)
    for axes, (title, text) in zip(panels[:, 0], texts.items(), strict=True):
        parse(text).draw(axes).set_title(f"{title}:  {text}", fontsize=9, family="monospace", loc="left")
    rows = [(title, text, ", ".join(parse(text).parameter_names)) for title, text in texts.items()]
    return figure, pd.DataFrame(rows, columns=["circuit", "text", "parameters"])


def arcs(spectrum: spectra.SyntheticSpectrum) -> tuple[Figure, pd.DataFrame]:
    """Draw a synthetic spectrum with what each part of it stands for.

    Columns: frequency / Hz, Z' / ohm, Z'' / ohm, interphase, charge transfer, diffusion.
    """
    frequency, impedance, values = spectrum.frequency, spectrum.impedance, spectrum.parameters
    names = {"interphase": "p(R1,CPE1)", "charge transfer": "p(R2,CPE2)", "diffusion": "W1"}
    data = _rows(frequency, impedance)
    figure, (top, bottom) = new_figure(2, height=4.6, height_ratios=[0.6, 1])
    top.plot(impedance.real, -impedance.imag, color=COLORS["cell"], **_OPEN)
    ends = np.cumsum([values["R0"], values["R1"], values["R2"]])
    top.axvline(ends[0], color=COLORS["muted"], linestyle=":", linewidth=1.2)
    annotate(top, "separator\nand contacts", (ends[0] / 2, 0), (0, 14), ha="center")
    for place, text in zip((ends[:-1] + ends[1:]) / 2, ("interphase", "charge\ntransfer"), strict=True):
        height = float(np.interp(place, impedance.real, -impedance.imag))
        annotate(top, text, (place, height), (0, 6), ha="center")
    annotate(top, "diffusion", (impedance.real[-1], -impedance.imag[-1]), (-8, -4), ha="right")
    _label_nyquist(top)
    top.set(xlim=(0, None), ylim=(0, 25))
    bottom.plot(frequency, -impedance.imag, color=COLORS["cell"], **_OPEN, label="whole spectrum")
    for (name, circuit), (color, style) in zip(names.items(), _LINES, strict=True):
        part = parse(circuit)
        data[name] = -part.impedance(frequency, [values[key] for key in part.parameter_names]).imag
        bottom.plot(frequency, data[name], style, color=color, label=name)
    bottom.set(xscale="log", xlabel="frequency / Hz", ylabel="−Z″ / Ω", ylim=(0, None))
    bottom.invert_xaxis()
    bottom.legend()
    return figure, data


def half_cells(cycles: Iterable[int] = (3, 53)) -> tuple[Figure, pd.DataFrame]:
    """Draw synthetic spectra of the five materials, a panel for each number of cycles and one of Si-C alone at the end.

    Columns: cell, cycles, frequency / Hz, Z' / ohm, Z'' / ohm.
    """
    cycles = list(cycles)
    figure, panels = new_figure(len(cycles) + 1, height=2.1 * len(cycles) + 2.1)
    parts = []
    for axes, number in zip(panels, [*cycles, cycles[-1]], strict=True):
        alone = axes is panels[-1]
        shown = [cell for cell in _MARKERS if cell.endswith("@C") or not alone]
        for cell in shown:
            found = spectra.spectrum(cell, number)
            z, look = found.impedance, {"marker": _MARKERS[cell], "markevery": 10, "markersize": 5}
            axes.plot(z.real, -z.imag, color=COLORS[cell], label=cell, **look)
            if not alone:
                parts.append(_rows(found.frequency, z, cell=cell, cycles=number))
        _label_nyquist(axes)
        axes.set(title=f"after {number} cycles{', Si–C alone' if alone else ''} (synthetic)")
    widest = max(part["Z' / ohm"].max() for part in parts)
    for axes in panels[:-1]:
        axes.set(xlim=(0, 1.03 * widest), ylim=(0, 0.42 * widest))
    panels[0].legend(loc="upper right", ncols=2)
    return figure, pd.concat(parts, ignore_index=True)


def liquid_and_solid() -> tuple[Figure, pd.DataFrame]:
    """Draw area-specific synthetic spectra of a Si-C half-cell with a solid and with a liquid electrolyte.

    Columns: electrolyte, cycles, frequency / Hz, Z' / ohm cm2, Z'' / ohm cm2.
    """
    figure, panels = new_figure(2, height=5.2, sharex=True, sharey=True)
    parts = []
    for axes, number in zip(panels, (3, 53), strict=True):
        for electrolyte, cell, style, marker, color in (
            ("solid", "Si37@C", "-", "o", COLORS["Si37@C"]),
            ("liquid", "Si-C", "--", "s", COLORS["computed"]),
        ):
            found = spectra.spectrum(cell, number, electrolyte=electrolyte, area=1.0)
            z = found.impedance
            axes.plot(z.real, -z.imag, style, marker=marker, markevery=10, color=color, label=f"{electrolyte}")
            parts.append(_rows(found.frequency, z, "ohm cm2", electrolyte=electrolyte, cycles=number))
        _label_nyquist(axes, "Ω cm²")
        axes.set(title=f"after {number} cycles (synthetic)")
    widest = max(part["Z' / ohm cm2"].max() for part in parts)
    axes.set(xlim=(0, 1.03 * widest), ylim=(0, 0.42 * widest))
    panels[0].legend(loc="upper right")
    return figure, pd.concat(parts, ignore_index=True)


def fits(frequency: Any, impedance: Any, predictions: Mapping[str, np.ndarray]) -> tuple[Figure, pd.DataFrame]:
    """Draw a spectrum with up to three curves fitted to it, and how far each is off.

    Columns: frequency / Hz, Z' / ohm, Z'' / ohm, no guess: error / %, poor guess: error / %.
    """
    frequency, impedance = np.asarray(frequency), np.asarray(impedance)
    data = _rows(frequency, impedance)
    figure, (top, bottom) = new_figure(2, height=5.4, height_ratios=[1, 0.9])
    top.plot(impedance.real, -impedance.imag, color=COLORS["cell"], label="synthetic, with noise", **_OPEN)
    for (label, predicted), (color, style) in zip(predictions.items(), _LINES, strict=False):
        error = 100 * np.abs(impedance - predicted) / np.abs(impedance)
        data[f"{label}: error / %"] = error
        top.plot(predicted.real, -predicted.imag, style, color=color, label=label)
        bottom.plot(frequency, error, style, color=color, label=label)
    _label_nyquist(top)
    top.legend(loc="upper left")
    top.set(ylim=(0, 1.75 * -impedance.imag.min()))
    bottom.set(xscale="log", yscale="log", xlabel="frequency / Hz", ylabel="|ΔZ| / |Z| / %")
    bottom.invert_xaxis()
    return figure, data


def kramers_kronig(results: Mapping[str, eis.KramersKronig]) -> tuple[Figure, pd.DataFrame]:
    """Draw what Kramers–Kronig tests leave over, one panel a spectrum.

    Columns: spectrum, frequency / Hz, residual of Z' / %, residual of Z'' / %.
    """
    figure, panels = new_figure(len(results), height=0.9 + 1.9 * len(results), sharex=True, sharey=True, squeeze=False)
    parts = []
    for axes, (title, result) in zip(panels[:, 0], results.items(), strict=True):
        residuals = 100 * result.residuals
        axes.axhline(0, color=COLORS["muted"], linewidth=0.8)
        axes.plot(result.frequency, residuals.real, "o", color=COLORS["computed"], markersize=4, label="Z′")
        axes.plot(
            result.frequency,
            residuals.imag,
            "s",
            color=COLORS["anode"],
            markersize=4,
            markerfacecolor="none",
            label="Z″",
        )
        axes.set(title=f"{title}: p = {result.p_value:.2g}", xscale="log", ylabel="residual / %")
        parts.append(
            pd.DataFrame(
                {
                    "spectrum": title,
                    "frequency / Hz": result.frequency,
                    "residual of Z' / %": residuals.real,
                    "residual of Z'' / %": residuals.imag,
                }
            )
        )
    panels[0, 0].invert_xaxis()
    panels[0, 0].legend(loc="upper left", ncols=2)
    panels[-1, 0].set_xlabel("frequency / Hz")
    return figure, pd.concat(parts, ignore_index=True)


def relaxation_times(results: Mapping[str, eis.RelaxationTimes]) -> tuple[Figure, pd.DataFrame]:
    """Draw distributions of relaxation times, each peak with its resistance.

    Columns: spectrum, relaxation time / s, gamma / ohm.
    """
    figure, panels = new_figure(len(results), height=0.6 + 2.1 * len(results), sharex=True, squeeze=False)
    parts = []
    for axes, (title, result) in zip(panels[:, 0], results.items(), strict=True):
        tau, gamma = result.time_constant, result.gamma
        low, high = 1 / (2 * np.pi * result.frequency[[0, -1]])
        axes.axvspan(tau[0], low, color=COLORS["muted"], alpha=0.15, linewidth=0)
        axes.axvspan(high, tau[-1], color=COLORS["muted"], alpha=0.15, linewidth=0)
        axes.plot(tau, gamma, color=COLORS["computed"])
        # beyond the window the distribution stands for what the sweep did not reach
        inside = gamma[(tau > low) & (tau < high)].max()
        for peak in result.peaks.itertuples():
            if low < peak.time_constant < high and peak.resistance > SMALL_PEAK * result.polarization_resistance:
                text = f"{peak.resistance:.0f} Ω" if peak.resistance >= 10 else f"{peak.resistance:.2g} Ω"
                height = min(1.2 * inside, np.interp(np.log(peak.time_constant), np.log(tau), gamma))
                annotate(axes, text, (peak.time_constant, height), (0, 5), ha="center")
        axes.set(title=title, xscale="log", ylabel="γ / Ω", xlim=(tau[0], tau[-1]), ylim=(0, 1.4 * inside))
        parts.append(pd.DataFrame({"spectrum": title, "relaxation time / s": tau, "gamma / ohm": gamma}))
    panels[-1, 0].set_xlabel("relaxation time / s")
    return figure, pd.concat(parts, ignore_index=True)


def porous_electrode(
    ionic: float, transfer: float, *, capacitance: float = 1e-3, exponent: float = 0.9
) -> tuple[Figure, pd.DataFrame]:
    """Draw computed spectra of a porous electrode: blocking, and with charge transfer easy and hard.

    Columns: case, frequency / Hz, Z' / ohm cm2, Z'' / ohm cm2.

    Resistances in Ω cm²; charge transfer is `transfer` in the easy case and five times that in the hard one.
    """
    frequency = np.geomspace(1e6, 1e-2, 161)
    cases = {
        "blocking": ("TLMQ1", [ionic, capacitance, exponent]),
        f"charge transfer {transfer:g} Ω cm²": ("TLMF1", [ionic, transfer, capacitance, exponent]),
        f"charge transfer {5 * transfer:g} Ω cm²": ("TLMF1", [ionic, 5 * transfer, capacitance, exponent]),
    }
    figure, axes = new_figure(height=3.4)
    parts = []
    for (label, (circuit, values)), (color, style) in zip(cases.items(), _LINES, strict=True):
        z = parse(circuit).impedance(frequency, values)
        axes.plot(z.real, -z.imag, style, color=color, label=label)
        parts.append(_rows(frequency, z, "ohm cm2", case=label))
    axes.axvline(ionic / 3, color=COLORS["muted"], linestyle="-.", linewidth=1)
    limit = 0.62 * (ionic / 3 + 5 * transfer)
    annotate(axes, r"$R_\mathrm{ion}/3$", (ionic / 3, 0.9 * limit), (-4, 0), ha="right", fontsize=10)
    _label_nyquist(axes, "Ω cm²")
    axes.set(xlim=(0, 1.1 * (ionic / 3 + 5 * transfer)), ylim=(0, limit))
    axes.legend(loc="upper right")
    return figure, pd.concat(parts, ignore_index=True)
