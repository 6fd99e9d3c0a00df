"""Circuit elements: impedance and its derivatives with respect to the logarithm of each parameter.

Every function takes a `Grid` of angular frequencies and the element's parameters as arrays of shape (spectra, 1), and
returns the impedance (spectra × frequencies) together with one array per parameter, the derivative of the impedance
with respect to that parameter's natural logarithm. Hyperbolic functions are written in decaying exponentials, so
nothing overflows at either end of the spectrum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

Values = tuple[np.ndarray, list[np.ndarray]]
HALF_PI = 0.5 * np.pi


class Grid:
    """Angular frequencies of a spectrum, with what several elements need of them computed once."""

    def __init__(self, frequency: np.ndarray):
        self.omega = 2 * np.pi * frequency

    @cached_property
    def log_omega(self) -> np.ndarray:
        """Natural logarithm of the angular frequency."""
        return np.log(self.omega)

    @cached_property
    def log_j_omega(self) -> np.ndarray:
        """Natural logarithm of jω: ln ω + jπ/2."""
        return self.log_omega + 1j * HALF_PI

    @cached_property
    def root_two_omega(self) -> np.ndarray:
        """Square root of twice the angular frequency."""
        return np.sqrt(2 * self.omega)

    @cached_property
    def j_omega(self) -> np.ndarray:
        """Imaginary unit times the angular frequency."""
        return 1j * self.omega

    def power(self, factor: np.ndarray, exponent: np.ndarray) -> np.ndarray:
        """Return factor·(jω)^exponent from one real exponential and one phase."""
        return np.exp(exponent * self.log_omega) * (factor * np.exp(1j * HALF_PI * exponent))


@dataclass(frozen=True)
class ElementType:
    """What the circuit language knows about an element.

    A role is how a parameter acts: ``"scale"`` (impedance is proportional to it), ``"inverse"`` (admittance is),
    ``"time"`` (only shifts the curve along the frequency axis), ``"exponent"`` (between 0 and 1) or ``"shape"``.
    """

    symbol: str  #: the letters that name it in a circuit string
    title: str
    formula: str  #: impedance, with the parameters by the names in `parameters`
    parameters: tuple[str, ...]
    units: tuple[str, ...]  #: of each parameter, empty for a number
    roles: tuple[str, ...]
    source: str
    #: ``evaluate(grid, *parameters)`` returns the impedance and its log-derivatives
    evaluate: Callable[..., Values] = field(repr=False)
    admittance: Callable[..., Values] | None = field(default=None, repr=False)


ELEMENTS: dict[str, ElementType] = {}
ROLES = frozenset({"scale", "inverse", "time", "exponent", "shape"})

BARSOUKOV = "E. Barsoukov and J. R. Macdonald (eds.), Impedance Spectroscopy, 2nd ed., Wiley, 2005"
LANDESFEIND = "J. Landesfeind et al., J. Electrochem. Soc. 163 (2016) A1373, doi:10.1149/2.1141607jes"
BISQUERT_COMPTE = "J. Bisquert and A. Compte, J. Electroanal. Chem. 499 (2001) 112"
BISQUERT = "J. Bisquert, Phys. Chem. Chem. Phys. 2 (2000) 4185"


def element(symbol: str, title: str, formula: str, source: str, *parameters: tuple[str, str, str]) -> Any:
    """Register a function as element `symbol`; each parameter is (name, unit, role)."""

    def register(function: Callable[..., Values]) -> Callable[..., Values]:
        names, units, roles = zip(*parameters, strict=True)
        if symbol in ELEMENTS:
            raise ValueError(f"element {symbol!r} is there already: {ELEMENTS[symbol].title}")
        if not symbol.isalpha() or not ROLES.issuperset(roles):
            raise ValueError(f"an element needs letters and roles of {sorted(ROLES)}, got {symbol!r} with {roles}")
        ELEMENTS[symbol] = ElementType(symbol, title, formula, names, units, roles, source, function)
        return function

    return register


def admittance_of(symbol: str) -> Any:
    """Register the admittance of an element for which it is the simpler quantity (used inside parallel branches)."""

    def register(function: Callable[..., Values]) -> Callable[..., Values]:
        object.__setattr__(ELEMENTS[symbol], "admittance", function)
        return function

    return register


def one_minus_exp(real: np.ndarray, imag: np.ndarray) -> np.ndarray:
    """Return 1 - exp(-(real + j imag)), exact for small arguments too (and faster than a complex expm1)."""
    below = np.expm1(-real)
    decay = 1 + below
    sine = np.sin(0.5 * imag)
    result = np.empty(np.broadcast_shapes(real.shape, imag.shape), dtype=complex)
    result.real = 2 * sine * sine * decay - below
    result.imag = 2 * sine * np.cos(0.5 * imag) * decay
    return result


def hyperbolic(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return coth x, 1/sinh x and 1/sinh² x for Re x > 0 without overflow."""
    inverse = np.reciprocal(one_minus_exp(2 * x.real, 2 * x.imag))
    inverse_sinh = 2 * np.exp(-x) * inverse
    return 2 * inverse - 1, inverse_sinh, inverse_sinh * inverse_sinh
