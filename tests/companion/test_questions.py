"""Questions: right and wrong answers, each with its reason."""

import pytest

from companion import questions

UNITS = {"mV": 1, "V": 1000}


def high(value=78.4, traps=None):
    traps = {44: "That is at 1.3.", 31: "It rises.", 200: "Amorphous silicon."} if traps is None else traps
    return questions.number("high", "How high?", value, 10, UNITS, "It stands higher.", traps)


@pytest.mark.parametrize("answer", ["78", "80 mV", "0,075 V", " 0.0784 V ", "7.0e1mV"])
def test_a_number_within_the_tolerance_is_right_in_any_of_its_units(answer):
    assert high().accepts(answer)


@pytest.mark.parametrize("answer", ["44", "31", "200", "78 V", "−78", "", "high", "mV", "nan"])
def test_other_numbers_and_no_numbers_are_wrong(answer):
    assert not high().accepts(answer)


def test_the_answer_follows_the_model():
    assert high(120.0).accepts("115")
    assert not high(120.0).accepts("78")
    assert "Answer: 120 mV" in repr(high(120.0))


def test_a_trap_that_would_pass_fails():
    with pytest.raises(ValueError, match=r"traps must lie further than 10 from 78\.4, got 70"):
        high(traps={70: "Close."})
    with pytest.raises(ValueError, match="tolerance must be positive, got 0"):
        questions.number("a", "b", 1, 0, UNITS, "c", {})


def test_a_choice_needs_reasons_and_hides_the_right_one_among_the_others():
    places = set()
    for name in ("one", "two", "three", "four", "five", "six"):
        question = questions.choice(name, "Which?", ("This", "It is."), {"That": "No.", "Neither": "No."})
        assert sorted(question.options) == ["Neither", "That", "This"]
        assert question.accepts("This")
        assert not question.accepts("That")
        places.add(question.options.index("This"))
    assert len(places) > 1
    for wrong in ({}, {"This": "It is not."}, {"That": ""}):
        with pytest.raises(ValueError, match="wrong must be answers other than 'This', each with a reason"):
            questions.choice("one", "Which?", ("This", "It is."), wrong)


def test_the_page_has_text_not_markup_and_an_answer_without_a_script():
    page = questions.choice("one", "a < b & c?", ("<b>yes</b>", "So."), {"no": "a > b"})._repr_html_()
    assert "a &lt; b &amp; c?" in page
    assert "<b>yes" not in page
    assert "<details><summary>Answer</summary>" in page
