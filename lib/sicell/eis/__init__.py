"""Impedance spectra: fitting of equivalent circuits without a guess, Kramers–Kronig test, relaxation times.

Frequencies in Hz, impedance in Ω as Z' + jZ'' with capacitive Z'' < 0.
"""

from __future__ import annotations

from sicell.eis._choose import Choice, choose, compare
from sicell.eis._drt import RelaxationTimes, drt
from sicell.eis._fit import Fit, fit
from sicell.eis._kramers_kronig import KramersKronig, kramers_kronig
from sicell.eis._many import fit_many
from sicell.eis._spectrum import Spectrum, check_spectrum

__all__ = [
    "Choice",
    "Fit",
    "KramersKronig",
    "RelaxationTimes",
    "Spectrum",
    "check_spectrum",
    "choose",
    "compare",
    "drt",
    "fit",
    "fit_many",
    "kramers_kronig",
]
