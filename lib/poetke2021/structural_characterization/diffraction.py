"""X-ray powder diffraction of cubic crystals with Cu Kα, and Scherrer broadening.

Intensities are those of a flat, thick, untextured powder on a Bragg-Brentano diffractometer without monochromator:
squared structure factor (free-atom form factors with anomalous dispersion and an isotropic Debye-Waller factor),
multiplicity, Lorentz-polarization factor. Bonding charge, extinction, texture and absorption by a holder or foil are
left out. Angles are 2θ in degrees, lengths of the crystal in angstrom, crystallite sizes in nm.

References
----------
Form factors: Waasmaier and Kirfel as tabulated by `periodictable`; f' and f'': Henke, Gullikson and Davis, At. Data
Nucl. Data Tables 54 (1993) 181. Intensity: International Tables for Crystallography, volume C. Widths: Scherrer, Nachr.
Ges. Wiss. Göttingen (1918) 98; Patterson, Phys. Rev. 56 (1939) 978.
"""

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


@dataclass(frozen=True)
class CubicPhase:
    """A cubic crystal: edge of the cell (angstrom), symbol and fractional coordinates of all atoms in it.

    `debye_waller` is the isotropic B of all atoms in square angstrom. Raises ValueError if a length is not positive, B
    is negative, there is no atom, or a symbol is not an element.
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

    Its lattice parameter is that of NIST SRM 640f, doi:10.1017/S0885715620000366, unless given; its Debye-Waller
    parameter is from Deutsch and Hart, Phys. Rev. B 31 (1985) 3846.
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
    """Reflections of a powder for Cu Kα1 in the order of 2θ; all arrays have one element for each.

    Miller indices `h`, `k`, `l` with the largest first, `multiplicity` of the planes, `d_spacing` in angstrom, modulus
    of the cell's `structure_factor` in electrons with the Debye-Waller factor, and integrated `intensity`, of which the
    strongest reflection has 100.
    """

    phase: CubicPhase
    h: np.ndarray
    k: np.ndarray
    l: np.ndarray  # noqa: E741 - the third Miller index has no other name
    multiplicity: np.ndarray
    d_spacing: np.ndarray
    two_theta: np.ndarray
    structure_factor: np.ndarray
    intensity: np.ndarray

    def to_frame(self) -> pd.DataFrame:
        """Return the reflections as a table with one row each."""
        names = ("h", "k", "l", "multiplicity", "d_spacing", "two_theta", "structure_factor", "intensity")
        return pd.DataFrame({name: getattr(self, name) for name in names})


def powder_pattern(
    phase: CubicPhase,
    two_theta_range: tuple[float, float] = (10.0, 150.0),
    *,
    minimum_intensity: float = 0.01,
    anomalous: bool = True,
) -> PowderPattern:
    """Compute positions and integrated intensities of the reflections of a cubic powder.

    Reflections weaker than `minimum_intensity`, the strongest having 100, are left out; `anomalous` says whether the
    form factors include f' and f''. Raises ValueError if an angle is out of range or no reflection lies between both.
    """
    lower, upper = between("two_theta_range", two_theta_range, 0, 180, "degrees")
    wavelength = constant("cu-k-alpha-1")

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
    lorentz_polarization = (1 + np.cos(2 * theta) ** 2) / (np.sin(theta) ** 2 * np.cos(theta))
    intensity = multiplicity * squared * lorentz_polarization
    intensity = 100 * intensity / intensity.max()

    # Forbidden reflections come out as rounding errors of the sum over atoms.
    seen = np.flatnonzero((intensity >= minimum_intensity) & (intensity > 1e-10))
    seen = seen[np.argsort(inverse_d[seen], kind="stable")]
    h, k, l = families[seen].T  # noqa: E741
    return PowderPattern(
        phase=phase,
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


def scherrer_width(size: Any, two_theta: Any) -> Any:
    """Return the full width at half maximum (degrees of 2θ) of a reflection of crystallites of one size in nm.

    Raises ValueError if the size is not positive or the angle outside 0 to 179 degrees. Arguments may be arrays; the
    size may be uncertain.
    """
    return _scherrer(two_theta, constant("cu-k-alpha-1")) / positive("size", size, "nm")


def scherrer_size(width: Any, two_theta: Any) -> Any:
    """Return the crystallite size in nm that explains a width (degrees), corrected for the instrument already.

    The inverse of :func:`scherrer_width`.
    """
    return _scherrer(two_theta, constant("cu-k-alpha-1")) / positive("width", width, "degrees")


def _scherrer(two_theta: Any, wavelength: float) -> Any:
    """Return size times width, in nm times degrees."""
    two_theta = between("two_theta", two_theta, 0, 179, "degrees")
    product = np.degrees(constant("scherrer-shape-factor") * wavelength / 10 / np.cos(np.radians(two_theta) / 2))
    return float(product) if np.ndim(product) == 0 else product


def diffractogram(two_theta: Any, pattern: PowderPattern, crystallite_size: Any) -> np.ndarray:
    """Draw a powder pattern for the doublet Cu Kα1 and Kα2, with lines as wide as crystallites of a size make them.

    Angles have shape (n,) and sizes in nm any; the result has their axes before that of the angles. It is an intensity
    per degree: the area under a doublet, of which the second line has half of the first, is the `intensity` of the
    pattern. Raises ValueError if an angle is not finite or a size not positive.
    """
    two_theta = np.atleast_1d(finite("two_theta", two_theta, "degrees"))
    size = np.asarray(positive("crystallite_size", crystallite_size, "nm"))[..., None, None]
    curve = np.zeros((*size.shape[:-2], two_theta.size))
    for line, weight in (("cu-k-alpha-1", 2 / 3), ("cu-k-alpha-2", 1 / 3)):
        sine = constant(line) / (2 * pattern.d_spacing)
        # The second, longer wavelength can put the last reflections out of reach.
        center = 2 * np.degrees(np.arcsin(sine[sine < np.sin(np.radians(89.5))]))
        half_width = _scherrer(center[:, None], constant(line)) / size / 2
        profile = voigt_profile(two_theta - center[:, None], 0.0, half_width)
        curve += weight * np.einsum("r,...rn->...n", pattern.intensity[: center.size], profile)
    return curve
