"""What the benchmarks share: the machine's line, tables, timing and the impedance protocol."""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from sicell.circuit import Circuit, parse

# Never used while the library was developed.
ACCEPTANCE_SEED = 20261129
NOISE = 0.005
FREQUENCY = np.logspace(6, -1, 71)
CIRCUITS = {
    "C1": "R0-p(R1,CPE1)",
    "C2": "R0-p(R1,CPE1)-p(R2,CPE2)",
    "C3": "R0-p(R1,CPE1)-p(R2,CPE2)-Wo1",
    "C4": "R0-p(R1,CPE1)-p(R2,CPE2)-W1",
}


def machine() -> str:
    """Return one line on what the figures were measured with."""
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, NumPy {np.__version__}; "
        "one thread unless said otherwise"
    )


def arguments(description: str) -> argparse.Namespace:
    """Return the command line: --quick for a short run, --seed for other truths than the acceptance run's."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a few spectra only, to see that it runs")
    parser.add_argument("--seed", type=int, default=ACCEPTANCE_SEED)
    return parser.parse_args()


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table in fixed-width columns."""
    cells = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    print(f"\n{title}")
    for number, row in enumerate(cells):
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))


def seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long a call takes and its result."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def truths(name: str, count: int, rng: np.random.Generator, lowest_exponent: float = 0.6) -> tuple[Circuit, np.ndarray]:
    """Return a circuit and parameters whose arcs peak inside the window, at least a factor of 20 apart.

    R0 5-50 Ohm uniform; log-uniform: R 5-500 Ohm, Q 1e-9-1e-3, Warburg coefficients 1-100, Wo's time constant
    0.1-100 s; exponents uniform.
    """
    circuit = parse(CIRCUITS[name])
    arcs = sum(element.symbol == "CPE" for element in circuit.elements)
    rows = []
    while len(rows) < count:
        resistance = 10 ** rng.uniform(np.log10(5), np.log10(500), arcs)
        factor, exponent = 10 ** rng.uniform(-9, -3, arcs), rng.uniform(lowest_exponent, 1, arcs)
        time_constant = (resistance * factor) ** (1 / exponent)
        peak = 1 / (2 * np.pi * time_constant)
        order = np.argsort(time_constant)
        if (peak < FREQUENCY.min()).any() or (peak > FREQUENCY.max()).any():
            continue
        if (np.diff(np.log(time_constant[order])) < np.log(20)).any():
            continue
        row = [rng.uniform(5, 50), *np.stack([resistance, factor, exponent], axis=1)[order].ravel()]
        if "Wo" in circuit.text:
            row += [10 ** rng.uniform(0, 2), 10 ** rng.uniform(-1, 2)]
        elif "W" in circuit.text:
            row += [10 ** rng.uniform(0, 2)]
        rows.append(row)
    return circuit, np.array(rows)


def noisy(impedance: np.ndarray, rng: np.random.Generator, noise: Any = NOISE) -> np.ndarray:
    """Return spectra with proportional noise: standard deviation `noise` times |Z| in each component."""
    scatter = rng.standard_normal(impedance.shape) + 1j * rng.standard_normal(impedance.shape)
    return impedance + noise * np.abs(impedance) * scatter


def spectra(name: str, count: int, seed: int, noise: float = NOISE, lowest_exponent: float = 0.6) -> tuple[Any, ...]:
    """Return circuit, true parameters (N, P) and noisy spectra (N, F)."""
    rng = np.random.default_rng([seed, *name.encode()])
    circuit, parameters = truths(name, count, rng, lowest_exponent)
    return circuit, parameters, noisy(circuit.impedance(FREQUENCY, parameters), rng, noise)
