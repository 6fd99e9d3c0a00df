"""Comparison of mean particle sizes that are known only as mean, standard deviation and one count for all."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t, ttest_ind_from_stats

from sicell._check import between, finite, lists, positive


def holm(p_values: Any) -> np.ndarray:
    """Adjust p values of shape (n,) by Holm's step-down method (Scand. J. Stat. 6 (1979) 65), in the same order.

    Rejecting those below α keeps the chance of any false rejection below α. Raises ValueError outside 0 to 1.
    """
    p_values = np.atleast_1d(between("p_values", p_values, 0, 1))
    order = np.argsort(p_values, kind="stable")
    stepped = p_values[order] * np.arange(p_values.size, 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(stepped))
    return adjusted


def mean_interval(mean: Any, standard_deviation: Any, count: Any, *, confidence: float = 0.95) -> tuple[Any, Any]:
    """Return the ends of Student's interval of a mean that is known with the sample's deviation and count (≥ 2).

    Arguments may be arrays; one out of range raises ValueError.
    """
    mean = finite("mean", mean)
    count = between("count", count, 2, np.inf)
    share = (1 + between("confidence", confidence, 0, 1)) / 2
    half = t.ppf(share, count - 1) * positive("standard_deviation", standard_deviation) / np.sqrt(count)
    return mean - half, mean + half


def compare_means(means: Any, standard_deviations: Any, count: Any, names: Sequence[str]) -> pd.DataFrame:
    """Compare all pairs of means by Welch's t test (Biometrika 34 (1947) 28) with Holm's correction.

    Means and sample standard deviations have shape (n,) and one unit; each group has `count` observations (≥ 2), taken
    as independent and about normal, which ten particles of one micrograph need not be. One row for each pair:
    `first`, `second`, `difference` (second − first) with the ends `lower` and `upper` of its 95 % interval, which is
    not adjusted for the number of pairs, `p` and `p_adjusted`. Raises ValueError if lengths differ, there are fewer
    than two groups, or a value is out of range.
    """
    means, deviations = lists(means=means, standard_deviations=standard_deviations)
    positive("standard_deviations", deviations)
    count = between("count", count, 2, np.inf)
    if not len(names) == means.size > 1:
        raise ValueError(f"names must be two or more and as many as means ({means.size}), got {len(names)}")
    first, second = np.triu_indices(means.size, k=1)
    test = ttest_ind_from_stats(
        means[second], deviations[second], count, means[first], deviations[first], count, equal_var=False
    )
    difference, variance = means[second] - means[first], deviations**2 / count
    # Welch-Satterthwaite
    both = variance[first] + variance[second]
    freedom = (count - 1) * both**2 / (variance[first] ** 2 + variance[second] ** 2)
    half = t.ppf(0.975, freedom) * np.sqrt(both)
    return pd.DataFrame(
        {
            "first": [names[index] for index in first],
            "second": [names[index] for index in second],
            "difference": difference,
            "lower": difference - half,
            "upper": difference + half,
            "p": test.pvalue,
            "p_adjusted": holm(test.pvalue),
        }
    )
