"""Monte Carlo over what is uncertain in the first cycle of a cell."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from sicell import _check
from sicell._check import SicellWarning
from sicell.balancing._cells import Cells
from sicell.balancing._half_cycle import HalfCycle
from sicell.balancing._loss import Loss
from sicell.balancing._pair import Pair
from sicell.balancing._result import FirstCycle
from sicell.electrodes import Draws

_QUANTITIES = (
    "charge_capacity",
    "discharge_capacity",
    "initial_coulombic_efficiency",
    "anode_potential_end_of_charge",
    "cathode_potential_end_of_charge",
    "anode_lithiation_end_of_charge",
    "anode_potential_end_of_discharge",
    "cathode_potential_end_of_discharge",
    "plated_capacity",
    "plating_margin",
    "true_np_ratio",
    "li15si4_probability",
    "anode_extrapolated_end_of_charge",
    "cathode_extrapolated_end_of_charge",
    "anode_extrapolated_end_of_discharge",
    "cathode_extrapolated_end_of_discharge",
)


@dataclass(frozen=True, eq=False, repr=False)
class FirstCycleUncertainty:
    """Result of :meth:`FullCell.uncertainty`.

    Attributes
    ----------
    np_ratio : numpy.ndarray, shape (ratios,)
    samples : dict of str to numpy.ndarray, shape (draws, ratios)
        Quantities named as in :class:`FirstCycle`. Those that are 0 or 1 in each draw, such as what is extrapolated,
        have probabilities as means. NaN where a draw has no solution.
    inputs : pandas.DataFrame
        What was drawn, one row for each draw.
    loss_share : numpy.ndarray, shape (draws,)
        Of the calibrated (or given) loss, before its scatter from cell to cell.
    failed : float
        Share of the draws without a solution.
    groups : list of str
        Of inputs, which may be varied by themselves.
    first_cycle : FirstCycle
        Of all draws and ratios; some may have failed.
    """

    np_ratio: np.ndarray
    samples: dict[str, np.ndarray] = field(repr=False)
    inputs: pd.DataFrame = field(repr=False)
    loss_share: np.ndarray = field(repr=False)
    failed: float
    groups: list[str] = field(repr=False)
    first_cycle: FirstCycle = field(repr=False)

    def __repr__(self) -> str:
        return f"FirstCycleUncertainty({len(self.inputs)} draws at n/p {', '.join(f'{r:g}' for r in self.np_ratio)})"

    def interval(self, quantity: str, level: float = 0.95) -> pd.DataFrame:
        """Median and interval of a quantity by ``np_ratio``: ``median``, ``lower``, ``upper``, ``mean``."""
        _check.choice("quantity", quantity, self.samples)
        values = self.samples[quantity]
        return pd.DataFrame(_summary(values, level), index=pd.Index(self.np_ratio, name="np_ratio"))

    def difference(self, quantity: str, first: float, second: float, level: float = 0.95) -> pd.Series:
        """Median and interval of a quantity at the ratio `second` minus that at `first`, draw by draw."""
        _check.choice("quantity", quantity, self.samples)
        for name, value in (("first", first), ("second", second)):
            _check.choice(name, value, self.np_ratio.tolist())
        columns = [int(np.flatnonzero(self.np_ratio == value)[0]) for value in (first, second)]
        values = self.samples[quantity][:, columns[1]] - self.samples[quantity][:, columns[0]]
        return pd.Series({name: float(value[0]) for name, value in _summary(values[:, None], level).items()})

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """Return :meth:`interval` of every quantity: also the columns ``np_ratio`` and ``quantity``."""
        frames = [self.interval(name, level).reset_index().assign(quantity=name) for name in self.samples]
        table = pd.concat(frames, ignore_index=True)
        return table[["np_ratio", "quantity", "median", "lower", "upper", "mean"]]


def _summary(values: np.ndarray, level: float) -> dict[str, np.ndarray]:
    level = _check.between("level", level, 0.01, 0.999)
    low, middle, high = np.nanquantile(values, [0.5 - level / 2, 0.5, 0.5 + level / 2], axis=0)
    return {"median": middle, "lower": low, "upper": high, "mean": np.nanmean(values, axis=0)}


def uncertainty(
    cell: Pair,
    cutoffs: tuple[float, float],
    loss: Loss | None,
    calibrate: tuple[float, float] | None,
    scatter: tuple[float, float, float],
    options: tuple[int, int, Sequence[str] | None],
) -> FirstCycleUncertainty:
    """Do as :meth:`FullCell.uncertainty` says; `options` are the last three."""
    number, seed, vary = options
    for name, cutoff in zip(("upper_cutoff", "lower_cutoff"), cutoffs, strict=True):
        if np.ndim(cutoff):
            raise ValueError(f"{name} must be one number, got {np.size(cutoff)}")
    _check.non_negative("scatter", scatter)
    draws = Draws(_check.whole("draws", number, 10), seed, None if vary is None else tuple(vary))
    ratios = np.atleast_1d(cell.np_ratio)
    drawn = {
        name: electrode if getattr(electrode, "sample", None) is None else electrode.sample(draws)
        for name, electrode in (("cathode", cell.cathode), ("anode", cell.anode))
    }
    made = replace(cell, cathode_capacity=cell.cathode_capacity, **drawn)
    loss = Loss(0.0) if loss is None else _check.instance("loss", loss, Loss, "a Loss such as Loss.fixed(0.1)")
    weight = draws.within(0.0, 0.0, scatter[2], "loss model", "cell: loss_lithiation_weight", limits=(0.0, 1.0))
    weight = np.clip(weight + np.asarray(loss.lithiation_weight), 0, 1)
    share = np.broadcast_to(np.asarray(loss.share, dtype=float), weight.shape)

    def scattered(ratio: np.ndarray, loss_too: bool = True) -> tuple[Pair, Any]:
        size = np.shape(ratio)
        off = draws.within(0.0, -scatter[0], scatter[0], "cell-to-cell scatter", size=size)
        more = draws.within(0.0, -scatter[1], scatter[1], "loss model", size=size) if loss_too else 0.0
        return replace(made, np_ratio=ratio * (1 + off)), more

    steps = HalfCycle.charge(cutoffs[0]), HalfCycle.discharge(cutoffs[1])
    if calibrate is not None:
        efficiency = _check.between("calibrate", calibrate[0], 0.01, 1)
        printed, _ = scattered(np.array([_check.positive("calibrate", calibrate[1])]), loss_too=False)
        some = Cells(printed, steps, Loss(0.0, weight, loss.oxidation), "half-cell")
        share = some.calibrate(some.charge(steps[0]), efficiency, cutoffs[1]).reshape(weight.shape)
    every, more = scattered(ratios)
    for group in vary or ():
        _check.choice("vary", group, draws.groups)
    known = np.where(np.isnan(share), 0.0, share)
    scattered_loss = Loss(np.clip(known * (1 + more), 0, 0.99), weight, loss.oxidation)
    first = Cells(every, steps, scattered_loss, "half-cell").first_cycle(steps)
    shape = (number, ratios.size)
    failed = np.isnan(share) | ~(first.discharge_capacity > 0)
    samples = {}
    for name in _QUANTITIES:
        values = np.array(np.broadcast_to(np.asarray(getattr(first, name), dtype=float), shape))
        after = "discharge" in name or name == "initial_coulombic_efficiency"
        samples[name] = np.where(failed & after, np.nan, values)
    none = float(failed.any(axis=1).mean())
    if none > 0.05:
        warnings.warn(
            f"{100 * none:.0f} % of the draws have no solution: the intervals leave them out",
            SicellWarning,
            stacklevel=3,
        )
    inputs = pd.DataFrame(draws.inputs)
    return FirstCycleUncertainty(ratios, samples, inputs, np.array(share).ravel(), none, draws.groups, first)
