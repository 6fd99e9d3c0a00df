"""Distribution of relaxation times by regularised non-negative least squares."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.ndimage import maximum_filter1d
from scipy.optimize import nnls
from scipy.signal import find_peaks

from sicell import _check
from sicell.eis import _plots
from sicell.eis._kramers_kronig import kramers_kronig
from sicell.eis._spectrum import INDUCTIVE, check_spectrum

__all__ = ["RelaxationTimes", "drt"]

PER_DECADE = 10
MARGIN_DECADES = 1.0
# The first pass smooths all of γ alike; the second, twice, in proportion to what is there (and beside it).
FIRST_PASS = 100.0
LOCAL_PASSES, NEIGHBOURS, FLOOR = 2, 3, 0.01
SMALLEST_PEAK = 0.005
# Of a computed spectrum without noise: resolution then ends with the grid of time constants.
SMALLEST_NOISE = 1e-4


@dataclass(frozen=True)
class RelaxationTimes:
    """Result of `drt`.

    Attributes
    ----------
    time_constant : numpy.ndarray, shape (K,)
        Relaxation times τ in s, rising.
    gamma : numpy.ndarray, shape (K,)
        Distribution γ = dR/d ln τ in Ω.
    ohmic_resistance : float
        Resistance at infinite frequency in Ω.
    inductance : float
        Series inductance in H.
    peaks : pandas.DataFrame
        One row a peak: ``time_constant`` (s), ``frequency`` (Hz), ``resistance`` (Ω).
    regularization : float
        Weight of the penalty.
    relative_rms : float
        Root mean square of |ΔZ|/|Z|.
    frequency, impedance, reconstructed : numpy.ndarray, shape (F,)
        The spectrum and what the distribution makes of it.
    notes : tuple of str
        What is worth knowing about the spectrum.
    """

    time_constant: np.ndarray = field(repr=False)
    gamma: np.ndarray = field(repr=False)
    ohmic_resistance: float
    inductance: float
    peaks: pd.DataFrame
    regularization: float
    relative_rms: float
    frequency: np.ndarray = field(repr=False)
    impedance: np.ndarray = field(repr=False)
    reconstructed: np.ndarray = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def polarization_resistance(self) -> float:
        """Sum of the distribution in Ω."""
        return float(self.gamma.sum() * np.log(self.time_constant[1] / self.time_constant[0]))

    def to_frame(self) -> pd.DataFrame:
        """Return τ and γ as a table."""
        return pd.DataFrame({"time_constant": self.time_constant, "gamma": self.gamma})

    def plot(self) -> Any:
        """Return a matplotlib figure of the distribution with its peaks."""
        return _plots.drt_figure(self)


def drt(frequency: Any, impedance: Any, *, regularization: float | None = None) -> RelaxationTimes:
    """Return the distribution of relaxation times of a spectrum.

    Parameters
    ----------
    frequency : array_like, shape (F,)
        Hz.
    impedance : array_like of complex, shape (F,)
        Ω, capacitive Z'' < 0.
    regularization : float, optional
        Weight of the penalty; by the rule below if None.

    Returns
    -------
    RelaxationTimes
        Distribution, peaks with resistance and time constant.

    Raises
    ------
    ValueError
        If the spectrum is not usable (see `check_spectrum`) or `regularization` is not positive.

    Notes
    -----
    Z = R + jωL + 1/(jωC) + Σ γ(τ) Δln τ / (1 + jωτ) on ten time constants a decade, one decade beyond the window, with
    non-negative R, L (only if there are inductive points), 1/C and γ; residuals are weighted by 1/|Z|. The penalty is
    the squared second derivative of γ with respect to ln τ relative to γ nearby, which a first pass with a penalty
    relative to the whole polarisation provides: small peaks beside large ones stay, and noise does not become peaks.
    The one rule for the weight of the penalty: the variance of the relative noise, as the Kramers–Kronig measurement
    model finds it in the same spectrum (the maximum of a posterior with unit variance of the relative curvature). A
    peak's resistance is the integral of γ between the minima beside it.

    Examples
    --------
    >>> import numpy as np
    >>> from sicell.circuit import parse
    >>> frequency = np.geomspace(1e6, 0.1, 71)
    >>> spectrum = parse("R0-p(R1,CPE1)-p(R2,CPE2)").impedance(frequency, [10, 30, 1e-6, 0.9, 60, 1e-3, 0.9])
    >>> noise = np.random.default_rng(2).normal(scale=2e-3, size=(2, 71))
    >>> drt(frequency, spectrum * (1 + noise[0] + 1j * noise[1])).peaks["resistance"].round(0).tolist()
    [30.0, 60.0]

    References
    ----------
    T. H. Wan, M. Saccoccio, C. Chen and F. Ciucci, Electrochim. Acta 184 (2015) 483 (Tikhonov regularisation).
    """
    spectrum = check_spectrum(frequency, impedance, minimum=10)
    if regularization is not None:
        _check.positive("regularization", regularization)
    omega, data = 2 * np.pi * spectrum.frequency, spectrum.impedance
    modulus = np.abs(data)
    low, high = -np.log10(omega.max()) - MARGIN_DECADES, -np.log10(omega.min()) + MARGIN_DECADES
    tau = np.logspace(low, high, round(PER_DECADE * (high - low)) + 1)
    spacing = np.log(tau[1] / tau[0])
    j_omega = 1j * omega
    # Without inductive points an inductance would only compete with time constants beyond the window.
    inductive = float((data.imag > INDUCTIVE * modulus).any())
    simple = np.array([np.ones_like(j_omega), inductive * j_omega / omega.max(), omega.min() / j_omega])
    kernel = np.concatenate([simple, spacing / (1 + tau[:, None] * j_omega)])
    scale = np.ptp(data.real) + 1e-3 * modulus.max()
    weighted = kernel * (scale / modulus)
    design = np.concatenate([weighted.real, weighted.imag], axis=1).T
    target = np.concatenate([data.real, data.imag]) / np.tile(modulus, 2)
    penalty = np.zeros((tau.size - 2, tau.size + 3))
    rows = np.arange(tau.size - 2)
    for offset, factor in ((3, 1.0), (4, -2.0), (5, 1.0)):
        penalty[rows, rows + offset] = factor * spacing**-1.5
    if regularization is None:
        regularization = max(kramers_kronig(spectrum.frequency, data).noise, SMALLEST_NOISE) ** 2
    solution = _solve(design, target, FIRST_PASS * regularization, penalty)
    for _ in range(LOCAL_PASSES):
        local = maximum_filter1d(solution[3:], NEIGHBOURS)[1:-1]
        relative = penalty / (local / max(local.max(), 1e-300) + FLOOR)[:, None]
        solution = _solve(design, target, regularization, relative)
    solution = solution * scale
    gamma = solution[3:]
    reconstructed = solution @ kernel
    return RelaxationTimes(
        time_constant=tau,
        gamma=gamma,
        ohmic_resistance=float(solution[0]),
        inductance=float(solution[1] / omega.max()),
        peaks=_peaks(tau, gamma),
        regularization=float(regularization),
        relative_rms=float(np.sqrt(np.mean(np.abs((data - reconstructed) / modulus) ** 2))),
        frequency=spectrum.frequency,
        impedance=data,
        reconstructed=reconstructed,
        notes=spectrum.notes,
    )


def _solve(design: np.ndarray, target: np.ndarray, weight: float, penalty: np.ndarray) -> np.ndarray:
    """Return the non-negative minimum of the squared residuals plus the weighted squared penalty."""
    matrix = np.concatenate([design, np.sqrt(weight) * penalty])
    right = np.concatenate([target, np.zeros(len(penalty))])
    return nnls(matrix, right, maxiter=20 * matrix.shape[1])[0]


def _peaks(tau: np.ndarray, gamma: np.ndarray) -> pd.DataFrame:
    """Return time constant, frequency and resistance of the peaks of a distribution."""
    spacing = np.log(tau[1] / tau[0])
    padded = np.concatenate([[0.0], gamma, [0.0]])
    tops, _ = find_peaks(padded, height=SMALLEST_PEAK * padded.max(), prominence=SMALLEST_PEAK * padded.max())
    borders = [0, *(a + int(np.argmin(padded[a:b])) for a, b in pairwise(tops)), padded.size - 1]
    rows = []
    for top, left, right in zip(tops, borders[:-1], borders[1:], strict=True):
        part = padded[left : right + 1].copy()
        # A border belongs to both sides.
        part[0], part[-1] = part[0] / 2, part[-1] / 2
        around = np.log(np.maximum(padded[top - 1 : top + 2], 1e-300))
        bend = around[0] - 2 * around[1] + around[2]
        shift = np.clip(0.5 * (around[0] - around[2]) / bend if bend < 0 else 0.0, -0.5, 0.5)
        place = tau[0] * np.exp(spacing * (top - 1 + shift))
        rows.append((place, 1 / (2 * np.pi * place), float(part.sum() * spacing)))
    return pd.DataFrame(rows, columns=["time_constant", "frequency", "resistance"])
