"""The measurement model: RC elements of either sign that any Kramers–Kronig consistent spectrum can be built of."""

from __future__ import annotations

import numpy as np
from scipy.special import fdtrc

__all__ = ["measurement_model", "smooth_part", "stacked"]

PER_DECADE = 3.5
MARGIN_DECADES = 0.5


def stacked(values: np.ndarray) -> np.ndarray:
    """Return real and imaginary parts one after the other along the last axis."""
    return np.concatenate([values.real, values.imag], axis=-1)


def measurement_model(omega: np.ndarray, beyond: bool = True) -> tuple[np.ndarray, int]:
    """Return impedances of resistor, inductor, capacitor and RC elements (n, F), and the number of RC elements.

    Capacitor and time constants `beyond` the slow end of the window can be left out.
    """
    low, high = -np.log10(omega.max()) - MARGIN_DECADES, -np.log10(omega.min()) + (MARGIN_DECADES if beyond else 0.0)
    # Half of the data at most goes into the model.
    order = min(round(PER_DECADE * (high - low)) + 1, omega.size - 3)
    tau = np.logspace(low, high, max(order, 0))
    j_omega = 1j * omega
    simple = [np.ones_like(j_omega), j_omega / omega.max(), *([omega.min() / j_omega] if beyond else [])]
    return np.concatenate([simple, 1 / (1 + tau[:, None] * j_omega)]), order


def smooth_part(
    omega: np.ndarray, residuals: np.ndarray, weight: np.ndarray, parameters: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return how much of fits' residuals (B, F) is smooth, as a p-value, and the noise that is left without it (B).

    If nothing but noise is left, the measurement model explains no more of the residuals than of any noise (F test).
    What the fit has got wrong is smooth, however small it is.
    """
    columns, _ = measurement_model(omega)
    columns = stacked(columns * weight[:, None])
    columns /= np.linalg.norm(columns, axis=2, keepdims=True)
    target = stacked(residuals)
    left, singular, _ = np.linalg.svd(columns.swapaxes(1, 2), full_matrices=False)
    left = left * (singular > 1e-9 * singular[:, :1])[:, None]
    number = np.count_nonzero(singular > 1e-9 * singular[:, :1], axis=1)
    total = np.einsum("bf,bf->b", target, target)
    explained = np.sum(np.matmul(target[:, None], left)[:, 0] ** 2, axis=1)
    freedom = np.maximum(target.shape[1] - number, 1)
    rest = np.maximum(total - explained, 1e-30 * total) / freedom
    gained = np.maximum(number - parameters, 1)
    return fdtrc(gained, freedom, explained / gained / np.maximum(rest, 1e-300)), np.sqrt(rest)
