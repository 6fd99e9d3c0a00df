"""Discharge capacity against current density: what diffusion, a resistance and the electrodes' electrolyte leave.

:func:`discharge` lets lithium diffuse in the anode, :func:`porous_discharge` lets the electrolyte in the electrodes
resist. Everything else is the near-equilibrium cell of :mod:`sicell.balancing`.
"""

from sicell.rate._diffusion import RateCapability, calibrate_time_constant, diffusion_length, diffusion_time, discharge
from sicell.rate._ohmic import calibrate_resistance
from sicell.rate._porous import PorousDischarge, porous_discharge

__all__ = [
    "PorousDischarge",
    "RateCapability",
    "calibrate_resistance",
    "calibrate_time_constant",
    "diffusion_length",
    "diffusion_time",
    "discharge",
    "porous_discharge",
]
