"""Roots of many functions at once, each kept inside its own bracket."""

from collections.abc import Callable
from typing import Any

import numpy as np


def find_root(
    function: Callable[[np.ndarray], np.ndarray],
    low: Any,
    high: Any,
    *,
    tolerance: float = 1e-13,
    iterations: int = 100,
) -> np.ndarray:
    """Find one root of each of many continuous functions; NaN where the sign is the same at both ends.

    `function` takes an array with one argument for each problem and returns the values in the same shape; `low` and
    `high`, the ends of the brackets, broadcast to it. The last bracket is as wide as `tolerance`, if `iterations`
    suffice. By inverse quadratic interpolation where that is safe, else bisection: T. R. Chandrupatla, Adv. Eng. Softw.
    28 (1997) 145.

    >>> find_root(lambda x: np.array([2.0, 9.0]) - x**2, 0.0, [4.0, 4.0]).round(12)
    array([1.41421356, 3.        ])
    """
    shape = np.broadcast_shapes(np.shape(low), np.shape(high))
    a, b = (np.array(np.broadcast_to(np.asarray(end, dtype=float), shape)) for end in (low, high))
    f_a, f_b = function(a), function(b)
    shape = np.broadcast_shapes(a.shape, np.shape(f_a))
    a, b, f_a, f_b = (np.array(np.broadcast_to(value, shape)) for value in (a, b, f_a, f_b))
    none = ~(np.sign(f_a) * np.sign(f_b) <= 0)
    c, f_c, part = b.copy(), f_b.copy(), np.full(shape, 0.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(iterations):
            x = a + part * (b - a)
            f_x = function(x)
            same = np.sign(f_x) == np.sign(f_a)
            c, f_c = np.where(same, a, b), np.where(same, f_a, f_b)
            b, f_b = np.where(same, b, a), np.where(same, f_b, f_a)
            a, f_a = x, f_x
            share = 0.5 * tolerance / np.abs(b - a)
            if np.all((share > 0.5) | (f_a == 0) | (f_b == 0) | none):
                break
            place, height = (a - b) / (c - b), (f_a - f_b) / (f_c - f_b)
            safe = (height**2 < place) & ((1 - height) ** 2 < 1 - place)
            step = f_a / (f_b - f_a) * f_c / (f_b - f_c) + (c - a) / (b - a) * f_a / (f_c - f_a) * f_b / (f_c - f_b)
            part = np.where(safe, np.clip(step, share, 1 - share), 0.5)
    root = np.where((np.abs(f_a) <= np.abs(f_b)), a, b)
    return np.where(none, np.nan, root)
