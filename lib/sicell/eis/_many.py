"""Fitting one circuit to many spectra, in this process or by any executor."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any

import numpy as np
import pandas as pd

from sicell import _check
from sicell._solve._executor import bar, distribute
from sicell.circuit import Circuit, parse
from sicell.eis._fit import enough, solve, weights
from sicell.eis._model import Model
from sicell.eis._search import autocorrelation
from sicell.eis._spectrum import as_complex, check_frequency, check_rows, unmasked

CHUNK = 256
NOT_DONE = "not done"
OK = "ok"


def fit_many(
    frequency: Any,
    impedances: Any,
    circuit: str | Circuit,
    *,
    weight: Any = "modulus",
    fixed: Any = None,
    bounds: Any = None,
    initial_guess: Any = None,
    confidence: float = 0.95,
    executor: Executor | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Fit an equivalent circuit to many spectra, fastest if they share their frequencies.

    Raises ValueError if an argument that all spectra share is wrong. What is wrong with one spectrum is said in its
    row.

    Parameters
    ----------
    frequency : array_like, shape (F,), or one for each spectrum
        Hz, in any order.
    impedances : array_like of complex, shape (N, F), or a sequence of spectra of any length
        Ω, one row a spectrum.
    circuit, weight, fixed, bounds, initial_guess, confidence
        As for `fit`, the same for all spectra.
    executor : concurrent.futures.Executor, optional
        Where to compute: a process pool, ``distributed.Client.get_executor()``, an MPI or Ray pool. This process if
        None. Chunks of spectra are sent as needed, so that memory stays bounded.
    progress : bool, optional
        Show a progress bar (only if the output is a terminal or a notebook).

    Returns
    -------
    pandas.DataFrame
        One row a spectrum: ``status`` ("ok", or why it failed, or "not done" after an interruption), the parameters by
        name, each also with ``_stderr``, ``_lower``, ``_upper`` and ``_identifiable`` appended, ``chi_square``,
        ``relative_rms``, ``residual_correlation`` (beyond 0.3 the circuit does not describe the spectrum, see `Fit`)
        and ``converged``.

    Examples
    --------
    >>> import numpy as np
    >>> from sicell.circuit import parse
    >>> frequency = np.geomspace(1e5, 1, 40)
    >>> spectra = parse("R0-p(R1,C1)").impedance(frequency, [[10, 5, 1e-5], [12, 7, 1e-5]])
    >>> fit_many(frequency, spectra, "R0-p(R1,C1)", progress=False)[["status", "R0", "R1"]].round(6)
      status    R0   R1
    0     ok  10.0  5.0
    1     ok  12.0  7.0
    """
    _check.between("confidence", confidence, 0.5, 0.9999)
    index = impedances.index if isinstance(impedances, pd.DataFrame) else None
    shape = np.shape(frequency[0]) if np.iterable(frequency) and len(frequency) else ()
    if shape or np.ma.is_masked(impedances) or (index is None and len({np.size(one) for one in impedances}) > 1):
        options = {"weight": weight, "fixed": fixed, "bounds": bounds, "initial_guess": initial_guess}
        options |= {"confidence": confidence, "executor": executor, "progress": progress}
        return _by_grid(frequency, impedances, circuit, options, one_grid=not shape)
    impedances = as_complex(impedances)
    if impedances.ndim != 2:
        raise ValueError(f"impedances must be of shape (N, F), one row a spectrum, got shape {impedances.shape}")
    ordered, order, pairs, _ = check_frequency(frequency, impedances.shape[1], 3)
    options = {"circuit": str(circuit), "fixed": fixed, "bounds": bounds, "initial_guess": initial_guess}
    model = Model.of(circuit, ordered, fixed, bounds, initial_guess)
    enough(model)
    weight = weight if isinstance(weight, str) else weights(weight, frequency, impedances[:1][:, order], ordered)[0]
    if isinstance(weight, str):
        _check.choice("weight", weight, ("modulus", "unit"))

    result = _Table(len(impedances), model.circuit)
    begins = iter(range(0, len(impedances), CHUNK))
    with bar(len(impedances), "spectra", progress) as shown:

        def job(begin: int) -> tuple[Any, ...]:
            part = impedances[begin : begin + CHUNK]
            return ordered, part, order, pairs, weight, options, confidence

        try:
            if executor is None:
                for begin in begins:
                    shown.update(result.put(begin, fit_chunk(*job(begin))))
            else:
                jobs = ((begin, job(begin)) for begin in begins)
                distribute(executor, fit_chunk, jobs, lambda begin, rows: shown.update(result.put(begin, rows)))
        except KeyboardInterrupt:
            shown.set_description("interrupted")
    return result.frame(index)


def _by_grid(
    frequency: Any, impedances: Any, circuit: str | Circuit, options: dict[str, Any], one_grid: bool
) -> pd.DataFrame:
    """Fit spectra of different frequencies: those that share them together."""
    if not isinstance(options["weight"], str):
        raise ValueError("weight must be 'modulus' or 'unit' for spectra of different frequencies")
    if not one_grid and len(frequency) != len(impedances):
        raise ValueError(
            f"frequency must be one array or one for each spectrum, got {len(frequency)} for {len(impedances)} spectra"
        )
    groups: dict[tuple[float, ...], list[int]] = {}
    status, spectra = {}, []
    for k, one in enumerate(impedances):
        grid, spectrum, _, _ = unmasked(frequency if one_grid else frequency[k], one)
        spectra.append(spectrum)
        if np.size(grid) == np.size(spectrum):
            groups.setdefault(tuple(np.asarray(grid, dtype=float)), []).append(k)
        else:
            status[k] = f"{np.size(spectrum)} impedances but {np.size(grid)} frequencies: pass frequencies of its own"
    tables = [_Table(len(status), parse(circuit)).frame(pd.Index(list(status), dtype=int))]
    tables[0]["status"] = list(status.values())
    for grid, members in groups.items():
        try:
            table = fit_many(np.array(grid), np.array([spectra[k] for k in members]), circuit, **options)
        except ValueError as problem:
            if len(groups) == 1:
                raise
            table = _Table(len(members), parse(circuit)).frame(None).assign(status=str(problem))
        tables.append(table.set_axis(pd.Index(members)))
    return pd.concat([table for table in tables if len(table)]).sort_index()


class _Table:
    """The rows of the result, filled in chunk by chunk."""

    def __init__(self, count: int, circuit: Circuit):
        names = circuit.parameter_names
        self.names = [
            *names,
            *(f"{name}_{what}" for what in ("stderr", "lower", "upper") for name in names),
            "chi_square",
            "relative_rms",
            "residual_correlation",
        ]
        self.flags = [*(f"{name}_identifiable" for name in names), "converged"]
        self.status = np.full(count, NOT_DONE, dtype=object)
        self.numbers = np.full((count, len(self.names)), np.nan)
        self.truth = np.zeros((count, len(self.flags)), dtype=bool)

    def put(self, begin: int, rows: tuple[list[str], np.ndarray, np.ndarray] | BaseException) -> int:
        """Store a chunk that starts at row `begin`, or why it failed; return how many rows it has."""
        if isinstance(rows, BaseException):
            stop = min(begin + CHUNK, len(self.status))
            self.status[begin:stop] = f"failed: {type(rows).__name__}: {rows}"
            return stop - begin
        status, numbers, truth = rows
        part = slice(begin, begin + len(status))
        self.status[part], self.numbers[part], self.truth[part] = status, numbers, truth
        return len(status)

    def frame(self, index: pd.Index | None) -> pd.DataFrame:
        """Return the table."""
        numbers = pd.DataFrame(self.numbers, columns=self.names)
        truth = pd.DataFrame(self.truth, columns=self.flags)
        table = pd.concat([pd.Series(self.status, name="status", dtype=object), numbers, truth], axis=1)
        return table if index is None else table.set_axis(index)


def fit_chunk(
    frequency: np.ndarray,
    impedances: np.ndarray,
    order: np.ndarray,
    pairs: np.ndarray,
    weight: str | np.ndarray,
    options: dict[str, Any],
    confidence: float,
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return status, numbers and flags of each spectrum of a chunk (a function of its own: workers get it by name)."""
    model = Model.of(options["circuit"], frequency, options["fixed"], options["bounds"], options["initial_guess"])
    count = len(model.circuit.parameter_names)
    status = check_rows(frequency, impedances, order, pairs)
    numbers = np.full((len(impedances), 4 * count + 3), np.nan)
    flags = np.zeros((len(impedances), count + 1), dtype=bool)
    good = np.array([i for i, problem in enumerate(status) if not problem], dtype=int)
    _solve_into(model, good, impedances[:, order], weight, confidence, status, numbers, flags)
    return status, numbers, flags


def _solve_into(
    model: Model,
    rows: np.ndarray,
    data: np.ndarray,
    weight: str | np.ndarray,
    confidence: float,
    status: list[str],
    numbers: np.ndarray,
    flags: np.ndarray,
) -> None:
    """Fit some rows together and store the results; if that cannot be computed, halve until it is clear which."""
    if not len(rows):
        return
    part = data[rows]
    weighting = np.tile(weight, (len(rows), 1)) if not isinstance(weight, str) else weights(weight, None, part, None)
    try:
        found, inference = solve(model, part, weighting, confidence)
    except (np.linalg.LinAlgError, FloatingPointError) as problem:
        if len(rows) == 1:
            status[rows[0]] = f"failed: {problem}"
            return
        for half in np.array_split(rows, 2):
            _solve_into(model, half, data, weight, confidence, status, numbers, flags)
        return
    values = model.values(found.coordinates)
    difference = model.circuit.impedance(model.frequency, values) - part
    error = np.sqrt(np.einsum("bii->bi", inference.covariance)) * np.where(model.problem.exponent, 1.0, values)
    rms = np.sqrt(np.mean(np.abs(difference / part) ** 2, axis=1))
    correlation = autocorrelation(difference * weighting)
    numbers[rows] = np.column_stack([values, error, inference.lower, inference.upper, inference.cost, rms, correlation])
    flags[rows] = np.column_stack([inference.identifiable, found.converged])
    for row in rows:
        status[row] = OK
