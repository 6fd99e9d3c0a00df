"""Electrodes of a user's own data."""

import warnings
from typing import Any

import numpy as np

from sicell import _check
from sicell.electrodes._parts import BRANCHES, Branch, Part
from sicell.msmr import Msmr

# The least that is believed to be a capacity in mAh/g.
_LEAST = 5.0


def parts_from_data(
    measured: dict[str, tuple[Any, Any]], name: str, reactions: int, noise: float
) -> tuple[Any, float, tuple[float, float], float]:
    """Fit measured branches.

    Returns what makes the part of the electrode with its curves shifted by a potential in V, the capacity of the first
    branch between the limits, the limits (potentials that all branches have in common), and the curves' error in V.
    """
    for branch in measured:
        _check.choice("branch", branch, BRANCHES)
    fits = {key: Msmr.fit(*pair, reactions, noise=noise) for key, pair in measured.items()}
    lower = max(fit.lower_potential for fit in fits.values())
    upper = min(fit.upper_potential for fit in fits.values())
    if not lower < upper:
        raise ValueError(f"delithiation must overlap the other branch in potential, got {lower:g} V above {upper:g} V")
    between = {key: -np.diff(fit.curve.lithiation([lower, upper]))[0] * fit.capacity for key, fit in fits.items()}
    first = next(iter(between.values()))
    if first < _LEAST:
        message = f"capacity spans only {first:.3g} mAh/g; multiply Ah by 1000, divide by the mass in g"
        warnings.warn(message, _check.SicellWarning, stacklevel=3)

    def make(shift: Any = 0.0) -> Part:
        branches = {
            key: Branch(
                {name: fit.curve.shifted(shift).normalized(lower, upper)},
                (fit.lower_potential, fit.upper_potential),
                f"user's data, {1e3 * fit.rms:.2f} mV rms",
            )
            for key, fit in fits.items()
        }
        return Part(name, branches, retained=between.get("delithiation", first) / first)

    return make, first, (lower, upper), max(noise, *(fit.rms for fit in fits.values()))
