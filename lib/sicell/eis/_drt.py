"""Distribution of relaxation times by regularised non-negative least squares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.ndimage import maximum_filter1d
from scipy.optimize import nnls

from sicell import _check
from sicell.eis import _plots
from sicell.eis._kramers_kronig import kramers_kronig
from sicell.eis._measurement import stacked
from sicell.eis._peaks import find, with_intervals
from sicell.eis._spectrum import INDUCTIVE, Spectrum, check_spectrum

PER_DECADE = 10
MARGIN_DECADES = 1.0
# The first pass smooths all of γ alike; the second, twice, in proportion to what is there (and beside it).
FIRST_PASS = 100.0
LOCAL_PASSES, NEIGHBOURS, FLOOR, TYPICAL = 2, 3, 0.01, 0.3
# Series terms for diffusion or a constant-phase element are tried where the misfit exceeds the noise by this factor, or
# much of |Z| at the lowest frequency is slower than the window; they are kept if they are no worse than this factor.
MISFIT, NO_WORSE, TAIL_EXPONENTS = 1.5, 1.05, np.arange(0.4, 0.99, 0.02)
NEGATIVE = 0.05  # mean of Z' relative to |Z| from which its sign is wrong
SERIES_NOTED = 0.1  # part of |Z| from which a series term is mentioned
# Of a computed spectrum without noise: resolution then ends with the grid of time constants.
SMALLEST_NOISE = 1e-4


@dataclass(frozen=True)
class RelaxationTimes:
    """Result of `drt`.

    Attributes
    ----------
    time_constant, gamma, gamma_lower, gamma_upper : numpy.ndarray, shape (K,)
        Relaxation times τ in s, rising; the distribution γ = dR/d ln τ in Ω; 95 % of its posterior at each of them.
    ohmic_resistance, inductance : float
        Resistance at infinite frequency in Ω, series inductance in H.
    peaks : pandas.DataFrame
        One row a peak: ``time_constant`` (s), ``frequency`` (Hz), ``resistance`` (Ω) with a 95 % interval ``lower`` to
        ``upper``, the range ``lowest_frequency`` to ``highest_frequency`` (Hz) that holds 90 % of it, and the
        ``probability`` that it exists. What exists with less than one half is left out.
    regularization, relative_rms : float
        Weight of the penalty; root mean square of ``|ΔZ|/|Z|``.
    frequency, impedance, reconstructed : numpy.ndarray, shape (F,)
        The spectrum and what the distribution makes of it.
    series_impedance : numpy.ndarray, shape (F,)
        Part of it that is a capacitor, diffusion or a constant-phase element in series, in Ω.
    notes : tuple of str
        What is worth knowing about the spectrum.
    """

    time_constant: np.ndarray = field(repr=False)
    gamma: np.ndarray = field(repr=False)
    gamma_lower: np.ndarray = field(repr=False)
    gamma_upper: np.ndarray = field(repr=False)
    ohmic_resistance: float
    inductance: float
    peaks: pd.DataFrame
    regularization: float
    relative_rms: float
    frequency: np.ndarray = field(repr=False)
    impedance: np.ndarray = field(repr=False)
    reconstructed: np.ndarray = field(repr=False)
    series_impedance: np.ndarray = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def polarization_resistance(self) -> float:
        """Sum of the distribution in Ω."""
        return float(self.gamma.sum() * np.log(self.time_constant[1] / self.time_constant[0]))

    def to_frame(self) -> pd.DataFrame:
        """Return τ, γ and its band as a table."""
        names = ("time_constant", "gamma", "gamma_lower", "gamma_upper")
        return pd.DataFrame({name: getattr(self, name) for name in names})

    def plot(self) -> Any:
        """Return a matplotlib figure of the distribution with its peaks."""
        return _plots.drt_figure(self)


def drt(frequency: Any, impedance: Any, *, regularization: float | None = None) -> RelaxationTimes:
    """Return the distribution of relaxation times of a spectrum, and its peaks with resistance and time constant.

    Frequencies (F,) are in Hz, complex impedances (F,) in Ω with capacitive Z'' < 0; the weight of the penalty follows
    the rule below unless it is given. Raises ValueError if the spectrum is not usable (see `check_spectrum`), Z' is
    negative, or `regularization` is not positive.

    Z = R + jωL + 1/(jωC) + Σ γ(τ) Δln τ / (1 + jωτ) on ten time constants a decade, one decade beyond the window, with
    non-negative R, L (only if there are inductive points), 1/C and γ; residuals are weighted by ``1/|Z|``. Where that
    leaves a misfit, or much that is slower than the window, terms (jω)^-α for diffusion and a constant-phase element in
    series join, the slowest time constant is that of the window, and the better of both descriptions is kept.

    The penalty is the squared second derivative of γ with respect to ln τ relative to γ nearby, which a first pass with
    a penalty relative to the whole polarisation provides: small peaks beside large ones stay, and noise does not become
    peaks. The one rule for the weight of the penalty: the variance of the relative noise, as the Kramers–Kronig
    measurement model finds it in the same spectrum (the maximum of a posterior with unit variance of the relative
    curvature). The probability of a peak compares the fit with one that has nothing between the minima beside it, by
    the Bayesian information criterion with three parameters. A peak's resistance is that of one of as many arcs in
    series where these describe the spectrum, else the integral of γ between the minima. Tikhonov regularisation: T. H.
    Wan, M. Saccoccio, C. Chen and F. Ciucci, Electrochim. Acta 184 (2015) 483.

    >>> import numpy as np
    >>> from sicell.circuit import parse
    >>> frequency = np.geomspace(1e6, 0.1, 71)
    >>> spectrum = parse("R0-p(R1,CPE1)-p(R2,CPE2)").impedance(frequency, [10, 30, 1e-6, 0.9, 60, 1e-3, 0.9])
    >>> noise = np.random.default_rng(2).normal(scale=2e-3, size=(2, 71))
    >>> drt(frequency, spectrum * (1 + noise[0] + 1j * noise[1])).peaks["resistance"].round(0).tolist()
    [30.0, 60.0]
    """
    spectrum = check_spectrum(frequency, impedance, minimum=10)
    if regularization is not None:
        _check.positive("regularization", regularization)
    data = spectrum.impedance
    if np.mean(data.real / np.abs(data)) < -NEGATIVE:
        raise ValueError(
            "impedance has a negative real part Z' at most frequencies: a distribution of relaxation times has none; "
            "is a cable swapped, or the sign of Z'?"
        )
    noise = max(kramers_kronig(spectrum.frequency, data).noise, SMALLEST_NOISE)
    weight = noise**2 if regularization is None else float(regularization)
    model = _Distribution.of(spectrum, weight, tail=False)
    points = data.size
    if model.rms > MISFIT * noise or model.slow > SERIES_NOTED:
        other = _Distribution.of(spectrum, weight, tail=True)
        if other.rms < NO_WORSE * model.rms:
            model = other
    spread = model.covariance(noise)
    peaks = find(model.tau, model.gamma, lambda without: model.growth(without) / noise**2, points, spread)
    described = model.rms < MISFIT * np.sqrt(2) * noise
    if described:
        peaks = with_intervals(peaks, spectrum.frequency, data, model.inductive, model.tail)
    notes = spectrum.notes + model.notes(described, noise)
    error = 1.96 * np.sqrt(np.maximum(np.diag(spread), 0))
    return RelaxationTimes(
        time_constant=model.tau,
        gamma=model.gamma,
        gamma_lower=np.maximum(model.gamma - error, 0),
        gamma_upper=model.gamma + error,
        ohmic_resistance=float(model.simple[0]),
        inductance=float(model.simple[1]),
        peaks=peaks,
        regularization=weight,
        relative_rms=model.rms,
        frequency=spectrum.frequency,
        impedance=data,
        reconstructed=model.reconstructed,
        series_impedance=model.series,
        notes=notes,
    )


@dataclass(frozen=True)
class _Distribution:
    """A distribution fitted to a spectrum: matrices and solution, in units that make both about one."""

    tau: np.ndarray
    kernel: np.ndarray
    design: np.ndarray
    penalty: np.ndarray
    target: np.ndarray
    solution: np.ndarray
    data: np.ndarray
    omega: np.ndarray
    unit: float
    weight: float
    inductive: bool
    tail: bool

    @classmethod
    def of(cls, spectrum: Spectrum, weight: float, tail: bool) -> _Distribution:
        """Return the distribution with a penalty of some weight; with a `tail`, diffusion and CPE are in series."""
        omega, data = 2 * np.pi * spectrum.frequency, spectrum.impedance
        modulus, j_omega = np.abs(data), 1j * omega
        # Beyond the slow end, time constants would only compete with a capacitive or diffusive tail.
        low, high = -np.log10(omega.max()) - MARGIN_DECADES, -np.log10(omega.min()) + (not tail) * MARGIN_DECADES
        tau = np.logspace(low, high, round(PER_DECADE * (high - low)) + 1)
        spacing = np.log(tau[1] / tau[0])
        # Without inductive points an inductance would only compete with time constants beyond the window.
        inductive = bool((data.imag > INDUCTIVE * modulus).any())
        exponents = (*TAIL_EXPONENTS, 1.0) if tail else (1.0,)
        simple = [np.ones_like(j_omega), inductive * j_omega / omega.max()]
        simple += [(omega.min() / j_omega) ** exponent for exponent in exponents]
        kernel = np.concatenate([simple, spacing / (1 + tau[:, None] * j_omega)])
        unit = float(np.ptp(data.real) + 1e-3 * modulus.max())
        design = stacked(kernel * (unit / modulus)).T
        target = stacked(data / modulus)
        first = len(simple)
        curvature = np.zeros((tau.size - 2, first + tau.size))
        rows = np.arange(tau.size - 2)
        for offset, factor in ((0, 1.0), (1, -2.0), (2, 1.0)):
            curvature[rows, first + rows + offset] = factor * spacing**-1.5
        solution, penalty = _solve(design, target, FIRST_PASS * weight, curvature), curvature
        for _ in range(LOCAL_PASSES):
            local = maximum_filter1d(solution[first:], NEIGHBOURS)[1:-1]
            penalty = TYPICAL * curvature / (local + FLOOR * local.max() + 1e-300)[:, None]
            solution = _solve(design, target, weight, penalty)
        return cls(tau, kernel, design, penalty, target, solution, data, omega, unit, weight, inductive, tail)

    @property
    def first(self) -> int:
        """Number of terms before the distribution."""
        return len(self.kernel) - self.tau.size

    @property
    def gamma(self) -> np.ndarray:
        """Distribution in Ω."""
        return self.solution[self.first :] * self.unit

    @property
    def simple(self) -> tuple[float, float]:
        """Series resistance in Ω and inductance in H."""
        return self.solution[0] * self.unit, self.solution[1] * self.unit / self.omega.max()

    @property
    def series(self) -> np.ndarray:
        """Impedance of capacitor, diffusion and constant-phase element in series (F)."""
        return (self.solution[2 : self.first] * self.unit) @ self.kernel[2 : self.first]

    @property
    def slow(self) -> float:
        """Part of ``|Z|`` at the lowest frequency that is slower than the window."""
        late = self.gamma * (self.tau > 1 / self.omega.min())
        slow = abs(self.series[-1] + late @ self.kernel[self.first :, -1])
        return float(slow / abs(self.data[-1]))

    @property
    def reconstructed(self) -> np.ndarray:
        """Impedance (F)."""
        return (self.solution * self.unit) @ self.kernel

    @property
    def rms(self) -> float:
        """Root mean square of the residuals relative to ``|Z|``."""
        return float(np.sqrt(np.mean(np.abs((self.data - self.reconstructed) / self.data) ** 2)))

    def growth(self, without: np.ndarray) -> float:
        """Return by how much the objective grows if the distribution is zero where a mask (K) is True."""
        every = np.ones(len(self.kernel), dtype=bool)
        keep = every.copy()
        keep[self.first :] = ~without
        solution = _solve(self.design[:, keep], self.target, self.weight, self.penalty[:, keep])
        # The penalty of a gap with sharp edges is no argument for what is in it.
        without_penalty = np.sum((self.design[:, keep] @ solution - self.target) ** 2)
        return float(without_penalty - np.sum((self.design @ self.solution - self.target) ** 2))

    def covariance(self, noise: float) -> np.ndarray:
        """Return the posterior covariance of the distribution (K, K) in Ω², zero where it is zero.

        Noise is normal, the relative curvature has unit variance; what is at the bound of zero stays there.
        """
        active = self.solution > 0
        design, penalty = self.design[:, active], self.penalty[:, active]
        precision = design.T @ design / noise**2 + self.weight / noise**2 * penalty.T @ penalty
        precision += 1e-9 * np.trace(precision) / len(precision) * np.eye(len(precision))
        full = np.zeros((active.size, active.size))
        full[np.ix_(active, active)] = np.linalg.inv(precision)
        return full[self.first :, self.first :] * self.unit**2

    def notes(self, described: bool, noise: float) -> tuple[str, ...]:
        """Return what to know about the result."""
        found = ()
        if not described:
            found += (
                f"misfit: residuals of {self.rms:.2%} where the noise is {noise:.2%}; a distribution of positive "
                "relaxations does not hold this spectrum (a loop or a drift at low frequency, for example)",
            )
        last = abs(self.series[-1]) / abs(self.data[-1])
        if last > SERIES_NOTED:
            found += (
                f"capacitive or diffusive low-frequency limit: {last:.0%} of |Z| at the lowest frequency is a series "
                "term, not part of the distribution",
            )
        return found


def _solve(design: np.ndarray, target: np.ndarray, weight: float, penalty: np.ndarray) -> np.ndarray:
    """Return the non-negative minimum of the squared residuals plus the weighted squared penalty."""
    matrix = np.concatenate([design, np.sqrt(weight) * penalty])
    right = np.concatenate([target, np.zeros(len(penalty))])
    return nnls(matrix, right, maxiter=20 * matrix.shape[1])[0]
