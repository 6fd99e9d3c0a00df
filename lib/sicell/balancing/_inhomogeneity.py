"""An electrode whose parts hold different amounts of lithium: the spread blurs its potential curve, and so dV/dQ."""

from typing import Any

import numpy as np

# Parts of the electrode, in standard deviations from the mean, and how much of it each is.
_PARTS = np.linspace(-3, 3, 19)
_WEIGHTS = np.exp(-0.5 * _PARTS**2) / np.exp(-0.5 * _PARTS**2).sum()
_PARTS /= np.sqrt(_WEIGHTS @ _PARTS**2)
# Below this square of the spread the derivative is that at it: at zero it is a limit.
_LEAST = 1e-7


def spread(curve: Any, x: np.ndarray, share: Any, square: np.ndarray) -> tuple[np.ndarray, np.ndarray, Any, np.ndarray]:
    """Return the mean potential over the parts, in V, and its derivatives by lithiation, share and squared spread.

    The parts are spread normally, by most at half lithiation and by nothing where the electrode is empty or full: the
    steep potential there evens them out. ``x`` has the shape (sets, points), ``square`` (sets, 1).
    """
    size = curve.upper - curve.lower
    part = (x - curve.lower) / size
    bell = 4 * part * (1 - part)
    width = np.sqrt(np.maximum(square, _LEAST))
    potential, by_x, by_share, by_square = (np.zeros_like(x) for _ in range(4))
    for place, weight in zip(_PARTS, _WEIGHTS, strict=True):
        u, slope, slope_share = curve.at(np.clip(x + place * width * bell, curve.lower, curve.upper), share)
        potential += weight * u
        by_x += weight * slope * (1 + place * width * 4 * (1 - 2 * part) / size)
        by_square += weight * slope * place * bell / (2 * width)
        if slope_share is not None:
            by_share += weight * slope_share
    return potential, by_x, by_share if curve.parts else None, by_square
