"""Equivalent-circuit fits side by side with impedance.py: success, speed, coverage of intervals, memory.

Protocol: 71 points, 0.1 Hz to 1 MHz, 0.5 % proportional noise; truths as `_common.truths` draws them. Success: the
sum of squares over the true variance is below 1.5 a degree of freedom, or every parameter is within 5 % (arcs may
swap). The noise level is not given to `fit`. Times are CPU seconds of one thread unless said otherwise.
"""

from __future__ import annotations

import resource
import time
import warnings
from concurrent.futures import ProcessPoolExecutor

from _common import CIRCUITS, FREQUENCY, NOISE, arguments, machine, seconds, spectra, table

# isort: split
import numpy as np

from sicell import eis
from sicell.eis._model import Model
from sicell.eis._problem import minimize


def generic_guess(name, z):
    """Return what a careful user would start from: the ends of the spectrum, arcs spread evenly over the window."""
    arcs = CIRCUITS[name].count("CPE")
    span = np.ptp(z.real) / (arcs + ("W" in CIRCUITS[name]))
    times = 1 / (2 * np.pi * np.geomspace(FREQUENCY.max(), FREQUENCY.min(), arcs + 2)[1:-1])
    guess = [z.real.min()]
    for time_constant in times:
        guess += [span, time_constant**0.8 / span, 0.8]
    if "Wo" in CIRCUITS[name]:
        guess += [span, 1.0]
    elif "W" in CIRCUITS[name]:
        guess += [span * np.sqrt(2 * np.pi * FREQUENCY.min())]
    return [float(value) for value in guess]


def succeeded(values, truth, circuit, data):
    """Return whether each fit reached the noise floor, or the truth."""
    model = np.stack([circuit.impedance(FREQUENCY, row) for row in values])
    freedom = 2 * FREQUENCY.size - values.shape[1]
    floor = np.sum(np.abs((data - model) / (NOISE * np.abs(data))) ** 2, axis=1) / freedom < 1.5
    return floor | (np.abs(values / truth - 1) < 0.05).all(axis=1)


def own(name, count, seed):
    """Return circuit, truths, data, result of `fit_many` and its CPU seconds."""
    circuit, truth, data = spectra(name, count, seed)
    start = time.process_time()
    result = eis.fit_many(FREQUENCY, data, circuit, progress=False)
    return circuit, truth, data, result, time.process_time() - start


def from_truth(circuit, truth, data):
    """Return the sum of squares that a fit started at the truth reaches."""
    model = Model.of(circuit, FREQUENCY, None, None, None)
    return minimize(model.problem, model.problem.coordinates(truth), *model.bounds(data), data, 1 / np.abs(data), 300)[
        1
    ]


def with_wrong_guess(circuit, truth, data, seed):
    """Return the sums of squares with a guess that is off by a factor of 30 either way in every parameter."""
    rng = np.random.default_rng(seed)
    exponent = np.array([role == "exponent" for role in circuit.roles])
    guesses = np.where(exponent, rng.uniform(0.5, 1, truth.shape), truth * 30.0 ** rng.choice([-1, 1], truth.shape))
    return np.array(
        [eis.fit(FREQUENCY, z, circuit, initial_guess=guess).chi_square for z, guess in zip(data, guesses, strict=True)]
    )


def peer(name, data):
    """Return impedance.py's parameters and CPU seconds for each spectrum, weighted, from a generic guess."""
    from impedance.models.circuits import CustomCircuit

    values, times = [], []
    for z in data:
        start = time.process_time()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                guess = generic_guess(name, z)
                values.append(
                    CustomCircuit(CIRCUITS[name], initial_guess=guess).fit(FREQUENCY, z, weight_by_modulus=True)
                )
        except (RuntimeError, ValueError):
            values.append(None)
        times.append(time.process_time() - start)
    nothing = np.ones(len(generic_guess(name, data[0])))
    return np.array([nothing if value is None else value.parameters_ for value in values]), np.array(times)


def swapped(values, name):
    """Return parameters with the arcs in order of time constant."""
    circuit = Model.of(CIRCUITS[name], FREQUENCY, None, None, None)
    return circuit.arrange(values)


def main():
    options = arguments(__doc__)
    count, covered, peers, singles = (100, 200, 15, 20) if options.quick else (1000, 4000, 100, 50)
    print(machine())
    success, speed, coverage = [], [], []
    for name in CIRCUITS:
        circuit, truth, data, result, spent = own(name, covered, options.seed)
        names = list(circuit.parameter_names)
        good = succeeded(result[names].to_numpy()[:count], truth[:count], circuit, data[:count])
        reached = from_truth(circuit, truth[:count], data[:count])
        same = result["chi_square"].to_numpy()[:count] <= 1.001 * reached
        few = slice(0, max(count // 5, 20))
        guessed = with_wrong_guess(circuit, truth[few], data[few], options.seed)
        kept = np.mean(guessed <= 1.001 * result["chi_square"].to_numpy()[few])

        peer_values, peer_times = peer(name, data[:peers])
        peer_good = succeeded(swapped(peer_values, name), truth[:peers], circuit, data[:peers])
        times = []
        for z in data[:singles]:
            start = time.process_time()
            eis.fit(FREQUENCY, z, circuit)
            times.append(time.process_time() - start)
        median = np.median(peer_times)
        success.append(
            [
                name,
                f"{good.mean():.4f}",
                f"{same.mean():.4f}",
                f"{kept:.3f} (N = {few.stop})",
                f"{peer_good.mean():.2f}",
            ]
        )
        speed.append(
            [
                name,
                f"{1e3 * median:.0f}",
                f"{1e3 * spent / covered:.2f}",
                f"{median / (spent / covered):.0f}",
                f"{1e3 * np.median(times):.1f}",
                f"{median / np.median(times):.0f}",
            ]
        )
        for i, parameter in enumerate(names):
            known = result[f"{parameter}_identifiable"].to_numpy()
            inside = (result[f"{parameter}_lower"] <= truth[:, i]) & (truth[:, i] <= result[f"{parameter}_upper"])
            coverage.append([name, parameter, f"{inside[known].mean():.3f}", f"{1 - known.mean():.3f}"])
    table(
        f"Success without a guess, N = {count}, seed {options.seed} (impedance.py: N = {peers}, generic guess)",
        ["circuit", "success", "same optimum as from truth", "no worse from a guess off by 30", "impedance.py success"],
        success,
    )
    table(
        f"Time a spectrum in ms (fit_many N = {covered}, fit N = {singles}, impedance.py N = {peers}; medians)",
        ["circuit", "impedance.py", "fit_many", "times faster", "fit", "times faster"],
        speed,
    )
    table(
        f"Coverage of nominal 95 % intervals where identifiable, N = {covered}",
        ["circuit", "parameter", "coverage", "flagged as not determined"],
        coverage,
    )
    processes(options)
    memory(options)


def processes(options):
    """Print how two processes scale (wall time)."""
    _, _, data = spectra("C3", 500 if options.quick else 2000, options.seed + 1)
    alone, one = seconds(lambda: eis.fit_many(FREQUENCY, data, CIRCUITS["C3"], progress=False))
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(eis.fit_many, [FREQUENCY] * 2, [data[:2]] * 2, [CIRCUITS["C3"]] * 2))
        together, two = seconds(lambda: eis.fit_many(FREQUENCY, data, CIRCUITS["C3"], executor=pool, progress=False))
    table(
        f"Two processes, C3, N = {len(data)}, wall seconds",
        ["one process", "two", "times faster", "equal"],
        [[f"{alone:.1f}", f"{together:.1f}", f"{alone / together:.2f}", one.equals(two)]],
    )


def memory(options):
    """Print how much memory many spectra need beyond the input."""
    circuit, _, data = spectra("C1", 1000, options.seed + 2)
    data = np.tile(data, (5 if options.quick else 100, 1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent, result = seconds(lambda: eis.fit_many(FREQUENCY, data, circuit, progress=False))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**20
    table(
        "Memory",
        ["spectra", "input GiB", "peak beyond GiB", "wall seconds", "ok"],
        [[len(data), f"{data.nbytes / 2**30:.2f}", f"{grown:.2f}", f"{spent:.0f}", (result["status"] == "ok").all()]],
    )


if __name__ == "__main__":
    main()
