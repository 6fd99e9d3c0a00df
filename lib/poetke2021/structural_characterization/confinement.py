"""Raman line of silicon crystallites: phonon confinement.

A crystallite admits phonons from around the zone center, the more of them the smaller it is; since silicon's optical
branch falls from there, its line shifts down and gains a tail to lower frequency.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from poetke2021.structural_characterization._constants import constant
from poetke2021.structural_characterization._root import falling_root
from sicell._check import between, choice, finite, positive

__all__ = ["confined_line", "confined_peak", "confined_width", "phonon_dispersion", "size_for_peak"]

BULK_LINE = constant("silicon-raman-line")
BULK_WIDTH = constant("silicon-raman-width")
LATTICE_PARAMETER = constant("silicon-lattice-parameter") / 10
SMALLEST_SIZE, LARGEST_SIZE = 1.0, 1000.0

# Exponent of the confinement weight |C(q)|² = exp(-g (q L / a)²), with q in units of 2π/a.
ENVELOPES = {"campbell-fauchet": 0.25, "richter": np.pi**2}
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(400)


def phonon_dispersion(wave_vector: Any, line_position: float = BULK_LINE, dispersion: str = "tubino") -> Any:
    """Return the frequency of silicon's optical phonon along an average direction of the Brillouin zone.

    Raises ValueError if the wave vector is outside the zone or the dispersion is unknown.

    Parameters
    ----------
    wave_vector : float or array
        In units of 2π/a, from 0 (zone center) to 1 (zone edge).
    line_position : float, optional
        Frequency at the zone center in cm-1.
    dispersion : {"tubino", "paillard"}, optional
        ω² = ω0² − B (1 − cos(πq/2)), or ω² = ω0² − A q²/(q + q0), which averages over directions and falls faster.

    Returns
    -------
    float or array
        In cm-1.

    References
    ----------
    Tubino, Piseri and Zerbi, J. Chem. Phys. 56 (1972) 1022. Paillard et al., J. Appl. Phys. 86 (1999) 1921.
    """
    wave_vector = between("wave_vector", wave_vector, 0, 1, "2π/a")
    line_position = between("line_position", line_position, 400, 1000, "cm-1")
    if choice("dispersion", dispersion, ("tubino", "paillard")) == "tubino":
        softening = constant("tubino-curvature") * (1 - np.cos(np.pi * wave_vector / 2))
    else:
        softening = constant("paillard-curvature") * wave_vector**2 / (wave_vector + constant("paillard-offset"))
    return np.sqrt(line_position**2 - softening)


def confined_line(
    shift: Any,
    size: Any,
    line_position: float = BULK_LINE,
    natural_width: float = BULK_WIDTH,
    *,
    dispersion: str = "tubino",
    envelope: str = "campbell-fauchet",
) -> np.ndarray:
    """Return the first-order Raman line of silicon crystallites, widened and shifted by phonon confinement.

    I(ω) ∝ ∫ exp(−g q²L²/a²) q² dq / [(ω − ω(q))² + (Γ/2)²], for spheres.

    Raises ValueError if an argument is out of range.

    Parameters
    ----------
    shift : array of shape (n,)
        Raman shifts in cm-1.
    size : float or array
        Diameter in nm, 1 to 1000.
    line_position, natural_width : float, optional
        Position and full width at half maximum of the bulk line in cm-1.
    dispersion : {"tubino", "paillard"}, optional
        See :func:`phonon_dispersion`.
    envelope : {"campbell-fauchet", "richter"}, optional
        How fast the phonon's amplitude falls to the surface: to exp(−2π²) (g = 1/4), or to exp(−1/2) (g = π²) as in
        the first form of the model, which shifts far less at the same diameter.

    Returns
    -------
    numpy.ndarray of shape (..., n)
        Intensity with maximum 1; the leading axes are those of `size`.

    References
    ----------
    Richter, Wang and Ley, Solid State Commun. 39 (1981) 625. Campbell and Fauchet, Solid State Commun. 58 (1986) 739.
    """
    shift = np.atleast_1d(finite("shift", shift, "cm-1"))
    options = {"line_position": line_position, "natural_width": natural_width}
    options |= {"dispersion": dispersion, "envelope": envelope}
    top = np.asarray(confined_peak(size, **options))[..., None]
    intensity = _intensity(size, **options)
    return intensity(np.broadcast_to(shift, (*top.shape[:-1], shift.size))) / intensity(top)


def confined_peak(
    size: Any,
    line_position: float = BULK_LINE,
    natural_width: float = BULK_WIDTH,
    *,
    dispersion: str = "tubino",
    envelope: str = "campbell-fauchet",
) -> Any:
    """Return where the confined line of :func:`confined_line` has its maximum.

    Raises ValueError if an argument is out of range.

    Parameters
    ----------
    size, line_position, natural_width, dispersion, envelope
        As in :func:`confined_line`.

    Returns
    -------
    float or array of the shape of `size`
        Raman shift in cm-1.

    References
    ----------
    As :func:`confined_line`.
    """
    half_width = positive("natural_width", natural_width, "cm-1") / 2
    frequency, weight = _confined_phonons(size, line_position, dispersion, envelope)

    def slope(at: np.ndarray) -> np.ndarray:
        distance = frequency - at[..., None]
        return (weight * distance / (distance**2 + half_width**2) ** 2).sum(axis=-1)

    lower = phonon_dispersion(1.0, line_position, dispersion)
    return falling_root(slope, np.full(np.shape(size), lower), np.full(np.shape(size), float(line_position)))


def confined_width(
    size: Any,
    line_position: float = BULK_LINE,
    natural_width: float = BULK_WIDTH,
    *,
    dispersion: str = "tubino",
    envelope: str = "campbell-fauchet",
) -> Any:
    """Return the full width at half maximum of :func:`confined_line`.

    Raises ValueError if an argument is out of range.

    Parameters
    ----------
    size, line_position, natural_width, dispersion, envelope
        As in :func:`confined_line`.

    Returns
    -------
    float or array of the shape of `size`
        In cm-1.

    References
    ----------
    As :func:`confined_line`.
    """
    options = {"line_position": line_position, "natural_width": natural_width}
    options |= {"dispersion": dispersion, "envelope": envelope}
    peak = np.asarray(confined_peak(size, **options))
    intensity = _intensity(size, **options)
    half = intensity(peak[..., None])[..., 0] / 2
    # A Lorentzian is below half its height one width from its center, and no phonon lies outside the branch.
    outside = phonon_dispersion(1.0, line_position, dispersion) - 2 * natural_width, line_position + 2 * natural_width

    def excess(at: np.ndarray) -> np.ndarray:
        return intensity(at[..., None])[..., 0] - half

    upper = falling_root(excess, peak, np.full(peak.shape, outside[1]))
    lower = -np.asarray(falling_root(lambda at: excess(-at), -peak, np.full(peak.shape, -outside[0])))
    return float(upper - lower) if peak.ndim == 0 else upper - lower


def size_for_peak(
    peak: Any,
    line_position: float = BULK_LINE,
    natural_width: float = BULK_WIDTH,
    *,
    dispersion: str = "tubino",
    envelope: str = "campbell-fauchet",
) -> Any:
    """Return the crystallite size that would put the line at `peak` if confinement alone shifted it.

    Raises ValueError if no size between 1 and 1000 nm gives that position.

    Parameters
    ----------
    peak : float or array
        Position in cm-1, below the bulk line.
    line_position, natural_width, dispersion, envelope
        As in :func:`confined_line`.

    Returns
    -------
    float or array
        Diameter in nm.

    References
    ----------
    As :func:`confined_line`.
    """
    options = {"line_position": line_position, "natural_width": natural_width}
    options |= {"dispersion": dispersion, "envelope": envelope}
    lower, upper = (confined_peak(size, **options) for size in (SMALLEST_SIZE, LARGEST_SIZE))
    peak = np.asarray(between("peak", peak, lower, upper, "cm-1"))

    def excess(log_size: np.ndarray) -> np.ndarray:
        return peak - confined_peak(np.exp(log_size), **options)

    bounds = (np.full(peak.shape, np.log(size)) for size in (SMALLEST_SIZE, LARGEST_SIZE))
    size = np.exp(falling_root(excess, *bounds))
    return float(size) if peak.ndim == 0 else size


def _confined_phonons(size: Any, line_position: float, dispersion: str, envelope: str) -> tuple[np.ndarray, np.ndarray]:
    """Return frequencies and weights of the phonons that a crystallite admits, on the last axis."""
    size = np.asarray(between("size", size, SMALLEST_SIZE, LARGEST_SIZE, "nm"))[..., None]
    exponent = ENVELOPES[choice("envelope", envelope, ENVELOPES)] * (size / LATTICE_PARAMETER) ** 2
    # Beyond seven standard lengths the weight is below 1e-21; large crystallites need only the zone center.
    reach = np.minimum(1.0, 7 / np.sqrt(exponent))
    wave_vector = reach * (_NODES + 1) / 2
    weight = reach * _WEIGHTS * wave_vector**2 * np.exp(-exponent * wave_vector**2)
    return phonon_dispersion(wave_vector, line_position, dispersion), weight


def _intensity(
    size: Any, line_position: float, natural_width: float, dispersion: str, envelope: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return the line of :func:`confined_line`, not normalized, as a function of shifts with a last axis of its own."""
    frequency, weight = _confined_phonons(size, line_position, dispersion, envelope)
    half_width = natural_width / 2

    def intensity(at: np.ndarray) -> np.ndarray:
        return (weight[..., None, :] / ((at[..., None] - frequency[..., None, :]) ** 2 + half_width**2)).sum(axis=-1)

    return intensity
