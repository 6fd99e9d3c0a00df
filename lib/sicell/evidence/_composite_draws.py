"""Silicon and carbon in one composite, with every assumption of the electrodes drawn from its declared range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sicell import electrodes, ledger
from sicell.evidence._registry import Computed
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
    stored : numpy.ndarray, shape (draws,)
        Share of that which is stored and not lost to the electrolyte.
    silicon, carbon : numpy.ndarray, shape (draws, 2)
        Charge between the cut-offs as a share of the capacity, and the mean potential of that charge in V.
    """

    capacity: float
    ratio: np.ndarray
    stored: np.ndarray
    silicon: np.ndarray
    carbon: np.ndarray

    def mean_potential(self, content: float) -> np.ndarray:
        """Return the mean delithiation potential at a silicon content (a mass fraction), V."""
        silicon = content * self.silicon[:, 0]
        carbon = (1 - content) * self.ratio * self.stored * self.carbon[:, 0]
        return (silicon * self.silicon[:, 1] + carbon * self.carbon[:, 1]) / (silicon + carbon)

    def first_lithiation(self, content: float) -> np.ndarray:
        """Return the capacity of the first lithiation at a silicon content, mAh per g Si-C."""
        return self.capacity * (content + (1 - content) * self.ratio)


def interval(quantity: Callable[[Draws], np.ndarray]) -> Computed:
    """Return a quantity at the best values of all assumptions, with its 95 % interval over the draws."""
    values = quantity(draw())
    lower, upper = np.quantile(values[1:], [0.025, 0.975])
    return Computed(float(values[0]), float(lower), float(upper))


@ledger.remember
def draw() -> Draws:
    """Draw all assumptions on silicon, shell, nanofibers and electrolyte, uniformly within their ranges."""
    generator = np.random.default_rng(_SEED)
    table = electrodes.assumptions().set_index(["electrode", "parameter"])
    # reading the rows notes the claims that some of the ranges were derived from
    for electrode in ("silicon", "carbon", "electrolyte"):
        ledger.parameters("electrodes.csv", electrode=electrode)

    def sample(electrode: str, parameter: str) -> np.ndarray:
        value, lower, upper = table.loc[(electrode, parameter), ["value", "lower", "upper"]].astype(float)
        return np.concatenate([[value], generator.uniform(lower, upper, _DRAWS)])

    silicon = electrodes.silicon()
    ratio, share = sample("carbon", "capacity_ratio"), sample("silicon", "li15si4_share")
    lower = sample("silicon", "lower_limit")
    upper = np.concatenate([[UPPER_CUTOFF[0]], generator.uniform(*UPPER_CUTOFF[1:], _DRAWS)])
    crystalline = share * silicon.phase_change.probability(lower)
    carbon_share = (1 - 0.37) * ratio / (0.37 + (1 - 0.37) * ratio)
    reduction = sample("electrolyte", "reduction_share") / carbon_share
    fibers = np.minimum(sample("carbon", "nanofiber_share") / carbon_share, 1 - reduction)
    reactions = [
        [sample("carbon-shell-delithiation", f"{quantity} of reaction {number}") for number in (1, 2, 3)]
        for quantity in ("potential", "fraction", "width")
    ]
    grid = np.linspace(silicon.lower_limit, silicon.upper_limit, _GRID)
    hosts = {
        "amorphous": silicon.branches["delithiation"].curve,
        "crystalline": silicon.branches["delithiation after Li15Si4"].curve,
        "graphite": electrodes.graphite().branch("delithiation").curve,
    }
    slopes = {name: curve.differential_capacity(grid) for name, curve in hosts.items()}
    moments: dict[str, list[tuple[float, float]]] = {"silicon": [], "carbon": []}
    for number in range(_DRAWS + 1):
        potentials, fractions, widths = ([one[number] for one in kind] for kind in reactions)
        shell = Msmr(potentials, np.divide(fractions, sum(fractions)), widths).differential_capacity(grid)
        fibrous = fibers[number] / (1 - reduction[number])
        curves = {
            "silicon": (1 - crystalline[number]) * slopes["amorphous"] + crystalline[number] * slopes["crystalline"],
            "carbon": (1 - fibrous) * shell + fibrous * slopes["graphite"],
        }
        inside = (grid >= lower[number]) & (grid <= upper[number])
        for name, slope in curves.items():
            charge = np.trapezoid(slope[inside], grid[inside])
            moments[name].append((charge, np.trapezoid((slope * grid)[inside], grid[inside]) / charge))
    return Draws(
        silicon.specific_capacity,
        ratio,
        1 - reduction,
        np.array(moments["silicon"]),
        np.array(moments["carbon"]),
    )
