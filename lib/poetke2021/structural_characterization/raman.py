"""Raman line of silicon: what temperature and stress do to it.

Positions are in cm-1 and relative to the bulk line (520.5 cm-1), so that a spectrometer's offset cancels. A single
peak position cannot tell these causes and crystallite size apart: each inverse answers "if this alone were the cause".
All arguments may be arrays; out of range they raise ValueError.

References
----------
Temperature of the first-order line: Balkanski, Wallis and Haro, Phys. Rev. B 28 (1983) 1928,
doi:10.1103/PhysRevB.28.1928. Softening: Tsu and Hernandez, Appl. Phys. Lett. 41 (1982) 1016, doi:10.1063/1.93394 (20 to
900 °C). Stress: De Wolf, Semicond. Sci. Technol. 11 (1996) 139: −2 cm-1/GPa uniaxial, −4 cm-1/GPa biaxial.
Zone-boundary phonons: Nilsson and Nelin, Phys. Rev. B 6 (1972) 3777; second-order bands: Temple and Hathaway, Phys.
Rev. B 7 (1973) 3685.
"""

from typing import Any

import numpy as np
from scipy.constants import c, h, k, tera

from poetke2021.structural_characterization._constants import constant
from poetke2021.structural_characterization._root import falling_root
from sicell._check import between, choice, finite, positive

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 5.0, 1400.0
ROOM_TEMPERATURE = 297.0

# One wavenumber (cm-1) as a temperature.
KELVIN_PER_WAVENUMBER = 100 * h * c / k

STATES = ("biaxial", "uniaxial", "hydrostatic")


def _phonon_factors(temperature: Any) -> tuple[Any, Any]:
    """Return 1 + 2n for the decay into two phonons and 1 + 3n + 3n² for that into three."""
    temperature = between("temperature", temperature, LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE, "K")
    reduced = KELVIN_PER_WAVENUMBER * constant("anharmonic-harmonic-position") / temperature
    two, three = 1 / np.expm1(reduced / 2), 1 / np.expm1(reduced / 3)
    return 1 + 2 * two, 1 + 3 * three + 3 * three**2


def _anharmonic_shift(temperature: Any) -> Any:
    two, three = _phonon_factors(temperature)
    return constant("anharmonic-three-phonon-shift") * two + constant("anharmonic-four-phonon-shift") * three


def thermal_peak(temperature: Any) -> Any:
    """Return the position (cm-1) of silicon's first-order line at a temperature of 5 to 1400 K.

    Δω(T) = C (1 + 2/(eˣ − 1)) + D (1 + 3/(eʸ − 1) + 3/(eʸ − 1)²), x = ħω0/2kT, y = ħω0/3kT, relative to 297 K.
    """
    return constant("silicon-raman-line") + _anharmonic_shift(temperature) - _anharmonic_shift(ROOM_TEMPERATURE)


def thermal_width(temperature: Any) -> Any:
    """Return the natural full width at half maximum (cm-1) of that line at 5 to 1400 K, without the spectrometer's."""
    two, three = _phonon_factors(temperature)
    return constant("anharmonic-three-phonon-width") * two + constant("anharmonic-four-phonon-width") * three


def temperature_for_peak(peak: Any) -> Any:
    """Return the temperature in K that would put the line at `peak` (cm-1) if heating alone shifted it."""
    ends = thermal_peak(HIGHEST_TEMPERATURE), thermal_peak(LOWEST_TEMPERATURE)
    peak = np.asarray(between("peak", peak, *ends, "cm-1"))
    lower, upper = np.full(peak.shape, LOWEST_TEMPERATURE), np.full(peak.shape, HIGHEST_TEMPERATURE)
    return falling_root(lambda temperature: thermal_peak(temperature) - peak, lower, upper)


def softening_temperature(ratio: Any, coefficient: float | None = None) -> Any:
    """Return the temperature in K at which any phonon of silicon has softened to a share of its frequency at 297 K.

    It serves the second-order bands, for which :func:`temperature_for_peak` has no parameters. `coefficient` is the
    relative decrease per kelvin: 5.4e-5 for the zone center, TO at L and TA at X (unless given), 3.6e-5 for TO at X and
    TA at L.
    """
    coefficient = constant("thermal-softening-zone-center") if coefficient is None else coefficient
    return ROOM_TEMPERATURE + (1 - positive("ratio", ratio)) / positive("coefficient", coefficient, "1/K")


def overtone(frequency: Any) -> Any:
    """Return the Raman shift (cm-1) at which two phonons of one frequency (THz) are created together.

    Phonons of opposite wave vectors scatter light from anywhere in the Brillouin zone, so the second-order bands show
    the zone boundary. Anharmonic binding between the phonons, a few cm-1 at most, is left out.
    """
    return 2 * positive("frequency", frequency, "THz") * tera / (100 * c)


def _relative_strain(state: str) -> tuple[float, float, float]:
    """Return in-plane strains and the strain along z, per unit stress (1/GPa)."""
    s11, s12 = constant("compliance-s11"), constant("compliance-s12")
    stresses = {"biaxial": (1, 1, 0), "uniaxial": (1, 0, 0), "hydrostatic": (1, 1, 1)}
    x, y, z = stresses[choice("state", state, STATES)]
    return s11 * x + s12 * (y + z), s11 * y + s12 * (x + z), s11 * z + s12 * (x + y)


def stress_shift(stress: Any, state: str = "biaxial") -> Any:
    """Return how far (cm-1) a stress in GPa, tension positive, moves the line seen in backscattering from a (001) face.

    Δω = (ω0/2) [p ε_zz + q (ε_xx + ε_yy)], with strains from the cubic elastic compliances. `state` is ``"biaxial"``
    (equal stress along x and y), ``"uniaxial"`` (along x, with z normal to it) or ``"hydrostatic"``.
    """
    along_x, along_y, along_z = _relative_strain(state)
    potential = constant("phonon-deformation-p") * along_z + constant("phonon-deformation-q") * (along_x + along_y)
    return constant("silicon-raman-line") * potential / 2 * finite("stress", stress, "GPa")


def stress_for_peak(peak: Any, state: str = "biaxial") -> Any:
    """Return the stress in GPa that would put the line at `peak` (cm-1) if stress alone shifted it."""
    return (positive("peak", peak, "cm-1") - constant("silicon-raman-line")) / stress_shift(1.0, state)


def strain_for_peak(peak: Any, state: str = "biaxial") -> Any:
    """Return the strain along x (of 1, tension positive) that would put the line at `peak` if strain alone did."""
    return stress_for_peak(peak, state) * _relative_strain(state)[0]
