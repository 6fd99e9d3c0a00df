"""Comparison of mean particle sizes that are known only as mean, standard deviation and count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import gammaln
from scipy.stats import t, ttest_ind_from_stats

from sicell._check import between, finite, positive

__all__ = ["compare_means", "holm", "mean_interval"]


def holm(p_values: Any) -> np.ndarray:
    """Adjust the p values of several tests by Holm's step-down method.

    Raises ValueError if one is outside 0 to 1.

    Parameters
    ----------
    p_values : array of shape (n,)
        One for each test.

    Returns
    -------
    numpy.ndarray of shape (n,)
        Adjusted p values in the same order: rejecting those below α keeps the chance of any false rejection below α.

    References
    ----------
    Holm, Scand. J. Stat. 6 (1979) 65.
    """
    p_values = np.atleast_1d(between("p_values", p_values, 0, 1))
    order = np.argsort(p_values, kind="stable")
    stepped = p_values[order] * np.arange(p_values.size, 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(stepped))
    return adjusted


def mean_interval(mean: Any, standard_deviation: Any, count: Any, *, confidence: float = 0.95) -> tuple[Any, Any]:
    """Return the confidence interval of a mean that is known with the standard deviation and number of observations.

    Raises ValueError if a value is out of range.

    Parameters
    ----------
    mean, standard_deviation : float or array
        Mean and sample standard deviation, in one unit.
    count : int or array
        Number of observations, at least 2.
    confidence : float, optional
        Confidence of the interval, between 0 and 1.

    Returns
    -------
    lower, upper : float or array
        Ends of the interval by Student's t distribution.

    References
    ----------
    Student, Biometrika 6 (1908) 1.
    """
    mean = finite("mean", mean)
    count = between("count", count, 2, np.inf)
    share = (1 + between("confidence", confidence, 0, 1)) / 2
    half = t.ppf(share, count - 1) * positive("standard_deviation", standard_deviation) / np.sqrt(count)
    return mean - half, mean + half


def compare_means(
    means: Any,
    standard_deviations: Any,
    counts: Any,
    names: Sequence[str] | None = None,
    *,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Compare all pairs of means by Welch's t test with Holm's correction.

    Raises ValueError if there are fewer than two groups, lengths differ, or a value is out of range.

    Parameters
    ----------
    means, standard_deviations : array of shape (n,)
        Mean and sample standard deviation of each group, in one unit.
    counts : int or array of shape (n,)
        Number of observations in each group, at least 2.
    names : sequence of str, optional
        Names of the groups; their numbers unless given.
    confidence : float, optional
        Confidence of the intervals of the differences; they are not adjusted for the number of pairs.

    Returns
    -------
    pandas.DataFrame
        One row for each pair: `first`, `second`, `difference` (second − first), `lower`, `upper`, `t`,
        `degrees_of_freedom`, `p`, `p_adjusted` and `hedges_g` (difference over the pooled standard deviation, corrected
        for small samples).

    Notes
    -----
    Observations are taken as independent and about normal. Ten particles of one micrograph need not be.

    References
    ----------
    Welch, Biometrika 34 (1947) 28. Holm, Scand. J. Stat. 6 (1979) 65. Hedges, J. Educ. Stat. 6 (1981) 107.
    """
    means = np.atleast_1d(finite("means", means))
    size = means.size
    if size < 2:
        raise ValueError(f"means must hold at least two groups, got {size}")
    deviations = np.atleast_1d(positive("standard_deviations", standard_deviations))
    counts = np.broadcast_to(between("counts", counts, 2, np.inf), size) if np.ndim(counts) == 0 else counts
    counts = np.atleast_1d(between("counts", counts, 2, np.inf))
    names = list(range(size)) if names is None else list(names)
    for name, length in (("standard_deviations", deviations.size), ("counts", counts.size), ("names", len(names))):
        if length != size:
            raise ValueError(f"{name} must have as many elements as means ({size}), got {length}")
    confidence = between("confidence", confidence, 0, 1)

    first, second = np.triu_indices(size, k=1)
    groups = [values[index] for index in (second, first) for values in (means, deviations, counts)]
    test = ttest_ind_from_stats(*groups, equal_var=False)
    difference = means[second] - means[first]
    # Welch-Satterthwaite
    share = deviations**2 / counts
    variance = share[first] + share[second]
    freedom = variance**2 / ((share**2 / (counts - 1))[first] + (share**2 / (counts - 1))[second])
    half = t.ppf((1 + confidence) / 2, freedom) * np.sqrt(variance)

    pooled_freedom = counts[first] + counts[second] - 2
    squares = deviations**2 * (counts - 1)
    pooled = np.sqrt((squares[first] + squares[second]) / pooled_freedom)
    correction = np.exp(gammaln(pooled_freedom / 2) - gammaln((pooled_freedom - 1) / 2)) / np.sqrt(pooled_freedom / 2)
    return pd.DataFrame(
        {
            "first": [names[index] for index in first],
            "second": [names[index] for index in second],
            "difference": difference,
            "lower": difference - half,
            "upper": difference + half,
            "t": test.statistic,
            "degrees_of_freedom": freedom,
            "p": test.pvalue,
            "p_adjusted": holm(test.pvalue),
            "hedges_g": correction * difference / pooled,
        }
    )
