"""Full cells: stoichiometry limits, first cycles, losses."""

import re

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from sicell import SicellWarning, electrodes
from sicell.balancing import FullCell, HalfCycle, Loss, stoichiometry_limits
from sicell.electrodes import Branch, Electrode, Part
from sicell.msmr import Msmr

SI_C, NCM = electrodes.si_c(), electrodes.ncm90()
LOSS = Loss.fixed(0.16)
THERMAL = 8.31446261815324 * 298.15 / 96485.33212


def straight_positive(y):
    return 4.5 - y


def straight_negative(x):
    return 0.5 - 0.5 * x


def chen_graphite(sto):
    return (
        1.9793 * np.exp(-39.3631 * sto)
        + 0.2482
        - 0.0909 * np.tanh(29.8538 * (sto - 0.1234))
        - 0.04478 * np.tanh(14.9159 * (sto - 0.2769))
        - 0.0205 * np.tanh(30.4444 * (sto - 0.6103))
    )


def chen_nmc(sto):
    return (
        -0.8090 * sto
        + 4.4875
        - 0.0428 * np.tanh(18.5138 * (sto - 0.5542))
        - 17.7326 * np.tanh(15.7890 * (sto - 0.3117))
        + 17.5842 * np.tanh(15.9308 * (sto - 0.3120))
    )


@given(
    q_p=st.floats(1.0, 3.0), q_n=st.floats(1.0, 3.0), share=st.floats(0.4, 0.9), low=st.floats(3.2, 3.6),
    high=st.floats(3.9, 4.1),
)  # fmt: skip
def test_straight_lines_have_their_closed_form(q_p, q_n, share, low, high):
    lithium = share * min(q_p, q_n)
    args = (straight_positive, straight_negative, q_p, q_n, lithium)
    limits = stoichiometry_limits(*args, low, high, infeasible="nan")
    for voltage, x, y in ((low, limits.x_0, limits.y_0), (high, limits.x_100, limits.y_100)):
        # 4.5 - (lithium - q_n x) / q_p - 0.5 + 0.5 x = voltage
        closed = (voltage - 4.0 + lithium / q_p) / (q_n / q_p + 0.5)
        other = (lithium - q_n * closed) / q_p
        if 1e-6 < closed < 1 - 1e-6 and 1e-6 < other < 1 - 1e-6:
            assert x == pytest.approx(closed, abs=1e-9)
            assert y == pytest.approx(other, abs=1e-9)
        elif not (-1e-6 < closed < 1 + 1e-6 and -1e-6 < other < 1 + 1e-6):
            assert np.isnan(x)


def feasible_cells(cells, seed=0):
    random = np.random.default_rng(seed)
    q_p = random.uniform(7.5, 8.5, cells)
    return q_p, random.uniform(5.6, 6.5, cells), random.uniform(0.85, 0.92, cells) * q_p


def test_both_ends_obey_lithium_conservation_and_the_cut_offs():
    q_p, q_n, lithium = feasible_cells(2000)
    limits = stoichiometry_limits(chen_nmc, chen_graphite, q_p, q_n, lithium, 2.5, 4.2)
    for end, voltage in (("0", 2.5), ("100", 4.2)):
        x, y = getattr(limits, f"x_{end}"), getattr(limits, f"y_{end}")
        npt.assert_allclose(q_n * x + q_p * y, lithium, rtol=1e-13)
        npt.assert_allclose(chen_nmc(y) - chen_graphite(x), voltage, atol=1e-9)
        npt.assert_allclose(getattr(limits, f"negative_potential_{end}"), chen_graphite(x), atol=1e-9)
    npt.assert_allclose(limits.capacity, q_p * (limits.y_0 - limits.y_100), rtol=1e-9)


def test_many_cells_equal_single_cells():
    q_p, q_n, lithium = feasible_cells(6, seed=1)
    upper = np.linspace(4.0, 4.15, 6)
    for positive, negative, args in (
        (chen_nmc, chen_graphite, (q_p, q_n, lithium, 2.5, upper)),
        (NCM, SI_C, (200.0, np.linspace(250, 450, 6), 190.0, 3.2, upper)),
    ):
        many = stoichiometry_limits(positive, negative, *args)
        for number in range(6):
            one = stoichiometry_limits(positive, negative, *[a[number] if np.ndim(a) else a for a in args])
            npt.assert_allclose(list(vars(one).values()), [v[number] for v in vars(many).values()], atol=1e-9)


def test_arguments_broadcast():
    limits = stoichiometry_limits(NCM, SI_C, 200.0, np.array([[300.0], [400.0]]), np.array([180.0, 185.0, 190.0]), 3, 4)
    assert limits.x_100.shape == limits.capacity.shape == (2, 3)


@settings(max_examples=20)
@given(q_n=st.floats(240, 500), lithium=st.floats(188, 196), low=st.floats(2.9, 3.2), high=st.floats(4.0, 4.15))
def test_electrodes_agree_with_their_own_curves(q_n, lithium, low, high):
    limits = stoichiometry_limits(NCM, SI_C, 200.0, q_n, lithium, low, high)
    assert limits.y_100 == pytest.approx(NCM.lithiation(limits.positive_potential_100, "delithiation"), abs=1e-8)
    assert limits.x_100 == pytest.approx(SI_C.lithiation(limits.negative_potential_100, "lithiation"), abs=1e-8)
    assert limits.y_0 == pytest.approx(NCM.lithiation(limits.positive_potential_0, "lithiation"), abs=1e-8)
    back = SI_C.lithiation(limits.negative_potential_0, "delithiation", limits.negative_potential_100)
    assert limits.x_0 == pytest.approx(back, abs=1e-8)


def test_curves_and_functions_mix():
    curve = Msmr([0.2, 0.1], [0.4, 0.6], [1.0, 0.5])
    by_curve = stoichiometry_limits(straight_positive, curve, 1.0, 1.0, 0.95, 3.4, 4.3)
    by_function = stoichiometry_limits(
        straight_positive, lambda x: curve.potential(np.clip(x, 1e-9, 1 - 1e-9)), 1.0, 1.0, 0.95, 3.4, 4.3
    )
    npt.assert_allclose(list(vars(by_curve).values()), list(vars(by_function).values()), atol=1e-7)


def test_other_branches_can_be_asked_for():
    usual = stoichiometry_limits(NCM, SI_C, 200.0, 300.0, 190.0, 3.0, 4.2)
    branches = {"charge": ("delithiation", "first lithiation")}
    first = stoichiometry_limits(NCM, SI_C, 200.0, 300.0, 190.0, 3.0, 4.2, branches=branches)
    assert first.x_100 == pytest.approx(SI_C.lithiation(first.negative_potential_100, "first lithiation"), abs=1e-8)
    assert first.x_100 != pytest.approx(usual.x_100, abs=1e-4)


def test_swapped_cutoffs_fail():
    with pytest.raises(ValueError, match=r"lower_cutoff must be below upper_cutoff \(in V\), got 4.2 and 2.5"):
        stoichiometry_limits(chen_nmc, chen_graphite, 8.0, 6.0, 7.0, 4.2, 2.5)


def test_capacity_of_zero_fails():
    with pytest.raises(ValueError, match="capacity_negative must be positive, got 0"):
        stoichiometry_limits(chen_nmc, chen_graphite, 8.0, 0.0, 7.0, 2.5, 4.2)


def test_too_much_lithium_fails():
    with pytest.raises(ValueError, match=r"got 4.2 V: there is more cyclable lithium than both electrodes can hold"):
        stoichiometry_limits(chen_nmc, chen_graphite, 8.0, 6.0, 13.9, 2.5, 4.2)


def test_too_little_lithium_fails():
    with pytest.raises(ValueError, match=r"upper_cutoff .* at position 1: there is less cyclable lithium"):
        stoichiometry_limits(chen_nmc, chen_graphite, 8.0, 6.0, [7.0, 0.1], 2.5, 4.2)


def test_unreachable_voltage_fails():
    with pytest.raises(ValueError, match="no two potentials of the electrodes lie that far apart"):
        stoichiometry_limits(straight_positive, straight_negative, 1.0, 1.0, 0.9, 3.5, 5.2)


def test_unreachable_voltage_fails_for_each_cell():
    limits = stoichiometry_limits(NCM, SI_C, 200.0, 300.0, 190.0, 3.0, [4.2, 4.6], infeasible="nan")
    npt.assert_array_equal(np.isnan(limits.x_100), [False, True])


def test_potential_that_rises_fails():
    with pytest.raises(ValueError, match="positive must fall with stoichiometry everywhere"):
        stoichiometry_limits(lambda y: 3 + y, chen_graphite, 8.0, 6.0, 7.0, 2.5, 4.2)


def test_potential_that_is_not_finite_fails():
    with pytest.raises(ValueError, match="negative must be finite at stoichiometries between 0 and 1"):
        stoichiometry_limits(chen_nmc, lambda x: np.where(x < 0.5, 1 - x, np.nan), 8.0, 6.0, 7.0, 2.5, 4.2)


def test_curve_of_no_known_kind_fails():
    with pytest.raises(TypeError, match="negative must be an Electrode, an Msmr curve or a function"):
        stoichiometry_limits(chen_nmc, 0.1, 8.0, 6.0, 7.0, 2.5, 4.2)


def pybamm_solver(name):
    pybamm = pytest.importorskip("pybamm")
    parameters = pybamm.ParameterValues(name)
    solver = pybamm.lithium_ion.ElectrodeSOHSolver(parameters)
    param = pybamm.LithiumIonParameters()

    def ocp(electrode):
        def function(sto):
            column = pybamm.Vector(np.ravel(sto))
            symbol = parameters.process_symbol(electrode.prim.U(column, parameters["Reference temperature [K]"]))
            return symbol.evaluate().reshape(np.shape(sto))

        return function

    return parameters, solver, ocp(param.p), ocp(param.n)


@pytest.mark.peer
@pytest.mark.parametrize("name", ["Chen2020", "Mohtat2020"])
def test_pybamm_finds_the_same_limits(name):
    parameters, solver, positive, negative = pybamm_solver(name)
    low, high = parameters["Lower voltage cut-off [V]"], parameters["Upper voltage cut-off [V]"]
    random = np.random.default_rng(2)
    q_p = random.uniform(0.9, 1.1, 900)
    q_n, lithium = q_p * random.uniform(0.65, 0.9, 900), q_p * random.uniform(0.8, 0.95, 900)
    ours = stoichiometry_limits(positive, negative, q_p, q_n, lithium, low, high, infeasible="nan")
    feasible = np.flatnonzero(~np.isnan(ours.x_0 + ours.x_100))[:300]
    assert feasible.size == 300
    for number in feasible:
        theirs = solver.solve({"Q_p": q_p[number], "Q_n": q_n[number], "Q_Li": lithium[number]})
        for end in ("x_0", "x_100", "y_0", "y_100"):
            assert getattr(ours, end)[number] == pytest.approx(theirs[end], abs=1e-6), (number, end)


# --- full cells


def ideal(center, capacity, lower, upper):
    """One ideal reaction: its potential is center - RT/F ln(x / (1 - x))."""
    branches = {"lithiation": Branch({"host": Msmr([center], [1.0], [1.0])}, (lower, upper))}
    return Electrode("ideal", [Part("host", branches)], capacity, "host", lower, upper)


@given(voltage=st.floats(3.02, 3.1), loss=st.floats(0.0, 0.25))
def test_ideal_reactions_have_their_closed_form(voltage, loss):
    cell = FullCell(ideal(3.6, 200.0, 3.0, 4.2), ideal(0.6, 300.0, 0.0, 3.0), 1.0, cathode_capacity=200.0)
    first = cell.first_cycle(voltage, 1.0, loss=Loss.fixed(loss) if loss else None)
    # y = 1 - x, so the cell voltage is 3.0 + 2 RT/F ln(x / (1 - x)).
    x = 1 / (1 + np.exp((3.0 - voltage) / (2 * THERMAL)))
    assert first.anode_lithiation_end_of_charge == pytest.approx(x, abs=1e-9)
    assert first.charge_capacity == pytest.approx(200 * x, rel=1e-8)
    assert first.anode_potential_end_of_charge == pytest.approx(0.6 - THERMAL * np.log(x / (1 - x)), abs=1e-8)
    # Down to 1 V nearly all that was not lost comes back.
    assert first.discharge_capacity == pytest.approx(200 * (x - loss), abs=1e-3)


@pytest.mark.parametrize("ratio", [1.2, 1.3, 1.7, 2.0, 2.5])
def test_end_of_charge_equals_a_scalar_root_search(ratio):
    first = FullCell(NCM, SI_C, ratio).first_cycle(4.25, 1.5, loss=LOSS)

    def voltage_error(charge):
        cathode = NCM.potential(1 - charge / NCM.specific_capacity, "delithiation")
        return cathode - SI_C.potential(charge / (205 * ratio), "first lithiation") - 4.25

    assert first.charge_capacity == pytest.approx(brentq(voltage_error, 150, 244, xtol=1e-12), rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(
    ratio=st.floats(0.9, 2.5),
    upper=st.floats(4.0, 4.3),
    lower=st.floats(1.2, 2.8),
    share=st.floats(0.0, 0.25),
    weight=st.floats(0.0, 1.0),
)
def test_lithium_is_conserved_and_potentials_add_up_along_every_profile(ratio, upper, lower, share, weight):
    cell = FullCell(NCM, SI_C, ratio)
    first = cell.first_cycle(upper, lower, loss=Loss(share, weight), warn=False)
    profile = first.profile(60)
    cathode, anode = profile["Cathode Potential / V"], profile["Anode Potential / V"]
    npt.assert_allclose(profile["Voltage / V"], cathode - anode, atol=1e-12)
    charge, discharge = (profile[profile["Step Count / 1"] == step] for step in (1, 2))
    for part, leg in zip((charge, discharge), first.legs, strict=True):
        assert (np.diff(part["Specific Capacity / mAh g-1"]) > 0).all()
        # What the curves hold at the potentials of the profile, not what the profile says they hold.
        held = [
            scale[0] * path.take(0).lithium(part[f"{name} Potential / V"].to_numpy())
            for name, path, scale in zip(("Cathode", "Anode"), (leg.cathode, leg.anode), leg.scales, strict=True)
        ]
        plated = part["Plated Capacity / mAh g-1"].to_numpy()
        total = sum(held) + plated
        # The anode sits at 0 V while lithium plates, whatever its branch would say there.
        npt.assert_allclose(total[plated == 0], total[plated == 0][-1], rtol=1e-9)
        # Both ends, with what each part of the anode holds: exactly.
        scales, states = leg.scales, leg.ends
        after = sum(scale[0] * state.lithium for scale, state in zip(scales, states, strict=True)) + leg.plated[1]
        starts = (leg.cathode.start, leg.anode.start)
        before = sum(scale[0] * state.lithium for scale, state in zip(scales, starts, strict=True)) + leg.plated[0]
        assert after[0] == pytest.approx(before[0], rel=1e-12)
    assert charge["Voltage / V"].iloc[-1] == pytest.approx(upper, abs=1e-7)
    assert discharge["Voltage / V"].iloc[-1] == pytest.approx(lower, abs=1e-6)
    assert first.charge_capacity - first.discharge_capacity >= first.lost_capacity - 1e-9


def test_the_potentials_found_hold_the_lithium_that_was_passed():
    ratios = np.linspace(0.8, 2.5, 400)  # lithium plates on the smallest
    cycle = FullCell(electrodes.ncm90(), electrodes.si_c(), ratios).first_cycle(4.2, 1.5, loss=LOSS, warn=False)
    assert np.any(cycle.plated_capacity > 0)
    for leg in cycle.legs:
        cathode, anode = leg.held
        npt.assert_allclose(leg.cathode.lithium(leg.cathode_potential), cathode, rtol=0, atol=1e-11)
        npt.assert_allclose(leg.anode.lithium(leg.anode_potential), anode, rtol=0, atol=1e-11)


@settings(max_examples=20, deadline=None)
@given(ratio=st.floats(0.9, 2.3), step=st.floats(0.02, 0.2))
def test_trends_with_the_ratio_are_monotone(ratio, step):
    cells = FullCell(NCM, SI_C, np.array([ratio, ratio + step]))
    first = cells.first_cycle(4.25, 1.5, loss=LOSS, warn=False)
    for rising in (
        first.charge_capacity,
        first.anode_potential_end_of_charge,
        first.cathode_potential_end_of_charge,
        first.anode_potential_end_of_discharge,
        first.cathode_potential_end_of_discharge,
        first.plating_margin,
        first.lost_capacity,
    ):
        assert rising[1] >= rising[0] - 1e-9
    for falling in (first.initial_coulombic_efficiency, first.plated_capacity, first.li15si4_probability):
        assert falling[1] <= falling[0] + 1e-9


@settings(max_examples=10, deadline=None)
@given(ratios=st.lists(st.floats(1.0, 2.4), min_size=2, max_size=4), share=st.floats(0.05, 0.2))
def test_many_ratios_equal_single_ones(ratios, share):
    many = FullCell(NCM, SI_C, np.array(ratios), anode_areal_capacity=7.4).first_cycle(
        [[4.1], [4.25]], 1.5, loss=Loss.fixed(share), warn=False
    )
    assert many.charge_capacity.shape == (2, len(ratios))
    for row, upper in enumerate((4.1, 4.25)):
        for column, ratio in enumerate(ratios):
            one = FullCell(NCM, SI_C, ratio, anode_areal_capacity=7.4).first_cycle(
                upper, 1.5, loss=Loss.fixed(share), warn=False
            )
            table, single = many.to_frame().iloc[row * len(ratios) + column], one.to_frame().iloc[0]
            for name in single.index:
                if isinstance(single[name], str) or "probability" in name:
                    continue
                assert float(table[name]) == pytest.approx(float(single[name]), abs=1e-6), name


def test_result_table_and_profile_have_one_part_for_each_cell():
    first = FullCell(NCM, SI_C, np.array([1.3, 2.0]), anode_areal_capacity=7.4).first_cycle(4.25, 1.5, loss=LOSS)
    table = first.to_frame()
    assert len(table) == 2
    assert {"anode_potential_end_of_charge", "initial_coulombic_efficiency"} <= set(table)
    profile = first.profile(50)
    assert next(iter(profile)) == "N/P Ratio / 1"
    assert profile.groupby(["N/P Ratio / 1", "Step Count / 1"]).ngroups == 4
    assert profile.isna().sum().sum() == 0


def test_a_printed_result_names_its_attributes_with_values_and_units():
    first = FullCell(NCM, SI_C, np.array([0.9, 1.3, 2.0])).first_cycle(4.25, 1.5, loss=LOSS, warn=False)
    title, heading, *rows = repr(first).split("\n")
    assert title == "First cycle of 3 cells"
    assert heading.split() == ["n/p", "0.90", "n/p", "1.30", "n/p", "2.00"]
    assert max(map(len, rows[:8])) < 88, "it fits in a terminal and in a page"
    for row in rows[:8]:
        name, *values = row.split()
        values, unit = values[:3], values[3:]
        npt.assert_allclose([float(value.rstrip("*")) for value in values], getattr(first, name), atol=0.051)
        assert ("V" in unit) == ("potential" in name)
        if "potential" in name:
            marked = getattr(first, name.replace("potential", "extrapolated"))
            assert [value.endswith("*") for value in values] == marked.tolist()
    assert rows[8:] == ["* beyond the range in which the curve was measured", *first.warnings]
    page = first._repr_html_()
    assert page.count("<tr") == 9
    assert "lithium plates" in page


def test_of_many_cells_the_first_and_the_last_are_printed():
    many = FullCell(NCM, SI_C, np.linspace(1.2, 2, 50)).first_cycle(4.25, 1.5, loss=LOSS, warn=False)
    heading = repr(many).split("\n")[1]
    assert re.findall(r"\d\.\d+|…", heading) == ["1.20", "1.22", "1.23", "…", "1.97", "1.98", "2.00"]
    cutoffs = FullCell(NCM, SI_C, 1.3).first_cycle([[4.2, 4.25]], 1.5, warn=False)
    assert repr(cutoffs).split("\n")[1].split() == ["cell", "0", "cell", "1"]


def test_the_half_cell_fixes_what_the_ratio_divides():
    cell = FullCell(NCM, SI_C, 1.3)
    assert cell.cathode_capacity == pytest.approx(205, rel=1e-9)
    assert cell.first_charge_capacity == pytest.approx(236, rel=1e-9)
    assert cell.true_np_ratio == pytest.approx(1.3 * 205 / 236, rel=1e-9)
    assert cell.cathode_loading is cell.cathode_areal_capacity is None


@settings(max_examples=15, deadline=None)
@given(efficiency=st.floats(0.6, 0.85), ratio=st.floats(1.2, 2.2), weight=st.floats(0.0, 1.0))
def test_calibrated_loss_gives_its_efficiency_back(efficiency, ratio, weight):
    cell = FullCell(NCM, SI_C, ratio)
    loss = cell.calibrate_loss(efficiency, 4.25, 1.5, lithiation_weight=weight)
    first = cell.first_cycle(4.25, 1.5, loss=loss)
    assert first.initial_coulombic_efficiency == pytest.approx(efficiency, abs=1e-7)


def test_calibration_with_plating_and_for_many_cells():
    cell = FullCell(NCM, SI_C, np.array([1.05, 1.3]))
    loss = cell.calibrate_loss(np.array([0.85, 0.8]), 4.25, 1.5)
    first = cell.first_cycle(4.25, 1.5, loss=loss, warn=False)
    assert first.plated_capacity[0] > 5
    npt.assert_allclose(first.initial_coulombic_efficiency, [0.85, 0.8], atol=1e-7)


def test_loss_proportional_to_lithiation_has_no_trend_and_a_fixed_one_has():
    ratios = np.array([1.2, 1.6, 2.0])
    efficiency = {
        loss: FullCell(NCM, SI_C, ratios).first_cycle(4.25, 1.5, loss=loss).initial_coulombic_efficiency
        for loss in (Loss.proportional(0.268), Loss.half_cell(0.732))
    }
    proportional, fixed = efficiency.values()
    npt.assert_allclose(proportional, 0.732, atol=1e-3)
    assert fixed[0] - fixed[2] > 0.15


def test_more_cathode_than_anode_plates_and_says_so():
    with pytest.warns(SicellWarning, match="lithium plates"):
        first = FullCell(NCM, SI_C, 0.9).first_cycle(4.25, 1.5)
    assert first.anode_potential_end_of_charge == 0
    assert first.plating_margin == pytest.approx(-first.plated_capacity / first.charge_capacity, rel=1e-6)
    profile = first.profile()
    assert profile["Plated Capacity / mAh g-1"].max() == pytest.approx(first.plated_capacity, rel=1e-9)
    assert profile["Plated Capacity / mAh g-1"].iloc[-1] == 0


def test_cathode_above_its_safe_potential_says_so():
    with pytest.warns(SicellWarning, match="cathode is charged above 4.35 V"):
        FullCell(NCM, SI_C, 2.0).first_cycle(4.29, 1.5)


def test_anode_beyond_its_capacity_says_so():
    first = FullCell(NCM, SI_C, np.linspace(1.06, 1.16, 60)).first_cycle(4.25, 1.5, warn=False)
    beyond = (first.anode_lithiation_end_of_charge > 1) & (first.plated_capacity == 0)
    assert beyond.any()
    assert any("beyond its first-lithiation capacity" in note for note in first.warnings)


def test_extrapolated_ends_are_marked():
    first = FullCell(NCM, SI_C, np.array([1.3, 2.0])).first_cycle(4.25, 1.5, loss=LOSS)
    npt.assert_array_equal(first.cathode_extrapolated_end_of_charge, first.cathode_potential_end_of_charge > 4.3002)
    assert first.anode_extrapolated_end_of_discharge.all()
    assert not first.anode_extrapolated_end_of_charge.any()


def test_cathode_that_takes_back_all_its_lithium_ends_higher():
    cell = FullCell(NCM, SI_C, 1.3)
    usual = cell.first_cycle(4.25, 1.5, loss=LOSS)
    content = cell.first_cycle(4.25, 1.5, loss=LOSS, cathode_normalization="lithium content")
    left = content.charge_capacity - content.discharge_capacity
    assert content.cathode_lithiation_end_of_discharge == pytest.approx(1 - left / NCM.specific_capacity, rel=1e-9)
    assert content.cathode_potential_end_of_discharge > usual.cathode_potential_end_of_discharge + 0.05


def test_half_cell_against_lithium_indium_gives_the_cathode_alone():
    first = FullCell(NCM, electrodes.li_in()).first_cycle(4.3 - 0.62, 3.0 - 0.62)
    assert first.charge_capacity == pytest.approx(236, rel=1e-9)
    assert first.discharge_capacity == pytest.approx(205, rel=1e-9)
    profile = first.profile(40)
    npt.assert_allclose(profile["Anode Potential / V"], 0.62)
    assert np.isnan(first.anode_lithiation_end_of_charge)
    assert "Li–In" in repr(FullCell(NCM, electrodes.li_in()))
    assert re.search(r"cell 0\ncharge_capacity +236.0   mAh per g NCM\ndischarge_capacity +205.0 ", repr(first))


def test_graphite_cell_works_without_a_first_lithiation_branch():
    first = FullCell(NCM, electrodes.graphite(), 1.8).first_cycle(4.2, 2.5, loss=Loss.fixed(0.08))
    assert 0.06 < first.anode_potential_end_of_charge < 0.13
    assert first.li15si4_probability == 0
    assert first.lost_capacity == pytest.approx(0.08 * 1.8 * 205, rel=1e-9)


def test_later_cycles_lose_nothing_and_consume_the_crystal_that_is_left():
    cell = FullCell(NCM, SI_C, np.array([1.1, 1.3, 2.0]))
    run = cell.run([HalfCycle.charge(4.25), HalfCycle.discharge(1.5)] * 4, loss=LOSS)
    npt.assert_allclose(run.capacity[3::2] / run.capacity[2::2], 1, atol=1e-3)
    npt.assert_allclose(run.capacity[1], cell.first_cycle(4.25, 1.5, loss=LOSS, warn=False).discharge_capacity)
    reacted = np.array([leg.ends[1].parts["silicon"].reacted for leg in run.legs])
    assert (np.diff(reacted, axis=0) >= 0).all()
    assert reacted[0, 2] < reacted[0, 1] < reacted[0, 0]
    # With crystalline silicon left the second charge meets its plateau again; the cathode stays below its limit.
    assert reacted[2, 2] > reacted[0, 2] + 0.005
    for leg in run.legs[::2]:
        assert (leg.cathode_potential < 4.34).all()
    table = run.to_frame()
    assert len(table) == 24
    assert len(run.profile(20)["Step Count / 1"].unique()) == 8
    assert "8 steps of 3 cells" in repr(run)


def test_loss_at_the_end_of_lithiation_leaves_the_rest_of_the_curve_as_it_was():
    cell = FullCell(NCM, SI_C, 1.3)
    rescaled, cut = (
        cell.first_cycle(4.25, 1.5, loss=LOSS, cathode_normalization=name)
        for name in ("half-cell", "end of lithiation")
    )
    assert cut.charge_capacity == rescaled.charge_capacity
    # Not rescaled, the cathode is less full, and higher in potential, after the same charge.
    assert cut.cathode_potential_end_of_discharge > rescaled.cathode_potential_end_of_discharge + 0.03
    # Against a reference electrode both end with the lithium that the half-cell does not take back.
    ends = [
        FullCell(NCM, electrodes.li_in()).first_cycle(3.68, 2.38, cathode_normalization=name).discharge_capacity
        for name in ("half-cell", "end of lithiation")
    ]
    assert ends[0] == pytest.approx(ends[1], rel=1e-6)


@pytest.mark.parametrize("ratio", [0.0, -1.3, np.nan])
def test_ratio_that_is_not_positive_fails(ratio):
    with pytest.raises(ValueError, match="np_ratio must be positive, got"):
        FullCell(NCM, SI_C, ratio)


def test_ratio_in_percent_fails():
    with pytest.raises(ValueError, match=r"np_ratio must be at most 20 \(a ratio, not a percentage\), got 130"):
        FullCell(NCM, SI_C, 130)


def test_ratio_left_out_fails():
    with pytest.raises(TypeError, match="np_ratio must be a number"):
        FullCell(NCM, SI_C)


def test_ratio_beside_a_reference_electrode_fails():
    with pytest.raises(ValueError, match="np_ratio must be left out beside Li–In"):
        FullCell(NCM, electrodes.li_in(), 1.3)


def test_electrodes_of_a_wrong_kind_fail():
    with pytest.raises(TypeError, match="cathode must be an Electrode, got 'NCM90'"):
        FullCell("NCM90", SI_C, 1.3)
    with pytest.raises(TypeError, match="anode must be an Electrode or a ReferenceElectrode"):
        FullCell(NCM, None, 1.3)


def test_reference_potential_below_the_cathode_fails():
    with pytest.raises(ValueError, match="reference_potential must be above the cathode's lower limit"):
        FullCell(NCM, SI_C, 1.3, reference_potential=2.0)


def test_swapped_cut_offs_of_a_cell_fail():
    with pytest.raises(ValueError, match=r"lower_cutoff must be below upper_cutoff \(in V\), got 4.25 and 1.5"):
        FullCell(NCM, SI_C, 1.3).first_cycle(1.5, 4.25)


def test_cutoffs_in_millivolts_fail():
    with pytest.raises(ValueError, match="divide by 1000 if it is in mV"):
        FullCell(NCM, SI_C, 1.3).first_cycle(4250, 1500)


@pytest.mark.parametrize(("upper", "lower", "which"), [(4.6, 1.5, "upper"), (0.3, 0.1, "upper"), (4.25, 0.2, "lower")])
def test_cutoffs_that_the_cell_cannot_reach_fail(upper, lower, which):
    with pytest.raises(ValueError, match=f"{which}_cutoff must be a voltage that the cell reaches"):
        FullCell(NCM, SI_C, 1.3).first_cycle(upper, lower, loss=LOSS)


def test_loss_of_all_lithium_fails():
    with pytest.raises(ValueError, match="loss must leave lithium to discharge"):
        FullCell(NCM, SI_C, 2.0).first_cycle(4.25, 1.5, loss=Loss.fixed(0.7))


def test_loss_in_percent_fails():
    with pytest.raises(ValueError, match=r"share must be between 0 and 0.99, got 15.7"):
        Loss.fixed(15.7)


def test_efficiency_in_percent_fails():
    with pytest.raises(ValueError, match=r"initial_coulombic_efficiency must be between 0.01 and 1, got 72.7"):
        FullCell(NCM, SI_C, 2.0).calibrate_loss(72.7, 4.25, 1.5)


def test_efficiency_that_no_loss_gives_fails():
    with pytest.raises(ValueError, match=r"must be one that a loss between 0 and 0.99 can give"):
        FullCell(NCM, SI_C, 2.0).calibrate_loss(0.99, 4.25, 1.5)


def test_loss_of_a_reference_electrode_fails():
    with pytest.raises(ValueError, match="anode must be an Electrode to have a loss"):
        FullCell(NCM, electrodes.li_in()).calibrate_loss(0.8, 3.68, 2.4)


def test_negative_polarization_fails():
    with pytest.raises(ValueError, match="polarization must be zero or positive"):
        FullCell(NCM, SI_C, 1.3).first_cycle(4.25, 1.5, polarization=-0.1)


def test_unknown_normalization_fails():
    with pytest.raises(ValueError, match="cathode_normalization must be one of 'half-cell', 'end of lith"):
        FullCell(NCM, SI_C, 1.3).first_cycle(4.25, 1.5, cathode_normalization="lattice")


@pytest.mark.parametrize("steps", [[], [HalfCycle.discharge(1.5)], [HalfCycle.charge(4.0)]])
def test_protocol_without_a_charge_to_begin_with_fails(steps):
    with pytest.raises(ValueError, match="steps must begin with a charge"):
        FullCell(NCM, SI_C, 1.3).run(steps)


def test_profile_of_one_point_fails():
    with pytest.raises(ValueError, match="points must be at least 2, got 1"):
        FullCell(NCM, SI_C, 1.3).first_cycle(4.25, 1.5, loss=LOSS).profile(1)
