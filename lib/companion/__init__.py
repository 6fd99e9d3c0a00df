"""The method of an executable companion: a ledger of claims, evidence for them, and the style of figures.

It knows no paper. The paper's own package registers itself (:func:`register`). Modules load on first use.
"""

import importlib
from types import ModuleType

from companion._paper import Paper, paper, register

_MODULES = ("evidence", "ledger", "plotting", "questions", "tables", "your_copy")

__all__ = ["Paper", "paper", "register", *_MODULES]


def __getattr__(name: str) -> ModuleType:
    if name in _MODULES:
        return importlib.import_module(f"companion.{name}")
    raise AttributeError(f"module 'companion' has no attribute {name!r}")
