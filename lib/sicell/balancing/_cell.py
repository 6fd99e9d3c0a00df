"""The full cell: a cathode that holds all lithium, an anode that has none, and the ratio of the two."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sicell import _check
from sicell._check import SicellWarning
from sicell.balancing._cells import Cells
from sicell.balancing._half_cycle import HalfCycle
from sicell.balancing._limits import as_shape
from sicell.balancing._loss import Loss
from sicell.balancing._pair import Pair
from sicell.balancing._protocol import Run, checked, run_steps
from sicell.balancing._result import FirstCycle
from sicell.balancing._uncertainty import FirstCycleUncertainty, uncertainty
from sicell.electrodes import ReferenceElectrode


@dataclass(frozen=True, eq=False, repr=False)
class FullCell(Pair):
    """A cell that is assembled discharged: all cyclable lithium in the cathode, the anode fresh.

    Raises ValueError if the ratio is not a positive number of at most 20, or a capacity is not positive.

    Parameters
    ----------
    cathode : Electrode
    anode : Electrode or ReferenceElectrode
        A reference electrode (Li–In, lithium) stands for a half-cell with lithium in excess.
    np_ratio : array_like, optional
        Nominal ratio: first-lithiation capacity of the anode over `cathode_capacity`. Not for a reference electrode.
    cathode_capacity : float, optional
        Capacity of the cathode that the ratio is counted with, in mAh per g of active material. If not given: its
        discharge in the half-cell from `reference_potential` to its lower limit.
    reference_potential : float, optional
        In V vs Li/Li+; at most the cathode's upper limit.
    anode_areal_capacity : array_like, optional
        First lithiation, in mAh/cm2; makes areal results available.

    Examples
    --------
    >>> from sicell import electrodes
    >>> cell = FullCell(electrodes.ncm90(), electrodes.si_c(), 1.3, anode_areal_capacity=7.4)
    >>> round(cell.true_np_ratio, 2), round(float(cell.cathode_areal_capacity), 1)
    (1.13, 5.7)
    >>> cell.first_cycle(4.25, 1.5, loss=Loss.fixed(0.15))
    First cycle of 1 cell
                                       n/p 1.30
    charge_capacity                      235.8   mAh per g NCM
    discharge_capacity                   195.8   mAh per g NCM
    initial_coulombic_efficiency         0.830
    anode_potential_end_of_charge        0.048   V vs Li/Li+
    cathode_potential_end_of_charge      4.298   V vs Li/Li+
    anode_potential_end_of_discharge     1.977*  V vs Li/Li+
    cathode_potential_end_of_discharge   3.477   V vs Li/Li+
    plating_margin                       0.136
    * beyond the range in which the curve was measured
    """

    def __repr__(self) -> str:
        ratio = "" if np.isnan(self.np_ratio).all() else f", n/p {np.array2string(np.asarray(self.np_ratio))}"
        return f"FullCell({self.cathode.name} | {self.anode.name}{ratio})"

    def first_cycle(
        self,
        upper_cutoff: Any,
        lower_cutoff: Any,
        *,
        loss: Loss | None = None,
        polarization: Any = 0.0,
        cathode_normalization: str = "half-cell",
        prelithiation: Any = 0.0,
        warn: bool = True,
    ) -> FirstCycle:
        """Charge and discharge for the first time, near equilibrium.

        On charge the anode is on its first lithiation and the cathode on its delithiation, on discharge each on the
        other branch. An anode that reaches 0 V vs Li/Li+ stays there, while lithium plates. Raises ValueError if the
        cut-offs are swapped, no state of the cell reaches them, or the loss leaves nothing to discharge.

        Parameters
        ----------
        upper_cutoff, lower_cutoff : array_like
            Cell voltages in V.
        loss : Loss, optional
            What the first cycle does not give back; none if not given.
        polarization : array_like, optional
            Distance from equilibrium in V, positive: raises the voltage on charge and lowers it on discharge.
        cathode_normalization : {"half-cell", "end of lithiation", "lithium content"}, optional
            Where the loss of the cathode's first cycle sits. ``"half-cell"``: spread over the whole discharge curve,
            which goes on from the same potential with its own reversible capacity. ``"end of lithiation"``: the
            discharge is not rescaled, and its last part is missing, as slow kinetics at high lithium content has it.
            ``"lithium content"``: none; both curves are one function of the lithium content.
        prelithiation : array_like, optional
            Lithium that the anode brings along, as a share of its first-lithiation capacity.
        warn : bool, optional
            Give what is in :attr:`FirstCycle.warnings` as :class:`sicell.SicellWarning` too.
        """
        steps = HalfCycle.charge(upper_cutoff, polarization), HalfCycle.discharge(lower_cutoff, polarization)
        cells = Cells(self, steps, loss, cathode_normalization, prelithiation)
        result = cells.first_cycle(steps)
        if warn and result.warnings:
            warnings.warn("; ".join(result.warnings), SicellWarning, stacklevel=2)
        return result

    def calibrate_loss(
        self,
        initial_coulombic_efficiency: Any,
        upper_cutoff: Any,
        lower_cutoff: Any,
        *,
        lithiation_weight: Any = 0.0,
        oxidation: Any = 0.0,
        cathode_normalization: str = "half-cell",
    ) -> Loss:
        """Find, in closed form, the loss with which this cell has a given initial coulombic efficiency (0 to 1).

        `lithiation_weight` and `oxidation` are those of the :class:`Loss`; the others are as for :meth:`first_cycle`.
        Raises ValueError if no loss between 0 and 0.99 gives this efficiency.

        >>> from sicell import electrodes
        >>> cell = FullCell(electrodes.ncm90(), electrodes.si_c(), 2.0)
        >>> loss = cell.calibrate_loss(0.8, 4.25, 1.5)
        >>> round(cell.first_cycle(4.25, 1.5, loss=loss).initial_coulombic_efficiency, 9)
        0.8
        """
        if isinstance(self.anode, ReferenceElectrode):
            raise ValueError(f"anode must be an Electrode to have a loss, got {self.anode.name}")
        efficiency = _check.between("initial_coulombic_efficiency", initial_coulombic_efficiency, 0.01, 1)
        weight = _check.between("lithiation_weight", lithiation_weight, 0, 1)
        steps = HalfCycle.charge(upper_cutoff), HalfCycle.discharge(lower_cutoff)
        cells = Cells(self, steps, Loss(0.0 * efficiency, weight, oxidation), cathode_normalization)
        share = cells.calibrate(cells.charge(steps[0]), efficiency, lower_cutoff)
        if np.isnan(share).any():
            at = int(np.argmax(np.isnan(share)))
            raise ValueError(
                f"initial_coulombic_efficiency must be one that a loss between 0 and 0.99 can give, got "
                f"{cells.flat(efficiency)[at]:g} at n/p {cells.flat(self.np_ratio)[at]:g}"
            )
        return Loss(as_shape(share, cells.shape), lithiation_weight, oxidation)

    def uncertainty(
        self,
        upper_cutoff: float,
        lower_cutoff: float,
        *,
        loss: Loss | None = None,
        calibrate: tuple[float, float] | None = None,
        scatter: tuple[float, float, float] = (0.05, 0.15, 0.5),
        draws: int = 10_000,
        seed: int = 0,
        vary: Any = None,
    ) -> FirstCycleUncertainty:
        """Propagate what is uncertain in the electrodes through the first cycle.

        Each electrode draws its own parameters: a ready-made one what is assumed, one from data its fit. Raises
        ValueError if both `loss` and `calibrate` are given, or an argument is out of its range.

        Parameters
        ----------
        upper_cutoff, lower_cutoff : float
            In V.
        loss : Loss, optional
            The same in every draw, up to its scatter from cell to cell; none if not given.
        calibrate : tuple of float, optional
            Initial coulombic efficiency and the nominal ratio of the cell that has it: the loss is calibrated anew in
            each draw. Instead of `loss`.
        scatter : tuple of float, optional
            Ends of three 95 % ranges: relative scatter of the n/p ratio and of the loss from cell to cell, and the
            lithiation weight that the loss may have (from 0 on).
        draws : int, optional
        seed : int, optional
        vary : sequence of str, optional
            Groups of inputs to vary, all if not given; the others stay at their values. The groups of this cell are
            in :attr:`FirstCycleUncertainty.groups`.

        Examples
        --------
        >>> from sicell import electrodes
        >>> cell = FullCell(electrodes.ncm90(), electrodes.si_c(), [1.3, 2.0])
        >>> result = cell.uncertainty(4.25, 1.5, loss=Loss.fixed(0.15), draws=500)
        >>> result
        FirstCycleUncertainty(500 draws at n/p 1.3, 2)
        >>> bool(result.difference("anode_potential_end_of_charge", 1.3, 2.0)["lower"] > 0.01)
        True
        """
        if loss is not None and calibrate is not None:
            raise ValueError("loss and calibrate must not be given both")
        return uncertainty(self, (upper_cutoff, lower_cutoff), loss, calibrate, scatter, (draws, seed, vary))

    def run(
        self,
        steps: Sequence[HalfCycle],
        *,
        loss: Loss | None = None,
        cathode_normalization: str = "half-cell",
        prelithiation: Any = 0.0,
    ) -> Run:
        """Run a protocol near equilibrium: charges and discharges, each to its own cut-off.

        Each electrode goes on from the state in which it is: silicon that the first charge left crystalline is consumed
        in later ones, at its plateau, as far as the lithium reaches. The loss is taken when a charge is over; a later
        charge adds to it only as far as it lithiates the anode further than all before. Unless it is normalized by its
        lithium content, the cathode has its reversible capacity from its first reversal on and turns at its potential.
        After a shallow first charge up to 30 mAh/g then stay in it that no later charge takes out, which no measurement
        supports: take ``"lithium content"`` there. Arguments and errors are those of :meth:`first_cycle`; the first
        step is a charge, and one a discharge.

        A shallow cycle, then two full ones that hold 4.25 V until the current has gone:

        >>> from sicell import electrodes
        >>> steps = [HalfCycle.charge(3.9), HalfCycle.discharge(2.0)]
        >>> steps += 2 * [HalfCycle.charge(4.25, polarization=0.05, hold=True), HalfCycle.discharge(1.5)]
        >>> cell, options = FullCell(electrodes.ncm90(), electrodes.si_c(), 1.3), {"loss": Loss.fixed(0.15)}
        >>> run = cell.run(steps, cathode_normalization="lithium content", **options)
        >>> run.capacity.round().tolist(), run.cycle.tolist()
        ([159.0, 119.0, 196.0, 196.0, 196.0, 196.0], [1, 1, 2, 2, 3, 3])
        """
        steps = checked(steps)
        return run_steps(Cells(self, steps, loss, cathode_normalization, prelithiation), steps)
