"""Open questions: what one would have to measure to settle a miss or a finding."""

from __future__ import annotations

from dataclasses import dataclass

from companion import ledger
from companion.evidence._audit import findings
from companion.tables import TableView


@dataclass(frozen=True)
class Question:
    """One open question of ``data/paper/questions.csv``.

    Attributes
    ----------
    id, question : str
        Name and wording.
    measurement : str
        What would settle it; begins with "None" where a look into the laboratory's records is enough.
    decides : str
        What each outcome would mean.
    findings, claims : tuple of str
        Audit findings and missed claims that hang on it.
    """

    id: str
    question: str
    measurement: str
    decides: str
    findings: tuple[str, ...]
    claims: tuple[str, ...]


def open_questions() -> list[Question]:
    """Return the open questions with the audit findings and the claims that hang on each.

    Raises companion.ledger.LedgerError if a question names something that is neither a finding nor a claim.

    Returns
    -------
    list of Question
        In the order of ``data/paper/questions.csv``.

    Examples
    --------
    >>> open_questions()[0].question
    'On which area do the loadings and the current densities stand?'
    """
    known = {one.id for one in findings()}
    claims = set(ledger.ids())
    asked = []
    for row in ledger.parameters("questions.csv").itertuples():
        about = row.about.split(";")
        unknown = [id for id in about if id not in known | claims]
        if unknown:
            raise ledger.LedgerError(f"questions.csv, {row.id}: {unknown[0]!r} is neither a finding nor a claim")
        asked.append(
            Question(
                id=row.id,
                question=row.question,
                measurement=row.measurement,
                decides=row.decides,
                findings=tuple(id for id in about if id in known),
                claims=tuple(id for id in about if id in claims),
            )
        )
    return asked


def _counts(question: Question) -> str:
    sizes = (len(question.findings), "finding"), (len(question.claims), "miss")
    plural = {"finding": "findings", "miss": "misses"}
    return ", ".join(f"{size} {word if size == 1 else plural[word]}" for size, word in sizes if size)


def questions() -> TableView:
    """Return the open questions as a table: what to measure, and what the outcome would decide."""
    rows = [(one.question, one.measurement, one.decides, _counts(one)) for one in open_questions()]
    header = ("question", "measurement", "what it decides", "hangs on it")
    caption = "What would settle the open questions"
    return TableView(caption, header, tuple(rows))
