"""Electrodes on file: one readable parameter set each in ``data/electrodes``, public curves in ``data/curves.toml``."""

import tomllib
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from sicell import _data
from sicell.electrodes._draws import Draws
from sicell.electrodes._parts import Branch
from sicell.msmr import Msmr

_KINDS = ("potential", "fraction", "width")


@cache
def names() -> tuple[str, ...]:
    """Names of all electrodes on file."""
    return tuple(sorted(entry.stem for entry in (_data.folder() / "electrodes").glob("*.toml")))


@cache
def load(name: str) -> dict[str, Any]:
    """Read one file: ``parameters``, ``branches`` and ``curves`` by name."""
    if name not in names():
        raise ValueError(f"electrode must be one of {', '.join(names())}, got {name!r}")
    return _read(f"electrodes/{name}.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(_data.path(name).read_text(encoding="utf-8"))


def _need(table: dict[str, Any], key: str, where: str) -> Any:
    """Return an entry of a file, or say what the file lacks."""
    if key not in table:
        raise ValueError(f"{where} needs {key!r}, has {', '.join(table) or 'nothing'}")
    return table[key]


def _section(electrode: str, section: str, name: str) -> dict[str, Any]:
    return _need(load(electrode).get(section, {}), name, f"data/electrodes/{electrode}.toml: section {section}")


def parameter(electrode: str, name: str, given: Any = None) -> Any:
    """Return what the caller gave, else the value on file."""
    return _section(electrode, "parameters", name)["value"] if given is None else given


def drawn(draws: Draws, electrode: str, name: str, group: str, **options: Any) -> np.ndarray:
    """Draw a parameter within its range on file."""
    entry = _section(electrode, "parameters", name)
    return draws.within(entry["value"], *entry["range"], group, f"{electrode}: {name}", **options)


def member(draws: Draws, electrode: str, name: str, group: str) -> np.ndarray:
    """Draw one of a parameter's members, each with the same weight; its value if the group is held still."""
    entry = _section(electrode, "parameters", name)
    choice = draws.one_of(list(entry["members"]), group, f"{electrode}: {name}")
    return np.array(list(entry["members"].values()))[choice] if draws.varied(group) else entry["value"] + 0.0 * choice


def declared(electrode: str, branch: str) -> tuple[str, ...]:
    """Names of the curves for a branch: the declared one, then its alternatives."""
    entry = _section(electrode, "branches", branch)
    return entry["curve"], *entry.get("alternatives", ())


@cache
def _curves() -> dict[str, Any]:
    own = (load(electrode).get("curves", {}) for electrode in names())
    return {key: entry for curves in (_read("curves.toml")["curves"], *own) for key, entry in curves.items()}


def _entry(name: str) -> dict[str, Any]:
    """Find a curve in the files."""
    known = _curves()
    if name not in known:
        raise ValueError(f"curve must be one of {', '.join(sorted(known))}, got {name!r}")
    return known[name]


def reactions(name: str, kind: str = "reactions") -> np.ndarray:
    """Potential, fraction and width of the reactions of a curve, or their ``lower``, ``upper``, ``standard_errors``."""
    rows = _need(_entry(name), kind, f"curve {name}")
    if any(len(row) != len(_KINDS) for row in rows):
        raise ValueError(f"curve {name}: each row of {kind} must have {', '.join(_KINDS)}, got {rows}")
    return np.array(rows).T


@cache
def curve(name: str) -> Branch:
    """Return a curve on file as a branch with one part: lithiation over the range of the data, or of all potentials.

    Its name is that of a section ``[curves.…]`` of ``data/curves.toml`` or ``data/electrodes``; ValueError lists those
    there are.

    >>> curve("silicon-first-lithiation-wetjen").measured
    (0.0136, 1.1671)
    """
    entry = _entry(name)
    rows = reactions(name)
    temperature, offset, source = (_need(entry, key, f"curve {name}") for key in ("temperature", "offset", "source"))
    model = Msmr(*rows, temperature, offset)
    return Branch({name: model}, tuple(entry["measured"]) if "measured" in entry else None, source)


def one_of(draws: Draws, electrode: str, branch: str, group: str) -> Branch:
    """Draw among the declared curve and its alternatives, each with the same weight."""
    options = declared(electrode, branch)
    choice = draws.one_of(options, group, f"{electrode}: {branch} curve")
    found = [curve(name) for name in options]
    if len(found) == 1:
        return found[0]
    most = max(one.curve.potentials.size for one in found)
    # Shorter ones are padded with reactions of no lithium.
    padded = [
        np.stack(
            [np.pad(v, (0, most - v.size), constant_values=fill) for v, fill in zip(r, (0, 1e-300, 1), strict=True)]
        )
        for r in (reactions(name) for name in options)
    ]
    stacked = np.stack(padded)[choice]
    offset = np.array([one.curve.offset for one in found])[choice]
    model = Msmr(*np.moveaxis(stacked, -2, 0), found[0].curve.temperature, offset)
    measured = tuple(np.array([one.measured[end] for one in found])[choice] for end in (0, 1))
    return Branch({branch: model}, measured, "; ".join(dict.fromkeys(one.source for one in found)))


def assumed(draws: Draws, name: str, group: str) -> Branch:
    """Draw the reactions of an assumed curve within their ranges."""
    rows = [reactions(name, kind) for kind in ("reactions", "lower", "upper")]
    potential, fraction, width = (
        draws.within(*(table[number] for table in rows), group, size=(1, rows[0].shape[1])) for number in range(3)
    )
    entry = _entry(name)
    model = Msmr(potential, np.maximum(fraction, 1e-3), np.maximum(width, 0.05), entry["temperature"])
    return Branch({name: model}, None, entry["source"])


def assumptions() -> pd.DataFrame:
    """List what is assumed in the electrodes on file, each with its plausible range: what a Monte Carlo has to vary.

    Columns: ``electrode`` (or curve), ``parameter``, ``value``, ``lower``, ``upper``, ``unit``, ``source``.

    >>> table = assumptions()
    >>> bool(((table["lower"] <= table["value"]) & (table["value"] <= table["upper"])).all())
    True
    """
    rows = []
    for name in names():
        for key, entry in load(name).get("parameters", {}).items():
            if entry["status"] == "assumed":
                rows.append((name, key, entry["value"], *entry["range"], entry["unit"], entry["reason"]))
        for key, entry in load(name).get("curves", {}).items():
            if entry["status"] != "assumed":
                continue
            for number, ranges in enumerate(zip(entry["reactions"], entry["lower"], entry["upper"], strict=True)):
                for kind, unit, *numbers in zip(_KINDS, ("V", "1", "1"), *ranges, strict=True):
                    rows.append((key, f"{kind} of reaction {number + 1}", *numbers, unit, entry["source"]))
    return pd.DataFrame(rows, columns=["electrode", "parameter", "value", "lower", "upper", "unit", "source"])
