"""First cycles and protocols: what is brought along, held, oxidized and lost, with lithium conserved."""

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sicell import electrodes
from sicell.balancing import FullCell, HalfCycle, Loss

CELL = FullCell(electrodes.ncm90(), electrodes.si_c(), 1.5)
FULL = [HalfCycle.charge(4.25), HalfCycle.discharge(1.5)]


def lithium(leg):
    """All lithium of both electrodes at the end of a half-cycle, mAh per g of cathode."""
    cathode, anode = leg.ends
    return leg.scales[0] * cathode.lithium + leg.scales[1] * anode.lithium + leg.plated[1]


@settings(max_examples=12, deadline=None)
@given(
    shallow=st.floats(3.8, 3.95),
    over=st.floats(0.0, 0.2),
    share=st.floats(0.0, 0.2),
    weight=st.floats(0.0, 1.0),
    brought=st.floats(0.0, 0.1),
)
def test_a_protocol_conserves_lithium(shallow, over, share, weight, brought):
    steps = [
        HalfCycle.charge(shallow),
        HalfCycle.charge(4.2, over, hold=True),
        HalfCycle.discharge(2.0, over),
        *FULL,
        *FULL,
    ]
    run = CELL.run(steps, loss=Loss(share, weight), prelithiation=brought)
    ends = [next(leg for leg in reversed(run.legs) if leg.number == number) for number in range(1, len(steps) + 1)]
    # What the side reactions took is still counted in the anode, so only what is lost beyond it is missing.
    side = np.array([sum(part.kept for part in leg.ends[1].parts.values()) * leg.scales[1] for leg in ends])
    beyond = np.where(run.lost_capacity > 0, run.lost_capacity - side[:, 0], 0.0)
    total = np.array([float(lithium(leg)[0]) for leg in ends]) + beyond
    start = float(np.ravel(CELL.cathode.specific_capacity)[0]) + brought * CELL.anode_capacity
    # Between its reversals a side reaction may have gone on.
    npt.assert_allclose(total, start, rtol=1e-7)
    npt.assert_allclose(total[~run.charging], start, rtol=1e-10)
    assert (np.diff(run.lost_capacity) >= -1e-12).all()


def test_full_cycles_begin_with_the_first_cycle():
    first = CELL.first_cycle(4.25, 1.5, loss=Loss.fixed(0.15))
    run = CELL.run(FULL * 3, loss=Loss.fixed(0.15))
    npt.assert_allclose(run.capacity[:2], [first.charge_capacity, first.discharge_capacity], rtol=1e-12)
    npt.assert_array_equal(run.cycle, [1, 1, 2, 2, 3, 3])
    npt.assert_allclose(run.capacity[3::2] / run.capacity[2::2], 1, atol=1e-3)


def test_a_charge_in_two_steps_is_one_charge():
    one, two = CELL.run(FULL, loss=Loss.fixed(0.1)), CELL.run([HalfCycle.charge(4.0), *FULL], loss=Loss.fixed(0.1))
    assert two.capacity[0] + two.capacity[1] == pytest.approx(one.capacity[0], rel=1e-9)
    assert two.capacity[2] == pytest.approx(one.capacity[1], rel=1e-9)
    npt.assert_array_equal(two.cycle, [1, 1, 1])


def test_holding_the_voltage_brings_both_ends_to_equilibrium():
    slow = CELL.run(FULL, loss=Loss.fixed(0.1))
    steps = [HalfCycle.charge(4.25, 0.2, hold=True), HalfCycle.discharge(1.5, 0.2, hold=True)]
    held = CELL.run(steps, loss=Loss.fixed(0.1))
    npt.assert_allclose(held.capacity, slow.capacity, rtol=1e-9)
    assert (held.held_capacity > 0.1).all()
    profile = held.profile(200)
    for number, cutoff in ((1, 4.25), (2, 1.5)):
        part = profile[profile["Step Count / 1"] == number]
        capacity = part["Specific Capacity / mAh g-1"]
        assert capacity.is_monotonic_increasing
        assert capacity.iloc[-1] == pytest.approx(held.capacity[number - 1])
        during = part["Voltage / V"][capacity > held.capacity[number - 1] - held.held_capacity[number - 1] + 1e-6]
        npt.assert_allclose(during, cutoff)


def test_efficiency_is_its_closed_form_until_lithium_plates():
    """ICE = 1 - (lost + left - brought) / charge, whatever the ratio."""
    cells = FullCell(electrodes.ncm90(), electrodes.si_c(), np.array([1.25, 1.3, 1.7, 2.0, 2.5]))
    run = cells.run(FULL, loss=Loss.fixed(0.15), prelithiation=0.03)
    assert (run.plated_capacity == 0).all()
    discharge = run.legs[1]
    left = discharge.scales[1] * (discharge.ends[1].lithium - discharge.anode.kept)
    brought = 0.03 * cells.anode_capacity
    expected = 1 - (0.15 * cells.anode_capacity + left - brought) / run.capacity[0]
    npt.assert_allclose(run.capacity[1] / run.capacity[0], expected, rtol=1e-9)


@pytest.mark.parametrize("shallow", [3.7, 3.9, 4.1])
def test_a_shallow_formation_costs_nothing_if_the_cathode_takes_back_all_that_it_gave(shallow):
    options = {"loss": Loss.fixed(0.15), "cathode_normalization": "lithium content"}
    run = CELL.run([HalfCycle.charge(shallow), HalfCycle.discharge(1.5), *FULL], **options)
    straight = CELL.first_cycle(4.25, 1.5, **options)
    assert run.capacity[-1] == pytest.approx(straight.discharge_capacity, rel=5e-3)
    full = run.legs[2].ends[0].lithium, straight.legs[0].ends[0].lithium
    npt.assert_allclose(*full, atol=5e-3)


def test_a_loss_takes_each_part_in_proportion_and_leaves_the_crystal_alone():
    cells = FullCell(electrodes.ncm90(), electrodes.si_c(), [1.3, 2.0])
    charge, discharge = cells.first_cycle(4.25, 1.5, loss=Loss.fixed(0.15)).legs
    before, after = charge.ends[1].parts, discharge.anode.start.parts
    left = [
        (after[name].lithium - after[name].kept) / (before[name].lithium - before[name].kept)
        for name in ("silicon", "carbon", "nanofibers")
    ]
    npt.assert_allclose(left, np.broadcast_to(left[0], np.shape(left)), rtol=1e-12)
    npt.assert_array_equal(after["silicon"].reacted, before["silicon"].reacted)
    npt.assert_allclose(after["silicon"].size, left[0] * before["silicon"].size)


def test_a_deeper_charge_loses_more_only_as_far_as_the_loss_follows_the_lithiation():
    steps = [HalfCycle.charge(3.9), HalfCycle.discharge(1.5), *FULL, *FULL]
    once, follows = (CELL.run(steps, loss=Loss(0.1, weight)).lost_capacity[1::2] for weight in (0.0, 1.0))
    npt.assert_allclose(once, once[0], rtol=1e-5)
    assert follows[1] > follows[0] + 3
    assert follows[2] == pytest.approx(follows[1], abs=0.3)


def test_what_the_electrolyte_gave_lithiates_the_anode_and_leaves_the_oxide_as_it_was():
    plain = CELL.first_cycle(4.25, 1.5)
    share = 0.1
    with_it = CELL.first_cycle(4.25, 1.5, loss=Loss(0.0, oxidation=share))
    # The cathode ends its charge at nearly the same potential, and the anode holds what the electrolyte gave besides.
    from_oxide = (1 - share) * with_it.charge_capacity
    assert from_oxide == pytest.approx(plain.charge_capacity, rel=0.01)
    charge = with_it.legs[0]
    gone = CELL.cathode.specific_capacity * (1 - charge.ends[0].lithium)
    npt.assert_allclose(gone, from_oxide, rtol=1e-9)
    npt.assert_allclose(charge.scales[1] * charge.ends[1].lithium, with_it.charge_capacity, rtol=1e-9)
    assert with_it.anode_potential_end_of_charge < plain.anode_potential_end_of_charge
    # Of a half-cell, which has lithium to spare, all of it is missing in the efficiency.
    half = FullCell(electrodes.ncm90(), electrodes.lithium(), cathode_capacity=207)
    ratio = half.first_cycle(4.3, 3.0, loss=Loss(0.0, oxidation=share)).initial_coulombic_efficiency
    assert ratio == pytest.approx((1 - share) * half.first_cycle(4.3, 3.0).initial_coulombic_efficiency, rel=1e-9)


def test_one_efficiency_fits_any_oxidation():
    for share in (0.0, 0.05, 0.1):
        loss = CELL.calibrate_loss(0.75, 4.25, 1.5, oxidation=share)
        assert CELL.first_cycle(4.25, 1.5, loss=loss).initial_coulombic_efficiency == pytest.approx(0.75, abs=1e-9)


def test_mean_voltage_is_the_energy_of_the_profile():
    cells = FullCell(electrodes.ncm90(), electrodes.si_c(), np.array([1.1, 1.6]))
    first = cells.first_cycle(4.25, 1.5, loss=Loss.fixed(0.15), polarization=0.01, warn=False)
    for cell, (_, profile) in enumerate(first.profile(2000).groupby("N/P Ratio / 1")):
        last = profile[profile["Step Count / 1"] == 2]
        charge = last["Specific Capacity / mAh g-1"].to_numpy()
        mean = np.trapezoid(last["Voltage / V"], charge) / charge[-1]
        assert first.mean_discharge_voltage[cell] == pytest.approx(mean, abs=1e-4)


def test_oxidation_in_percent_fails():
    with pytest.raises(ValueError, match=r"oxidation must be between 0 and 0\.5, got 5"):
        Loss(0.1, oxidation=5)


def test_a_cutoff_in_place_of_a_step_fails():
    with pytest.raises(TypeError, match="steps must be a HalfCycle such as"):
        CELL.run([4.25, 1.5])


def test_prelithiation_makes_up_for_the_loss_as_lithium_conservation_says():
    share = np.array([0.0, 0.05, 0.1])
    first = CELL.first_cycle(4.25, 1.5, loss=Loss.fixed(0.15), prelithiation=share, warn=False)
    brought = share * CELL.anode_capacity
    discharge = first.legs[1]
    left = discharge.scales[1] * (discharge.ends[1].lithium - discharge.anode.kept)
    # Out of the cathode, plus what was brought, less what was lost: that comes back, but for what stays in the anode.
    expected = first.charge_capacity + brought - first.lost_capacity - left
    npt.assert_allclose(first.discharge_capacity, expected, rtol=1e-10)
    assert (np.diff(first.initial_coulombic_efficiency) > 0.005).all()
    # A fuller anode ends its charge lower in potential.
    assert (np.diff(first.anode_potential_end_of_charge) < 0).all()
    npt.assert_allclose(first.lost_capacity, 0.15 * CELL.anode_capacity)


def test_so_much_prelithiation_that_lithium_plates_is_said():
    with pytest.warns(UserWarning, match="lithium plates"):
        first = CELL.first_cycle(4.25, 1.5, prelithiation=0.4)
    assert first.plated_capacity > 0


def test_prelithiation_in_percent_fails():
    with pytest.raises(ValueError, match=r"prelithiation must be between 0 and 0\.99, got 10"):
        CELL.first_cycle(4.25, 1.5, prelithiation=10)


def test_prelithiation_of_a_reference_electrode_fails():
    with pytest.raises(ValueError, match="prelithiation must be left out beside Li"):
        FullCell(electrodes.ncm90(), electrodes.li_in()).first_cycle(3.6, 2.5, prelithiation=0.1)
