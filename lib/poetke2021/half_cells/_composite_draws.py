"""Silicon and carbon in one composite, with every assumption of the electrodes drawn from its declared range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from companion import ledger
from companion.evidence import Computed
from poetke2021 import electrodes
from sicell.msmr import Msmr

#: Upper cut-off of the half-cells, V: value and range. The text does not give one; assumed.
UPPER_CUTOFF = (1.5, 1.0, 2.0)
_DRAWS = 200
_SEED = 20211
_GRID = 1200


@dataclass(frozen=True)
class Draws:
    """Delithiation of the two hosts in each draw; the first draw has every assumption at its best value.

    Attributes
    ----------
    capacity : float
        First lithiation of silicon, mAh/g.
    ratio : numpy.ndarray, shape (draws,)
        Capacity per gram of what is not silicon over that of silicon, on first lithiation.
    fibers, reduction : numpy.ndarray, shape (draws,)
        Shares of the first lithiation that nanofibers and the reduction of the electrolyte take.
    silicon, shell, graphite : numpy.ndarray, shape (draws, 2)
        Charge between the cut-offs as a share of the capacity, and the mean potential of that charge in V.
    """

    capacity: float
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


def interval(quantity: Callable[[Draws], np.ndarray]) -> Computed:
    """Return a quantity at the best values of all assumptions, with its 95 % interval over the draws."""
    values = quantity(draw())
    lower, upper = np.quantile(values[1:], [0.025, 0.975])
    return Computed(float(values[0]), float(lower), float(upper), draws=values[1:])


@ledger.remember
def draw() -> Draws:
    """Draw all assumptions on silicon, shell, nanofibers and electrolyte, uniformly within their ranges."""
    generator = np.random.default_rng(_SEED)
    table = electrodes.assumptions().set_index(["electrode", "parameter"])
    # reading the rows notes the claims that some of the ranges were derived from
    electrodes.note("silicon", "carbon", "electrolyte")

    def sample(electrode: str, parameter: str) -> np.ndarray:
        value, lower, upper = table.loc[(electrode, parameter), ["value", "lower", "upper"]].astype(float)
        return np.concatenate([[value], generator.uniform(lower, upper, _DRAWS)])

    silicon = electrodes.silicon()
    ratio, share = sample("carbon", "capacity_ratio"), sample("silicon", "li15si4_share")
    fibers, reduction = sample("carbon", "nanofiber_share"), sample("electrolyte", "reduction_share")
    lower = sample("silicon", "lower_limit")
    upper = np.concatenate([[UPPER_CUTOFF[0]], generator.uniform(*UPPER_CUTOFF[1:], _DRAWS)])
    crystalline = share * silicon.phase_change.probability(lower)
    reactions = [
        [sample("carbon-shell-delithiation", f"{quantity} of reaction {number}") for number in (1, 2, 3)]
        for quantity in ("potential", "fraction", "width")
    ]
    grid = np.linspace(silicon.lower_limit, silicon.upper_limit, _GRID)
    amorphous, after, graphite = (
        curve.differential_capacity(grid)
        for curve in (
            silicon.parts[0].branches["delithiation"].curve,
            silicon.parts[0].branches["delithiation after Li15Si4"].curve,
            electrodes.graphite().branch("delithiation").curve,
        )
    )
    moments: dict[str, list[tuple[float, float]]] = {"silicon": [], "shell": [], "graphite": []}
    for number in range(_DRAWS + 1):
        curve = Msmr(*([one[number] for one in kind] for kind in reactions)).normalized(grid[0], grid[-1])
        slopes = {
            "silicon": (1 - crystalline[number]) * amorphous + crystalline[number] * after,
            "shell": curve.differential_capacity(grid),
            "graphite": graphite,
        }
        inside = (grid >= lower[number]) & (grid <= upper[number])
        for name, slope in slopes.items():
            charge = np.trapezoid(slope[inside], grid[inside])
            moments[name].append((charge, np.trapezoid((slope * grid)[inside], grid[inside]) / charge))
    found = {name: np.array(rows) for name, rows in moments.items()}
    return Draws(silicon.specific_capacity, ratio, fibers, reduction, **found)
