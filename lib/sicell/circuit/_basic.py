"""Elements without a length: resistor, capacitor, inductors, constant phase, arcs and Gerischer's reaction."""

from __future__ import annotations

import numpy as np

from sicell.circuit._registry import BARSOUKOV, Grid, Values, admittance_of, element, hyperbolic


@element("R", "resistor", "R", BARSOUKOV, ("R", "Ohm", "scale"))
def resistor(_grid: Grid, resistance: np.ndarray) -> Values:
    """Return Z = R, of shape (spectra, 1): the same at every frequency."""
    return resistance, [resistance]


@admittance_of("R")
def _conductance(_grid: Grid, resistance: np.ndarray) -> Values:
    conductance = 1 / resistance
    return conductance, [-conductance]


@element("C", "capacitor", "1 / (jωC)", BARSOUKOV, ("C", "F", "inverse"))
def capacitor(grid: Grid, capacitance: np.ndarray) -> Values:
    """Return Z = 1/(jωC)."""
    impedance = 1 / (capacitance * grid.j_omega)
    return impedance, [-impedance]


@admittance_of("C")
def _susceptance(grid: Grid, capacitance: np.ndarray) -> Values:
    admittance = capacitance * grid.j_omega
    return admittance, [admittance]


@element("L", "inductor", "jωL", BARSOUKOV, ("L", "H", "scale"))
def inductor(grid: Grid, inductance: np.ndarray) -> Values:
    """Return Z = jωL."""
    impedance = inductance * grid.j_omega
    return impedance, [impedance]


@element(
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


@element(
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


@admittance_of("CPE")
def _constant_phase_admittance(grid: Grid, factor: np.ndarray, exponent: np.ndarray) -> Values:
    admittance = grid.power(factor, exponent)
    return admittance, [admittance, admittance * (grid.log_j_omega * exponent)]


@element(
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


@element(
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
    coth, _, inverse_sinh2 = hyperbolic(length * root)
    impedance = resistance * coth / root
    by_length = -resistance * length * inverse_sinh2
    return impedance, [impedance, (by_length - impedance) * 0.5 * reaction / (1 + reaction), by_length]


@element(
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


@element(
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
