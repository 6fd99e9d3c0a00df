"""Electrodes: branches, blends, hysteresis, Li15Si4, extrapolation, own data, and the tables behind them."""

import re

import numpy as np
import numpy.testing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sicell
from sicell import _data, electrodes
from sicell.electrodes import BRANCHES, Branch, Electrode, Part, PhaseChange, blend
from sicell.electrodes import _files as files
from sicell.msmr import Msmr

SILICON = electrodes.silicon()
GRAPHITE = electrodes.graphite()
_SHELL = {key: electrodes.curve(f"carbon-shell-{key}") for key in ("lithiation", "delithiation")}
_SHELL = {key: Branch({"carbon": one.curve.normalized(0.005, 2.5)}) for key, one in _SHELL.items()}
CARBON = Electrode("carbon", [Part("carbon", _SHELL)], 450.0, "carbon", 0.005, 2.5)
COMPOSITE = electrodes.si_c(si_fraction=0.37)
HOST = electrodes.si_c(si_fraction=0.37, electrolyte_share=0.0)
CATHODE = electrodes.ncm90(discharge_capacity=205.0)
ALL = {one.name: one for one in (SILICON, GRAPHITE, CARBON, COMPOSITE, CATHODE)}

shares = st.floats(0.0, 1.0)
any_electrode = st.sampled_from(sorted(ALL))
any_branch = st.sampled_from(BRANCHES)


@given(name=any_electrode, branch=any_branch, lithiation=shares)
@settings(deadline=None)
def test_inverse_after_forward_is_the_identity(name, branch, lithiation):
    electrode = ALL[name]
    potential = electrode.potential(lithiation, branch)
    assert electrode.lithiation(potential, branch) == pytest.approx(lithiation, abs=1e-10)


@given(name=any_electrode, branch=any_branch, values=st.lists(shares, min_size=2, max_size=40, unique=True))
@settings(deadline=None)
def test_potential_falls_with_lithiation_on_every_branch(name, branch, values):
    lithiation = np.sort(values)
    lithiation = lithiation[np.insert(np.diff(lithiation) > 1e-7, 0, True)]
    assert np.all(np.diff(ALL[name].potential(lithiation, branch)) < 0)


@given(name=any_electrode, lithiation=st.floats(1e-4, 0.9999))
@settings(deadline=None)
def test_delithiation_lies_above_lithiation(name, lithiation):
    electrode = ALL[name]
    assert electrode.potential(lithiation, "delithiation") > electrode.potential(lithiation, "lithiation")


@given(lithiation=st.floats(0.002, 0.999))
@settings(deadline=None)
def test_delithiation_lies_above_first_lithiation_of_the_host(lithiation):
    # Without the charge of the electrolyte, which counts in the first lithiation but never enters the host.
    for electrode in (SILICON, HOST):
        assert electrode.potential(lithiation, "delithiation") > electrode.potential(lithiation, "first lithiation")


@given(potential=st.floats(0.0, 3.0), fraction=st.floats(0.05, 0.95), branch=any_branch)
@settings(deadline=None, max_examples=40)
def test_blend_holds_the_charge_of_its_parts(potential, fraction, branch):
    mixed = blend("mixed", [(SILICON, fraction), (CARBON, 1 - fraction)])
    capacity = mixed.specific_capacity * mixed.lithiation(potential, branch)
    parts = [part.specific_capacity * part.lithiation(potential, branch) for part in (SILICON, CARBON)]
    assert capacity == pytest.approx(fraction * parts[0] + (1 - fraction) * parts[1], abs=1e-8)


def test_blend_of_different_limits_keeps_the_charge_between_them():
    mixed = blend("mixed", [(SILICON, 0.1), (GRAPHITE, 0.9)])
    assert (mixed.lower_limit, mixed.upper_limit) == (GRAPHITE.lower_limit, GRAPHITE.upper_limit)
    limits = np.array([mixed.lower_limit, mixed.upper_limit])
    silicon = -np.diff(SILICON.lithiation(limits, "first lithiation"))[0] * SILICON.specific_capacity
    assert mixed.specific_capacity == pytest.approx(0.1 * silicon + 0.9 * GRAPHITE.specific_capacity)
    assert mixed.density == pytest.approx(1 / (0.1 / SILICON.density + 0.9 / GRAPHITE.density))


def test_blend_of_blends_keeps_all_parts():
    inner = blend("inner", [(SILICON, 0.5), (CARBON, 0.5)])
    outer = blend("outer", [(inner, 0.5), (GRAPHITE, 0.5)])
    assert list(outer.branch("lithiation").parts) == ["inner: silicon", "inner: carbon", "graphite"]
    table = outer.contributions([0.05, 0.2], "lithiation")
    npt.assert_allclose(table.sum(axis=1), outer.lithiation([0.05, 0.2]))


@pytest.mark.parametrize("branch", BRANCHES)
def test_contributions_add_up(branch):
    potential = np.linspace(0.01, 2.0, 30)
    table = COMPOSITE.contributions(potential, branch)
    npt.assert_allclose(table.sum(axis=1), COMPOSITE.lithiation(potential, branch), atol=1e-12)
    assert ("electrolyte" in table) == (branch == "first lithiation")


def test_limits_are_full_and_empty():
    for electrode in ALL.values():
        for branch in BRANCHES:
            ends = electrode.lithiation([electrode.lower_limit, electrode.upper_limit], branch)
            npt.assert_allclose(ends, [1, 0], atol=1e-12)


def test_first_lithiation_of_crystalline_silicon_has_its_plateau_and_amorphous_silicon_has_none():
    potential = np.linspace(0.01, 0.6, 5000)
    first = SILICON.differential_capacity(potential, "first lithiation")
    # Two-phase plateau of crystalline silicon: 0.08 V in the book's paper, which the curve does not know.
    assert potential[first.argmax()] == pytest.approx(0.08, abs=0.005)
    later = SILICON.differential_capacity(potential, "lithiation")
    assert later.max() < first.max() / 2


def test_li15si4_plateau_appears_only_after_deep_lithiation():
    potential = np.linspace(0.3, 0.6, 5000)
    deep = SILICON.differential_capacity(potential, "delithiation", lowest_potential=0.005)
    shallow = SILICON.differential_capacity(potential, "delithiation", lowest_potential=0.09)
    assert potential[deep.argmax()] == pytest.approx(0.42, abs=0.005)
    assert deep.max() > 4 * shallow.max()


def test_probability_of_li15si4_against_the_lowest_potential():
    probability = SILICON.phase_change.probability(np.array([0.005, 0.05, 0.075]))
    assert probability[0] > 0.999
    assert probability[1] == pytest.approx(0.5)
    assert 0.001 < probability[2] < 0.01
    assert np.all(np.diff(SILICON.phase_change.probability(np.linspace(0, 0.1, 50))) <= 0)


def test_electrode_without_the_phase_has_no_crystalline_share():
    npt.assert_array_equal(GRAPHITE.crystalline_share([0.0, 0.1]), [0.0, 0.0])


def test_array_of_lowest_potentials_equals_single_calls():
    lowest = np.array([0.005, 0.045, 0.05, 0.06, 0.09])
    lithiation = np.linspace(0.1, 0.9, 5)
    together = COMPOSITE.potential(lithiation, "delithiation", lowest)
    alone = [COMPOSITE.potential(x, "delithiation", v) for x, v in zip(lithiation, lowest, strict=True)]
    npt.assert_allclose(together, alone, atol=1e-9)
    npt.assert_allclose(COMPOSITE.lithiation(together, "delithiation", lowest), lithiation, atol=1e-10)


def test_many_turning_points_one_by_one_stay_right():
    lowest = np.linspace(0.03, 0.07, 40)
    alone = [COMPOSITE.potential(0.5, "delithiation", value) for value in lowest]
    npt.assert_allclose(alone, COMPOSITE.potential(0.5, "delithiation", lowest), atol=1e-9)


def test_lowest_potentials_broadcast_against_lithiation():
    table = SILICON.potential(np.linspace(0.2, 0.8, 4), "delithiation", np.array([[0.005], [0.09]]))
    assert table.shape == (2, 4)
    npt.assert_allclose(table[1], SILICON.potential(np.linspace(0.2, 0.8, 4), "delithiation", 0.09), atol=1e-9)


def test_vectorized_equals_single_calls():
    lithiation = np.linspace(0.01, 0.99, 7)
    for branch in BRANCHES:
        single = [COMPOSITE.potential(value, branch) for value in lithiation]
        npt.assert_allclose(COMPOSITE.potential(lithiation, branch), single, atol=1e-13)


def test_beyond_the_measured_range_is_marked():
    flags = SILICON.extrapolated([0.005, 0.1, 1.0, 2.1], "first lithiation")
    npt.assert_array_equal(flags, [True, False, False, True])
    assert CATHODE.extrapolated(4.33, "delithiation")
    assert CARBON.extrapolated(0.1).all()


def test_more_silicon_gives_more_capacity_and_less_carbon():
    contents = [0.28, 0.34, 0.37, 1.0]
    made = [electrodes.si_c(si_fraction=value) for value in contents[:3]]
    made.append(electrodes.si_c(si_fraction=1.0, nanofiber_share=0, electrolyte_share=0))
    assert np.all(np.diff([one.specific_capacity for one in made]) > 0)
    assert made[-1].specific_capacity == pytest.approx(SILICON.specific_capacity)
    assert list(made[-1].branch("lithiation").parts) == ["silicon"]


def test_another_public_curve_can_be_chosen():
    other = electrodes.silicon(curves={"delithiation": "silicon-delithiation-lu"})
    shallow = [one.potential(0.5, "delithiation", lowest_potential=0.09) for one in (SILICON, other)]
    assert shallow[0] != shallow[1]


def test_cathode_is_scaled_to_its_two_capacities():
    assert CATHODE.capacity_between(3.0, 4.3, "lithiation") == pytest.approx(205.0)
    assert CATHODE.capacity_between(3.0, 4.3, "delithiation", first_cycle=True) == pytest.approx(236.0)
    assert SILICON.capacity_between(0.005, 2.5, "first lithiation") == pytest.approx(SILICON.specific_capacity)


def test_silicon_is_li15si4_and_graphite_lic6():
    # Faraday's constant over the molar masses: 3.75 Li per Si, 1 Li per C6.
    assert SILICON.specific_capacity == pytest.approx(3.75 * 96485.332 / 3.6 / 28.0855, rel=1e-4)
    assert GRAPHITE.specific_capacity == pytest.approx(96485.332 / 3.6 / (6 * 12.011), rel=1e-3)


def test_reference_electrodes_are_constant():
    assert electrodes.lithium().potential() == 0.0
    npt.assert_array_equal(electrodes.li_in().potential([0.1, 0.9]), [0.62, 0.62])


def test_oxide_turns_at_its_potential_and_keeps_its_loss():
    charged = CATHODE.follow(CATHODE.start(full=True), "delithiation").stop(4.25)
    back = CATHODE.follow(charged, "lithiation")
    assert back.potential(charged.lithium) == pytest.approx(4.25, abs=1e-9)
    full = back.stop(CATHODE.lower_limit)
    window = [CATHODE.capacity_between(3.0, 4.25, way, way == "delithiation") for way in ("delithiation", "lithiation")]
    assert 1 - full.lithium == pytest.approx((window[0] - window[1]) / CATHODE.specific_capacity)


def test_many_electrodes_are_as_many_single_ones():
    content = np.array([[0.3], [0.4], [0.5]])
    many = electrodes.si_c(content)
    path = many.spread((3, 2)).follow(many.start(), "lithiation")
    found = path.lithium(np.tile([0.05, 0.3], 3)).reshape(3, 2)
    for row, share in zip(found, content.ravel(), strict=True):
        one = electrodes.si_c(share)
        npt.assert_allclose(row, one.follow(one.start(), "lithiation").lithium(np.array([0.05, 0.3])), atol=1e-12)


@pytest.fixture(scope="module")
def measured():
    truth = Msmr([0.37, 0.25, 0.1], [0.15, 0.4, 0.45], [3.3, 0.9, 0.8]).normalized(0.01, 1.2)
    lithiation = np.linspace(0, 1, 250)
    return truth, truth.potential(lithiation), 1800 * lithiation


def test_own_data_are_recovered(measured):
    truth, potential, capacity = measured
    mine = Electrode.from_data(potential, capacity, reactions=3, name="mine")
    probe = np.linspace(0.02, 0.98, 49)
    npt.assert_allclose(mine.potential(probe), truth.potential(probe), atol=1e-3)
    npt.assert_allclose(mine.potential(probe, "delithiation"), mine.potential(probe))
    assert mine.specific_capacity == pytest.approx(1800)
    assert (mine.lower_limit, mine.upper_limit) == pytest.approx((0.01, 1.2))
    assert mine.extrapolated(1.3)


def test_own_data_in_any_order_and_with_both_directions(measured):
    truth, potential, capacity = measured
    shuffled = np.random.default_rng(0).permutation(potential.size)
    back = potential + 0.05 * np.sin(np.pi * capacity / 1800)
    mine = Electrode.from_data(
        potential[shuffled], capacity[shuffled], reactions=3, delithiation=(back[::-1], 0.9 * capacity)
    )
    assert mine.potential(0.5, "delithiation") - mine.potential(0.5) == pytest.approx(0.05, abs=0.005)
    assert mine.reversible_capacity == pytest.approx(0.9 * 1800, rel=0.01)
    assert mine.potential(0.5) == pytest.approx(truth.potential(0.5), abs=2e-3)


@pytest.mark.parametrize("reverse", [False, True])
def test_own_data_counted_backwards(measured, reverse):
    truth, potential, capacity = measured
    capacity = 1800 - capacity if reverse else capacity
    mine = Electrode.from_data(potential, capacity, reactions=3)
    assert mine.potential(0.3) == pytest.approx(truth.potential(0.3), abs=1e-3)


@pytest.mark.parametrize("name", files.names())
def test_a_file_gives_reason_source_and_range_of_everything(name):
    file = files.load(name)
    for key, entry in file.get("parameters", {}).items():
        assert len(entry["reason"]) > 10, f"{key}: the reason is missing or a word only"
        assert entry["range"][0] <= entry["value"] <= entry["range"][1]
    for branch, entry in file.get("branches", {}).items():
        assert len(entry["reason"]) > 20, branch
        for curve in files.declared(name, branch):
            assert electrodes.curve(curve).source
    for key, entry in file.get("curves", {}).items():
        asked = {"source", "status", "reactions"} | ({"measured", "rms"} if entry["status"] == "fitted" else set())
        assert asked <= set(entry), f"{key} lacks {asked - set(entry)}"
        if entry["status"] == "fitted":
            assert entry["measured"][0] < entry["measured"][1]
            assert entry["rms"] < 3
        else:
            reactions, lower, upper = (np.array(entry[key]) for key in ("reactions", "lower", "upper"))
            assert ((lower <= reactions) & (reactions <= upper)).all()


@pytest.mark.parametrize("name", [curve for name in files.names() for curve in files.load(name).get("curves", {})])
def test_every_curve_on_file_can_be_used(name):
    lithiation = electrodes.curve(name).curve.lithiation(np.linspace(0.0, 4.4, 200))
    assert np.all(np.diff(lithiation) <= 0)


def test_assumptions_lists_curves_and_scalars():
    table = electrodes.assumptions()
    assert {"carbon-shell-lithiation", "silicon", "ncm90"} <= set(table["electrode"])
    assert isinstance(table, pd.DataFrame)


def test_repr_names_capacity_and_limits():
    assert repr(GRAPHITE).startswith("Electrode('graphite', 372 mAh per g graphite, 0.009–2.5 V")


@pytest.mark.parametrize("lithiation", [-0.01, 1.01, 37])
def test_lithiation_outside_zero_to_one_fails(lithiation):
    with pytest.raises(ValueError, match=f"lithiation must be between 0 and 1, got {lithiation:g}"):
        SILICON.potential(lithiation)


def test_nan_lithiation_fails():
    with pytest.raises(ValueError, match="lithiation must be finite, got nan at position 1"):
        SILICON.potential([0.1, np.nan])


def test_unknown_branch_fails():
    with pytest.raises(ValueError, match=r"branch must be one of 'first lithiation', .*, got 'charge'"):
        SILICON.potential(0.5, "charge")


def test_unknown_curve_fails():
    with pytest.raises(ValueError, match=r"curve must be one of .*, got 'mark'"):
        electrodes.silicon(curves={"lithiation": "mark"})


def test_silicon_content_in_percent_fails():
    with pytest.raises(ValueError, match=r"si_fraction must be between 0.01 and 1, got 37"):
        electrodes.si_c(si_fraction=37)


def test_side_reactions_beyond_the_carbon_share_fail():
    with pytest.raises(ValueError, match=r"must not exceed carbon_share 0.1, got 0.08 and 0.05"):
        electrodes.si_c(si_fraction=0.37, carbon_share=0.1, nanofiber_share=0.08, electrolyte_share=0.05)


def test_share_above_one_fails():
    with pytest.raises(ValueError, match=r"share must be between 0 and 1, got 1.5"):
        PhaseChange(0.05, 0.005, 1.5)


def test_negative_capacity_fails():
    with pytest.raises(ValueError, match=r"specific_capacity must be positive \(in mAh/g\), got -5"):
        electrodes.graphite(specific_capacity=-5)


def test_part_without_branches_fails():
    with pytest.raises(ValueError, match="branches must hold one of"):
        Part("empty", {})


def test_part_with_a_misnamed_branch_fails():
    branches = {"lithiation": GRAPHITE.branch("lithiation"), "charge": GRAPHITE.branch("lithiation")}
    with pytest.raises(ValueError, match=r"branches must be one of .*, got 'charge'"):
        Part("odd", branches)


def test_unknown_direction_fails():
    with pytest.raises(ValueError, match="direction must be one of 'lithiation', 'delithiation', got 'charge'"):
        SILICON.follow(SILICON.start(), "charge")


def test_mass_fractions_that_do_not_add_up_fail():
    with pytest.raises(ValueError, match=r"mass fractions must add up to 1, got 0.9"):
        blend("short", [(SILICON, 0.1), (GRAPHITE, 0.8)])


def test_blend_of_anode_and_cathode_fails():
    with pytest.raises(ValueError, match=r"limits of the parts must overlap, got 3 V above 2.5 V"):
        blend("odd", [(SILICON, 0.5), (CATHODE, 0.5)])


def test_blend_of_two_phase_changes_fails():
    with pytest.raises(ValueError, match="only one part of a blend may have a phase change"):
        blend("odd", [(SILICON, 0.5), (COMPOSITE, 0.5)])


def test_own_data_in_millivolts_fail(measured):
    with pytest.raises(ValueError, match="divide by 1000 if it is in mV"):
        Electrode.from_data(1000 * measured[1], measured[2])


def test_own_data_of_two_points_fail():
    with pytest.raises(ValueError, match="must have at least 20 different values"):
        Electrode.from_data([0.2, 0.1], [0.0, 100.0])


def test_own_branches_without_a_common_potential_fail(measured):
    _, potential, capacity = measured
    with pytest.raises(ValueError, match="delithiation must overlap the other branch in potential"):
        Electrode.from_data(potential, capacity, reactions=3, delithiation=(potential + 2, capacity))


def test_branch_of_assumed_curve_is_all_extrapolation():
    branch = Branch({"x": Msmr([0.1], [1.0], [1.0])})
    npt.assert_array_equal(branch.extrapolated([0.1, 0.2]), [True, True])


def test_ampere_hours_in_place_of_a_specific_capacity_are_not_taken_in_silence(measured):
    _, potential, capacity = measured
    with pytest.warns(sicell.SicellWarning, match="multiply Ah by 1000, divide by the mass in g"):
        Electrode.from_data(potential, 1e-3 * 2.5e-4 * capacity, reactions=3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "mine"', "section parameters needs 'lower_limit', has nothing"),
        ("[parameters.specific_capacity]\nvalue = 300.0", "needs 'lower_limit', has specific_capacity"),
        (
            "[parameters]\nspecific_capacity = {value = 300.0}\nlower_limit = {value = 0.01}\n"
            "upper_limit = {value = 1.0}",
            "section branches needs",
        ),
        ("[curves.x]\nreactions = [[0.1, 1.0]]", "each row of reactions must have potential, fraction, width"),
        ("[curves.x]\nreactions = [[0.1, 1.0, 1.0]]", "curve x needs 'temperature', has reactions"),
    ],
)
def test_a_file_that_lacks_something_says_what(text, said, tmp_path, monkeypatch):
    (tmp_path / "electrodes").mkdir()
    (tmp_path / "electrodes" / "mine.toml").write_text(text)
    (tmp_path / "curves.toml").write_text("[curves]")
    monkeypatch.setattr(_data, "folder", lambda: tmp_path)
    monkeypatch.setattr(_data, "path", lambda name: tmp_path / name)
    for cached in (files.names, files.load, files._curves, files.curve):
        monkeypatch.setattr(files, cached.__name__, cached.__wrapped__)
    with pytest.raises(ValueError, match=re.escape(said)):
        electrodes.curve("x") if "curves" in text else electrodes.on_file("mine")
