"""Which of several circuits describes a spectrum best, and whether the spectrum can tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from sicell import _check
from sicell.circuit import Circuit
from sicell.eis._fit import Fit, fit
from sicell.eis._measurement import smooth_part
from sicell.eis._rivals import PRIOR_EXPONENT, PRIOR_LOG
from sicell.eis._search import DIGITS, ROUNDING, SMOOTH, WHITE

FLOOR_FACTOR = 3.0  # a search may end a little above the floor


@dataclass(frozen=True)
class Choice:
    """A circuit chosen among several, as `choose` returns it.

    Attributes
    ----------
    table : pandas.DataFrame
        Candidates by falling weight, indexed by circuit: ``weight``, ``evidence`` (minus twice its logarithm:
        differences count), ``parameters`` (fitted), ``determined`` (how many of them the data determine),
        ``relative_rms``, ``patterned`` (whether the residuals are more than noise), ``bic`` (n ln(S/n) + (k + 1) ln n)
        and ``fit``.
    circuit, weight, adequate : str or None, float, bool
        The best candidate (None if the spectrum cannot tell it from others), its weight, and whether it leaves nothing
        but noise.
    notes : tuple of str
        Why there is no choice, or why not to rely on it.
    """

    table: pd.DataFrame = field(repr=False)
    circuit: str | None
    weight: float
    adequate: bool
    notes: tuple[str, ...]

    @property
    def fit(self) -> Fit:
        """The fit of the best candidate."""
        return self.table["fit"].iloc[0]


def choose(
    frequency: Any, impedance: Any, circuits: Iterable[str | Circuit], *, certainty: float = 0.6, **options: Any
) -> Choice:
    """Choose the circuit that describes a spectrum best, if the spectrum can tell.

    Frequencies (F,) are in Hz, complex impedances (F,) in Ω with capacitive Z'' < 0; options (`weight`, for example) go
    to `fit`. To be chosen the best candidate must have the weight `certainty`. Raises ValueError if there is no
    circuit, or as `fit`.

    The evidence is the probability of the data under a circuit, whose parameters are known beforehand to a factor of
    twenty or so (Laplace's approximation). With n = 2F real data, the weighted sum of squares S, k parameters, and the
    eigenvalues λ of the information on them in units of what is known beforehand, -2 ln E = n ln S + Σ ln(1 + λ) + 2k:
    a parameter that the data determine costs as much as they narrow it, one that they do not determine next to nothing
    (the last term; so of two circuits that are the same the simpler wins). To S belongs what the digits of the data
    leave open: among circuits that reach the floor of a computed spectrum the simplest wins. Weights share one among
    the candidates; where even the best leaves patterned residuals, neighbouring points count as one in proportion to
    their correlation (D. J. C. MacKay, Neural Computation 4 (1992) 415, doi:10.1162/neco.1992.4.3.415).

    >>> import numpy as np
    >>> from sicell.circuit import parse
    >>> frequency = np.geomspace(1e6, 0.1, 71)
    >>> spectrum = parse("R0-p(R1,C1)").impedance(frequency, [10, 30, 1e-5])
    >>> noise = np.random.default_rng(1).normal(scale=5e-3, size=(2, 71))
    >>> choose(frequency, spectrum * (1 + noise[0] + 1j * noise[1]), ["R0-C1", "R0-p(R1,C1)"]).circuit
    'R0-p(R1,C1)'
    """
    _check.between("certainty", certainty, 0.0, 1.0)
    fits = _fits(frequency, impedance, circuits, options)
    floor = _floor(fits.values())
    rows = [_row(result, floor) for result in fits.values()]
    table = pd.DataFrame(rows, index=pd.Index(fits, name="circuit")).sort_values("evidence")
    best = table.iloc[0]
    correlation = max(best["fit"].residual_correlation, 0.0) if best["patterned"] else 0.0
    independent = (1 - correlation) / (1 + correlation)
    likelihood = np.exp(-0.5 * independent * (table["evidence"] - best["evidence"]))
    table.insert(0, "weight", likelihood / likelihood.sum())
    weight, adequate = float(table["weight"].iloc[0]), not best["patterned"]
    notes = ()
    if weight < certainty:
        close = ", ".join(f"{name} {row:.0%}" for name, row in table["weight"].items() if row > 0.05)
        notes += (f"the spectrum cannot tell these apart (weights): {close}",)
    if not adequate:
        notes += (
            f"no candidate describes the spectrum down to its noise: {table.index[0]} leaves patterned residuals",
        )
    return Choice(table, table.index[0] if weight >= certainty else None, weight, adequate, notes)


def _fits(frequency: Any, impedance: Any, circuits: Iterable[str | Circuit], options: dict[str, Any]) -> dict[str, Fit]:
    """Return the fit of each circuit by its text."""
    given = [circuits] if isinstance(circuits, str | Circuit) else circuits
    fits = [fit(frequency, impedance, each, **options) for each in given]
    if not fits:
        raise ValueError("circuits must name at least one circuit, got none")
    return {result.circuit.text: result for result in fits}


def _floor(results: Iterable[Fit]) -> float:
    """Return the relative rms that is due to the digits with which a spectrum was written, judged by its fits.

    A fit that leaves next to nothing has met a spectrum that was computed. What it leaves is not noise to be measured
    by, but digits of impedances and of frequencies.
    """
    best = min(result.relative_rms for result in results)
    return FLOOR_FACTOR * max(best, ROUNDING) if best < DIGITS else 0.0


def _row(result: Fit, floor: float) -> dict[str, Any]:
    """Return what the table of a choice says about one candidate."""
    problem, weight = result._model.problem, result.weight[None]
    size = result.chi_square + np.sum((floor * result.weight * np.abs(result.impedance)) ** 2)
    number = 2 * result.frequency.size
    _, jacobian = problem.linearize(problem.coordinates(result.values)[None], result.impedance[None], weight)
    prior = np.where(problem.exponent, PRIOR_EXPONENT, PRIOR_LOG)[problem.free]
    jacobian = jacobian.view(float)[0, problem.free] * prior[:, None] / np.sqrt(size / number)
    information = np.linalg.svd(jacobian, compute_uv=False) ** 2
    parameters = len(information)
    return {
        "evidence": float(number * np.log(size) + np.sum(np.log1p(information)) + 2 * parameters),
        "parameters": parameters,
        "determined": float(np.sum(information / (1 + information))),
        "relative_rms": result.relative_rms,
        "patterned": _patterned(result, floor),
        "bic": _criteria(result)["bic"],
        "fit": result,
    }


def _criteria(result: Fit) -> dict[str, float]:
    """Return AICc and BIC as :func:`compare` defines them."""
    n = 2 * result.frequency.size
    k = n - result.degrees_of_freedom + 1
    size = n * np.log(max(result.chi_square, 1e-300) / n)  # a computed spectrum may be met exactly
    correction = 2 * k * (k + 1) / (n - k - 1) if n > k + 1 else np.inf
    return {"aicc": size + 2 * k + correction, "bic": size + k * np.log(n)}


def _patterned(result: Fit, floor: float) -> bool:
    """Return whether residuals are more than noise and digits."""
    if result.relative_rms < floor:
        return False
    free = int(np.count_nonzero(result._model.problem.free))
    residuals = (result.residuals * np.abs(result.impedance) * result.weight)[None]
    smooth, _ = smooth_part(2 * np.pi * result.frequency, residuals, result.weight[None], free)
    return bool(result.residual_correlation > WHITE or smooth[0] < SMOOTH)


def compare(frequency: Any, impedance: Any, circuits: Iterable[str | Circuit], **options: Any) -> pd.DataFrame:
    """Fit several circuits to a spectrum and rank them by information criteria.

    For who has to report them; :func:`choose` also knows what the data do not determine, and may abstain. Arguments and
    errors as there. Indexed by circuit, best first: ``parameters`` (number fitted), ``chi_square``, ``relative_rms``,
    ``aicc``, ``delta_aicc``, ``akaike_weight``, ``bic``, ``identifiable`` (whether the data determine every parameter)
    and ``fit``, the fitted result.

    With n = 2F real data, k parameters (the noise level counts as one) and the weighted sum of squares S:
    AICc = n ln(S/n) + 2k + 2k(k + 1)/(n - k - 1), BIC = n ln(S/n) + k ln n (K. P. Burnham and D. R. Anderson, Model
    Selection and Multimodel Inference, 2nd ed., Springer, 2002).

    >>> import numpy as np
    >>> from sicell.circuit import parse
    >>> frequency = np.geomspace(1e6, 0.1, 71)
    >>> spectrum = parse("R0-p(R1,C1)").impedance(frequency, [10, 30, 1e-5])
    >>> noise = np.random.default_rng(1).normal(scale=5e-3, size=(2, 71))
    >>> table = compare(frequency, spectrum * (1 + noise[0] + 1j * noise[1]), ["R0-C1", "R0-p(R1,C1)"])
    >>> table.index[0]
    'R0-p(R1,C1)'
    """
    rows = {
        name: {
            "parameters": 2 * result.frequency.size - result.degrees_of_freedom,
            "chi_square": result.chi_square,
            "relative_rms": result.relative_rms,
            **_criteria(result),
            "identifiable": bool(result.parameters["identifiable"].all()),
            "fit": result,
        }
        for name, result in _fits(frequency, impedance, circuits, options).items()
    }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("circuit").sort_values("aicc")
    delta = table["aicc"] - table["aicc"].iloc[0]
    likelihood = np.exp(-0.5 * delta)
    table.insert(4, "delta_aicc", delta)
    table.insert(5, "akaike_weight", likelihood / likelihood.sum())
    return table
