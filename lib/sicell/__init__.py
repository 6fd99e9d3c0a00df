"""Models behind an executable companion to a paper on silicon-carbon anodes in all-solid-state batteries.

Modules load on first use, so ``import sicell`` is quick. Units: potentials in V vs Li/Li+, specific capacities in
mAh/g (of what is said), areal capacities in mAh/cm2, current densities in mA/cm2, impedances in ohm with capacitive
parts negative, charging current positive.
"""

import importlib
from typing import Any

from sicell._check import SicellWarning

__version__ = "0.1.0"

_MODULES = (
    "balancing",
    "circuit",
    "differential",
    "eis",
    "electrodes",
    "energy",
    "export",
    "half_cell",
    "materials",
    "msmr",
    "rate",
    "readers",
    "voltammetry",
)

# What a user's first lines name, and where it lives.
_NAMES = {
    "Electrode": "electrodes",
    "FullCell": "balancing",
    "Msmr": "msmr",
    "graphite": "electrodes",
    "li_in": "electrodes",
    "lithium": "electrodes",
    "ncm90": "electrodes",
    "si_c": "electrodes",
    "silicon": "electrodes",
}

__all__ = ["SicellWarning", "__version__", *_MODULES, *_NAMES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"sicell.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(f"sicell.{_NAMES[name]}"), name)
    raise AttributeError(f"module 'sicell' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
