"""Linear Kramers–Kronig test of whether a spectrum belongs to a linear, causal and stationary system."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import chdtrc, fdtrc, ndtr

from sicell import _check
from sicell.eis import _plots
from sicell.eis._spectrum import check_spectrum

__all__ = ["KramersKronig", "kramers_kronig"]

PER_DECADE = 3.5
MARGIN_DECADES = 0.5
# Processes slower than the window are allowed for if they improve the fit by this many standard errors.
TAIL = 1.0
# A component of the measurement model is needed if it stands out of the noise by this factor; this many more are kept.
NEEDED, SPARE = 3.0, 3
# Choosing the components by the data makes p-values a little too small; measured on valid spectra.
SELECTION = 1.5


@dataclass(frozen=True)
class KramersKronig:
    """Result of `kramers_kronig`.

    Attributes
    ----------
    valid : bool
        Whether the test found no contradiction at the significance level.
    p_value : float
        Probability that a valid spectrum looks at least as bad (corrected for the number of tests).
    p_values : dict
        The same for each test: ``"drift"``, ``"pattern"`` and, if the noise is given, ``"size"``.
    noise : float
        Relative noise of Z' and Z'', estimated from the residuals.
    order : int
        Number of RC elements of the measurement model.
    frequency, impedance : numpy.ndarray, shape (F,)
        The spectrum, from high to low frequency.
    reconstructed : numpy.ndarray, shape (F,)
        The Kramers–Kronig consistent impedance closest to it.
    notes : tuple of str
        What is worth knowing about the spectrum.
    """

    valid: bool
    p_value: float
    p_values: dict[str, float]
    noise: float
    order: int
    frequency: np.ndarray = field(repr=False)
    impedance: np.ndarray = field(repr=False)
    reconstructed: np.ndarray = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def residuals(self) -> np.ndarray:
        """Measured minus reconstructed impedance relative to ``|Z|``, complex, shape (F,)."""
        return (self.impedance - self.reconstructed) / np.abs(self.impedance)

    def plot(self) -> Any:
        """Return a matplotlib figure: Nyquist plot and residuals."""
        return _plots.validation_figure(self)


def kramers_kronig(
    frequency: Any, impedance: Any, noise: float | None = None, *, significance: float = 0.05
) -> KramersKronig:
    """Test a spectrum for consistency with the Kramers–Kronig relations.

    Parameters
    ----------
    frequency : array_like, shape (F,)
        Hz.
    impedance : array_like of complex, shape (F,)
        Ω, capacitive Z'' < 0.
    noise : float, optional
        Standard deviation of Z' and of Z'' relative to ``|Z|``, if it is known. Then the size of the residuals counts,
        not only their pattern.
    significance : float, optional
        Share of valid spectra that may be rejected.

    Returns
    -------
    KramersKronig
        Verdict, residuals and the consistent spectrum.

    Raises
    ------
    ValueError
        If the spectrum is not usable (see `check_spectrum`).

    Notes
    -----
    A measurement model that obeys the relations by construction (resistor, inductor and RC elements of either sign, 3.5
    a decade) is fitted by weighted linear least squares; of its smooth components those are kept that the data need.
    Time constants half a decade beyond the slow end of the window, and a capacitor, take part only if a capacitor
    improves the fit: where nothing slow is in the spectrum they could only pass for a drift. White noise, the same
    share of ``|Z|`` everywhere, leaves residuals of known statistics. Three tests share the significance level:
    *drift*, an F test (χ² if the noise is known) for the pattern that a part of the spectrum leaves when it grows
    during a sweep from high to low frequency whose points take a time ∝ 1/f; *pattern*, the correlation of neighbouring
    residuals; *size*, only if the noise is given, the χ² of all residuals.

    Examples
    --------
    >>> import numpy as np
    >>> from sicell.circuit import parse
    >>> frequency = np.geomspace(1e5, 0.1, 61)
    >>> spectrum = parse("R0-p(R1,CPE1)").impedance(frequency, [10, 50, 1e-4, 0.8])
    >>> noise = np.random.default_rng(1).normal(scale=1e-3, size=(2, 61))
    >>> kramers_kronig(frequency, spectrum * (1 + noise[0] + 1j * noise[1])).valid
    True

    References
    ----------
    B. A. Boukamp, J. Electrochem. Soc. 142 (1995) 1885, doi:10.1149/1.2044210.
    M. Schönleber, D. Klotz and E. Ivers-Tiffée, Electrochim. Acta 131 (2014) 20, doi:10.1016/j.electacta.2014.01.034.
    J. Durbin and G. S. Watson, Biometrika 37 (1950) 409 (moments of the correlation of residuals).
    """
    _check.between("significance", significance, 1e-6, 0.5)
    spectrum = check_spectrum(frequency, impedance, minimum=10)
    omega = 2 * np.pi * spectrum.frequency
    modulus = np.abs(spectrum.impedance)
    target = _stacked(spectrum.impedance / modulus)
    columns, order = _measurement_model(omega, beyond=False)
    basis = _basis(columns / modulus, target, noise)
    if _tail(omega, modulus, basis, target, noise) > TAIL:
        columns, order = _measurement_model(omega, beyond=True)
        basis = _basis(columns / modulus, target, noise)
    fitted = basis @ (basis.T @ target)
    residuals = target - fitted
    freedom = target.size - basis.shape[1]
    size = float(residuals @ residuals)

    pattern = _drift_pattern(columns, order, modulus, omega, basis)
    drifting = float(pattern @ residuals) ** 2
    p_values = {"pattern": _pattern(residuals, basis, freedom)}
    if noise is None:
        rest = max((size - drifting) / (freedom - 1), 1e-300)
        p_values["drift"] = float(fdtrc(1, freedom - 1, drifting / rest))
    else:
        variance = _check.positive("noise", noise) ** 2
        p_values["drift"] = float(chdtrc(1, drifting / variance))
        p_values["size"] = float(chdtrc(freedom, size / variance))
    p_value = min(1.0, SELECTION * len(p_values) * min(p_values.values()))
    half = fitted.size // 2
    return KramersKronig(
        valid=p_value >= significance,
        p_value=p_value,
        p_values=p_values,
        noise=float(np.sqrt(size / freedom)),
        order=order,
        frequency=spectrum.frequency,
        impedance=spectrum.impedance,
        reconstructed=(fitted[:half] + 1j * fitted[half:]) * modulus,
        notes=spectrum.notes,
    )


def _basis(weighted: np.ndarray, target: np.ndarray, noise: float | None) -> np.ndarray:
    """Return orthonormal components of a measurement model, the smoothest first, up to a few beyond what the data need.

    Parameters are the model's impedances divided by ``|Z|`` (n, F), the data in the same way (2F), and their noise.
    """
    design = _stacked(weighted)
    design /= np.linalg.norm(design, axis=1, keepdims=True)
    basis, singular, _ = np.linalg.svd(design.T, full_matrices=False)
    basis = basis[:, singular > 1e-10 * singular[0]]
    coefficients = basis.T @ target
    freedom = target.size - basis.shape[1]
    spread = noise or np.sqrt(max(target @ target - coefficients @ coefficients, 0) / freedom)
    needed = np.flatnonzero(np.abs(coefficients) > NEEDED * spread)
    return basis[:, : min(needed[-1] + 1 + SPARE, basis.shape[1])]


def _stacked(values: np.ndarray) -> np.ndarray:
    return np.concatenate([values.real, values.imag], axis=-1)


def _tail(omega: np.ndarray, modulus: np.ndarray, basis: np.ndarray, target: np.ndarray, noise: float | None) -> float:
    """Return by how many standard errors a capacitor in series, which stands for all that is slow, improves the fit."""
    column = _stacked(omega.min() / (1j * omega) / modulus)
    column -= basis @ (basis.T @ column)
    residuals = target - basis @ (basis.T @ target)
    spread = noise or np.linalg.norm(residuals) / np.sqrt(target.size - basis.shape[1])
    return float(column @ residuals / max(np.linalg.norm(column) * spread, 1e-300))


def _measurement_model(omega: np.ndarray, beyond: bool) -> tuple[np.ndarray, int]:
    """Return impedances of resistor, inductor, capacitor and RC elements (n, F), and the number of RC elements.

    Capacitor and time constants `beyond` the slow end of the window are there only if needed: they could pass for a
    drift, which acts at the lowest frequencies too.
    """
    low, high = -np.log10(omega.max()) - MARGIN_DECADES, -np.log10(omega.min()) + (MARGIN_DECADES if beyond else 0.0)
    # Half of the data at most goes into the model.
    order = min(round(PER_DECADE * (high - low)) + 1, omega.size - 3)
    tau = np.logspace(low, high, order)
    j_omega = 1j * omega
    simple = [np.ones_like(j_omega), j_omega / omega.max(), *([omega.min() / j_omega] if beyond else [])]
    return np.concatenate([simple, 1 / (1 + tau[:, None] * j_omega)]), order


def _drift_pattern(
    columns: np.ndarray, order: int, modulus: np.ndarray, omega: np.ndarray, basis: np.ndarray
) -> np.ndarray:
    """Return the residuals (2F, norm one) of parts that grow in proportion to the time passed in the sweep."""
    elapsed = np.cumsum(1 / omega)
    elapsed /= elapsed[-1]
    # Whichever part grows, what remains of it after the measurement model looks much the same: their first component.
    changed = _stacked(np.delete(columns, slice(1, -order), axis=0) * elapsed / modulus).T
    changed -= basis @ (basis.T @ changed)
    return np.linalg.svd(changed, full_matrices=False)[0][:, 0]


def _pattern(residuals: np.ndarray, basis: np.ndarray, freedom: int) -> float:
    """Return the p-value of the correlation of neighbouring residuals, from its exact mean and variance."""
    half = residuals.size // 2
    shift = np.zeros((residuals.size, residuals.size))
    for start in (0, half):
        rows = np.arange(start, start + half - 1)
        shift[rows, rows + 1] = shift[rows + 1, rows] = 0.5
    statistic = residuals @ shift @ residuals / (residuals @ residuals)
    # Traces of Q S and (Q S)² with Q = 1 - U Uᵀ.
    product = shift @ basis
    inner = basis.T @ product
    first = -np.trace(inner)
    second = np.sum(shift * shift) - 2 * np.sum(product * product) + np.sum(inner * inner)
    mean = first / freedom
    variance = 2 * (freedom * second - first**2) / (freedom**2 * (freedom + 2))
    return float(ndtr(-(statistic - mean) / np.sqrt(variance)))
