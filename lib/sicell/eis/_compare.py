"""Which of several circuits describes a spectrum best."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from sicell.circuit import Circuit
from sicell.eis._fit import fit

__all__ = ["compare"]


def compare(frequency: Any, impedance: Any, circuits: Iterable[str | Circuit], **options: Any) -> pd.DataFrame:
    """Fit several circuits to a spectrum and rank them by information criteria.

    Parameters
    ----------
    frequency : array_like, shape (F,)
        Hz.
    impedance : array_like of complex, shape (F,)
        Ω, capacitive Z'' < 0.
    circuits : iterable of str or sicell.circuit.Circuit
        The candidates.
    **options
        Passed on to `fit` (`weight`, for example).

    Returns
    -------
    pandas.DataFrame
        Indexed by circuit, best first: ``parameters`` (number fitted), ``chi_square``, ``relative_rms``, ``aicc``,
        ``delta_aicc``, ``akaike_weight``, ``bic``, ``identifiable`` (whether the data determine every parameter) and
        ``fit``, the fitted result.

    Raises
    ------
    ValueError
        If there is no circuit, or as `fit`.

    Notes
    -----
    With n = 2F real data, k parameters (the noise level counts as one) and the weighted sum of squares S:
    AICc = n ln(S/n) + 2k + 2k(k + 1)/(n - k - 1), BIC = n ln(S/n) + k ln n.

    Examples
    --------
    >>> import numpy as np
    >>> from sicell.circuit import parse
    >>> frequency = np.geomspace(1e6, 0.1, 71)
    >>> spectrum = parse("R0-p(R1,C1)").impedance(frequency, [10, 30, 1e-5])
    >>> noise = np.random.default_rng(1).normal(scale=5e-3, size=(2, 71))
    >>> table = compare(frequency, spectrum * (1 + noise[0] + 1j * noise[1]), ["R0-C1", "R0-p(R1,C1)"])
    >>> table.index[0]
    'R0-p(R1,C1)'

    References
    ----------
    K. P. Burnham and D. R. Anderson, Model Selection and Multimodel Inference, 2nd ed., Springer, 2002.
    """
    rows = {}
    for circuit in [circuits] if isinstance(circuits, str | Circuit) else circuits:
        result = fit(frequency, impedance, circuit, **options)
        n = 2 * result.frequency.size
        k = n - result.degrees_of_freedom + 1
        size = n * np.log(result.chi_square / n)
        correction = 2 * k * (k + 1) / (n - k - 1) if n > k + 1 else np.inf
        rows[result.circuit.text] = {
            "parameters": k - 1,
            "chi_square": result.chi_square,
            "relative_rms": result.relative_rms,
            "aicc": size + 2 * k + correction,
            "bic": size + k * np.log(n),
            "identifiable": bool(result.parameters["identifiable"].all()),
            "fit": result,
        }
    if not rows:
        raise ValueError("circuits must name at least one circuit, got none")
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("circuit").sort_values("aicc")
    delta = table["aicc"] - table["aicc"].iloc[0]
    likelihood = np.exp(-0.5 * delta)
    table.insert(4, "delta_aicc", delta)
    table.insert(5, "akaike_weight", likelihood / likelihood.sum())
    return table
