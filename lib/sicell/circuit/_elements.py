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

__all__ = ["ELEMENTS", "ElementType", "Grid"]

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

    Attributes
    ----------
    symbol : str
        The letters that name it in a circuit string.
    title : str
        What it is.
    formula : str
        Impedance, with the parameters by the names in `parameters`.
    parameters : tuple of str
        What each parameter is called in the formula.
    units : tuple of str
        Unit of each parameter, empty for a number.
    roles : tuple of str
        How each parameter acts: ``"scale"`` (impedance is proportional to it), ``"inverse"`` (admittance is),
        ``"time"`` (only shifts the curve along the frequency axis), ``"exponent"`` (between 0 and 1) or ``"shape"``.
    source : str
        Where the formula comes from.
    evaluate : callable
        ``evaluate(grid, *parameters)`` returns the impedance and its log-derivatives.
    """

    symbol: str
    title: str
    formula: str
    parameters: tuple[str, ...]
    units: tuple[str, ...]
    roles: tuple[str, ...]
    source: str
    evaluate: Callable[..., Values] = field(repr=False)
    admittance: Callable[..., Values] | None = field(default=None, repr=False)


ELEMENTS: dict[str, ElementType] = {}

BARSOUKOV = "E. Barsoukov and J. R. Macdonald (eds.), Impedance Spectroscopy, 2nd ed., Wiley, 2005"
LANDESFEIND = "J. Landesfeind et al., J. Electrochem. Soc. 163 (2016) A1373, doi:10.1149/2.1141607jes"
BISQUERT_COMPTE = "J. Bisquert and A. Compte, J. Electroanal. Chem. 499 (2001) 112"
BISQUERT = "J. Bisquert, Phys. Chem. Chem. Phys. 2 (2000) 4185"


def _element(symbol: str, title: str, formula: str, source: str, *parameters: tuple[str, str, str]) -> Any:
    """Register a function as element `symbol`; each parameter is (name, unit, role)."""

    def register(function: Callable[..., Values]) -> Callable[..., Values]:
        names, units, roles = zip(*parameters, strict=True)
        ELEMENTS[symbol] = ElementType(symbol, title, formula, names, units, roles, source, function)
        return function

    return register


def _admittance_of(symbol: str) -> Any:
    """Register the admittance of an element for which it is the simpler quantity (used inside parallel branches)."""

    def register(function: Callable[..., Values]) -> Callable[..., Values]:
        object.__setattr__(ELEMENTS[symbol], "admittance", function)
        return function

    return register


def _one_minus_exp(real: np.ndarray, imag: np.ndarray) -> np.ndarray:
    """Return 1 - exp(-(real + j imag)), exact for small arguments too (and faster than a complex expm1)."""
    below = np.expm1(-real)
    decay = 1 + below
    sine = np.sin(0.5 * imag)
    result = np.empty(np.broadcast_shapes(real.shape, imag.shape), dtype=complex)
    result.real = 2 * sine * sine * decay - below
    result.imag = 2 * sine * np.cos(0.5 * imag) * decay
    return result


def _hyperbolic(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return coth x, 1/sinh x and 1/sinh² x for Re x > 0 without overflow."""
    inverse = np.reciprocal(_one_minus_exp(2 * x.real, 2 * x.imag))
    inverse_sinh = 2 * np.exp(-x) * inverse
    return 2 * inverse - 1, inverse_sinh, inverse_sinh * inverse_sinh


@_element("R", "resistor", "R", BARSOUKOV, ("R", "Ohm", "scale"))
def resistor(_grid: Grid, resistance: np.ndarray) -> Values:
    """Return Z = R, of shape (spectra, 1): the same at every frequency."""
    return resistance, [resistance]


@_admittance_of("R")
def _conductance(_grid: Grid, resistance: np.ndarray) -> Values:
    conductance = 1 / resistance
    return conductance, [-conductance]


@_element("C", "capacitor", "1 / (jωC)", BARSOUKOV, ("C", "F", "inverse"))
def capacitor(grid: Grid, capacitance: np.ndarray) -> Values:
    """Return Z = 1/(jωC)."""
    impedance = 1 / (capacitance * grid.j_omega)
    return impedance, [-impedance]


@_admittance_of("C")
def _susceptance(grid: Grid, capacitance: np.ndarray) -> Values:
    admittance = capacitance * grid.j_omega
    return admittance, [admittance]


@_element("L", "inductor", "jωL", BARSOUKOV, ("L", "H", "scale"))
def inductor(grid: Grid, inductance: np.ndarray) -> Values:
    """Return Z = jωL."""
    impedance = inductance * grid.j_omega
    return impedance, [impedance]


@_element(
    "La",
    "modified inductor",
    "L (jω)^α",
    "EC-Lab Application Note 42, BioLogic (2019)",
    ("L", "H s^(α-1)", "scale"),
    ("α", "", "exponent"),
)
def modified_inductor(grid: Grid, inductance: np.ndarray, exponent: np.ndarray) -> Values:
    """Return Z = L (jω)^α, the documented formula (impedance.py 1.7.1 computes (jωL)^α)."""
    impedance = grid.power(inductance, exponent)
    return impedance, [impedance, impedance * grid.log_j_omega * exponent]


@_element(
    "CPE",
    "constant-phase element",
    "1 / (Q (jω)^α)",
    BARSOUKOV,
    ("Q", "Ohm^-1 sec^a", "inverse"),
    ("α", "", "exponent"),
)
def constant_phase(grid: Grid, factor: np.ndarray, exponent: np.ndarray) -> Values:
    """Return Z = 1/(Q (jω)^α)."""
    impedance = grid.power(1 / factor, -exponent)
    return impedance, [-impedance, -impedance * grid.log_j_omega * exponent]


@_admittance_of("CPE")
def _constant_phase_admittance(grid: Grid, factor: np.ndarray, exponent: np.ndarray) -> Values:
    admittance = grid.power(factor, exponent)
    return admittance, [admittance, admittance * (grid.log_j_omega * exponent)]


@_element("W", "semi-infinite Warburg element", "A (1 - j) / √ω", BARSOUKOV, ("A", "Ohm sec^-1/2", "scale"))
def warburg(grid: Grid, factor: np.ndarray) -> Values:
    """Return Z = A (1 - j)/√ω."""
    impedance = factor * ((1 - 1j) / np.sqrt(grid.omega))
    return impedance, [impedance]


@_element(
    "Wo",
    "finite-space Warburg element, blocking end",
    "Z0 coth(√(jωτ)) / √(jωτ)",
    BARSOUKOV,
    ("Z0", "Ohm", "scale"),
    ("τ", "sec", "time"),
)
def warburg_open(grid: Grid, factor: np.ndarray, time: np.ndarray) -> Values:
    """Return Z = Z0 coth(√(jωτ))/√(jωτ)."""
    double = grid.root_two_omega * np.sqrt(time)  # 2x = (1 + j) double
    below = _one_minus_exp(double, double)
    inverse = np.reciprocal(below)
    impedance = (2 * inverse - 1) * (factor * ((1 - 1j) / np.sqrt(time)) / grid.root_two_omega)
    return impedance, [impedance, -0.5 * impedance - (2 * factor) * (1 - below) * (inverse * inverse)]


@_element(
    "Ws",
    "finite-length Warburg element, transmitting end",
    "Z0 tanh(√(jωτ)) / √(jωτ)",
    BARSOUKOV,
    ("Z0", "Ohm", "scale"),
    ("τ", "sec", "time"),
)
def warburg_short(grid: Grid, factor: np.ndarray, time: np.ndarray) -> Values:
    """Return Z = Z0 tanh(√(jωτ))/√(jωτ)."""
    double = grid.root_two_omega * np.sqrt(time)  # 2x = (1 + j) double
    below = _one_minus_exp(double, double)
    inverse = np.reciprocal(2 - below)
    impedance = below * inverse * (factor * ((1 - 1j) / np.sqrt(time)) / grid.root_two_omega)
    return impedance, [impedance, (2 * factor) * (1 - below) * (inverse * inverse) - 0.5 * impedance]


def _diffusion(
    grid: Grid, factor: np.ndarray, time: np.ndarray, exponent: np.ndarray, short: bool
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return Z0 tanh(u)/u, or Z0 coth(u)/u, with u = (jωτ)^α, and its log-derivatives."""
    log_u = exponent * (grid.log_j_omega + np.log(time))
    u = np.exp(log_u)
    coth, _, inverse_sinh2 = _hyperbolic(u)
    if short:
        tanh = np.reciprocal(coth)
        impedance, slope = factor * tanh / u, factor * (1 - tanh * tanh)
    else:
        impedance, slope = factor * coth / u, -factor * inverse_sinh2
    by_log_u = slope - impedance
    return impedance, [impedance, by_log_u * exponent, by_log_u * log_u]


@_element(
    "Woa",
    "finite-space diffusion with a free exponent, blocking end",
    "Z0 coth((jωτ)^α) / (jωτ)^α",
    BISQUERT_COMPTE,
    ("Z0", "Ohm", "scale"),
    ("τ", "sec", "time"),
    ("α", "", "exponent"),
)
def diffusion_open(grid: Grid, factor: np.ndarray, time: np.ndarray, exponent: np.ndarray) -> Values:
    """Return Z = Z0 coth((jωτ)^α)/(jωτ)^α; α = 1/2 is Wo."""
    return _diffusion(grid, factor, time, exponent, short=False)


@_element(
    "Wsa",
    "finite-length diffusion with a free exponent, transmitting end",
    "Z0 tanh((jωτ)^α) / (jωτ)^α",
    BISQUERT_COMPTE,
    ("Z0", "Ohm", "scale"),
    ("τ", "sec", "time"),
    ("α", "", "exponent"),
)
def diffusion_short(grid: Grid, factor: np.ndarray, time: np.ndarray, exponent: np.ndarray) -> Values:
    """Return Z = Z0 tanh((jωτ)^α)/(jωτ)^α; α = 1/2 is Ws."""
    return _diffusion(grid, factor, time, exponent, short=True)


@_element(
    "G",
    "Gerischer element",
    "R / √(1 + jωt)",
    "Y. Lu, C. Kreller and S. B. Adler, J. Electrochem. Soc. 156 (2009) B513, doi:10.1149/1.3079337",
    ("R", "Ohm", "scale"),
    ("t", "sec", "time"),
)
def gerischer(grid: Grid, resistance: np.ndarray, time: np.ndarray) -> Values:
    """Return Z = R/√(1 + jωt)."""
    reaction = time * grid.j_omega
    impedance = resistance / np.sqrt(1 + reaction)
    return impedance, [impedance, -0.5 * impedance * reaction / (1 + reaction)]


@_element(
    "Gs",
    "finite-length Gerischer element",
    "R / (√(1 + jωt) tanh(φ √(1 + jωt)))",
    "R. D. Green, C.-C. Liu and S. B. Adler, Solid State Ionics 179 (2008) 647, doi:10.1016/j.ssi.2008.04.024",
    ("R", "Ohm", "scale"),
    ("t", "sec", "time"),
    ("φ", "", "shape"),
)
def gerischer_finite(grid: Grid, resistance: np.ndarray, time: np.ndarray, length: np.ndarray) -> Values:
    """Return Z = R/(√(1 + jωt) tanh(φ√(1 + jωt)))."""
    reaction = time * grid.j_omega
    root = np.sqrt(1 + reaction)
    coth, _, inverse_sinh2 = _hyperbolic(length * root)
    impedance = resistance * coth / root
    by_length = -resistance * length * inverse_sinh2
    return impedance, [impedance, (by_length - impedance) * 0.5 * reaction / (1 + reaction), by_length]


@_element(
    "K",
    "resistor and capacitor in parallel, by time constant",
    "R / (1 + jωτ)",
    BARSOUKOV,
    ("R", "Ohm", "scale"),
    ("τ", "sec", "time"),
)
def voigt(grid: Grid, resistance: np.ndarray, time: np.ndarray) -> Values:
    """Return Z = R/(1 + jωτ)."""
    relaxation = time * grid.j_omega
    impedance = resistance / (1 + relaxation)
    return impedance, [impedance, -impedance * relaxation / (1 + relaxation)]


@_element(
    "Zarc",
    "resistor and constant-phase element in parallel, by time constant",
    "R / (1 + (jωτ)^γ)",
    "K. S. Cole and R. H. Cole, J. Chem. Phys. 9 (1941) 341, doi:10.1063/1.1750906",
    ("R", "Ohm", "scale"),
    ("τ", "sec", "time"),
    ("γ", "", "exponent"),
)
def zarc(grid: Grid, resistance: np.ndarray, time: np.ndarray, exponent: np.ndarray) -> Values:
    """Return Z = R/(1 + (jωτ)^γ)."""
    log_relaxation = exponent * (grid.log_j_omega + np.log(time))
    relaxation = np.exp(log_relaxation)
    impedance = resistance / (1 + relaxation)
    slope = -impedance * relaxation / (1 + relaxation)
    return impedance, [impedance, slope * exponent, slope * log_relaxation]


@_element(
    "T",
    "macrohomogeneous porous electrode",
    "A coth(β)/β + B/(β sinh β), β = √(a + jωb)",
    "G. Paasch, K. Micka and P. Gersdorf, Electrochim. Acta 38 (1993) 2653, doi:10.1016/0013-4686(93)85083-B",
    ("A", "Ohm-m^2", "scale"),
    ("B", "Ohm-m^2", "scale"),
    ("a", "", "shape"),
    ("b", "sec", "time"),
)
def porous_electrode(
    grid: Grid, first: np.ndarray, second: np.ndarray, constant: np.ndarray, time: np.ndarray
) -> Values:
    """Return Z = A coth(β)/β + B/(β sinh β) with β = √(a + jωb)."""
    relaxation = time * grid.j_omega
    square = constant + relaxation
    beta = np.sqrt(square)
    coth, inverse_sinh, inverse_sinh2 = _hyperbolic(beta)
    ordinary, crossed = first * coth / beta, second * inverse_sinh / beta
    slope = -0.5 * (ordinary + first * inverse_sinh2 + crossed * (1 + beta * coth)) / square
    return ordinary + crossed, [ordinary, crossed, slope * constant, slope * relaxation]


def _transmission_line(
    grid: Grid,
    ionic: np.ndarray,
    electronic: np.ndarray | None,
    transfer: np.ndarray | None,
    factor: np.ndarray,
    exponent: np.ndarray,
) -> Values:
    """Return the transmission line of a porous electrode between its current collector and the separator.

    Two rails of resistance R_ion and R_el (zero if None) are joined all along by an interface of total admittance
    Y = 1/R_ct + Q (jω)^γ (no charge transfer if `transfer` is None). With S = R_ion + R_el and x = √(S Y),
    Z = (R_ion R_el/S) (1 + 2/(x sinh x)) + ((R_ion² + R_el²)/S) coth(x)/x.
    """
    charging = grid.power(factor, exponent)
    admittance = charging if transfer is None else charging + 1 / transfer
    total = ionic if electronic is None else ionic + electronic
    x = np.sqrt(total * admittance)
    coth, inverse_sinh, inverse_sinh2 = _hyperbolic(x)
    ends = coth / x
    ends_slope = -inverse_sinh2 - ends
    if electronic is None:
        impedance = ionic * ends
        slope = 0.5 * ionic * ends_slope
        rails = [impedance + slope]
    else:
        through = inverse_sinh / x
        parallel, squares = ionic * electronic / total, (ionic**2 + electronic**2) / total
        impedance = parallel * (1 + 2 * through) + squares * ends
        slope = 0.5 * (-2 * parallel * through * (1 + x * coth) + squares * ends_slope)
        rails = [
            parallel * (1 - own / total) * (1 + 2 * through)
            + (2 * own - squares) * (own / total) * ends
            + slope * (own / total)
            for own in (ionic, electronic)
        ]
    by_charging = slope * charging / admittance
    by_transfer = [] if transfer is None else [-slope / (transfer * admittance)]
    return impedance, [*rails, *by_transfer, by_charging, by_charging * grid.log_j_omega * exponent]


@_element(
    "TLMQ",
    "transmission line: ionic rail, blocking interface",
    "R_ion coth(x)/x, x² = R_ion Q (jω)^γ",
    LANDESFEIND,
    ("R_ion", "Ohm", "scale"),
    ("Q", "F sec^(gamma - 1)", "inverse"),
    ("γ", "", "exponent"),
)
def line_blocking(grid: Grid, ionic: np.ndarray, factor: np.ndarray, exponent: np.ndarray) -> Values:
    """Return the line with an ionic rail and a blocking interface."""
    return _transmission_line(grid, ionic, None, None, factor, exponent)


@_element(
    "TLMF",
    "transmission line: ionic rail, charge transfer",
    "R_ion coth(x)/x, x² = R_ion (1/R_ct + Q (jω)^γ)",
    LANDESFEIND,
    ("R_ion", "Ohm", "scale"),
    ("R_ct", "Ohm", "scale"),
    ("Q", "F sec^(gamma - 1)", "inverse"),
    ("γ", "", "exponent"),
)
def line_faradaic(
    grid: Grid, ionic: np.ndarray, transfer: np.ndarray, factor: np.ndarray, exponent: np.ndarray
) -> Values:
    """Return the line with an ionic rail and charge transfer at the interface."""
    return _transmission_line(grid, ionic, None, transfer, factor, exponent)


@_element(
    "TLMD",
    "transmission line: ionic and electronic rail, blocking interface",
    "(R_ion R_el/S)(1 + 2/(x sinh x)) + ((R_ion² + R_el²)/S) coth(x)/x, S = R_ion + R_el, x² = S Q (jω)^γ",
    BISQUERT,
    ("R_ion", "Ohm", "scale"),
    ("R_el", "Ohm", "scale"),
    ("Q", "F sec^(gamma - 1)", "inverse"),
    ("γ", "", "exponent"),
)
def line_dual_blocking(
    grid: Grid, ionic: np.ndarray, electronic: np.ndarray, factor: np.ndarray, exponent: np.ndarray
) -> Values:
    """Return the line with two resistive rails and a blocking interface."""
    return _transmission_line(grid, ionic, electronic, None, factor, exponent)


@_element(
    "TLMDF",
    "transmission line: ionic and electronic rail, charge transfer",
    "as TLMD with x² = S (1/R_ct + Q (jω)^γ)",
    BISQUERT,
    ("R_ion", "Ohm", "scale"),
    ("R_el", "Ohm", "scale"),
    ("R_ct", "Ohm", "scale"),
    ("Q", "F sec^(gamma - 1)", "inverse"),
    ("γ", "", "exponent"),
)
def line_dual_faradaic(
    grid: Grid,
    ionic: np.ndarray,
    electronic: np.ndarray,
    transfer: np.ndarray,
    factor: np.ndarray,
    exponent: np.ndarray,
) -> Values:
    """Return the line with two resistive rails and charge transfer at the interface."""
    return _transmission_line(grid, ionic, electronic, transfer, factor, exponent)
