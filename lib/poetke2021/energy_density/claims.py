"""Projected energy density: a stack of stated layers, beside the energies that the paper projects for two balances.

What the stack is made of comes from the ledger and from ``data/paper/layers.csv``; no function that is registered
here reads a projected energy. :func:`inversion`, :func:`rounding` and :func:`possible_stacks` do read them, and the
findings; none of these is compared with a claim.
"""

import functools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from companion import ledger
from companion.evidence import Computed, Step, computes, finding
from poetke2021 import cells, electrodes, stack
from poetke2021.energy_density import propagation
from poetke2021.energy_density.inversion import Inversion, invert
from sicell import balancing, energy

_ENDS = ("1.1", "2.0")


def np_ratios() -> tuple[float, float]:
    """Return the two n/p ratios for which the paper projects energies."""
    return tuple(ledger.value(f"np-ratio-{end}") for end in _ENDS)


@ledger.remember
def design() -> energy.Design:
    """Return the stack: the layers assumed, the voltage of the cell of the rate test and its printed slow capacity.

    Both balances have this one voltage and utilization: a projection is made for a cell design, from its nominal
    capacities.
    """
    ratio = ledger.value("np-ratio-rate-test")
    utilization = ledger.value("discharge-capacity-0.07") / ledger.value("ncm-maximum-capacity")
    return stack.si_c_ncm90(cells.first_cycle(ratio).mean_discharge_voltage, utilization)


@ledger.remember
def uncertainty() -> propagation.EnergyUncertainty:
    """Return the energies at both ratios with all that is assumed about the layers propagated."""
    return propagation.uncertainty(design(), np_ratios(), draws=4000)


@ledger.remember
def own_uncertainty() -> tuple[propagation.EnergyUncertainty, ...]:
    """Return the same with each balance's own modelled first discharge, lost lithium and all.

    Both ratios have the same draws of the layers, so they can be compared draw by draw.
    """
    found = []
    for own in own_first_discharge(np_ratios()).itertuples():
        stack = design().change(utilization=own.utilization, voltage=own.voltage)
        found.append(propagation.uncertainty(stack, own.np_ratio, draws=4000))
    return tuple(found)


def _draws(quantity: str, end: str, own: bool = False) -> np.ndarray:
    """Return the draws of an energy at one of the ratios, with one utilization for both or with each one's own."""
    place = _ENDS.index(end)
    return getattr(own_uncertainty()[place], quantity)[:, 0] if own else getattr(uncertainty(), quantity)[:, place]


def _ratio_draws(quantity: str, own: bool = False) -> np.ndarray:
    return _draws(quantity, "1.1", own) / _draws(quantity, "2.0", own)


def _without_pores(quantity: str, end: str) -> float:
    """Guess: the same stack, pressed without any pore."""
    dense = dict.fromkeys(("cathode_porosity", "anode_porosity", "separator_porosity"), 0.0)
    return float(getattr(design().change(**dense).unit_cell(ledger.value(f"np-ratio-{end}")), quantity))


def _ratio_without_pores(quantity: str) -> float:
    return _without_pores(quantity, "1.1") / _without_pores(quantity, "2.0")


def _register(quantity: str, end: str) -> None:
    """Compute the energy of one balance: with one utilization for both, and with its own first discharge."""
    name, guess = quantity.replace("_", "-"), functools.partial(_without_pores, quantity, end)
    draws = functools.partial(_draws, quantity, end)
    computes(f"projected-{name}-np-{end}", null=guess)(lambda: cells.summary(draws()))
    # what is uncertain about the layers moves both balances alike: the two correlate by 0.98 and more
    group = f"derived-{name}-np-{_ENDS[1]}-own-discharge"
    own = computes(f"derived-{name}-np-{end}-own-discharge", null=guess, group=group)
    own(lambda: _each_curve(draws(own=True), lambda per_gram: per_gram[_ENDS.index(end)]))


def _each_curve(draws: np.ndarray, of: Callable[[np.ndarray], float]) -> Computed:
    """Return draws in proportion to what `of` makes of the energies per gram of cathode, each curve a member."""
    factors = cells.each_curve(
        lambda curve: of(own_first_discharge(np_ratios(), curve)[["utilization", "voltage"]].prod(axis=1))
    )
    members = [replace(cells.summary(draws * factor / factors[0]), draws=None) for factor in factors]
    return replace(cells.ensemble(members), draws=draws)


def _register_ratio(quantity: str) -> None:
    """Compute the ratio of the two: no number of its own, but a sharper test of both."""
    stem, guess = f"derived-{quantity.replace('_', '-')}", functools.partial(_ratio_without_pores, quantity)
    draws = functools.partial(_ratio_draws, quantity)
    computes(f"{stem}-ratio", null=guess)(lambda: cells.summary(draws()))
    own = computes(f"{stem}-ratio-own-discharge", null=guess, group=f"{stem}-np-{_ENDS[1]}-own-discharge")
    own(lambda: _each_curve(draws(own=True), lambda per_gram: per_gram[0] / per_gram[1]))


for _quantity in ("specific_energy", "energy_density"):
    _register_ratio(_quantity)
    for _end in _ENDS:
        _register(_quantity, _end)


def _change_without_pores() -> float:
    return _without_pores("specific_energy", "2.0") - _without_pores("specific_energy", "1.1")


@computes("energy-density-trend-np", null=_change_without_pores)
def energy_density_trend() -> Computed:
    """Return the change of the energy per mass from n/p = 1.1 to 2.0, W h/kg; the guess is the stack without pores."""
    own = _draws("specific_energy", "2.0", own=True) - _draws("specific_energy", "1.1", own=True)
    return replace(
        cells.summary(_draws("specific_energy", "2.0") - _draws("specific_energy", "1.1")),
        members=(cells.summary(own),),
    )


@computes("projected-energy-density-trend-np", null=_change_without_pores, group="energy-density-trend-np")
def projected_energy_trend() -> Computed:
    """Return the change of the energy per mass from n/p = 1.1 to 2.0, W h/kg: said twice in the paper."""
    return energy_density_trend()


def fixed_cathode_ratio(quantity: str, own_discharge: bool = False) -> float:
    """Return the ratio of energies, n/p 1.1 to 2.0, if the cathode stayed as it is at 1.1 and the anode grew instead.

    A stronger guess than "no change": a reader could take a higher n/p ratio for more anode. The quantity is
    ``"specific_energy"`` or ``"energy_density"``; `own_discharge` lets each ratio deliver its own modelled first
    discharge, not the same energy per gram of cathode.
    """
    low, high = np_ratios()
    stack = design()
    share = 1.0
    if own_discharge:
        delivered = own_first_discharge([low, high])[["utilization", "voltage"]].prod(axis=1)
        share = float(delivered[0] / delivered[1])
    grown = stack.change(anode_areal_capacity=stack.anode_areal_capacity * high / low)
    ends = stack.unit_cell(low), grown.unit_cell(high)
    return share * float(getattr(ends[0], quantity) / getattr(ends[1], quantity))


@ledger.remember
def _voltages() -> dict[str, float]:
    """Return the mean discharge voltages of one cathode beside each anode: none loses lithium, all have one cut-off."""
    capacity, ratio = ledger.value("ncm-maximum-capacity"), ledger.value("np-ratio-1.1")
    nothing_lost = balancing.Loss.fixed(0.0)
    beside = {
        "lithium": balancing.FullCell(electrodes.ncm90(), electrodes.lithium(), cathode_capacity=capacity),
        "graphite": balancing.FullCell(electrodes.ncm90(), electrodes.graphite(), ratio, capacity),
        "Si–C": cells.cell(ratio),
    }
    return {
        name: cell.first_cycle(*cells.cutoffs(), loss=nothing_lost, warn=False).mean_discharge_voltage
        for name, cell in beside.items()
    }


def stacks(draws: int | None = None) -> dict[str, energy.UnitCell]:
    """Return unit cells that differ in the anode alone: lithium metal, graphite and Si-C beside one cathode.

    Parameters
    ----------
    draws : int, optional
        Draw the assumed composition of the graphite anode, the excess of lithium, the separator and the pores; if not
        given all are at their values.

    Returns
    -------
    dict of str to UnitCell
        At n/p = 1.1 where there is a ratio; every cell delivers the nominal capacity of the cathode at the mean voltage
        of a first discharge without loss, Si-C as well.
    """
    ratio, base = ledger.value("np-ratio-1.1"), design()
    nominal = base.anode_areal_capacity / ratio
    numbers = {}
    if draws is not None:
        table = stack.assumptions().set_index(["layer", "parameter"])
        random = np.random.default_rng(0)

        def draw(layer: str, parameter: str) -> np.ndarray:
            row = table.loc[(layer, parameter)]
            normal = random.standard_normal(draws) / 1.959963984540054
            span = np.where(normal > 0, row["upper"] - row["value"], row["value"] - row["lower"])
            return np.clip(row["value"] + normal * span, row["lowest"], row["highest"])

        layers = ("separator_thickness", "separator_porosity", "cathode_porosity", "anode_porosity")
        base = base.change(**{name: draw(*name.split("_")) for name in layers})
        numbers = {"active": draw("graphite anode", "active_fraction"), "excess": draw("lithium anode", "excess")}
    voltages = _voltages()
    silicon = base.change(utilization=1.0, voltage=voltages["Si–C"]).unit_cell(ratio)
    graphite = stack.graphite_anode(
        base.anode_areal_capacity,
        electrodes.graphite().specific_capacity,
        active_fraction=numbers.get("active"),
        porosity=base.anode_porosity,
    )
    lithium = stack.lithium_anode(nominal, excess=numbers.get("excess"))
    return {
        "lithium": silicon.with_layer("anode", lithium, voltage=voltages["lithium"]),
        "graphite": silicon.with_layer("anode", graphite, voltage=voltages["graphite"]),
        "Si–C": silicon,
    }


@ledger.remember
def lithium_gain(quantity: str = "energy_density") -> Computed:
    """Return by how much lithium metal raises an energy over graphite in the same stack, %.

    The value is without excess of lithium. The draws of the interval have an excess from zero up, never less, so it
    reaches further below the value for that reason alone.
    """
    drawn, plain = stacks(4000), stacks()
    gain = 100 * (getattr(drawn["lithium"], quantity) / getattr(drawn["graphite"], quantity) - 1)
    value = 100 * (getattr(plain["lithium"], quantity) / getattr(plain["graphite"], quantity) - 1)
    return Computed(float(value), *(float(end) for end in np.quantile(gain, [0.025, 0.975])))


@computes("lithium-energy-density-gain", null=0.0)
def lithium_energy_density_gain() -> Computed:
    """Return the theoretical gain in energy per volume of lithium without excess over graphite, %, none the guess."""
    return lithium_gain()


def projected() -> tuple[np.ndarray, np.ndarray]:
    """Return the printed energies at both ratios, W h/kg and W h/l; for what is not scored."""
    return tuple(
        np.array([ledger.value(f"projected-{name}-np-{end}") for end in _ENDS])
        for name in ("specific-energy", "energy-density")
    )


def inversion(energy_per_capacity_ratio: float = 1.0) -> Inversion:
    """Return the stack that the four printed energies determine.

    Parameters
    ----------
    energy_per_capacity_ratio : float, optional
        Voltage times utilization at n/p 1.1 over that at 2.0.
    """
    return invert(np_ratios(), *projected(), **_nominal(), energy_per_capacity_ratio=energy_per_capacity_ratio)


def _nominal() -> dict[str, float]:
    stack = design()
    return {
        "anode_areal_capacity": stack.anode_areal_capacity,
        "cathode_specific_capacity": stack.cathode_specific_capacity,
    }


def rounding(draws: int = 20_000) -> Inversion:
    """Return the stacks of all numbers that round to the four printed energies; arrays of shape (draws,)."""
    random = np.random.default_rng(0)
    numbers = [values[:, None] + random.uniform(-0.5, 0.5, (2, draws)) for values in projected()]
    return invert(np.array(np_ratios())[:, None], *numbers, **_nominal())


def possible_stacks(draws: int = 2_000_000, progress: bool = True) -> propagation.Posterior:
    """Return stacks of assumed layers whose energies agree with the four printed ones within 1 %."""
    return propagation.posterior(design(), np_ratios(), *projected(), draws=draws, progress=progress)


@finding("projection-takes-slow-capacity")
def projection_takes_slow_capacity() -> tuple[bool, list[Step]]:
    """Ask which voltage the projected energies need with the capacity of the cells that were cycled."""
    product = float(inversion().voltage_times_utilization)
    nominal, cycled = ledger.value("ncm-maximum-capacity"), ledger.value("second-cycle-capacity-np-2.0")
    slow, cutoff = ledger.value("discharge-capacity-0.07"), ledger.value("cell-upper-cutoff-voltage")
    steps = [
        Step("energy per nominal capacity of the cathode that the four numbers determine", product, "V"),
        Step("mean voltage needed with the best capacity of the cycled cells", product * nominal / cycled, "V"),
        Step("largest voltage that the cell ever has", cutoff, "V"),
        Step("mean voltage needed with the slow capacity at n/p 1.3", product * nominal / slow, "V"),
        Step("mean voltage needed with all of the nominal capacity", product, "V"),
    ]
    return product * nominal / cycled > cutoff, steps


@finding("projection-ignores-first-cycle-loss")
def projection_ignores_first_cycle_loss() -> tuple[bool, list[Step]]:
    """Give each balance the first discharge that its loss leaves, and ask what mass is left for the other layers."""
    low, high = np_ratios()
    delivered = [
        cycle.discharge_capacity * cycle.mean_discharge_voltage for cycle in (cells.first_cycle(r) for r in (low, high))
    ]
    own = delivered[0] / delivered[1]
    both = design().unit_cell(np.array([low, high]))
    cathode = both.layer("cathode").mass
    specific, _ = projected()
    # w1/w2 = own * (high/low) * (M + m2)/(M + m1), solved for M
    share = specific[0] / specific[1] / (own * high / low)
    left = (share * cathode[0] - cathode[1]) / (1 - share)
    anode = float(both.layer("anode").mass)
    steps = [
        Step("energy per gram of NCM, n/p 1.1 over 2.0, in the modelled first discharges", own),
        Step("ratio of the projected specific energies", specific[0] / specific[1]),
        Step("mass that this leaves for all but the cathode", left, "mg cm⁻²"),
        Step("mass of the anode composite alone", anode, "mg cm⁻²"),
        Step("mass of all but the cathode with one energy per gram of NCM", float(inversion().fixed_mass), "mg cm⁻²"),
    ]
    return left < anode, steps


def own_first_discharge(np_ratio: np.ndarray, curve: str = "") -> pd.DataFrame:
    """Return the energies if each balance delivers its own modelled first discharge, lost lithium and all.

    Parameters
    ----------
    np_ratio : array_like, shape (ratios,)
    curve : str, optional
        As for :func:`poetke2021.cells.cell`.

    Returns
    -------
    pandas.DataFrame
        ``np_ratio``, ``utilization``, ``voltage`` (V), ``specific_energy`` (W h/kg), ``energy_density`` (W h/l).
    """
    ratios = np.asarray(np_ratio, dtype=float)
    cycles = [cells.first_cycle(float(ratio), curve) for ratio in ratios]
    utilization = np.array([cycle.discharge_capacity for cycle in cycles]) / ledger.value("ncm-maximum-capacity")
    voltage = np.array([cycle.mean_discharge_voltage for cycle in cycles])
    cell = design().change(utilization=utilization, voltage=voltage).unit_cell(ratios)
    return pd.DataFrame(
        {
            "np_ratio": ratios,
            "utilization": utilization,
            "voltage": voltage,
            "specific_energy": cell.specific_energy,
            "energy_density": cell.energy_density,
        }
    )
