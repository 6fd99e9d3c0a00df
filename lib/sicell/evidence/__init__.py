"""Evidence: what the paper reports beside what the models compute, and where the paper's numbers disagree.

Each chapter has a module of functions here, each registered for one claim with :func:`computes` or for one audit
finding with :func:`finding`. Chapters, scoreboard and tests all call these same functions.
"""

from sicell.evidence._audit import Finding, Step, finding, findings
from sicell.evidence._registry import Computed, compute, computes, read_set, registered, reproduce
from sicell.evidence._views import FindingsView, TableView, audit, recipe, scoreboard, show

__all__ = [
    "Computed",
    "Finding",
    "FindingsView",
    "Step",
    "TableView",
    "audit",
    "compute",
    "computes",
    "finding",
    "findings",
    "read_set",
    "recipe",
    "registered",
    "reproduce",
    "scoreboard",
    "show",
]
