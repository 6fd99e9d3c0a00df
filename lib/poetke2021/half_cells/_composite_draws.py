"""Silicon and carbon in one composite, with every assumption of the electrodes drawn from its declared range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from companion import ledger
from companion.evidence import Computed
from poetke2021 import electrodes
from poetke2021.cells import summary
from sicell.msmr import Msmr

#: Upper cut-off of the half-cells, V: value and range. The text does not give one; assumed.
UPPER_CUTOFF = (1.5, 1.0, 2.0)
_DRAWS = 400
_SEED = 20211
_GRID = 1200


@dataclass(frozen=True)
class HostDraws:
    """Delithiation of the two hosts in each draw; the first draw has every assumption at its best value.

    Attributes
    ----------
    capacity : float
        First lithiation of silicon, mAh/g.
    curve : numpy.ndarray of int, shape (draws,)
        Which of the published curves amorphous silicon has.
    ratio : numpy.ndarray, shape (draws,)
        Capacity per gram of what is not silicon over that of silicon, on first lithiation.
    fibers, reduction : numpy.ndarray, shape (draws,)
        Shares of the first lithiation that nanofibers and the reduction of the electrolyte take.
    silicon, shell, graphite : numpy.ndarray, shape (draws, 2)
        Charge between the cut-offs as a share of the capacity, and the mean potential of that charge in V.
    """

    capacity: float
    curve: np.ndarray
    ratio: np.ndarray
    fibers: np.ndarray
    reduction: np.ndarray
    silicon: np.ndarray
    shell: np.ndarray
    graphite: np.ndarray

    def mean_potential(self, content: float) -> np.ndarray:
        """Return the mean delithiation potential at a silicon content (a mass fraction), V."""
        rest = (1 - content) * self.ratio / (content + (1 - content) * self.ratio)
        fibers = np.minimum(self.fibers, rest)
        shell = np.maximum(rest - fibers - self.reduction, 0.0)
        hosts = ((1 - rest, self.silicon), (shell, self.shell), (fibers, self.graphite))
        charge = sum(share * moments[:, 0] for share, moments in hosts)
        return sum(share * moments[:, 0] * moments[:, 1] for share, moments in hosts) / charge

    def first_lithiation(self, content: float) -> np.ndarray:
        """Return the capacity of the first lithiation at a silicon content, mAh per g Si-C."""
        return self.capacity * (content + (1 - content) * self.ratio)


def interval(quantity: Callable[[HostDraws], np.ndarray]) -> Computed:
    """Return a quantity's median with its 95 % interval over the draws, and the same with each curve of silicon."""
    values, curve = quantity(draw())[1:], draw().curve[1:]
    members = (replace(summary(values[curve == number]), draws=None) for number in np.unique(curve))
    return replace(summary(values), members=tuple(members))


@ledger.remember
def draw() -> HostDraws:
    """Draw all assumptions on silicon, shell, nanofibers and electrolyte, uniformly within their ranges."""
    generator = np.random.default_rng(_SEED)
    table = electrodes.assumptions().set_index(["electrode", "parameter"])
    # reading the rows notes the claims that some of the ranges were derived from
    electrodes.note("silicon", "carbon", "electrolyte")

    def sample(electrode: str, parameter: str) -> np.ndarray:
        value, lower, upper = table.loc[(electrode, parameter), ["value", "lower", "upper"]].astype(float)
        return np.concatenate([[value], generator.uniform(lower, upper, _DRAWS)])

    ratio, share = sample("carbon", "capacity_ratio"), sample("silicon", "li15si4_share")
    fibers, reduction = sample("carbon", "nanofiber_share"), sample("electrolyte", "reduction_share")
    lower = sample("silicon", "lower_limit")
    upper = np.concatenate([[UPPER_CUTOFF[0]], generator.uniform(*UPPER_CUTOFF[1:], _DRAWS)])
    change = electrodes.silicon().phase_change
    crystalline = share * change.probability(lower)
    stress = sample("silicon", "stress_shift")
    curves = electrodes.declared("silicon", "delithiation")
    # the first draw has the first curve
    chosen = np.concatenate([[0], generator.integers(0, len(curves), _DRAWS)])
    reactions = [
        [sample("carbon-shell-delithiation", f"{quantity} of reaction {number}") for number in (1, 2, 3)]
        for quantity in ("potential", "fraction", "width")
    ]
    silicon = electrodes.silicon()
    grid = np.linspace(silicon.lower_limit, silicon.upper_limit, _GRID)
    amorphous = [
        electrodes.silicon(curves={"delithiation": curve}).branch("delithiation", 1.0).curve.differential_capacity(grid)
        for curve in curves
    ]
    after = silicon.parts[0].curve("delithiation after Li15Si4").differential_capacity(grid)
    graphite = electrodes.graphite().branch("delithiation").curve.differential_capacity(grid)
    moments: dict[str, list[tuple[float, float]]] = {"silicon": [], "shell": [], "graphite": []}
    for number in range(_DRAWS + 1):
        curve = Msmr(*([one[number] for one in kind] for kind in reactions)).normalized(grid[0], grid[-1])
        slopes = {
            "silicon": np.interp(
                grid - stress[number],
                grid,
                (1 - crystalline[number]) * amorphous[chosen[number]] + crystalline[number] * after,
            ),
            "shell": curve.differential_capacity(grid),
            "graphite": graphite,
        }
        inside = (grid >= lower[number]) & (grid <= upper[number])
        for name, slope in slopes.items():
            charge = np.trapezoid(slope[inside], grid[inside])
            moments[name].append((charge, np.trapezoid((slope * grid)[inside], grid[inside]) / charge))
    found = {name: np.array(rows) for name, rows in moments.items()}
    return HostDraws(silicon.specific_capacity, chosen, ratio, fibers, reduction, **found)
