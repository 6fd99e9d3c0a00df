"""The measurement model: RC elements of either sign that any Kramers–Kronig consistent spectrum can be built of."""

from __future__ import annotations

import numpy as np
from scipy.special import fdtrc

PER_DECADE = 3.5
MARGIN_DECADES = 0.5
COSINES = 10  # slow parts of residuals beside those that parameters can have fitted, for real and imaginary part each


def stacked(values: np.ndarray) -> np.ndarray:
    """Return real and imaginary parts one after the other along the last axis."""
    return np.concatenate([values.real, values.imag], axis=-1)


def measurement_model(
    omega: np.ndarray, per_decade: float = PER_DECADE, margin: float = MARGIN_DECADES, beyond: bool = True
) -> np.ndarray:
    """Return impedances of resistor, inductor, capacitor and RC elements (n, F).

    RC elements stand `per_decade` from a `margin` (decades) beyond one end of the window to one beyond the other.
    Capacitor and time constants `beyond` the slow end can be left out.
    """
    low, high = -np.log10(omega.max()) - margin, -np.log10(omega.min()) + (margin if beyond else 0.0)
    tau = np.logspace(low, high, round(per_decade * (high - low)) + 1)
    j_omega = 1j * omega
    simple = [np.ones_like(j_omega), j_omega / omega.max(), *([omega.min() / j_omega] if beyond else [])]
    return np.concatenate([simple, 1 / (1 + tau[:, None] * j_omega)])


def slow_part(residuals: np.ndarray, parameters: int) -> np.ndarray:
    """Return how much of fits' residuals (B, F) varies slowly from point to point, as a p-value (B).

    The slowest cosines are compared with all others (F test). They hold what the parameters have fitted.
    """
    points = residuals.shape[1]
    number = min(parameters // 2 + COSINES, points // 3)
    cosines = np.cos(np.pi / points * np.outer(np.arange(points) + 0.5, np.arange(number)))
    cosines /= np.sqrt(np.sum(cosines * cosines, axis=0))
    slow = np.sum(np.abs(residuals @ cosines) ** 2, axis=1)
    rest = np.maximum(np.sum(np.abs(residuals) ** 2, axis=1) - slow, 1e-300)
    gained, freedom = max(2 * number - parameters, 1), 2 * (points - number)
    return fdtrc(gained, freedom, slow / gained / (rest / freedom))


def smooth_part(
    omega: np.ndarray, residuals: np.ndarray, weight: np.ndarray, parameters: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return how much of fits' residuals (B, F) is smooth, as a p-value, and the noise that is left without it (B).

    If nothing but noise is left, the measurement model explains no more of the residuals than of any noise (F test).
    What the fit has got wrong is smooth, however small it is.
    """
    columns = stacked(measurement_model(omega) * weight[:, None])
    columns /= np.linalg.norm(columns, axis=2, keepdims=True)
    target = stacked(residuals)
    left, singular, _ = np.linalg.svd(columns.swapaxes(1, 2), full_matrices=False)
    # Half of the data at most goes into the model.
    used = (singular > 1e-9 * singular[:, :1]) & (np.arange(singular.shape[1]) < omega.size)
    left, number = left * used[:, None], np.count_nonzero(used, axis=1)
    total = np.einsum("bf,bf->b", target, target)
    explained = np.sum(np.matmul(target[:, None], left)[:, 0] ** 2, axis=1)
    freedom = np.maximum(target.shape[1] - number, 1)
    rest = np.maximum(total - explained, 1e-30 * total) / freedom
    gained = np.maximum(number - parameters, 1)
    return fdtrc(gained, freedom, explained / gained / np.maximum(rest, 1e-300)), np.sqrt(rest)
