"""Full cells: what the chapter computes, found once more on another way."""

import functools

import numpy as np
import pytest
from scipy.linalg import solve_banded

from companion import evidence, ledger
from poetke2021 import cells
from poetke2021.full_cells import kinetics


@functools.cache
def computed():
    return evidence.reproduce("full-cells").set_index("id")


def test_every_claim_of_the_chapter_is_computed_and_only_the_expected_one_misses():
    pending = [row.id for row in computed().reset_index().itertuples() if row.status != "computed"]
    assert not pending, f"no @computes for {pending}"
    assert computed().index[computed()["verdict"].str.startswith("miss")].tolist() == ["rate-capability-np-dependence"]


def test_calibrated_loss_gives_the_efficiency_it_was_calibrated_on():
    efficiency = cells.first_cycle(2.0).initial_coulombic_efficiency
    assert efficiency == pytest.approx(ledger.value("ice-np-2.0") / 100, abs=1e-9)


def test_first_discharge_conserves_lithium():
    # what the cathode takes back is what the anode gives, and 1.5 V lie between the two
    first, cell = cells.first_cycle(1.3), cells.cell(1.3)
    u = first.anode_potential_end_of_discharge
    path = first.legs[1].anode.take(0)
    left = (path.lithium(u) - path.kept) * cell.anode_capacity
    lost = cell.anode_capacity * cells.calibrated_loss().share
    assert first.lost_capacity == pytest.approx(lost)
    assert first.discharge_capacity == pytest.approx(first.charge_capacity - lost - left, abs=1e-6)
    assert cell.cathode.potential(first.cathode_lithiation_end_of_discharge, "lithiation") - u == pytest.approx(1.5)


def test_intervals_hold_the_single_computation():
    rows = computed().loc[["discharge-capacity-0.07", "first-discharge-against-li-in-cv"]]
    single = cells.first_cycle(1.3).discharge_capacity * np.array([1.0, 100 / 207])
    assert ((rows["lower"] < single) & (single < rows["upper"])).all()
    np.testing.assert_allclose(rows["computed"], single, rtol=0.01)


def test_graphite_loses_what_its_printed_share_implies():
    reference = cells.graphite_first_cycle(cells.graphite_loss()).discharge_capacity
    assert reference == pytest.approx(187 / 0.92, abs=1e-6)
    assert cells.graphite_loss().share == pytest.approx(0.145, abs=0.002)
    rows = computed()
    for id, share, of in (("li-in-cv", 0.94, 207), ("graphite-cv", 0.95, 187 / 0.92)):
        row = rows.loc[f"first-discharge-against-{id}"]
        assert row["reported"] == 100 * share
        assert row["computed"] == pytest.approx(100 * rows.loc["discharge-capacity-0.07", "computed"] / of)


def test_full_cell_is_lower_than_the_half_cell_by_the_mean_potential_of_the_anode():
    first = cells.first_cycle(1.3)
    last = first.profile().query("`Step Count / 1` == 2")
    charge = last["Specific Capacity / mAh g-1"].to_numpy()
    anode = np.trapezoid(last["Anode Potential / V"].to_numpy(), charge) / charge[-1]
    # the two discharges of the cathode do not begin and end alike
    assert computed().loc["full-cell-plateau-lowered", "computed"] == pytest.approx(-anode, abs=0.06)


def test_draws_stand_at_the_four_printed_ratios():
    assert cells.uncertainty().np_ratio.tolist() == [1.1, 1.3, 1.7, 2.0]


def test_mean_voltage_is_between_the_ends_and_lower_than_with_lithium_indium_at_its_scale():
    first = cells.first_cycle(1.3)
    leg = first.legs[1]
    q = np.linspace(0, first.discharge_capacity, 4001)
    cathode, anode = (
        path.take(0).potential(path.take(0).start.lithium + sign * q / scale[0])
        for path, scale, sign in zip((leg.cathode, leg.anode), leg.scales, (1, -1), strict=True)
    )
    assert first.mean_discharge_voltage == pytest.approx(np.mean(cathode - anode), abs=0.01)


def test_average_voltage_is_lower_whatever_graphite_loses():
    row = computed().loc["average-discharge-voltage-si-c-lower"]
    assert -0.4 < row["lower"] <= row["computed"] <= row["upper"] < -0.2


def test_diffusion_time_agrees_with_the_settled_sphere():
    # capacity left behind = current per gram times R^2/(15 D), once the profile in the sphere has settled
    loading = 7400 / 1.3 / 207
    left = 1e3 * 1.47 / loading * kinetics.time_constant() / 15
    assert left == pytest.approx(cells.first_cycle(1.3).discharge_capacity - 125, rel=0.08)


def emptied_sphere(start, flux, tau, shells=150, step=2e-5):
    """Time, in tau, until the surface of a sphere is empty: finite volumes and implicit steps."""
    edge = np.linspace(0, 1, shells + 1)
    volume = np.diff(edge**3) / 3
    link = edge[1:-1] ** 2 * shells
    bands = np.zeros((3, shells))
    bands[1] = volume
    bands[1, :-1] += step * link
    bands[1, 1:] += step * link
    bands[0, 1:] = bands[2, :-1] = -step * link
    content, time = np.full(shells, start), 0.0
    surface = start
    while surface > 0:
        right = volume * content
        right[-1] -= step * flux
        content = solve_banded((1, 1), bands, right)
        surface = content[-1] - flux / (2 * shells)
        time += step
    return time * tau


@pytest.mark.parametrize("ratio", [1.3, 2.0])
def test_capacity_at_high_current_is_that_of_a_sphere_cut_into_shells(ratio):
    # the discharge ends when the surface is empty; a third of the emptying rate flows through unit surface
    leg, tau = cells.first_cycle(ratio).legs[1], kinetics.time_constant()
    scale = float(leg.scales[1][0])
    size = scale * float(np.ravel(leg.anode.reacted)[0])
    per_hour = 1.47 * 207 * ratio / 7.4 / size
    held = scale * float(np.ravel(leg.anode.start.lithium - leg.anode.kept)[0])
    hours = emptied_sphere(held / size, per_hour * tau / 3, tau)
    assert kinetics.sphere_capacity(ratio) == pytest.approx(hours * per_hour * size, abs=1.0)


def test_rate_model_of_the_lowest_ratio_starts_before_lithium_plates():
    assert cells.first_cycle(1.1).plated_capacity > 0
    assert kinetics.before_plating(1.1).plated_capacity == 0
    assert kinetics.before_plating(1.3).charge_capacity == cells.first_cycle(1.3).charge_capacity


def test_guess_is_one_loss_per_anode_without_a_curve():
    assert computed().loc["discharge-capacity-0.07", "null"] == pytest.approx(236 * (1 - 0.273 * 1.3 / 2.0))


def test_findings_of_the_chapter_hold():
    found = evidence.findings("full-cells")
    assert {one.id for one in found} == {"ncm-capacity-twice", "rate-test-against-cycling"}
    assert all(one.holds for one in found)


def test_lowered_plateau_is_equilibrium_but_for_a_few_millivolts():
    parts = kinetics.lowered_by(0.07)
    assert (parts["lower"] <= parts["value"]).all()
    assert (parts["value"] <= parts["upper"]).all()
    equilibrium = parts.loc["anode at rest", "value"]
    assert equilibrium == pytest.approx(-1e3 * computed().loc["full-cell-plateau-lowered", "computed"])
    assert parts["upper"].drop("anode at rest").sum() < 0.03 * equilibrium


def test_line_through_the_anode_explains_the_rate_test_and_hardly_sees_the_ratio():
    assert kinetics.line_capacity(1.3) == pytest.approx(125, abs=0.2)
    spread = np.ptp([kinetics.line_capacity(ratio) for ratio in (1.1, 1.3, 1.7, 2.0)])
    assert 5 < spread < 0.4 * computed().loc["rate-capability-np-dependence", "computed"]
    # A cathode whose electrolyte resists gets thinner with the ratio, so its limit runs the other way.
    assert kinetics.printed_capacity(1.3) == pytest.approx(125, abs=0.5)
    assert kinetics.printed_capacity(1.1) + 10 < 125 < kinetics.printed_capacity(2.0) - 10
    # Such a resistance is far from what the recipe gives once it is read so that it conducts.
    assert kinetics.line_resistance() > 20 * kinetics.ionic_resistances().loc[("anode", "swapped"), "upper"]
