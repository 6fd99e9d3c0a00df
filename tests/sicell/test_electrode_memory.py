"""What an electrode remembers: front, scanning curves, Li15Si4, and lithium that never comes back."""

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from sicell import electrodes

SILICON = electrodes.silicon()
COMPOSITE = electrodes.si_c(0.37)
GRAPHITE = electrodes.graphite()

stops = st.lists(st.floats(0.0, 1.0), min_size=2, max_size=6)


def turn(electrode, state, direction, share):
    """Follow a direction to a potential that lies `share` of the way to the limit."""
    path = electrode.follow(state, direction)
    end = electrode.lower_limit if direction == "lithiation" else electrode.upper_limit
    return path, path.stop(state.potential + share * (end - state.potential))


@settings(max_examples=40, deadline=None)
@given(shares=stops)
@pytest.mark.parametrize("electrode", [SILICON, COMPOSITE, GRAPHITE], ids=lambda one: one.name)
def test_every_part_keeps_its_lithium_when_the_direction_changes(electrode, shares):
    state = electrode.start()
    for number, share in enumerate(shares):
        path, after = turn(electrode, state, ("lithiation", "delithiation")[number % 2], share)
        here = path.parts(state.potential)
        for name, part in state.parts.items():
            assert here[name] == pytest.approx(part.lithium, abs=1e-12)
        assert path.potential(state.lithium) == pytest.approx(state.potential, abs=1e-12)
        potentials = np.linspace(state.potential, after.potential, 60)
        sign = 1 if number % 2 == 0 else -1
        for values in path.parts(potentials).values():
            assert (sign * np.diff(values) >= -1e-12).all()
        state = after


@pytest.mark.parametrize("electrode", [SILICON, COMPOSITE, GRAPHITE], ids=lambda one: one.name)
def test_a_full_loop_gives_back_the_branches(electrode):
    potentials = np.linspace(electrode.lower_limit, electrode.upper_limit, 50)
    state = electrode.start()
    for direction, branch in (("lithiation", "first lithiation"), ("delithiation",) * 2, ("lithiation",) * 2):
        path, state = turn(electrode, state, direction, 1.0)
        expected = electrode.lithiation(potentials, branch)
        npt.assert_allclose(path.lithiation(potentials), expected, atol=2e-12)


def test_what_the_electrolyte_took_never_comes_back():
    _, state = turn(COMPOSITE, COMPOSITE.start(), "lithiation", 0.95)
    taken = state.parts["electrolyte"].lithium
    assert taken > 0.01
    for direction in ("delithiation", "lithiation", "delithiation"):
        _, state = turn(COMPOSITE, state, direction, 1.0)
        assert state.parts["electrolyte"].lithium >= taken
    assert state.lithium == pytest.approx(state.parts["electrolyte"].lithium, abs=1e-12)


def test_stopping_on_the_way_changes_nothing():
    for direction, middle, end in (("lithiation", 0.2, 0.07), ("delithiation", 0.3, 0.6)):
        start = COMPOSITE.start()
        if direction == "delithiation":
            _, start = turn(COMPOSITE, start, "lithiation", 0.97)
        at_once = COMPOSITE.follow(start, direction).stop(end)
        first = COMPOSITE.follow(start, direction).stop(middle)
        # Also if the path itself is forgotten.
        for state in (first, first.lose(0.0)) if direction == "delithiation" else (first,):
            second = COMPOSITE.follow(state, direction).stop(end)
            for name, part in second.parts.items():
                assert part.lithium == pytest.approx(at_once.parts[name].lithium, abs=1e-9)


def test_delithiation_is_that_of_what_the_front_has_consumed():
    half = SILICON.follow(SILICON.start(), "lithiation").stop(0.079)
    share = half.parts["silicon"].reacted
    assert 0.3 < share < 0.8
    # Behind the front the alloy is nearly full whatever the front has reached.
    assert half.lithium / share == pytest.approx(3.5 / 3.75, abs=1e-12)
    back = SILICON.follow(half, "delithiation")
    potentials = np.linspace(0.45, 1.2, 20)
    npt.assert_allclose(
        back.lithium(potentials), share * SILICON.lithiation(potentials, "delithiation", 0.079), atol=1e-4
    )


def test_crystal_that_is_left_shows_its_plateau_again():
    half = SILICON.follow(SILICON.start(), "lithiation").stop(0.079)
    again = SILICON.follow(SILICON.follow(half, "delithiation").stop(1.5), "lithiation")
    plateau, before = (again.slope(np.array(u), 0.002) for u in (0.075, 0.09))
    assert plateau > 3 * before
    full = again.stop(SILICON.lower_limit)
    assert full.parts["silicon"].reacted == pytest.approx(1.0)
    assert full.lithium == pytest.approx(1.0, abs=1e-6)


def test_li15si4_forms_where_the_potential_was_low_enough():
    for lowest, share in ((0.005, 0.5), (0.09, 0.0)):
        state = SILICON.follow(SILICON.start(), "lithiation").stop(lowest)
        assert state.parts["silicon"].crystal == pytest.approx(share, abs=0.02)
    # A later, shallow lithiation forms none: what had formed has decayed in between.
    deep = SILICON.follow(SILICON.start(), "lithiation").stop(0.005)
    shallow = SILICON.follow(SILICON.follow(deep, "delithiation").stop(1.5), "lithiation").stop(0.15)
    assert shallow.parts["silicon"].crystal < 0.01


def test_scanning_curve_agrees_with_one_state_hysteresis():
    """PyBaMM's one-state law, dh/dq = decay (1 - h), which mixes the potentials of the same two curves."""
    deep = SILICON.follow(SILICON.start(), "lithiation").stop(SILICON.lower_limit)
    empty = SILICON.follow(deep, "delithiation").stop(SILICON.upper_limit)
    start = SILICON.follow(empty, "lithiation").stop(0.2)
    back = SILICON.follow(start, "delithiation")
    decay = 1 / SILICON.parts[0].relaxation
    passed = np.linspace(0.0, 0.25, 60)
    # dh/dq integrated by an ODE solver, not by the formula of its solution.
    state = solve_ivp(lambda _, h: decay * (1 - h), (0, 0.25), [-1.0], t_eval=passed, rtol=1e-9).y[0]
    lithium = start.lithium - passed
    low, high = SILICON.potential(lithium, "lithiation"), SILICON.potential(lithium, "delithiation", 0.2)
    theirs = low + 0.5 * (1 + state) * (high - low)
    ours = back.potential(lithium)
    gap = (high - low)[0]
    assert gap > 0.2
    # Same start and same end; between, ours leaves the start more steeply, within the same few per cent of lithium.
    assert ours[0] == pytest.approx(theirs[0], abs=1e-6)
    npt.assert_allclose(ours[passed > 0.15], theirs[passed > 0.15], atol=0.005)
    # Leaving its start ours jumps: it differs most there, and over the whole curve by little.
    assert np.abs(ours - theirs).max() < 0.8 * gap
    assert np.trapezoid(np.abs(ours - theirs), passed) / passed[-1] < 0.04
    nine_tenths = [passed[np.argmax(curve > low + 0.9 * (high - low))] for curve in (ours, theirs)]
    assert 0 < nine_tenths[0] < nine_tenths[1] < 0.1


@pytest.mark.peer
def test_pybamm_leads_from_branch_to_branch_over_the_same_lithium():
    """PyBaMM's one-state hysteresis, run in its single-particle model so slowly that no diffusion shows."""
    pybamm = pytest.importorskip("pybamm")
    deep = SILICON.follow(SILICON.start(), "lithiation").stop(SILICON.lower_limit)
    empty = SILICON.follow(deep, "delithiation").stop(SILICON.upper_limit)
    start = SILICON.follow(empty, "lithiation").stop(0.2)
    back = SILICON.follow(start, "delithiation")
    grid = np.linspace(1e-3, 1 - 1e-3, 4000)

    def branch(name):
        values = SILICON.potential(grid, name, *([0.2] if name == "delithiation" else []))
        return lambda stoichiometry: pybamm.Interpolant(grid, values, stoichiometry, name=name)

    # Theirs falls with half the rate: dh/dq = decay (1 - h) / 2.
    decay = 2 / SILICON.parts[0].relaxation
    parameters = pybamm.ParameterValues("Chen2020")
    most = parameters["Maximum concentration in negative electrode [mol.m-3]"]
    parameters.update(
        {
            "Negative electrode lithiation OCP [V]": branch("lithiation"),
            "Negative electrode delithiation OCP [V]": branch("delithiation"),
            "Negative electrode OCP [V]": branch("delithiation"),
            "Negative particle hysteresis decay rate": decay,
            "Negative particle lithiation hysteresis decay rate": decay,
            "Negative particle delithiation hysteresis decay rate": decay,
            "Initial hysteresis state in negative electrode": -1.0,
            "Initial concentration in negative electrode [mol.m-3]": start.lithium * most,
            "Lower voltage cut-off [V]": -5.0,
            "Upper voltage cut-off [V]": 10.0,
            "Current function [A]": 5e-3,
        },
        check_already_exists=False,
    )
    model = pybamm.lithium_ion.SPM({"open-circuit potential": ("one-state hysteresis", "single")})
    solution = pybamm.Simulation(model, parameter_values=parameters).solve(np.linspace(0, 3600 * 250, 200))
    lithium = solution["X-averaged negative particle surface stoichiometry"].entries
    theirs = solution["X-averaged negative electrode open-circuit potential [V]"].entries
    ours = back.potential(lithium)
    passed = start.lithium - lithium
    assert passed[-1] > 0.2
    assert theirs[0] == pytest.approx(ours[0], abs=2e-3)
    npt.assert_allclose(ours[passed > 0.15], theirs[passed > 0.15], atol=0.005)
    goal = SILICON.potential(lithium, "delithiation", 0.2)
    low = SILICON.potential(lithium, "lithiation")
    nine_tenths = [passed[np.argmax(curve > low + 0.9 * (goal - low))] for curve in (ours, theirs)]
    # Ours leaves its start more steeply.
    assert 0 < nine_tenths[0] < nine_tenths[1] < 0.1
