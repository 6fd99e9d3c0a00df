"""Evidence: roles are what they say, read-sets prove it, and a cheat is caught."""

import functools
import math
import multiprocessing
import struct

import pytest

from sicell import evidence, ledger
from sicell.evidence import _registry
from sicell.evidence._audit import CERTAINTIES, format_number

COMPUTED = evidence.registered()
PREDICTED = sorted(set(COMPUTED) & set(ledger.ids(role="predicted")))


def bits(computed):
    """Return a result's exact content, so that NaN equals NaN and the last bit counts."""
    return struct.pack("3d", computed.value, computed.lower, computed.upper), computed.order


def alone(id, blanked):
    """Compute one claim in this (fresh) process: its bits with some claims blanked, and what it read."""
    with ledger.override(dict.fromkeys(blanked, math.nan)), ledger.reading() as noted:
        result = bits(evidence.compute(id))
    return result, noted


@functools.cache
def fresh_processes():
    """Return a context whose every process imports sicell anew; only third-party packages are shared."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["numpy", "pandas", "scipy.optimize", "scipy.stats", "uncertainties", "periodictable"]
    )
    return context


def in_fresh_process(function, *arguments):
    with fresh_processes().Pool(1) as pool:
        return pool.apply(function, arguments)


@pytest.mark.parametrize("id", PREDICTED)
def test_a_prediction_does_not_read_what_it_predicts(id):
    forbidden = ledger.equivalents(id)
    result, read = in_fresh_process(alone, id, [])
    assert not read & forbidden
    blind, _ = in_fresh_process(alone, id, sorted(forbidden))
    assert blind == result


def test_a_deliberate_cheat_is_caught():
    """A model that quietly uses the answer fails both halves of the test above."""
    id = "lithium-gravimetric-capacity"
    kept = ledger.value(id)
    honest = evidence.compute(id)

    def cheat():
        return honest.value + 0.5 * (ledger.value(id) - honest.value)

    with ledger.reading() as read:
        result = cheat()
    assert read & ledger.equivalents(id)
    with ledger.override({id: math.nan}):
        assert bits(_registry._as_computed(cheat())) != bits(_registry._as_computed(result))

    # one that keeps a number from an earlier read passes the first half; a fresh process catches it (below)
    def stale():
        return kept

    with ledger.reading() as read:
        stale()
    assert not read


def cheat_at_import():
    """Stand in for a module that reads the claim when it is imported."""
    kept = ledger.value("lithium-gravimetric-capacity")
    return bits(_registry._as_computed(kept))


def blinded_cheat_at_import():
    with ledger.override({"lithium-gravimetric-capacity": math.nan}):
        return cheat_at_import()


def test_a_cheat_that_keeps_the_answer_is_caught_by_a_fresh_process():
    assert in_fresh_process(cheat_at_import) != in_fresh_process(blinded_cheat_at_import)


@pytest.mark.parametrize("id", sorted(set(COMPUTED) & set(ledger.ids(role="identity"))))
def test_an_identity_does_not_read_itself(id):
    assert id not in evidence.read_set(id)


def test_only_claims_that_can_be_computed_are():
    for id in COMPUTED:
        assert ledger.claim(id).role in _registry.COMPUTABLE


def test_reproduce_has_one_row_a_computable_claim():
    frame = evidence.reproduce()
    wanted = {id for role in _registry.COMPUTABLE for id in ledger.ids(role=role)}
    assert set(frame["id"]) == wanted
    assert set(frame.loc[frame["status"] == "computed", "id"]) == set(COMPUTED)
    assert frame.loc[frame["status"] == "computed", "verdict"].ne("").all()


def test_error_is_computed_minus_reported():
    row = evidence.reproduce("introduction").set_index("id").loc["lithium-gravimetric-capacity"]
    assert row["error"] == pytest.approx(evidence.compute(row.name).value - ledger.value(row.name))


def test_unknown_chapter_fails():
    with pytest.raises(ValueError, match=r"chapter must be one of introduction, .*got 'nowhere'"):
        evidence.reproduce("nowhere")


def test_unknown_claim_fails():
    with pytest.raises(ledger.LedgerError, match="no claim 'nothing'"):
        evidence.compute("nothing")


def test_a_claim_without_a_model_fails():
    with pytest.raises(ledger.LedgerError, match="nothing computes claim"):
        evidence.compute("cell-upper-cutoff-voltage")


def test_computing_an_input_fails():
    with pytest.raises(ValueError, match="is an input or a quotation"):
        evidence.computes("cell-upper-cutoff-voltage")(lambda: 4.25)


def test_computing_no_claim_fails():
    with pytest.raises(ledger.LedgerError, match="which is no claim"):
        evidence.computes("no-such-claim")(lambda: 1.0)


def test_computing_a_claim_twice_fails():
    with pytest.raises(ValueError, match=r"is computed by \w+ already"):
        evidence.computes(COMPUTED[0])(lambda: 1.0)


def make_claim(relation, **numbers):
    fields = dict.fromkeys(ledger.Claim.__dataclass_fields__, "")
    fields.update(dict.fromkeys(("value", "uncertainty", "lower", "upper", "tolerance"), math.nan))
    return ledger.Claim(**fields | {"relation": relation, "printed": "4.4"} | numbers)


@pytest.mark.parametrize(
    ("claim", "computed", "verdict"),
    [
        (make_claim("=", value=4.4, tolerance=0.1), evidence.Computed(4.5), "hit"),
        (make_claim("=", value=4.4, tolerance=0.1), evidence.Computed(4.51), "miss"),
        (make_claim("≈", value=4.4, tolerance=0.1), evidence.Computed(4.45, 4.41, 4.5), "hit"),
        (make_claim("≈", value=4.4, tolerance=0.1), evidence.Computed(4.49, 4.46, 4.5), "miss of the interval"),
        (make_claim(">", value=4.4), evidence.Computed(4.5), "hit"),
        (make_claim(">", value=4.4), evidence.Computed(4.3), "miss"),
        (make_claim("<", value=4.4), evidence.Computed(4.3), "hit"),
        (make_claim("<", value=4.4), evidence.Computed(4.5), "miss"),
        (make_claim("range", lower=1, upper=2), evidence.Computed(1.5), "hit"),
        (make_claim("range", lower=1, upper=2), evidence.Computed(lower=0.5, upper=2), "miss"),
        (make_claim("range", lower=1, upper=2, tolerance=0.5), evidence.Computed(lower=0.5, upper=2), "hit"),
        (make_claim("increases"), evidence.Computed(0.2), "hit in sign"),
        (make_claim("increases"), evidence.Computed(-0.2), "miss in sign"),
        (make_claim("increases"), evidence.Computed(0.2, -0.1, 0.5), "miss in sign"),
        (make_claim("decreases"), evidence.Computed(-0.2, -0.3, -0.1), "hit in sign"),
        (make_claim("order", note="a < b < c. Why."), evidence.Computed(order=("a", "b", "c")), "hit in order"),
        (make_claim("order", note="a < b < c"), evidence.Computed(order=("b", "a", "c")), "miss in order"),
    ],
)
def test_verdicts(claim, computed, verdict):
    assert _registry._verdict(claim, computed) == verdict


@pytest.mark.parametrize(
    ("printed", "half"), [("0.044", 0.0005), ("> 2570", 0.5), ("~3.8 nm", 0.05), ("increases", 0.0)]
)
def test_rounding_of_what_is_printed(printed, half):
    assert _registry.rounding(printed) == pytest.approx(half)


def test_findings_hold_and_are_complete():
    found = evidence.findings()
    assert len({one.id for one in found}) == len(found) >= 10
    for one in found:
        assert one.holds, f"the arithmetic of {one.id} no longer shows a disagreement"
        assert one.certainty in CERTAINTIES
        assert one.steps
        assert one.chapter in ledger.CHAPTERS
        assert set(one.claims) <= set(ledger.ids())


def test_views_say_the_same_as_text_and_as_html():
    view = evidence.show("structural-characterization")
    text, html = repr(view), view._repr_html_()
    for row in view.rows:
        assert row[0] in text
    assert html.count("<tr") == len(view.rows) + 1
    assert '<th scope="col">' in html
    assert '<th scope="row">' in html
    assert "<caption>" in html


def test_audit_view_names_every_finding_of_a_chapter():
    view = evidence.audit("experimental")
    for one in evidence.findings("experimental"):
        assert one.title in repr(view)
        assert f'id="finding-{one.id}"' in view._repr_html_()


def test_scoreboard_counts_the_whole_ledger():
    rows = {row[0]: row for row in evidence.scoreboard().rows}
    assert int(rows["all"][1]) == len(ledger.ids()) == sum(int(rows[role][1]) for role in ledger.ROLES)
    frame = evidence.reproduce()
    assert int(rows["all"][2]) == frame["verdict"].str.startswith("hit").sum()


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (3.4542, "3.45"), (0.0999, "0.0999"), (99.96, "100"), (123456, "123000"), (2.5e-7, "2.50e-07")],
)
def test_numbers_are_rounded_to_significant_digits(number, text):
    assert format_number(number) == text
