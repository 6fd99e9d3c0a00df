"""All cells of one call, flattened, and the half-cycles that they run."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sicell import _check
from sicell.balancing._half_cycle import HalfCycle
from sicell.balancing._legs import Leg, run_leg
from sicell.balancing._limits import as_shape
from sicell.balancing._loss import Loss
from sicell.balancing._pair import Pair
from sicell.balancing._result import FirstCycle, ends
from sicell.electrodes import Electrode, State

# Potential above which a cathode is taken to suffer, in V vs Li/Li+.
_SAFE = 4.35
_NORMALIZATIONS = ("half-cell", "end of lithiation", "lithium content")


def _returning(cathode: Electrode, normalization: str) -> Electrode:
    """Cathode that takes lithium back as a normalization says."""
    turns = "lithium" if normalization == "lithium content" else "potential"
    changes = {"turns": turns} if normalization == "half-cell" else {"turns": turns, "retained": 1.0}
    return replace(cathode, parts=[replace(part, **changes) for part in cathode.parts], reversible_capacity=None)


class Cells:
    """All cells of one call, flattened, and their half-cycles."""

    def __init__(
        self,
        cell: Pair,
        steps: Sequence[HalfCycle],
        loss: Loss | None,
        normalization: str,
        prelithiation: Any = 0.0,
    ) -> None:
        self.cell = cell
        for step in steps:
            name = "upper_cutoff" if step.charging else "lower_cutoff"
            if np.max(np.abs(_check.finite(name, step.cutoff, "V"))) > 10:
                raise ValueError(
                    f"{name} must be a cell voltage in V (divide by 1000 if it is in mV), "
                    f"got {np.ravel(step.cutoff)[0]:g}"
                )
            _check.non_negative("polarization", step.polarization, "V")
        _check.choice("cathode_normalization", normalization, _NORMALIZATIONS)
        loss = Loss(0.0) if loss is None else _check.instance("loss", loss, Loss, "a Loss such as Loss.fixed(0.1)")
        many = cell.cathode.many, getattr(cell.anode, "many", ())
        _check.between("prelithiation", prelithiation, 0, 0.99)
        own = [value for step in steps for value in (step.cutoff, step.polarization)]
        numbers = cell.np_ratio, loss.share, loss.lithiation_weight, loss.oxidation, prelithiation, *own
        self.shape = np.broadcast_shapes(*many, *(np.shape(value) for value in numbers))
        high, low = (
            np.max([self.flat(step.cutoff) for step in steps if step.charging is charging], axis=0)
            for charging in (True, False)
        )
        if (low >= high).any():
            at = int(np.argmax(low >= high))
            raise ValueError(f"lower_cutoff must be below upper_cutoff (in V), got {low[at]:g} and {high[at]:g}")
        self.loss = Loss(*(self.flat(value) for value in (loss.share, loss.lithiation_weight, loss.oxidation)))
        self.cathode = _returning(cell.cathode, normalization).spread(self.shape)
        self.usual = cell.cathode.spread(self.shape) if normalization == "end of lithiation" else None
        self.anode = cell.anode.spread(self.shape) if isinstance(cell.anode, Electrode) else cell.anode
        self.scales = self.flat(cell.cathode.specific_capacity), self.flat(cell.anode_capacity)
        self.prelithiation = self.flat(prelithiation)
        # Draws that fail are left out; a cell that fails is refused.
        self.refuse = not any(many)

    def flat(self, value: Any) -> np.ndarray:
        """One value for each cell."""
        return np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype=float), self.shape)).ravel()

    def leg(
        self,
        states: tuple[State, State],
        plated: np.ndarray,
        step: HalfCycle,
        *,
        number: int = 1,
        cycle: int = 1,
        first: bool = False,
        holding: bool = False,
    ) -> Leg:
        """Run one half-cycle of all cells, and refuse if a cell cannot reach the cut-off."""
        cutoff, over = self.flat(step.cutoff), self.flat(step.polarization)
        directions = ("delithiation", "lithiation")
        paths = [
            electrode.follow(state, direction)
            for electrode, state, direction in zip(
                (self.cathode, self.anode), states, directions if step.charging else directions[::-1], strict=True
            )
        ]
        if self.usual is not None and not step.charging:
            # The discharge ends where the half-cell's does, without being rescaled to it.
            like = self.usual.follow(states[0], directions[1])
            paths[0] = replace(paths[0], most=like.lithium(np.full(cutoff.shape, 0.0) + self.usual.lower_limit))
        # So much of the first charge comes out of the electrolyte that the cathode gives the less.
        scales = (self.scales[0] / (1 - self.loss.oxidation), self.scales[1]) if first else self.scales
        leg, missed = run_leg(*paths, scales, plated, cutoff, over, (number, cycle))
        if not holding:
            missed |= leg.capacity <= 0
        if first:
            missed |= leg.cathode_potential > self.cathode.upper_limit + 1e-9
        if self.refuse and missed.any():
            at = int(np.argmax(missed))
            raise ValueError(
                f"{'upper' if step.charging else 'lower'}_cutoff must be a voltage that the cell reaches with the "
                f"cathode below {self.cathode.upper_limit:g} V and the anode between 0 V and empty, "
                f"got {cutoff[at]:g} V" + ("" if cutoff.size == 1 else f" at position {at}")
            )
        return leg

    def start(self) -> tuple[State, State]:
        """States in which the cell is assembled."""
        cathode, anode = self.cathode.start(full=True), self.anode.start()
        if self.prelithiation.any():
            if not isinstance(self.anode, Electrode):
                raise ValueError(f"prelithiation must be left out beside {self.anode.name}")
            path = self.anode.follow(anode, "lithiation")
            anode = path.stop(path.potential(self.prelithiation), self.prelithiation)
        return cathode, anode

    def charge(self, step: HalfCycle) -> Leg:
        """Charge for the first time."""
        return self.leg(self.start(), np.zeros(self.shape).ravel(), step, first=True)

    def lose(
        self, states: tuple[State, State], lost: Any = 0.0, side: Any = 0.0
    ) -> tuple[tuple[State, State], np.ndarray, Any]:
        """States in which a discharge starts; all lithium lost until then, and the side reactions' part of it.

        In mAh per g of cathode. A later charge loses what the loss of all that the anode ever held at once exceeds
        that before.
        """
        cathode, anode = states
        if not isinstance(self.anode, Electrode):
            return states, np.zeros(self.shape).ravel(), side
        held = anode.lithium * self.scales[1]
        taken = held + lost - side
        # What side reactions took is part of the loss, and the least of it.
        kept = sum(part.kept for part in anode.parts.values()) * self.scales[1]
        total = np.maximum(np.ravel(self.loss.of(taken, self.scales[1])), kept + lost - side)
        new = total - kept - (lost - side)
        if self.refuse and (taken <= total).any():
            at = int(np.argmax(taken <= total))
            raise ValueError(
                f"loss must leave lithium to discharge, got {total[at]:.4g} lost of {taken[at]:.4g} mAh/g taken"
            )
        return (cathode, anode.lose(np.clip(new / np.maximum(held - kept, 1e-300), 0, 1))), total, kept

    def calibrate(self, charge: Leg, efficiency: Any, lower_cutoff: Any) -> np.ndarray:
        """Share of the loss that gives the efficiency in each cell; NaN where there is none."""
        cathode, anode = charge.ends
        out = self.flat(efficiency) * charge.capacity
        place = cathode.lithium + out / self.scales[0]
        u = self.cathode.follow(cathode, "lithiation").potential(place) - self.flat(lower_cutoff)
        taken = anode.lithium * self.scales[1]
        side = sum(part.kept for part in anode.parts.values()) * self.scales[1]
        # Without a loss, so much would come out of the anode; a loss takes the same share of it everywhere.
        whole = taken - self.anode.follow(anode, "delithiation").lithium(np.nan_to_num(u)) * self.scales[1]
        # Lithium metal is stripped in full, so only the rest of the discharge comes out of the anode.
        gone = 1 - (out - charge.plated[1]) / whole
        weight = self.loss.lithiation_weight
        share = (side + gone * (taken - side)) / ((1 - weight) * self.scales[1] + weight * taken)
        possible = (gone >= -1e-9) & (share <= 0.99) & (u > 0)
        return np.where(possible, np.maximum(share, 0.0), np.nan)

    def first_cycle(self, steps: tuple[HalfCycle, HalfCycle]) -> FirstCycle:
        """Charge and discharge for the first time."""
        charge = self.charge(steps[0])
        states, lost, _ = self.lose(charge.ends)
        discharge = self.leg(states, charge.plated[1], steps[1], number=2)
        capacity = self.scales[1]
        most = np.nan if charge.alone else capacity * (charge.anode.lithium(np.zeros(1)) - charge.anode.start.lithium)
        change = None if charge.alone else self.anode.phase_change
        values = {
            "np_ratio": self.flat(self.cell.np_ratio),
            "true_np_ratio": capacity / charge.capacity,
            "charge_capacity": charge.capacity,
            "discharge_capacity": discharge.capacity,
            "initial_coulombic_efficiency": discharge.capacity / charge.capacity,
            "lost_capacity": lost,
            "plated_capacity": charge.plated[1],
            "plating_margin": most / charge.capacity - 1,
            "li15si4_probability": 0.0 if change is None else change.probability(charge.anode_potential),
        }
        full = charge.capacity.shape
        shaped = {
            name: None if value is None else as_shape(np.array(np.broadcast_to(value, full)), self.shape)
            for name, value in values.items()
        }
        places = ends(charge, discharge, self.shape)
        return FirstCycle(**shaped, **places, warnings=self._notes(charge), cell=self.cell, legs=(charge, discharge))

    def _notes(self, charge: Leg) -> tuple[str, ...]:
        """Collect what a designer needs to know."""
        notes, ratio = [], self.flat(self.cell.np_ratio)

        def note(where: np.ndarray, text: str) -> None:
            if where.any():
                cells = "" if where.size == 1 else f" (n/p {ratio[where].min():g} to {ratio[where].max():g})"
                notes.append(text + cells)

        note(charge.plated[1] > 0, "the anode reaches 0 V vs Li/Li+ before the cut-off: lithium plates")
        full = (charge.lithiations[0] > 1) & (charge.plated[1] <= 0)
        note(full, "the anode is lithiated beyond its first-lithiation capacity, where its curve is an extrapolation")
        note(charge.cathode_potential > _SAFE, f"the cathode is charged above {_SAFE:g} V vs Li/Li+")
        return tuple(notes)
