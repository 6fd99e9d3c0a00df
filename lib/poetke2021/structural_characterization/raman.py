"""Raman line of silicon: what temperature and stress do to it, and a synthetic spectrum.

Positions are relative to a bulk line (520.5 cm-1 unless given), so that a spectrometer's offset cancels. A single
peak position cannot tell these causes and crystallite size apart: each inverse answers "if this alone were the cause".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.constants import c, h, k, tera

from poetke2021.structural_characterization._constants import constant
from poetke2021.structural_characterization._root import falling_root
from sicell._check import between, choice, finite, non_negative, positive

__all__ = [
    "RamanBand",
    "overtone",
    "softening_temperature",
    "strain_for_peak",
    "strain_shift",
    "stress_for_peak",
    "stress_shift",
    "synthetic_raman_spectrum",
    "temperature_for_peak",
    "thermal_peak",
    "thermal_width",
]

BULK_LINE = constant("silicon-raman-line")
LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 5.0, 1400.0
ROOM_TEMPERATURE = 297.0

# One wavenumber (cm-1) as a temperature.
KELVIN_PER_WAVENUMBER = 100 * h * c / k

STATES = ("biaxial", "uniaxial", "hydrostatic")


def _phonon_factors(temperature: Any) -> tuple[Any, Any]:
    """Return 1 + 2n for the decay into two phonons and 1 + 3n + 3n² for that into three."""
    reduced = KELVIN_PER_WAVENUMBER * constant("anharmonic-harmonic-position") / temperature
    two, three = 1 / np.expm1(reduced / 2), 1 / np.expm1(reduced / 3)
    return 1 + 2 * two, 1 + 3 * three + 3 * three**2


def _anharmonic_shift(temperature: Any) -> Any:
    two, three = _phonon_factors(temperature)
    return constant("anharmonic-three-phonon-shift") * two + constant("anharmonic-four-phonon-shift") * three


def thermal_peak(temperature: Any, line_position: float = BULK_LINE, reference: float = ROOM_TEMPERATURE) -> Any:
    """Return the position of silicon's first-order line at a temperature.

    Δω(T) = C (1 + 2/(eˣ − 1)) + D (1 + 3/(eʸ − 1) + 3/(eʸ − 1)²), x = ħω0/2kT, y = ħω0/3kT, taken relative to the
    reference temperature.

    Raises ValueError if a temperature is outside the range of the fit.

    Parameters
    ----------
    temperature : float or array
        In K, 5 to 1400.
    line_position : float, optional
        Position at the reference temperature in cm-1.
    reference : float, optional
        That temperature in K.

    Returns
    -------
    float or array
        In cm-1.

    References
    ----------
    Balkanski, Wallis and Haro, Phys. Rev. B 28 (1983) 1928, doi:10.1103/PhysRevB.28.1928.
    """
    temperature = between("temperature", temperature, LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE, "K")
    reference = between("reference", reference, LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE, "K")
    line_position = positive("line_position", line_position, "cm-1")
    return line_position + _anharmonic_shift(temperature) - _anharmonic_shift(reference)


def thermal_width(temperature: Any) -> Any:
    """Return the natural full width at half maximum of silicon's first-order line in cm-1.

    Raises ValueError if a temperature is outside the range of the fit.

    Parameters
    ----------
    temperature : float or array
        In K, 5 to 1400.

    Returns
    -------
    float or array
        In cm-1, without the spectrometer's share.

    References
    ----------
    As :func:`thermal_peak`.
    """
    temperature = between("temperature", temperature, LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE, "K")
    two, three = _phonon_factors(temperature)
    return constant("anharmonic-three-phonon-width") * two + constant("anharmonic-four-phonon-width") * three


def temperature_for_peak(peak: Any, line_position: float = BULK_LINE, reference: float = ROOM_TEMPERATURE) -> Any:
    """Return the temperature in K that would put the line at `peak` if heating alone shifted it.

    Raises ValueError if no temperature between 5 and 1400 K gives that position.

    Parameters
    ----------
    peak : float or array
        Position in cm-1.
    line_position, reference
        As in :func:`thermal_peak`.

    Returns
    -------
    float or array
        In K.

    References
    ----------
    As :func:`thermal_peak`.
    """
    lower, upper = (
        thermal_peak(temperature, line_position, reference) for temperature in (HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE)
    )
    peak = np.asarray(between("peak", peak, lower, upper, "cm-1"))
    return falling_root(
        lambda temperature: thermal_peak(temperature, line_position, reference) - peak,
        np.full(peak.shape, LOWEST_TEMPERATURE),
        np.full(peak.shape, HIGHEST_TEMPERATURE),
    )


def softening_temperature(
    ratio: Any,
    coefficient: float | None = None,
    reference: float = ROOM_TEMPERATURE,
) -> Any:
    """Return the temperature at which any phonon of silicon has softened to a share of its frequency.

    It serves the second-order bands, for which :func:`temperature_for_peak` has no parameters.

    Raises ValueError if an argument is not positive.

    Parameters
    ----------
    ratio : float, array or uncertain number
        Observed position over the position at the reference temperature.
    coefficient : float, optional
        Relative decrease per kelvin: 5.4e-5 for the zone center, TO at L and TA at X (the value unless given),
        3.6e-5 for TO at X and TA at L.
    reference : float, optional
        Reference temperature in K.

    Returns
    -------
    float, array or uncertain number
        In K.

    References
    ----------
    Tsu and Hernandez, Appl. Phys. Lett. 41 (1982) 1016, doi:10.1063/1.93394 (20 to 900 °C).
    """
    ratio = positive("ratio", ratio)
    coefficient = constant("thermal-softening-zone-center") if coefficient is None else coefficient
    return positive("reference", reference, "K") + (1 - ratio) / positive("coefficient", coefficient, "1/K")


def overtone(frequency: Any, order: int = 2) -> Any:
    """Return the Raman shift at which several phonons of one frequency are created together.

    Phonons of opposite wave vectors scatter light from anywhere in the Brillouin zone, so the second-order bands show
    the zone boundary. Anharmonic binding between the phonons, a few cm-1 at most, is left out.

    Raises ValueError if the frequency is not positive or the order is below 1.

    Parameters
    ----------
    frequency : float, array or uncertain number
        Frequency of one phonon in THz, as neutron scattering gives it.
    order : int, optional
        How many phonons; 2 for a band such as 2TA.

    Returns
    -------
    float, array or uncertain number
        In cm-1.

    References
    ----------
    Silicon's zone-boundary phonons: Nilsson and Nelin, Phys. Rev. B 6 (1972) 3777 (``data/paper/structure.csv``).
    Assignment of the bands: Temple and Hathaway, Phys. Rev. B 7 (1973) 3685.
    """
    return between("order", order, 1, np.inf) * positive("frequency", frequency, "THz") * tera / (100 * c)


def _relative_strain(state: str) -> tuple[float, float, float]:
    """Return in-plane strains and the strain along z, per unit stress (1/GPa)."""
    s11, s12 = constant("compliance-s11"), constant("compliance-s12")
    stresses = {"biaxial": (1, 1, 0), "uniaxial": (1, 0, 0), "hydrostatic": (1, 1, 1)}
    x, y, z = stresses[choice("state", state, STATES)]
    return s11 * x + s12 * (y + z), s11 * y + s12 * (x + z), s11 * z + s12 * (x + y)


def _shift_per_stress(state: str, line_position: float) -> float:
    along_x, along_y, along_z = _relative_strain(state)
    potential = constant("phonon-deformation-p") * along_z + constant("phonon-deformation-q") * (along_x + along_y)
    return positive("line_position", line_position, "cm-1") * potential / 2


def stress_shift(stress: Any, state: str = "biaxial", line_position: float = BULK_LINE) -> Any:
    """Return how far a stress moves the line seen in backscattering from a (001) face.

    Δω = (ω0/2) [p ε_zz + q (ε_xx + ε_yy)], with strains from the cubic elastic compliances.

    Raises ValueError if the stress is not finite or the state unknown.

    Parameters
    ----------
    stress : float, array or uncertain number
        In GPa, tension positive.
    state : {"biaxial", "uniaxial", "hydrostatic"}, optional
        Equal stress along x and y, along x only, or along all three axes. For uniaxial stress z is normal to it.
    line_position : float, optional
        Position without stress in cm-1.

    Returns
    -------
    float, array or uncertain number
        Shift in cm-1; tension gives a negative one.

    References
    ----------
    De Wolf, Semicond. Sci. Technol. 11 (1996) 139: −2 cm-1/GPa uniaxial, −4 cm-1/GPa biaxial.
    """
    return _shift_per_stress(state, line_position) * finite("stress", stress, "GPa")


def stress_for_peak(peak: Any, state: str = "biaxial", line_position: float = BULK_LINE) -> Any:
    """Return the stress in GPa that would put the line at `peak` if stress alone shifted it.

    Raises ValueError if the position is not positive or the state unknown.

    Parameters
    ----------
    peak : float, array or uncertain number
        Position in cm-1.
    state, line_position
        As in :func:`stress_shift`.

    Returns
    -------
    float, array or uncertain number
        In GPa, tension positive.

    References
    ----------
    As :func:`stress_shift`.
    """
    return (positive("peak", peak, "cm-1") - line_position) / _shift_per_stress(state, line_position)


def strain_shift(strain: Any, state: str = "biaxial", line_position: float = BULK_LINE) -> Any:
    """Return how far a strain moves the line; the stress's other strains follow from elasticity.

    Raises ValueError if the strain is not finite or the state unknown.

    Parameters
    ----------
    strain : float, array or uncertain number
        Strain along x (of 1, not percent), tension positive.
    state, line_position
        As in :func:`stress_shift`.

    Returns
    -------
    float, array or uncertain number
        Shift in cm-1.

    References
    ----------
    As :func:`stress_shift`.
    """
    return stress_shift(finite("strain", strain) / _relative_strain(state)[0], state, line_position)


def strain_for_peak(peak: Any, state: str = "biaxial", line_position: float = BULK_LINE) -> Any:
    """Return the strain along x that would put the line at `peak` if strain alone shifted it.

    Raises ValueError: As :func:`stress_for_peak`.

    Parameters
    ----------
    peak, state, line_position
        As in :func:`stress_for_peak`.

    Returns
    -------
    float, array or uncertain number
        Strain (of 1), tension positive.

    References
    ----------
    As :func:`stress_shift`.
    """
    return stress_for_peak(peak, state, line_position) * _relative_strain(state)[0]


@dataclass(frozen=True)
class RamanBand:
    """One band of a synthetic spectrum.

    Raises ValueError if position or width is not positive, the height negative, or the shape unknown.

    Parameters
    ----------
    name : str
        What to call it, such as ``"a-Si TO"``.
    position, width : float
        Position and full width at half maximum in cm-1.
    height : float, optional
        Height of its maximum.
    shape : {"lorentzian", "gaussian"}, optional
        Profile.
    """

    name: str
    position: float
    width: float
    height: float = 1.0
    shape: str = "lorentzian"

    def __post_init__(self) -> None:
        positive("position", self.position, "cm-1")
        positive("width", self.width, "cm-1")
        non_negative("height", self.height)
        choice("shape", self.shape, ("lorentzian", "gaussian"))

    def __call__(self, shift: Any) -> Any:
        """Return the band's intensity at Raman shifts in cm-1."""
        reduced = 2 * (shift - self.position) / self.width
        return self.height * (1 / (1 + reduced**2) if self.shape == "lorentzian" else np.exp2(-(reduced**2)))


def synthetic_raman_spectrum(shift: Any, bands: Iterable[RamanBand], background: float = 0.0) -> np.ndarray:
    """Add up bands to a spectrum: a picture of stated numbers, not a measurement.

    Raises ValueError if a shift or the background is not finite, or there is no band.

    Parameters
    ----------
    shift : array of shape (n,)
        Raman shifts in cm-1.
    bands : iterable of RamanBand
        What to add.
    background : float, optional
        Constant added everywhere.

    Returns
    -------
    numpy.ndarray of shape (n,)
        Intensity.
    """
    shift = np.atleast_1d(finite("shift", shift, "cm-1"))
    background = finite("background", background)
    bands = list(bands)
    if not bands:
        raise ValueError("bands must hold at least one band, got none")
    return background + np.sum([band(shift) for band in bands], axis=0)
