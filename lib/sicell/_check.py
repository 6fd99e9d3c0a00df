"""Checks of arguments that give one clear error: which argument, what it was, what is allowed.

Each check returns the argument as a float array (or the scalar it was), so that it can be used in an assignment.
"""

from types import FunctionType
from typing import Any

import numpy as np
from uncertainties.unumpy import nominal_values


class SicellWarning(UserWarning):
    """A result that is computed but should not be trusted without reading why."""


def _checked(name: str, value: Any) -> tuple[np.ndarray, Any]:
    """Return the plain numbers to check, and what the caller goes on with (uncertain numbers stay uncertain)."""
    if isinstance(value, str) or value is None:
        raise TypeError(f"{name} must be a number or an array of numbers, got {value!r}")
    if np.ma.is_masked(value):
        count = int(np.ma.getmaskarray(value).sum())
        raise ValueError(f"{name} must not be masked, got {count} masked of {np.size(value)}: leave them out")
    try:
        numbers = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        try:
            numbers = np.asarray(nominal_values(value), dtype=float)
        except (TypeError, ValueError):
            raise TypeError(f"{name} must be a number or an array of numbers, got {value!r}") from None
        return numbers, value if numbers.ndim == 0 else np.asarray(value, dtype=object)
    return numbers, float(numbers) if numbers.ndim == 0 else numbers


def _require(name: str, value: Any, allowed: str, ok: Any, unit: str = "") -> Any:
    """Return `value` if it is finite and passes `ok`, else raise ValueError naming the first element that does not."""
    numbers, result = _checked(name, value)
    bad = ~(np.isfinite(numbers) & ok(numbers))
    if bad.any():
        where = "" if numbers.ndim == 0 else f" at position {int(np.argmax(bad.ravel()))}"
        inside = f" (in {unit})" if unit else ""
        raise ValueError(f"{name} must be {allowed}{inside}, got {numbers[bad].ravel()[0]:g}{where}")
    return result


def finite(name: str, value: Any, unit: str = "") -> Any:
    """Return `value` if every element is a finite number; otherwise raise ValueError naming the first bad one."""
    return _require(name, value, "finite", np.isfinite, unit)


def positive(name: str, value: Any, unit: str = "") -> Any:
    """Return `value` if every element is finite and above zero; otherwise raise ValueError.

    >>> positive("mass", -1.3, "mg")
    Traceback (most recent call last):
    ...
    ValueError: mass must be positive (in mg), got -1.3
    """
    return _require(name, value, "positive", lambda numbers: numbers > 0, unit)


def non_negative(name: str, value: Any, unit: str = "") -> Any:
    """Return `value` if every element is finite and at least zero; otherwise raise ValueError."""
    return _require(name, value, "zero or positive", lambda numbers: numbers >= 0, unit)


def between(name: str, value: Any, lower: float, upper: float, unit: str = "") -> Any:
    """Return `value` if every element lies in [`lower`, `upper`]; otherwise raise ValueError."""

    def inside(numbers: np.ndarray) -> np.ndarray:
        return (numbers >= lower) & (numbers <= upper)

    return _require(name, value, f"between {lower:g} and {upper:g}", inside, unit)


def whole(name: str, value: Any, least: int) -> int:
    """Return `value` as an integer if it is a whole number of at least `least`; otherwise raise ValueError."""
    number = np.asarray(value)
    plain = number.ndim == 0 and number.dtype.kind in "iuf"
    if not (plain and least <= number < np.inf and number == np.round(number)):
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
    return int(number)


def temperature(name: str, value: Any) -> Any:
    """Return `value` if every element is a temperature in K at which a cell can be; otherwise raise ValueError."""
    return _require(name, value, "at least 150 K (25 °C are 298.15 K)", lambda numbers: numbers >= 150)


def lists(**given: Any) -> tuple[np.ndarray, ...]:
    """Return lists of finite numbers of one length, which is not zero; otherwise raise ValueError naming them."""
    for name, values in given.items():
        if values is None or isinstance(values, str) or np.iscomplexobj(values):
            raise TypeError(f"{name} must be a list of real numbers, got {values!r}")
    arrays = {name: np.atleast_1d(values) for name, values in given.items()}
    shapes = [values.shape for values in arrays.values()]
    names = " and ".join(arrays)
    if len(shapes[0]) != 1 or len(set(shapes)) > 1:
        raise ValueError(f"{names} must be lists of one length, got shapes {' and '.join(map(str, shapes))}")
    if shapes[0] == (0,):
        raise ValueError(f"{names} must be lists of numbers, got none")
    return tuple(np.asarray(finite(name, values)) for name, values in arrays.items())


def instance(name: str, value: Any, kinds: type | tuple[type, ...], allowed: str) -> Any:
    """Return `value` if it is of a kind; otherwise raise TypeError, which says so of a function that was not called."""
    if not isinstance(value, kinds):
        call = f", a function: call it, {value.__name__}()" if isinstance(value, FunctionType | type) else ""
        raise TypeError(f"{name} must be {allowed}, got {value!r}{call}")
    return value


def choice(name: str, value: Any, allowed: Any) -> Any:
    """Return `value` if it is one of `allowed`; otherwise raise ValueError that lists them."""
    allowed = list(allowed)
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    return value
