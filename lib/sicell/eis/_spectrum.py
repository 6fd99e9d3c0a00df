"""Checks of impedance spectra: one place, used by everything in this package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sicell import _check

# Correlation of phase and logarithmic slope of |Z| below which a spectrum is taken for conjugated.
CONJUGATED = -0.6
DUPLICATE_TOLERANCE = 1e-6
# Part of |Z| from which a positive imaginary part is more than noise.
INDUCTIVE = 0.02


@dataclass(frozen=True)
class Spectrum:
    """An impedance spectrum that passed `check_spectrum`: frequencies in Hz, falling, and impedances in Ω, (F,).

    `notes` say what was done or is worth knowing: masked points left out, points sorted, repeated rows dropped,
    inductive points.
    """

    frequency: np.ndarray
    impedance: np.ndarray
    notes: tuple[str, ...] = ()


def check_spectrum(frequency: Any, impedance: Any, *, minimum: int = 3) -> Spectrum:
    """Check an impedance spectrum and sort it from high to low frequency.

    Raises TypeError if the impedance is not complex. Raises ValueError if lengths differ, a frequency is not positive
    and finite, an impedance is not finite or zero (named by row), a frequency occurs twice with different impedances,
    there are too few points, or the spectrum is conjugated.

    Frequencies (F,) are in Hz, at least `minimum` of them distinct, complex impedances (F,) in Ω as Z' + jZ'' with
    capacitive Z'' < 0; inductive points are allowed and mentioned. A conjugated spectrum (−Z'' stored) is recognised
    by the sign of the correlation between the phase and the slope d ln|Z| / d ln ω, which are proportional
    in a causal, minimum-phase system (H. W. Bode, Network Analysis and Feedback Amplifier Design, Van Nostrand, 1945).

    >>> check_spectrum([1, 10, 100], [3 - 1j, 2 - 1j, 1 - 0.5j]).notes
    ('points were sorted from high to low frequency',)
    >>> check_spectrum([1, 10, 100], [3 + 1j, 2 + 1j, 1 + 0.5j])
    Traceback (most recent call last):
    ...
    ValueError: impedance looks conjugated: |Z| falls with frequency while Z'' is positive; pass impedance.conj()
    """
    frequency, impedance, _, masked = unmasked(frequency, impedance)
    values = as_complex(impedance)
    if values.ndim != 1:
        raise ValueError(f"impedance must be one spectrum of shape (F,), got shape {values.shape}")
    frequency, order, pairs, notes = check_frequency(frequency, values.size, minimum)
    notes = masked + notes
    problem = check_rows(frequency, values[None], order, pairs)[0]
    if problem:
        raise ValueError(problem)
    values = values[order]
    inductive = np.count_nonzero(values.imag > INDUCTIVE * np.abs(values))
    if inductive:
        notes += (f"{inductive} of {len(values)} points are inductive (Z'' > 0)",)
    return Spectrum(frequency, values, notes)


def unmasked(frequency: Any, impedance: Any) -> tuple[Any, Any, np.ndarray | slice, tuple[str, ...]]:
    """Return a spectrum without points that are masked in either array, which points are left, and a note."""
    mask = np.ma.getmaskarray(np.ma.asarray(frequency)) if np.ma.isMA(frequency) else False
    mask = mask | (np.ma.getmaskarray(np.ma.asarray(impedance)) if np.ma.isMA(impedance) else False)
    if not np.any(mask):
        return frequency, impedance, slice(None), ()
    if np.shape(frequency) != np.shape(impedance):
        return frequency, impedance, slice(None), ()
    note = f"{np.count_nonzero(mask)} masked points were left out"
    return np.ma.getdata(frequency)[~mask], np.ma.getdata(impedance)[~mask], ~mask, (note,)


def as_complex(impedance: Any) -> np.ndarray:
    """Return impedances as a complex array; raise TypeError if they are not complex."""
    values = np.asarray(impedance)
    if not np.iscomplexobj(values):
        raise TypeError(f"impedance must be complex (Z' + jZ'', in Ohm), got {values.dtype.name}")
    return values.astype(complex)


def check_frequency(
    frequency: Any, points: int, minimum: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return falling distinct frequencies, the rows they come from, pairs of rows with one frequency, and notes."""
    frequency = np.asarray(_check.positive("frequency", frequency, "Hz"), dtype=float)
    if frequency.ndim != 1 or frequency.size != points:
        raise ValueError(f"frequency and impedance must have the same length, got {frequency.size} and {points}")
    notes: tuple[str, ...] = ()
    order = np.argsort(-frequency, kind="stable")
    if not np.array_equal(order, np.arange(len(order))):
        notes += ("points were sorted from high to low frequency",)
    same = np.flatnonzero(np.diff(frequency[order]) == 0)
    pairs = np.sort(np.stack([order[same], order[same + 1]], axis=1), axis=1)
    if len(same):
        order = np.delete(order, same + 1)
        notes += (f"{len(same)} repeated rows were dropped",)
    if len(order) < minimum:
        raise ValueError(f"too few points: at least {minimum} distinct frequencies are needed, got {len(order)}")
    return frequency[order], order, pairs, notes


def check_rows(frequency: np.ndarray, impedances: np.ndarray, order: np.ndarray, pairs: np.ndarray) -> list[str]:
    """Return what is wrong with each spectrum ("" if nothing); `order` are the rows that `frequency` comes from."""
    problems = [""] * len(impedances)
    wrong = ~np.isfinite(impedances) | (impedances == 0)
    for i in np.flatnonzero(wrong.any(axis=1)):
        row = int(np.argmax(wrong[i]))
        problems[i] = f"impedance must be finite and not zero, got {impedances[i, row]} at row {row}"
    for first, second in pairs:
        with np.errstate(invalid="ignore"):
            different = np.abs(impedances[:, first] - impedances[:, second])
            different = different > DUPLICATE_TOLERANCE * np.abs(impedances[:, first])
        for i in np.flatnonzero(different):
            problems[i] = problems[i] or (
                f"one frequency occurs twice with different impedances (rows {first} and {second}): average them, or "
                "pass one spectrum at a time"
            )
    good = np.array([i for i, problem in enumerate(problems) if not problem], dtype=int)
    ordered = impedances[good][:, order]
    slope = np.gradient(np.log(np.abs(ordered)), np.log(frequency), axis=1)
    phase = np.angle(ordered)
    product = np.einsum("bf,bf->b", slope, phase)
    norm = np.sqrt(np.einsum("bf,bf->b", slope, slope) * np.einsum("bf,bf->b", phase, phase)) + 1e-300
    # A resistor has no phase to speak of; noise there says nothing.
    telling = np.abs(phase).max(axis=1) > 0.1
    for i in good[(product < CONJUGATED * norm) & telling]:
        problems[i] = (
            "impedance looks conjugated: |Z| falls with frequency while Z'' is positive; pass impedance.conj()"
        )
    return problems
