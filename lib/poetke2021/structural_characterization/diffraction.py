"""X-ray powder diffraction of cubic crystals, and Scherrer broadening.

Intensities are those of a flat, thick, untextured powder on a Bragg-Brentano diffractometer: squared structure factor
(free-atom form factors with anomalous dispersion and an isotropic Debye-Waller factor), multiplicity,
Lorentz-polarization factor. Bonding charge, extinction, texture and absorption by a holder or foil are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import periodictable
from periodictable.cromermann import fxrayatstol
from scipy.constants import Avogadro
from scipy.special import voigt_profile

from poetke2021.structural_characterization._constants import constant
from sicell._check import between, finite, non_negative, positive

__all__ = [
    "CU_K_ALPHA_1",
    "CU_K_ALPHA_2",
    "CubicPhase",
    "PowderPattern",
    "diffractogram",
    "powder_pattern",
    "scherrer_size",
    "scherrer_width",
    "silicon",
]

CU_K_ALPHA_1 = constant("cu-k-alpha-1")
"""Wavelength of Cu Kα1 in angstrom."""
CU_K_ALPHA_2 = constant("cu-k-alpha-2")
"""Wavelength of Cu Kα2 in angstrom."""
SHAPE_FACTOR = constant("scherrer-shape-factor")

FULL_WIDTH_PER_SIGMA = 2 * np.sqrt(2 * np.log(2))


@dataclass(frozen=True)
class CubicPhase:
    """A cubic crystal: lattice parameter and all atoms of the conventional cell.

    Raises ValueError if a length is not positive, B is negative, there is no atom, or a symbol is not an element.

    Parameters
    ----------
    name : str
        What to call it.
    lattice_parameter : float
        Edge of the cubic cell in angstrom.
    atoms : tuple of (str, float, float, float)
        Element symbol and fractional coordinates of each atom in the cell, centering included.
    debye_waller : float, optional
        Isotropic Debye-Waller parameter B in square angstrom, the same for all atoms.
    """

    name: str
    lattice_parameter: float
    atoms: tuple[tuple[str, float, float, float], ...]
    debye_waller: float = 0.0

    def __post_init__(self) -> None:
        positive("lattice_parameter", self.lattice_parameter, "angstrom")
        non_negative("debye_waller", self.debye_waller, "square angstrom")
        if not self.atoms:
            raise ValueError("atoms must hold at least one atom, got none")
        for symbol, *position in self.atoms:
            finite(f"position of {symbol} in atoms", position)
            try:
                periodictable.elements.symbol(symbol)
            except ValueError:
                raise ValueError(f"atoms must be given by element symbols, got {symbol!r}") from None

    @property
    def density(self) -> float:
        """Density of the perfect crystal in g cm-3."""
        mass = sum(periodictable.elements.symbol(symbol).mass for symbol, *_ in self.atoms)
        return mass / Avogadro / (self.lattice_parameter * 1e-8) ** 3


def silicon(lattice_parameter: float | None = None) -> CubicPhase:
    """Return crystalline silicon (diamond cubic, Fd-3m, eight atoms in the cell).

    Parameters
    ----------
    lattice_parameter : float, optional
        In angstrom; that of NIST SRM 640f unless given.

    Returns
    -------
    CubicPhase

    References
    ----------
    Lattice parameter: NIST SRM 640f, doi:10.1017/S0885715620000366. Debye-Waller parameter: Deutsch and Hart,
    Phys. Rev. B 31 (1985) 3846.
    """
    face_centered = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    positions = np.vstack([face_centered, face_centered + 0.25])
    return CubicPhase(
        "silicon",
        constant("silicon-lattice-parameter") if lattice_parameter is None else lattice_parameter,
        tuple(("Si", *map(float, position)) for position in positions),
        constant("silicon-debye-waller"),
    )


@dataclass(frozen=True, eq=False)
class PowderPattern:
    """Reflections of a powder in the order of 2θ; all arrays have one element for each.

    Attributes
    ----------
    phase : CubicPhase
    wavelength : float
        In angstrom.
    h, k, l : numpy.ndarray
        Miller indices, the largest first.
    multiplicity : numpy.ndarray
        Number of symmetry-related planes.
    d_spacing : numpy.ndarray
        In angstrom.
    two_theta : numpy.ndarray
        In degrees.
    structure_factor : numpy.ndarray
        Modulus for the whole cell in electrons, Debye-Waller factor included.
    intensity : numpy.ndarray
        Integrated intensity; the strongest reflection has 100.
    """

    phase: CubicPhase
    wavelength: float
    h: np.ndarray
    k: np.ndarray
    l: np.ndarray  # noqa: E741 - the third Miller index has no other name
    multiplicity: np.ndarray
    d_spacing: np.ndarray
    two_theta: np.ndarray
    structure_factor: np.ndarray
    intensity: np.ndarray

    def __len__(self) -> int:
        return len(self.two_theta)

    def __repr__(self) -> str:
        strongest = int(np.argmax(self.intensity))
        return (
            f"PowderPattern({self.phase.name}, {len(self)} reflections at {self.wavelength:g} angstrom, "
            f"strongest {self.h[strongest]}{self.k[strongest]}{self.l[strongest]} "
            f"at {self.two_theta[strongest]:.2f} degrees)"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the reflections as a table with one row each."""
        names = ("h", "k", "l", "multiplicity", "d_spacing", "two_theta", "structure_factor", "intensity")
        return pd.DataFrame({name: getattr(self, name) for name in names})


def powder_pattern(
    phase: CubicPhase,
    wavelength: float = CU_K_ALPHA_1,
    two_theta_range: tuple[float, float] = (10.0, 150.0),
    *,
    anomalous: bool = True,
    monochromator_angle: float = 0.0,
    minimum_intensity: float = 0.01,
) -> PowderPattern:
    """Compute positions and integrated intensities of the reflections of a cubic powder.

    Raises ValueError if an argument is out of range, no reflection is within reach, or f' and f'' are not tabulated
    there.

    Parameters
    ----------
    phase : CubicPhase
        What diffracts, such as :func:`silicon`.
    wavelength : float, optional
        In angstrom; Cu Kα1 unless given.
    two_theta_range : (float, float), optional
        Least and greatest 2θ in degrees.
    anomalous : bool, optional
        Whether the form factors include f' and f'' at this wavelength.
    monochromator_angle : float, optional
        2θ of a crystal monochromator in degrees, 26.6 for graphite and Cu Kα; 0 for none.
    minimum_intensity : float, optional
        Leave out reflections weaker than this, where the strongest has 100. Forbidden reflections are always left out.

    Returns
    -------
    PowderPattern

    References
    ----------
    Form factors: Waasmaier and Kirfel as tabulated by `periodictable`; f' and f'': Henke, Gullikson and Davis, At. Data
    Nucl. Data Tables 54 (1993) 181. Intensity: International Tables for Crystallography, volume C.
    """
    wavelength = positive("wavelength", wavelength, "angstrom")
    if np.shape(two_theta_range) != (2,):
        raise ValueError(f"two_theta_range must be a pair of angles in degrees, got {two_theta_range!r}")
    lower, upper = between("two_theta_range", two_theta_range, 0, 180, "degrees")
    monochromator = np.cos(np.radians(between("monochromator_angle", monochromator_angle, 0, 90, "degrees"))) ** 2
    minimum_intensity = between("minimum_intensity", minimum_intensity, 0, 100)

    planes = _planes_within_reach(phase.lattice_parameter, wavelength)
    inverse_d = np.sqrt((planes**2).sum(axis=1)) / phase.lattice_parameter
    two_theta = 2 * np.degrees(np.arcsin(wavelength * inverse_d / 2))
    # At exactly 180° the Lorentz factor has no value; such a reflection cannot be recorded.
    reached = (two_theta >= lower) & (two_theta <= upper) & (two_theta < 180)
    if not reached.any():
        raise ValueError(f"two_theta_range must hold a plane of {phase.name}, got {lower:g} to {upper:g} degrees")
    planes, inverse_d = planes[reached], inverse_d[reached]
    squared = np.abs(_structure_factors(phase, planes, inverse_d / 2, wavelength, anomalous)) ** 2

    families, member = np.unique(-np.sort(-np.abs(planes), axis=1), axis=0, return_inverse=True)
    member = member.ravel()
    multiplicity = np.bincount(member)
    squared = np.bincount(member, weights=squared) / multiplicity
    inverse_d = np.sqrt((families**2).sum(axis=1)) / phase.lattice_parameter
    theta = np.arcsin(wavelength * inverse_d / 2)
    lorentz_polarization = (1 + monochromator * np.cos(2 * theta) ** 2) / (np.sin(theta) ** 2 * np.cos(theta))
    intensity = multiplicity * squared * lorentz_polarization
    intensity = 100 * intensity / intensity.max()

    # Forbidden reflections come out as rounding errors of the sum over atoms.
    seen = np.flatnonzero((intensity >= minimum_intensity) & (intensity > 1e-10))
    seen = seen[np.argsort(inverse_d[seen], kind="stable")]
    h, k, l = families[seen].T  # noqa: E741
    return PowderPattern(
        phase=phase,
        wavelength=wavelength,
        h=h,
        k=k,
        l=l,
        multiplicity=multiplicity[seen],
        d_spacing=1 / inverse_d[seen],
        two_theta=2 * np.degrees(theta[seen]),
        structure_factor=np.sqrt(squared[seen]),
        intensity=intensity[seen],
    )


def _planes_within_reach(lattice_parameter: float, wavelength: float) -> np.ndarray:
    """Return all (h, k, l) but (0, 0, 0), of either sign, that can fulfil Bragg's law."""
    reach = 2 * lattice_parameter / wavelength
    index = np.arange(-int(reach), int(reach) + 1)
    planes = np.stack(np.meshgrid(index, index, index, indexing="ij"), axis=-1).reshape(-1, 3)
    squares = (planes**2).sum(axis=1)
    return planes[(squares > 0) & (squares <= reach**2)]


def _structure_factors(
    phase: CubicPhase, planes: np.ndarray, sine_over_wavelength: np.ndarray, wavelength: float, anomalous: bool
) -> np.ndarray:
    total = np.zeros(len(planes), dtype=complex)
    for symbol in sorted({symbol for symbol, *_ in phase.atoms}):
        positions = np.array([position for name, *position in phase.atoms if name == symbol])
        form_factor = fxrayatstol(symbol, sine_over_wavelength, charge=0).astype(complex)
        if anomalous:
            element = periodictable.elements.symbol(symbol)
            f1, f2 = element.xray.scattering_factors(wavelength=wavelength)
            if f1 is None or not np.isfinite([f1, f2]).all():
                raise ValueError(f"wavelength must be one with tabulated f' and f'' of {symbol}, got {wavelength:g}")
            form_factor += f1 - element.number + 1j * f2
        total += form_factor * np.exp(2j * np.pi * planes @ positions.T).sum(axis=1)
    return total * np.exp(-phase.debye_waller * sine_over_wavelength**2)


def scherrer_width(
    size: Any, two_theta: Any, wavelength: float = CU_K_ALPHA_1, shape_factor: float = SHAPE_FACTOR
) -> Any:
    """Return the width of a reflection that crystallites of one size give.

    Raises ValueError if a length or the shape factor is not positive, or the angle is outside 0 to 179 degrees.

    Parameters
    ----------
    size : float, array or uncertain number
        Crystallite size in nm.
    two_theta : float or array
        Position of the reflection in degrees.
    wavelength : float, optional
        In angstrom.
    shape_factor : float, optional
        Scherrer constant.

    Returns
    -------
    float, array or uncertain number
        Full width at half maximum in degrees of 2θ, of the broadcast shape.

    References
    ----------
    Scherrer, Nachr. Ges. Wiss. Göttingen (1918) 98; Patterson, Phys. Rev. 56 (1939) 978.
    """
    size = positive("size", size, "nm")
    return _scherrer(two_theta, wavelength, shape_factor) / size


def scherrer_size(
    width: Any, two_theta: Any, wavelength: float = CU_K_ALPHA_1, shape_factor: float = SHAPE_FACTOR
) -> Any:
    """Return the crystallite size in nm that explains a width; the inverse of :func:`scherrer_width`.

    Raises ValueError: As :func:`scherrer_width`.

    Parameters
    ----------
    width : float, array or uncertain number
        Full width at half maximum in degrees of 2θ, already corrected for the instrument.
    two_theta, wavelength, shape_factor
        As in :func:`scherrer_width`.

    Returns
    -------
    float, array or uncertain number
        Size in nm.

    References
    ----------
    As :func:`scherrer_width`.
    """
    width = positive("width", width, "degrees")
    return _scherrer(two_theta, wavelength, shape_factor) / width


def _scherrer(two_theta: Any, wavelength: Any, shape_factor: Any) -> Any:
    """Return size times width, in nm times degrees."""
    two_theta = between("two_theta", two_theta, 0, 179, "degrees")
    wavelength = positive("wavelength", wavelength, "angstrom")
    shape_factor = positive("shape_factor", shape_factor)
    product = np.degrees(shape_factor * wavelength / 10 / np.cos(np.radians(two_theta) / 2))
    return float(product) if np.ndim(product) == 0 else product


def diffractogram(
    two_theta: Any,
    pattern: PowderPattern,
    crystallite_size: Any,
    *,
    instrument_width: float = 0.0,
    shape_factor: float = SHAPE_FACTOR,
    second_wavelength: float | None = None,
    second_intensity: float = 0.5,
) -> np.ndarray:
    """Draw a powder pattern with lines as wide as crystallites of a given size make them.

    Each line is a Voigt profile: Lorentzian with the Scherrer width, Gaussian with the instrument's width.

    Raises ValueError if an argument is out of range.

    Parameters
    ----------
    two_theta : array of shape (n,)
        Angles in degrees.
    pattern : PowderPattern
        From :func:`powder_pattern`.
    crystallite_size : float or array
        In nm.
    instrument_width : float, optional
        Full width at half maximum of the instrument in degrees.
    shape_factor : float, optional
        Scherrer constant.
    second_wavelength : float, optional
        Draw each line as a doublet with this second wavelength in angstrom, such as ``CU_K_ALPHA_2``.
    second_intensity : float, optional
        Intensity of the second line over that of the first.

    Returns
    -------
    numpy.ndarray of shape (..., n)
        Intensity per degree; the leading axes are those of `crystallite_size`. The area under a line is its
        `intensity` in the pattern, so a doublet shares it.

    References
    ----------
    Scherrer width: see :func:`scherrer_width`. Intensity of Cu Kα2 nominally half of that of Cu Kα1.
    """
    two_theta = np.atleast_1d(finite("two_theta", two_theta, "degrees"))
    size = np.asarray(positive("crystallite_size", crystallite_size, "nm"))[..., None, None]
    sigma = non_negative("instrument_width", instrument_width, "degrees") / FULL_WIDTH_PER_SIGMA
    components = [(pattern.wavelength, 1.0)]
    if second_wavelength is not None:
        components.append(
            (
                positive("second_wavelength", second_wavelength, "angstrom"),
                positive("second_intensity", second_intensity),
            )
        )
    total = sum(weight for _, weight in components)
    curve = np.zeros((*size.shape[:-2], two_theta.size))
    for wavelength, weight in components:
        sine = wavelength / (2 * pattern.d_spacing)
        # A second, longer wavelength can put the last reflections out of reach.
        center = 2 * np.degrees(np.arcsin(sine[sine < np.sin(np.radians(89.5))]))
        half_width = scherrer_width(size, center[:, None], wavelength, shape_factor) / 2
        profile = voigt_profile(two_theta - center[:, None], sigma, half_width)
        curve += weight / total * np.einsum("r,...rn->...n", pattern.intensity[: center.size], profile)
    return curve
