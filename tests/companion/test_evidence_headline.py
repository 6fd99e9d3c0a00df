"""One number, one hit: groups of predictions, and what of their hits is evidence."""

import itertools

import numpy as np
import pytest

from companion import evidence, ledger
from companion.evidence import _headline, _registry
from companion.evidence._views import outcome

PREDICTED = sorted(set(evidence.registered()) & set(ledger.ids(role="predicted")))


@pytest.fixture(scope="module")
def rows():
    return evidence.reproduce()


@pytest.fixture(scope="module")
def computed():
    return {id: evidence.compute(id) for id in PREDICTED}


def explained(target, *others):
    """Return the share of one column's variance that the others explain linearly."""
    columns = np.column_stack([target, *others])
    columns = columns[np.isfinite(columns).all(axis=1)]
    centred = columns - columns.mean(axis=0)
    wanted, known = centred[:, 0], centred[:, 1:]
    left = wanted - known @ np.linalg.lstsq(known, wanted, rcond=None)[0]
    return 1 - (left @ left) / (wanted @ wanted)


def test_predictions_that_are_one_number_are_in_one_group(rows, computed):
    group = rows.set_index("id")["group"]
    drawn = {id: one.draws for id, one in computed.items() if one.draws is not None}
    assert len(drawn) >= 15
    families = {}
    for id, draws in drawn.items():
        families.setdefault(draws.shape, []).append(id)
    for members in families.values():
        for one, other in itertools.permutations(members, 2):
            if group[one] != group[other]:
                assert explained(drawn[one], drawn[other]) < 0.99**2, f"{one} and {other} are one number"
        # a difference or ratio of two numbers is no third one
        for one, pair in ((one, pair) for one in members for pair in itertools.combinations(members, 2)):
            if len({group[name] for name in (one, *pair)}) == 3:
                assert explained(drawn[one], *(drawn[other] for other in pair)) < 0.99**2, f"{one} follows from {pair}"


def test_equal_numbers_are_in_one_group(rows):
    predicted = rows[(rows["role"] == "predicted") & rows["computed"].notna()]
    for one, other in itertools.combinations(predicted.itertuples(), 2):
        if abs(abs(one.computed) - abs(other.computed)) <= 1e-9 * abs(one.computed):
            assert one.group == other.group, (one.id, other.id)


def test_a_group_is_named_by_a_member(rows):
    known = set(rows["id"])
    assert set(rows["group"]) <= known
    assert (rows.set_index("id")["group"].loc[list(set(rows["group"]))].to_numpy() == list(set(rows["group"]))).all()


def test_every_prediction_has_a_guess_or_is_no_evidence(rows):
    predicted = rows[rows["role"] == "predicted"]
    without = set(predicted.loc[predicted["null_verdict"] == "", "id"])
    assert without <= {"cv-shoulder-v", "raman-two-ta", "raman-two-to"}
    found = evidence.independent_predictions(rows).set_index("group")
    assert not found.loc[[name for name in found.index if name in without], "evidence"].any()


@pytest.mark.parametrize("id", PREDICTED)
def test_no_guess_reads_the_answer(id):
    entry = _registry._entries[id]
    if entry.null is not None:
        with ledger.reading() as read:
            entry.null()
        assert not ledger.equivalents(id) & read


@pytest.mark.parametrize(
    ("verdicts", "together"),
    [
        (["hit", "hit in sign"], "hit"),
        (["hit", "miss of the interval"], "miss"),
        (["hit", "depends on the model"], "depends on the model"),
        (["depends on the model", "miss"], "miss"),
        (["hit in order", "not refuted"], "hit"),
        (["not refuted"], "not refuted"),
    ],
)
def test_verdict_on_a_computation_is_no_kinder_than_on_its_claims(verdicts, together):
    assert _headline._together(verdicts) == together


def test_evidence_needs_a_guess_that_misses(rows):
    found = evidence.independent_predictions(rows)
    evident = found[found["evidence"]]
    assert (evident["verdict"] == "hit").all()
    assert (evident["guess"] == "miss").all()
    # a guess that would have hit takes it away
    changed = rows.assign(null_verdict=rows["null_verdict"].where(rows["role"] != "predicted", "hit"))
    assert not evidence.independent_predictions(changed)["evidence"].any()


def test_revised_claims_do_not_count(rows):
    counted = {id for claims in evidence.independent_predictions(rows)["claims"] for id in claims}
    revised = {id for id in PREDICTED if ledger.claim(id).revised}
    assert revised
    assert counted == set(PREDICTED) - revised


def test_a_hit_on_a_number_that_was_revised_does_not_count_and_a_miss_does(rows):
    revised = rows["id"].map(lambda id: bool(ledger.claim(id).revised))
    name = rows.loc[revised & rows["id"].isin(PREDICTED), "group"].iloc[0]
    new = next(id for id in PREDICTED if not ledger.claim(id).revised)
    for verdict, counts in (("hit", False), ("miss", True)):
        changed = rows.copy()
        changed.loc[changed["id"] == new, ["group", "verdict"]] = name, verdict
        alone = changed[(changed["group"] != name) | (changed["id"] == new) | revised]
        assert (name in set(evidence.independent_predictions(alone)["group"])) == counts


def test_headline_counts_the_first_edition_as_it_was():
    table = {row[0]: row[1:] for row in evidence.headline().rows}
    assert table["claims called predicted"][0] == "40"
    assert (table["hits"][0], table["misses"][0]) == ("30", "10")
    now = [int(table[name][1]) for name in ("hits", "misses", "depends on the model", "bounds not refuted")]
    assert sum(now) == int(table["independent computations that count"][1])


@pytest.mark.parametrize("verdict", ["depends on the model", "not refuted"])
def test_neither_hit_nor_miss(verdict):
    assert outcome(verdict) == "open"
