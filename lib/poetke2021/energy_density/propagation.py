"""What assumed numbers do to projected energies, and what projected energies leave of the assumed numbers."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from poetke2021.stack import ranges
from sicell import _check
from sicell._solve._executor import bar
from sicell.energy import Design

QUANTITIES = ("specific_energy", "energy_density")
_CHUNK = 100_000
# Pore volumes that are tried on each stack whose mass fits: they change thicknesses only.
_REPEATS = 40
_ONLY_VOLUME = ("cathode_porosity", "anode_porosity")


def _changed(design: Design, numbers: dict[str, Any]) -> Design:
    """Return the design with parameters named as in :func:`ranges`."""
    densities = {key.removeprefix("density of "): v for key, v in numbers.items() if key.startswith("density of ")}
    plain = {key: value for key, value in numbers.items() if not key.startswith("density of ")}
    return design.change(**plain, densities={**design.densities, **densities})


def sensitivities(design: Design, np_ratio: float) -> pd.DataFrame:
    """Move one assumed number at a time from one end of its range to the other.

    One row a parameter as named by :func:`ranges`, the one that moves the energy density most first: ``parameter``,
    ``lower``, ``upper``, ``unit``, ``specific_energy_lower``, ``specific_energy_upper`` (W h/kg with the parameter at
    its lower and upper end) and the same of ``energy_density`` (W h/l).
    """
    table = ranges(design)
    ends = {}
    for end in ("lower", "upper"):
        cells = [_changed(design, {name: row[end]}).unit_cell(np_ratio) for name, row in table.iterrows()]
        for quantity in QUANTITIES:
            ends[f"{quantity}_{end}"] = [float(getattr(cell, quantity)) for cell in cells]
    columns = [f"{quantity}_{end}" for quantity in QUANTITIES for end in ("lower", "upper")]
    frame = table[["lower", "upper", "unit"]].assign(**ends)[["lower", "upper", "unit", *columns]].reset_index()
    span = (frame["energy_density_upper"] - frame["energy_density_lower"]).abs()
    return frame.loc[span.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


@dataclass(frozen=True, eq=False, repr=False)
class EnergyUncertainty:
    """Result of :func:`uncertainty`."""

    np_ratio: np.ndarray  #: (ratios,)
    #: (draws, ratios): In W h/kg and W h/l; in each draw the same stack at every ratio
    specific_energy: np.ndarray = field(repr=False)
    #: (draws, ratios): In W h/kg and W h/l; in each draw the same stack at every ratio
    energy_density: np.ndarray = field(repr=False)
    inputs: pd.DataFrame = field(repr=False)  #: What was drawn, one row a draw

    def _samples(self, quantity: str) -> np.ndarray:
        return getattr(self, _check.choice("quantity", quantity, QUANTITIES))

    def _at(self, ratio: float) -> int:
        return self.np_ratio.tolist().index(_check.choice("ratio", ratio, self.np_ratio.tolist()))

    def interval(self, quantity: str) -> pd.DataFrame:
        """Return ``median``, ``lower`` and ``upper`` end of the 95 % interval, indexed by ``np_ratio``.

        `quantity` is ``"specific_energy"`` or ``"energy_density"``.
        """
        return _interval(self._samples(quantity)).set_index(pd.Index(self.np_ratio, name="np_ratio"))

    def ratio(self, quantity: str, first: float, second: float) -> pd.Series:
        """Return median and 95 % interval of a quantity at one n/p ratio over that at another, draw by draw."""
        samples = self._samples(quantity)
        return _interval((samples[:, self._at(first)] / samples[:, self._at(second)])[:, None]).iloc[0]

    def difference(self, quantity: str, first: float, second: float) -> pd.Series:
        """Return median and 95 % interval of a quantity at the ratio `second` minus that at `first`, draw by draw."""
        samples = self._samples(quantity)
        return _interval((samples[:, self._at(second)] - samples[:, self._at(first)])[:, None]).iloc[0]


def _interval(samples: np.ndarray) -> pd.DataFrame:
    low, middle, high = np.quantile(samples, [0.025, 0.5, 0.975], axis=0)
    return pd.DataFrame({"median": middle, "lower": low, "upper": high})


def uncertainty(design: Design, np_ratio: Any, *, draws: int = 10_000) -> EnergyUncertainty:
    """Propagate what is assumed about the layers into the energies at ratios of shape (ratios,).

    Half of the draws of a number lie below its value and half above; 95 % lie between its two limits. Draws beyond what
    is thinkable are put at its edge. Raises ValueError if `draws` is below 10.
    """
    ratios = np.atleast_1d(_check.positive("np_ratio", np_ratio))
    random = np.random.default_rng(0)
    numbers = {}
    for name, row in ranges(design).iterrows():
        normal = random.standard_normal((_check.whole("draws", draws, 10), 1)) / 1.959963984540054
        span = np.where(normal > 0, row["upper"] - row["value"], row["value"] - row["lower"])
        numbers[name] = np.clip(row["value"] + normal * span, row["lowest"], row["highest"])
    cell = _changed(design, numbers).unit_cell(ratios)
    inputs = pd.DataFrame({name: values[:, 0] for name, values in numbers.items()})
    shape = (len(inputs), ratios.size)
    return EnergyUncertainty(
        ratios, *(np.array(np.broadcast_to(getattr(cell, quantity), shape)) for quantity in QUANTITIES), inputs
    )


@dataclass(frozen=True, eq=False, repr=False)
class Posterior:
    """Result of :func:`posterior`."""

    #: Stacks that have the energies: one row each, one column a parameter of :func:`ranges`, and
    #: ``voltage_times_utilization``
    samples: pd.DataFrame = field(repr=False)
    prior: pd.DataFrame = field(repr=False)  #: Lowest and highest of each parameter that was tried
    draws: int  #: Stacks that were tried for their mass
    complete: bool  #: False if the search was interrupted

    def interval(self) -> pd.DataFrame:
        """Return of each ``parameter`` median and 95 % interval, and of the prior ``lowest`` and ``highest``.

        Raises ValueError if no stack was found.
        """
        if self.samples.empty:
            raise ValueError(f"no stack among {self.draws} draws has these energies: widen tolerance or the ranges")
        found = _interval(self.samples.to_numpy()).set_index(pd.Index(self.samples.columns, name="parameter"))
        return found.join(self.prior)


def posterior(
    design: Design,
    np_ratio: Any,
    specific_energy: Any,
    energy_density: Any,
    *,
    tolerance: float = 0.01,
    draws: int = 2_000_000,
    seed: int = 0,
    progress: bool = True,
) -> Posterior:
    """Find the stacks that have given energies (W h/kg and W h/l, one a ratio), among all that are thinkable.

    Rejection (S. Tavaré, D. J. Balding, R. C. Griffiths, P. Donnelly, Genetics 145 (1997) 505): every parameter is
    drawn evenly between the lowest and the highest that is thinkable (``ranges``), and a stack is kept if all energies
    agree within the relative `tolerance`. The porosities of both electrodes change only volumes, so energies per mass
    are compared first, and each stack whose energies per mass fit is tried with many pairs of porosities. Kept stacks
    may share all but these. A progress bar is shown if a terminal can; interrupting returns what has been found so far.
    Raises ValueError if a number is not positive, or the energies are not one per ratio.
    """
    ratios = np.atleast_1d(_check.positive("np_ratio", np_ratio))
    wanted = []
    for name, value, unit in (
        ("specific_energy", specific_energy, "W h/kg"),
        ("energy_density", energy_density, "W h/l"),
    ):
        values = np.atleast_1d(_check.positive(name, value, unit))
        if values.shape != ratios.shape:
            raise ValueError(f"{name} must be one number for each of {ratios.size} ratios, got shape {values.shape}")
        wanted.append(values)
    tolerance = _check.positive("tolerance", tolerance)
    draws = _check.whole("draws", draws, 10)
    table = ranges(design)
    random = np.random.default_rng(seed)

    def draw(name: str, count: int) -> np.ndarray:
        return random.uniform(*table.loc[name, ["lowest", "highest"]], (count, 1))

    def near(values: Any, target: np.ndarray) -> np.ndarray:
        return (np.abs(values / target - 1) <= tolerance).all(axis=1)

    kept, tried, complete = [], 0, True
    with bar(draws, "stacks", progress) as shown:
        try:
            while tried < draws:
                count = min(_CHUNK, draws - tried)
                numbers = {name: draw(name, count) for name in table.index if name not in _ONLY_VOLUME}
                light = near(_changed(design, numbers).unit_cell(ratios).specific_energy, wanted[0])
                numbers = {name: np.repeat(values[light], _REPEATS, axis=0) for name, values in numbers.items()}
                numbers.update({name: draw(name, light.sum() * _REPEATS) for name in _ONLY_VOLUME})
                small = near(_changed(design, numbers).unit_cell(ratios).energy_density, wanted[1])
                kept.append(np.hstack([numbers[name][small] for name in table.index]))
                tried += count
                shown.update(count)
        except KeyboardInterrupt:
            complete = False
            shown.set_description("interrupted")
    samples = pd.DataFrame(np.vstack([np.empty((0, len(table))), *kept]), columns=table.index.tolist())
    samples["voltage_times_utilization"] = samples["voltage"] * samples["utilization"]
    return Posterior(samples, table[["lowest", "highest"]].copy(), tried, complete)
