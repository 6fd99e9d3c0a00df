"""Formulas, mixtures and cells: the arithmetic of a silicon-carbon battery without any electrochemistry.

Units throughout: specific capacity mAh/g (of what is said), volumetric capacity mAh/cm3, areal capacity mAh/cm2,
masses mg, areas cm2, thicknesses um, diameters mm, densities g/cm3, conductivity
mS/cm, current density mA/cm2, fractions of one. Arguments may be numbers, arrays that broadcast together, or uncertain
numbers (:func:`uncertainties.ufloat`, :mod:`uncertainties.unumpy`), whose uncertainty reaches the result.
"""

from sicell.materials.cells import (
    areal_capacity,
    areal_loading,
    balanced_cathode_loading,
    c_rate,
    disc_area,
    disc_diameter,
    layer_thickness,
    nominal_np_ratio,
    ohmic_drop,
    pellet_density,
    separator_resistance,
)
from sicell.materials.formulas import (
    density,
    mass_fraction,
    molar_mass,
    theoretical_capacity,
    volume_expansion,
    volumetric_capacity,
)
from sicell.materials.mixtures import (
    capacity_per_component,
    capacity_per_composite,
    composite_density,
    fractions_from_parts,
    porous_electrode_resistance,
    volume_fractions,
)

__all__ = [
    "areal_capacity",
    "areal_loading",
    "balanced_cathode_loading",
    "c_rate",
    "capacity_per_component",
    "capacity_per_composite",
    "composite_density",
    "density",
    "disc_area",
    "disc_diameter",
    "fractions_from_parts",
    "layer_thickness",
    "mass_fraction",
    "molar_mass",
    "nominal_np_ratio",
    "ohmic_drop",
    "pellet_density",
    "porous_electrode_resistance",
    "separator_resistance",
    "theoretical_capacity",
    "volume_expansion",
    "volume_fractions",
    "volumetric_capacity",
]
