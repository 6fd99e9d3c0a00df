"""Elements of diffusion, and transmission lines of porous electrodes."""

from __future__ import annotations

from functools import partial

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


def _diffusion(grid: Grid, factor: np.ndarray, time: np.ndarray, exponent: np.ndarray, short: bool) -> Values:
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


for _symbol, _title, _formula, _short in (
    ("Woa", "finite-space diffusion with a free exponent, blocking end", "Z0 coth((jωτ)^α) / (jωτ)^α", False),
    ("Wsa", "finite-length diffusion with a free exponent, transmitting end", "Z0 tanh((jωτ)^α) / (jωτ)^α", True),
):
    _parameters = (("Z0", "Ohm", "scale"), ("τ", "sec", "time"), ("α", "", "exponent"))
    element(_symbol, _title, _formula, BISQUERT_COMPTE, *_parameters)(partial(_diffusion, short=_short))


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


def _transmission_line(grid: Grid, *parameters: np.ndarray, two_rails: bool, transfers: bool) -> Values:
    """Return the transmission line of a porous electrode between its current collector and the separator.

    Two rails of resistance R_ion and R_el (zero if not `two_rails`) are joined all along by an interface of total
    admittance Y = 1/R_ct + Q (jω)^γ (no charge transfer if not `transfers`). With S = R_ion + R_el and x = √(S Y),
    Z = (R_ion R_el/S) (1 + 2/(x sinh x)) + ((R_ion² + R_el²)/S) coth(x)/x.
    """
    ionic, *others, factor, exponent = parameters
    electronic = others[0] if two_rails else None
    transfer = others[-1] if transfers else None
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


_BOTH = "(R_ion R_el/S)(1 + 2/(x sinh x)) + ((R_ion² + R_el²)/S) coth(x)/x, S = R_ion + R_el, x² = S Q (jω)^γ"
for _symbol, _rails, _interface, _formula in (
    ("TLMQ", "ionic rail", "blocking interface", "R_ion coth(x)/x, x² = R_ion Q (jω)^γ"),
    ("TLMF", "ionic rail", "charge transfer", "R_ion coth(x)/x, x² = R_ion (1/R_ct + Q (jω)^γ)"),
    ("TLMD", "ionic and electronic rail", "blocking interface", _BOTH),
    ("TLMDF", "ionic and electronic rail", "charge transfer", "as TLMD with x² = S (1/R_ct + Q (jω)^γ)"),
):
    _options = {"two_rails": _symbol in ("TLMD", "TLMDF"), "transfers": _symbol in ("TLMF", "TLMDF")}
    _parameters = [("R_ion", "Ohm", "scale")]
    _parameters += [("R_el", "Ohm", "scale")] * _options["two_rails"] + [("R_ct", "Ohm", "scale")] * _options[
        "transfers"
    ]
    _parameters += [("Q", "F sec^(gamma - 1)", "inverse"), ("γ", "", "exponent")]
    _source = BISQUERT if _options["two_rails"] else LANDESFEIND
    _title = f"transmission line: {_rails}, {_interface}"
    element(_symbol, _title, _formula, _source, *_parameters)(partial(_transmission_line, **_options))
