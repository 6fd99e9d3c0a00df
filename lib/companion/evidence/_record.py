"""Evidence for machines: every claim with what computes it as one document, and its history in words."""

import dataclasses
import inspect
import json
import math
import sys
import textwrap
from importlib.resources import files
from pathlib import Path
from typing import Any

from companion import ledger
from companion._paper import paper
from companion.evidence import _editions, _registry, _views

#: Of a claim, what the document repeats as it stands in the ledger; a model has no say in it.
_STATED = tuple(field.name for field in dataclasses.fields(ledger.Claim))


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the document."""
    return json.loads(files("companion.evidence").joinpath("schema.json").read_text(encoding="utf-8"))


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: no number is null, a tuple is a list."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, str):
        return value
    return None if math.isnan(value) else float(value)


def page(claim: ledger.Claim) -> str:
    """Return where in the built book a claim has its row."""
    if claim.role in _registry.COMPUTABLE or not paper().overview:
        return f"chapters/{claim.chapter}.html#claim-{claim.id}"
    return f"chapters/{paper().overview}.html#ledger-{claim.id}"


def _code(id: str) -> dict[str, Any]:
    """Return where the function stands that computes a claim, relative to the folder of its package."""
    function = inspect.unwrap(_registry._entries[id].function)
    package = Path(sys.modules[paper().package].__file__).parent.parent
    file = Path(inspect.getsourcefile(function)).relative_to(package).as_posix()
    name = f"{function.__module__}.{function.__qualname__}"
    return {"file": file, "line": function.__code__.co_firstlineno, "function": name}


def document() -> dict[str, Any]:
    """Compute every claim and return the ledger with the results, as ``schema.json`` beside this module describes."""
    results = _registry.reproduce().set_index("id")
    claims = []
    for id in ledger.ids():
        claim = ledger.claim(id)
        row = {name: _plain(getattr(claim, name)) for name in _STATED} | {"page": page(claim), "computed": None}
        if id in results.index and results.loc[id, "status"] == "computed":
            result, computed = results.loc[id], _registry.compute(id)
            row["computed"] = {
                **{name: _plain(result[column]) for name, column in (("value", "computed"), ("group", "group"))},
                **{name: _plain(result[name]) for name in ("lower", "upper", "null", "null_verdict", "verdict")},
                "order": _plain(computed.order),
                "models": 1 + len(computed.members),
                "read_set": sorted(_registry.read_set(id)),
                "code": _code(id),
            }
        claims.append(row)
    return {"schema": schema()["$id"], "paper": paper().package, "claims": claims}


def _moved(before: Any, after: Any, tolerance: float | None) -> bool:
    if isinstance(before, float) and isinstance(after, float):
        return abs(after - before) > _editions.margin(before, math.nan if tolerance is None else tolerance)
    return before != after


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return in words what differs between two documents, as :func:`document` returns one.

    Raises ValueError if `before` is no such document. What the ledger states is compared exactly, a result as far as
    it counts (one per cent of the claim's tolerance); where the code and the page of a claim are is not compared.
    """
    if not isinstance(before, dict) or before.get("schema") != after["schema"]:
        raise ValueError(f"this is no export of the schema {after['schema']}; write one by: python -m companion export")
    old, new = ({row["id"]: row for row in one["claims"]} for one in (before, after))
    found = [f"{id}: {'only' if id in old else 'not'} in the export" for id in sorted(set(old) ^ set(new))]
    for id in sorted(set(old) & set(new)):
        one, other = old[id], new[id]
        found += [f"{id}: {name} {one[name]!r}, now {other[name]!r}" for name in _STATED if one[name] != other[name]]
        results = [row["computed"] or {} for row in (one, other)]
        for name in sorted(set(results[0]) | set(results[1]) - {"code"}):
            first, second = (result.get(name) for result in results)
            if name != "code" and _moved(first, second, other["tolerance"]):
                found.append(f"{id}: computed {name} {first!r}, now {second!r}")
    return found


def verify(changelog: str) -> list[str]:
    """Compute every claim again and return in words what differs from the frozen first edition without an entry.

    Parameters
    ----------
    changelog : str
        Text of ``CHANGELOG.md``; an entry that is not true is a difference as well.
    """
    table = _editions.present()
    found = [f"differs without an entry: {line}" for line in _editions.unrecorded(changelog, table)]
    return found + [f"an entry is not true: `{id}`" for id in sorted(_editions.stale(changelog, table))]


def _lines(title: str, *texts: str) -> str:
    """Return a title in its column and texts beside it."""
    wrapped = [
        line for text in texts for line in textwrap.wrap(text, 96, subsequent_indent="  ", break_on_hyphens=False)
    ]
    return "\n".join(f"  {title if not number else '':10}{line}" for number, line in enumerate(wrapped))


def _read(ids: list[str]) -> list[str]:
    return [
        f"{_views.heading(one)}: {_views.printed_text(one)} ({one.role}; {one.id})" for one in map(ledger.claim, ids)
    ]


def _since_the_first_edition(id: str) -> str:
    try:
        return "as in the first edition" if id in _editions.first_edition().index else "not in the first edition"
    except FileNotFoundError:
        return "no edition has been frozen"


def why(id: str, changelog: str = "") -> str:
    """Return in words where a claim stands, what computes it from what, what a guess gives, and its history.

    Raises companion.ledger.LedgerError if there is no such claim.

    Parameters
    ----------
    id : str
        As in ``claims.csv``.
    changelog : str
        Text of ``CHANGELOG.md``, which has the reasons of changes; without it the history names the first edition only.
    """
    claim = ledger.claim(id)
    _registry.load_chapters()
    unit = "" if claim.unit == "1" else f", in {claim.unit}"
    stated = f"{claim.location}: {_views.heading(claim)}, printed “{claim.printed}”{unit}, relation {claim.relation}"
    lines = [_lines("paper", stated), _lines("note", claim.note), _lines("revised", claim.revised)]
    verdict = ""
    if id in _registry.registered():
        row, computed = _registry._row(id), _registry.compute(id)
        verdict = f", {row['verdict']}"
        error = "" if math.isnan(row["error"]) else f"; off by {row['error']:.3g}, allowed {claim.tolerance:g}"
        lines.append(_lines("computed", _views.computed_text(row, claim) + error))
        if computed.members:
            lines.append(_lines("models", f"{1 + len(computed.members)} equally allowed ones were asked"))
        if row["null_verdict"]:
            guess = "" if math.isnan(row["null"]) else f"{row['null']:.4g}: "
            lines.append(_lines("guess", f"{guess}{row['null_verdict']}, without the model"))
        code = _code(id)
        text = (inspect.getdoc(_registry._entries[id].function) or "").split("\n\n")[0].replace("\n", " ")
        lines.append(_lines("model", f"{code['file']}:{code['line']} {code['function']}", text))
        lines.append(_lines("reads", *_read(sorted(_registry.read_set(id)))))
    else:
        users = [other for other in _registry.registered() if id in _registry.read_set(other)]
        lines.append(_lines("read by", ", ".join(users) or "no computation"))
    entries = _editions.recorded(changelog)
    history = [f"{before} → {after}: {reason}" for name, before, after, reason in entries if name == id]
    if not history:
        history = [_since_the_first_edition(id)]
    lines += [_lines("history", *history), _lines("page", page(claim))]
    return "\n".join([f"{id}: {claim.role}{verdict}", *filter(None, lines)])
