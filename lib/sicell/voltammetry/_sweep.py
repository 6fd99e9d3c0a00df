"""The sweep: an electrode that follows the potential with a lag."""

from bisect import bisect
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from sicell import _check
from sicell.electrodes import Electrode, Path, State

# Points of the table of one branch, and steps of the integration between two points of the result.
_TABLE = 8001
_SUBSTEPS = 3
# Where the largest peak of a delithiation is looked for, in V.
_SEARCHED = (0.25, 0.8)
# By how much a peak that moves, and is not another one that takes over, may be off, in V.
_STEP = 0.003


@dataclass(frozen=True, eq=False, repr=False)
class Voltammogram:
    """Result of :func:`cyclic_voltammogram`.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``Voltage / V`` (of the sweep), ``Cycle Count / 1``, ``Branch``, ``response`` (-dx/dE in 1/V, negative while
        lithium goes in), ``Lithiation / 1``, ``Electrode Potential / V``.
    polarization : float
        chi, in V².
    specific_capacity : float
        In mAh/g, of what ``response`` is a share per V.
    """

    frame: pd.DataFrame
    polarization: float
    specific_capacity: float

    def __repr__(self) -> str:
        count = self.frame["Cycle Count / 1"].max()
        return f"Voltammogram({count} cycles, polarization {self.polarization:.3g} V²)"

    def sweep(self, cycle: int, direction: str) -> pd.DataFrame:
        """Return one sweep: `cycle` counts from 1, `direction` is ``"lithiation"`` or ``"delithiation"``."""
        _check.choice("direction", direction, ("lithiation", "delithiation"))
        _check.choice("cycle", cycle, range(1, int(self.frame["Cycle Count / 1"].max()) + 1))
        out = self.frame["Branch"] == "delithiation"
        wanted = out if direction == "delithiation" else ~out
        return self.frame[wanted & (self.frame["Cycle Count / 1"] == cycle)].reset_index(drop=True)


def cyclic_voltammogram(
    electrode: Electrode,
    *,
    upper_vertex: float,
    lower_vertex: float | None = None,
    cycles: int = 3,
    polarization: float = 0.0,
    points: int = 1500,
) -> Voltammogram:
    """Sweep an anode down and up again, starting with a fresh electrode.

    Each sweep stays on one branch. After a turn no current flows until the sweep has crossed the hysteresis between
    the branches.

    Vertices are in V vs Li/Li+ (the lower one is the electrode's lower limit if not given), the polarization is
    chi = v Q R in V² (:mod:`sicell.voltammetry`), 0 at equilibrium, and `points` are those of each sweep. Raises
    ValueError if a vertex lies outside the electrode's limits or they are swapped, or the polarization is negative.

    >>> from sicell import electrodes
    >>> scan = cyclic_voltammogram(electrodes.silicon(), upper_vertex=1.2)
    >>> up = scan.sweep(1, "delithiation")
    >>> round(float(up["Voltage / V"][up["response"].idxmax()]), 2)
    0.42
    """
    chi = _check.non_negative("polarization", polarization, "V²")
    lower = electrode.lower_limit if lower_vertex is None else lower_vertex
    _check.between("lower_vertex", lower, electrode.lower_limit, electrode.upper_limit, "V")
    _check.between("upper_vertex", upper_vertex, electrode.lower_limit, electrode.upper_limit, "V")
    if not lower < upper_vertex:
        raise ValueError(f"lower_vertex must be below upper_vertex (in V), got {lower:g} and {upper_vertex:g}")
    _check.whole("cycles", cycles, 1)
    _check.whole("points", points, 20)
    frames, state = [], electrode.start()
    grid = np.linspace(electrode.lower_limit, electrode.upper_limit, _TABLE)
    for number in range(1, cycles + 1):
        for ends in ((upper_vertex, lower), (lower, upper_vertex)):
            path = electrode.follow(state, "lithiation" if ends[0] > ends[1] else "delithiation")
            frame, state = _sweep(path, grid, np.linspace(*ends, points), chi)
            frame.insert(1, "Cycle Count / 1", number)
            frames.append(frame)
    return Voltammogram(pd.concat(frames, ignore_index=True), chi, electrode.specific_capacity)


def _sweep(path: Path, grid: np.ndarray, sweep: np.ndarray, chi: float) -> tuple[pd.DataFrame, State]:
    """One sweep along a path; returns the table and the last state.

    Implicit Euler: with step ``h``, the new potential solves ``E + sign (chi/h) (x_old - x(E)) = E_s``. Its left side
    rises with E, so it is inverted by looking it up in a table, whatever the polarization.
    """
    table, state = path.lithium(grid), float(path.start.lithium)
    sign = 1.0 if path.branch == "delithiation" else -1.0
    fine = np.linspace(sweep[0], sweep[-1], _SUBSTEPS * (sweep.size - 1) + 1)
    step = abs(fine[1] - fine[0])
    # Lists: one number at a time they are ten times as fast as arrays.
    left, held = (grid - (chi / step) * table).tolist(), table.tolist()
    lithiation = np.empty_like(fine)
    for number, potential in enumerate(fine.tolist()):
        wanted = potential - (chi / step) * state
        at = bisect(left, wanted, 1, _TABLE - 1)
        part = (wanted - left[at - 1]) / (left[at] - left[at - 1])
        new = held[at - 1] + part * (held[at] - held[at - 1])
        # A branch carries current in its own direction only: between the branches nothing happens.
        if sign * (state - new) > 0:
            state = new
        lithiation[number] = state
    taken = np.interp(-lithiation, -table, grid)
    response = -np.gradient(lithiation, fine)
    frame = pd.DataFrame(
        {
            "Voltage / V": sweep,
            "Branch": path.branch,
            "response": (np.abs(response) * sign)[::_SUBSTEPS],
            "Lithiation / 1": lithiation[::_SUBSTEPS],
            "Electrode Potential / V": taken[::_SUBSTEPS],
        }
    )
    return frame, path.stop(float(taken[-1]), float(state))


def calibrate_polarization(electrode: Electrode, peak_potential: float, *, upper_vertex: float) -> float:
    """Find the smallest lumped polarization that puts the largest peak of the second delithiation at a potential.

    A number found in this way is calibrated: the position of that peak proves nothing afterwards. With a larger lag
    silicon is no longer filled at the vertex, less Li15Si4 forms, and the peak comes back.

    Potentials are in V vs Li/Li+, the result in V² for :func:`cyclic_voltammogram`. Raises ValueError if the peak of
    the equilibrium curve already lies higher, or no polarization brings it there.

    >>> from sicell import electrodes
    >>> chi = calibrate_polarization(electrodes.silicon(), 0.44, upper_vertex=1.2)
    >>> 1e-4 < chi < 1e-2
    True
    """
    target = _check.between("peak_potential", peak_potential, *_SEARCHED, "V")

    def beyond(chi: float) -> float:
        scan = cyclic_voltammogram(electrode, upper_vertex=upper_vertex, cycles=2, polarization=chi)
        up = scan.sweep(2, "delithiation")
        inside = up[up["Voltage / V"].between(*_SEARCHED)]
        return float(inside["Voltage / V"][inside["response"].idxmax()]) - target

    if beyond(0.0) > 0:
        raise ValueError(
            f"peak_potential must be above that of the equilibrium curve, {target + beyond(0.0):.3f} V, got {target:g}"
        )
    tried = [0.0, *np.geomspace(1e-4, 0.1, 16)]
    for low, high in pairwise(tried):
        if beyond(high) >= 0:
            found = float(brentq(beyond, low, high, xtol=1e-6))
            if abs(beyond(found)) < _STEP:
                return found
    raise ValueError(f"peak_potential {target:g} V is not reached with a polarization up to {tried[-1]:g} V²")
