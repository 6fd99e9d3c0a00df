"""Synthetic spectra: what a cell would show if its parameters were those assumed in ``data/paper/impedance.csv``.

The paper orders its spectra without giving a number. Here stand spectra with these orders, to try methods on. They
are no measurement, and that they show an order proves nothing: it was put in.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from companion import ledger
from sicell import _check, materials
from sicell.circuit import parse
from sicell.eis import fit

#: Separator and contacts, interphase, charge transfer, diffusion.
CIRCUIT = "R0-p(R1,CPE1)-p(R2,CPE2)-W1"

#: The paper's "does not significantly change" is read as a change of at most this share.
UNCHANGED = 0.10
_SI_C, _REFERENCES = ("Si28@C", "Si34@C", "Si37@C"), ("SiNP", "Si/C65")


@dataclass(frozen=True)
class SyntheticSpectrum:
    """A synthetic spectrum with the parameters it was computed from.

    A row of ``data/paper/impedance.csv``: frequency (Hz, falling) and impedance (complex, Ω, without noise) of shape
    (F,), the area of the cell in cm² (with 1 all impedances are area-specific, Ω cm²), and the parameters of `CIRCUIT`
    by name.
    """

    cell: str
    electrolyte: str
    cycles: int
    area: float
    frequency: np.ndarray = field(repr=False)
    impedance: np.ndarray = field(repr=False)
    parameters: dict[str, float]


def frequencies(points_per_decade: int = 10) -> np.ndarray:
    """Return the frequencies of a sweep between the ends that the paper states, Hz, falling."""
    low, high = ledger.value("eis-frequency-lowest"), 1e6 * ledger.value("eis-frequency-highest")
    return np.geomspace(high, low, round(points_per_decade * np.log10(high / low)) + 1)


def spectrum(
    cell: str, cycles: int, *, electrolyte: str = "solid", area: float | None = None, frequency: Any = None
) -> SyntheticSpectrum:
    """Return a synthetic spectrum of a cell, without noise, with the parameters behind it.

    The cell is ``"Si28@C"``, ``"Si34@C"``, ``"Si37@C"``, ``"SiNP"`` or ``"Si/C65"`` against lithium, ``"Si-C"`` with
    the ``"liquid"`` electrolyte, or ``"full cell"``; cycles are 3 or 53, for the full cell 1 or 51. The area (cm²) is
    that of the stated die unless given; with 1 impedances are in Ω cm². Frequencies in Hz, shape (F,), are
    :func:`frequencies` unless given. Raises ValueError if there is no such row, or area or frequency are not positive.

    R0 is the resistance of the separator, L/σ from its stated thickness and conductivity, and an assumed contact
    resistance. An arc with resistance R, apex at f and exponent α has the constant-phase element Q = 1/(R (2πf)^α).
    """
    row = ledger.parameters("impedance.csv", cell=cell, electrolyte=electrolyte, cycles=cycles).iloc[0]
    frequency = frequencies() if frequency is None else _check.positive("frequency", frequency, "Hz")
    frequency = np.atleast_1d(np.asarray(frequency, dtype=float))
    if area is None:
        area = materials.disc_area(ledger.value("die-diameter"))
    area = float(_check.positive("area", area, "cm2"))
    electrolyte_resistance = row["electrolyte_resistance"]
    if np.isnan(electrolyte_resistance):
        electrolyte_resistance = materials.separator_resistance(
            ledger.value("separator-thickness"), ledger.value("solid-electrolyte-conductivity")
        )
    parameters = {"R0": (electrolyte_resistance + row["contact_resistance"]) / area}
    for number, arc in enumerate(("interphase", "charge_transfer"), start=1):
        resistance, exponent = row[f"{arc}_resistance"] / area, row[f"{arc}_exponent"]
        parameters[f"R{number}"] = resistance
        parameters[f"CPE{number}_0"] = 1 / (resistance * (2 * np.pi * row[f"{arc}_frequency"]) ** exponent)
        parameters[f"CPE{number}_1"] = exponent
    parameters["W1"] = row["diffusion"] / area
    parameters = {name: float(value) for name, value in parameters.items()}
    impedance = parse(CIRCUIT).impedance(frequency, parameters)
    return SyntheticSpectrum(cell, electrolyte, int(cycles), area, frequency, impedance, parameters)


def add_noise(impedance: Any, noise: float, seed: int) -> np.ndarray:
    """Return a spectrum with independent Gaussian noise on Z' and Z'' of standard deviation `noise` times ``|Z|``."""
    impedance = np.asarray(impedance, dtype=complex)
    _check.non_negative("noise", noise)
    real, imaginary = np.random.default_rng(seed).normal(scale=noise, size=(2, *impedance.shape))
    return impedance + np.abs(impedance) * (real + 1j * imaginary)


def drifting(spectrum: SyntheticSpectrum, parameter: str, growth: float) -> np.ndarray:
    """Return the spectrum of a cell one of whose parameters grows by a share `growth` until the sweep ends.

    The sweep begins at the highest frequency. A point takes a time that goes as 1/f, so nearly all of the growth falls
    on the last points. Raises ValueError if the circuit has no such parameter or `growth` is not above -1.
    """
    _check.choice("parameter", parameter, spectrum.parameters)
    _check.positive("growth + 1", growth + 1)
    elapsed = np.cumsum(1 / spectrum.frequency)
    parameters = dict(spectrum.parameters)
    parameters[parameter] = parameters[parameter] * (1 + growth * elapsed / elapsed[-1])
    return np.diagonal(parse(CIRCUIT).impedance(spectrum.frequency, parameters)).copy()


def estimates(noise: float = 0.003, seed: int = 1) -> pd.DataFrame:
    """Return what fits without a guess read from all synthetic spectra, with noise relative to ``|Z|`` added.

    One row a spectrum, indexed by ``cell``, ``electrolyte`` and ``cycles``: ``intercept`` and ``charge_transfer`` (Ω
    cm²) and ``frequency``, the apex of the charge-transfer arc (Hz). The seed is that of the first; the others follow.
    """
    rows = []
    for number, row in enumerate(ledger.parameters("impedance.csv").itertuples()):
        found = spectrum(row.cell, row.cycles, electrolyte=row.electrolyte, area=1.0)
        noisy = add_noise(found.impedance, noise, seed + number)
        p = fit(found.frequency, noisy, CIRCUIT).parameters["value"]
        apex = (p["R2"] * p["CPE2_0"]) ** (-1 / p["CPE2_1"]) / (2 * np.pi)
        rows.append((row.cell, row.electrolyte, row.cycles, p["R0"], p["R2"], apex))
    index, columns = ["cell", "electrolyte", "cycles"], ["intercept", "charge_transfer", "frequency"]
    return pd.DataFrame(rows, columns=index + columns).set_index(index)


def statements(table: pd.DataFrame) -> pd.DataFrame:
    """Return the paper's statements on its spectra, each with what a table of :func:`estimates` says to it.

    Indexed by claim: ``statement``, ``numbers`` (text, Ω cm²) and ``obeyed``.
    """
    transfer, intercept = table["charge_transfer"], table["intercept"]

    def ends(values: pd.Series, cells: tuple[str, ...], electrolyte: str, cycles: int) -> tuple[float, float]:
        chosen = [values[(cell, electrolyte, cycles)] for cell in cells]
        return min(chosen), max(chosen)

    low, high = (
        [ends(transfer, cells, "solid", cycles)[side] for cycles in (3, 53)]
        for cells, side in ((_SI_C, 1), (_REFERENCES, 0))
    )
    change = {cell: transfer[(cell, "solid", 53)] / transfer[(cell, "solid", 3)] - 1 for cell in (*_SI_C, *_REFERENCES)}
    kept, grown = max(abs(change[cell]) for cell in _SI_C), [change[cell] for cell in _REFERENCES]
    left = [ends(intercept, (*_SI_C, "Si/C65"), "solid", cycles)[1] for cycles in (3, 53)]
    right = [intercept[("SiNP", "solid", cycles)] for cycles in (3, 53)]
    solid = [ends(transfer, _SI_C, "solid", cycles)[1] for cycles in (3, 53)]
    liquid = [transfer[("Si-C", "liquid", cycles)] for cycles in (3, 53)]
    full = [transfer[("full cell", "solid", cycles)] for cycles in (1, 51)]
    rows = {
        "charge-transfer-si-c-lower": (
            "arc of Si-C smaller than of the references",
            f"at most {low[0]:.0f} and {low[1]:.0f}, at least {high[0]:.0f} and {high[1]:.0f}",
            low[0] < high[0] and low[1] < high[1],
        ),
        "charge-transfer-si-c-unchanged": (
            "no significant change of Si-C",
            f"at most {100 * kept:.0f} %",
            kept <= UNCHANGED,
        ),
        "charge-transfer-references-trend": (
            "arc of the references grows",
            f"SiNP {100 * grown[0]:+.0f} %, Si/C65 {100 * grown[1]:+.0f} %",
            min(grown) > UNCHANGED,
        ),
        "spectrum-shift-carbon": (
            "with carbon less shifted than SiNP",
            f"at most {left[0]:.0f} and {left[1]:.0f}, SiNP {right[0]:.0f} and {right[1]:.0f}",
            left[0] < right[0] and left[1] < right[1],
        ),
        "charge-transfer-solid-against-liquid": (
            "solid below liquid, most after 53 cycles",
            f"{solid[0]:.0f} and {solid[1]:.0f}, liquid {liquid[0]:.0f} and {liquid[1]:.0f}",
            solid[0] < liquid[0] and solid[1] / liquid[1] < solid[0] / liquid[0],
        ),
        "charge-transfer-full-cell-trend": (
            "arc of the full cells grows",
            f"{full[0]:.0f} to {full[1]:.0f}",
            full[1] > full[0],
        ),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["statement", "numbers", "obeyed"]).rename_axis("claim")


def two_arcs(separation: float, *, frequency: Any = None) -> np.ndarray:
    """Return a spectrum of two arcs whose apexes are a given factor apart: 20 Ω in series with 15 Ω and 30 Ω.

    The slower one is at 100 Hz; both exponents are 0.85. `separation` is at least 1.
    """
    _check.between("separation", separation, 1, 1e6)
    frequency = frequencies() if frequency is None else frequency
    slow = 1 / (2 * np.pi * 100.0)
    return parse("R0-Zarc1-Zarc2").impedance(frequency, [20, 15, slow / separation, 0.85, 30, slow, 0.85])
