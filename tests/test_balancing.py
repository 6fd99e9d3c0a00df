"""Full cells: stoichiometry limits."""

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sicell import electrodes
from sicell.balancing import stoichiometry_limits
from sicell.msmr import Msmr

SI_C, NCM = electrodes.si_c(), electrodes.ncm90()


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
    assert len(limits.to_frame()) == 2000


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
@pytest.mark.parametrize("name", ["Chen2020", "Ecker2015"])
def test_pybamm_finds_the_same_limits(name):
    parameters, solver, positive, negative = pybamm_solver(name)
    low, high = parameters["Lower voltage cut-off [V]"], parameters["Upper voltage cut-off [V]"]
    random = np.random.default_rng(2)
    q_p = random.uniform(0.9, 1.1, 40)
    q_n, lithium = q_p * random.uniform(0.65, 0.9, 40), q_p * random.uniform(0.8, 0.95, 40)
    ours = stoichiometry_limits(positive, negative, q_p, q_n, lithium, low, high, infeasible="nan")
    compared = 0
    for number in np.flatnonzero(~np.isnan(ours.x_0 + ours.x_100)):
        theirs = solver.solve({"Q_p": q_p[number], "Q_n": q_n[number], "Q_Li": lithium[number]})
        for end in ("x_0", "x_100", "y_0", "y_100"):
            assert getattr(ours, end)[number] == pytest.approx(theirs[end], abs=1e-6), (number, end)
        compared += 1
    assert compared >= 20
