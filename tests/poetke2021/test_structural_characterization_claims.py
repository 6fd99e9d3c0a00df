"""The arithmetic of the structural chapter's claims and findings, done again by hand."""

import math

import pytest

from companion import evidence, ledger
from poetke2021.structural_characterization.claims import diameter_comparison

CHAPTER = "structural-characterization"


def finding(id):
    return next(one for one in evidence.findings(CHAPTER) if one.id == id)


def steps(id):
    """Return a finding's steps as text: value."""
    return {step.text: step.value for step in finding(id).steps}


def verdict(id):
    return evidence.reproduce(CHAPTER).set_index("id").loc[id, "verdict"]


class TestClaims:
    def test_every_computable_claim_of_the_chapter_is_computed(self):
        rows = evidence.reproduce(CHAPTER)
        assert len(rows) == 10
        assert (rows["status"] == "computed").all()

    def test_one_line_cannot_be_at_both_positions(self):
        assert evidence.compute("raman-first-order") == evidence.compute("raman-crystalline-before-cycling")
        assert verdict("raman-first-order") == "miss"
        assert verdict("raman-crystalline-before-cycling") == "hit"

    def test_second_order_bands_are_twice_the_neutron_frequencies(self):
        # 1 THz = 33.3564 cm-1; 4.49 ± 0.06, 13.90 and 14.68 THz
        acoustic = evidence.compute("raman-two-ta")
        assert acoustic.value == pytest.approx(299.54, abs=0.01)
        assert acoustic.upper - acoustic.lower == pytest.approx(2 * 1.96 * 4.003, abs=0.01)
        optical = evidence.compute("raman-two-to")
        assert (optical.lower, optical.upper) == pytest.approx((927.31, 979.34), abs=0.01)
        assert optical.value == pytest.approx(953.33, abs=0.01)

    def test_the_line_follows_the_particle_size(self):
        with ledger.override({"particle-diameter-sinp": 5.0}):
            assert evidence.compute("raman-first-order").value < 518

    def test_difference_that_the_text_calls_almost_none(self):
        # 2.682 standard errors of sqrt(25/10 + 64/10) nm; t(0.975, 15.1) = 2.130
        computed = evidence.compute("particle-diameter-si34-like-sinp")
        assert computed.value == pytest.approx(8)
        assert computed.lower == pytest.approx(8 - 2.130 * math.sqrt(8.9), abs=0.01)

    def test_orders(self):
        assert evidence.compute("particle-diameter-order-agglomerates").order == ("Si34@C", "Si37@C", "Si28@C")
        assert evidence.compute("pvb-amount-si34-smallest").order == ("Si34@C", "Si28@C", "Si37@C")

    def test_comparison_starts_with_the_smallest(self):
        table = diameter_comparison()
        assert len(table) == 6
        assert (table["difference"] > 0).all()


class TestFindings:
    def test_all_hold_and_have_a_row(self):
        found = evidence.findings(CHAPTER)
        assert {one.id for one in found} == {
            "particle-size-significance",
            "pvb-order-does-not-explain-diameters",
            "raman-two-positions",
            "single-core-shell-impossible",
            "void-template-shares",
        }
        assert all(one.holds for one in found)

    def test_single_core_needs_more_than_the_measured_diameter(self):
        found = steps("single-core-shell-impossible")
        outer = 52 * (1 + 0.6314 / 0.3686 * 2.329 / 1.8) ** (1 / 3)
        assert found["Si37@C: outer diameter that a dense shell of all its carbon needs"] == pytest.approx(outer)
        # t(0.975, 9) = 2.2622
        upper = 64 + 2.2622 * 7 / math.sqrt(10)
        assert found["Si37@C: upper end of the 95 % interval of the measured mean"] == pytest.approx(upper, abs=0.01)
        assert not any(text.startswith("Si28@C") for text in found)

    def test_larger_particles_would_resolve_it(self):
        with ledger.override({"particle-diameter-sinp": 35.0}):
            assert not finding("single-core-shell-impossible").holds

    def test_template_is_too_small_or_too_large(self):
        found = steps("void-template-shares")
        assert found["Si34@C: volume of PVB over the void that full expansion needs"] == pytest.approx(38, abs=0.5)
        coated = 52 * (1 + 5 * 2.329 / 1.1) ** (1 / 3)
        assert found["Si37@C: diameter of a 52 nm core under its PVB"] == pytest.approx(coated)

    def test_the_two_positions_are_seven_apart(self):
        assert steps("raman-two-positions")["c-Si line of Figure S5a minus that of Figure 2b"] == 7

    def test_equal_positions_would_resolve_it(self):
        with ledger.override({"raman-crystalline-before-cycling": 513.0}):
            assert not finding("raman-two-positions").holds

    def test_diameters_that_rise_with_template_would_resolve_it(self):
        with ledger.override({"particle-diameter-si37": 100.0}):
            assert not finding("pvb-order-does-not-explain-diameters").holds
