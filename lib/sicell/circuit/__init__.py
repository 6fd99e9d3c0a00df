"""Equivalent circuits: impedance.py's circuit language, read by a grammar and evaluated for many spectra at once.

Impedance in Ω as Z' + jZ'' (capacitive Z'' < 0), frequency in Hz. Elements agree with impedance.py wherever it has
them, with one exception: ``La`` here is its documented formula L (jω)^α, while impedance.py 1.7.1 computes (jωL)^α.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from sicell import _check
from sicell.circuit._drawing import draw, size
from sicell.circuit._elements import ELEMENTS, ElementType, Grid
from sicell.circuit._grammar import CircuitError, Element, Node, Parallel, Series, read

__all__ = [
    "Circuit",
    "CircuitError",
    "Element",
    "ElementType",
    "Grid",
    "Node",
    "Parallel",
    "Series",
    "elements",
    "parse",
]


@dataclass(frozen=True)
class Circuit:
    """An equivalent circuit, as `parse` returns it.

    Attributes
    ----------
    text, root : str, Element or Series or Parallel
        The circuit in the language, without blanks, and its tree.
    parameter_names, units, roles : tuple of str
        Names as impedance.py gives them, from left to right, units, and how each parameter acts (see `ElementType`).
    """

    text: str
    root: Node
    parameter_names: tuple[str, ...] = field(repr=False)
    units: tuple[str, ...] = field(repr=False)
    roles: tuple[str, ...] = field(repr=False)

    def __str__(self) -> str:
        return self.text

    @property
    def elements(self) -> tuple[Element, ...]:
        """The elements from left to right."""
        return tuple(self.root.leaves())

    def impedance(self, frequency: Any, parameters: Mapping[str, Any] | Any) -> np.ndarray:
        """Return the complex impedance of the circuit in Ω, shape (..., F), at frequencies (F,) in Hz.

        Parameters are positive values by name, or (..., P) in the order of `parameter_names` along the last axis.
        Raises ValueError if a value is not positive, or a parameter is missing or unknown.

        >>> parse("R0-p(R1,C1)").impedance([1.0, 1e9], {"R0": 10, "R1": 5, "C1": 1e-6}).real.round(3)
        array([15., 10.])
        """
        frequency, values, shape = self._arguments(frequency, parameters)
        return evaluate(self, Grid(frequency), values)[0].reshape(shape)

    def draw(self, axes: Any) -> Any:
        """Draw the circuit into matplotlib axes, which lose their frame, and return them."""
        end = draw(self.root, axes)
        half = size(self.root)[1] / 2
        axes.set(aspect="equal", anchor="W", xlim=(-0.1, end + 0.1), ylim=(-half, half + 0.2))
        axes.axis("off")
        return axes

    def values(self, parameters: Mapping[str, Any] | Any, argument: str = "parameters") -> np.ndarray:
        """Return parameter values as an array of shape (..., P), checked to be positive and complete."""
        names = self.parameter_names
        if isinstance(parameters, Mapping):
            unknown = [name for name in parameters if name not in names]
            missing = [name for name in names if name not in parameters]
            if unknown or missing:
                problem = f"has no parameter {unknown[0]!r}" if unknown else f"also needs {missing[0]!r}"
                raise ValueError(f"{argument}: circuit {self.text} {problem}; its parameters are {', '.join(names)}")
            parameters = np.stack(np.broadcast_arrays(*(parameters[name] for name in names)), axis=-1)
        values = np.asarray(_check.positive(argument, parameters), dtype=float)
        if values.ndim == 0 or values.shape[-1] != len(names):
            got = values.shape[-1] if values.ndim else 1
            raise ValueError(f"{argument} must be {len(names)} values for {self.text} ({', '.join(names)}), got {got}")
        return values

    def _arguments(self, frequency: Any, parameters: Any) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
        frequency = np.atleast_1d(np.asarray(_check.positive("frequency", frequency, "Hz"), dtype=float))
        values = self.values(parameters)
        return frequency, values.reshape(-1, values.shape[-1]), (*values.shape[:-1], frequency.size)


def parse(text: str | Circuit) -> Circuit:
    """Read a circuit string.

    The language is impedance.py's: elements joined by ``-`` are in series, ``p(a,b)`` puts branches side by side, a
    name is the element's symbol and a number. `elements` lists the symbols.

    Raises CircuitError: A ValueError that says what is wrong at which position: unknown element, unbalanced
    parentheses, a parallel group with one branch, a name used twice, an element without a number, an empty string.

    A `Circuit` is returned as it is. The language: M. D. Murbach, B. Gerwe, N. Dawson-Elli and L. Tsui, Journal of Open
    Source Software 5 (2020) 2349, doi:10.21105/joss.02349.

    >>> parse("R0-p(R1, CPE1)").parameter_names
    ('R0', 'R1', 'CPE1_0', 'CPE1_1')
    >>> parse("R0-p(R0,C1)")
    Traceback (most recent call last):
    ...
    sicell.circuit._grammar.CircuitError: the name 'R0' is used twice at position 5 of circuit 'R0-p(R0,C1)'
    """
    if isinstance(text, Circuit):
        return text
    if not isinstance(text, str):
        raise TypeError(f"circuit must be a string such as 'R0-p(R1,CPE1)', got {text!r}")
    return _parse(text)


@lru_cache(maxsize=256)
def _parse(text: str) -> Circuit:
    root = read(text)
    leaves = tuple(root.leaves())
    return Circuit(
        text=str(root),
        root=root,
        parameter_names=tuple(name for leaf in leaves for name in leaf.parameter_names),
        units=tuple(unit for leaf in leaves for unit in leaf.type.units),
        roles=tuple(role for leaf in leaves for role in leaf.type.roles),
    )


def elements() -> pd.DataFrame:
    """Return the elements of the circuit language by their symbols: title, formula, parameters, units and source.

    >>> elements().loc["Wo", "formula"]
    'Z0 coth(√(jωτ)) / √(jωτ)'
    """
    columns = ("title", "formula", "parameters", "units", "source")
    rows = {symbol: [getattr(kind, column) for column in columns] for symbol, kind in ELEMENTS.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(columns)).rename_axis("symbol")


def evaluate(
    circuit: Circuit, grid: Grid, values: np.ndarray, *, derivatives: bool = False
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return impedance (B, F) and, if asked for, log-derivatives (B, P, F) for checked values (B, P)."""
    shape = (len(values), grid.omega.size)
    jacobian = np.empty((shape[0], values.shape[1], shape[1]), dtype=complex) if derivatives else None
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        impedance = _evaluate(circuit.root, grid, values[:, :, None], jacobian, 0)[0]
    if impedance.shape != shape or impedance.dtype != complex:
        impedance = np.broadcast_to(impedance.astype(complex), shape)
    return impedance, jacobian


def _evaluate(
    node: Node, grid: Grid, values: np.ndarray, jacobian: np.ndarray | None, start: int, admittance: bool = False
) -> tuple[np.ndarray, int]:
    """Return impedance (or admittance) of a node and the index after its last parameter; fill in its derivatives."""
    if isinstance(node, Element):
        kind = node.type
        stop = start + len(kind.parameters)
        native = admittance and kind.admittance is not None
        function = kind.admittance if native else kind.evaluate
        result, slopes = function(grid, *(values[:, i] for i in range(start, stop)))
        if jacobian is not None:
            for i, slope in zip(range(start, stop), slopes, strict=True):
                jacobian[:, i] = slope
    else:
        native = isinstance(node, Parallel)
        stop, result = start, 0.0
        for child in node.children:
            term, stop = _evaluate(child, grid, values, jacobian, stop, admittance=native)
            result = result + term
        native = native is admittance
    if not native and (admittance or isinstance(node, Parallel)):
        result = np.reciprocal(result)
        if jacobian is not None:
            jacobian[:, start:stop] *= (-result * result)[:, None]
    return result, stop
