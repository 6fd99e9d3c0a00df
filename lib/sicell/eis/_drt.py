"""Distribution of relaxation times by regularised non-negative least squares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import nnls
from scipy.signal import find_peaks

from sicell import _check
from sicell.eis import _plots
from sicell.eis._kramers_kronig import kramers_kronig
from sicell.eis._spectrum import check_spectrum

__all__ = ["RelaxationTimes", "drt"]

PER_DECADE = 10
MARGIN_DECADES = 1.0
DISCREPANCY = 1.05
SMALLEST_PEAK = 0.005


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
        Weight of the penalty on the curvature of γ; chosen by the rule below if None.

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
    non-negative R, L, 1/C and γ; residuals are weighted by 1/|Z|, the penalty is the squared second derivative of γ
    relative to the polarisation. The rule: the largest weight for which the residuals stay within 5 % (in their root
    mean square) of the noise that the Kramers–Kronig measurement model finds in the same spectrum. A peak's resistance
    is the integral of γ between the minima beside it.

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
    V. A. Morozov, Methods for Solving Incorrectly Posed Problems, Springer, 1984 (discrepancy principle).
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
    simple = np.array([np.ones_like(j_omega), j_omega / omega.max(), omega.min() / j_omega])
    kernel = np.concatenate([simple, spacing / (1 + tau[:, None] * j_omega)])
    scale = np.ptp(data.real) + 1e-3 * modulus.max()
    weighted = kernel * (scale / modulus)
    design = np.concatenate([weighted.real, weighted.imag], axis=1).T
    target = np.concatenate([data.real, data.imag]) / np.tile(modulus, 2)
    penalty = np.zeros((tau.size - 2, tau.size + 3))
    rows = np.arange(tau.size - 2)
    for offset, factor in ((3, 1.0), (4, -2.0), (5, 1.0)):
        penalty[rows, rows + offset] = factor * spacing**-1.5
    solve = _Solver(design, target, penalty)
    if regularization is None:
        regularization = solve.by_discrepancy(kramers_kronig(spectrum.frequency, data).noise)
    solution = solve(regularization) * scale
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


class _Solver:
    """Non-negative least squares with a penalty, for several weights of the penalty."""

    def __init__(self, design: np.ndarray, target: np.ndarray, penalty: np.ndarray):
        self.design, self.target, self.penalty = design, target, penalty
        self.known: dict[float, np.ndarray] = {}

    def __call__(self, weight: float) -> np.ndarray:
        if weight not in self.known:
            matrix = np.concatenate([self.design, np.sqrt(weight) * self.penalty])
            right = np.concatenate([self.target, np.zeros(len(self.penalty))])
            self.known[weight] = nnls(matrix, right, maxiter=20 * matrix.shape[1])[0]
        return self.known[weight]

    def rms(self, weight: float) -> float:
        """Return the root mean square of the weighted residuals."""
        return float(np.sqrt(np.mean((self.design @ self(weight) - self.target) ** 2)))

    def by_discrepancy(self, noise: float) -> float:
        """Return the largest weight at which the residuals are no larger than the noise."""
        low, high = -10.0, 2.0
        # Whatever the noise, residuals cannot be smaller than without a penalty.
        allowed = DISCREPANCY * max(noise, self.rms(10.0**low))
        while high - low > 0.25:
            middle = 0.5 * (low + high)
            low, high = (middle, high) if self.rms(10.0**middle) <= allowed else (low, middle)
        return 10.0**low


def _peaks(tau: np.ndarray, gamma: np.ndarray) -> pd.DataFrame:
    """Return time constant, frequency and resistance of the peaks of a distribution."""
    spacing = np.log(tau[1] / tau[0])
    padded = np.concatenate([[0.0], gamma, [0.0]])
    tops, _ = find_peaks(padded, height=SMALLEST_PEAK * padded.max(), prominence=SMALLEST_PEAK * padded.max())
    borders = [0, *(a + int(np.argmin(padded[a:b])) for a, b in zip(tops[:-1], tops[1:], strict=True)), padded.size - 1]
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
