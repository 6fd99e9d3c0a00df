"""Elements of diffusion, and transmission lines of porous electrodes."""

from __future__ import annotations

import numpy as np

from sicell.circuit._registry import (
    BARSOUKOV,
    BISQUERT,
    BISQUERT_COMPTE,
    LANDESFEIND,
    Grid,
    Values,
    element,
    hyperbolic,
    one_minus_exp,
)


@element("W", "semi-infinite Warburg element", "A (1 - j) / √ω", BARSOUKOV, ("A", "Ohm sec^-1/2", "scale"))
def warburg(grid: Grid, factor: np.ndarray) -> Values:
    """Return Z = A (1 - j)/√ω."""
    impedance = factor * ((1 - 1j) / np.sqrt(grid.omega))
    return impedance, [impedance]


@element(
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
    below = one_minus_exp(double, double)
    inverse = np.reciprocal(below)
    impedance = (2 * inverse - 1) * (factor * ((1 - 1j) / np.sqrt(time)) / grid.root_two_omega)
    return impedance, [impedance, -0.5 * impedance - (2 * factor) * (1 - below) * (inverse * inverse)]


@element(
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
    below = one_minus_exp(double, double)
    inverse = np.reciprocal(2 - below)
    impedance = below * inverse * (factor * ((1 - 1j) / np.sqrt(time)) / grid.root_two_omega)
    return impedance, [impedance, (2 * factor) * (1 - below) * (inverse * inverse) - 0.5 * impedance]


def _diffusion(
    grid: Grid, factor: np.ndarray, time: np.ndarray, exponent: np.ndarray, short: bool
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return Z0 tanh(u)/u, or Z0 coth(u)/u, with u = (jωτ)^α, and its log-derivatives."""
    log_u = exponent * (grid.log_j_omega + np.log(time))
    u = np.exp(log_u)
    coth, _, inverse_sinh2 = hyperbolic(u)
    if short:
        tanh = np.reciprocal(coth)
        impedance, slope = factor * tanh / u, factor * (1 - tanh * tanh)
    else:
        impedance, slope = factor * coth / u, -factor * inverse_sinh2
    by_log_u = slope - impedance
    return impedance, [impedance, by_log_u * exponent, by_log_u * log_u]


@element(
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


@element(
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


@element(
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
    coth, inverse_sinh, inverse_sinh2 = hyperbolic(beta)
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
    coth, inverse_sinh, inverse_sinh2 = hyperbolic(x)
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


@element(
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


@element(
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


@element(
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


@element(
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
