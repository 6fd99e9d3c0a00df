"""Half-cell profiles: charge is conserved, cut-offs are met, polarization has its closed form, dQ/dV its integral."""

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sicell import electrodes, half_cell
from sicell.differential import derivatives

ANODE = electrodes.si_c(si_fraction=0.37)
CATHODE = electrodes.ncm90(discharge_capacity=205.0)
USUAL = {"upper_cutoff": 1.5, "current_density": 0.1, "mass_loading": 4.0}


@pytest.fixture(scope="module")
def run():
    return half_cell.cycle(ANODE, irreversible_fraction=0.25, area_specific_resistance=30.0, **USUAL)


@given(loss=st.floats(0.1, 0.9), resistance=st.floats(0.0, 300.0), lower=st.floats(0.005, 0.1))
@settings(deadline=None, max_examples=30)
def test_charge_in_is_charge_out_plus_irreversible(loss, resistance, lower):
    result = half_cell.cycle(
        ANODE,
        lower_cutoff=lower,
        irreversible_fraction=loss,
        area_specific_resistance=resistance,
        **USUAL,
    )
    profile = result.to_frame().groupby(["Cycle Count / 1", "Step Count / 1"])["Step Capacity / Ah"].last()
    taken, given_back = profile.iloc[0], profile.iloc[1]
    # From the profile's own charge (Ah on 1 cm2) to mAh/g: an independent way round.
    assert given_back / taken == pytest.approx(1 - loss, rel=1e-9)
    lost = result.cycles["irreversible_capacity"].iloc[0]
    assert 1e3 * (taken - given_back) / (4.0e-3) == pytest.approx(lost, abs=1e-6)


def test_cutoffs_are_met_with_polarization(run):
    frame = run.to_frame()
    last = frame.groupby("Step Count / 1")["Voltage / V"].last().to_numpy()
    npt.assert_allclose(last[1::2], 1.5, atol=1e-9)
    npt.assert_allclose(last[::2], ANODE.lower_limit, atol=1e-9)


def test_first_cycle_is_crystalline_and_later_ones_amorphous(run):
    frame = run.to_frame()
    order = frame.drop_duplicates("Step Count / 1")["Branch"].tolist()
    assert order == ["first lithiation", "delithiation", "lithiation", "delithiation", "lithiation", "delithiation"]
    middle = frame["Lithiation / 1"].between(0.5, 0.6)
    first = frame[middle & (frame["Step Count / 1"] == 1)]["Voltage / V"]
    second = frame[middle & (frame["Step Count / 1"] == 3)]["Voltage / V"]
    assert first.max() < 0.1 < second.min()


def test_polarization_separates_charge_and_discharge():
    plain, resistive = (
        half_cell.cycle(ANODE, area_specific_resistance=value, irreversible_fraction=0.2, **USUAL).cycles
        for value in (0.0, 100.0)
    )
    gain = resistive - plain
    assert gain["average_delithiation_voltage"].iloc[0] > 0.005
    assert gain["average_lithiation_voltage"].iloc[0] < 0.005
    assert (gain["lithiation_capacity"] < 0).all()


def test_resistance_keeps_the_anode_from_crystallizing():
    result = half_cell.cycle(ANODE, area_specific_resistance=800.0, irreversible_fraction=0.2, **USUAL)
    assert result.cycles["lowest_potential"].iloc[0] == pytest.approx(0.085)
    frame = result.to_frame()
    step = frame[frame["Step Count / 1"] == 2]
    deep = half_cell.cycle(ANODE, irreversible_fraction=0.2, **USUAL).to_frame()
    deep = deep[deep["Step Count / 1"] == 2]
    flattest = [
        (1 / derivatives(one["Voltage / V"], one["Specific Capacity / mAh g-1"]).curve["dV/dQ"].iloc[20:-20]).max()
        for one in (step, deep)
    ]
    assert flattest[1] > 2 * flattest[0]


def test_time_current_and_charge_agree(run):
    frame = run.to_frame()
    assert np.all(np.diff(frame["Test Time / s"]) >= 0)
    for _, step in frame.groupby("Step Count / 1"):
        seconds = np.ptp(step["Test Time / s"])
        charge = seconds * abs(step["Current / A"].iloc[0]) / 3600
        assert charge == pytest.approx(step["Step Capacity / Ah"].iloc[-1])
    signs = frame.drop_duplicates("Step Count / 1")["Current / A"]
    npt.assert_array_equal(np.sign(signs), [-1, 1, -1, 1, -1, 1])


def test_ends_beyond_the_data_are_marked(run):
    frame = run.to_frame()
    marked = frame.groupby("Step Count / 1")["Extrapolated / 1"]
    assert marked.first().iloc[0]
    assert not marked.apply(lambda flags: flags.all()).any()


def test_cathode_starts_full_and_loses_what_its_capacities_say():
    result = half_cell.cycle(CATHODE, lower_cutoff=3.0, upper_cutoff=4.3, current_density=0.1, mass_loading=10.0)
    assert result.cycles["delithiation_capacity"].iloc[0] == pytest.approx(236.0)
    frame = result.to_frame()
    assert frame["Branch"].iloc[0] == "delithiation"
    assert frame["Lithiation / 1"].iloc[0] == pytest.approx(1.0)
    # The discharge starts at the potential at which the charge ended, so both capacities are those of the electrode.
    assert result.cycles["lithiation_capacity"].iloc[0] == pytest.approx(205.0)


def test_repr_gives_the_first_cycle(run):
    assert repr(run).startswith("HalfCell(3 cycles; first: ")


def test_swapped_cutoffs_fail():
    with pytest.raises(ValueError, match=r"lower_cutoff must be below upper_cutoff \(in V\), got 2 and 1.5"):
        half_cell.cycle(ANODE, lower_cutoff=2.0, **USUAL)


def test_cutoff_below_the_electrode_s_limit_fails():
    with pytest.raises(ValueError, match="must be reached between the electrode's limits"):
        half_cell.cycle(ANODE, lower_cutoff=0.0, **USUAL)


def test_polarization_larger_than_the_window_fails():
    with pytest.raises(ValueError, match="with a polarization of 1 V they ask for"):
        half_cell.cycle(ANODE, area_specific_resistance=1e4, **USUAL)


@pytest.mark.parametrize(
    ("name", "value"),
    [("current_density", -0.1), ("mass_loading", 0.0), ("area_specific_resistance", -1.0), ("cycles", 0)],
)
def test_argument_out_of_range_fails(name, value):
    with pytest.raises(ValueError, match=f"{name} must be"):
        half_cell.cycle(ANODE, **(USUAL | {name: value}))


def test_loss_below_what_side_reactions_keep_fails():
    with pytest.raises(ValueError, match=r"irreversible_fraction must be at least 0\.0.*, which side react"):
        half_cell.cycle(ANODE, irreversible_fraction=0.0, **USUAL)


def test_loss_in_percent_fails():
    with pytest.raises(ValueError, match=r"irreversible_fraction must be between 0 and 0.99, got 26.8"):
        half_cell.cycle(ANODE, irreversible_fraction=26.8, **USUAL)


def test_no_cycle_fails():
    with pytest.raises(ValueError, match="cycles must be a whole number of at least 1, got 0"):
        half_cell.cycle(ANODE, cycles=0, **USUAL)


def test_negative_resistance_fails():
    with pytest.raises(ValueError, match="area_specific_resistance must be zero or positive"):
        half_cell.cycle(ANODE, area_specific_resistance=-5.0, **USUAL)
