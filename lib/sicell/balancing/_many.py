"""Fits of many check-ups with the same half-cells, in this process or by any executor."""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sized
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pandas as pd

from sicell._check import SicellWarning
from sicell._solve._executor import bar, distribute
from sicell.balancing._blend_curve import BlendCurve, negative_curve
from sicell.balancing._curve import curve
from sicell.balancing._fit import fit
from sicell.balancing._half_cells import HalfCellCurve, half_cell
from sicell.balancing._modes import losses
from sicell.balancing._solution import Settings

_CHUNK = 16
_DIRECTIONS = ("charge", "discharge")
_COLUMNS = {"Anode Potential / V": "anode_potential", "Cathode Potential / V": "cathode_potential"}
_OWN = ("half_cycle", "polarization")
_Curves = Mapping[str, tuple[HalfCellCurve, HalfCellCurve | BlendCurve]]


@dataclass(frozen=True, eq=False)
class CheckUps:
    """Result of :func:`fit_many`.

    Attributes
    ----------
    table : pandas.DataFrame
        One row for each check-up, in order: ``cell``, ``age``, ``status`` ("ok", "not done" after an interruption, or
        why it failed), ``warning``, ``capacity``, ``rms``, and the quantities of :class:`FullCellFit` with
        ``_standard_error``, ``_lower``, ``_upper`` and ``_identifiable`` appended.
    tolerance : float
    """

    table: pd.DataFrame
    tolerance: float

    def losses(self) -> pd.DataFrame:
        """Return what each cell lost since its first check-up that could be fitted.

        Returns
        -------
        pandas.DataFrame
            Columns ``cell``, ``age``, ``mode`` (as in :class:`DegradationModes`, and ``capacity``), ``loss``,
            ``standard_error``, ``lower``, ``upper``, ``identifiable``; nothing for check-ups that could not be fitted.
        """
        return losses(self.table[self.table["status"] == "ok"], self.tolerance)

    def plot(self) -> Any:
        """Return a matplotlib figure: each loss against age, with intervals; what is not identifiable is open."""
        from sicell.balancing._fit_plot import losses_figure

        return losses_figure(self.losses())


def fit_many(
    check_ups: Iterable[Any],
    positive: Any,
    negative: Any,
    *,
    cell: Any = None,
    age: Any = None,
    executor: Executor | None = None,
    progress: bool = True,
    **options: Any,
) -> CheckUps:
    """Fit many curves of full cells with the same half-cells: one cell as it ages, or a campaign of many cells.

    Raises TypeError, ValueError if a half-cell or an option is wrong; what is wrong with a check-up stands in its row.
    After an interruption (Ctrl-C) the result has what is done by then.

    Parameters
    ----------
    check_ups : iterable
        Each a pair (capacity, voltage) of array_like, or a half-cycle of :func:`sicell.readers.read`, whose potentials
        against a reference are used. A generator is read as it goes on, so that memory stays bounded.
    positive, negative : as for `fit`
        Prepared once.
    cell, age : sequence, optional
        Which cell, and its age (cycles, days, ...), one for each check-up: one cell, and 0, 1, 2, ... if not given.
    executor : concurrent.futures.Executor, optional
        Where to compute: a process pool, ``distributed.Client.get_executor()``, an MPI or Ray pool. This process if
        None.
    progress : bool, optional
        Show a progress bar (only if the output is a terminal or a notebook).
    **options
        As for `fit`: ``half_cycle``, ``polarization`` and its settings.

    Examples
    --------
    >>> import numpy as np, sicell
    >>> place, cathode, anode = np.linspace(0, 1, 300), sicell.ncm90(), sicell.graphite()
    >>> def check_up(x_100, y_100, capacity):
    ...     y, x = 0.92 + (y_100 - 0.92) * place, 0.02 + (x_100 - 0.02) * place
    ...     voltage = cathode.potential(y, "delithiation") - anode.potential(x, "lithiation")
    ...     return capacity * place, voltage + np.random.default_rng(0).normal(scale=1e-3, size=300)
    >>> series = fit_many([check_up(0.85, 0.15, 40.0), check_up(0.75, 0.26, 34.0)], cathode, anode, age=[0, 500])
    >>> series.losses().query("mode == 'capacity'")["loss"].round(3).tolist()
    [0.0, 0.15]
    """
    count = len(check_ups) if isinstance(check_ups, Sized) else None
    labels = {"cell": cell, "age": age}
    for name, values in labels.items():
        if values is not None and count is not None and len(values) != count:
            raise ValueError(f"{name} must have one value for each of {count} check-ups, got {len(values)}")
    curves = {way: (half_cell(positive, "positive", way), negative_curve(negative, way)) for way in _DIRECTIONS}
    tolerance = Settings.of({name: value for name, value in options.items() if name not in _OWN}).tolerance
    rows: dict[int, dict[str, Any]] = {}
    source, started = iter(check_ups), 0

    def chunks() -> Iterator[tuple[int, list[Any]]]:
        nonlocal started
        while chunk := list(islice(source, _CHUNK)):
            begin, started = started, started + len(chunk)
            yield begin, chunk

    with bar(count, "check-ups", progress) as shown:

        def put(begin: int, found: list[dict[str, Any]] | BaseException) -> None:
            if isinstance(found, BaseException):
                size = min(_CHUNK, started - begin)
                found = [{"status": f"failed: {type(found).__name__}: {found}"}] * size
            rows.update(enumerate(found, begin))
            shown.update(len(found))

        try:
            if executor is None:
                for begin, chunk in chunks():
                    for position, one in enumerate(chunk, begin):
                        put(position, fit_chunk([one], curves, options))
            else:
                jobs = ((begin, (chunk, curves, options)) for begin, chunk in chunks())
                distribute(executor, fit_chunk, jobs, put)
        except KeyboardInterrupt:
            shown.set_description("interrupted")
    total = started if count is None else count
    table = pd.DataFrame([rows.get(position, {"status": "not done"}) for position in range(total)])
    if not total:
        raise ValueError("check_ups must hold at least one curve, got none")
    names = [0] * total if cell is None else list(islice(cell, total))
    ages = range(total) if age is None else list(islice(age, total))
    table.insert(0, "cell", names)
    table.insert(1, "age", ages)
    return CheckUps(table, tolerance)


def fit_chunk(check_ups: list[Any], curves: _Curves, options: dict[str, Any]) -> list[dict[str, Any]]:
    """Fit some check-ups; returns a row for each (a function of its own: workers get it by name)."""
    return [_row(one, curves, options) for one in check_ups]


def _row(check_up: Any, curves: _Curves, options: dict[str, Any]) -> dict[str, Any]:
    """Fit one check-up; what is wrong with it becomes its status."""
    try:
        potentials = {}
        if isinstance(check_up, pd.DataFrame):
            potentials = {name: check_up[column] for column, name in _COLUMNS.items() if column in check_up}
            check_up = check_up["Net Capacity / Ah"], check_up["Voltage / V"]
        capacity, voltage = check_up
        way = options.get("half_cycle") or curve(capacity, voltage).half_cycle
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", SicellWarning)
            found = fit(capacity, voltage, *curves[way], **potentials, **options)
    except KeyError as problem:
        return {"status": f"has no column {problem}"}
    except (TypeError, ValueError, ArithmeticError) as problem:
        return {"status": str(problem)}
    row = {"status": "ok", "warning": "; ".join(str(one.message) for one in caught)}
    row |= {"capacity": found.capacity, "rms": found.rms}
    for what in found.table.columns:
        ending = "" if what == "value" else f"_{what}"
        row |= {f"{name}{ending}": value for name, value in found.table[what].items()}
    return row
