"""Fit public half-cell curves: python tools/curves.py FOLDER.

FOLDER holds the MATLAB files of the collection that ``data/curves.csv`` names; they are not part of this project, and
no test needs them. What each curve is stands in that table, and what makes a curve stand for a branch of an electrode
in ``data/curve_rules.csv``. The script fills in the columns of ``data/curves.csv`` that are measured on the curves
(from ``lowest_potential`` on), writes ``data/curve_peaks.csv``, and the reactions of the curves that meet a rule to
``data/curves.toml``, below what stands there before the first curve; those of oxides, which have to go on above the
measured range, are in ``data/electrodes/ncm90.toml``.

A fit minimises the distance in potential and the difference of dq/dE together. It gets reactions until every peak of
the raw curve is met to within 3 mV or to within the peak's own uncertainty.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.io import loadmat
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import least_squares
from scipy.signal import find_peaks

from sicell.msmr import Msmr

DATA = Path(__file__).resolve().parent.parent / "data"
THERMAL = 8.314462618 / 96485.33212 * 298.15
STEP = 1e-3  # V, of the grid on which curves are differentiated
SCALES = (0.6, 0.8, 1.0, 1.25, 1.5)  # of the smoothing: how far a peak moves with it is its uncertainty
PROMINENCE = 0.05  # of a peak, relative to the largest
NEAR = 0.02  # V, within which the peak of another curve is the same peak
MOST_REACTIONS = 11
# Li15Si4 decays at one potential: a reaction in this window that is narrower than any of amorphous silicon.
CRYSTAL_WINDOW, CRYSTAL_WIDTH = (0.40, 0.46), 0.7
COMPUTED = ["lowest_potential", "highest_potential", "plateau_share", "li15si4_share", "branch", "why"]


@dataclass
class Curve:
    """A raw curve, sorted by potential; lithiation from 0 to 1."""

    potential: np.ndarray
    lithiation: np.ndarray

    @classmethod
    def load(cls, path: Path) -> "Curve":
        """Read a file of the collection; repeated potentials are averaged."""
        content = loadmat(path, squeeze_me=True, struct_as_record=False)
        (table,) = [value for name, value in content.items() if not name.startswith("__")]
        potential, amount = np.asarray(table.voltage, float), np.asarray(table.normalizedCapacity, float)
        if np.corrcoef(potential, amount)[0, 1] > 0:
            amount = amount.max() - amount
        potential, which = np.unique(potential, return_inverse=True)
        amount = np.bincount(which, amount) / np.bincount(which)
        return cls(potential, (amount - amount.min()) / np.ptp(amount))

    def below(self, potential: float) -> "Curve":
        """Return the part below a potential, scaled to its own charge."""
        inside = self.potential <= potential
        amount = self.lithiation[inside]
        return Curve(self.potential[inside], (amount - amount.min()) / np.ptp(amount))

    @property
    def grid(self) -> np.ndarray:
        """Return evenly spaced potentials."""
        return np.arange(np.ceil(self.potential[0] / STEP) * STEP, self.potential[-1], STEP)

    def on_grid(self, part: slice = slice(None)) -> np.ndarray:
        """Return the lithiation there, from all or some of the points."""
        return np.interp(self.grid, self.potential[part], self.lithiation[part])

    def thinned(self, points: int = 500) -> tuple[np.ndarray, np.ndarray]:
        """Points evenly along the curve's length."""
        steps = np.hypot(np.diff(self.potential) / np.ptp(self.potential), np.diff(self.lithiation))
        length = np.concatenate([[0.0], np.cumsum(steps)])
        which = np.unique(np.searchsorted(length, np.linspace(0, length[-1], points)).clip(0, length.size - 1))
        return self.potential[which], self.lithiation[which]


def slope(lithiation: np.ndarray, smoothing: float) -> np.ndarray:
    """-dq/dE on the grid, smoothed by a Gaussian of this standard deviation in V."""
    return -gaussian_filter1d(lithiation, smoothing / STEP, order=1, mode="nearest") / STEP


def inner(grid: np.ndarray, smoothing: float) -> np.ndarray:
    """Where smoothing does not reach beyond the ends."""
    return (grid > grid[0] + 2 * smoothing) & (grid < grid[-1] - 2 * smoothing)


def peaks(grid: np.ndarray, values: np.ndarray, prominence: float = PROMINENCE) -> tuple[np.ndarray, np.ndarray]:
    """Potentials and heights of the peaks."""
    found = find_peaks(values, prominence=prominence * values.max())[0]
    return grid[found], values[found]


def nearest(position: float, candidates: np.ndarray) -> float:
    """The candidate nearest to a position, NaN if none is near."""
    distance = np.abs(candidates - position)
    return float(candidates[distance.argmin()]) if distance.size and distance.min() <= NEAR else np.nan


def raw_peaks(curve: Curve, smoothing: float) -> pd.DataFrame:
    """Peaks of a raw curve; the uncertainty is how far each moves with the smoothing and with half of the points."""
    grid = curve.grid
    positions, heights = peaks(grid, slope(curve.on_grid(), smoothing))
    variants = [(slice(None), scale) for scale in SCALES] + [(slice(0, None, 2), 1.0), (slice(1, None, 2), 1.0)]
    others = [peaks(grid, slope(curve.on_grid(part), scale * smoothing), 0.01)[0] for part, scale in variants]
    rows = []
    for position, height in zip(positions, heights, strict=True):
        moved = np.array([nearest(position, found) for found in others])
        kept = moved[np.isfinite(moved)]
        uncertainty = max(float(np.ptp(kept)) / 2, STEP)
        rows.append((position, uncertainty, height, np.isfinite(moved).all()))
    return pd.DataFrame(rows, columns=["potential", "uncertainty", "height", "always"])


def occupancy(parameters: np.ndarray, potential: np.ndarray, offset: float) -> tuple[np.ndarray, np.ndarray]:
    """Lithiation and -dq/dE of reactions given as potentials, logarithms of fractions and of widths."""
    centers, fractions, widths = parameters.reshape(3, -1)
    fractions, scales = np.exp(fractions), THERMAL * np.exp(widths)
    share = 1.0 / (1.0 + np.exp(np.clip((potential[:, None] - centers) / scales, -500, 500)))
    return offset + share @ fractions, (share * (1 - share)) @ (fractions / scales)


def refine(curve: Curve, start: Msmr, smoothing: float) -> tuple[Msmr, np.ndarray]:
    """Go on from a fit of the potential, with dq/dE weighted as well. Returns standard errors too."""
    grid, points = curve.grid, curve.thinned()
    target, inside = slope(curve.on_grid(), smoothing), inner(curve.grid, smoothing)
    high = target[inside].max()
    # Relative errors matter at a hump, absolute ones where hardly anything reacts.
    weight = 1 / (0.03 * np.sqrt(high * np.maximum(target, 0.05 * high)))[inside] / np.sqrt(inside.sum())

    def residuals(parameters: np.ndarray) -> np.ndarray:
        lithiation, steepness = occupancy(parameters, points[0], start.offset)
        distance = (lithiation - points[1]) / np.hypot(steepness, 0.05) / 1.5e-3 / np.sqrt(points[0].size)
        bend = slope(occupancy(parameters, grid, start.offset)[0], smoothing)
        return np.concatenate([distance, 8 * weight * (bend - target)[inside]])

    number = start.potentials.size
    first = np.concatenate([start.potentials, np.log(start.fractions), np.log(start.widths)])
    ends = curve.potential[0] - 0.4, curve.potential[-1] + 0.4
    low = np.repeat([ends[0], np.log(1e-4), np.log(0.05)], number)
    top = np.repeat([ends[1], np.log(2.0), np.log(40.0)], number)
    first = np.clip(first, low + 1e-6, top - 1e-6)
    found = least_squares(residuals, first, bounds=(low, top), loss="soft_l1", x_scale="jac", max_nfev=300)
    centers, fractions, widths = found.x.reshape(3, -1)
    # Residuals of a smooth curve are alike from point to point: about one in ten is independent.
    free = max(found.fun.size / 10 - found.x.size, 1)
    variance = 2 * found.cost / free * np.linalg.pinv(found.jac.T @ found.jac)
    errors = np.sqrt(np.abs(np.diag(variance))).reshape(3, -1)
    errors = np.column_stack([errors[0], np.exp(fractions) * errors[1], np.exp(widths) * errors[2]])
    order = np.argsort(-centers, kind="stable")
    return Msmr(centers, np.exp(fractions), np.exp(widths), offset=start.offset), errors[order]


def fit(curve: Curve, offset: float, smoothing: float) -> tuple[Msmr, np.ndarray, pd.DataFrame, float]:
    """Fit with as few reactions as meet the peaks. Returns the curve, errors, peaks and rms in V."""
    rows = raw_peaks(curve, smoothing)
    best = None
    for reactions in range(4, MOST_REACTIONS + 1):
        start = Msmr.fit(curve.potential, curve.lithiation, reactions, offset=offset, starts=8).curve
        found, errors = refine(curve, start, smoothing)
        fitted = peaks(curve.grid, slope(found.lithiation(curve.grid), smoothing), 0.005)[0]
        rows["fitted"] = [nearest(position, fitted) for position in rows["potential"]]
        shift = (rows["fitted"] - rows["potential"]).abs()
        middle = (curve.lithiation > 0.05) & (curve.lithiation < 0.95)
        error = found.potential(curve.lithiation[middle]) - curve.potential[middle]
        rms = float(np.sqrt(np.mean(error**2)))
        firm = rows["height"] > 0.3 * rows["height"].max()
        missed = shift.fillna(NEAR) - np.maximum(0.003, rows["uncertainty"])
        score = float(missed[firm].clip(lower=0).sum()) + max(rms - 2e-3, 0.0)
        if best is None or score < best[0] - 1e-6:
            best = score, found, errors, rows.copy(), rms
        if score == 0:
            break
    return best[1:]


def crystalline(found: Msmr) -> np.ndarray:
    """Which reactions are the decay of Li15Si4."""
    low, high = CRYSTAL_WINDOW
    return (found.potentials > low) & (found.potentials < high) & (found.widths < CRYSTAL_WIDTH)


def branch_of(facts: pd.Series, rules: pd.DataFrame) -> tuple[str, str]:
    """Return the branch for which a curve stands, and why; empty if for none."""
    reasons = []
    for rule in rules[
        (rules["electrode"] == facts["electrode"]) & (rules["direction"] == facts["direction"])
    ].itertuples():
        failed = [
            text
            for text, holds in (
                (f"not measured on this material alone ({facts['measured']})", facts["measured"] == "yes"),
                ("another material", facts["material"] in rule.materials.split(";")),
                ("does not reach low enough", facts["lithiated_to"] <= rule.lithiated_to),
                ("does not reach high enough", facts["highest_potential"] >= rule.highest_potential),
                ("no two-phase plateau", not facts["plateau_share"] < rule.plateau_from),
                ("two-phase plateau", not facts["plateau_share"] > rule.plateau_to),
                ("too little Li15Si4", not facts["li15si4_share"] < rule.li15si4_from),
                ("too much Li15Si4", not facts["li15si4_share"] > rule.li15si4_to),
            )
            if not holds
        ]
        if not failed:
            return rule.branch, "meets the rule"
        reasons.append(f"{rule.branch}: {', '.join(failed)}")
    return "", "; ".join(reasons)


def block(facts: pd.Series, found: Msmr, errors: np.ndarray, rms: float, note: str = "") -> str:
    """One curve as the library reads it."""

    def table(values: np.ndarray, digits: int) -> str:
        return "\n".join("    [" + ", ".join(f"{value:.{digits}g}" for value in row) + "]," for row in values)

    rows = np.column_stack([found.potentials, found.fractions, found.widths])
    return "\n".join(
        [
            f"[curves.{facts['curve']}]",
            f'fitted_to = "{facts["state"]}{note}"',
            'status = "fitted"',
            f'source = "{facts["source"]}"',
            f'collection = "{facts["collection"]}"',
            f'verified = "{facts["verified"]}"',
            f"measured = [{facts['lowest_potential']:.4f}, {facts['highest_potential']:.4f}]  # V",
            f"rms = {1e3 * rms:.2f}  # mV",
            "temperature = 298.15  # K",
            f"offset = {found.offset:g}",
            "# potential / V, fraction / 1, width / (RT/F)",
            f"reactions = [\n{table(rows, 6)}\n]",
            f"standard_errors = [\n{table(errors, 2)}\n]",
            "",
        ]
    )


def main(folder: Path) -> int:
    """Fit all curves, and write what the tables hold about them."""
    curves, rules = pd.read_csv(DATA / "curves.csv"), pd.read_csv(DATA / "curve_rules.csv")
    curves[COMPUTED] = curves[COMPUTED].astype(object)
    blocks, rows = [], []
    for index, facts in curves.iterrows():
        whole = Curve.load(folder / f"{facts['file']}.mat")
        curve = whole.below(facts["fitted_below"]) if np.isfinite(facts["fitted_below"]) else whole
        found, errors, table, rms = fit(curve, facts["offset"], facts["smoothing"])
        facts = facts.copy()
        facts["lowest_potential"], facts["highest_potential"] = curve.potential[0], curve.potential[-1]
        at = curve.grid[slope(curve.on_grid(), facts["smoothing"]).argmax()]
        near = np.interp([at - 0.025, at + 0.025], curve.potential, curve.lithiation)
        facts["plateau_share"] = round(float(near[0] - near[1]), 3)
        narrow = crystalline(found) if (facts["electrode"], facts["direction"]) == ("silicon", "delithiation") else None
        if narrow is not None:
            facts["li15si4_share"] = round(float(found.fractions[narrow].sum()), 3)
        facts["branch"], facts["why"] = branch_of(facts, rules)
        for column in COMPUTED:
            curves.loc[index, column] = facts[column]
        if facts["branch"] and facts["electrode"] != "ncm90":
            note = ""
            if facts["branch"] == "delithiation" and narrow is not None and narrow.any():
                found = Msmr(*(values[~narrow] for values in (found.potentials, found.fractions, found.widths)))
                errors, note = errors[~narrow], "; the narrow reaction of Li15Si4 is left out"
            blocks.append(block(facts, found, errors, rms, note))
        for number, row in enumerate(table.itertuples(), 1):
            rows.append((facts["curve"], number, row.potential, row.uncertainty, row.height, row.fitted))
            moved = "lost" if np.isnan(row.fitted) else f"{1e3 * (row.fitted - row.potential):+.0f} mV"
            print(
                f"{facts['curve']}: {row.potential:.3f} ± {row.uncertainty:.3f} V, height {row.height:.2f}, fit {moved}"
            )
        print(f"    {found.potentials.size} reactions, rms {1e3 * rms:.2f} mV")
        print(f"    {facts['branch'] or 'no branch'}: {facts['why']}")
    curves.to_csv(DATA / "curves.csv", index=False, lineterminator="\n")
    names = ["curve", "peak", "potential", "uncertainty", "height", "fitted_potential"]
    pd.DataFrame(rows, columns=names).round(4).to_csv(DATA / "curve_peaks.csv", index=False, lineterminator="\n")
    path = DATA / "curves.toml"
    head = path.read_text(encoding="utf-8").partition("[curves.")[0]
    path.write_text(head + "\n".join(blocks), encoding="utf-8")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python tools/curves.py FOLDER (of the collection's MATLAB files)")
    sys.exit(main(Path(sys.argv[1])))
