"""Errors of the parameters of a full-cell fit, and which other windows explain the curve as well."""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import eigh
from scipy.special import chdtri

from sicell.balancing._noise import Noise, correlate, estimate, weigh
from sicell.balancing._problem import CellProblem


def mixing(problem: CellProblem, point: np.ndarray) -> np.ndarray:
    """Combinations of the channels whose noise, and whose lasting misfit, tell nothing about each other.

    The white part shows in differences of neighbours and the whole in the residuals; both become diagonal at once.
    Each combination is scaled to the root mean square of the voltage's residuals, which weighs it by its noise.
    """
    residuals = problem.raw(point)[0][0]
    steps = np.diff(residuals, axis=1)
    whole = residuals @ residuals.T / residuals.shape[1] + 1e-16 * np.eye(len(residuals))
    white = 0.5 * steps @ steps.T / steps.shape[1] + 1e-6 * np.diag(np.diag(whole))
    variance, combinations = eigh(whole, white)
    return combinations.T * np.sqrt(whole[0, 0] / variance)[:, None]


def noises(problem: CellProblem, point: np.ndarray) -> list[Noise]:
    """Noise of each combination of channels."""
    free = ~problem.at_bound(point)
    residuals, jacobian = (part[0] for part in problem.mixed(point))
    found = []
    for residual, columns in zip(residuals, jacobian[:, :, free], strict=True):
        told = np.linalg.norm(columns, axis=0) > 0
        found.append(estimate(problem.place, residual, columns[:, told]))
    return found


def uncertainty(
    problem: CellProblem, point: np.ndarray, noises: Sequence[Noise]
) -> tuple[np.ndarray, float, np.ndarray]:
    """Three covariances of the parameters, degrees of freedom, and which parameters are held by a bound.

    The first covariance is at the solution, the others one standard error away to both sides where the data say
    least: curves are not straight, and a parameter that would be lost so near is not determined.
    """
    low, high = problem.bounds
    held = problem.at_bound(point)
    covariance = _covariance(problem, point, noises, held)
    largest, direction = (part[..., -1] for part in np.linalg.eigh(covariance))
    step = np.sqrt(max(largest, 0.0)) * direction
    sides = [_covariance(problem, np.clip(point + side, low, high), noises, held) for side in (step, -step)]
    freedom = sum(noise.freedom(problem.place.size) for noise in noises)
    return np.array([covariance, *sides]), max(freedom - np.count_nonzero(~held), 2.0), held


def _covariance(problem: CellProblem, point: np.ndarray, noises: Sequence[Noise], held: np.ndarray) -> np.ndarray:
    """Covariance of the parameters under a noise that the weights of the fit do not follow."""
    covariance = np.zeros((point.size, point.size))
    jacobian = problem.mixed(point)[1][0][:, :, ~held]
    scale = np.sqrt((jacobian**2).sum(axis=(0, 1)))
    information, middle = 0.0, 0.0
    for k, noise in enumerate(noises):
        unit = jacobian[k] / scale
        pulled = problem.transposed(problem.weighted(unit, k), k)
        information = information + unit.T @ pulled
        middle = middle + pulled.T @ correlate(problem.place, noise, pulled)
    offset = problem.extra.get("reference_offset")
    if offset is not None and not held[offset]:
        k = int(np.count_nonzero(~held[:offset]))
        weight = problem.ridge / scale[k] ** 2
        information[k, k] += weight
        middle[k, k] += weight * problem.ridge * problem.reference_offset**2
    inverse = np.linalg.pinv(information, rcond=1e-14)
    covariance[np.ix_(~held, ~held)] = inverse @ middle @ inverse / np.outer(scale, scale)
    return covariance


def competitors(
    problem: CellProblem, points: np.ndarray, noises: Sequence[Noise], half_cell_misfit: float
) -> np.ndarray:
    """Return those minima that the data do not tell from the first one.

    A minimum is told apart if noise does not make up for its misfit, and errors of the half-cell curves, which add
    `half_cell_misfit` in V rms, do not either.
    """
    if len(points) == 1:
        return points[1:]
    excess = (problem.raw(points)[0] ** 2).mean(axis=2)
    excess = (excess - excess[0]).max(axis=1)
    residuals = problem.mixed(points)[0]
    deviance = np.zeros(len(points))
    for k, noise in enumerate(noises):
        one = residuals[:, k]
        if noise.correlated > 0:
            ratio = (noise.white / noise.correlated) ** 2
            weighted = weigh(problem.place, noise.length, ratio, one.T)[0] / noise.correlated**2
        else:
            weighted = one.T / noise.white**2
        deviance += (one * weighted.T).sum(axis=1)
    # Deviance that as many parameters as there are reach by chance in 5 %, polarization and offset apart.
    chance = float(chdtri(4 + bool(problem.negative.parts), 0.05))
    likely = (deviance - deviance[0] <= chance) | (excess <= half_cell_misfit**2)
    likely[0] = False
    return points[likely]
