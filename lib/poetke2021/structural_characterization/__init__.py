"""Structure of silicon and silicon-carbon particles: diffraction, Raman lines, particle sizes, core-shell geometry.

Lengths of particles are diameters in nm, those of crystals and X-rays in angstrom, angles in degrees of 2θ, Raman
shifts in cm-1, stresses in GPa (tension positive). Every function takes numbers; none reads the paper's claims.
"""

from poetke2021.structural_characterization._constants import constant, uncertain_constant
from poetke2021.structural_characterization.confinement import (
    confined_line,
    confined_peak,
    confined_width,
    phonon_dispersion,
    size_for_peak,
)
from poetke2021.structural_characterization.diffraction import (
    CU_K_ALPHA_1,
    CU_K_ALPHA_2,
    CubicPhase,
    PowderPattern,
    diffractogram,
    powder_pattern,
    scherrer_size,
    scherrer_width,
    silicon,
)
from poetke2021.structural_characterization.geometry import (
    CoreCluster,
    CoreShell,
    carbon_volume_ratio,
    cluster_diameter,
    core_cluster,
    core_diameter_for,
    core_shell,
    silicon_mass_fraction_for,
    template_void_ratio,
)
from poetke2021.structural_characterization.particles import compare_means, holm, mean_interval
from poetke2021.structural_characterization.raman import (
    RamanBand,
    overtone,
    softening_temperature,
    strain_for_peak,
    strain_shift,
    stress_for_peak,
    stress_shift,
    synthetic_raman_spectrum,
    temperature_for_peak,
    thermal_peak,
    thermal_width,
)

__all__ = [
    "CU_K_ALPHA_1",
    "CU_K_ALPHA_2",
    "CoreCluster",
    "CoreShell",
    "CubicPhase",
    "PowderPattern",
    "RamanBand",
    "carbon_volume_ratio",
    "cluster_diameter",
    "compare_means",
    "confined_line",
    "confined_peak",
    "confined_width",
    "constant",
    "core_cluster",
    "core_diameter_for",
    "core_shell",
    "diffractogram",
    "holm",
    "mean_interval",
    "overtone",
    "phonon_dispersion",
    "powder_pattern",
    "scherrer_size",
    "scherrer_width",
    "silicon",
    "silicon_mass_fraction_for",
    "size_for_peak",
    "softening_temperature",
    "strain_for_peak",
    "strain_shift",
    "stress_for_peak",
    "stress_shift",
    "synthetic_raman_spectrum",
    "temperature_for_peak",
    "template_void_ratio",
    "thermal_peak",
    "thermal_width",
    "uncertain_constant",
]
