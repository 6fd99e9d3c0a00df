"""Blends of electrodes at common potential."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sicell import _check
from sicell.electrodes._electrode import Electrode
from sicell.electrodes._parts import Branch, Part


def blend(name: str, electrodes: Sequence[tuple[Electrode, float]], per_gram_of: str = "blend") -> Electrode:
    """Blend electrodes: they share one potential, and their capacities add.

    Raises ValueError if the fractions do not add up to 1, the limits do not overlap, or two parts have a phase change.

    Each electrode comes with its mass fraction. The blend goes from the highest lower to the lowest upper limit; the
    Li15Si4 rule is that of the part that has one.

    >>> from sicell import electrodes
    >>> mixed = blend("Si/graphite", [(electrodes.silicon(), 0.1), (electrodes.graphite(), 0.9)])
    >>> mixed.lower_limit
    0.009
    >>> bool(680 < mixed.specific_capacity < 0.1 * 3579 + 0.9 * 372)
    True
    """
    fractions = np.atleast_1d(_check.positive("mass fractions", [fraction for _, fraction in electrodes]))
    if not np.isclose(fractions.sum(), 1.0, atol=1e-9):
        raise ValueError(f"mass fractions must add up to 1, got {fractions.sum():g}")
    members = [electrode for electrode, _ in electrodes]
    lower = max(electrode.lower_limit for electrode in members)
    upper = min(electrode.upper_limit for electrode in members)
    if not lower < upper:
        raise ValueError(f"limits of the parts must overlap, got {lower:g} V above {upper:g} V")
    found = [
        (electrode, part, fraction * electrode.specific_capacity * part.share)
        for electrode, fraction in zip(members, fractions, strict=True)
        for part in electrode.parts
    ]
    if sum(part.phase_change is not None for _, part, _ in found) > 1:
        raise ValueError("only one part of a blend may have a phase change")

    def window(part: Part, branch: str) -> float:
        """Share of a part's curve that lies between the limits of the blend."""
        curve = part.branch(branch).curve
        return curve.lithiation(lower) - curve.lithiation(upper)

    first = [capacity * window(part, "first lithiation") for _, part, capacity in found]
    parts = []
    for (electrode, part, capacity), size in zip(found, first, strict=True):
        label = electrode.name if len(electrode.parts) == 1 else f"{electrode.name}: {part.name}"
        branches = {
            key: Branch({label: one.curve.normalized(lower, upper)}, one.measured, one.source)
            for key, one in part.branches.items()
        }
        later = 0.0
        if part.reversible:
            later = capacity * part.retained * window(part, "lithiation") / size
        changed = {"name": label, "branches": branches, "share": size / sum(first), "retained": later}
        parts.append(replace(part, **changed))
    density = None
    if all(electrode.density for electrode in members):
        density = 1.0 / sum(
            fraction / electrode.density for electrode, fraction in zip(members, fractions, strict=True)
        )
    return Electrode(name, parts, sum(first), per_gram_of, lower, upper, density)
