"""The half-cell curve of two materials at common potential, for any share of the first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from sicell.balancing._half_cells import HalfCellCurve, half_cell

_NODES = 3000


@dataclass(frozen=True, eq=False)
class BlendCurve:
    """Potential of a blend: the lithiations of both parts add up, ``x(U) = w x_1(U) + (1 - w) x_2(U)``."""

    parts: tuple[str, ...]  #: Names of the first part, whose share w of the capacity is free, and of the second
    #: (nodes,): Potentials in V, falling, from the highest that one part has to the lowest that both have
    nodes: np.ndarray
    first: np.ndarray  #: (2, nodes): Lithiation of each part at the nodes, 0 to 1, and its slope against potential
    second: np.ndarray  #: (2, nodes): Lithiation of each part at the nodes, 0 to 1, and its slope against potential
    lower: float = 0.0
    upper: float = 1.0

    def at(self, x: np.ndarray, share: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return potential in V, its slope against stoichiometry and its derivative by the share.

        `x` has the shape (sets, points) and `share` one value for each set. Between nodes the curve is a monotone
        cubic in stoichiometry.
        """
        shares = np.atleast_1d(share).ravel()
        results = [self._one(row, w) for row, w in zip(x, np.broadcast_to(shares, len(x)), strict=True)]
        return tuple(np.array(part) for part in zip(*results, strict=True))

    def _one(self, x: np.ndarray, w: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        place = self.second[0] + w * (self.first[0] - self.second[0])
        left = np.clip(np.searchsorted(place, x) - 1, 0, place.size - 2)
        right = left + 1
        width = np.maximum(place[right] - place[left], 1e-15)
        low, high = self.nodes[left], self.nodes[right]
        secant = (high - low) / width
        rate = self.second[1] + w * (self.first[1] - self.second[1])
        begin, end = (np.maximum(1.0 / np.minimum(rate[i], -1e-9), 3 * secant) for i in (left, right))
        t = np.clip((x - place[left]) / width, 0.0, 1.0)
        bend, tail = begin + end - 2 * secant, 3 * secant - 2 * begin - end
        potential = low + width * t * (begin + t * (tail + t * bend))
        slope = begin + t * (2 * tail + 3 * t * bend)
        gap = self.first[0] - self.second[0]
        share = (low - potential) / np.maximum(low - high, 1e-15)
        return potential, slope, -slope * (gap[left] + share * (gap[right] - gap[left]))

    def potential(self, x: np.ndarray, share: Any) -> np.ndarray:
        """Return the potential only."""
        return self.at(x, share)[0]


def negative_curve(given: Any, half_cycle: str) -> HalfCellCurve | BlendCurve:
    """Return the curve of a negative electrode: of one material, or of two by name, whose shares are to be found.

    Raises ValueError if there are not two, or they have no range of potentials in common.
    """
    if isinstance(given, BlendCurve):
        return given
    if not isinstance(given, Mapping):
        return half_cell(given, "negative", half_cycle)
    if len(given) != 2:
        raise ValueError(
            f"negative must be two materials by name, such as {{'Si': silicon(), 'C': graphite()}}, got {len(given)}"
        )
    for name in given:
        if not (isinstance(name, str) and name.isidentifier()):
            raise ValueError(f"negative must name its materials by words like 'Si', got {name!r}")
    curves = [half_cell(part, "negative", half_cycle) for part in given.values()]
    inverses = [_inverse(curve) for curve in curves]
    highest = min(inverse.x[-1] for inverse in inverses)
    lowest = max(inverse.x[0] for inverse in inverses)
    if not lowest < highest:
        raise ValueError(
            f"negative must be materials with potentials in common, got one above {lowest:.3g} V and the other below "
            f"{highest:.3g} V"
        )
    # Above its own highest potential a part is empty, while the other may still hold lithium.
    highest = max(inverse.x[-1] for inverse in inverses)
    nodes = np.union1d(np.linspace(lowest, highest, 400), np.concatenate([inverse.x for inverse in inverses]))
    nodes = nodes[(nodes >= lowest) & (nodes <= highest)][::-1]
    # As many nodes as needed, spread evenly over what changes: both lithiations and the potential.
    path = sum(_held(inverse, nodes)[0] for inverse in inverses) + 0.3 * (highest - nodes)
    nodes = np.interp(np.linspace(path[0], path[-1], _NODES), path, nodes)
    tables = []
    for inverse in inverses:
        table = np.array(_held(inverse, nodes))
        table[0] -= table[0, 0]
        tables.append(table / table[0, -1])
    return BlendCurve(tuple(given), nodes, *tables)


def _held(inverse: PchipInterpolator, potential: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Stoichiometry of a part and its slope, constant above its highest potential."""
    inside = np.minimum(potential, inverse.x[-1])
    return inverse(inside), np.where(potential > inverse.x[-1], 0.0, inverse(inside, 1))


def _inverse(curve: HalfCellCurve) -> PchipInterpolator:
    """Stoichiometry as a function of potential."""
    place = np.union1d(curve.potential.x, np.linspace(curve.lower, curve.upper, 2000))
    potential, first = np.unique(curve.potential(place)[::-1], return_index=True)
    return PchipInterpolator(potential, place[::-1][first])
