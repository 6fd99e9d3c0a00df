"""Targets for cells with an anode of graphite and silicon, beside PyBaMM's state of health: failures and time.

    python benchmarks/composite_state_of_health.py [--quick] [--peer N]

The grid is that of PyBaMM's pull request 5730 (147 of 8000 failed before it, none after, by its own account): 1000
states of charge from 0 to 1 and 1000 voltages from 2.5 to 4.2 V for each of four states of wear, with three directions
of the hysteresis, here in turn. The request does not say which four; those below are ours. Potentials, capacities and
lithium are those of PyBaMM's Chen2020_composite, and so are the rules: branches of charging at 100 %, of discharging at
0 %. A target fails if it raises, is not finite, or if lithium, voltage or the potentials of both materials, computed
anew by PyBaMM's functions, are off by more than 1e-4 (of the capacity; V). PyBaMM's graphite rises by 10 mV near a
stoichiometry of 0.0014, where its two terms meet: targets there have several answers, of which each solver takes one.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings

os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")

from _common import machine, table

# isort: split
import numpy as np

from sicell.balancing import stoichiometry_limits

OPTIONS = {"particle phases": ("2", "1"), "open-circuit potential": (("single", "current sigmoid"), "single")}
# Shares that are left of graphite, silicon, positive electrode and lithium.
WEAR = {"new": (1, 1, 1, 1), "less silicon": (1, 0.5, 1, 0.95), "worn": (0.85, 0.3, 0.9, 0.8), "poor": (1, 1, 1, 0.6)}
BRANCHES = {"charge": ["lithiation"], "discharge": ["delithiation"], None: ["lithiation", "delithiation"]}
TOLERANCE = 1e-4


class Potentials:
    """PyBaMM's potentials of its parameter set as functions of arrays."""

    def __init__(self, pybamm):
        self.pybamm, self.values = pybamm, pybamm.ParameterValues("Chen2020_composite")
        self.param = pybamm.LithiumIonParameters(OPTIONS)

    def _of(self, phase, x, branch=None):
        return self.values.evaluate(phase.U(self.pybamm.Vector(x), self.param.T_ref, branch)).ravel()

    def graphite(self, x):
        """Return its potential."""
        return self._of(self.param.n.prim, x)

    def silicon(self, x, direction):
        """Return its potential; without a direction PyBaMM takes the mean of both branches."""
        return np.mean([self._of(self.param.n.sec, x, branch) for branch in BRANCHES[direction]], axis=0)

    def positive(self, y):
        """Return its potential."""
        return self._of(self.param.p.prim, y)

    def worn(self, shares):
        """Return the parameters of a worn cell, and its capacities and lithium in A h."""
        values, fresh = self.values.copy(), self.values
        names = [f"{phase}: Negative electrode active material volume fraction" for phase in ("Primary", "Secondary")]
        names.append("Positive electrode active material volume fraction")
        values.update({"Secondary: Initial hysteresis state in negative electrode": 0.0}, check_already_exists=False)
        values.update({name: fresh[name] * share for name, share in zip(names, shares, strict=False)})
        phases = self.param.n.prim, self.param.n.sec, self.param.p.prim
        sizes = np.array([float(values.evaluate(one.Q_init)) for one in phases])
        lithium = shares[3] * float(fresh.evaluate(self.param.Q_Li_particles_init))
        for place in ("Primary: {} negative", "Secondary: {} negative", "{} positive"):
            most = fresh[f"{place.format('Maximum concentration in')} electrode [mol.m-3]"]
            filled = most * lithium / sizes.sum()
            values[f"{place.format('Initial concentration in')} electrode [mol.m-3]"] = filled
        return values, sizes, lithium


class Anode:
    """Graphite and silicon at one potential: their joint stoichiometry, 0 to 1, as sums of inverses."""

    def __init__(self, known, sizes, direction):
        ends = np.geomspace(1e-9, 0.02, 100_000)
        place = np.unique(np.concatenate([ends, np.linspace(0.02, 0.98, 500_000), 1 - ends]))
        curves = known.graphite(place), known.silicon(place, direction)
        self.known, self.direction, self.place, self.sizes = known, direction, place, sizes[:2]
        # a potential that rises by PyBaMM's own rounding falls no more
        self.curves = [np.minimum.accumulate(one) for one in curves]
        both = np.concatenate(self.curves)
        self.nodes = np.unique(both[(both > -0.5) & (both < 4.5)])[::-1]
        self.total = self.sizes @ self.parts(self.nodes) / self.sizes.sum()

    def parts(self, potential):
        """Return the stoichiometries of both materials at a potential."""
        return np.array([np.interp(-potential, -curve, self.place) for curve in self.curves])

    def __call__(self, x):
        """Return the potential of the blend."""
        return np.interp(x, self.total, self.nodes)


def ours(known, shares, states, voltages):
    """Solve all targets of one state of wear; returns stoichiometries (targets, 3) and how far each is off."""
    _, sizes, lithium = known.worn(shares)
    anodes = {direction: Anode(known, sizes, direction) for direction in BRANCHES}
    capacity = sizes[:2].sum()

    def at(direction, voltage):
        cell = known.positive, anodes[direction], sizes[2], capacity, lithium
        return np.atleast_1d(stoichiometry_limits(*cell, np.min(voltage) - 0.1, voltage).x_100)

    empty, full = at("discharge", 2.5)[0], at("charge", 4.2)[0]
    found, off = np.full((states.size + voltages.size, 3), np.nan), np.full(states.size + voltages.size, np.inf)
    for number, (direction, anode) in enumerate(anodes.items()):
        rows = np.arange(number, len(found), 3)
        by_state, by_voltage = rows[rows < states.size], rows[rows >= states.size]
        x = np.concatenate([empty + states[by_state] * (full - empty),
                            at(direction, voltages[by_voltage - states.size])])  # fmt: skip
        x_1, x_2 = anode.parts(anode(x))
        y = (lithium - capacity * x) / sizes[2]
        found[rows] = np.column_stack([x_1, x_2, y])
        u_1, u_2 = known.graphite(x_1), known.silicon(x_2, direction)
        wrong = [np.abs(u_1 - u_2), np.abs(sizes @ found[rows].T - lithium) / capacity]
        missed = np.zeros(rows.size)
        missed[by_state.size :] = np.abs(known.positive(y) - u_1 - np.append(states, voltages)[rows])[by_state.size :]
        off[rows] = np.max([*wrong, missed], axis=0)
    return found, off


def peer(known, shares, targets, found):
    """Solve targets with PyBaMM; returns failures, seconds for each, and the largest difference of the others."""
    values, _, _ = known.worn(shares)
    solve = known.pybamm.lithium_ion.get_initial_stoichiometries_composite
    failures, apart, directions, begin = 0, 0.0, list(BRANCHES), time.perf_counter()
    for number, target in targets:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                one = solve(target, values, directions[number % 3], known.param, OPTIONS)
        except (ValueError, RuntimeError, known.pybamm.SolverError):
            failures += 1
            continue
        there = [one["x_init_1"], one["x_init_2"], one["y_init_1"]]
        apart = max(apart, float(np.abs(np.array(there) - found[number]).max()))
    return failures, (time.perf_counter() - begin) / max(len(targets), 1), apart


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20 targets of each kind, 4 of them by PyBaMM")
    parser.add_argument("--peer", type=int, default=40, help="targets for PyBaMM in each state of wear")
    options = parser.parse_args()
    try:
        import pybamm
    except ImportError:
        print("PyBaMM is not installed, and the grid is made of its parameters: left out. It is in the group 'peers'.")
        return
    print(machine())
    count, many = (20, 4) if options.quick else (1000, options.peer)
    states, voltages, known = np.linspace(0, 1, count), np.linspace(2.5, 4.2, count), Potentials(pybamm)
    rows = []
    for name, shares in WEAR.items():
        begin = time.perf_counter()
        found, off = ours(known, shares, states, voltages)
        spent = time.perf_counter() - begin
        targets = [(k, float(states[k])) for k in range(count)] + [
            (count + k, f"{voltages[k]:.12f} V") for k in range(count)
        ]
        step = 2 * count // many
        failures, each, apart = peer(known, shares, targets[step // 2 :: step], found)
        failed = int((~(off <= TOLERANCE)).sum())
        rows.append([name, 2 * count, failed, f"{off.max():.1e}", f"{1e3 * spent / (2 * count):.2f}",
                     f"{failures} of {many}", f"{1e3 * each:.0f}", f"{apart:.1e}"])  # fmt: skip
    header = ["wear", "targets", "failed", "off at most", "ms each", "PyBaMM failed", "its ms each", "apart"]
    table("Composite anode, states of charge and voltages", header, rows)


if __name__ == "__main__":
    main()
