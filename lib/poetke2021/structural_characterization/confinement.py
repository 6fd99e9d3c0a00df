"""Raman line of silicon crystallites: phonon confinement.

A crystallite admits phonons from around the zone center, the more of them the smaller it is; since silicon's optical
branch falls from there, its line shifts down and gains a tail to lower frequency. Sizes are diameters of spheres in nm,
1 to 1000, positions and widths in cm-1; what is out of range raises ValueError.

`dispersion` is ``"tubino"``, ω² = ω0² − B (1 − cos(πq/2)), or ``"paillard"``, ω² = ω0² − A q²/(q + q0), which averages
over directions and falls faster. The phonon's amplitude falls to exp(−2π²) at the surface (g = 1/4, Campbell and
Fauchet); in the first form of the model, by Richter and others, it falls to exp(−1/2), which shifts far less.

References
----------
Richter, Wang and Ley, Solid State Commun. 39 (1981) 625. Campbell and Fauchet, Solid State Commun. 58 (1986) 739.
Tubino, Piseri and Zerbi, J. Chem. Phys. 56 (1972) 1022. Paillard et al., J. Appl. Phys. 86 (1999) 1921.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from poetke2021.structural_characterization._constants import constant
from poetke2021.structural_characterization._root import falling_root
from sicell._check import between, choice, finite

SMALLEST_SIZE, LARGEST_SIZE = 1.0, 1000.0

# g in the exponent of the confinement weight |C(q)|² = exp(-g (q L / a)²), with q in units of 2π/a.
ENVELOPE = 0.25
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(400)


def phonon_dispersion(wave_vector: Any, line_position: float | None = None, dispersion: str = "tubino") -> Any:
    """Return the frequency (cm-1) of silicon's optical phonon along an average direction of the Brillouin zone.

    The wave vector is in units of 2π/a, from 0 (zone center) to 1 (zone edge); there the frequency is `line_position`,
    that of bulk silicon unless given.
    """
    wave_vector = between("wave_vector", wave_vector, 0, 1, "2π/a")
    center = constant("silicon-raman-line") if line_position is None else line_position
    if choice("dispersion", dispersion, ("tubino", "paillard")) == "tubino":
        softening = constant("tubino-curvature") * (1 - np.cos(np.pi * wave_vector / 2))
    else:
        softening = constant("paillard-curvature") * wave_vector**2 / (wave_vector + constant("paillard-offset"))
    return np.sqrt(center**2 - softening)


def confined_line(shift: Any, size: Any) -> np.ndarray:
    """Return the first-order Raman line of silicon crystallites, widened and shifted by phonon confinement.

    I(ω) ∝ ∫ exp(−g q²L²/a²) q² dq / [(ω − ω(q))² + (Γ/2)²], maximum 1, at shifts of shape (n,); the result has the
    axes of `size` before that of the shifts.
    """
    shift = np.atleast_1d(finite("shift", shift, "cm-1"))
    top = np.asarray(confined_peak(size))[..., None]
    intensity = _intensity(size)
    return intensity(np.broadcast_to(shift, (*top.shape[:-1], shift.size))) / intensity(top)


def confined_peak(size: Any, line_position: float | None = None, *, dispersion: str = "tubino") -> Any:
    """Return where the confined line has its maximum (cm-1), the bulk line being at `line_position`."""
    half_width = constant("silicon-raman-width") / 2
    frequency, weight = _confined_phonons(size, line_position, dispersion)

    def slope(at: np.ndarray) -> np.ndarray:
        distance = frequency - at[..., None]
        return (weight * distance / (distance**2 + half_width**2) ** 2).sum(axis=-1)

    edges = (phonon_dispersion(wave_vector, line_position, dispersion) for wave_vector in (1.0, 0.0))
    return falling_root(slope, *(np.full(np.shape(size), edge) for edge in edges))


def confined_width(size: Any) -> Any:
    """Return the full width at half maximum (cm-1) of :func:`confined_line`."""
    peak = np.asarray(confined_peak(size))
    intensity = _intensity(size)
    half = intensity(peak[..., None])[..., 0] / 2
    # A Lorentzian is below half its height one width from its center, and no phonon lies outside the branch.
    margin = 2 * constant("silicon-raman-width")
    outside = phonon_dispersion(1.0) - margin, phonon_dispersion(0.0) + margin

    def excess(at: np.ndarray) -> np.ndarray:
        return intensity(at[..., None])[..., 0] - half

    upper = falling_root(excess, peak, np.full(peak.shape, outside[1]))
    lower = -np.asarray(falling_root(lambda at: excess(-at), -peak, np.full(peak.shape, -outside[0])))
    return float(upper - lower) if peak.ndim == 0 else upper - lower


def size_for_peak(peak: Any, *, dispersion: str = "tubino") -> Any:
    """Return the crystallite size (nm) that would put the line at `peak` (cm-1) if confinement alone shifted it."""
    ends = (confined_peak(size, dispersion=dispersion) for size in (SMALLEST_SIZE, LARGEST_SIZE))
    peak = np.asarray(between("peak", peak, *ends, "cm-1"))

    def excess(log_size: np.ndarray) -> np.ndarray:
        return peak - confined_peak(np.exp(log_size), dispersion=dispersion)

    bounds = (np.full(peak.shape, np.log(size)) for size in (SMALLEST_SIZE, LARGEST_SIZE))
    size = np.exp(falling_root(excess, *bounds))
    return float(size) if peak.ndim == 0 else size


def _confined_phonons(size: Any, line_position: float | None, dispersion: str) -> tuple[np.ndarray, np.ndarray]:
    """Return frequencies and weights of the phonons that a crystallite admits, on the last axis."""
    size = np.asarray(between("size", size, SMALLEST_SIZE, LARGEST_SIZE, "nm"))[..., None]
    lattice_parameter = constant("silicon-lattice-parameter") / 10
    exponent = ENVELOPE * (size / lattice_parameter) ** 2
    # Beyond seven standard lengths the weight is below 1e-21; large crystallites need only the zone center.
    reach = np.minimum(1.0, 7 / np.sqrt(exponent))
    wave_vector = reach * (_NODES + 1) / 2
    weight = reach * _WEIGHTS * wave_vector**2 * np.exp(-exponent * wave_vector**2)
    return phonon_dispersion(wave_vector, line_position, dispersion), weight


def _intensity(size: Any) -> Callable[[np.ndarray], np.ndarray]:
    """Return the line of :func:`confined_line`, not normalized, as a function of shifts with a last axis of its own."""
    frequency, weight = _confined_phonons(size, None, "tubino")
    half_width = constant("silicon-raman-width") / 2

    def intensity(at: np.ndarray) -> np.ndarray:
        return (weight[..., None, :] / ((at[..., None] - frequency[..., None, :]) ** 2 + half_width**2)).sum(axis=-1)

    return intensity
