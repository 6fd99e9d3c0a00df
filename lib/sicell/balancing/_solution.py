"""From the problem of a full cell to its result: search, noise, errors, and what else would explain the data."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from sicell import _check
from sicell._check import SicellWarning
from sicell.balancing._covariance import competitors, mixing, noises, uncertainty
from sicell.balancing._fit_result import FullCellFit
from sicell.balancing._noise import Noise, estimate
from sicell.balancing._problem import LARGEST_SPREAD, CellProblem
from sicell.balancing._windows import refine, search

# A good fit leaves a few mV of misfit; more that lasts along the curve is the model's or the half-cells', not noise.
_LARGEST_MISFIT = 0.008
_WINDOWS = ["x_0", "x_100", "y_0", "y_100"]
# An offset of the reference electrode that matters, in V, and that many standard errors from none.
_OFFSET = 0.002, 3.0
# What an offset could be where none is allowed for.
_FREE_OFFSET = 0.05


@dataclass(frozen=True)
class Settings:
    """Numbers that a fit can be given and rarely needs; see :func:`sicell.balancing.fit`."""

    derivative_weight: float = 0.5
    tolerance: float = 0.01
    half_cell_misfit: float = 0.001
    reference_offset: float = 0.02
    inhomogeneity: float | None = 0.0

    @classmethod
    def of(cls, given: dict[str, Any]) -> Settings:
        """Check what was given by name."""
        for name in given:
            if name not in cls.__dataclass_fields__:
                raise TypeError(f"fit has no argument {name!r}; settings are {', '.join(cls.__dataclass_fields__)}")
        settings = cls(**given)
        _check.between("derivative_weight", settings.derivative_weight, 0, 100)
        _check.between("tolerance", settings.tolerance, 1e-6, 1)
        _check.non_negative("half_cell_misfit", settings.half_cell_misfit, "V")
        _check.between("reference_offset", settings.reference_offset, 0, 0.5, "V")
        if settings.inhomogeneity is not None:
            _check.between("inhomogeneity", settings.inhomogeneity, 0, LARGEST_SPREAD)
        return settings


def solve(problem: CellProblem, curve: Any, settings: Settings) -> FullCellFit:
    """Find the windows and say how well they are known; warns as :func:`sicell.balancing.fit` does."""
    points = search(problem)
    if len(problem.channels) > 1:
        problem, points = _weighed(problem, points)
    found = noises(problem, points[0])
    # White noise drowns a difference of neighbours: then dV/dQ has nothing to add, and only widens the errors.
    shares = np.array([noise.correlated_share for noise in found])
    weights = np.where(shares < 0.95, shares, 1.0) * problem.weights
    if np.any(weights != problem.weights):
        problem = replace(problem, weights=weights)
        points = refine(problem, points)
    others = competitors(problem, points, found, settings.half_cell_misfit)
    covariances, freedom, held = uncertainty(problem, points[0], found)
    covariances = covariances + _counting(points[0], curve.resolution)
    result = _result(problem, points[0], others, found, covariances, freedom, held, curve, settings)
    _warn_of_windows(result, held)
    _warn_of_misfit(result, len(problem.channels) > 1 and not settings.reference_offset)
    return result


def _weighed(problem: CellProblem, points: np.ndarray) -> tuple[CellProblem, np.ndarray]:
    """Weigh voltage and potentials by their noise, twice: the first weights were all the same."""
    for _ in range(2):
        variance = float((problem.raw(points[:1])[0][0, 0] ** 2).mean())
        ridge = variance / problem.reference_offset**2 if problem.reference_offset else 0.0
        problem = replace(problem, mixing=mixing(problem, points[0]), ridge=ridge)
        points = refine(problem, points)
    return problem, points


def _counting(point: np.ndarray, resolution: float) -> np.ndarray:
    """Covariance of the parameters because a counter tells both ends of the curve to a step only."""
    covariance = np.zeros((point.size, point.size))
    x, y = point[1] - point[0], point[3] - point[2]
    for end in (0, 1):
        moved = np.zeros(point.size)
        moved[[end, 2 + end]] = x, y
        covariance += resolution**2 / 12 * np.outer(moved, moved)
    return covariance


def _quantities(problem: CellProblem, points: np.ndarray, span: float) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names, values (sets, quantities) and, for the first set, derivatives by the parameters.

    Both capacities, the lithium and the capacities of a blend's parts come before the parameters.
    """
    x_0, x_100, y_0, y_100 = points[:, :4].T
    negative, positive = span / (x_100 - x_0), span / (y_0 - y_100)
    names = ["capacity_negative", "capacity_positive", "cyclable_lithium"]
    values = [negative, positive, negative * x_0 + positive * y_0]
    by_n, by_p = float(negative[0] / (x_100 - x_0)[0]), float(positive[0] / (y_0 - y_100)[0])
    one = points[0]
    gradient = np.zeros((3, one.size))
    gradient[0, :2] = by_n, -by_n
    gradient[1, 2:4] = -by_p, by_p
    gradient[2, :4] = negative[0] + one[0] * by_n, -one[0] * by_n, positive[0] - one[2] * by_p, one[2] * by_p
    if problem.negative.parts:
        share = points[:, 4]
        by_share = np.zeros(one.size)
        by_share[4] = negative[0]
        names += [f"capacity_{part}" for part in problem.negative.parts]
        values += [share * negative, (1 - share) * negative]
        parts = share[0] * gradient[0] + by_share, (1 - share[0]) * gradient[0] - by_share
        gradient = np.vstack([gradient, *parts])
    names += problem.names
    return names, np.column_stack([*values, points]), np.vstack([gradient, np.eye(one.size)])


def _result(
    problem: CellProblem,
    point: np.ndarray,
    others: np.ndarray,
    noises: list[Noise],
    covariances: np.ndarray,
    freedom: float,
    held: np.ndarray,
    curve: Any,
    settings: Settings,
) -> FullCellFit:
    """Put capacities and lithium beside the windows, with the errors that follow."""
    names, values, gradient = _quantities(problem, np.vstack([point, others]), curve.span)
    values, rivals = values[0], values[1:]
    spread = gradient @ covariances @ gradient.T
    full = spread[0]
    errors, largest = (np.sqrt(np.maximum(np.diagonal(part, 0, -2, -1), 0.0)) for part in (full, spread.max(axis=0)))
    touched = np.abs(gradient[:, held]).max(axis=1) > 0 if held.any() else np.zeros(len(names), dtype=bool)
    capacities = [name.startswith(("capacity", "cyclable")) for name in names]
    allowed = settings.tolerance * np.where(capacities, np.abs(values), 1.0)
    table = pd.DataFrame({"value": values, "standard_error": np.where(touched, np.nan, errors)}, index=names)
    quantile = float(stdtrit(freedom, 0.975))
    reach = quantile * table["standard_error"]
    table["lower"], table["upper"] = table["value"] - reach, table["value"] + reach
    different = np.abs(rivals - values) > allowed
    table["lower"] = np.minimum(table["lower"], np.min(rivals, axis=0, initial=np.inf) - reach)
    table["upper"] = np.maximum(table["upper"], np.max(rivals, axis=0, initial=-np.inf) + reach)
    table["identifiable"] = (largest <= allowed) & ~touched & ~different.any(axis=0)
    if "inhomogeneity" in names:
        # Its square is what the curve tells: the interval of the root may begin at zero.
        row = table.loc["inhomogeneity"]
        value, low, high = np.sqrt(np.maximum(row[["value", "lower", "upper"]].astype(float), 0.0))
        error = (high - low) / (2 * quantile)
        table.loc["inhomogeneity"] = [value, error, low, high, bool(error <= settings.tolerance)]
        rivals[:, names.index("inhomogeneity")] **= 0.5
    safe = np.where(errors > 0, errors, np.nan)
    residuals, jacobian = (part[0, 0] for part in problem.raw(point))
    noise = noises[0]
    if len(noises) > 1:
        # The channels are mixed; this is the voltage's alone.
        told = ~held & (np.linalg.norm(jacobian, axis=0) > 0)
        noise = estimate(problem.place, residuals, jacobian[:, told])
    return FullCellFit(
        capacity=curve.span,
        table=table,
        correlations=pd.DataFrame(full / np.outer(safe, safe), index=names, columns=names),
        half_cycle="charge" if problem.sign > 0 else "discharge",
        rms=float(np.sqrt(np.mean(residuals**2))),
        noise=noise,
        alternatives=pd.DataFrame(rivals[different.any(axis=1)], columns=names),
        problem=problem,
        points=np.vstack([point, others]),
        covariance=covariances[0],
        quantile=quantile,
        curve=curve,
        settings=settings,
        solve=solve,
    )


def _warn(text: str) -> None:
    warnings.warn(text, SicellWarning, stacklevel=5)


def _warn_of_windows(result: FullCellFit, held: np.ndarray) -> None:
    """Tell which windows the data leave open."""
    count = len(result.alternatives)
    if count:
        _warn(
            f"{count} other pair{'s' * (count > 1)} of windows explain{'s' * (count == 1)} this curve as well (see "
            "alternatives): a longer part of the curve is needed to tell them apart"
        )
    if held[:4].any():
        ends = ", ".join(
            f"{name} = {value:.3g}" for name, value, hit in zip(_WINDOWS, result.point, held, strict=False) if hit
        )
        _warn(
            f"the window ends where the half-cell curve ends ({ends}): that electrode is not determined, a half-cell "
            "measured over a wider range is needed"
        )


def _warn_of_misfit(result: FullCellFit, no_offset: bool) -> None:
    """Tell what the model cannot give: a misfit that lasts, or potentials that are shifted."""
    # The part of the misfit that is no white noise: more points do not average it out.
    misfit = result.rms * np.sqrt(result.noise.correlated_share)
    if misfit > _LARGEST_MISFIT:
        fixed = result.problem.polarization is not None
        offset = "; polarization=None fits a constant distance from equilibrium" * fixed
        _warn(
            "no windows of these half-cells give the cell's curve: a misfit of "
            f"{1e3 * misfit:.0f} mV rms that is not noise remains; are the half-cells of this chemistry, is half_cycle "
            f"right, and is the current low enough{offset}"
        )
    if no_offset:
        problem = replace(result.problem, reference_offset=_FREE_OFFSET)
        problem, points = _weighed(problem, np.append(result.point, 0.0)[None])
        covariances, _, _ = uncertainty(problem, points[0], noises(problem, points[0]))
        offset, error = points[0, -1], np.sqrt(covariances[0][-1, -1])
        if abs(offset) > max(_OFFSET[0], _OFFSET[1] * error):
            _warn(
                f"the reference electrode seems to be off by {1e3 * offset:.1f} ± {1e3 * error:.1f} mV, which "
                "reference_offset=0 ignores: the windows take up what it does; leave reference_offset at its default"
            )
    elif "reference_offset" in result.table.index:
        offset, allowed = result.table.loc["reference_offset", "value"], result.settings.reference_offset
        if abs(offset) > _OFFSET[1] * allowed:
            _warn(
                f"the reference electrode is off by {1e3 * offset:.0f} mV, beyond the {1e3 * allowed:.0f} mV that "
                "reference_offset allows for: check the electrode, or allow more"
            )
