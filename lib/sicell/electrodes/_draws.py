"""Draws of what is uncertain: one generator, groups that may be held still, and a record of what was drawn."""

from collections.abc import Sequence
from typing import Any

import numpy as np


class Draws:
    """Random values, an axis of so many draws in front, from a generator that nothing else uses.

    `vary` are the groups to vary, all if not given; the others stay at their values. `inputs` has what was drawn by
    name, of shape (draws,), `groups` all that were asked for.

    >>> draws = Draws(10_000, seed=0)
    >>> onset = draws.within(0.05, 0.03, 0.06, "onset", "onset / V")
    >>> onset.shape, np.quantile(onset, [0.025, 0.5, 0.975]).round(3).tolist()
    ((10000, 1), [0.03, 0.05, 0.06])
    """

    def __init__(self, number: int, seed: int, vary: Sequence[str] | None = None) -> None:
        self.number, self.vary = number, vary
        self.random = np.random.default_rng(seed)
        self.inputs: dict[str, np.ndarray] = {}
        self.groups: list[str] = []

    def varied(self, group: str) -> bool:
        """Tell whether a group is varied, and note that it was asked for."""
        if group not in self.groups:
            self.groups.append(group)
        return self.vary is None or group in self.vary

    def within(
        self,
        value: Any,
        lower: Any,
        upper: Any,
        group: str,
        name: str = "",
        *,
        limits: tuple[float, float] = (-np.inf, np.inf),
        size: tuple[int, ...] = (1,),
    ) -> np.ndarray:
        """Draw with a median and the 95 % range around it, half of the draws below the value and half above.

        The three broadcast with `size`, the axes after that of the draws; nothing lies beyond the `limits`. The caller
        may hold a `group` still; one number a draw is recorded under its `name`.
        """
        size = np.broadcast_shapes(size, np.shape(value))
        deviation = self.random.standard_normal((self.number, *size)) / 1.959963984540054
        if not self.varied(group):
            deviation *= 0.0
        spread = np.where(deviation > 0, np.subtract(upper, value), np.subtract(value, lower))
        drawn = np.clip(value + deviation * spread, *limits)
        if name and drawn.size == self.number:
            self.inputs[name] = drawn.ravel()
        return drawn

    def one_of(self, names: Sequence[str], group: str, name: str = "") -> np.ndarray:
        """Draw one of several with equal weight; the first if the group is held still.

        Returns
        -------
        numpy.ndarray of int, shape (draws, 1)
        """
        choice = self.random.integers(0, len(names), (self.number, 1))
        if not self.varied(group):
            choice *= 0
        if name and len(names) > 1:
            self.inputs[name] = np.asarray(names)[choice.ravel()]
        return choice
