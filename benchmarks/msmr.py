"""How fast potentials and their inverse are evaluated, beside what one would use otherwise.

    python benchmarks/msmr.py [--quick]

Each line times one call for N random points (best of a few) on one core. Peers: SciPy's PCHIP interpolation of the same
curve (a table, so an approximation: its error is given) and, if PyBaMM is installed, its silicon open-circuit potential
function evaluated by NumPy. PyBaMM's function has no inverse.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

from sicell import electrodes

POINTS, QUICK_POINTS = 1_000_000, 50_000
KNOTS = 2000


def seconds(call: Callable[[], object], repeat: int) -> float:
    call()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def curves() -> dict[str, object]:
    anode = electrodes.si_c(si_fraction=0.37)
    silicon = electrodes.silicon()
    return {
        "silicon, first lithiation": silicon.branch("first lithiation").curve,
        "silicon, delithiation": silicon.branch("delithiation").curve,
        "Si–C, first lithiation": anode.branch("first lithiation").curve,
        "Si–C, delithiation": anode.branch("delithiation").curve,
    }


def pybamm_rows(lithiation: np.ndarray, repeat: int) -> list[dict[str, object]]:
    try:
        from pybamm.input.parameters.lithium_ion.Chen2020_composite import (
            silicon_ocp_delithiation_Mark2016,
            silicon_ocp_lithiation_Mark2016,
        )
    except ImportError:
        print("PyBaMM is not installed: left out. It is in the group 'peers'.\n")
        return []
    rows = []
    for function in (silicon_ocp_lithiation_Mark2016, silicon_ocp_delithiation_Mark2016):
        rows.append(
            {
                "curve": function.__name__,
                "reactions": "",
                "method": "PyBaMM by NumPy",
                "potential / s": seconds(lambda f=function: f(lithiation), repeat),
            }
        )
    return rows


def measure(points: int, repeat: int) -> pd.DataFrame:
    lithiation = np.random.default_rng(0).uniform(0.001, 0.999, points)
    rows = []
    for name, curve in curves().items():
        potential = curve.potential(lithiation)
        knots = np.linspace(0.0005, 0.9995, KNOTS)
        forward = PchipInterpolator(knots, curve.potential(knots))
        falling = np.linspace(curve.potential(0.9995), curve.potential(0.0005), KNOTS)
        backward = PchipInterpolator(falling, curve.lithiation(falling))
        rows.append(
            {
                "curve": name,
                "reactions": curve.potentials.size,
                "method": "sicell",
                "potential / s": seconds(lambda c=curve: c.potential(lithiation), repeat),
                "lithiation / s": seconds(lambda c=curve, p=potential: c.lithiation(p), repeat),
                "round trip": np.abs(curve.lithiation(potential) - lithiation).max(),
            }
        )
        rows.append(
            {
                "curve": name,
                "reactions": curve.potentials.size,
                "method": f"SciPy PCHIP, {KNOTS} knots",
                "potential / s": seconds(lambda f=forward: f(lithiation), repeat),
                "lithiation / s": seconds(lambda f=backward, p=potential: f(p), repeat),
                "error / mV": 1e3 * np.abs(forward(lithiation) - potential).max(),
                "round trip": np.abs(backward(forward(lithiation)) - lithiation).max(),
            }
        )
    return pd.DataFrame(rows + pybamm_rows(lithiation, repeat))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_POINTS} points instead of {POINTS}")
    quick = parser.parse_args().quick
    points = QUICK_POINTS if quick else POINTS
    table = measure(points, repeat=2 if quick else 3)
    print(f"{points} points, one core, best of {2 if quick else 3}\n")
    print(table.to_string(index=False, na_rep="–", float_format=lambda value: f"{value:.3g}"))


if __name__ == "__main__":
    main()
