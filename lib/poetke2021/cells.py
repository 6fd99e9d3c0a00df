"""The paper's full cells, for the evidence of more than one chapter."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import brentq

from companion import ledger
from companion.evidence import Computed
from poetke2021 import electrodes
from sicell import balancing

NP_RATIOS = ("1.1", "1.3", "1.7", "2.0")
# What the draws choose among: curves that all pass the rule written down for their branch in data/electrodes.
_CURVES = (
    "silicon: first_lithiation_shift",
    "silicon: delithiation curve",
    "ncm90: delithiation curve",
    "ncm90: lithiation curve",
)
# The other ways to run the discharge: all of the loss follows the lithiation; the cathode takes back all that it gave.
_OTHER_LOSS, _OTHER_CATHODE = 1.0, "lithium content"


def cutoffs() -> tuple[float, float]:
    """Return the upper and the lower cut-off voltage, V."""
    return ledger.value("cell-upper-cutoff-voltage"), ledger.value("cell-lower-cutoff-voltage")


@ledger.remember
def cell(np_ratio: float | tuple[float, ...], curve: str = "") -> balancing.FullCell:
    """Return the cell NCM90 | Si–C of a nominal ratio, counted with the capacity of NCM that balancing used.

    `curve` names another delithiation of amorphous silicon than the declared one, here and below.
    """
    anode = electrodes.si_c(curves={"delithiation": curve} if curve else None)
    return balancing.FullCell(electrodes.ncm90(), anode, np_ratio, ledger.value("ncm-maximum-capacity"))


def scatter() -> tuple[float, float, float]:
    """Return what is assumed about scatter from cell to cell, for :meth:`sicell.balancing.FullCell.uncertainty`."""
    names = ("np_ratio_scatter", "loss_scatter", "loss_lithiation_weight")
    rows = (ledger.parameters("assumptions.csv", subject="cell", parameter=name).iloc[0] for name in names)
    return tuple(float(row["upper"]) for row in rows)


@ledger.remember
def calibrated_loss(curve: str = "") -> balancing.Loss:
    """Return the fixed share of the anode that is lost, adjusted to the one printed efficiency, at the ratio 2.0."""
    printed = cell(ledger.value("np-ratio-2.0"), curve)
    return printed.calibrate_loss(ledger.value("ice-np-2.0") / 100, *cutoffs())


@ledger.remember
def first_cycle(np_ratio: float, curve: str = "") -> balancing.FirstCycle:
    """Return the first cycle near equilibrium, with the calibrated loss."""
    return cell(np_ratio, curve).first_cycle(*cutoffs(), loss=calibrated_loss(curve), warn=False)


@ledger.remember
def uncertainty() -> balancing.FirstCycleUncertainty:
    """Return the draws of all four ratios, the loss calibrated anew in each draw as in :func:`calibrated_loss`."""
    ratios = [ledger.value(f"np-ratio-{ratio}") for ratio in NP_RATIOS]
    calibrate = ledger.value("ice-np-2.0") / 100, ledger.value("np-ratio-2.0")
    return cell(tuple(ratios)).uncertainty(*cutoffs(), calibrate=calibrate, scatter=scatter(), draws=4000)


def at(quantity: str, ratio: str) -> np.ndarray:
    """Return the draws of a quantity at one of the paper's ratios."""
    found = uncertainty()
    return found.samples[quantity][:, found.np_ratio.tolist().index(ledger.value(f"np-ratio-{ratio}"))]


def change(quantity: str, first: str = "1.3", second: str = "2.0") -> np.ndarray:
    """Return the draws of a quantity's change between two ratios."""
    return at(quantity, second) - at(quantity, first)


def summary(values: np.ndarray) -> Computed:
    """Return median, 95 % interval and draws."""
    lower, middle, upper = (float(one) for one in np.nanquantile(values, [0.025, 0.5, 0.975]))
    return Computed(middle, lower, upper, draws=values)


def each_curve(function: Callable[[str], Any]) -> list[Any]:
    """Return what a function gives for every curve that may stand for the delithiation of amorphous silicon."""
    return [function(curve) for curve in electrodes.declared("silicon", "delithiation")]


def ensemble(members: Sequence[Computed], *others: Computed) -> Computed:
    """Return the median of equally allowed models, with the ends of all their intervals; each is a member.

    `others` are members, too, but of another quantity that answers the same question.
    """
    value, low, high = np.array([(one.value, one.lower, one.upper) for one in members]).T
    if np.isnan(value).all():  # a range has a median at each end
        ends = np.median(low), np.median(high)
    else:
        ends = np.fmin(value, low).min(), np.fmax(value, high).max()
    return Computed(float(np.median(value)), *(float(end) for end in ends), members=(*members, *others))


def drawn(values: np.ndarray, *others: float) -> Computed:
    """Return what the draws of the first cycle give, with the same of each curve as a member of the ensemble.

    Parameters
    ----------
    values : numpy.ndarray, shape (draws,)
    *others : float
        Results of further models that nothing rules out.
    """
    inputs = uncertainty().inputs
    chosen = [inputs[column] == name for column in _CURVES for name in sorted(inputs[column].unique())]
    members = [replace(summary(values[rows.to_numpy()]), draws=None) for rows in chosen]
    return replace(summary(values), members=(*members, *(Computed(other) for other in others)))


@ledger.remember
def other_first_cycles(np_ratio: float) -> tuple[balancing.FirstCycle, ...]:
    """Return the first cycle with a loss that follows the lithiation, and with a cathode that refills without loss.

    Both losses are adjusted to the same printed efficiency as :func:`calibrated_loss`.
    """
    efficiency, printed = ledger.value("ice-np-2.0") / 100, cell(ledger.value("np-ratio-2.0"))
    found = []
    for weight, rule in ((_OTHER_LOSS, "half-cell"), (0.0, _OTHER_CATHODE)):
        loss = printed.calibrate_loss(efficiency, *cutoffs(), lithiation_weight=weight, cathode_normalization=rule)
        found.append(cell(np_ratio).first_cycle(*cutoffs(), loss=loss, cathode_normalization=rule, warn=False))
    return tuple(found)


def others(quantity: str, *ratios: str) -> list[float]:
    """Return a quantity at a ratio, or its change from the first ratio to the second, in :func:`other_first_cycles`."""
    cycles = [other_first_cycles(ledger.value(f"np-ratio-{ratio}")) for ratio in ratios]
    values = [[float(getattr(one, quantity)) for one in pair] for pair in cycles]
    return [last - first for first, last in zip(*values, strict=True)] if len(ratios) > 1 else values[0]


@ledger.remember
def graphite_loss(share_of_printed: float = 1.0) -> balancing.Loss:
    """Return the loss of graphite with which its cell discharges what the text implies.

    The first discharge with Si-C is 92 % of it: 187 over 0.92. `share_of_printed` scales the 92 %, for its rounding.
    """
    wanted = ledger.value("discharge-capacity-0.07") / (
        share_of_printed * ledger.value("first-discharge-against-graphite") / 100
    )

    def excess(share: float) -> float:
        return float(graphite_first_cycle(balancing.Loss.proportional(share)).discharge_capacity) - wanted

    return balancing.Loss.proportional(brentq(excess, 0.1, 0.4, xtol=1e-9))


def graphite_first_cycle(loss: balancing.Loss) -> balancing.FirstCycle:
    """Return the first cycle of the reference cell with graphite."""
    capacity, ratio = ledger.value("ncm-maximum-capacity"), ledger.value("np-ratio-graphite-reference")
    graphite = balancing.FullCell(electrodes.ncm90(), electrodes.graphite(), ratio, capacity)
    return graphite.first_cycle(*cutoffs(), loss=loss, warn=False)
