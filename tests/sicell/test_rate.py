"""Rate capability by diffusion: closed forms, an independent solver, calibration, bad input."""

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from sicell import electrodes, rate
from sicell.balancing import FullCell, Loss

NCM, SI_C = electrodes.ncm90(), electrodes.si_c()
CELL = FullCell(NCM, SI_C, 1.3, anode_areal_capacity=7.4)
FIRST = CELL.first_cycle(4.25, 1.5, loss=Loss.fixed(0.157))
LOADING = float(CELL.cathode_loading)


def discharge(current, tau, resistance=0.0, first=FIRST, loading=LOADING):
    return rate.discharge(first, current, tau, cathode_loading=loading, area_specific_resistance=resistance)


def test_slow_discharge_is_the_equilibrium_one():
    result = discharge([1e-6, 1.0], [[20.0], [1e-5]])
    npt.assert_allclose(result.capacity[[0, 1], [0, 1]], FIRST.discharge_capacity, atol=2e-3)
    npt.assert_allclose(result.equilibrium_capacity, FIRST.discharge_capacity)


@settings(max_examples=20, deadline=None)
@given(current=st.floats(0.3, 1.5), tau=st.floats(5.0, 15.0))
def test_at_the_end_the_surface_lags_by_the_steady_state(current, tau):
    result = discharge(current, tau)
    flux = current / (1e-3 * LOADING) / (FIRST.legs[1].anode.reacted * FIRST.legs[1].scales[1])[0]
    hours = result.capacity * 1e-3 * LOADING / current
    lag = result.mean_lithiation - result.surface_lithiation
    # Steady state: mean - surface = rate tau / 15; 2 exp(-20.19 t / tau) is what is left of the transient.
    assert lag == pytest.approx(flux * tau / 15, rel=5 * np.exp(-20.19 * hours / tau) + 1e-9)


def test_lag_of_the_surface_equals_finite_volumes():
    """Shells of a sphere, unit flux out of its surface, solved by the exponential of the matrix."""
    shells = 400
    edges = np.linspace(0, 1, shells + 1)
    volume = np.diff(edges**3) / 3
    exchange = edges[1:-1] ** 2 * shells
    matrix = np.diag(exchange, 1) + np.diag(exchange, -1)
    matrix = (matrix - np.diag(matrix.sum(axis=1))) / volume[:, None]
    source = np.zeros(shells)
    source[-1] = -1 / volume[-1]
    for time in (1e-3, 0.01, 0.1, 0.5):
        full = np.block([[matrix, source[:, None]], [np.zeros((1, shells + 1))]])
        concentration = expm(full * time)[:-1, -1]
        surface = concentration[-1] - 0.5 / shells
        assert rate._diffusion._lag(np.array(time)) == pytest.approx(-3 * time - surface, abs=2e-4)


def test_series_and_its_short_time_limit_meet():
    below, above = rate._diffusion._lag(np.array([2.9999e-4, 3.0001e-4]))
    assert above == pytest.approx(below + 2e-8 * 30, abs=1e-6)


@settings(max_examples=8, deadline=None)
@given(tau=st.floats(0.1, 100.0), current=st.floats(0.05, 1.5), factor=st.floats(1.05, 2.0))
def test_more_current_longer_times_and_more_resistance_cost_capacity(tau, current, factor):
    base = discharge(current, tau, 20.0).capacity
    for worse in (discharge(factor * current, tau, 20.0), discharge(current, factor * tau, 20.0)):
        assert worse.capacity <= base + 1e-9
    assert discharge(current, tau, 200.0).capacity <= base + 1e-9
    assert base <= FIRST.discharge_capacity + 1e-6


@settings(max_examples=5, deadline=None)
@given(tau=st.floats(1.0, 40.0), current=st.floats(0.5, 1.5))
def test_calibration_recovers_the_time_constant(tau, current):
    capacity = discharge(current, tau, 25.0).capacity
    found = rate.calibrate_time_constant(
        FIRST, capacity, current, cathode_loading=LOADING, area_specific_resistance=25.0
    )
    assert found == pytest.approx(tau, rel=1e-5)


def test_many_currents_and_cells_equal_single_ones():
    ratios, currents = np.array([[1.3], [2.0]]), np.array([0.1, 1.0, 1.4])
    cells = FullCell(NCM, SI_C, ratios, anode_areal_capacity=7.4)
    first = cells.first_cycle(4.25, 1.5, loss=Loss.fixed(0.157))
    many = rate.discharge(first, currents, 10.0, cathode_loading=cells.cathode_loading)
    assert many.capacity.shape == (2, 3)
    assert len(many.to_frame()) == 6
    assert "6 discharges" in repr(many)
    for row, ratio in enumerate(ratios[:, 0]):
        cell = FullCell(NCM, SI_C, ratio, anode_areal_capacity=7.4)
        single = cell.first_cycle(4.25, 1.5, loss=Loss.fixed(0.157))
        for column, current in enumerate(currents):
            one = rate.discharge(single, current, 10.0, cathode_loading=float(cell.cathode_loading))
            assert many.capacity[row, column] == pytest.approx(one.capacity, abs=1e-5)
            assert isinstance(one.capacity, float)


def calibrate(capacity, charge=0.2, cell=CELL):
    return rate.calibrate_resistance(
        cell, capacity, 4.25, 1.5, charge_current_density=charge, discharge_current_density=1.0, loss=Loss.fixed(0.157)
    )


@pytest.mark.parametrize("wanted", [60.0, 125.0, 190.0])
def test_resistance_of_a_complete_charge_uses_up_what_is_left_above_the_cutoff(wanted):
    profile = FIRST.profile(2000)
    last = profile[profile["Step Count / 1"] == 2]
    left = np.interp(wanted, last["Specific Capacity / mAh g-1"], last["Voltage / V"]) - 1.5
    assert calibrate(wanted, charge=0.0) == pytest.approx(1e3 * left, rel=1e-4)


@pytest.mark.parametrize("wanted", [1.0, 60.0, 125.0, 190.0])
def test_resistance_on_both_legs_explains_the_capacity_it_was_asked_for(wanted):
    resistance = calibrate(wanted)
    charged = CELL.first_cycle(4.25 - 0.2e-3 * resistance, 1.5, loss=Loss.fixed(0.157))
    assert discharge(1.0, 1e-6, resistance, first=charged).capacity == pytest.approx(wanted, abs=1e-2)
    assert resistance < calibrate(wanted, charge=0.0)


def test_separator_alone_costs_next_to_nothing():
    assert discharge(1.47, 1e-6, 25.0).capacity == pytest.approx(FIRST.discharge_capacity, abs=0.2)


def test_resistance_that_uses_up_the_voltage_leaves_nothing():
    assert discharge(10.0, 1.0, 400.0).capacity == 0


def test_length_and_time_are_inverse():
    lengths = np.array([0.032, 0.85, 10.0])
    npt.assert_allclose(rate.diffusion_length(rate.diffusion_time(lengths, 1e-17), 1e-17), lengths)
    # 1 um at 1e-14 m2/s takes 100 s.
    assert rate.diffusion_time(1.0, 1e-14) == pytest.approx(100 / 3600)


def test_current_of_zero_fails():
    with pytest.raises(ValueError, match=r"current_density must be positive \(in mA/cm2\), got 0"):
        discharge(0.0, 20.0)


def test_current_in_another_unit_fails():
    with pytest.raises(ValueError, match="current_density must be in mA/cm2 and at most 1000, got 1470"):
        discharge(1470.0, 20.0)


def test_time_constant_of_zero_fails():
    with pytest.raises(ValueError, match="time_constant must be between"):
        discharge(1.0, 0.0)


def test_negative_resistance_fails():
    with pytest.raises(ValueError, match="area_specific_resistance must be zero or positive"):
        discharge(1.0, 1.0, -25.0)


def test_loading_in_grams_fails():
    with pytest.raises(ValueError, match=r"cathode_loading must be between 0.01 and 1000"):
        discharge(1.0, 20.0, loading=0.0027)


def test_capacity_above_the_diffusionless_one_fails():
    with pytest.raises(ValueError, match="capacity must be below the 193"):
        rate.calibrate_time_constant(FIRST, 230.0, 0.1, cathode_loading=LOADING)


def test_capacity_above_that_without_resistance_fails():
    with pytest.raises(ValueError, match=r"capacity must be below the 193.* of a cell without resistance, got 230"):
        calibrate(230.0)


def test_resistance_of_several_cells_fails():
    with pytest.raises(ValueError, match="must be of one cell to calibrate with"):
        calibrate(125.0, cell=FullCell(NCM, SI_C, np.array([1.3, 2.0])))
    with pytest.raises(ValueError, match="must be of one cell to calibrate with"):
        calibrate(125.0, charge=[0.1, 0.2])


def test_resistance_of_a_first_cycle_instead_of_a_cell_fails():
    with pytest.raises(TypeError, match="cell must be a FullCell, got FirstCycle"):
        calibrate(125.0, cell=FIRST)


def test_resistance_at_a_negative_charge_current_fails():
    with pytest.raises(ValueError, match="charge_current_density must be zero or positive"):
        calibrate(125.0, charge=-0.2)


def test_calibration_with_several_cells_fails():
    first = FullCell(NCM, SI_C, np.array([1.3, 2.0])).first_cycle(4.25, 1.5, loss=Loss.fixed(0.157))
    with pytest.raises(ValueError, match="first_cycle must be of one cell"):
        rate.calibrate_time_constant(first, 125.0, 1.47, cathode_loading=LOADING)


def test_reference_electrode_fails():
    first = FullCell(NCM, electrodes.li_in()).first_cycle(3.68, 2.4)
    with pytest.raises(ValueError, match="must have an anode in which lithium diffuses, got Li–In"):
        discharge(1.0, 1.0, first=first)


def test_plated_lithium_fails():
    first = FullCell(NCM, SI_C, 0.95).first_cycle(4.25, 1.5, warn=False)
    with pytest.raises(ValueError, match="must not end its charge with lithium metal"):
        discharge(1.0, 1.0, first=first)


def test_cell_in_place_of_its_cycle_fails():
    with pytest.raises(TypeError, match=r"first_cycle must be the result of FullCell.first_cycle"):
        discharge(1.0, 1.0, first=CELL)


def test_diffusivity_in_square_centimeters_fails():
    with pytest.raises(ValueError, match=r"diffusivity must be in m2/s \(1 cm2/s is 1e-4\), got 0.01"):
        rate.diffusion_length(20.0, 0.01)


def single_particle(pybamm, current, tau, resistance):
    """Capacity by PyBaMM's single-particle model with the same curves, in mAh per g of cathode active material."""
    leg = FIRST.legs[1]
    size, scale = (
        float(np.ravel(path.reacted * scale)[0])
        for path, scale in zip((leg.anode, leg.cathode), leg.scales[::-1], strict=True)
    )
    paths = leg.cathode.take(0), leg.anode.take(0)
    place, held = (float((path.start.lithium - path.kept) / path.reacted) for path in paths)
    tail = np.geomspace(1e-6, 1e-2, 300)
    grid = np.concatenate([tail, np.linspace(1e-2, 0.99, 3000)[1:]])
    cathode_potential, anode_potential = (path.potential(path.kept + grid * path.reacted) for path in paths)
    # Fuller than at its start the path has no potential; no particle gets there.
    anode_potential[grid >= held] = anode_potential[grid < held][-1] - (grid[grid >= held] - held)

    def ocp(values, name):
        return lambda sto: pybamm.Interpolant(grid, values, sto, name=name, interpolator="linear")

    parameters = pybamm.ParameterValues("Chen2020")
    thickness, share, faraday = 1e-4, 0.5, 96485.33212
    # mAh/g times mg/cm2 is 0.01 Ah/m2.
    maximum = {
        name: 1e-2 * capacity * LOADING * 3600 / (faraday * thickness * share)
        for name, capacity in (("Negative", size), ("Positive", scale))
    }
    values = {
        "Electrode height [m]": 1.0,
        "Electrode width [m]": 1.0,
        "Number of electrodes connected in parallel to make a cell": 1.0,
        "Current function [A]": 10 * current,
        "Contact resistance [Ohm]": 1e-4 * resistance,
        "Lower voltage cut-off [V]": 1.5,
        "Upper voltage cut-off [V]": 5.0,
        "Negative electrode OCP [V]": ocp(anode_potential, "anode"),
        "Positive electrode OCP [V]": ocp(cathode_potential, "cathode"),
    }
    for name, start in (("Negative", held), ("Positive", place)):
        side, radius = name.lower(), 1e-6
        values |= {
            f"{name} electrode thickness [m]": thickness,
            f"{name} electrode active material volume fraction": share,
            f"Maximum concentration in {side} electrode [mol.m-3]": maximum[name],
            f"Initial concentration in {side} electrode [mol.m-3]": float(start) * maximum[name],
            f"{name} particle radius [m]": radius,
            f"{name} particle diffusivity [m2.s-1]": radius**2 / (3600 * (tau if name == "Negative" else 1e-3)),
            f"{name} electrode exchange-current density [A.m-2]": lambda c_e, c_s, c_max, T: pybamm.Scalar(1e6),
        }
    parameters.update(values, check_already_exists=False)
    model = pybamm.lithium_ion.SPM({"contact resistance": "true"})
    points = {"x_n": 5, "x_s": 5, "x_p": 5, "r_n": 200, "r_p": 20}
    simulation = pybamm.Simulation(model, parameter_values=parameters, var_pts=points)
    hours = FIRST.discharge_capacity * 1e-3 * LOADING / current
    solution = simulation.solve([0, 1.2 * 3600 * hours])
    return float(solution["Discharge capacity [A.h]"].entries[-1]) / (1e-2 * LOADING)


@pytest.mark.peer
def test_pybamm_single_particle_model_agrees():
    pybamm = pytest.importorskip("pybamm")
    for current in (0.07, 0.2, 0.5, 1.0, 1.47):
        ours = discharge(current, 20.0, 25.0).capacity
        assert single_particle(pybamm, current, 20.0, 25.0) == pytest.approx(ours, abs=1.0), current


class Straight:
    """A path whose potential falls evenly with the lithium: 0.5 V when full, 1.5 V when empty."""

    direction = "delithiation"

    class start:
        potential = 0.5

    def take(self, cells):
        return self

    def lithium(self, potential):
        return 1.5 - potential


def test_line_with_a_straight_curve_is_its_closed_form():
    """Constant current into a line of resistance R and capacity C; Crank's plane sheet with constant flux."""
    drop, capacity = 0.3, 200.0
    line = rate._porous._Line(Straight(), np.array([capacity]), np.array([drop]))
    grid = np.linspace(0, 0.4, 161)
    seen = [line.pass_on(np.array([step * capacity])) for step in np.diff(grid)]
    numbers = np.arange(1, 400)
    # Charge over capacity is a voltage here, and time is charge: C R is drop times capacity over current.
    time = grid[1:, None] / drop
    series = (np.exp(-((numbers * np.pi) ** 2) * time) / (numbers * np.pi) ** 2).sum(axis=1)
    expected = 0.5 + grid[1:] + drop * (1 / 3 - 2 * series)
    # The first steps are those in which one implicit step is coarse.
    npt.assert_allclose(np.ravel(seen)[8:], expected[8:], atol=2e-3)
    assert line.lithium.mean() == pytest.approx((1 - 0.4) * capacity, rel=1e-6)


def test_lines_without_resistance_are_the_equilibrium_discharge():
    found = rate.porous_discharge(FIRST, 1.0, anode_resistance=0.0)
    assert found.capacity == pytest.approx(FIRST.discharge_capacity, abs=0.02)
    assert found.mean_voltage == pytest.approx(FIRST.mean_discharge_voltage, abs=2e-3)


def test_a_small_line_costs_a_third_of_its_resistance_on_the_slope_and_the_separator_all_of_it():
    none = rate.porous_discharge(FIRST, 0.5, anode_resistance=0.0).mean_voltage
    line, series = (
        none - rate.porous_discharge(FIRST, 0.5, **{name: 60.0, "anode_resistance": anode}).mean_voltage
        for name, anode in (("cathode_resistance", 0.0), ("area_specific_resistance", 0.0))
    )
    assert series == pytest.approx(0.030, abs=1e-3)
    assert line == pytest.approx(0.010, abs=2e-3)


def test_a_front_through_the_depth_takes_nearly_the_same_of_every_ratio():
    cells = FullCell(NCM, SI_C, np.array([1.2, 2.0]), anode_areal_capacity=7.4)
    first = cells.first_cycle(4.25, 1.5, loss=Loss.fixed(0.157), warn=False)
    porous = rate.porous_discharge(first, 1.47, anode_resistance=2200.0).capacity
    spheres = rate.discharge(first, 1.47, 20.0, cathode_loading=cells.cathode_loading).capacity
    assert abs(np.diff(porous)[0]) < 0.4 * abs(np.diff(spheres)[0])
    single = FullCell(NCM, SI_C, 2.0).first_cycle(4.25, 1.5, loss=Loss.fixed(0.157))
    assert rate.porous_discharge(single, 1.47, anode_resistance=2200.0).capacity == pytest.approx(porous[1], abs=1e-6)


def test_negative_resistance_of_an_electrode_fails():
    with pytest.raises(ValueError, match="anode_resistance must be zero or positive"):
        rate.porous_discharge(FIRST, 1.0, anode_resistance=-1.0)
