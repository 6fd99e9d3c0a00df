"""Galvanostatic cycling of a half-cell: voltage profiles, first-cycle loss, polarization.

Signs: charging current is positive. Lithium leaves the working electrode on charge, for an anode against lithium as
well as for a cathode, so that delithiation is charging throughout; the polarization adds to the voltage on charge.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sicell import _check, materials
from sicell.electrodes import Electrode, Path, State

__all__ = ["HalfCell", "cycle"]

# Points of each half-cycle.
_POINTS = 300


@dataclass(frozen=True, eq=False, repr=False)
class HalfCell:
    """Result of :func:`cycle`.

    Attributes
    ----------
    cycles : pandas.DataFrame
        Indexed by cycle: ``lithiation_capacity``, ``delithiation_capacity``, ``irreversible_capacity`` (mAh/g),
        ``coulombic_efficiency``, ``average_lithiation_voltage``, ``average_delithiation_voltage`` (V, weighted by
        charge), ``lowest_potential`` (equilibrium, V).
    per_gram_of : str
        What the gram is.
    """

    profile: pd.DataFrame
    cycles: pd.DataFrame
    per_gram_of: str

    def __repr__(self) -> str:
        first = self.cycles.iloc[0]
        return (
            f"HalfCell({len(self.cycles)} cycles; first: {first['lithiation_capacity']:.0f} in, "
            f"{first['delithiation_capacity']:.0f} out, mAh per g {self.per_gram_of})"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the profile with Battery Data Format column names.

        Returns
        -------
        pandas.DataFrame
            ``Test Time / s``, ``Voltage / V``, ``Current / A`` (of 1 cm2), ``Cycle Count / 1``, ``Step Count / 1``,
            ``Step Capacity / Ah`` (of 1 cm2); beyond the format: ``Specific Capacity / mAh g-1`` (from 0 in each
            step), ``Lithiation / 1``, ``Branch``, ``Extrapolated / 1``.
        """
        return self.profile.copy()


def cycle(
    electrode: Electrode,
    *,
    upper_cutoff: float,
    current_density: float,
    mass_loading: float,
    lower_cutoff: float | None = None,
    cycles: int = 3,
    irreversible_fraction: float | None = None,
    area_specific_resistance: float = 0.0,
) -> HalfCell:
    """Cycle an electrode against lithium at constant current between two cut-offs.

    An anode starts empty and takes lithium first; a cathode (lower limit above 2 V) starts full and gives it.

    Raises ValueError if the cut-offs are swapped or cannot be reached under this polarization, or an argument is out of
    its range.

    Parameters
    ----------
    electrode : Electrode
    upper_cutoff : float
        Of the cell voltage, in V.
    current_density : float
        In mA/cm2, positive.
    mass_loading : float
        In mg/cm2 of what the electrode's capacity is counted per.
    lower_cutoff : float, optional
        Of the cell voltage, in V; the electrode's lower limit if not given.
    cycles : int, optional
    irreversible_fraction : float, optional
        Share of the first half-cycle's charge that does not come back, between these cut-offs (1 - initial coulombic
        efficiency): the later capacity is set by it. If not given, it is that of the electrode.
    area_specific_resistance : float, optional
        In ohm cm2; see :func:`sicell.materials.ohmic_drop`.

    Examples
    --------
    >>> from sicell import electrodes
    >>> run = cycle(electrodes.silicon(), upper_cutoff=1.5, current_density=0.1, mass_loading=1.0,
    ...             irreversible_fraction=0.2)
    >>> run
    HalfCell(3 cycles; first: 3579 in, 2863 out, mAh per g Si)
    >>> [round(float(value), 3) for value in run.cycles["coulombic_efficiency"]]
    [0.8, 1.0, 1.0]
    """
    current = _check.positive("current_density", current_density, "mA/cm2")
    loading = _check.positive("mass_loading", mass_loading, "mg/cm2")
    _check.whole("cycles", cycles, 1)
    drop = materials.ohmic_drop(current, area_specific_resistance)
    low, high = _turning_points(electrode, lower_cutoff, upper_cutoff, drop)
    cathode = electrode.lower_limit > 2.0
    stops = {"lithiation": low, "delithiation": high}
    order = ("delithiation", "lithiation") if cathode else ("lithiation", "delithiation")
    state = electrode.start(full=cathode)
    if irreversible_fraction is not None:
        _check.between("irreversible_fraction", irreversible_fraction, 0, 0.99)
    frames, clock = [], 0.0
    for step in range(1, 2 * cycles + 1):
        path = electrode.follow(state, order[(step - 1) % 2])
        state = path.stop(stops[order[(step - 1) % 2]])
        frame = _profile(path, state, electrode.specific_capacity, drop)
        if step == 1 and irreversible_fraction is not None:
            state = _after_loss(electrode, path, state, order[1], stops[order[1]], irreversible_fraction)
        hours = frame["Specific Capacity / mAh g-1"] * 1e-3 * loading / current
        sign = 1 if path.branch == "delithiation" else -1
        frame.insert(0, "Test Time / s", clock + 3600 * hours)
        frame.insert(2, "Current / A", sign * 1e-3 * current)
        frame.insert(3, "Cycle Count / 1", (step + 1) // 2)
        frame.insert(4, "Step Count / 1", step)
        frame.insert(5, "Step Capacity / Ah", 1e-3 * current * hours)
        clock = frame["Test Time / s"].iloc[-1]
        frames.append(frame)
    profile = pd.concat(frames, ignore_index=True)
    return HalfCell(profile, _summary(profile).assign(lowest_potential=low), electrode.per_gram_of)


def _turning_points(
    electrode: Electrode, lower_cutoff: float | None, upper_cutoff: float, drop: float
) -> tuple[float, float]:
    """Equilibrium potentials at which the cell voltage, with its polarization, meets the cut-offs."""
    upper = _check.finite("upper_cutoff", upper_cutoff, "V")
    lower = electrode.lower_limit if lower_cutoff is None else _check.finite("lower_cutoff", lower_cutoff, "V")
    if not lower < upper:
        raise ValueError(f"lower_cutoff must be below upper_cutoff (in V), got {lower:g} and {upper:g}")
    low, high = lower + drop, upper - drop
    if not (electrode.lower_limit - 1e-12 <= low < high <= electrode.upper_limit + 1e-12):
        raise ValueError(
            f"lower_cutoff and upper_cutoff must be reached between the electrode's limits, "
            f"{electrode.lower_limit:g} to {electrode.upper_limit:g} V vs Li/Li+; with a polarization of {drop:.4g} V "
            f"they ask for {low:.4g} to {high:.4g} V"
        )
    return low, high


def _after_loss(
    electrode: Electrode, path: Path, state: State, direction: str, stop: float, irreversible: float
) -> State:
    """State after so much has gone that the way back to a potential loses the share that was asked for."""
    first = abs(state.lithium - path.start.lithium)
    second = abs(state.lithium - electrode.follow(state, direction).lithium(stop))
    left = (1 - irreversible) * first / second
    if left > 1 + 1e-9:
        raise ValueError(
            f"irreversible_fraction must be at least {1 - second / first:.4g}, which side reactions keep, "
            f"got {irreversible:g}"
        )
    return state.lose(1 - min(left, 1.0))


def _profile(path: Path, end: State, capacity: float, drop: float) -> pd.DataFrame:
    """Voltage against capacity of one half-cycle, with points close together where the voltage is steep."""
    start, stop = path.start.lithium, end.lithium
    potentials = np.linspace(path.start.potential, end.potential, _POINTS)
    lithium = np.sort((path.lithium(potentials) + np.linspace(start, stop, _POINTS)) / 2)
    lithium = np.clip(lithium if stop > start else lithium[::-1], *sorted((start, stop)))
    lithium[[0, -1]] = start, stop
    equilibrium = path.potential(lithium)
    equilibrium[[0, -1]] = path.start.potential, end.potential
    sign = 1 if path.branch == "delithiation" else -1
    return pd.DataFrame(
        {
            "Voltage / V": equilibrium + sign * drop,
            "Specific Capacity / mAh g-1": np.abs(lithium - start) * capacity,
            "Lithiation / 1": path.place(lithium),
            "Branch": path.branch,
            "Extrapolated / 1": path.extrapolated(equilibrium),
        }
    )


def _summary(profile: pd.DataFrame) -> pd.DataFrame:
    """One row for each cycle."""
    rows = {}
    for (number, _), part in profile.groupby(["Cycle Count / 1", "Step Count / 1"]):
        capacity = part["Specific Capacity / mAh g-1"].to_numpy()
        direction = "delithiation" if part["Branch"].iloc[0] == "delithiation" else "lithiation"
        row = rows.setdefault(number, {"first": capacity[-1]})
        row["second"] = capacity[-1]
        row[f"{direction}_capacity"] = capacity[-1]
        row[f"average_{direction}_voltage"] = np.trapezoid(part["Voltage / V"], capacity) / capacity[-1]
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("cycle")
    table["irreversible_capacity"] = table["first"] - table["second"]
    table["coulombic_efficiency"] = table["second"] / table["first"]
    kinds = ("lithiation_capacity", "delithiation_capacity", "irreversible_capacity", "coulombic_efficiency")
    return table[[*kinds, "average_lithiation_voltage", "average_delithiation_voltage"]]
