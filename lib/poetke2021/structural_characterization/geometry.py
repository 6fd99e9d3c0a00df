"""Geometry of silicon cores in carbon: single core-shell-void particles, and clusters of cores.

Everything follows from volumes: a core of silicon, the carbon that its mass fraction assigns to it, and a void that is
a multiple of the core's volume. Diameters may be uncertain numbers of `uncertainties`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from uncertainties.unumpy import nominal_values

from poetke2021.structural_characterization._constants import constant
from sicell._check import between, non_negative, positive
from sicell.materials import density

__all__ = [
    "CoreCluster",
    "CoreShell",
    "carbon_volume_ratio",
    "cluster_diameter",
    "core_cluster",
    "core_diameter_for",
    "core_shell",
    "silicon_mass_fraction_for",
    "template_void_ratio",
]

CARBON_DENSITY = density("amorphous carbon")
SILICON_DENSITY = density("Si")
TEMPLATE_DENSITY = density("PVB")
RANDOM_CLOSE_PACKING = constant("random-close-packing")


def carbon_volume_ratio(
    silicon_mass_fraction: Any, carbon_density: Any = CARBON_DENSITY, silicon_density: Any = SILICON_DENSITY
) -> Any:
    """Return the volume of carbon over the volume of silicon in a composite.

    Raises ValueError if the fraction is not within 0 to 1 or a density is not positive.

    Parameters
    ----------
    silicon_mass_fraction : float, array or uncertain number
        Mass of silicon over that of the composite, above 0, at most 1.
    carbon_density : float, array or uncertain number, optional
        In g cm-3; that of ``data/densities.csv`` for amorphous carbon, which is assumed, unless given.
    silicon_density : float, array or uncertain number, optional
        In g cm-3; that of the crystal unless given.

    Returns
    -------
    float, array or uncertain number
    """
    fraction = positive("silicon_mass_fraction", between("silicon_mass_fraction", silicon_mass_fraction, 0, 1))
    densities = positive("silicon_density", silicon_density, "g cm-3") / _density(carbon_density)
    return (1 - fraction) / fraction * densities


def _density(carbon_density: Any) -> Any:
    return positive("carbon_density", carbon_density, "g cm-3")


def _check_range(core_diameter: Any, expansion: Any) -> tuple[Any, Any]:
    return positive("core_diameter", core_diameter, "nm"), non_negative("expansion", expansion)


class _Table:
    """Adds `to_frame` to a dataclass of numbers or arrays."""

    def to_frame(self) -> pd.DataFrame:
        """Return all quantities as a table, one row for each particle."""
        values = [np.ravel(value) for value in np.broadcast_arrays(*(getattr(self, f.name) for f in fields(self)))]
        return pd.DataFrame({f.name: value for f, value in zip(fields(self), values, strict=True)})


@dataclass(frozen=True, eq=False)
class CoreShell(_Table):
    """A silicon core in a cavity of a carbon shell, to scale; lengths in nm.

    Attributes
    ----------
    core_diameter : float, array or uncertain number
        Diameter of the silicon.
    cavity_diameter : float, array or uncertain number
        Inner diameter of the shell; that of the core if there is no void.
    outer_diameter : float, array or uncertain number
        Outer diameter of the shell.
    """

    core_diameter: Any
    cavity_diameter: Any
    outer_diameter: Any

    @property
    def core_radius(self) -> Any:
        """Radius of the silicon in nm."""
        return self.core_diameter / 2

    @property
    def cavity_radius(self) -> Any:
        """Inner radius of the shell in nm."""
        return self.cavity_diameter / 2

    @property
    def outer_radius(self) -> Any:
        """Outer radius of the shell in nm."""
        return self.outer_diameter / 2

    @property
    def shell_thickness(self) -> Any:
        """Thickness of the carbon in nm."""
        return self.outer_radius - self.cavity_radius

    @property
    def void_volume(self) -> Any:
        """Volume between core and shell in cubic nm."""
        return np.pi / 6 * (self.cavity_diameter**3 - self.core_diameter**3)


def core_shell(
    core_diameter: Any,
    silicon_mass_fraction: Any,
    *,
    expansion: Any = 0.0,
    carbon_density: Any = CARBON_DENSITY,
    silicon_density: Any = SILICON_DENSITY,
) -> CoreShell:
    """Return the particle in which one core carries all its carbon as a pore-free shell.

    Raises ValueError if an argument is out of range.

    Parameters
    ----------
    core_diameter : float, array or uncertain number
        In nm.
    silicon_mass_fraction : float, array or uncertain number
        Mass of silicon over that of silicon and carbon, above 0, at most 1.
    expansion : float or array, optional
        Void over volume of the core: 0 for none, 2.8 for silicon that grows by 280 %.
    carbon_density, silicon_density
        See :func:`carbon_volume_ratio`.

    Returns
    -------
    CoreShell
        Of the broadcast shape.
    """
    core_diameter, expansion = _check_range(core_diameter, expansion)
    carbon = carbon_volume_ratio(silicon_mass_fraction, carbon_density, silicon_density)
    return CoreShell(
        core_diameter,
        core_diameter * (1 + expansion) ** (1 / 3),
        core_diameter * (1 + expansion + carbon) ** (1 / 3),
    )


def core_diameter_for(
    outer_diameter: Any,
    silicon_mass_fraction: Any,
    *,
    expansion: Any = 0.0,
    carbon_density: Any = CARBON_DENSITY,
    silicon_density: Any = SILICON_DENSITY,
) -> Any:
    """Return the core that a particle of given outer diameter and composition can hold.

    Raises ValueError if an argument is out of range.

    Parameters
    ----------
    outer_diameter : float, array or uncertain number
        In nm.
    silicon_mass_fraction, expansion, carbon_density, silicon_density
        As in :func:`core_shell`, whose inverse this is.

    Returns
    -------
    float, array or uncertain number
        Diameter of the core in nm.
    """
    outer_diameter = positive("outer_diameter", outer_diameter, "nm")
    carbon = carbon_volume_ratio(silicon_mass_fraction, carbon_density, silicon_density)
    return outer_diameter / (1 + non_negative("expansion", expansion) + carbon) ** (1 / 3)


def silicon_mass_fraction_for(
    core_diameter: Any,
    outer_diameter: Any,
    *,
    expansion: Any = 0.0,
    carbon_density: Any = CARBON_DENSITY,
    silicon_density: Any = SILICON_DENSITY,
) -> Any:
    """Return the silicon content of single-core particles with given diameters.

    Raises ValueError if an argument is out of range or core and void do not fit into the outer diameter.

    Parameters
    ----------
    core_diameter, outer_diameter : float, array or uncertain number
        In nm.
    expansion, carbon_density, silicon_density
        As in :func:`core_shell`.

    Returns
    -------
    float, array or uncertain number
        Mass of silicon over that of silicon and carbon.
    """
    core_diameter, expansion = _check_range(core_diameter, expansion)
    outer_diameter = positive("outer_diameter", outer_diameter, "nm")
    carbon = (outer_diameter / core_diameter) ** 3 - 1 - expansion
    # A dense particle without carbon comes out as a rounding error.
    if np.any(nominal_values(carbon) < -1e-9):
        raise ValueError(
            f"outer_diameter must be large enough for core and void, got a carbon volume of "
            f"{np.min(nominal_values(carbon)):.3g} times the core's"
        )
    silicon_density = positive("silicon_density", silicon_density, "g cm-3")
    return silicon_density / (silicon_density + carbon * _density(carbon_density))


def template_void_ratio(
    template_ratio: Any,
    expansion: Any,
    *,
    template_density: Any = TEMPLATE_DENSITY,
    silicon_density: Any = SILICON_DENSITY,
) -> Any:
    """Return the volume of a void template over the void that the silicon's expansion needs.

    Raises ValueError if an argument is out of range.

    Parameters
    ----------
    template_ratio : float, array or uncertain number
        Mass of template over mass of silicon, such as 0.5 for PVB:Si = 1:2.
    expansion : float or array
        Void needed over volume of silicon, such as 2.8.
    template_density : float, array or uncertain number, optional
        In g cm-3; that of ``data/densities.csv`` for polyvinyl butyral, which is assumed, unless given.
    silicon_density : float, array or uncertain number, optional
        In g cm-3; that of the crystal unless given.

    Returns
    -------
    float, array or uncertain number
        1 where the template, leaving no residue, would make exactly the void needed.
    """
    densities = positive("silicon_density", silicon_density, "g cm-3") / positive(
        "template_density", template_density, "g cm-3"
    )
    return non_negative("template_ratio", template_ratio) * densities / positive("expansion", expansion)


@dataclass(frozen=True, eq=False)
class CoreCluster(_Table):
    """How many cores a coated cluster of given diameter and composition holds; numbers below 1 hold no whole core.

    Attributes
    ----------
    diameter : float, array or uncertain number
        Outer diameter in nm.
    cores_carbon_outside : float, array or uncertain number
        Number of cores if all carbon coats the cluster and the gaps between the cores stay empty.
    cores_carbon_inside : float, array or uncertain number
        Number of cores if carbon fills every gap, the most that composition and diameter allow.
    """

    diameter: Any
    cores_carbon_outside: Any
    cores_carbon_inside: Any


def core_cluster(
    diameter: Any,
    core_diameter: Any,
    silicon_mass_fraction: Any,
    *,
    expansion: Any = 0.0,
    packing_fraction: Any = RANDOM_CLOSE_PACKING,
    carbon_density: Any = CARBON_DENSITY,
    silicon_density: Any = SILICON_DENSITY,
) -> CoreCluster:
    """Return the number of cores in a carbon-coated cluster of given diameter and composition.

    Raises ValueError if an argument is out of range.

    Parameters
    ----------
    diameter : float, array or uncertain number
        Outer diameter of the cluster in nm.
    core_diameter : float, array or uncertain number
        Diameter of each core in nm.
    silicon_mass_fraction, expansion, carbon_density, silicon_density
        As in :func:`core_shell`; the void surrounds each core.
    packing_fraction : float, optional
        Share of the cluster's inner volume that cores and their voids take, above 0, at most 1; random close packing
        unless given. It is that of many spheres, so it is optimistic for a few.

    Returns
    -------
    CoreCluster
        Of the broadcast shape.

    References
    ----------
    Random close packing: Scott and Kilgour, J. Phys. D 2 (1969) 863.
    """
    diameter = positive("diameter", diameter, "nm")
    core_diameter, expansion = _check_range(core_diameter, expansion)
    packing = _packing(packing_fraction)
    carbon = carbon_volume_ratio(silicon_mass_fraction, carbon_density, silicon_density)
    volume_ratio = (diameter / core_diameter) ** 3
    return CoreCluster(
        diameter, volume_ratio / ((1 + expansion) / packing + carbon), volume_ratio / (1 + expansion + carbon)
    )


def _packing(packing_fraction: Any) -> Any:
    return positive("packing_fraction", between("packing_fraction", packing_fraction, 0, 1))


def cluster_diameter(
    cores: Any,
    core_diameter: Any,
    silicon_mass_fraction: Any,
    *,
    expansion: Any = 0.0,
    packing_fraction: Any = RANDOM_CLOSE_PACKING,
    carbon_density: Any = CARBON_DENSITY,
    silicon_density: Any = SILICON_DENSITY,
) -> Any:
    """Return the outer diameter of a cluster of cores with all their carbon around it.

    Raises ValueError if an argument is out of range.

    Parameters
    ----------
    cores : float or array
        Number of cores, at least 1.
    core_diameter, silicon_mass_fraction, expansion, packing_fraction, carbon_density, silicon_density
        As in :func:`core_cluster`. For a single core take a packing fraction of 1.

    Returns
    -------
    float, array or uncertain number
        In nm.
    """
    cores = between("cores", cores, 1, np.inf)
    core_diameter, expansion = _check_range(core_diameter, expansion)
    carbon = carbon_volume_ratio(silicon_mass_fraction, carbon_density, silicon_density)
    return core_diameter * (cores * ((1 + expansion) / _packing(packing_fraction) + carbon)) ** (1 / 3)
