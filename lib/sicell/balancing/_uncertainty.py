"""Monte Carlo over what is assumed in the first cycle of a Si–C | NCM90 cell.

Every input is drawn from its range in ``data/electrodes.csv`` and ``data/msmr.csv``: half of the draws lie below the
value, half above, 95 % between the two limits. Curves are drawn among the declared one and its alternatives.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from companion import ledger
from sicell import _check, electrodes
from sicell._check import SicellWarning
from sicell.balancing._cell import FullCell
from sicell.balancing._draws import Blend, Draws, root
from sicell.balancing._loss import Loss

__all__ = ["FirstCycleUncertainty", "first_cycle_uncertainty"]

# Groups of inputs that may be varied by themselves.
GROUPS = (
    "carbon shares",
    "carbon curve",
    "cathode capacity",
    "cathode curve",
    "silicon curve",
    "electrode limits",
    "Li15Si4",
    "cell-to-cell scatter",
    "loss model",
)
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
    """Result of :func:`first_cycle_uncertainty`.

    Attributes
    ----------
    np_ratio : numpy.ndarray, shape (ratios,)
    samples : dict of str to numpy.ndarray, shape (draws, ratios)
        Quantities named as in :class:`FirstCycle`; the last five are 0 or 1 in each draw, so their means are
        probabilities. NaN where a draw has no solution.
    inputs : pandas.DataFrame
        What was drawn, one row for each draw.
    loss_share : numpy.ndarray, shape (draws,)
        Of the calibrated (or given) loss, before its scatter from cell to cell.
    failed : float
        Share of the draws without a solution.
    """

    np_ratio: np.ndarray
    samples: dict[str, np.ndarray] = field(repr=False)
    inputs: pd.DataFrame = field(repr=False)
    loss_share: np.ndarray = field(repr=False)
    failed: float

    def __repr__(self) -> str:
        return f"FirstCycleUncertainty({len(self.inputs)} draws at n/p {', '.join(f'{r:g}' for r in self.np_ratio)})"

    def interval(self, quantity: str, level: float = 0.95) -> pd.DataFrame:
        """Median and interval of a quantity at each ratio.

        Parameters
        ----------
        quantity : str
        level : float, optional
            0 to 1.

        Returns
        -------
        pandas.DataFrame
            Indexed by ``np_ratio``: ``median``, ``lower``, ``upper``, ``mean``.
        """
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
        """Return median and interval of every quantity at every ratio.

        Returns
        -------
        pandas.DataFrame
            Columns ``np_ratio``, ``quantity``, ``median``, ``lower``, ``upper``, ``mean``.
        """
        frames = [self.interval(name, level).reset_index().assign(quantity=name) for name in self.samples]
        table = pd.concat(frames, ignore_index=True)
        return table[["np_ratio", "quantity", "median", "lower", "upper", "mean"]]


def _summary(values: np.ndarray, level: float) -> dict[str, np.ndarray]:
    level = _check.between("level", level, 0.01, 0.999)
    low, middle, high = np.nanquantile(values, [0.5 - level / 2, 0.5, 0.5 + level / 2], axis=0)
    return {"median": middle, "lower": low, "upper": high, "mean": np.nanmean(values, axis=0)}


def first_cycle_uncertainty(
    np_ratio: Any,
    upper_cutoff: float,
    lower_cutoff: float,
    *,
    loss: Loss | None = None,
    calibrate: tuple[float, float] | None = None,
    draws: int = 10_000,
    seed: int = 0,
    vary: Sequence[str] | None = None,
) -> FirstCycleUncertainty:
    """Propagate what is assumed through the first cycle of a Si–C | NCM90 cell.

    Parameters
    ----------
    np_ratio : array_like, shape (ratios,)
        Nominal ratios; each is a cell of its own, with its own scatter.
    upper_cutoff, lower_cutoff : float
        In V.
    loss : Loss, optional
        The same in every draw, up to its scatter from cell to cell.
    calibrate : tuple of float, optional
        Initial coulombic efficiency and the nominal ratio of the cell that has it: the loss is calibrated anew in each
        draw. Instead of `loss`.
    draws : int, optional
    seed : int, optional
        Of a generator that nothing else uses.
    vary : sequence of str, optional
        Groups of inputs to vary, all if not given: ``"carbon shares"``, ``"carbon curve"``, ``"cathode capacity"``,
        ``"cathode curve"``, ``"silicon curve"``, ``"electrode limits"``, ``"Li15Si4"``, ``"cell-to-cell scatter"``,
        ``"loss model"``. The others stay at their values.

    Returns
    -------
    FirstCycleUncertainty

    Raises
    ------
    ValueError
        If not one of `loss` and `calibrate` is given, or an argument is out of its range.

    Notes
    -----
    The silicon curve of the first lithiation is shifted as a whole: by the standard error of its plateau (the errors of
    single reactions are strongly correlated, so they are not drawn one by one) and by an assumed one between cells.

    Examples
    --------
    >>> result = first_cycle_uncertainty([1.3, 2.0], 4.25, 1.5, loss=Loss.fixed(0.15), draws=500)
    >>> result
    FirstCycleUncertainty(500 draws at n/p 1.3, 2)
    >>> bool(result.difference("anode_potential_end_of_charge", 1.3, 2.0)["lower"] > 0.01)
    True
    """
    ratios = np.atleast_1d(_check.positive("np_ratio", np_ratio))
    high = _check.between("upper_cutoff", upper_cutoff, 2.5, 4.4, "V")
    low = _check.between("lower_cutoff", lower_cutoff, 1.0, 3.5, "V")
    if not low < high:
        raise ValueError(f"lower_cutoff must be below upper_cutoff (in V), got {low:g} and {high:g}")
    if (loss is None) == (calibrate is None):
        raise ValueError("one of loss and calibrate must be given, and not both")
    if not isinstance(draws, (int, np.integer)) or draws < 10:
        raise ValueError(f"draws must be a whole number of at least 10, got {draws!r}")
    vary = GROUPS if vary is None else tuple(vary)
    for group in vary:
        _check.choice("vary", group, GROUPS)
    model = _Model(Draws(int(draws), seed, vary), high, low)
    weight = model.weight
    if calibrate is None:
        share = np.broadcast_to(np.asarray(loss.share, dtype=float), weight.shape)
        weight = np.clip(weight + np.asarray(loss.lithiation_weight), 0, 1)
    else:
        efficiency = _check.between("calibrate", calibrate[0], 0.01, 1)
        share = model.calibrate(efficiency, _check.positive("calibrate", calibrate[1]), weight)
    samples: dict[str, list[np.ndarray]] = {name: [] for name in _QUANTITIES}
    for ratio in ratios:
        for name, values in model.cycle(ratio, share, weight).items():
            samples[name].append(values)
    stacked = {name: np.stack(values, axis=1) for name, values in samples.items()}
    failed = float(np.isnan(stacked["discharge_capacity"]).any(axis=1).mean())
    if failed > 0.05:
        warnings.warn(
            f"{100 * failed:.0f} % of the draws have no solution: the intervals leave them out",
            SicellWarning,
            stacklevel=2,
        )
    return FirstCycleUncertainty(ratios, stacked, pd.DataFrame(model.draws.inputs), np.array(share), failed)


class _Model:
    """Both electrodes of all draws, and the first cycle with them."""

    def __init__(self, draws: Draws, upper_cutoff: float, lower_cutoff: float) -> None:
        self.draws, self.high, self.low = draws, upper_cutoff, lower_cutoff
        cell = FullCell(electrodes.ncm90(), electrodes.si_c(), 1.0)
        self.nominal = cell.cathode_capacity
        one, d = np.ones(draws.number), draws
        lower = d.scalar("silicon", "lower_limit", "electrode limits", limits=(0.0, 0.2))
        upper = d.scalar("silicon", "upper_limit", "electrode limits")
        # Everything but silicon: its share follows from the ratio of the capacities at the silicon content.
        parts = cell.anode.contributions(cell.anode.lower_limit, "first lithiation").iloc[0]
        table_ratio = d.table.loc[("carbon", "capacity_ratio"), "value"]
        content = (1 - parts["silicon"]) / parts["silicon"] / table_ratio
        ratio = d.scalar("carbon", "capacity_ratio", "carbon shares", limits=(0.01, 1.0))
        other = content * ratio / (1 + content * ratio)
        fibers = np.clip(d.scalar("carbon", "nanofiber_share", "carbon shares"), 0, 0.9 * other)
        reduction = np.clip(d.scalar("electrolyte", "reduction_share", "carbon shares"), 0, 0.9 * (other - fibers))
        shell = other - fibers - reduction
        d.inputs["share of all but silicon"] = other
        first, self.first_range = d.one_of("silicon", "first lithiation", "silicon curve")
        declared = ledger.parameters("branches.csv", electrode="silicon", branch="first lithiation", choice="declared")
        rows = ledger.parameters("msmr.csv", curve=declared["curve"].iloc[0])
        plateau = rows.loc[rows["width"].idxmin(), "potential_standard_error"]
        shift = d.scalar("silicon", "first_lithiation_shift", "silicon curve")
        shift = shift + d.split(0.0, -1.96 * plateau, 1.96 * plateau, "silicon curve")
        first.potential = first.potential + shift[:, None]
        amorphous, self.last_range = d.one_of("silicon", "delithiation", "silicon curve")
        crystalline, _ = d.one_of("silicon", "delithiation after Li15Si4", "silicon curve")
        into, out = (d.one_of("graphite", key, "silicon curve")[0] for key in ("lithiation", "delithiation"))
        shells = {key: d.assumed(f"carbon-shell-{key}") for key in ("lithiation", "delithiation")}
        side = d.assumed("electrolyte-reduction")
        parts_in = [(first, 1 - other), (shells["lithiation"], shell), (into, fibers), (side, reduction)]
        self.anode = Blend(parts_in, lower, upper)
        # The electrolyte gives nothing back.
        stay = 1 - reduction
        carbons = [(shells["delithiation"], shell / stay), (out, fibers / stay)]
        self.back = [
            Blend([(silicon, (1 - other) / stay), *carbons], lower, upper) for silicon in (amorphous, crystalline)
        ]
        onset, error = cell.anode.phase_change.onset, cell.anode.phase_change.onset_error
        self.onset = d.split(onset, onset - 1.96 * error, onset + 1.96 * error, "Li15Si4")
        self.share = d.scalar("silicon", "li15si4_share", "Li15Si4", limits=(0.0, 1.0))
        charge = d.scalar("ncm90", "first_charge_capacity", "cathode capacity")
        reference = np.full(draws.number, cell.reference_potential)
        full = d.scalar("ncm90", "lower_limit", "electrode limits")
        self.cathode, self.cathode_ends = {}, {}
        for key, capacity in (("delithiation", charge), ("lithiation", self.nominal * one)):
            curves, ends = d.one_of("ncm90", key, "cathode curve")
            # In mAh/g, from 0 at the reference potential.
            self.cathode[key] = curves.between(full, reference, capacity)
            self.cathode_ends[key] = ends
        self.first_charge = charge
        self.weight = d.scalar("cell", "loss_lithiation_weight", "loss model", limits=(0.0, 1.0))

    def _cathode(self, key: str, potential: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        curves, empty = self.cathode[key]
        value, slope = curves(potential)
        return value - empty, slope

    def _charge(self, ratio: float) -> dict[str, np.ndarray]:
        """First charge of a cell with its own scatter."""
        scatter = self.draws.scalar("cell", "np_ratio_scatter", "cell-to-cell scatter", self.draws.number)
        capacity = self.nominal * ratio * (1 + scatter)

        def surplus(u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            x, x_slope = self.anode(u)
            y, y_slope = self._cathode("delithiation", u + self.high)
            return capacity * x + y - self.first_charge, capacity * x_slope + y_slope

        zero = np.zeros(capacity.shape)
        short = -surplus(zero)[0]
        u = np.where(short > 0, 0.0, root(surplus, zero, zero + 2.6))
        charge = self.first_charge - self._cathode("delithiation", u + self.high)[0]
        plated = np.maximum(short, 0.0)
        crystal = self.share * (u < self.onset)
        return {"capacity": capacity, "u": u, "charge": charge, "plated": plated, "crystal": crystal}

    def _back(self, potential: np.ndarray, crystal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What the anode holds on delithiation, with the share of Li15Si4 of each draw."""
        first, second = (blend(potential) for blend in self.back)
        return tuple((1 - crystal) * a + crystal * c for a, c in zip(first, second, strict=True))

    def calibrate(self, efficiency: float, ratio: float, weight: np.ndarray) -> np.ndarray:
        """Share of the loss that gives the efficiency, in each draw; NaN where there is none."""
        state = self._charge(ratio)
        out = efficiency * state["charge"]
        start = self._cathode("lithiation", state["u"] + self.high)[0]

        def missing(potential: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            y, slope = self._cathode("lithiation", potential)
            return y - start - out, slope

        bracket = np.full(out.shape, 2.0), np.full(out.shape, 4.5)
        possible = missing(bracket[0])[0] > 0
        u = root(missing, *bracket) - self.low
        left = self._back(u, state["crystal"])[0] * state["capacity"]
        taken = state["charge"] - state["plated"]
        share = (taken - left - out + state["plated"]) / ((1 - weight) * state["capacity"] + weight * taken - left)
        return np.where(possible & (share >= 0) & (share < 0.99) & (u > 0), share, np.nan)

    def cycle(self, ratio: float, share: np.ndarray, weight: np.ndarray) -> dict[str, np.ndarray]:
        """First cycle at one ratio."""
        state = self._charge(ratio)
        capacity, charge, plated, crystal = (state[name] for name in ("capacity", "charge", "plated", "crystal"))
        scatter = self.draws.scalar("cell", "loss_scatter", "loss model", self.draws.number)
        share = np.clip(share * (1 + scatter), 0, 0.99)
        taken = charge - plated
        held = taken - share * ((1 - weight) * capacity + weight * taken)
        left = (1 - share) * capacity
        start = self._cathode("lithiation", state["u"] + self.high)[0]

        def surplus(u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            x, x_slope = self._back(u, crystal)
            y, y_slope = self._cathode("lithiation", u + self.low)
            return left * x + y - held - plated - start, left * x_slope + y_slope

        bracket = np.zeros(charge.shape), np.full(charge.shape, 3.5)
        with np.errstate(invalid="ignore"):
            ok = (surplus(bracket[0])[0] > 0) & (surplus(bracket[1])[0] < 0) & (held > 0)
        u = np.where(ok, root(surplus, *bracket), np.nan)
        discharge = self._cathode("lithiation", u + self.low)[0] - start
        margin = capacity * self.anode(np.zeros(charge.shape))[0] / charge - 1
        ends = self.first_range, self.cathode_ends["delithiation"], self.last_range, self.cathode_ends["lithiation"]
        potentials = state["u"], state["u"] + self.high, u, u + self.low
        beyond = [
            np.where((p < e[:, 0]) | (p > e[:, 1]), 1.0, np.where(np.isnan(p), np.nan, 0.0))
            for p, e in zip(potentials, ends, strict=True)
        ]
        values = (
            charge,
            discharge,
            discharge / charge,
            state["u"],
            state["u"] + self.high,
            taken / capacity,
            u,
            u + self.low,
            plated,
            margin,
            capacity / charge,
            (state["u"] < self.onset).astype(float),
            *beyond,
        )
        return dict(zip(_QUANTITIES, values, strict=True))
