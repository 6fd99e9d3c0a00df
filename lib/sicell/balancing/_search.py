"""Search for the anode potential at which two electrodes share out the lithium: one table, many cells.

With the potential ``u`` of the negative electrode as the unknown, lithium conservation reads

    Q_n x(u) + Q_p y(u + V) = Q_Li

and its left side falls with ``u``. Both curves are tabulated once on a shared grid; each cell bisects the table and
then takes Newton steps on the curves themselves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from sicell._solve._roots import find_root

# Cells worked on at once: the temporaries of one block stay in the processor's cache.
_BLOCK = 8192
# Nodes of the table are a power of two, so that bisection takes the same few steps for every cell.
_LEVELS = 14
_NODES = 2**_LEVELS
# A Newton step with the slope of a table cell leaves less than 1/200 of the error.
_CLOSE = 1e-7
# Error that is left to the last step where steps are taken in potential, which may be steep.
_EXACT = 1e-10


class LithiumCurve(Protocol):
    """Lithium as a function of potential: functions that all cells share, and how each cell combines them.

    :class:`sicell.electrodes.Path` is one.
    """

    functions: Sequence[Callable[[np.ndarray], np.ndarray]]

    def combine(self, values: Sequence[np.ndarray], cells: Any) -> np.ndarray:
        """Lithium of some cells, given what each function is at their potentials."""


class Plain:
    """A single function that is the same for all cells."""

    many = False

    def __init__(self, function: Callable[[np.ndarray], np.ndarray]) -> None:
        self.functions = (function,)

    def combine(self, values: Sequence[np.ndarray], cells: Any = None) -> np.ndarray:  # noqa: ARG002
        """Return the value itself."""
        return values[0]


class Inverse:
    """Lithiation as a function of potential, for a curve given as potential in V against stoichiometry.

    Raises ValueError, with the `name`, if the potential is not finite inside 0 to 1 or does not fall.
    """

    def __init__(self, function: Callable[[np.ndarray], np.ndarray], name: str) -> None:
        self.function = function
        edge = np.geomspace(1e-9, 1e-4, 200)
        middle = np.linspace(1e-4, 1 - 1e-4, 2 * _NODES)
        stoichiometry = np.concatenate([[0.0], edge, middle[1:-1], 1 - edge[::-1], [1.0]])
        with np.errstate(divide="ignore", invalid="ignore"):
            potential = np.array(np.broadcast_to(function(stoichiometry), stoichiometry.shape), dtype=float)
        known = np.isfinite(potential)
        if not known[1:-1].all():
            bad = stoichiometry[1:-1][~known[1:-1]][0]
            raise ValueError(f"{name} must be finite at stoichiometries between 0 and 1, but is not at {bad:g}")
        stoichiometry, potential = stoichiometry[known], potential[known]
        self.least, self.most = float(stoichiometry[0]), float(stoichiometry[-1])
        # Curves of tanh terms are flat to rounding at their ends.
        rising = np.diff(potential) > 1e-12
        if rising.any():
            bad = stoichiometry[int(np.argmax(rising))]
            raise ValueError(f"{name} must fall with stoichiometry everywhere, but does not at {bad:g}")
        self.lowest, self.highest = float(potential[-1]), float(potential[0])
        self._potentials = np.minimum.accumulate(potential)[::-1]
        self._stoichiometries = stoichiometry[::-1]
        ends = np.linspace(self.least, self.most, _NODES + 1)
        self._slopes = np.diff(np.interp(ends, stoichiometry, potential)) * _NODES / (self.most - self.least)

    def slope(self, stoichiometry: np.ndarray) -> np.ndarray:
        """Slope of the potential from a table, to a few per mille where the curve is smooth."""
        place = (stoichiometry - self.least) * (_NODES / (self.most - self.least))
        return self._slopes.take(place.astype(np.intp), mode="clip")

    def __call__(self, potential: np.ndarray) -> np.ndarray:
        """Stoichiometry at a potential; constant beyond the ends of the curve."""
        wanted = np.clip(potential, self.lowest, self.highest)
        place = np.clip(np.searchsorted(self._potentials, wanted), 1, self._potentials.size - 1)
        high, low = self._stoichiometries[place - 1], self._stoichiometries[place]
        left, right = self._potentials[place - 1], self._potentials[place]
        result = high + (low - high) * (wanted - left) / np.maximum(right - left, 1e-300)
        slope = np.minimum((right - left) / (low - high), -1e-300)
        for _ in range(4):
            result = np.clip(result + (wanted - self.function(result)) / slope, low, high)
        return result


def _value(curve: LithiumCurve, cells: Any, potential: np.ndarray) -> np.ndarray:
    """Lithium of one block of cells at their potentials."""
    return curve.combine([function(potential) for function in curve.functions], cells)


def _on_functions(
    negative: Inverse,
    positive: Inverse,
    start: np.ndarray,
    q_n: np.ndarray,
    q_p: np.ndarray,
    wanted: np.ndarray,
    v: Any,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Refine in stoichiometry, for curves that are functions of it: exact even where the potential is flat."""
    low = np.maximum(negative.least, (wanted - q_p * positive.most) / q_n)
    high = np.minimum(negative.most, (wanted - q_p * positive.least) / q_n)
    x = np.clip(start, low, high)
    u, error = np.empty_like(x), np.empty_like(x)
    todo: Any = slice(None)
    for _ in range(60):
        here, ratio = x[todo], q_n[todo] / q_p[todo]
        y = (wanted[todo] - q_n[todo] * here) / q_p[todo]
        u[todo] = negative.function(here)
        wrong = positive.function(y) - u[todo] - v[todo]
        slope = np.maximum(-ratio * positive.slope(y) - negative.slope(here), 1e-12)
        low[todo] = np.where(wrong > 0, low[todo], here)
        high[todo] = np.where(wrong > 0, here, high[todo])
        move = wrong / slope
        after = here - move
        inside = (after > low[todo]) & (after < high[todo])
        after = np.where(inside, after, 0.5 * (low[todo] + high[todo]))
        error[todo] = np.where(inside, 0.0, wrong)
        # Following the tangent saves evaluating the curve once more.
        u[todo] += negative.slope(here) * (after - here)
        x[todo] = after
        open_ = ~(inside & (np.abs(move) < _CLOSE)) & (high[todo] - low[todo] > 1e-15)
        if not open_.any():
            break
        todo = np.arange(x.size)[todo][open_]
    return u, x, error


@dataclass(frozen=True)
class _Sums:
    """Lithium of a block of cells, of which the first has the number `first`."""

    negative: LithiumCurve
    positive: LithiumCurve
    q_n: np.ndarray
    q_p: np.ndarray
    wanted: np.ndarray
    voltage: np.ndarray
    first: int

    def at(self, u: np.ndarray, some: Any) -> tuple[np.ndarray, np.ndarray]:
        """Lithium of the negative electrode at its potential, and what both hold too much, of all cells or some."""
        cells = slice(self.first, self.first + u.size) if isinstance(some, slice) else self.first + some
        x = _value(self.negative, cells, u)
        y = _value(self.positive, cells, u + self.voltage[some])
        return x, self.q_n[some] * x + self.q_p[some] * y - self.wanted[some]


def _on_curves(
    sums: _Sums,
    u: np.ndarray,
    ends: tuple[np.ndarray, np.ndarray],
    slopes: tuple[np.ndarray, np.ndarray],
    solvable: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Refine in potential, for curves that are functions of it, by the secant of the last two steps."""
    (low, high), (slope, x_slope) = ends, slopes
    small = np.minimum(sums.q_n, sums.q_p)
    todo: Any = slice(None)
    before, (x, error) = u, sums.at(u, todo)
    low, high = np.where(error > 0, u, low), np.where(error > 0, high, u)
    u = np.clip(u + error / slope, low, high)
    for _ in range(60):
        here = u[todo]
        found, wrong = sums.at(here, todo)
        moved = here - before[todo]
        with np.errstate(divide="ignore", invalid="ignore"):
            steep, x_steep = (error[todo] - wrong) / moved, (x[todo] - found) / moved
        straight = np.abs(steep / slope[todo] - 1) < 0.1
        if not straight.all():
            steep, x_steep = np.where(straight, steep, slope[todo]), np.where(straight, x_steep, x_slope[todo])
        step = wrong / steep
        off = np.abs(wrong) / small[todo]
        near = (np.abs(step) <= _CLOSE) & ((off <= _EXACT) | (straight & (off <= _CLOSE)))
        low[todo], high[todo] = np.where(wrong > 0, here, low[todo]), np.where(wrong > 0, high[todo], here)
        after = here + step
        inside = (after >= low[todo]) & (after <= high[todo])
        if not inside.all():
            after = np.where(inside, after, np.where(near, here, 0.5 * (low[todo] + high[todo])))
        done = near | (high[todo] - low[todo] <= 1e-15) | ~solvable[todo]
        x[todo] = np.where(done, found - x_steep * (after - here), found)
        before[todo], error[todo] = here, wrong
        u[todo] = after
        if done.all():
            break
        todo = np.arange(u.size)[todo][~done]
    return u, x


def balance(
    negative: LithiumCurve,
    positive: LithiumCurve,
    capacities: tuple[np.ndarray, np.ndarray],
    lithium: np.ndarray,
    voltage: np.ndarray,
    lower: float,
    upper: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the potential of the negative electrode, between `lower` and `upper` (V), at which lithium is conserved.

    From what each electrode holds at a potential, and capacities of both, lithium and voltage, (cells,). Returns
    potential and lithiation of the negative electrode, and an excess, (cells,): 0 where there is a solution, positive
    where even `lower` holds too little lithium, negative where even `upper` holds too much.
    """
    if negative.many or positive.many:
        return _each(negative, positive, capacities, lithium, voltage, lower, upper)
    step = (upper - lower) / (_NODES - 1)
    grid = lower + step * np.arange(_NODES)
    least, most = float(voltage.min()), float(voltage.max())
    one_voltage = most == least
    shifted = lower + least + step * np.arange(_NODES + (0 if one_voltage else int((most - least) / step) + 2))
    tables = (
        [function(grid) for function in negative.functions],
        [function(shifted) for function in positive.functions],
    )
    potential, lithiation, excess = (np.empty(lithium.shape) for _ in range(3))
    for start in range(0, lithium.size, _BLOCK):
        cells = slice(start, start + _BLOCK)
        q_n, q_p, wanted, v = capacities[0][cells], capacities[1][cells], lithium[cells], voltage[cells]
        offset = (v - least) / step
        whole = offset.astype(np.intp)
        part = offset - whole

        def held(index, q_n=q_n, q_p=q_p, cells=cells, whole=whole, part=part):
            """Lithium in both electrodes at a node, and that of the negative one."""
            x = negative.combine([table.take(index) for table in tables[0]], cells)
            if one_voltage:
                values = [table.take(index) for table in tables[1]]
            else:
                found = [(table.take(index + whole), table.take(index + whole + 1)) for table in tables[1]]
                values = [left + part * (right - left) for left, right in found]
            y = positive.combine(values, cells)
            return q_n * x + q_p * y, x

        place = np.zeros(wanted.shape, dtype=np.intp)
        for level in range(_LEVELS - 1, -1, -1):
            ahead = place + 2**level
            place += (held(ahead)[0] >= wanted).astype(np.intp) << level
        place = np.minimum(place, _NODES - 2)
        (first, x_first), (second, x_second) = held(place), held(place + 1)
        fall = np.maximum(first - second, 1e-300)
        excess[cells] = np.where(first < wanted, wanted - first, np.where(second > wanted, wanted - second, 0.0))
        low, high = lower + step * place, lower + step * (place + 1)
        u = low + step * np.clip((first - wanted) / fall, 0, 1)
        x = np.empty_like(u)
        slope, x_slope = fall / step, (x_first - x_second) / step
        curves = negative.functions[0], positive.functions[0]
        if all(isinstance(curve, Inverse) for curve in curves):
            u, x, wrong = _on_functions(*curves, x_first - x_slope * (u - low), q_n, q_p, wanted, v)
            # Too high a voltage in the least charged state that there is, or too low a one in the most charged.
            full = np.where(wrong > 0, wanted - q_n * curves[0].least > q_p * curves[1].most, x > curves[0].most - 1e-9)
            excess[cells] = np.where(np.abs(wrong) > 1e-6, np.where(full, q_n, -q_n), 0.0)
            potential[cells], lithiation[cells] = u, x
            continue
        # Between its nodes the table is a little off, so the root may lie just beyond the two that seem to enclose it.
        ends = np.maximum(low - step, lower), np.minimum(high + step, upper)
        sums = _Sums(negative, positive, q_n, q_p, wanted, v, start)
        u, x = _on_curves(sums, u, ends, (slope, x_slope), excess[cells] == 0)
        x = np.where(excess[cells] > 0, x_first, x)
        potential[cells], lithiation[cells] = u, x
    return potential, lithiation, excess


def _each(
    negative: LithiumCurve,
    positive: LithiumCurve,
    capacities: tuple[np.ndarray, np.ndarray],
    lithium: np.ndarray,
    voltage: np.ndarray,
    lower: float,
    upper: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Do as :func:`balance` for cells of which each has curves of its own, so that no table serves them all."""
    q_n, q_p = capacities
    every = slice(None)

    def surplus(u: np.ndarray) -> np.ndarray:
        return q_n * _value(negative, every, u) + q_p * _value(positive, every, u + voltage) - lithium

    low, high = np.full(lithium.shape, lower), np.full(lithium.shape, upper)
    ends = surplus(low), surplus(high)
    excess = np.where(ends[0] < 0, -ends[0], np.where(ends[1] > 0, -ends[1], 0.0))
    u = np.where(excess > 0, low, np.where(excess < 0, high, find_root(surplus, low, high)))
    return u, _value(negative, every, u), excess
