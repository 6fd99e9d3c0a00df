"""Fits of full cells with a reference electrode and with a blended anode: coverage of intervals, flags, time.

    python benchmarks/full_cell_electrodes.py [--quick] [--cells N] [--blends N] [--only reference|blends|series]

Reference: N random cells of graphite and NCM90, 400 points, 2 mV of white noise on each potential, an offset of the
reference of 10 mV standard deviation; fitted from the voltage alone, with one and with both potentials. Theory says by
what factor the Cramér-Rao bound of each quantity shrinks. The acceptance run has N = 1000; a coverage inside the 99 %
band of the binomial distribution is marked. Blends: random cells with 3-20 % of silicon by capacity, 1000 points, 1 mV
of noise, charges and discharges, a third of them parts of a window; each fitted before and after it lost silicon and
graphite. Wrong: off by more than 1 % (share) or 2 % (LAM_Si) and not flagged. Series: check-ups fitted in a row.
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings

from _common import ACCEPTANCE_SEED, machine, table

# isort: split
import numpy as np
from scipy.stats import binom

import sicell
from sicell.balancing import degradation_modes, fit, fit_many
from sicell.balancing._half_cells import half_cell

QUANTITIES = ["capacity_negative", "capacity_positive", "cyclable_lithium", "x_0", "x_100", "y_0", "y_100"]
KNOWN = {"voltage": (), "anode": ("anode",), "cathode": ("cathode",), "both": ("anode", "cathode")}
BLEND = {"Si": sicell.silicon(), "C": sicell.graphite()}
LOW, HIGH = [0.01, 0.7, 0.85, 0.06], [0.08, 0.97, 0.98, 0.3]


def within(rows, truth):
    """Return for each quantity whether its interval holds the truth."""
    return [rows.loc[name, "lower"] <= value <= rows.loc[name, "upper"] for name, value in truth.items()]


def bounds(problem, truth, noise):
    """Return the Cramér-Rao bounds of the windows for white noise on each electrode's potential."""
    point = np.append(truth, np.zeros(len(problem.names) - 4))
    jacobian = problem.raw(point)[1][0]
    rows = {"cell": [-1.0, 1.0], "anode": [1.0, 0.0], "cathode": [0.0, 1.0]}
    mixed = np.array([rows[channel] for channel in problem.channels])
    inverse = np.linalg.inv(noise**2 * mixed @ mixed.T)
    information = np.einsum("ipa,ij,jpb->ab", jacobian, inverse, jacobian)
    return np.sqrt(np.diag(np.linalg.inv(information)))[:4]


def reference(number, seed):
    place, noise, rows, theory = np.linspace(0, 1, 400), 2e-3, [], {}
    curves = half_cell(sicell.graphite(), "negative", "charge"), half_cell(sicell.ncm90(), "positive", "charge")
    for name, given in KNOWN.items():
        generator, held, errors, spent = np.random.default_rng(seed), [], [], 0.0
        for _ in range(number):
            x_0, x_100, y_0, y_100 = truth = generator.uniform(LOW, HIGH)
            anode = curves[0].potential(x_0 + (x_100 - x_0) * place) + generator.normal(scale=noise, size=place.size)
            cathode = curves[1].potential(y_0 + (y_100 - y_0) * place) + generator.normal(scale=noise, size=place.size)
            offset = generator.normal(scale=0.01)
            known = {"anode_potential": anode + offset, "cathode_potential": cathode + offset}
            wanted = {f"{one}_potential": known[f"{one}_potential"] for one in given}
            begin = time.process_time()
            found = fit(place, cathode - anode, sicell.ncm90(), sicell.graphite(), half_cell_misfit=0, **wanted)
            spent += (time.process_time() - begin) / number
            sizes = np.array([1 / (x_100 - x_0), 1 / (y_0 - y_100)])
            exact = dict(zip(QUANTITIES, [*sizes, sizes @ truth[[0, 2]], *truth], strict=True))
            held.append(within(found.table, exact | ({"reference_offset": offset} if given else {})))
            errors.append([found.standard_errors[QUANTITIES[3:]], bounds(found.problem, truth, noise)])
        shares = np.mean(held, axis=0)
        low, high = binom.ppf([0.005, 0.995], number, 0.95) / number
        mean, limit = np.mean(errors, axis=0)
        theory[name] = limit
        ours = mean / (theory["voltage"] if name == "voltage" else rows[0][-1])
        marks = f"{int(np.sum((shares >= low) & (shares <= high)))} of {len(shares)}"
        rows.append([name, number, f"{shares.mean():.4f}", f"{shares.min():.3f}-{shares.max():.3f}", marks,
                     "" if name == "voltage" else " ".join(f"{1 / one:.2f}" for one in ours),
                     "" if name == "voltage" else " ".join(f"{one:.2f}" for one in theory["voltage"] / limit),
                     f"{1e3 * spent:.0f}", mean])  # fmt: skip
    header = ["with", "N", "95 % intervals hold", "each", "in the 99 % band", "errors smaller", "by theory", "ms"]
    table("Reference electrode, graphite | NCM90", header, [row[:-1] for row in rows])


def blended(generator, truth, share, span, half_cycle, tables):
    """Return charge and voltage of a cell whose anode is a blend."""
    x_0, x_100, y_0, y_100 = truth
    potential, parts = tables[half_cycle]
    place = np.linspace(0, 1, 1000)
    anode = np.interp(x_0 + (x_100 - x_0) * place, share * parts[0] + (1 - share) * parts[1], potential)
    branch = "delithiation" if half_cycle == "charge" else "lithiation"
    voltage = sicell.ncm90().potential(y_0 + (y_100 - y_0) * place, branch) - anode
    voltage = voltage + generator.normal(scale=1e-3, size=place.size)
    way = slice(None, None, 1 if half_cycle == "charge" else -1)
    return (span * place)[way], voltage[way]


def blends(number, seed):
    generator, tables = np.random.default_rng(seed), {}
    potential = np.linspace(2.5, 0.009, 300_001)
    for half_cycle, branch in (("charge", "lithiation"), ("discharge", "delithiation")):
        parts = [part.lithiation(potential, branch) for part in BLEND.values()]
        tables[half_cycle] = potential, [(one - one[0]) / (one[-1] - one[0]) for one in parts]
    held, shares, losses, spent = [], [], [], []
    for count in range(number):
        half_cycle = ("charge", "discharge")[count % 2]
        share, silicon_left, carbon_left = generator.uniform([0.03, 0.5, 0.9], [0.2, 1.0, 1.0])
        width = generator.uniform(0.5, 1.0) if count % 3 == 0 else 1.0
        ends = generator.uniform(0, 1 - width) + np.array([0.0, width])
        x_0, x_100, y_0, y_100 = generator.uniform(LOW, HIGH)
        truth = np.concatenate([x_0 + (x_100 - x_0) * ends, y_0 + (y_100 - y_0) * ends])
        aged = truth * np.array([1.0, generator.uniform(0.92, 1.0), 1.0, 1.0])
        silicon = np.array([share, share * silicon_left])
        whole = silicon + (1 - share) * np.array([1.0, carbon_left])
        fits = []
        for one, part, size in zip((truth, aged), silicon / whole, whole, strict=True):
            span = size * (one[1] - one[0])
            curve = blended(generator, one, part, span, half_cycle, tables)
            begin = time.process_time()
            found = fit(*curve, sicell.ncm90(), BLEND)
            spent.append(time.process_time() - begin)
            fits.append(found)
            exact = {"share_Si": part, "capacity_Si": part * size, "capacity_C": (1 - part) * size}
            exact |= dict(zip(QUANTITIES[3:], one, strict=True)) | {"capacity_negative": size}
            held.append(within(found.table, exact))
            off = abs(found.table.loc["share_Si", "value"] - part)
            large = part >= 0.05 and width >= 0.8
            shares.append([off > 0.01, not found.identifiable["share_Si"], large, half_cycle == "charge"])
        row = degradation_modes(*fits).table.loc["LAM_Si"]
        off = abs(row["loss"] - (1 - silicon[1] / silicon[0]))
        large = share >= 0.05 and width >= 0.8
        losses.append([off > 0.02, not row["identifiable"], large, half_cycle == "charge"])
    rows = []
    for name, values in (("share", np.array(shares)), ("LAM_Si", np.array(losses))):
        wrong, flagged, large, charge = values.T.astype(bool)
        by_way = " / ".join(f"{flagged[large & way].mean():.3f}" for way in (charge, ~charge))
        rows.append([name, len(values), f"{np.mean(wrong & ~flagged):.4f}", f"{flagged.mean():.3f}",
                     f"{flagged[large].mean():.3f}", by_way])  # fmt: skip
    header = [
        "quantity",
        "N",
        "confidently wrong",
        "flagged",
        "at 5 % silicon, 80 % window or more",
        "charge / discharge",
    ]
    table("Silicon and graphite, 1 mV", header, rows)
    low, high = binom.ppf([0.005, 0.995], len(held), 0.95) / len(held)
    each = ", ".join(f"{name} {value:.3f}" for name, value in zip(exact, np.mean(held, axis=0), strict=True))
    print(f"95 % intervals hold in {np.mean(held):.4f} (99 % band of one quantity {low:.3f} to {high:.3f}): {each}")
    print(f"one fit: {np.mean(spent):.2f} s CPU on average, {max(spent):.2f} s at most")


def series(number):
    place, cathode, anode = np.linspace(0, 1, 500), sicell.ncm90(), sicell.graphite()
    voltage = cathode.potential(0.92 - 0.75 * place, "delithiation") - anode.potential(0.02 + 0.8 * place, "lithiation")
    generator = np.random.default_rng(0)
    check_ups = ((40 * place, voltage + generator.normal(scale=1e-3, size=500)) for _ in range(number))
    begin = time.process_time()
    done = fit_many(check_ups, cathode, anode)
    spent = time.process_time() - begin
    rows = [[number, int((done.table["status"] == "ok").sum()), f"{spent / number:.3f}", f"{spent / number * 5e3:.0f}"]]
    table("Check-ups in a row", ["N", "ok", "s CPU each", "s for 10 000 on two cores"], rows)
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"at most {held:.0f} MB; the table takes {done.table.memory_usage(deep=True).sum() / number:.0f} bytes each")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few cells only, to see that it runs")
    parser.add_argument("--cells", type=int, default=100)
    parser.add_argument("--blends", type=int, default=40)
    parser.add_argument("--check-ups", type=int, default=200)
    parser.add_argument("--only", choices=("reference", "blends", "series"))
    parser.add_argument("--seed", type=int, default=ACCEPTANCE_SEED)
    options = parser.parse_args()
    print(machine())
    warnings.simplefilter("ignore", sicell.SicellWarning)
    if options.only in (None, "reference"):
        reference(5 if options.quick else options.cells, options.seed)
    if options.only in (None, "blends"):
        blends(5 if options.quick else options.blends, options.seed)
    if options.only in (None, "series"):
        series(20 if options.quick else options.check_ups)


if __name__ == "__main__":
    main()
