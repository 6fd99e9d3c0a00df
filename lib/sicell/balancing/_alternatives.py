"""Which other pairs of windows explain a curve as well as the best one does."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from sicell.balancing._noise import Noise, weigh
from sicell.balancing._windows import Problem

__all__ = ["competitors"]

# Deviance that four windows reach by chance in 5 %.
_CHANCE = float(chi2.ppf(0.95, 4))


def competitors(problem: Problem, points: np.ndarray, noise: Noise, half_cell_misfit: float) -> np.ndarray:
    """Return those minima that the data do not tell from the first one.

    A minimum is told apart if noise does not make up for its misfit, and errors of the half-cell curves, which add
    `half_cell_misfit` in V rms, do not either.
    """
    residuals = problem.residuals(points)
    excess = (residuals**2).mean(axis=1) - (residuals[0] ** 2).mean()
    if noise.correlated > 0:
        ratio = (noise.white / noise.correlated) ** 2
        weighted = weigh(problem.place, noise.length, ratio, residuals.T)[0] / noise.correlated**2
    else:
        weighted = residuals.T / noise.white**2
    deviance = (residuals * weighted.T).sum(axis=1)
    likely = (deviance - deviance[0] <= _CHANCE) | (excess <= half_cell_misfit**2)
    likely[0] = False
    return points[likely]
