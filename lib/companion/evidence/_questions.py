"""Open questions: what one would have to measure to settle a miss or a finding."""

from dataclasses import dataclass

from companion import ledger
from companion.evidence._audit import findings
from companion.tables import TableView


@dataclass(frozen=True)
class OpenQuestion:
    """One open question of ``data/paper/questions.csv``."""

    id: str
    question: str
    measurement: str  #: what would settle it; begins with "None" where the laboratory's records are enough
    decides: str  #: what each outcome would mean
    findings: tuple[str, ...]  #: audit findings that hang on it
    claims: tuple[str, ...]  #: and missed claims


def open_questions() -> list[OpenQuestion]:
    """Return the open questions with the audit findings and the claims that hang on each.

    Raises companion.ledger.LedgerError if a question names something that is neither a finding nor a claim.

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
        hangs = (tuple(id for id in about if id in group) for group in (known, claims))
        asked.append(OpenQuestion(row.id, row.question, row.measurement, row.decides, *hangs))
    return asked


def _counts(question: OpenQuestion) -> str:
    sizes = (len(question.findings), "finding"), (len(question.claims), "miss")
    plural = {"finding": "findings", "miss": "misses"}
    return ", ".join(f"{size} {word if size == 1 else plural[word]}" for size, word in sizes if size)


def questions() -> TableView:
    """Return the open questions as a table: what to measure, and what the outcome would decide."""
    rows = [(one.question, one.measurement, one.decides, _counts(one)) for one in open_questions()]
    header = ("question", "measurement", "what it decides", "hangs on it")
    caption = "What would settle the open questions"
    return TableView(caption, header, tuple(rows))
