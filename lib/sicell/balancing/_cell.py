"""The full cell: a cathode that holds all lithium, an anode that has none, and the ratio of the two."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from sicell import _check
from sicell._check import SicellWarning
from sicell.balancing._legs import Leg, State, run_leg
from sicell.balancing._limits import as_shape
from sicell.balancing._loss import Loss
from sicell.balancing._result import Cycles, FirstCycle, ends
from sicell.electrodes import Electrode, ReferenceElectrode

__all__ = ["FullCell"]

_NORMALIZATIONS = ("half-cell", "lithium content")
_FIRST = ("delithiation", "first lithiation")
_CHARGE = ("delithiation", "lithiation")
_DISCHARGE = ("lithiation", "delithiation")


@dataclass(frozen=True, eq=False, repr=False)
class FullCell:
    """A cell that is assembled discharged: all cyclable lithium in the cathode, the anode fresh.

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

    Attributes
    ----------
    anode_capacity : float or numpy.ndarray
        First-lithiation capacity of the anode in mAh per g of cathode active material.
    first_charge_capacity : float
        Of the cathode, to the reference potential, in mAh/g.
    true_np_ratio : float or numpy.ndarray
        First-lithiation capacity of the anode over the first-charge capacity of the cathode: what counts on the first
        charge.
    cyclable_lithium : float
        Lithium in the cathode between its limits, in mAh/g.
    cathode_areal_capacity : float or numpy.ndarray, or None
        Nominal, in mAh/cm2.
    cathode_loading, anode_loading : float or numpy.ndarray, or None
        In mg/cm2 of what the capacities are counted per.

    Raises
    ------
    ValueError
        If the ratio is not a positive number of at most 20, or a capacity is not positive.

    Examples
    --------
    >>> from sicell import electrodes
    >>> cell = FullCell(electrodes.ncm90(), electrodes.si_c(), 1.3, anode_areal_capacity=7.4)
    >>> round(cell.true_np_ratio, 2), round(float(cell.cathode_areal_capacity), 1)
    (1.14, 5.7)
    >>> cell.first_cycle(4.25, 1.5, loss=Loss.fixed(0.15))
    First cycle of 1 cell
                                       n/p 1.30
    charge_capacity                      235.8   mAh per g NCM
    discharge_capacity                   195.4   mAh per g NCM
    initial_coulombic_efficiency         0.829
    anode_potential_end_of_charge        0.048   V vs Li/Li+
    cathode_potential_end_of_charge      4.298   V vs Li/Li+
    anode_potential_end_of_discharge     1.995*  V vs Li/Li+
    cathode_potential_end_of_discharge   3.495   V vs Li/Li+
    plating_margin                       0.151
    * beyond the range in which the curve was measured
    """

    cathode: Electrode
    anode: Electrode | ReferenceElectrode
    np_ratio: Any = None
    cathode_capacity: float | None = None
    reference_potential: float = 4.3
    anode_areal_capacity: Any = None

    def __post_init__(self) -> None:
        if not isinstance(self.cathode, Electrode):
            raise TypeError(f"cathode must be an Electrode, got {self.cathode!r}")
        if not isinstance(self.anode, (Electrode, ReferenceElectrode)):
            raise TypeError(f"anode must be an Electrode or a ReferenceElectrode, got {self.anode!r}")
        if isinstance(self.anode, ReferenceElectrode):
            if self.np_ratio is not None:
                raise ValueError(f"np_ratio must be left out beside {self.anode.name}, got {self.np_ratio!r}")
            object.__setattr__(self, "np_ratio", np.nan)
        else:
            ratio = _check.positive("np_ratio", self.np_ratio)
            if np.max(ratio) > 20:
                raise ValueError(f"np_ratio must be at most 20 (a ratio, not a percentage), got {np.max(ratio):g}")
            object.__setattr__(self, "np_ratio", ratio)
        reference = _check.finite("reference_potential", self.reference_potential, "V")
        reference = min(reference, self.cathode.upper_limit)
        if not reference > self.cathode.lower_limit:
            raise ValueError(
                f"reference_potential must be above the cathode's lower limit {self.cathode.lower_limit:g} V, "
                f"got {reference:g}"
            )
        object.__setattr__(self, "reference_potential", reference)
        if self.cathode_capacity is None:
            nominal = self.cathode.capacity_between(self.cathode.lower_limit, reference, "lithiation", False)
            object.__setattr__(self, "cathode_capacity", float(nominal))
        _check.positive("cathode_capacity", self.cathode_capacity, "mAh/g")
        if self.anode_areal_capacity is not None:
            _check.positive("anode_areal_capacity", self.anode_areal_capacity, "mAh/cm2")

    def __repr__(self) -> str:
        ratio = (
            "" if isinstance(self.anode, ReferenceElectrode) else f", n/p {np.array2string(np.asarray(self.np_ratio))}"
        )
        return f"FullCell({self.cathode.name} | {self.anode.name}{ratio})"

    @classmethod
    def from_masses(
        cls,
        cathode: Electrode,
        anode: Electrode,
        *,
        cathode_mass: Any,
        anode_mass: Any,
        area: Any,
        cathode_active_fraction: Any = 1.0,
        anode_active_fraction: Any = 1.0,
        **options: Any,
    ) -> FullCell:
        """Make a cell from what the balance and the die say.

        Parameters
        ----------
        cathode, anode : Electrode
        cathode_mass, anode_mass : array_like
            Mass of each electrode composite, in mg.
        area : array_like
            Of both electrodes, in cm2.
        cathode_active_fraction, anode_active_fraction : array_like, optional
            Share of that mass which the electrode's specific capacity is counted per (1 if it is counted per
            composite).
        **options
            As for :class:`FullCell`.

        Returns
        -------
        FullCell

        Raises
        ------
        ValueError
            If a mass or the area is not positive, a fraction no fraction, or a loading is not between 0.01 and 1000
            mg/cm2 (masses in g or ug).

        Examples
        --------
        >>> from sicell import electrodes
        >>> cell = FullCell.from_masses(electrodes.ncm90(), electrodes.si_c(), cathode_mass=40.0, anode_mass=7.64,
        ...                             area=0.95, cathode_active_fraction=0.85)
        >>> round(cell.np_ratio, 2)
        1.0
        """
        area = _check.positive("area", area, "cm2")
        loading = {}
        for name, mass, fraction in (
            ("cathode", cathode_mass, cathode_active_fraction),
            ("anode", anode_mass, anode_active_fraction),
        ):
            weight = np.asarray(_check.positive(f"{name}_mass", mass, "mg"))
            share = _check.between(f"{name}_active_fraction", fraction, 0.01, 1)
            loading[name] = weight * share / area
            if np.min(loading[name]) < 0.01 or np.max(loading[name]) > 1000:
                raise ValueError(
                    f"{name}_mass must be in mg and area in cm2, so that the loading is between 0.01 and 1000 mg/cm2, "
                    f"got {np.ravel(loading[name])[0]:g}"
                )
        areal = 1e-3 * loading["anode"] * anode.specific_capacity
        nominal = cls(cathode, anode, 1.0, **options).cathode_capacity
        ratio = areal / (1e-3 * loading["cathode"] * nominal)
        return cls(cathode, anode, ratio, anode_areal_capacity=areal, **options)

    @property
    def anode_capacity(self) -> Any:
        """First-lithiation capacity of the anode in mAh per g of cathode active material."""
        return self.np_ratio * self.cathode_capacity

    @property
    def first_charge_capacity(self) -> float:
        """Charge of the cathode from full to the reference potential, in mAh/g."""
        return float(
            self.cathode.specific_capacity * (1 - self.cathode.lithiation(self.reference_potential, "delithiation"))
        )

    @property
    def true_np_ratio(self) -> Any:
        """First-lithiation capacity of the anode over the first-charge capacity of the cathode."""
        return self.anode_capacity / self.first_charge_capacity

    @property
    def cyclable_lithium(self) -> float:
        """Lithium in the cathode between its limits, in mAh/g."""
        return self.cathode.specific_capacity

    @property
    def cathode_areal_capacity(self) -> Any:
        """Nominal areal capacity of the cathode, in mAh/cm2."""
        return None if self.anode_areal_capacity is None else np.asarray(self.anode_areal_capacity) / self.np_ratio

    @property
    def cathode_loading(self) -> Any:
        """Loading of cathode active material, in mg/cm2."""
        return None if self.anode_areal_capacity is None else 1e3 * self.cathode_areal_capacity / self.cathode_capacity

    @property
    def anode_loading(self) -> Any:
        """Loading of the anode, in mg/cm2 of what its capacity is counted per."""
        if self.anode_areal_capacity is None:
            return None
        return 1e3 * np.asarray(self.anode_areal_capacity) / self.anode.specific_capacity

    def first_cycle(
        self,
        upper_cutoff: Any,
        lower_cutoff: Any,
        *,
        loss: Loss | None = None,
        polarization: Any = 0.0,
        constant_voltage: bool = False,
        cathode_normalization: str = "half-cell",
        safe_cathode_potential: float = 4.35,
        warn: bool = True,
    ) -> FirstCycle:
        """Charge and discharge for the first time, near equilibrium.

        On charge the anode is on its first lithiation and the cathode on its delithiation, on discharge each on the
        other branch. An anode that reaches 0 V vs Li/Li+ stays there, while lithium plates.

        Parameters
        ----------
        upper_cutoff, lower_cutoff : array_like
            Cell voltages in V.
        loss : Loss, optional
            Lithium that stays in the anode; none if not given.
        polarization : array_like, optional
            Distance from equilibrium in V, positive: raises the voltage on charge and lowers it on discharge.
        constant_voltage : bool, optional
            Hold the lower cut-off until the current, and with it the polarization, has gone.
        cathode_normalization : {"half-cell", "lithium content"}, optional
            How the cathode's discharge continues its first charge. ``"half-cell"``: from the same potential, with its
            own reversible capacity, as the half-cell does. ``"lithium content"``: both curves are one function of the
            lithium content, so the cathode can take back all that it gave.
        safe_cathode_potential : float, optional
            In V vs Li/Li+: above it a warning tells so. A choice of the designer.
        warn : bool, optional
            Give what is in :attr:`FirstCycle.warnings` as :class:`sicell.SicellWarning` too.

        Returns
        -------
        FirstCycle

        Raises
        ------
        ValueError
            If the cut-offs are swapped, no state of the cell reaches them, or the loss leaves nothing to discharge.
        """
        shape, legs, extra = self._first_legs(
            upper_cutoff, lower_cutoff, loss, polarization, constant_voltage, cathode_normalization
        )
        charge, discharge = legs

        def out(value: Any) -> Any:
            return as_shape(np.broadcast_to(np.asarray(value, dtype=float), charge.capacity.shape), shape)

        full = isinstance(self.anode, Electrode)
        anode_capacity = charge.anode_capacity
        most = anode_capacity * self.anode.lithiation(0.0, "first lithiation") if full else np.nan
        probability = 0.0
        if full and self.anode.phase_change is not None:
            probability = self.anode.phase_change.probability(charge.end.lowest)
        areal = None, None
        if self.anode_areal_capacity is not None:
            ratio = self._flat(shape, self.anode_areal_capacity) / anode_capacity
            areal = out(charge.capacity * ratio), out((discharge.capacity + extra) * ratio)
        slopes = discharge.slopes()
        notes = self._notes(charge, self._flat(shape, self.np_ratio), safe_cathode_potential)
        if warn and notes:
            warnings.warn("; ".join(notes), SicellWarning, stacklevel=2)
        return FirstCycle(
            np_ratio=out(self._flat(shape, self.np_ratio)),
            true_np_ratio=out(anode_capacity / charge.capacity),
            charge_capacity=out(charge.capacity),
            discharge_capacity=out(discharge.capacity),
            constant_voltage_capacity=out(extra),
            areal_charge_capacity=areal[0],
            areal_discharge_capacity=areal[1],
            initial_coulombic_efficiency=out(discharge.capacity / charge.capacity),
            lost_capacity=out(discharge.start.lost),
            plated_capacity=out(charge.end.plated),
            plating_margin=out(most / charge.capacity - 1),
            li15si4_probability=out(probability),
            **ends(charge, discharge, shape),
            limiting_electrode=as_shape(np.where(slopes[0] > slopes[1], "anode", "cathode"), shape),
            warnings=notes,
            legs=legs,
        )

    def calibrate_loss(
        self,
        initial_coulombic_efficiency: Any,
        upper_cutoff: Any,
        lower_cutoff: Any,
        *,
        lithiation_weight: Any = 0.0,
        cathode_normalization: str = "half-cell",
    ) -> Loss:
        """Find the loss with which this cell has a given initial coulombic efficiency.

        Parameters
        ----------
        initial_coulombic_efficiency : array_like
            0 to 1.
        upper_cutoff, lower_cutoff : array_like
            In V.
        lithiation_weight : array_like, optional
            See :class:`Loss`: 0 for a fixed share of the anode's capacity, 1 for a share of its lithiation.
        cathode_normalization : optional
            As for :meth:`first_cycle`.

        Returns
        -------
        Loss
            In closed form: the discharge capacity gives the cathode's potential, the cut-off the anode's, and the
            anode's curve what it still holds.

        Raises
        ------
        ValueError
            If no loss between 0 and 0.99 gives this efficiency.

        Examples
        --------
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
        shape, charge, (low, _) = self._first_charge(upper_cutoff, lower_cutoff, 0.0, efficiency, weight)
        efficiency, weight = self._flat(shape, efficiency), self._flat(shape, weight)
        start, scale = self._after_charge(charge, None, cathode_normalization)[:2]
        out = efficiency * charge.capacity
        place = start.cathode + out / scale
        curve = self.cathode.branch("lithiation").curve
        possible = place < curve.bounds[1] - 1e-9
        u = curve.potential(np.where(possible, place, start.cathode)) - low
        left = self.anode.lithiation(u, "delithiation", charge.end.lowest) * charge.anode_capacity
        # Lithium metal is stripped in full, so only the rest of the discharge comes out of the anode.
        given = out - charge.end.plated
        taken = charge.end.anode
        share = (taken - left - given) / ((1 - weight) * charge.anode_capacity + weight * taken - left)
        possible &= (share >= -1e-9) & (share <= 0.99) & (u > 0)
        if not possible.all():
            at = int(np.argmin(possible))
            raise ValueError(
                f"initial_coulombic_efficiency must be one that a loss between 0 and 0.99 can give, got "
                f"{efficiency[at]:g} at n/p {self._flat(shape, self.np_ratio)[at]:g}"
            )
        return Loss(as_shape(np.maximum(share, 0.0), shape), lithiation_weight)

    def cycle(
        self,
        cycles: int,
        upper_cutoff: Any,
        lower_cutoff: Any,
        *,
        loss: Loss | None = None,
        polarization: Any = 0.0,
        coulombic_efficiency: float = 1.0,
        cathode_normalization: str = "half-cell",
    ) -> Cycles:
        """Cycle on after the first cycle, without a further loss but that of the side reactions.

        Later charges take the anode along its lithiation branch. Where that is higher in potential than the first
        lithiation, the cathode is charged higher too, at large ratios beyond the curves: ``profile()`` marks it.

        Parameters
        ----------
        cycles : int
            At least 1.
        upper_cutoff, lower_cutoff, loss, polarization, cathode_normalization
            As for :meth:`first_cycle`.
        coulombic_efficiency : float, optional
            Share of each later charge that the anode stores; the rest is lost.

        Returns
        -------
        Cycles

        Raises
        ------
        ValueError
            As :meth:`first_cycle`.

        Examples
        --------
        >>> from sicell import electrodes
        >>> cell = FullCell(electrodes.ncm90(), electrodes.si_c(), 1.3)
        >>> run = cell.cycle(3, 4.25, 1.5, loss=Loss.fixed(0.15))
        >>> run.coulombic_efficiency.round(3).tolist()
        [0.829, 1.0, 1.0]
        """
        if not isinstance(cycles, (int, np.integer)) or cycles < 1:
            raise ValueError(f"cycles must be a whole number of at least 1, got {cycles!r}")
        efficiency = _check.between("coulombic_efficiency", coulombic_efficiency, 0.01, 1)
        shape, first, _ = self._first_legs(upper_cutoff, lower_cutoff, loss, polarization, False, cathode_normalization)
        legs = list(first)
        low, high = (self._flat(shape, value) for value in (lower_cutoff, upper_cutoff))
        over = self._flat(shape, polarization)
        for number in range(2, cycles + 1):
            last = legs[-1]
            scales = last.cathode_capacity, last.anode_capacity
            start = State(*(vars(last.end)[name] for name in ("cathode", "anode", "plated", "lost", "lowest")))
            charge = self._leg(_CHARGE, scales, start, high, over, number, "upper_cutoff")
            gone = (1 - efficiency) * charge.capacity
            end = charge.end
            start = State(end.cathode, end.anode - gone, end.plated, end.lost + gone, end.lowest)
            legs += [charge, self._leg(_DISCHARGE, scales, start, low, over, number, "lower_cutoff")]
        charges, discharges = legs[::2], legs[1::2]

        def stack(values: Any) -> np.ndarray:
            return np.array([value.reshape(shape) for value in values])

        into, out = stack(leg.capacity for leg in charges), stack(leg.capacity for leg in discharges)
        return Cycles(
            self.np_ratio,
            into,
            out,
            out / into,
            stack(leg.anode_potential for leg in charges),
            stack(leg.cathode_potential for leg in discharges),
            tuple(legs),
        )

    @staticmethod
    def _flat(shape: tuple[int, ...], value: Any) -> np.ndarray:
        """One value for each cell."""
        return np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype=float), shape)).ravel()

    def _leg(self, branches: Any, scales: Any, start: State, cutoff: Any, over: Any, number: int, name: str) -> Leg:
        """Run one half-cycle of all cells, and refuse if a cell cannot reach the cut-off."""
        leg, missed = run_leg(self.cathode, self.anode, branches, scales, start, cutoff, over, number)
        if name == "upper_cutoff" and number == 1:
            missed |= leg.cathode_potential > self.cathode.upper_limit + 1e-9
        if missed.any():
            at = int(np.argmax(missed))
            raise ValueError(
                f"{name} must be a voltage that the cell reaches with the cathode below {self.cathode.upper_limit:g} V "
                f"and the anode between 0 V and empty, got {cutoff[at]:g} V"
                + ("" if cutoff.size == 1 else f" at position {at}")
            )
        return leg

    def _first_charge(
        self, upper_cutoff: Any, lower_cutoff: Any, polarization: Any, *others: Any
    ) -> tuple[tuple[int, ...], Leg, tuple[np.ndarray, np.ndarray]]:
        """Check the arguments and charge for the first time; returns shape, leg, lower cut-off and polarization."""
        cutoffs = {}
        for name, value in (("upper_cutoff", upper_cutoff), ("lower_cutoff", lower_cutoff)):
            cutoffs[name] = _check.finite(name, value, "V")
            if np.max(np.abs(cutoffs[name])) > 10:
                raise ValueError(
                    f"{name} must be a cell voltage in V (divide by 1000 if it is in mV), "
                    f"got {np.ravel(cutoffs[name])[0]:g}"
                )
        polarization = _check.non_negative("polarization", polarization, "V")
        shape = np.broadcast_shapes(*(np.shape(v) for v in (self.np_ratio, *cutoffs.values(), polarization, *others)))
        high, low, over = (self._flat(shape, value) for value in (*cutoffs.values(), polarization))
        if (low >= high).any():
            at = int(np.argmax(low >= high))
            raise ValueError(f"lower_cutoff must be below upper_cutoff (in V), got {low[at]:g} and {high[at]:g}")
        cells = np.ones(high.shape)
        capacity = self._flat(shape, self.anode_capacity) if isinstance(self.anode, Electrode) else cells * np.nan
        start = State(cells, 0 * cells, 0 * cells, 0 * cells, cells * self.cathode.lower_limit)
        scales = self.cathode.specific_capacity * cells, capacity
        return shape, self._leg(_FIRST, scales, start, high, over, 1, "upper_cutoff"), (low, over)

    def _after_charge(self, charge: Leg, loss: Loss | None, normalization: str) -> tuple[State, np.ndarray, np.ndarray]:
        """State in which the first discharge starts, and the capacities of cathode and anode from then on."""
        _check.choice("cathode_normalization", normalization, _NORMALIZATIONS)
        end = charge.end
        if normalization == "half-cell":
            place = self.cathode.lithiation(charge.cathode_potential, "lithiation")
            scale = np.full(place.shape, self.cathode.reversible_capacity)
        else:
            place, scale = end.cathode, charge.cathode_capacity
        if loss is None or isinstance(self.anode, ReferenceElectrode):
            return State(place, end.anode, end.plated, end.lost, end.lowest), scale, charge.anode_capacity
        lost = np.ravel(loss.of(end.anode, charge.anode_capacity))
        left = (1 - np.asarray(loss.share)) * charge.anode_capacity
        if (end.anode <= lost).any():
            at = int(np.argmax(end.anode <= lost))
            raise ValueError(
                f"loss must leave lithium to discharge, got {lost[at]:.4g} lost of {end.anode[at]:.4g} mAh/g taken"
            )
        return State(place, end.anode - lost, end.plated, lost, end.lowest), scale, left

    def _first_legs(
        self,
        upper_cutoff: Any,
        lower_cutoff: Any,
        loss: Loss | None,
        polarization: Any,
        constant_voltage: bool,
        normalization: str,
    ) -> tuple[tuple[int, ...], tuple[Leg, Leg], np.ndarray]:
        """First charge and discharge, and what the constant-voltage step gave."""
        others = () if loss is None else (loss.share, loss.lithiation_weight)
        shape, charge, (low, over) = self._first_charge(upper_cutoff, lower_cutoff, polarization, *others)
        if loss is not None:
            loss = Loss(self._flat(shape, loss.share), self._flat(shape, loss.lithiation_weight))
        start, *scales = self._after_charge(charge, loss, normalization)
        discharge = self._leg(_DISCHARGE, scales, start, low, over, 1, "lower_cutoff")
        extra = np.zeros(over.shape)
        if constant_voltage and over.any():
            before = discharge.capacity
            discharge = self._leg(_DISCHARGE, scales, start, low, 0 * over, 1, "lower_cutoff")
            extra = discharge.capacity - before
        return shape, (charge, discharge), extra

    def _notes(self, charge: Leg, ratio: np.ndarray, safe: float) -> tuple[str, ...]:
        """Collect what a designer needs to know."""
        notes = []

        def note(where: np.ndarray, text: str) -> None:
            if where.any():
                cells = "" if where.size == 1 else f" (n/p {ratio[where].min():g} to {ratio[where].max():g})"
                notes.append(text + cells)

        note(charge.end.plated > 0, "the anode reaches 0 V vs Li/Li+ before the cut-off: lithium plates")
        full = (charge.end.anode / charge.anode_capacity > 1) & (charge.end.plated <= 0)
        note(full, "the anode is lithiated beyond its first-lithiation capacity, where its curve is an extrapolation")
        note(charge.cathode_potential > safe, f"the cathode is charged above {safe:g} V vs Li/Li+")
        return tuple(notes)
