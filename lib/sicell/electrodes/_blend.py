"""Blends of electrodes at common potential."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sicell import _check
from sicell.electrodes._branch import mix
from sicell.electrodes._electrode import Electrode

__all__ = ["blend"]


def blend(name: str, electrodes: Sequence[tuple[Electrode, float]], per_gram_of: str = "blend") -> Electrode:
    """Blend electrodes: they share one potential, and their capacities add.

    Parameters
    ----------
    name : str
    electrodes : sequence of (Electrode, float)
        Each with its mass fraction; the fractions must add up to 1.
    per_gram_of : str, optional

    Returns
    -------
    Electrode
        Between the highest lower and the lowest upper limit; the Li15Si4 rule is that of the part that has one.

    Raises
    ------
    ValueError
        If the fractions do not add up to 1, the limits do not overlap, or two parts have a phase change.

    Examples
    --------
    >>> from sicell import electrodes
    >>> mixed = blend("Si/graphite", [(electrodes.silicon(), 0.1), (electrodes.graphite(), 0.9)])
    >>> mixed.lower_limit
    0.009
    >>> 680 < mixed.specific_capacity < 0.1 * 3579 + 0.9 * 372
    True
    """
    fractions = np.atleast_1d(_check.positive("mass fractions", [fraction for _, fraction in electrodes]))
    if not np.isclose(fractions.sum(), 1.0, atol=1e-9):
        raise ValueError(f"mass fractions must add up to 1, got {fractions.sum():g}")
    parts = [electrode for electrode, _ in electrodes]
    lower = max(part.lower_limit for part in parts)
    upper = min(part.upper_limit for part in parts)
    if not lower < upper:
        raise ValueError(f"limits of the parts must overlap, got {lower:g} V above {upper:g} V")
    changes = [part.phase_change for part in parts if part.phase_change is not None]
    if len(changes) > 1:
        raise ValueError("only one part of a blend may have a phase change")
    members = list(zip(parts, fractions, strict=True))
    branches, between = {}, {}
    for key in sorted({key for part in parts for key in part.branches}):
        kind = "specific_capacity" if key == "first lithiation" else "reversible_capacity"
        branches[key], between[key] = mix(
            [(part.name, part._plain(key), fraction * getattr(part, kind)) for part, fraction in members], lower, upper
        )
    later = next(between[key] for key in ("lithiation", "delithiation", "first lithiation") if key in between)
    density = None
    if all(part.density for part in parts):
        density = 1.0 / sum(fraction / part.density for part, fraction in members)
    return Electrode(
        name,
        branches,
        between.get("first lithiation", later),
        per_gram_of,
        lower,
        upper,
        density,
        later,
        changes[0] if changes else None,
    )
