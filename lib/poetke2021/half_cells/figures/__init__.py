"""Figures on half-cells: branches and reactions, voltage profiles, voltammograms, cycling."""

from poetke2021.half_cells.figures._cycling import cycling
from poetke2021.half_cells.figures._mechanism import branches, contributions, li15si4_onset
from poetke2021.half_cells.figures._profiles import first_cycles, profiles
from poetke2021.half_cells.figures._sweeps import peak_positions, voltammogram

__all__ = [
    "branches",
    "contributions",
    "cycling",
    "first_cycles",
    "li15si4_onset",
    "peak_positions",
    "profiles",
    "voltammogram",
]
