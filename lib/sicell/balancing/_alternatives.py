"""Which other pairs of windows explain a curve as well as the best one does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import chdtri

from sicell.balancing._noise import Noise, weigh
from sicell.balancing._problem import Problem


def competitors(problem: Problem, points: np.ndarray, noises: Sequence[Noise], half_cell_misfit: float) -> np.ndarray:
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
