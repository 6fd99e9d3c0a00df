"""Which function computes which claim, and what comes of the comparison."""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pandas as pd
from uncertainties import UFloat

from companion import ledger
from companion._paper import paper

#: Roles that something can be computed for; an input or a quotation has nothing to compare.
COMPUTABLE = ("calibrated", "predicted", "identity")

#: Verdicts that are neither a hit nor a miss: models that are equally allowed disagree; a bound on one side is kept.
DEPENDS, NOT_REFUTED = "depends on the model", "not refuted"


@dataclass(frozen=True)
class Computed:
    """What a model gives for a claim.

    Attributes
    ----------
    value : float
        The best estimate, in the claim's unit; for a trend its signed change; NaN for an order or a bare range.
    lower, upper : float
        95 % interval where inputs are uncertain, or the ends of a computed range; NaN where there is none.
    order : tuple of str
        For a claim that states an order: the names from the smallest to the largest.
    draws : numpy.ndarray, optional
        The values behind an interval, draw by draw; what shares its draws can be compared with it.
    members : tuple of Computed
        The same from every other model that passes the same rule of identity. Where their verdicts differ, the
        claim depends on the model.
    """

    value: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    order: tuple[str, ...] = ()
    draws: np.ndarray | None = field(default=None, compare=False, repr=False)
    members: tuple[Computed, ...] = ()


@dataclass(frozen=True)
class _Entry:
    id: str
    function: Callable[[], Any]
    null: Callable[[], Any] | None
    group: str


_entries: dict[str, _Entry] = {}


def computes(id: str, null: Any = None, group: str | None = None) -> Callable[[Callable], Callable]:
    """Register a function without arguments as the one that computes a claim.

    It returns a :class:`Computed`, a number, an uncertain number (its 95 % interval is taken as ± 1.96 standard
    deviations) or, for an order, a sequence of names. Raises ValueError if the claim does not exist, is computed
    already, or has another role than calibrated, predicted or identity.

    Parameters
    ----------
    id : str
        The claim's id in the ledger.
    null : optional
        What the strongest simple guess without the model gives: a number, a result as the function itself may return
        one, or a function of no argument. A prediction needs one.
    group : str, optional
        Id of the claim whose computation this one repeats (a difference of the same numbers, the same number with
        another sign): the two count once.
    """

    def register(function: Callable) -> Callable:
        if id not in ledger.ids():
            raise ledger.LedgerError(f"{function.__module__}.{function.__name__} computes {id!r}, which is no claim")
        if not any(id in ledger.ids(role=role) for role in COMPUTABLE):
            raise ValueError(f"{id!r} is an input or a quotation: there is nothing to compute for it")
        if id in _entries:
            raise ValueError(f"{id!r} is computed by {_entries[id].function.__name__} already")
        guess = null if null is None or callable(null) else lambda: null
        remembered = [one and ledger.remember(one) for one in (function, guess)]
        _entries[id] = _Entry(id, *remembered, group or id)
        return function

    return register


def load_chapters() -> None:
    """Import every chapter of the paper, which registers what is in it; of a folder, all modules but the figures."""
    for chapter in ledger.chapters():
        name = f"{paper().package}.{chapter.replace('-', '_')}"
        folder = getattr(importlib.import_module(name), "__path__", ())
        for module in pkgutil.iter_modules(folder):
            if module.name != "figures":
                importlib.import_module(f"{name}.{module.name}")


def registered() -> tuple[str, ...]:
    """Return the ids of all claims that something computes, sorted."""
    load_chapters()
    return tuple(sorted(_entries))


def _as_computed(result: Any) -> Computed:
    if isinstance(result, Computed):
        return result
    if isinstance(result, UFloat):
        margin = 1.96 * result.std_dev
        return Computed(result.nominal_value, result.nominal_value - margin, result.nominal_value + margin)
    if isinstance(result, Sequence) and not isinstance(result, str):
        return Computed(order=tuple(result))
    return Computed(float(result))


def compute(id: str) -> Computed:
    """Compute one claim from the models, without looking at what the paper reports for it.

    Raises companion.ledger.LedgerError if the claim does not exist, or is none that :func:`registered` lists.
    """
    load_chapters()
    if id not in _entries:
        ledger.claim(id)
        raise ledger.LedgerError(
            f"nothing computes claim {id!r}; companion.evidence.registered() lists what is computed"
        )
    return _as_computed(_entries[id].function())


def read_set(id: str) -> frozenset[str]:
    """Return the claims that the computation of `id` reads, directly or through any model."""
    with ledger.reading() as noted:
        compute(id)
    return frozenset(noted)


def rounding(printed: str) -> float:
    """Return half a unit of the last digit of the last number in what the paper prints (0 if there is none).

    >>> rounding("0.077"), rounding("~750"), rounding("> 2570")
    (0.0005, 0.5, 0.5)
    """
    for word in reversed(printed.replace("~", " ").replace("%", " ").split()):
        try:
            return 0.5 * 10.0 ** Decimal(word).as_tuple().exponent
        except InvalidOperation:
            continue
    return 0.0


def _within(claim: ledger.Claim, low: float, high: float) -> bool:
    """Return whether both ends of what is computed meet both ends of a printed range, or one number lies inside it."""
    tolerance = 0.0 if math.isnan(claim.tolerance) else claim.tolerance
    if low == high:
        return claim.lower - tolerance <= low <= claim.upper + tolerance
    return abs(low - claim.lower) <= tolerance and abs(high - claim.upper) <= tolerance


def _single_verdict(claim: ledger.Claim, computed: Computed) -> str:
    tolerance = 0.0 if math.isnan(claim.tolerance) else claim.tolerance
    if claim.relation == "order":
        return "hit in order" if computed.order == claim.order else "miss in order"
    if claim.relation in ("increases", "decreases"):
        wanted = 1 if claim.relation == "increases" else -1
        # a trend whose interval includes both signs has not been shown
        ends = [end for end in (computed.lower, computed.upper) if not math.isnan(end)] or [computed.value]
        return "hit in sign" if all(np.sign(end) == wanted for end in ends) else "miss in sign"
    if claim.relation == "range":
        ends = (computed.lower, computed.upper) if math.isnan(computed.value) else (computed.value, computed.value)
        return "hit" if _within(claim, *ends) else "miss"
    # a bound on one side can be violated, but almost anything keeps it
    if claim.relation in ("<", "≤"):
        return NOT_REFUTED if computed.value <= claim.value + tolerance else "miss"
    if claim.relation in (">", "≥"):
        return NOT_REFUTED if computed.value >= claim.value - tolerance else "miss"
    # tolerances are decimal numbers; do not let binary rounding decide at the edge
    if abs(computed.value - claim.value) > tolerance * (1 + 1e-9) + 1e-12:
        return "miss"
    margin = rounding(claim.printed)
    if computed.upper < claim.value - margin or computed.lower > claim.value + margin:
        return "miss of the interval"
    return "hit"


def _verdict(claim: ledger.Claim, computed: Computed) -> str:
    verdict = _single_verdict(claim, computed)
    missed = verdict.startswith("miss")
    others = (_single_verdict(claim, member).startswith("miss") for member in computed.members)
    return DEPENDS if any(other != missed for other in others) else verdict


_NUMBERS = ("reported", "computed", "lower", "upper", "unit", "error", "tolerance", "null", "null_verdict", "skill")
_COLUMNS = ("id", "quantity", *_NUMBERS, "role", "group", "status", "verdict", "chapter")


def _row(id: str) -> dict[str, Any]:
    claim = ledger.claim(id)
    reported = claim.value
    row: dict[str, Any] = dict.fromkeys(_COLUMNS, math.nan)
    row |= {name: getattr(claim, name) for name in ("id", "quantity", "unit", "tolerance", "role", "chapter")}
    row |= {"reported": reported, "group": id, "status": "pending", "verdict": "", "null_verdict": ""}
    if id not in _entries:
        return row
    computed = compute(id)
    row.update(status="computed", computed=computed.value, lower=computed.lower, upper=computed.upper)
    row["verdict"] = _verdict(claim, computed)
    if claim.relation not in ("increases", "decreases", "order", "range"):
        row["error"] = computed.value - reported
    row["group"] = _entries[id].group
    if _entries[id].null is not None:
        guess = _as_computed(_entries[id].null())
        row.update(null=guess.value, null_verdict=_verdict(claim, guess))
        if not math.isnan(row["error"]) and row["null"] != reported:
            row["skill"] = 1 - abs(row["error"]) / abs(row["null"] - reported)
    return row


def reproduce(chapter: str | None = None) -> pd.DataFrame:
    """Compute every claim, of one chapter or all, that can be computed and put it beside what the paper reports.

    One row a claim whose role is calibrated, predicted or identity, sorted by id: ``id``, ``quantity``, ``reported``,
    ``computed`` with ``lower`` and ``upper`` where inputs are uncertain, ``unit``, ``error`` (computed - reported, in
    `unit`), ``tolerance``, ``null`` (the strongest simple guess without the model), ``null_verdict`` (how the guess
    would have come out), ``skill`` (1 - abs(error) / abs(error of the guess)), ``role``, ``group`` (claims of one
    computation share it), ``status`` (``computed`` or ``pending``), ``verdict`` (``hit``, ``miss``, ``miss of the
    interval``: within tolerance, yet outside its own 95 % interval, ``hit``/``miss`` ``in sign``/``in order``,
    ``depends on the model`` or ``not refuted``), ``chapter``. Raises ValueError if there is no such chapter.

    >>> rows = reproduce("introduction").set_index("id")
    >>> rows.loc["lithium-gravimetric-capacity", "verdict"]
    'hit'
    """
    if chapter is not None and chapter not in ledger.chapters():
        raise ValueError(f"chapter must be one of {', '.join(ledger.chapters())}, got {chapter!r}")
    load_chapters()
    wanted = sorted(id for role in COMPUTABLE for id in ledger.ids(role=role, chapter=chapter))
    return pd.DataFrame([_row(id) for id in wanted], columns=list(_COLUMNS))
