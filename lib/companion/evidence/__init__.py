"""Evidence: what the paper reports beside what the models compute, and where the paper's numbers disagree.

Each chapter of the paper's package has functions, each registered for one claim with :func:`computes` or for one audit
finding with :func:`finding`. Chapters, scoreboard and tests all call these same functions.
"""

from companion.evidence._audit import Finding, Step, finding, findings
from companion.evidence._board import BoardView, LedgerView, board, ledger_table
from companion.evidence._editions import what_changed
from companion.evidence._headline import headline, independent_predictions
from companion.evidence._questions import OpenQuestion, questions
from companion.evidence._record import differences, document, verify, why
from companion.evidence._registry import Computed, compute, computes, read_set, registered, reproduce, rounding
from companion.evidence._views import FindingsView, audit, recipe, scoreboard, show

__all__ = [
    "BoardView",
    "Computed",
    "Finding",
    "FindingsView",
    "LedgerView",
    "OpenQuestion",
    "Step",
    "audit",
    "board",
    "compute",
    "computes",
    "differences",
    "document",
    "finding",
    "findings",
    "headline",
    "independent_predictions",
    "ledger_table",
    "questions",
    "read_set",
    "recipe",
    "registered",
    "reproduce",
    "rounding",
    "scoreboard",
    "show",
    "verify",
    "what_changed",
    "why",
]
