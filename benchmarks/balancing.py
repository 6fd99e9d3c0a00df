"""How many cells a second the stoichiometry limits take, beside PyBaMM's solver.

    python benchmarks/balancing.py [--quick]

Each line times one call for N random cells, both cut-offs, tables included (best of a few), on one core. Peer: PyBaMM's
``ElectrodeSOHSolver`` if it is installed, on the same open-circuit potentials, reused from cell to cell; "root only" is
the time within the call of its root solver, without what it does before and after (limits, checks, energy).
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from sicell import electrodes
from sicell.balancing import FullCell, Loss, stoichiometry_limits

CELLS, QUICK_CELLS = 1_000_000, 50_000
PEER_CELLS, QUICK_PEER_CELLS = 200, 20
ROOT = "PyBaMM: root only"


def seconds(call: Callable[[], object], repeat: int) -> float:
    call()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


# Fits of C.-H. Chen et al., J. Electrochem. Soc. 167 (2020) 080534, for the LG M50 cell.
def graphite(sto: np.ndarray) -> np.ndarray:
    return (
        1.9793 * np.exp(-39.3631 * sto)
        + 0.2482
        - 0.0909 * np.tanh(29.8538 * (sto - 0.1234))
        - 0.04478 * np.tanh(14.9159 * (sto - 0.2769))
        - 0.0205 * np.tanh(30.4444 * (sto - 0.6103))
    )


def nmc(sto: np.ndarray) -> np.ndarray:
    return (
        -0.8090 * sto
        + 4.4875
        - 0.0428 * np.tanh(18.5138 * (sto - 0.5542))
        - 17.7326 * np.tanh(15.7890 * (sto - 0.3117))
        + 17.5842 * np.tanh(15.9308 * (sto - 0.3120))
    )


def random_cells(cells: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    positive = random.uniform(7.5, 8.5, cells)
    return positive, random.uniform(5.6, 6.5, cells), random.uniform(0.85, 0.92, cells) * positive


def row(name: str, cells: int, took: float) -> dict[str, object]:
    return {"what": name, "cells": cells, "seconds": took, "cells / s": cells / took}


def ours(cells: int, repeat: int) -> list[dict[str, object]]:
    sets = random_cells(cells)
    cathode, anode = electrodes.ncm90(), electrodes.si_c()
    random = np.random.default_rng(1)
    ratios, charged = random.uniform(1.2, 2.2, cells), random.uniform(185, 195, cells)
    limits = seconds(lambda: stoichiometry_limits(nmc, graphite, *sets, 2.5, 4.2), repeat)
    blend = seconds(lambda: stoichiometry_limits(cathode, anode, 200.0, 174.0 * ratios, charged, 3.0, 4.1), repeat)
    pair = FullCell(cathode, anode, ratios)
    cycle = seconds(lambda: pair.first_cycle(4.25, 1.5, loss=Loss.fixed(0.15), warn=False), repeat)
    draws = 10_000
    two = FullCell(cathode, anode, [1.3, 2.0])
    carlo = seconds(lambda: two.uncertainty(4.25, 1.5, calibrate=(0.75, 2.0), draws=draws), repeat)
    return [
        row("sicell: limits, functions (graphite | NMC)", cells, limits),
        row("sicell: limits, blend with branches (Si–C | NCM90)", cells, blend),
        row("sicell: first cycle with loss (Si–C | NCM90)", cells, cycle),
        row("sicell: Monte Carlo of two ratios, draws", 2 * draws, carlo),
    ]


def peer(cells: int) -> list[dict[str, object]]:
    try:
        import pybamm
    except ImportError:
        print("PyBaMM is not installed: left out. It is in the group 'peers'.\n")
        return []
    parameters = pybamm.ParameterValues("Chen2020")
    solver = pybamm.lithium_ion.ElectrodeSOHSolver(parameters)
    inputs = [{"Q_p": p, "Q_n": n, "Q_Li": lithium} for p, n, lithium in zip(*random_cells(cells), strict=True)]
    solver.solve(inputs[0])
    root = [0.0]
    kind = pybamm.BaseSolver
    original = kind.solve

    def timed(*args: object, **options: object) -> object:
        start = time.perf_counter()
        result = original(*args, **options)
        root[0] += time.perf_counter() - start
        return result

    kind.solve = timed
    start = time.perf_counter()
    answers = [solver.solve(one) for one in inputs]
    took = time.perf_counter() - start
    kind.solve = original
    mine = stoichiometry_limits(nmc, graphite, *random_cells(cells), 2.5, 4.2)
    apart = max(
        np.abs([answer[key] for answer in answers] - getattr(mine, key)).max()
        for key in ("x_0", "x_100", "y_0", "y_100")
    )
    print(f"Largest difference from PyBaMM in any stoichiometry, {cells} cells: {apart:.1e}\n")
    rows = [row("PyBaMM: ElectrodeSOHSolver, reused", cells, took)]
    return [*rows, row(ROOT, cells, root[0])] if root[0] else rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_CELLS} cells instead of {CELLS}")
    quick = parser.parse_args().quick
    rows = ours(QUICK_CELLS if quick else CELLS, 2 if quick else 3)
    rows += peer(QUICK_PEER_CELLS if quick else PEER_CELLS)
    table = pd.DataFrame(rows)
    table["times root only"] = table["cells / s"] / table.loc[table["what"] == ROOT, "cells / s"].max()
    print(table.dropna(axis=1).to_string(index=False, float_format=lambda value: f"{value:.3g}"))


if __name__ == "__main__":
    main()
