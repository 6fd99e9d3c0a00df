"""What a fit needs to know before it sees data: parameters that are fixed, bounds, order of interchangeable blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, permutations
from typing import Any

import numpy as np

from sicell import _check
from sicell.circuit import Circuit, Element, Grid, Node, evaluate, parse
from sicell.eis._problem import Problem
from sicell.eis._starts import StartTable, blocks_of, is_arc, signature

# Moduli that an element may reach, relative to the smallest and largest of the spectrum, and time constants and
# frequencies relative to the window: what lies outside leaves no trace in the data.
MODULUS_MARGIN, TIME_MARGIN, PRECISE_MARGIN = 1e3, 1e4, 1e9
LOWEST_EXPONENT = 0.1
MOST_ORDERS = 120


@lru_cache(maxsize=32)
def _table(text: str, frequency: bytes, fixed: tuple[tuple[str, float], ...], ordered: bool, wide: bool) -> StartTable:
    return StartTable.build(parse(text), np.frombuffer(frequency), dict(fixed), ordered, wide)


@dataclass(frozen=True)
class Model:
    """A circuit to be fitted on a frequency grid, with the user's constraints."""

    circuit: Circuit
    frequency: np.ndarray
    problem: Problem
    fixed: dict[str, float]
    limits: dict[str, tuple[float, float]]
    guess: dict[str, float]

    @classmethod
    def of(cls, circuit: Any, frequency: np.ndarray, fixed: Any, bounds: Any, initial_guess: Any) -> Model:
        """Return the model after checking the arguments of `fit`."""
        circuit = parse(circuit)
        fixed = {name: float(_check.positive(f"fixed[{name!r}]", value)) for name, value in (fixed or {}).items()}
        _known(circuit, "fixed", fixed)
        limits = {}
        for name, pair in dict(bounds or {}).items():
            _known(circuit, "bounds", [name])
            try:
                low, high = (float(value) for value in pair)
            except (TypeError, ValueError):
                raise ValueError(f"bounds[{name!r}] must be a pair (lower, upper), got {pair!r}") from None
            if not 0 <= low < high:
                raise ValueError(f"bounds[{name!r}] must be 0 <= lower < upper, got ({low:g}, {high:g})")
            limits[name] = (low, high)
        free = np.array([name not in fixed for name in circuit.parameter_names])
        if not free.any():
            raise ValueError(f"fixed: every parameter of {circuit} is fixed, nothing is left to fit")
        for name, value in fixed.items():
            role = circuit.roles[circuit.parameter_names.index(name)]
            if role == "exponent" and value > 1:
                raise ValueError(f"fixed[{name!r}] is an exponent and must be at most 1, got {value:g}")
        guess = _guess(circuit, fixed, initial_guess)
        return cls(circuit, frequency, Problem.of(circuit, frequency, free), fixed, limits, guess)

    def table(self, wide: bool = False) -> StartTable:
        """Return candidate starts, shared by all models of the same circuit, frequencies and fixed parameters."""
        # Constraints may tell blocks apart that the circuit does not: then the order of their time constants is open.
        ordered = not (self.fixed or self.limits)
        return _table(self.circuit.text, self.frequency.tobytes(), tuple(sorted(self.fixed.items())), ordered, wide)

    def bounds(self, impedances: np.ndarray, precise: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Return lower and upper bounds in coordinates for each spectrum (B, P); wider if there is next to no noise."""
        omega = 2 * np.pi * self.frequency
        modulus = np.abs(impedances)
        margin, time_margin = (PRECISE_MARGIN, PRECISE_MARGIN) if precise else (MODULUS_MARGIN, TIME_MARGIN)
        small, large = modulus.min(axis=1) / margin, modulus.max(axis=1) * margin
        slow, fast = omega.min(), omega.max()
        one = np.ones(len(impedances))
        columns = []
        for leaf in self.circuit.elements:
            for role in leaf.type.roles:
                if role == "exponent":
                    low, high = LOWEST_EXPONENT * one, one
                elif role == "time":
                    low, high = one / (time_margin * fast), one * (time_margin / slow)
                elif role == "shape":
                    low, high = one / MODULUS_MARGIN, one * MODULUS_MARGIN
                elif role == "inverse":
                    # Q multiplies ω^α with α between 0 and 1.
                    low, high = 1 / (large * max(fast, 1)), 1 / (small * min(slow, 1))
                elif leaf.symbol == "W":
                    low, high = small * np.sqrt(slow), large * np.sqrt(fast)
                elif leaf.symbol in ("L", "La"):
                    low, high = small / max(fast, 1), large / min(slow, 1)
                else:
                    low, high = small, large
                columns.append((low, high))
        low, high = (np.stack(part, axis=1) for part in zip(*columns, strict=True))
        for i, name in enumerate(self.circuit.parameter_names):
            if name in self.limits:
                # A lower bound of zero means none; the other side is the user's even outside the margins.
                own_low, own_high = self.limits[name]
                high[:, i] = min(own_high, 1.0) if self.problem.exponent[i] else own_high
                low[:, i] = own_low if own_low > 0 else np.minimum(low[:, i], 1e-6 * high[:, i])
                if np.isinf(own_high):
                    high[:, i] = np.maximum(large * MODULUS_MARGIN, 1e6 * low[:, i])
            if name in self.fixed:
                low[:, i] = high[:, i] = self.fixed[name]
        return self.problem.coordinates(low), self.problem.coordinates(high)

    def values(self, coordinates: np.ndarray) -> np.ndarray:
        """Return parameters from coordinates, the fixed ones exactly as they were given."""
        values = self.problem.values(coordinates)
        for name, value in self.fixed.items():
            values[..., self.circuit.parameter_names.index(name)] = value
        return values

    def arranged(self, coordinates: np.ndarray) -> np.ndarray:
        """Return coordinates (B, P) with interchangeable blocks in order of rising time constant."""
        return self.problem.coordinates(self.arrange(self.problem.values(coordinates)))

    def matched(self, coordinates: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """Return coordinates (N, P) with interchangeable blocks in series as close as can be to a reference (N, P)."""
        coordinates, start = coordinates.copy(), 0
        groups: dict[str, list[slice]] = {}
        for node in blocks_of(self.circuit):
            stop = start + sum(len(leaf.parameter_names) for leaf in node.leaves())
            if not {*self.fixed, *self.limits}.intersection(self.circuit.parameter_names[start:stop]):
                groups.setdefault(signature(node), []).append(slice(start, stop))
            start = stop
        for parts in groups.values():
            if len(parts) == 1 or not len(coordinates):
                continue
            blocks = np.stack([coordinates[:, part] for part in parts], axis=1)
            targets = np.stack([reference[:, part] for part in parts], axis=1)
            # A block far from all others, perhaps without a trace in the data, should not decide.
            apart = np.minimum(np.abs(blocks[:, :, None] - targets[:, None]), 1.0).sum(axis=3)
            orders = np.array(list(islice(permutations(range(len(parts))), MOST_ORDERS)))
            total = apart[:, orders, np.arange(len(parts))].sum(axis=2)
            chosen = orders[np.argmin(total, axis=1)]
            blocks = np.take_along_axis(blocks, chosen[:, :, None], axis=1)
            for i, part in enumerate(parts):
                coordinates[:, part] = blocks[:, i]
        return coordinates

    def arrange(self, values: np.ndarray) -> np.ndarray:
        """Return parameters (B, P) with interchangeable blocks in order of rising time constant."""
        constrained = {*self.fixed, *self.limits}
        values = values.copy()
        self._arrange(self.circuit.root, 0, values, constrained)
        return values

    def _arrange(self, node: Node, start: int, values: np.ndarray, constrained: set[str]) -> int:
        if isinstance(node, Element):
            return start + len(node.parameter_names)
        places: dict[str, list[tuple[Node, slice]]] = {}
        for child in node.children:
            stop = self._arrange(child, start, values, constrained)
            if not constrained.intersection(self.circuit.parameter_names[start:stop]):
                places.setdefault(signature(child), []).append((child, slice(start, stop)))
            start = stop
        for group in places.values():
            if len(group) > 1:
                blocks = np.stack([values[:, part] for _, part in group], axis=1)
                times = np.stack([self._time(child, values[:, part]) for child, part in group], axis=1)
                blocks = np.take_along_axis(blocks, np.argsort(times, axis=1)[:, :, None], axis=1)
                for i, (_, part) in enumerate(group):
                    values[:, part] = blocks[:, i]
        return start

    def _time(self, node: Node, values: np.ndarray) -> np.ndarray:
        """Return the characteristic time of a block (B); of a single R, C, L or W just its value."""
        leaves = list(node.leaves())
        roles = [role for leaf in leaves for role in leaf.type.roles]
        if is_arc(node):
            resistance = values[:, [leaf.symbol for leaf in leaves].index("R") * (len(roles) - 1)]
            factor = values[:, roles.index("inverse")]
            exponent = values[:, roles.index("exponent")] if "exponent" in roles else 1.0
            # An arc far outside the window may well have an infinite one.
            with np.errstate(over="ignore", under="ignore"):
                return (resistance * factor) ** (1 / exponent)
        if "time" in roles:
            return values[:, roles.index("time")]
        if len(leaves) == 1:
            return values[:, 0]
        # A block of several elements: where its own loss is largest, looked for beyond the window too.
        part = Circuit("", node, (), (), ())
        grid = Grid(np.geomspace(self.frequency.min() / 100, self.frequency.max() * 100, 200))
        impedance, _ = evaluate(part, grid, values)
        return 1 / grid.omega[np.argmax(-impedance.imag, axis=1)]


@dataclass(frozen=True)
class Scaled:
    """A fit in a unit of impedance that suits the data, a power of two, so that nothing overflows nor is rounded."""

    model: Model  #: The model, its constraints in the new unit
    data: np.ndarray  #: (B, F): Impedances and weights in the new unit
    weight: np.ndarray  #: (B, F): Impedances and weights in the new unit
    factor: np.ndarray  #: (P,): By what to multiply parameters to have them in Ω and the units that go with it
    cost: float  #: By what to multiply a sum of squares

    @classmethod
    def of(cls, model: Model, data: np.ndarray, weight: np.ndarray) -> Scaled:
        """Return the fit of data (B, F) in a better unit."""
        unit = 2.0 ** np.round(np.mean(np.log2(np.abs(data))))
        size = 2.0 ** np.round(np.mean(np.log2(weight)) + np.log2(unit))
        power = np.array([{"scale": 1.0, "inverse": -1.0}.get(role, 0.0) for role in model.circuit.roles])
        scaled = model
        factor = dict(zip(model.circuit.parameter_names, unit**power, strict=True))

        def divided(values: Mapping[str, Any]) -> dict[str, Any]:
            return {name: np.divide(value, factor[name]) for name, value in values.items()}

        if model.fixed or model.limits or model.guess:
            limits = {name: tuple(pair) for name, pair in divided(model.limits).items()}
            scaled = replace(model, fixed=divided(model.fixed), limits=limits, guess=divided(model.guess))
        # Of two factors that belong together one could overflow alone.
        return cls(scaled, data / unit, weight / (size / unit), unit**power, float(size) ** 2)


def _known(circuit: Circuit, argument: str, names: Any) -> None:
    for name in names:
        if name not in circuit.parameter_names:
            raise ValueError(
                f"{argument}: circuit {circuit} has no parameter {name!r}; "
                f"its parameters are {', '.join(circuit.parameter_names)}"
            )


def _guess(circuit: Circuit, fixed: dict[str, float], initial_guess: Any) -> dict[str, float]:
    """Return the user's guess by name (possibly not for every parameter)."""
    if initial_guess is None:
        return {}
    if isinstance(initial_guess, Mapping):
        _known(circuit, "initial_guess", initial_guess)
        guess = dict(initial_guess)
    else:
        values = np.ravel(np.asarray(initial_guess, dtype=float))
        names = [name for name in circuit.parameter_names if name not in fixed or len(values) == len(circuit.roles)]
        if len(values) != len(names):
            raise ValueError(
                f"initial_guess must be {len(names)} values for {circuit} ({', '.join(names)}), got {len(values)}"
            )
        guess = dict(zip(names, values, strict=True))
    return {name: float(_check.positive(f"initial_guess[{name!r}]", value)) for name, value in guess.items()}
