"""Monte Carlo over what is assumed in the first cycle."""

import numpy as np
import numpy.testing as npt
import pytest

from sicell import SicellWarning, electrodes
from sicell.balancing import FullCell, Loss

RATIOS = [1.1, 1.3, 2.0]
NCM, SI_C = electrodes.ncm90(), electrodes.si_c()


def cell(ratios):
    return FullCell(NCM, SI_C, ratios)


@pytest.fixture(scope="module")
def result():
    return cell(RATIOS).uncertainty(4.25, 1.5, calibrate=(0.727, 2.0), draws=3000, seed=1)


def test_without_variation_it_is_the_first_cycle_of_the_same_cells():
    ratios = [1.05, 1.3, 2.0]
    loss = cell(2.0).calibrate_loss(0.727, 4.25, 1.5)
    first = cell(ratios).first_cycle(4.25, 1.5, loss=loss, warn=False)
    still = cell(ratios).uncertainty(4.25, 1.5, calibrate=(0.727, 2.0), draws=10, vary=())
    npt.assert_allclose(still.loss_share, loss.share, atol=1e-6)
    table = first.to_frame()
    for name in ("charge_capacity", "plated_capacity", "plating_margin", "anode_potential_end_of_charge"):
        npt.assert_allclose(still.samples[name], np.tile(table[name], (10, 1)), atol=1e-6, err_msg=name)
    for name in ("discharge_capacity", "anode_potential_end_of_discharge"):
        # A draw has Li15Si4 or has not; the cell has its expected share.
        npt.assert_allclose(still.samples[name], np.tile(table[name], (10, 1)), atol=2e-2, err_msg=name)


def test_wider_inputs_give_wider_intervals(result):
    one = cell(RATIOS).uncertainty(4.25, 1.5, calibrate=(0.727, 2.0), draws=1000, vary=["cathode capacity"], seed=1)
    for name in ("charge_capacity", "anode_potential_end_of_charge", "initial_coulombic_efficiency"):
        narrow, wide = (np.diff(r.interval(name)[["lower", "upper"]], axis=1)[1:] for r in (one, result))
        assert (narrow < wide).all(), name


def test_first_charge_capacity_is_drawn_with_the_range_of_the_table(result):
    drawn = result.inputs["ncm90: first_charge_capacity"]
    npt.assert_allclose(np.quantile(drawn, [0.025, 0.5, 0.975]), [226, 236, 246], atol=1.2)


def test_potentials_differ_by_the_cut_offs(result):
    for end, cutoff in (("charge", 4.25), ("discharge", 1.5)):
        difference = result.samples[f"cathode_potential_end_of_{end}"] - result.samples[f"anode_potential_end_of_{end}"]
        npt.assert_allclose(difference, cutoff, atol=1e-9)


def test_trends_of_the_medians(result):
    for name, sign in (("anode_potential_end_of_charge", 1), ("initial_coulombic_efficiency", -1)):
        assert (sign * np.diff(result.interval(name)["median"]) > 0).all()
    difference = result.difference("anode_potential_end_of_charge", 1.3, 2.0)
    assert 0 < difference["lower"] < difference["median"] < difference["upper"]
    # The difference is known better than its two terms suggest.
    widths = result.interval("anode_potential_end_of_charge").loc[[1.3, 2.0]]
    spread = np.hypot(*(widths["upper"] - widths["lower"]))
    assert difference["upper"] - difference["lower"] < spread


def test_probability_of_li15si4_falls_with_the_ratio(result):
    probability = result.interval("li15si4_probability")["mean"]
    assert probability[1.1] > 0.9
    assert 0.1 < probability[1.3] < 0.9
    assert probability[2.0] < 0.15


def test_seed_is_local_and_repeats(result):
    np.random.seed(3)  # noqa: NPY002
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    again = cell(RATIOS).uncertainty(4.25, 1.5, calibrate=(0.727, 2.0), draws=3000, seed=1)
    npt.assert_array_equal(again.samples["discharge_capacity"], result.samples["discharge_capacity"])
    npt.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    other = cell(1.3).uncertainty(4.25, 1.5, calibrate=(0.727, 2.0), draws=100, seed=2)
    assert other.samples["discharge_capacity"].shape == (100, 1)


def test_calibration_holds_draw_by_draw_but_for_scatter():
    vary = ("cathode capacity", "carbon shares", "cathode curve", "silicon curve")
    draws = cell([2.0]).uncertainty(4.25, 1.5, calibrate=(0.727, 2.0), draws=200, vary=vary)
    npt.assert_allclose(draws.samples["initial_coulombic_efficiency"], 0.727, atol=1e-6)
    assert np.ptp(draws.loss_share) > 0.01


def test_every_place_of_the_plateau_and_every_curve_has_the_same_weight(result):
    for name, members in (("silicon: first_lithiation_shift", 4), ("silicon: delithiation curve", 4)):
        counts = result.inputs[name].value_counts()
        assert len(counts) == members
        assert counts.between(650, 850).all()


def test_plateau_and_stress_move_the_end_of_charge_by_what_they_are_given():
    def draws(group):
        return cell([2.0]).uncertainty(4.25, 1.5, loss=Loss.fixed(0.158), draws=400, vary=[group])

    still = cell(2.0).first_cycle(4.25, 1.5, loss=Loss.fixed(0.158), warn=False).anode_potential_end_of_charge
    name = "anode_potential_end_of_charge"
    # At n/p 2.0 the anode is on the plateau: it goes where that goes, but for the little that carbon takes instead.
    plateau = np.unique(draws("silicon plateau").samples[name].round(9)) - still
    npt.assert_allclose(plateau, [-0.0275, -0.0025, 0.0135, 0.0165], atol=0.006)
    pressed = draws("stress")
    shift = pressed.inputs["silicon: stress_shift"].to_numpy()
    assert shift.min() < -0.01 < 0.003 < shift.max()
    npt.assert_allclose(pressed.samples[name][:, 0] - still, shift, atol=0.006)
    assert np.polyfit(shift, pressed.samples[name][:, 0], 1)[0] == pytest.approx(0.85, abs=0.1)


def test_table_has_every_quantity_at_every_ratio(result):
    table = result.to_frame()
    assert len(table) == 3 * len(result.samples)
    assert table.notna().all(axis=None)
    assert (table["lower"] <= table["upper"]).all()
    assert "3000 draws at n/p 1.1, 1.3, 2" in repr(result)


def test_given_loss_is_used():
    less, more = (cell(1.5).uncertainty(4.25, 1.5, loss=Loss.fixed(share), draws=50, seed=4) for share in (0.1, 0.2))
    assert (more.samples["discharge_capacity"] < less.samples["discharge_capacity"]).all()


def test_draws_without_solution_are_said():
    with pytest.warns(SicellWarning, match="of the draws have no solution"):
        result = cell(2.0).uncertainty(4.25, 1.5, loss=Loss.fixed(0.6), draws=100)
    assert 0.05 < result.failed < 1
    assert np.isfinite(result.interval("discharge_capacity")["median"]).all()


def test_loss_and_calibration_together_fail():
    with pytest.raises(ValueError, match="loss and calibrate must not be given both"):
        cell(1.3).uncertainty(4.25, 1.5, loss=Loss.fixed(0.1), calibrate=(0.7, 2.0))


def test_too_few_draws_fail():
    with pytest.raises(ValueError, match="draws must be a whole number of at least 10, got 3"):
        cell(1.3).uncertainty(4.25, 1.5, loss=Loss.fixed(0.1), draws=3)


def test_unknown_group_fails():
    with pytest.raises(ValueError, match=r"vary must be one of .*'carbon shares'"):
        cell(1.3).uncertainty(4.25, 1.5, loss=Loss.fixed(0.1), vary=["weather"])


def test_swapped_cutoffs_fail():
    with pytest.raises(ValueError, match="lower_cutoff must be below upper_cutoff"):
        cell(1.3).uncertainty(2.6, 3.0, loss=Loss.fixed(0.1))


def test_cutoff_in_millivolts_fails():
    with pytest.raises(ValueError, match=r"upper_cutoff must be a cell voltage in V \(divide by 1000 if it is in mV\)"):
        cell(1.3).uncertainty(4250, 1.5, loss=Loss.fixed(0.1))


def test_unknown_quantity_or_ratio_fails(result):
    with pytest.raises(ValueError, match="quantity must be one of 'charge_capacity'"):
        result.interval("energy")
    with pytest.raises(ValueError, match=r"second must be one of 1.1, 1.3, 2.0, got 1.7"):
        result.difference("charge_capacity", 1.3, 1.7)


def test_cell_of_other_electrodes_has_its_own_uncertainty():
    potential = np.linspace(0.02, 1.2, 200)
    curve = electrodes.silicon().branch("lithiation").curve
    capacity = 2000 * curve.lithiation(potential)
    mine = electrodes.Electrode.from_data(potential, capacity, reactions=4, noise=0.01)
    spread = FullCell(NCM, mine, 1.5).uncertainty(4.2, 2.5, draws=400, vary=["curves"])
    # Only the anode's potential is uncertain, by its own error.
    assert np.ptp(spread.samples["charge_capacity"]) < 8
    deviation = spread.samples["anode_potential_end_of_charge"].std()
    assert 0.005 < deviation < 0.011
    plain = FullCell(NCM, electrodes.graphite(), 1.2).uncertainty(4.2, 2.5, draws=200)
    assert "carbon shares" not in plain.groups
    assert plain.interval("charge_capacity").notna().all(axis=None)


def test_half_cell_against_lithium_has_an_uncertainty():
    spread = FullCell(NCM, electrodes.li_in()).uncertainty(3.68, 2.4, draws=200)
    assert spread.interval("charge_capacity")["upper"].iloc[0] > spread.interval("charge_capacity")["lower"].iloc[0]
