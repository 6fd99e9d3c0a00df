"""The measured curve of a full cell in one form: checked, sorted, averaged, and freed of the steps of a counter."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sicell import _check
from sicell.balancing._half_cells import average

# Denser curves are averaged to about this many points.
_POINTS = 1200
_FEWEST = 20
_LARGEST_VOLTAGE = 10.0
# A file's three potentials must add up within its own rounding and noise.
_SUM = 0.01
# Redundant to this, in V: the voltage was computed from the two potentials, and one of the three tells nothing.
_SAME = 1e-4


@dataclass(frozen=True, eq=False)
class Curve:
    """One half-cycle against place in the window, 0 discharged to 1 charged."""

    place: np.ndarray  #: (points,)
    #: What was measured: ``"cell"``, then ``"anode"`` and ``"cathode"`` if they tell something of their own
    channels: tuple[str, ...]
    values: np.ndarray  #: (channels, points): In V
    span: float  #: Charge between the ends
    half_cycle: str
    #: Step in which the charge was counted, as a share of the window; 0 if it was not counted in steps
    resolution: float


def curve(capacity: Any, voltage: Any, anode: Any = None, cathode: Any = None) -> Curve:
    """Check a curve and bring it into its form.

    Raises ValueError if lists differ in length or hold NaN, a quantity does not vary or is not in V, the charge turns
    back, the voltage has no trend, the potentials do not add up, or there are too few points.
    """
    given = {"cell_capacity": capacity, "cell_voltage": voltage, "anode_potential": anode, "cathode_potential": cathode}
    given = {name: values for name, values in given.items() if values is not None or name.startswith("cell")}
    arrays = dict(zip(given, _check.lists(**given), strict=True))
    for name, values in arrays.items():
        if name != "cell_capacity" and np.abs(values).max(initial=0.0) > _LARGEST_VOLTAGE:
            raise ValueError(
                f"{name} must be in V, at most {_LARGEST_VOLTAGE:g}, got {np.abs(values).max():g}; "
                "divide by 1000 if it is in mV"
            )
    for name, values in arrays.items():
        if np.ptp(values) <= 1e-9 * max(1.0, np.abs(values).max()):
            raise ValueError(f"{name} must vary, got {values[0]:g} at all {values.size} points")
    capacity, voltage = arrays["cell_capacity"], arrays["cell_voltage"]
    _one_way(capacity)
    slope = np.cov(capacity, voltage)[0, 1]
    if abs(np.corrcoef(capacity, voltage)[0, 1]) < 0.3:
        raise ValueError("cell_voltage must rise with charge all along cell_capacity, got no clear trend")
    capacity, step = _smooth_count(capacity)
    span = float(np.ptp(capacity))
    place = (capacity - capacity.min()) / span if slope > 0 else (capacity.max() - capacity) / span
    half_cycle = "charge" if place[-1] > place[0] else "discharge"
    channels, values = _channels(voltage, arrays.get("anode_potential"), arrays.get("cathode_potential"))
    averaged, values = average(place, values, _POINTS)
    if averaged.size < _FEWEST:
        raise ValueError(f"cell_capacity must have at least {_FEWEST} different values, got {averaged.size}")
    return Curve(averaged, channels, values, span, half_cycle, step / span)


def _one_way(capacity: np.ndarray) -> None:
    """Refuse a charge and a discharge in one, or rows in no order."""
    span = float(np.ptp(capacity))
    path, most = capacity - capacity[0], int(np.argmax(np.abs(capacity - capacity[0])))
    back = max(_backward(path[: most + 1]), _backward(path[most:][::-1]))
    if abs(path[most]) < 0.95 * span or back > 0.05 * span or abs(path[-1]) < 0.95 * abs(path[most]):
        raise ValueError(
            "cell_capacity must run one way, through one charge or one discharge in the order of time, got values that "
            f"turn back at position {most if back <= 0.05 * span else int(_turn(path))}"
        )


def _backward(path: np.ndarray) -> float:
    """How far a path from zero goes back against its own direction."""
    path = np.abs(path)
    return float((np.maximum.accumulate(path) - path).max())


def _turn(path: np.ndarray) -> int:
    """Where a path first goes back by more than rounding."""
    steps = np.sign(np.diff(path))
    steps = steps[steps != 0]
    return int(np.argmax(steps != steps[0]))


def _smooth_count(capacity: np.ndarray) -> tuple[np.ndarray, float]:
    """Spread the rows that share one reading of a counter over its step; returns the charge and the step.

    The rows between two steps of the counter come in the order of time, so that their place within the step is known
    better than the counter tells, though not exactly. A charge that is not counted in steps is returned as it is,
    with a step of zero.
    """
    levels, which, count = np.unique(capacity, return_inverse=True, return_counts=True)
    # One level that repeats is a rest; a counter repeats most of them.
    if levels.size < 5 or np.mean(count[1:-1] > 1) < 0.3:
        return capacity, 0.0
    step = float(np.median(np.diff(levels)))
    row = np.arange(capacity.size)
    # Where in the rows a level lies in the middle. The first and the last may have been cut short.
    middle = (np.bincount(which, row) / count)[1:-1]
    inner = levels[1:-1]
    if middle[0] > middle[-1]:
        middle, inner = middle[::-1], inner[::-1]
    middle = np.maximum.accumulate(middle + 1e-9 * np.arange(middle.size))
    smooth = np.interp(row, middle, inner)
    for side, rows in ((0, row < middle[0]), (-1, row > middle[-1])):
        beside = 1 if side == 0 else -2
        rate = (inner[beside] - inner[side]) / (middle[beside] - middle[side])
        smooth[rows] = inner[side] + rate * (row[rows] - middle[side])
    return np.clip(smooth, capacity - 0.5 * step, capacity + 0.5 * step), step


def _channels(voltage: np.ndarray, anode: Any, cathode: Any) -> tuple[tuple[str, ...], np.ndarray]:
    """Return what was measured beside the voltage and tells something of its own."""
    known = {"cell": voltage}
    if anode is not None:
        known["anode"] = anode
    if cathode is not None:
        known["cathode"] = cathode
    if len(known) == 3:
        off = voltage - (cathode - anode)
        if abs(np.median(off)) > _SUM:
            raise ValueError(
                "cell_voltage must be cathode_potential - anode_potential, got a difference of "
                f"{1e3 * np.median(off):.0f} mV: both potentials count against the same reference electrode"
            )
        if np.sqrt(np.mean(off**2)) < _SAME:
            del known["cathode"]
    return tuple(known), np.array(list(known.values()))
