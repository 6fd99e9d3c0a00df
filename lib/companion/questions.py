"""Questions to answer before the figure that answers them: with reasons for wrong answers, checked in the page.

The page needs no network; without a script, or in a notebook, the answer unfolds. A number is what a model gave.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

__all__ = ["Question", "choice", "number"]


@dataclass(frozen=True)
class Question:
    """A question with its answer and why it is right; a notebook and a page show it."""

    name: str  #: by which the browser remembers that it was answered
    prompt: str
    answer: str
    reason: str
    wrong: Mapping[str, str]  #: wrong answers and what is wrong with each
    value: float | None = None  #: the number asked for; None for a choice
    tolerance: float | None = None  #: how far an answer may be from it
    units: Mapping[str, float] | None = None  #: each in the unit of `value`, which is the first

    @property
    def options(self) -> list[str]:
        """The answers to choose from, in an order that says nothing."""
        if self.value is not None:
            return []
        return sorted((self.answer, *self.wrong), key=lambda text: hashlib.sha256((self.name + text).encode()).digest())

    def accepts(self, answer: str) -> bool:
        """Return whether an answer is right, as the page judges it: a choice, or a number with or without a unit."""
        if self.value is None or self.tolerance is None:
            return answer == self.answer
        text = answer.strip().replace(",", ".").replace("−", "-")
        unit = max((unit for unit in self.units or {} if text.endswith(unit)), key=len, default="")
        try:
            given = float(text[: len(text) - len(unit)]) * (self.units or {}).get(unit, 1.0)
        except ValueError:
            return False
        return abs(given - self.value) <= self.tolerance

    def __repr__(self) -> str:
        choices = [f"  ( ) {option}" for option in self.options]
        return "\n".join([f"Predict: {self.prompt}", *choices, f"Answer: {self.answer}. {self.reason}"])

    def _repr_html_(self) -> str:
        reasons = {self.answer: self.reason, **self.wrong}
        if self.value is None:
            kind, data = "choice", {"answer": self.answer, "reasons": reasons}
            field = "".join(
                f'<label><input type="radio" name="{self.name}" value="{escape(option)}"> {escape(option)}</label>'
                for option in self.options
            )
        else:
            kind = "number"
            data = {"value": self.value, "tolerance": self.tolerance, "units": self.units, "answer": self.answer}
            traps = [[float(text.split()[0]), why] for text, why in self.wrong.items()]
            data |= {"reason": self.reason, "traps": traps}
            unit = next(iter(self.units or {}), "")
            field = (
                f'<label>Your number <input type="text" inputmode="decimal" autocomplete="off"> {escape(unit)}</label>'
            )
        said = escape(json.dumps(data))
        return (
            f'<form class="question" id="question-{self.name}" data-kind="{kind}" data-question="{said}">'
            f"<fieldset><legend><strong>Predict.</strong> {escape(self.prompt)}</legend>{field}"
            '<button type="submit" hidden>Check</button><p class="verdict" role="status"></p></fieldset>'
            f"<details><summary>Answer</summary><p>{escape(self.answer)}. {escape(self.reason)}</p></details></form>"
        )


def choice(name: str, prompt: str, right: tuple[str, str], wrong: Mapping[str, str]) -> Question:
    """Return a question with answers to choose from: the right one with its reason, and wrong ones with theirs.

    The name, lower-case words joined by hyphens, is used once in a book. Raises ValueError if there is no wrong answer,
    one has no reason, or one is the right one.

    >>> choice("where", "Where is the lithium?", ("Left", "It moved."), {"Right": "It was there."}).accepts("Left")
    True
    """
    if not wrong or right[0] in wrong or not all((right[1], *wrong.values())):
        raise ValueError(f"wrong must be answers other than {right[0]!r}, each with a reason, got {dict(wrong)!r}")
    return Question(name, prompt, *right, dict(wrong))


def number(
    name: str,
    prompt: str,
    value: float,
    tolerance: float,
    units: Mapping[str, float],
    reason: str,
    traps: Mapping[float, str],
    digits: int = 0,
) -> Question:
    """Return a question for a number, which a model gave, and by how much an answer may be off.

    Both are in the first of the units that an answer may have, such as ``{"mV": 1, "V": 1000}``. `traps` are wrong
    numbers that come from a known mistake, each with its reason; `digits` the decimals of the answer that is shown.
    Raises ValueError if the tolerance is not positive or would let a trap pass.

    >>> question = number("u", "How high?", 48.2, 3, {"mV": 1, "V": 1000}, "Computed.", {84: "Of graphite."})
    >>> question.accepts("0,05 V"), question.accepts("84")
    (True, False)
    """
    if not tolerance > 0:
        raise ValueError(f"tolerance must be positive, got {tolerance}")
    passing = [trap for trap in traps if abs(trap - value) <= tolerance]
    if passing:
        raise ValueError(f"traps must lie further than {tolerance:g} from {value:g}, got {passing[0]:g}")
    unit = next(iter(units))
    wrong = {f"{trap:g} {unit}": why for trap, why in traps.items()}
    return Question(name, prompt, f"{value:.{digits}f} {unit}", reason, wrong, float(value), tolerance, dict(units))
