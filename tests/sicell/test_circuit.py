import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from impedance.models.circuits import CustomCircuit
from impedance.models.circuits.elements import circuit_elements
from matplotlib.figure import Figure
from scipy.linalg import expm

from sicell.circuit import CircuitError, Grid, Parallel, Series, _registry, elements, evaluate, parse
from sicell.circuit._elements import ELEMENTS

FREQUENCY = np.geomspace(1e6, 1e-2, 41)
SHARED = [symbol for symbol in ELEMENTS if symbol in circuit_elements]


def random_values(circuit, count=6, seed=0):
    rng = np.random.default_rng(seed)
    values = np.exp(rng.uniform(-2, 2, (count, len(circuit.parameter_names))))
    exponent = [role == "exponent" for role in circuit.roles]
    values[:, exponent] = rng.uniform(0.5, 1, (count, sum(exponent)))
    return values


def closest(text):
    return pytest.raises(CircuitError, match=text)


# --- the language ---------------------------------------------------------------------------------------------------


def test_parameter_names_and_units_are_those_of_impedance_py():
    text = "R0-p(R1-Wo1,CPE1)-p(R2,C2)-L3-La4-W5-Ws6-G7-Gs8-K9-Zarc10-T11-TLMQ12"
    circuit = parse(text)
    names, units = CustomCircuit(text, initial_guess=[1.0] * len(circuit.units)).get_param_names()
    assert list(circuit.parameter_names) == names
    expected = ["H s^(α-1)" if name == "La4_0" else unit for name, unit in zip(names, units, strict=True)]
    assert list(circuit.units) == expected


def test_tree_of_a_nested_circuit():
    circuit = parse(" R0 - p( R1-p(C1,W1) , CPE2 ) ")
    assert isinstance(circuit.root, Series)
    group = circuit.root.children[1]
    assert isinstance(group, Parallel)
    assert [str(child) for child in group.children] == ["R1-p(C1,W1)", "CPE2"]
    assert [element.name for element in circuit.elements] == ["R0", "R1", "C1", "W1", "CPE2"]
    assert str(circuit) == "R0-p(R1-p(C1,W1),CPE2)"


def test_underscore_before_the_number():
    assert parse("R_0-CPE_12").parameter_names == ("R_0", "CPE_12_0", "CPE_12_1")


def test_blanks_between_p_and_parenthesis_mean_nothing():
    assert parse("p (R1,C1)").text == "p(R1,C1)"


def test_a_parsed_circuit_is_returned_as_it_is():
    circuit = parse("R0-C1")
    assert parse(circuit) is circuit


def test_element_table_names_a_source_for_each():
    table = elements()
    assert set(table.index) >= {"R", "C", "L", "La", "CPE", "W", "Wo", "Ws", "G", "Gs", "K", "Zarc", "TLMQ", "TLMDF"}
    assert (table["source"].str.len() > 10).all()


def test_unknown_element_fails():
    with closest("unknown element 'CPF' .did you mean CPE.. at position 8") as caught:
        parse("R0-p(R1,CPF1)")
    assert caught.value.position == 8
    assert caught.value.text == "R0-p(R1,CPF1)"


def test_element_like_no_other_fails():
    with closest("unknown element 'xyz' .known are R, C"):
        parse("xyz1")


def test_missing_closing_parenthesis_fails():
    with closest("the group opened at 3 is not closed, the string ends at position 10"):
        parse("R0-p(R1,C1")


def test_wrong_character_in_a_group_fails():
    with closest(r"the group opened at 0 is not closed, found '\(' at position 4"):
        parse("p(R1(C1))")


def test_surplus_closing_parenthesis_fails():
    with closest(r"'\)' closes nothing at position 11"):
        parse("R0-p(R1,C1))")


def test_parallel_with_one_branch_fails():
    with closest("at least two branches, .* at position 3"):
        parse("R0-p(R1)")


def test_name_used_twice_fails():
    with closest("the name 'R0' is used twice at position 5"):
        parse("R0-p(R0,C1)")


@pytest.mark.parametrize("text", ["", "   "])
def test_empty_string_fails(text):
    with closest("empty"):
        parse(text)


def test_element_without_number_fails():
    with closest("element 'R' needs a number, as in R0 at position 0"):
        parse("R-C1")


def test_dangling_dash_fails():
    with closest("an element or p.* is missing at position 3"):
        parse("R0-")


def test_comma_outside_a_group_fails():
    with closest("unexpected ',' at position 2"):
        parse("R0,R1")


def test_plain_group_fails():
    with closest(r"unexpected '\(' at position 3"):
        parse("R0-(R1-C1)")


def test_strange_character_fails():
    with closest("found '²' at position 2"):
        parse("R1²")
    with closest("expected an element or p.*, found '1' at position 0"):
        parse("1R")


def test_too_deep_nesting_fails():
    with closest("nested deeper than 50"):
        parse("p(" * 3000)


def test_circuit_that_is_no_string_fails():
    with pytest.raises(TypeError, match="circuit must be a string"):
        parse(3)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="RCLWoasGKTpQPEMZrc0123456789(),- _²", max_size=30) | st.text(max_size=20))
def test_any_string_is_read_or_named_wrong(text):
    try:
        circuit = parse(text)
    except CircuitError as caught:
        problem = caught
    else:
        assert parse(str(circuit)) == circuit
        return
    assert 0 <= problem.position <= len(text)


leaf = st.sampled_from(sorted(ELEMENTS))
trees = st.recursive(leaf, lambda inner: st.tuples(st.sampled_from("sp"), st.lists(inner, min_size=2, max_size=3)))


def written(tree, counter):
    if isinstance(tree, str):
        counter.append(None)
        return f"{tree}{len(counter)}"
    parts = [written(child, counter) for child in tree[1]]
    return "-".join(parts) if tree[0] == "s" else f"p({','.join(parts)})"


@settings(max_examples=60, deadline=None)
@given(trees)
def test_every_well_formed_circuit_is_read_and_written_back(tree):
    text = written(tree, [])
    assert str(parse(text)) == text


# --- impedance ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("symbol", [symbol for symbol in SHARED if symbol not in ("La", "T")])
def test_element_equals_impedance_py(symbol):
    circuit = parse(f"{symbol}1")
    for row in random_values(circuit):
        expected = circuit_elements[symbol](row.tolist(), FREQUENCY.tolist())
        npt.assert_allclose(circuit.impedance(FREQUENCY, row), expected, rtol=1e-12)


def test_porous_electrode_equals_impedance_py_where_it_does_not_cut_off():
    # impedance.py replaces sinh(β) by 1e10 for |β| beyond 100, where B/(β sinh β) is zero.
    circuit = parse("T1")
    frequency = np.geomspace(1, 1e-2, 20)
    row = [2.0, 3.0, 0.5, 4.0]
    npt.assert_allclose(circuit.impedance(frequency, row), circuit_elements["T"](row, frequency.tolist()), rtol=1e-12)


def test_modified_inductor_follows_the_documented_formula():
    z = parse("La0").impedance(FREQUENCY, [1e-3, 0.9])
    npt.assert_allclose(z, 1e-3 * (2j * np.pi * FREQUENCY) ** 0.9, rtol=1e-12)
    # impedance.py 1.7.1 computes (jωL)^α instead.
    npt.assert_allclose(z, circuit_elements["La"]([1e-3 ** (1 / 0.9), 0.9], FREQUENCY.tolist()), rtol=1e-12)


@pytest.mark.parametrize("symbol", ELEMENTS)
def test_derivatives_equal_finite_differences(symbol):
    circuit = parse(f"{symbol}1")
    check_derivatives(circuit)


def test_derivatives_of_a_nested_circuit():
    check_derivatives(parse("R0-p(R1-Wo1,CPE1,p(R2,C2)-L3)-p(R4,p(C5,R5-W5))"))


def derivatives_of(circuit, frequency, values):
    """Return the derivatives by the logarithm of each parameter, shape (..., P, F)."""
    return evaluate(circuit, Grid(np.asarray(frequency)), np.atleast_2d(values).astype(float), derivatives=True)[1]


def check_derivatives(circuit, step=1e-5):
    values = random_values(circuit)
    derivatives = derivatives_of(circuit, FREQUENCY, values)
    scale = np.abs(circuit.impedance(FREQUENCY, values))
    for i in range(values.shape[1]):
        up, down = values.copy(), values.copy()
        up[:, i] *= np.exp(step)
        down[:, i] *= np.exp(-step)
        slope = (circuit.impedance(FREQUENCY, up) - circuit.impedance(FREQUENCY, down)) / (2 * step)
        npt.assert_allclose(derivatives[:, i] / scale, slope / scale, atol=2e-7)


@pytest.mark.parametrize("symbol", ELEMENTS)
def test_elements_stay_finite_at_both_ends(symbol):
    circuit = parse(f"{symbol}1")
    values = [0.8 if role == "exponent" else 1.0 for role in circuit.roles]
    ends = np.array([1e-9, 1e12])
    assert np.isfinite(circuit.impedance(ends, values)).all()
    assert np.isfinite(derivatives_of(circuit, ends, values)).all()


def test_limits_of_the_diffusion_elements():
    # Above the knee both are a Warburg element of coefficient Z0/√(2τ); below it, a capacitor with Z0/3 and a resistor.
    fast, slow = 1e5, 1e-6
    warburg = parse("W1").impedance(fast, [30 / np.sqrt(2 * 4.0)])
    npt.assert_allclose(parse("Wo1").impedance(fast, [30, 4.0]), warburg, rtol=1e-10)
    npt.assert_allclose(parse("Ws1").impedance(fast, [30, 4.0]), warburg, rtol=1e-10)
    npt.assert_allclose(parse("Wo1").impedance(slow, [30, 4.0]).real, 10, rtol=1e-6)
    npt.assert_allclose(parse("Wo1").impedance(slow, [30, 4.0]).imag, -30 / (2 * np.pi * slow * 4), rtol=1e-6)
    npt.assert_allclose(parse("Ws1").impedance(slow, [30, 4.0]), 30, rtol=1e-4)


def test_arc_written_by_resistor_and_constant_phase_element_is_a_zarc():
    resistance, factor, exponent = 50.0, 1e-4, 0.8
    arc = parse("p(R1,CPE1)").impedance(FREQUENCY, [resistance, factor, exponent])
    time = (resistance * factor) ** (1 / exponent)
    npt.assert_allclose(arc, parse("Zarc1").impedance(FREQUENCY, [resistance, time, exponent]), rtol=1e-12)


@pytest.mark.parametrize("symbol", ["TLMD", "TLMDF"])
def test_transmission_line_solves_its_differential_equations(symbol):
    ionic, electronic, transfer, factor, exponent = 30.0, 12.0, 80.0, 2e-3, 0.9
    row = [ionic, electronic, *([transfer] if symbol == "TLMDF" else []), factor, exponent]
    for frequency in (1e3, 10.0, 0.1):
        admittance = factor * (2j * np.pi * frequency) ** exponent + (1 / transfer if symbol == "TLMDF" else 0)
        expected = integrated_line(ionic, electronic, admittance)
        npt.assert_allclose(parse(f"{symbol}1").impedance(frequency, row), expected, rtol=1e-9)


def integrated_line(ionic, electronic, admittance):
    """Return the impedance from the matrix exponential of the line's equations.

    With a current of one from the collector (x = 0) to the separator (x = 1), ionic current i and difference u of
    electronic and ionic potential: u' = (R_ion + R_el) i - R_el, i' = Y u, i(0) = 0, i(1) = 1.
    """
    total = ionic + electronic
    generator = np.array([[0, total, -electronic], [admittance, 0, 0], [0, 0, 0]], dtype=complex)
    line = expm(generator)
    start = (1 - line[1, 2]) / line[1, 0]
    end = line[0, 0] * start + line[0, 2]
    mean_ionic_current = (end - start + electronic) / total
    return electronic * (1 - mean_ionic_current) + end


def test_faradaic_line_without_transfer_is_the_blocking_one():
    row = [30.0, 2e-3, 0.9]
    faradaic = parse("TLMF1").impedance(FREQUENCY, [30.0, 1e15, 2e-3, 0.9])
    npt.assert_allclose(faradaic, parse("TLMQ1").impedance(FREQUENCY, row), rtol=1e-8)


def test_line_without_electronic_resistance_is_the_ionic_one():
    dual = parse("TLMDF1").impedance(FREQUENCY, [30.0, 1e-12, 80.0, 2e-3, 0.9])
    npt.assert_allclose(dual, parse("TLMF1").impedance(FREQUENCY, [30.0, 80.0, 2e-3, 0.9]), rtol=1e-10)


def test_many_rows_equal_single_rows():
    circuit = parse("R0-p(R1,CPE1)-Wo1")
    values = random_values(circuit, 5).reshape(5, 1, -1)
    together = circuit.impedance(FREQUENCY, values)
    assert together.shape == (5, 1, FREQUENCY.size)
    npt.assert_allclose(together[3, 0], circuit.impedance(FREQUENCY, values[3, 0]), rtol=1e-14)


def test_parameters_by_name():
    circuit = parse("R0-C1")
    by_name = circuit.impedance(FREQUENCY, {"C1": [1e-3, 1e-2], "R0": 2.0})
    npt.assert_allclose(by_name[1], circuit.impedance(FREQUENCY, [2.0, 1e-2]))


def test_missing_and_unknown_names_fail():
    circuit = parse("R0-C1")
    with pytest.raises(ValueError, match="also needs 'C1'; its parameters are R0, C1"):
        circuit.impedance(FREQUENCY, {"R0": 1})
    with pytest.raises(ValueError, match="has no parameter 'C2'"):
        circuit.impedance(FREQUENCY, {"R0": 1, "C1": 1, "C2": 1})


def test_wrong_number_of_values_fails():
    with pytest.raises(ValueError, match=r"parameters must be 2 values for R0-C1 .R0, C1., got 3"):
        parse("R0-C1").impedance(FREQUENCY, [1, 2, 3])
    with pytest.raises(ValueError, match="got 1"):
        parse("R0-C1").impedance(FREQUENCY, 1.0)


def test_values_and_frequencies_that_are_not_positive_fail():
    with pytest.raises(ValueError, match="parameters must be positive, got -1 at position 1"):
        parse("R0-C1").impedance(FREQUENCY, [1, -1])
    with pytest.raises(ValueError, match=r"frequency must be positive .in Hz., got 0"):
        parse("R0-C1").impedance(0.0, [1, 1])


@pytest.mark.parametrize("text", ["R0", "R0-p(R1,CPE1)-W1", "p(C1,R1-p(R2-Wo1,CPE2))-L0"])
def test_drawing_names_every_element_once(text):
    circuit = parse(text)
    axes = circuit.draw(Figure().subplots())
    names = [label.get_text() for label in axes.texts]
    assert [names.count(element.name) for element in circuit.elements] == [1] * len(circuit.elements)
    assert not axes.axison


@pytest.mark.parametrize(
    ("symbol", "role", "said"),
    [("G", "scale", "is there already"), ("H2", "scale", "needs letters"), ("Hn", "power", "roles of")],
)
def test_an_element_that_the_language_cannot_hold_fails(symbol, role, said):
    with pytest.raises(ValueError, match=said):
        _registry.element(symbol, "title", "formula", "source", ("a", "ohm", role))(lambda grid, a: None)
    assert symbol not in _registry.ELEMENTS or symbol == "G"
