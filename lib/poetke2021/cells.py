"""The paper's full cells, for the evidence of more than one chapter."""

from __future__ import annotations

from companion import ledger
from sicell import balancing, electrodes

NP_RATIOS = ("1.1", "1.3", "1.7", "2.0")


def cutoffs() -> tuple[float, float]:
    """Return the upper and the lower cut-off voltage, V."""
    return ledger.value("cell-upper-cutoff-voltage"), ledger.value("cell-lower-cutoff-voltage")


@ledger.remember
def cell(np_ratio: float) -> balancing.FullCell:
    """Return the cell NCM90 | Si–C of a nominal ratio, counted with the capacity of NCM that balancing used."""
    capacity = ledger.value("ncm-maximum-capacity")
    return balancing.FullCell(electrodes.ncm90(), electrodes.si_c(), np_ratio, capacity)


@ledger.remember
def calibrated_loss() -> balancing.Loss:
    """Return the fixed share of the anode that is lost, adjusted to the one printed efficiency, at the ratio 2.0."""
    printed = cell(ledger.value("np-ratio-2.0"))
    return printed.calibrate_loss(ledger.value("ice-np-2.0") / 100, *cutoffs())


@ledger.remember
def first_cycle(np_ratio: float) -> balancing.FirstCycle:
    """Return the first cycle near equilibrium, with the calibrated loss."""
    return cell(np_ratio).first_cycle(*cutoffs(), loss=calibrated_loss(), warn=False)


@ledger.remember
def uncertainty() -> balancing.FirstCycleUncertainty:
    """Return the draws of all four ratios, the loss calibrated anew in each draw as in :func:`calibrated_loss`."""
    ratios = [ledger.value(f"np-ratio-{ratio}") for ratio in NP_RATIOS]
    calibrate = ledger.value("ice-np-2.0") / 100, ledger.value("np-ratio-2.0")
    return balancing.first_cycle_uncertainty(ratios, *cutoffs(), calibrate=calibrate, draws=4000)
