"""Choosing the circuit of a spectrum beside published classifiers: AutoECM's filtered test set, nine circuits.

``make bench ARGS=circuit_choice`` takes the sample that lies in `data/benchmarks` (20 spectra of each circuit, by
QuantumScape, CC BY 4.0, doi:10.1149/1945-7111/acd8fb); ``make bench ARGS=circuit_choice AUTOECM=path.csv`` any file of
the same layout. Nothing is trained. The spectra have no noise, so that a circuit which reaches their digits is right;
where several do, the spectrum is no evidence for one of them, and parameters of each that reproduce it are the proof.
"""

from __future__ import annotations

import os
import re
import time

from _common import machine, table

# isort: split
import numpy as np
import pandas as pd

from sicell import _data, eis

CIRCUITS = {
    "L-R-RCPE": "L1-R1-p(R2,CPE1)",
    "L-R-RCPE-RCPE": "L1-R1-p(R2,CPE1)-p(R3,CPE2)",
    "L-R-RCPE-RCPE-RCPE": "L1-R1-p(R2,CPE1)-p(R3,CPE2)-p(R4,CPE3)",
    "RC-G-G": "p(R1,C1)-G1-G2",
    "RC-RC-RCPE-RCPE": "p(R1,C1)-p(R2,C2)-p(R3,CPE3)-p(R4,CPE4)",
    "RCPE-RCPE": "p(R1,CPE1)-p(R2,CPE2)",
    "RCPE-RCPE-RCPE": "p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)",
    "RCPE-RCPE-RCPE-RCPE": "p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)-p(R4,CPE4)",
    "Rs_Ws": "R1-Wsa1",
}
# What J. Schaeffer et al. report for the whole filtered set.
PUBLISHED = ("gradient boosting, published", "", "0.502", "0.521", "", "", "", "")
SAME = 3.0  # a circuit reaches a spectrum's digits if its residuals are no larger than this times the best
DIGITS = 1e-8
CERTAIN = 0.9


def numbers(text, kind=float):
    """Return a list in brackets as an array."""
    parts = [part.replace(" ", "") for part in re.split(r",", text.strip("[] \n"))]
    return np.array([kind(part) for part in parts])


def steps(text):
    """Return the last digit of each number of a list, as it is written."""
    found = re.findall(r"\d*\.(\d*)(?:e([+-]\d+))?", text)
    decimals = max(len(digits) for digits, _ in found)
    return np.array([10.0 ** (int(power or 0) - decimals) for _, power in found])


def rounding(row, omega, impedance):
    """Return the relative rms that the digits of impedances and frequencies leave."""
    variance = (steps(row.Z).reshape(-1, 2) ** 2).sum(axis=1) / 12
    order = np.argsort(omega)
    slope = np.gradient(impedance[order], np.log(omega[order]))
    variance[order] += (np.abs(slope) * steps(row.freq)[order] / omega[order]) ** 2 / 12
    return float(np.sqrt(np.mean(variance / np.abs(impedance) ** 2)))


def spectra(path, each=None):
    """Return circuit, frequencies in Hz, impedance and rounding of the spectra of a file, `each` of a circuit."""
    rows = pd.read_csv(path)
    rows = rows if each is None else rows.groupby("Circuit").head(each)
    found = []
    for row in rows.itertuples():
        omega, impedance = numbers(row.freq), numbers(row.Z, complex)
        found.append((row.Circuit, omega / (2 * np.pi), impedance, rounding(row, omega, impedance)))
    return found


def judged(name, frequency, impedance, floor):
    """Return what one spectrum says."""
    start = time.process_time()
    choice = eis.choose(frequency, impedance, CIRCUITS.values())
    spent = time.process_time() - start
    names = {text: key for key, text in CIRCUITS.items()}
    rms = choice.table["relative_rms"].rename(names)
    reached = set(rms.index[(rms < SAME * rms.min()) & (rms < DIGITS)])
    return {
        "circuit": name,
        "first": names[choice.table.index[0]],
        "chosen": names.get(choice.circuit),
        "bic": names[choice.table["bic"].idxmin()],
        "weight": choice.weight,
        "same": name in reached and names[choice.table.index[0]] in reached,
        "reached": rms[name] < SAME * floor,
        "alike": reached - {name} if name in reached else set(),
        "seconds": spent,
    }


def recalls(results, column):
    """Return accuracy and macro recall of a column of names."""
    right = results[column] == results["circuit"]
    return right.mean(), right.groupby(results["circuit"]).mean().mean()


def main():
    import argparse

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two spectra of each circuit only")
    parser.add_argument("--each", type=int, help="spectra of each circuit")
    options, _ = parser.parse_known_args()
    path = os.environ.get("AUTOECM") or _data.folder() / "benchmarks" / "autoecm_sample.csv"
    print(machine())
    rows = []
    for spectrum in spectra(path, 2 if options.quick else options.each):
        rows.append(judged(*spectrum))
        if len(rows) % 50 == 0:
            print(f"  {len(rows)} spectra", flush=True)
    results = pd.DataFrame(rows)
    certain = results[results["weight"] >= CERTAIN]
    summary = []
    for title, column in (
        ("sicell, choose", "chosen"),
        ("sicell, first in the ranking", "first"),
        ("lowest BIC", "bic"),
    ):
        accuracy, recall = recalls(results, column)
        merged = (results[column] == results["circuit"]) | (results["same"] & results[column].notna())
        summary.append(
            [
                title,
                len(results),
                f"{accuracy:.3f}",
                f"{recall:.3f}",
                f"{merged.mean():.3f}" if column != "bic" else "",
                f"{results[column].isna().mean():.3f}",
                f"{(certain['first'] == certain['circuit']).mean():.3f} of {len(certain)}" if column == "first" else "",
                f"{results['seconds'].mean():.2f}",
            ]
        )
    header = ["", "N", "accuracy", "macro recall", "same spectrum counted as one", "abstained"]
    table(f"Nine circuits, {path}", [*header, f"right at weight >= {CERTAIN}", "CPU s"], [*summary, PUBLISHED])
    per_class = []
    for name, part in results.groupby("circuit"):
        alike = part["alike"].explode().value_counts()
        others = ", ".join(f"{other} {count}" for other, count in alike.items()) or "none"
        right = (part["chosen"] == name).mean()
        per_class.append([name, len(part), f"{right:.2f}", f"{part['reached'].mean():.2f}", others])
    table(
        f"Recall; share met within {SAME:g} x the rounding of their digits (2 % have an exponent above one, which no "
        "passive element has); others that reproduce them",
        ["circuit", "N", "recall", "reached", "in how many spectra another reaches the same digits"],
        per_class,
    )


if __name__ == "__main__":
    main()
