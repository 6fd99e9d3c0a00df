"""Evidence: roles are what they say, read-sets prove it, and a cheat is caught."""

import math
import multiprocessing
import sys
from pathlib import Path

import pytest

from companion import evidence, ledger
from companion.evidence import _registry
from companion.evidence._audit import CERTAINTIES, format_number
from companion.evidence._registry import DEPENDS

COMPUTED = evidence.registered()
PREDICTED = sorted(set(COMPUTED) & set(ledger.ids(role="predicted")))


@pytest.fixture(scope="module")
def fresh():
    """Run a function in processes that import sicell anew, each its own; only third-party packages are shared."""
    sys.path.insert(0, str(Path(__file__).parent))
    import fresh_process

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["numpy", "pandas", "scipy.stats", "scipy.optimize", "periodictable"])
    with context.Pool(1, maxtasksperchild=1) as pool:
        yield lambda *arguments: pool.apply(fresh_process.compute, arguments)
    sys.path.pop(0)


def batches(read):
    """Split predictions into groups, each of which can be blanked at once: none reads what another must not read."""
    found = []
    for id in read:
        forbidden = ledger.equivalents(id)
        for batch in found:
            theirs = frozenset().union(*(ledger.equivalents(other) for other in batch))
            # what a prediction reads of its own answer is no reason to keep it apart
            if not (read[id] - forbidden) & theirs and not any((read[one] - theirs) & forbidden for one in batch):
                batch.append(id)
                break
        else:
            found.append([id])
    return found


def dishonesty(ids, fresh, cheats=None):
    """Return for each prediction what gives it away: it read its own answer, or changes when the answer is blanked.

    Predictions are computed together, in one process as they are and in a few with all their answers blanked. More is
    blanked for each than its own answer, so whoever stays the same is honest; whoever changes is tried once more alone.
    """
    plain = fresh(ids, (), cheats)
    found = {id: {"reads the answer"} if plain[id][1] & ledger.equivalents(id) else set() for id in ids}
    for batch in batches({id: plain[id][1] for id in ids}):
        forbidden = sorted(frozenset().union(*(ledger.equivalents(id) for id in batch)))
        blind = fresh(batch, forbidden, cheats)
        for id in batch:
            changed = blind[id][0] != plain[id][0]
            if changed and len(batch) > 1:
                changed = fresh([id], sorted(ledger.equivalents(id)), cheats)[id][0] != plain[id][0]
            if changed:
                found[id].add("changes with the answer")
    return found


def test_no_prediction_reads_what_it_predicts(fresh):
    found = dishonesty(PREDICTED, fresh)
    assert set(found) == set(PREDICTED)
    assert {id: faults for id, faults in found.items() if faults} == {}


CHEATS = {
    "reads the answer": "def model():\n    return ANSWER",
    "leans on the answer": "def model():\n    return 0.9 * 0.43 + 0.1 * ANSWER",
    "keeps the answer at import": "KEPT = ANSWER\ndef model():\n    return KEPT",
    "caches the answer": (
        "from functools import cache\n@cache\ndef kept():\n    return ANSWER\nkept()\ndef model():\n    return kept()"
    ),
    "hides what it reads": (
        "def model():\n"
        "    with ledger.reading() as unseen:\n"
        "        answer = ANSWER\n"
        "        unseen.clear()\n"
        "    return answer"
    ),
    "opens the table": (
        "import companion, pandas\n"
        "def model():\n"
        "    frame = pandas.read_csv(companion.paper().path('claims.csv')).set_index('id')\n"
        "    return frame.loc['NAME', 'value']"
    ),
}
#: What blanking cannot reach, because it goes past the ledger.
UNTOUCHED = {"opens the table"}


def test_deliberate_cheats_are_caught_among_honest_predictions(fresh):
    stated = [id for id in PREDICTED if not math.isnan(ledger.claim(id).value)]
    honest, targets = stated[-1], stated[: len(CHEATS)]
    assert honest not in targets
    cheats = {
        id: "from companion import ledger\n" + source.replace("ANSWER", f'ledger.value("{id}")').replace("NAME", id)
        for id, source in zip(targets, CHEATS.values(), strict=True)
    }
    found = dishonesty([*targets, honest], fresh, cheats)
    assert found[honest] == set()
    for name, id in zip(CHEATS, targets, strict=True):
        assert "reads the answer" in found[id], name
        assert ("changes with the answer" in found[id]) == (name not in UNTOUCHED), name


@pytest.mark.parametrize("id", sorted(set(COMPUTED) & set(ledger.ids(role="identity"))))
def test_an_identity_does_not_read_itself(id):
    assert id not in evidence.read_set(id)


def test_every_input_is_read():
    """An input is read by a computation, by an audit finding, or by name in a chapter or the figures it calls."""
    root = Path(__file__).resolve().parents[2]
    code = "".join(path.read_text(encoding="utf-8") for path in (root / "chapters").glob("*.ipynb"))
    code += "".join(path.read_text(encoding="utf-8") for path in (root / "lib").rglob("*.py"))
    with ledger.reading() as read:
        evidence.reproduce()
        evidence.findings()
    for id in ledger.ids(role="input"):
        # a claim of a family is often read as f"family-{member}"
        named = id in code or f"{id.rsplit('-', 1)[0]}-{{" in code or f"{id.rsplit('-', 2)[0]}-{{" in code
        assert id in read or named, id


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
        (make_claim(">", value=4.4), evidence.Computed(4.5), "not refuted"),
        (make_claim(">", value=4.4), evidence.Computed(4.3), "miss"),
        (make_claim("<", value=4.4), evidence.Computed(4.3), "not refuted"),
        (make_claim("≤", value=70, tolerance=7), evidence.Computed(-50), "not refuted"),
        (make_claim("=", value=4.4, tolerance=0.1), evidence.Computed(4.4, members=(evidence.Computed(4.6),)), DEPENDS),
        (make_claim("=", value=4.4, tolerance=0.1), evidence.Computed(4.6, members=(evidence.Computed(4.3),)), DEPENDS),
        (make_claim("=", value=4.4, tolerance=0.1), evidence.Computed(4.6, members=(evidence.Computed(4.7),)), "miss"),
        (make_claim("=", value=4.4, tolerance=0.1), evidence.Computed(4.4, members=(evidence.Computed(4.3),)), "hit"),
        (make_claim("<", value=4.4), evidence.Computed(4.5), "miss"),
        (make_claim("<", value=4.4), evidence.Computed(4.3, members=(evidence.Computed(4.5),)), DEPENDS),
        (make_claim("<", value=4.4), evidence.Computed(4.3, members=(evidence.Computed(4.2),)), "not refuted"),
        (make_claim("range", lower=1, upper=2), evidence.Computed(1.5), "hit"),
        (make_claim("range", lower=1, upper=2), evidence.Computed(lower=0.5, upper=2), "miss"),
        (make_claim("range", lower=1, upper=2, tolerance=0.5), evidence.Computed(lower=0.5, upper=2), "hit"),
        (make_claim("range", lower=1, upper=2, tolerance=0.1), evidence.Computed(lower=1.4, upper=2), "miss"),
        (make_claim("range", lower=1, upper=2, tolerance=0.1), evidence.Computed(lower=1.05, upper=1.95), "hit"),
        (make_claim("increases"), evidence.Computed(0.2), "hit in sign"),
        (make_claim("increases"), evidence.Computed(-0.2), "miss in sign"),
        (make_claim("increases"), evidence.Computed(0.2, -0.1, 0.5), "miss in sign"),
        (make_claim("decreases"), evidence.Computed(-0.2, -0.3, -0.1), "hit in sign"),
        (make_claim("order", order=("a", "b", "c")), evidence.Computed(order=("a", "b", "c")), "hit in order"),
        (make_claim("order", order=("a", "b", "c")), evidence.Computed(order=("b", "a", "c")), "miss in order"),
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
        assert one.chapter in ledger.chapters()
        assert set(one.claims) <= set(ledger.ids())


def test_views_say_the_same_as_text_and_as_html():
    view = evidence.show("structural-characterization")
    text, html = repr(view), view._repr_html_()
    for row in view.rows:
        assert row[0] in text
    assert html.count("<tr") == len(view.rows) + 1
    assert '<th scope="col"' in html
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
