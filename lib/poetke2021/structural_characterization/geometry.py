"""Geometry of silicon cores in carbon: single core-shell-void particles, and clusters of cores.

Everything follows from volumes: a core of silicon, the carbon that its mass fraction assigns to it, and a void that is
a multiple of the core's volume. All arguments may be arrays or uncertain numbers of `uncertainties`: diameters in nm,
`silicon_mass_fraction` that of silicon in silicon and carbon, `expansion` the void over the volume of the core (2.8 for
silicon that grows by 280 %), `carbon_density` in g/cm³, which is assumed (``data/densities.csv``) unless given. A value
out of range raises ValueError.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from poetke2021.structural_characterization._constants import constant
from sicell._check import between, non_negative, positive
from sicell.materials import density


def carbon_volume_ratio(silicon_mass_fraction: Any, carbon_density: Any = None) -> Any:
    """Return the volume of carbon over the volume of silicon in a composite."""
    fraction = positive("silicon_mass_fraction", between("silicon_mass_fraction", silicon_mass_fraction, 0, 1))
    carbon = density("amorphous carbon") if carbon_density is None else carbon_density
    return (1 - fraction) / fraction * density("Si") / positive("carbon_density", carbon, "g cm-3")


@dataclass(frozen=True, eq=False)
class CoreShell:
    """A silicon core in a cavity of a carbon shell: diameters of core, cavity and shell in nm."""

    core_diameter: Any
    cavity_diameter: Any
    outer_diameter: Any

    @property
    def shell_thickness(self) -> Any:
        """Thickness of the carbon in nm."""
        return (self.outer_diameter - self.cavity_diameter) / 2


def core_shell(
    core_diameter: Any, silicon_mass_fraction: Any, *, expansion: Any = 0.0, carbon_density: Any = None
) -> CoreShell:
    """Return the particle in which one core carries all its carbon as a pore-free shell."""
    core_diameter = positive("core_diameter", core_diameter, "nm")
    room = 1 + non_negative("expansion", expansion)
    carbon = carbon_volume_ratio(silicon_mass_fraction, carbon_density)
    return CoreShell(core_diameter, core_diameter * room ** (1 / 3), core_diameter * (room + carbon) ** (1 / 3))


def core_diameter_for(outer_diameter: Any, silicon_mass_fraction: Any) -> Any:
    """Return the core (nm) that a dense particle of given outer diameter can hold, as :func:`core_shell` inverted."""
    return positive("outer_diameter", outer_diameter, "nm") / (1 + carbon_volume_ratio(silicon_mass_fraction)) ** (
        1 / 3
    )


def template_void_ratio(template_ratio: Any, expansion: Any) -> Any:
    """Return the volume of a void template over the void that the silicon's expansion needs.

    1 where the template, leaving no residue, would make exactly the void needed. `template_ratio` is the mass of
    polyvinyl butyral over that of silicon, such as 0.5 for PVB:Si = 1:2.
    """
    volume = non_negative("template_ratio", template_ratio) * density("Si") / density("PVB")
    return volume / positive("expansion", expansion)


@dataclass(frozen=True, eq=False)
class CoreCluster:
    """How many cores a coated cluster holds; numbers below 1 hold no whole core."""

    cores_carbon_outside: Any  #: If all carbon coats the cluster and the gaps between the cores stay empty
    cores_carbon_inside: Any  #: If carbon fills every gap, the most that composition and diameter allow


def core_cluster(diameter: Any, core_diameter: Any, silicon_mass_fraction: Any) -> CoreCluster:
    """Return the number of cores in a carbon-coated cluster of given outer diameter and composition.

    Cores take the share of random close packing (Scott and Kilgour, J. Phys. D 2 (1969) 863), which is that of many
    spheres and so optimistic for a few.
    """
    volume_ratio = (positive("diameter", diameter, "nm") / positive("core_diameter", core_diameter, "nm")) ** 3
    carbon = carbon_volume_ratio(silicon_mass_fraction)
    return CoreCluster(volume_ratio / (1 / constant("random-close-packing") + carbon), volume_ratio / (1 + carbon))


def cluster_diameter(
    cores: Any, core_diameter: Any, silicon_mass_fraction: Any, *, packing_fraction: Any = None
) -> Any:
    """Return the outer diameter (nm) of a cluster of at least one core with all their carbon around it.

    `packing_fraction`, above 0 and at most 1, is that of random close packing unless given; 1 for a single core.
    """
    cores = between("cores", cores, 1, np.inf)
    packing = constant("random-close-packing") if packing_fraction is None else packing_fraction
    packing = positive("packing_fraction", between("packing_fraction", packing, 0, 1))
    carbon = carbon_volume_ratio(silicon_mass_fraction)
    return positive("core_diameter", core_diameter, "nm") * (cores * (1 / packing + carbon)) ** (1 / 3)
