"""Fits without a guess beside fits started at the truth: diffusion in an arc, three arcs, circuits of real cells.

71 points from 0.01 Hz to 100 kHz, 0.2 % noise, truths drawn at random (`DRAWS`), and every circuit of the choice
benchmark with parameters drawn from the ranges of its spectra. *Worse*: relative rms more than 3 % above that of a fit
started at the truth. *Wrong*: a parameter that counts as identifiable is off by more than 20 % with the truth outside
its interval. *Kept*: of the parameters that `eis.fit` with the truth as its guess finds identifiable, the share that it
finds so without; and the same of a mere descent from the truth, which knows fewer rivals.
"""

from __future__ import annotations

import time

from _common import CIRCUITS as EASY
from _common import FREQUENCY, arguments, machine, noisy, table, truths
from circuit_choice import CIRCUITS as CHOICE
from circuit_choice import numbers

# isort: split
import numpy as np
import pandas as pd

from sicell import _data, eis
from sicell.circuit import parse
from sicell.eis._inference import infer
from sicell.eis._model import Model
from sicell.eis._problem import minimize

WINDOW = np.geomspace(1e5, 1e-2, 71)
NOISE = 2e-3
BAND = 2.576  # standard errors of the 99 % binomial band


def log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def arc(rng, apex):
    resistance, exponent = log_uniform(rng, 5, 100), rng.uniform(0.75, 1)
    return [resistance, 1 / (resistance * (2 * np.pi * apex) ** exponent), exponent]


def with_diffusion(rng, apex):
    resistance, factor, exponent = arc(rng, apex)
    return [resistance, log_uniform(rng, 0.3, 3) * resistance, log_uniform(rng, 0.3, 300), factor, exponent]


def two_arcs(rng):
    fast = log_uniform(rng, 300, 3e4)
    return [log_uniform(rng, 1, 20), *arc(rng, fast), *with_diffusion(rng, fast / log_uniform(rng, 20, 3000))]


def three_arcs(rng):
    apexes = 3e4 / np.cumprod([log_uniform(rng, 1, 10), log_uniform(rng, 20, 200), log_uniform(rng, 20, 200)])
    return [
        log_uniform(rng, 1, 20),
        *(value for apex in apexes for value in arc(rng, apex)),
        log_uniform(rng, 0.01, 0.3),
        rng.uniform(0.3, 0.9),
    ]


DRAWS = {
    "R0-p(R1-Wo1,CPE1)": lambda rng: [log_uniform(rng, 1, 20), *with_diffusion(rng, log_uniform(rng, 1, 1e4))],
    "R0-p(R1-Ws1,CPE1)": lambda rng: [log_uniform(rng, 1, 20), *with_diffusion(rng, log_uniform(rng, 1, 1e4))],
    "R0-p(R1,CPE1)-p(R2-Wo1,CPE2)": two_arcs,
    "L0-R0-p(R1,CPE1)-p(R2-Wo1,CPE2)": lambda rng: [log_uniform(rng, 1e-8, 1e-6), *two_arcs(rng)],
    "R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)-CPE4": three_arcs,
}


def published(name, count, rng):
    """Return grids and parameters drawn log-uniformly between the 5th and 95th percentile of a circuit's spectra."""
    rows = pd.read_csv(_data.folder() / "benchmarks" / "autoecm_sample.csv")
    rows = rows[rows["Circuit"] == name]
    given = []
    for text in rows["Parameters"]:
        pairs = (part.split(":") for part in text.split(","))
        given.append({key.strip(): float(value) for key, value in pairs})
    given = pd.DataFrame(given)
    columns = []
    for element in parse(CHOICE[name]).elements:
        index = element.name[-1]
        keys = {
            "CPE": [f"CPE{index}_C", f"CPE{index}_t"],
            "G": [f"R_g{index}", f"t_g{index}"],
            "Wsa": ["W1_R", "W1_T", "W1_p"],
        }.get(element.symbol, [element.name])
        columns += [np.log10(given[key]) if key == "W1_p" else given[key] for key in keys]
    values = np.array(columns, dtype=float).T
    low, high = np.quantile(np.log(values), [0.05, 0.95], axis=0)
    drawn = np.exp(rng.uniform(low, high, (count, values.shape[1])))
    roles = np.array(parse(CHOICE[name]).roles)
    drawn[:, roles == "exponent"] = np.minimum(drawn[:, roles == "exponent"], 1.0)
    grids = [numbers(text)[::-1] / (2 * np.pi) for text in rows["freq"]]
    return [grids[k] for k in rng.integers(0, len(grids), count)], drawn


def from_truth(circuit, frequency, truth, data):
    """Return the sum of squares that a fit started at the truth reaches, and what it finds identifiable."""
    model, data = Model.of(circuit, frequency, None, None, None), data[None]
    weight, bounds = 1 / np.abs(data), model.bounds(data)
    start = model.problem.coordinates(truth[None])
    ends, cost, _ = minimize(model.problem, start, *bounds, data, weight, 300)
    nowhere = (np.zeros(0, dtype=int), np.zeros((0, ends.shape[1])), np.zeros(0))
    return cost[0], infer(model, ends, data, weight, bounds, 0.95, nowhere).identifiable[0]


def judged(circuit, grids, parameters, rng):
    """Return figures of one circuit."""
    circuit = parse(circuit)
    model = Model.of(circuit, WINDOW, None, None, None)
    worse, wrong, kept, known, inside, spent = [], [], [], 0, 0, []
    for frequency, truth in zip(grids, parameters, strict=True):
        data = noisy(circuit.impedance(frequency, truth), rng, NOISE)
        start = time.process_time()
        result = eis.fit(frequency, data, circuit)
        spent.append(time.process_time() - start)
        # Interchangeable arcs may swap.
        guided = eis.fit(frequency, data, circuit, initial_guess=list(truth)).parameters["identifiable"].to_numpy()
        values = np.array(result.parameters["value"])
        ends = model.problem.coordinates(np.stack([truth, values]))
        truth = model.values(model.matched(ends[:1], ends[1:]))[0]
        cost, reachable = from_truth(circuit, frequency, truth, data)
        worse.append(result.chi_square > 1.03**2 * cost)
        found = result.parameters
        identifiable = found["identifiable"].to_numpy()
        held = ((found["lower"] <= truth) & (truth <= found["upper"])).to_numpy()
        wrong.append((identifiable & ~held & (np.abs(found["value"] / truth - 1) > 0.2)).any())
        kept.append(
            [np.count_nonzero(each) for each in (identifiable & guided, guided, identifiable & reachable, reachable)]
        )
        known, inside = known + np.count_nonzero(identifiable), inside + np.count_nonzero(identifiable & held)
    both, guided, local, reachable = np.sum(kept, axis=0)
    coverage, band = inside / max(known, 1), BAND * np.sqrt(0.95 * 0.05 / max(known, 1))
    return [
        len(worse),
        f"{np.mean(worse):.3f}",
        f"{np.mean(wrong):.3f}",
        f"{both / max(guided, 1):.3f} ({local / max(reachable, 1):.3f})",
        f"{coverage:.3f} ({0.95 - band:.3f}-{0.95 + band:.3f})",
        f"{1e3 * np.median(spent):.0f}",
    ]


def main():
    options = arguments(__doc__)
    count = 6 if options.quick else 200
    print(machine())
    rows = []
    for name, draw in DRAWS.items():
        rng = np.random.default_rng([options.seed, *name.encode()])
        rows.append([name, *judged(name, [WINDOW] * count, np.array([draw(rng) for _ in range(count)]), rng)])
        print(*rows[-1], flush=True)
    for name, text in EASY.items():
        rng = np.random.default_rng([options.seed, *name.encode()])
        rows.append([text, *judged(text, [FREQUENCY] * count, truths(name, count, rng)[1], rng)])
    for name, text in CHOICE.items():
        rng = np.random.default_rng([options.seed, *name.encode()])
        rows.append([text, *judged(text, *published(name, count, rng), rng)])
        print(*rows[-1], flush=True)
    table(
        f"Fits without a guess, {NOISE:.1%} noise, seed {options.seed}",
        ["circuit", "N", "worse than from the truth", "wrong", "kept (of a descent)", "coverage (99 % band)", "ms"],
        rows,
    )


if __name__ == "__main__":
    main()
