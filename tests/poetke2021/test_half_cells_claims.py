"""Half-cells: the acceptance of the models against reported potentials, and the arithmetic done once more by hand."""

import functools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

from companion import evidence, ledger
from poetke2021 import electrodes
from poetke2021.half_cells import _composite_draws
from sicell import materials


@functools.cache
def rows():
    return evidence.reproduce("half-cells").set_index("id")


def computed(id):
    return rows().loc[id, "computed"]


def test_everything_that_can_be_computed_is():
    assert (rows()["status"] == "computed").all()


def test_plateau_of_crystalline_silicon_within_5_mv():
    assert computed("first-lithiation-plateau") == pytest.approx(0.08, abs=0.005)


def test_li15si4_plateau_within_20_mv_under_current():
    assert computed("li15si4-delithiation-plateau") == pytest.approx(0.44, abs=0.02)


def test_galvanostatic_plateaus_lie_apart_by_twice_the_drop_of_the_separator():
    drop = 0.07e-3 * 0.0750 / 3e-3  # A/cm2, cm, S/cm
    anode = electrodes.si_c()
    grid = np.linspace(0.02, 0.6, 58001)
    first = grid[anode.differential_capacity(grid, "first lithiation").argmax()]
    upper = grid > 0.35
    back = grid[upper][anode.differential_capacity(grid[upper], "delithiation").argmax()]
    assert computed("first-lithiation-plateau") == pytest.approx(first - drop, abs=1e-4)
    assert computed("li15si4-delithiation-plateau") == pytest.approx(back + drop, abs=1e-4)


def test_peaks_iii_within_10_mv_without_reading_a_peak():
    assert computed("cv-peak-iii-lower") == pytest.approx(0.10, abs=0.01)
    assert computed("cv-peak-iii-upper") == pytest.approx(0.14, abs=0.01)
    for id in ("cv-peak-iii-lower", "cv-peak-iii-upper", "cv-peak-vi", "cv-peak-vii", "cv-shoulder-v"):
        # the sweep with the lag that peak IV needs is the only other
        assert {one for one in evidence.read_set(id) if one.startswith("cv-")} <= {"cv-peak-iv"}


def test_lower_peak_iii_is_missed_with_the_lag_that_peak_iv_needs():
    for id, missed in (("cv-peak-iii-lower", True), ("cv-peak-iii-upper", False)):
        off = np.array([member.value - ledger.value(id) for member in evidence.compute(id).members])
        rest, lagging = np.split(off, 2)
        assert (abs(rest) < 0.01).all()
        assert (lagging > rest + 0.005).all()
        assert (lagging > 0.01).all() == missed
        assert rows().loc[id, "verdict"] == ("depends on the model" if missed else "hit")


def test_peak_iv_goes_where_it_was_sent():
    assert computed("cv-peak-iv") == pytest.approx(0.465, abs=0.001)


def test_misses_stay_misses():
    assert rows().loc["cv-peak-vii", "verdict"] == "miss"
    assert rows().loc["capacity-per-silicon-si37-highest", "verdict"] == "miss in sign"
    assert rows().loc["average-delithiation-potential-trend-silicon", "verdict"] == "miss in sign"


def test_peaks_vi_and_vii_are_where_the_raw_curves_have_them():
    raw = pd.read_csv(Path(__file__).resolve().parents[2] / "data" / "curve_peaks.csv").groupby("curve")["potential"]
    for id, label in (("cv-peak-vi", 0), ("cv-peak-vii", -1)):
        members = evidence.compute(id).members
        for curve, member in zip(electrodes.declared("silicon", "delithiation"), members, strict=True):
            humps = raw.get_group(curve)
            humps = humps[humps > 0.2].to_numpy()
            # A hump that stands beside Li15Si4 in the raw curve moves when that is left out, or is a shoulder alone.
            beside = "wetjen" in curve or "sethuraman" in curve
            if len(humps) == 2 or label == -1:
                assert member.value == pytest.approx(humps[label], abs=0.026 if beside else 0.007)


def test_one_of_the_published_curves_decides_on_peak_vi():
    inside = [abs(one.value - 0.31) <= 0.03 for one in evidence.compute("cv-peak-vi").members]
    assert sorted(inside) == [False, True, True, True]
    assert rows().loc["cv-peak-vi", "verdict"] == "depends on the model"


def test_capacity_per_silicon_by_hand():
    per_silicon = 15 / 4 * 96485.33212 / 3.6 / 28.0855
    (found,) = (one for one in evidence.findings("half-cells") if one.id == "more-silicon-lowers-capacity-per-silicon")
    for step, content in zip(found.steps, (0.2821, 0.3445, 0.3686), strict=False):
        assert step.value == pytest.approx(per_silicon * (1 + 0.165 * (1 - content) / content), rel=1e-4)


def test_slopes_of_delithiation_by_hand():
    # further down the capacity the composites with less silicon stand higher, and they hold less
    ends = []
    for content in (0.3686, 0.3445, 0.2821):
        anode = electrodes.si_c(si_fraction=content)
        total = anode.capacity_between(anode.lower_limit, 1.5, "delithiation")
        given = functools.partial(anode.capacity_between, anode.lower_limit, branch="delithiation")
        at = [
            brentq(lambda high, s=s, given=given, total=total: given(high) - s * total, 0.01, 1.49) for s in (0.1, 0.9)
        ]
        ends.append((at[1] - at[0]) / total)
    assert ends == sorted(ends)
    assert rows().loc["delithiation-slope-order", "verdict"] == "hit in order"


def test_capacity_of_a_composite_by_hand():
    per_silicon = 15 / 4 * 96485.33212 / 3.6 / 28.0855
    expected = (0.3686 - 0.2821) * per_silicon * (1 - 0.165)
    assert computed("capacity-per-composite-trend-silicon") == pytest.approx(expected, rel=0.01)


def test_currents_of_silicon_and_shell_go_with_their_mass():
    high, low = (electrodes.si_c(si_fraction=content) for content in (0.3686, 0.2821))
    potential = np.array([0.3, 0.42, 0.45])
    currents = [
        anode.branch("delithiation").parts["silicon"].differential_capacity(potential) * anode.specific_capacity
        for anode in (high, low)
    ]
    np.testing.assert_allclose(currents[0] / currents[1], 0.3686 / 0.2821, rtol=0.01)
    assert computed("cv-silicon-peaks-trend") > 0 > computed("cv-carbon-peaks-trend")


def test_mean_potential_of_pure_silicon_by_hand():
    silicon = electrodes.silicon()
    lithiation = np.linspace(silicon.lithiation(1.5, "delithiation"), 1.0, 20001)
    expected = np.trapezoid(silicon.potential(lithiation, "delithiation"), lithiation) / np.ptp(lithiation)
    members = evidence.compute("silicon-delithiation-potential").members
    assert members[0].value == pytest.approx(expected, abs=0.01)


def test_intervals_hold_their_values():
    frame = rows().dropna(subset=["computed", "lower"])
    assert len(frame) >= 9
    assert (frame["lower"] <= frame["computed"]).all()
    assert (frame["computed"] <= frame["upper"]).all()


def test_two_bounds_by_hand():
    (found,) = (one for one in evidence.findings("half-cells") if one.id == "two-bounds-on-one-capacity")
    assert found.holds
    np.testing.assert_allclose([step.value for step in found.steps], [2570, 2570 * 0.3686, 1000, 1000 / 0.3686])


def test_onset_is_the_assumed_one_and_its_interval_too():
    row = rows().loc["li15si4-onset"]
    np.testing.assert_allclose(row[["computed", "lower", "upper"]].astype(float), [0.05, 0.03, 0.07])


def test_lithiated_silicon_is_the_richest_phase():
    assert _composite_draws.first_lithiation(1.0) == pytest.approx(materials.theoretical_capacity("Si", 15 / 4))
    assert "silicon-delithiation-potential" in ledger.ids(role="predicted")


def test_fifth_cycle_by_hand():
    (found,) = (one for one in evidence.findings("half-cells") if one.id == "bound-leaves-no-room-for-fade")
    returned = 922 / 0.6 * 0.732
    expected = [returned, 1000 / 0.89, 1000 / 0.77, 100 * 1000 / returned, 0.2 / 0.07]
    assert found.holds
    np.testing.assert_allclose([step.value for step in found.steps], expected)
