"""Structure of silicon and silicon-carbon particles: diffraction, Raman lines, particle sizes, core-shell geometry.

Every function here takes numbers; none reads the paper's claims, which stand in `claims`.
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
    CubicPhase,
    diffractogram,
    powder_pattern,
    scherrer_size,
    scherrer_width,
    silicon,
)
from poetke2021.structural_characterization.geometry import (
    carbon_volume_ratio,
    cluster_diameter,
    core_cluster,
    core_diameter_for,
    core_shell,
    template_void_ratio,
)
from poetke2021.structural_characterization.particles import compare_means, holm, mean_interval
from poetke2021.structural_characterization.raman import (
    overtone,
    softening_temperature,
    strain_for_peak,
    stress_for_peak,
    stress_shift,
    temperature_for_peak,
    thermal_peak,
    thermal_width,
)

__all__ = [
    "CubicPhase",
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
    "size_for_peak",
    "softening_temperature",
    "strain_for_peak",
    "stress_for_peak",
    "stress_shift",
    "temperature_for_peak",
    "template_void_ratio",
    "thermal_peak",
    "thermal_width",
    "uncertain_constant",
]
