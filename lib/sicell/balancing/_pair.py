"""Two electrodes and the ratio of their capacities."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sicell import _check
from sicell.electrodes import Electrode, ReferenceElectrode


@dataclass(frozen=True, eq=False, repr=False)
class Pair:
    """What a :class:`FullCell` is made of; attributes as there."""

    cathode: Electrode
    anode: Electrode | ReferenceElectrode
    np_ratio: Any = None
    cathode_capacity: Any = None
    reference_potential: float = 4.3
    anode_areal_capacity: Any = None

    def __post_init__(self) -> None:
        for name, kinds in (("cathode", (Electrode,)), ("anode", (Electrode, ReferenceElectrode))):
            _check.instance(name, getattr(self, name), kinds, "an " + " or a ".join(kind.__name__ for kind in kinds))
        if isinstance(self.anode, ReferenceElectrode):
            if self.np_ratio is not None and not np.isnan(self.np_ratio).all():
                raise ValueError(f"np_ratio must be left out beside {self.anode.name}, got {self.np_ratio!r}")
            object.__setattr__(self, "np_ratio", np.nan)
        else:
            ratio = _check.positive("np_ratio", self.np_ratio)
            if not np.size(ratio):
                raise ValueError("np_ratio must be a number or an array of numbers, got none")
            if np.max(ratio) > 20:
                raise ValueError(f"np_ratio must be at most 20 (a ratio, not a percentage), got {np.max(ratio):g}")
            object.__setattr__(self, "np_ratio", ratio)
        reference = _check.finite("reference_potential", self.reference_potential, "V")
        reference = min(reference, np.min(self.cathode.upper_limit))
        if not reference > np.max(self.cathode.lower_limit):
            raise ValueError(
                f"reference_potential must be above the cathode's lower limit {np.max(self.cathode.lower_limit):g} V, "
                f"got {reference:g}"
            )
        object.__setattr__(self, "reference_potential", reference)
        if self.cathode_capacity is None:
            nominal = self.cathode.capacity_between(self.cathode.lower_limit, reference, "lithiation", False)
            object.__setattr__(self, "cathode_capacity", nominal)
        _check.positive("cathode_capacity", self.cathode_capacity, "mAh/g")
        if self.anode_areal_capacity is not None:
            _check.positive("anode_areal_capacity", self.anode_areal_capacity, "mAh/cm2")

    @property
    def anode_capacity(self) -> Any:
        """First-lithiation capacity of the anode in mAh per g of cathode active material."""
        return self.np_ratio * self.cathode_capacity

    @property
    def first_charge_capacity(self) -> Any:
        """Charge of the cathode from full to the reference potential, in mAh/g."""
        return self.cathode.specific_capacity * (1 - self.cathode.lithiation(self.reference_potential, "delithiation"))

    @property
    def true_np_ratio(self) -> Any:
        """First-lithiation capacity of the anode over the first-charge capacity of the cathode."""
        return self.anode_capacity / self.first_charge_capacity

    @property
    def cathode_areal_capacity(self) -> Any:
        """Nominal areal capacity of the cathode, in mAh/cm2."""
        return None if self.anode_areal_capacity is None else np.asarray(self.anode_areal_capacity) / self.np_ratio

    @property
    def cathode_loading(self) -> Any:
        """Loading of cathode active material, in mg/cm2."""
        return None if self.anode_areal_capacity is None else 1e3 * self.cathode_areal_capacity / self.cathode_capacity
