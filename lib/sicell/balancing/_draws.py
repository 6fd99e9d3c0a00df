"""Draws of the assumed inputs, and curves of which every draw has its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
from scipy import constants

from companion import ledger
from sicell import electrodes

__all__ = ["Blend", "Curves", "Draws", "root"]

_GAS_OVER_FARADAY = constants.R / constants.physical_constants["Faraday constant"][0]


class Curves:
    """Reactions of many draws: arrays of shape (draws, reactions)."""

    def __init__(self, potential: np.ndarray, fraction: np.ndarray, width: np.ndarray) -> None:
        self.potential, self.fraction, self.width = potential, fraction, width

    @classmethod
    def of(cls, tables: Sequence[pd.DataFrame], choice: np.ndarray) -> Curves:
        """Take for each draw one of several curves; shorter ones are padded with reactions of no lithium."""
        most = max(len(table) for table in tables)
        filled = np.zeros((3, len(tables), most))
        filled[2] = 1.0
        for number, table in enumerate(tables):
            filled[0, number, : len(table)] = table["potential"]
            filled[1, number, : len(table)] = table["fraction"]
            filled[2, number, : len(table)] = table["width"] * _GAS_OVER_FARADAY * table["temperature"]
        return cls(*(values[choice] for values in filled))

    def __call__(self, potential: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lithiation and its slope (negative) for each draw at its own potential."""
        with np.errstate(over="ignore"):
            term = 1.0 / (1.0 + np.exp((potential[:, None] - self.potential) / self.width))
        value = (self.fraction * term).sum(axis=1)
        return value, -(self.fraction / self.width * term * (1.0 - term)).sum(axis=1)

    def between(self, lower: np.ndarray, upper: np.ndarray, weight: np.ndarray) -> tuple[Curves, np.ndarray]:
        """Scale to `weight` between two potentials; returns the curve and what it holds at the upper one."""
        full, empty = self(lower)[0], self(upper)[0]
        factor = weight / (full - empty)
        return Curves(self.potential, self.fraction * factor[:, None], self.width), empty * factor


class Blend:
    """Several parts at one potential, each between the limits; lithiation 1 at the lower and 0 at the upper one."""

    def __init__(self, parts: Sequence[tuple[Curves, np.ndarray]], lower: np.ndarray, upper: np.ndarray) -> None:
        scaled = [curves.between(lower, upper, weight) for curves, weight in parts]
        self.curves = Curves(
            *(
                np.concatenate([getattr(c, name) for c, _ in scaled], axis=1)
                for name in ("potential", "fraction", "width")
            )
        )
        self.empty = reduce(np.add, [empty for _, empty in scaled])

    def __call__(self, potential: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, slope = self.curves(potential)
        return value - self.empty, slope


def root(function: Callable[[np.ndarray], Any], low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Root of a falling function in each draw: Newton steps that never leave the bracket."""
    here = 0.5 * (low + high)
    for _ in range(80):
        value, slope = function(here)
        low, high = np.where(value > 0, here, low), np.where(value > 0, high, here)
        with np.errstate(divide="ignore", invalid="ignore"):
            after = here - value / slope
        after = np.where((after > low) & (after < high), after, 0.5 * (low + high))
        done = np.abs(after - here) < 1e-10
        here = after
        if done.all():
            break
    return here


class Draws:
    """All inputs, drawn."""

    def __init__(self, draws: int, seed: int, vary: Sequence[str]) -> None:
        self.number, self.vary = draws, vary
        self.random = np.random.default_rng(seed)
        self.inputs: dict[str, np.ndarray] = {}
        self.table = electrodes.assumptions().set_index(["electrode", "parameter"])

    def split(self, value: Any, lower: Any, upper: Any, group: str, size: Any = None) -> np.ndarray:
        """Draw with the median and the 95 % range given; the value itself if the group is not varied."""
        deviation = self.random.standard_normal(self.number if size is None else size) / 1.959963984540054
        if group not in self.vary:
            deviation *= 0.0
        return value + deviation * np.where(deviation > 0, np.subtract(upper, value), np.subtract(value, lower))

    def scalar(
        self,
        electrode: str,
        parameter: str,
        group: str,
        size: Any = None,
        limits: tuple[float, float] = (-np.inf, np.inf),
    ) -> np.ndarray:
        """Draw one assumed scalar, within its physical limits."""
        row = self.table.loc[(electrode, parameter)]
        drawn = self.split(row["value"], row["lower"], row["upper"], group, size).clip(*limits)
        if size is None:
            self.inputs[f"{electrode}: {parameter}"] = drawn
        return drawn

    def assumed(self, name: str) -> Curves:
        """Draw an assumed curve."""
        table = ledger.parameters("msmr.csv", curve=name)
        size = (self.number, len(table))
        drawn = {
            key: self.split(
                *(table[f"{key}{end}"].to_numpy() for end in ("", "_lower", "_upper")), "carbon curve", size
            )
            for key in ("potential", "fraction", "width")
        }
        thermal = _GAS_OVER_FARADAY * table["temperature"].to_numpy()
        return Curves(
            drawn["potential"], np.maximum(drawn["fraction"], 1e-3), np.maximum(drawn["width"], 0.05) * thermal
        )

    def one_of(self, electrode: str, branch: str, group: str) -> tuple[Curves, np.ndarray]:
        """Draw among the declared curve and its alternatives; returns the highest measured potential too."""
        rows = ledger.parameters("branches.csv", electrode=electrode, branch=branch)
        rows = rows.sort_values("choice", ascending=False, kind="stable")
        tables = [ledger.parameters("msmr.csv", curve=name) for name in rows["curve"]]
        declared = int(np.flatnonzero(rows["choice"] == "declared")[0])
        choice = self.random.integers(0, len(tables), self.number)
        if group not in self.vary:
            choice[:] = declared
        if len(tables) > 1:
            self.inputs[f"{electrode}: {branch} curve"] = rows["curve"].to_numpy()[choice]
        ends = np.array([[t["lower_potential"].iloc[0], t["upper_potential"].iloc[0]] for t in tables])
        return Curves.of(tables, choice), ends[choice]
