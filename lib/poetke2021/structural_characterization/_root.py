"""Bisection for many equations at once."""

from collections.abc import Callable
from typing import Any

import numpy as np


def falling_root(function: Callable[[np.ndarray], np.ndarray], lower: np.ndarray, upper: np.ndarray) -> Any:
    """Return where a function that is positive at `lower` and negative at `upper` vanishes, for all elements."""
    for _ in range(52):
        middle = (lower + upper) / 2
        above = function(middle) > 0
        lower, upper = np.where(above, middle, lower), np.where(above, upper, middle)
    root = (lower + upper) / 2
    return float(root) if np.ndim(root) == 0 else root
