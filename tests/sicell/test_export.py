"""Export to the Battery Parameter eXchange format: complete, marked, exact where the model is, never half-written."""

import json
import re
import sys
import types
from dataclasses import replace

import numpy as np
import numpy.testing as npt
import pytest

from sicell import electrodes, export, rate
from sicell.balancing import FullCell, HalfCycle, Loss
from sicell.export._build import assumptions
from sicell.export._table import ocp_table

NCM, SI_C = electrodes.ncm90(), electrodes.si_c()
CELL = FullCell(NCM, SI_C, 1.3, anode_areal_capacity=7.4)
LOSS = Loss.fixed(0.15)
FIRST = CELL.first_cycle(4.25, 1.5, loss=LOSS)
DOCUMENT = export.to_bpx(FIRST)
FARADAY = 96485.33212
PAIRS = "Number of electrode pairs connected in parallel to make a cell"


def section(name, document=DOCUMENT):
    return document.content["Parameterisation"][name]


def fields(document):
    """Name every entry under Parameterisation and State as the table does."""
    for part in ("Parameterisation", "State"):
        for name, entries in document.content[part].items():
            for field, value in entries.items():
                yield f"{name}: {field}", value


def potential(side, stoichiometry, document=DOCUMENT, name="OCP [V]"):
    table = section(f"{side} electrode", document)[name]
    return np.interp(stoichiometry, table["x"], table["y"])


def window(side, document=DOCUMENT):
    electrode = section(f"{side} electrode", document)
    return electrode["Minimum stoichiometry"], electrode["Maximum stoichiometry"]


# --- what is assumed


def test_every_field_is_in_the_table_exactly_once():
    table = DOCUMENT.assumptions
    found = dict(fields(DOCUMENT))
    assert sorted(table["field"]) == sorted(found)
    assert table["field"].is_unique
    for row in table.itertuples():
        if isinstance(found[row.field], dict):
            assert row.value == f"table of {len(found[row.field]['x'])} points"
        else:
            assert row.value == found[row.field], row.field
        unit = re.search(r"\[(.*)\]$", row.field)
        assert row.unit == (unit[1].replace(".", " ") if unit else "1")
        assert len(row.source) > 10, row.field
    assert set(table["status"]) == {"assumed", "derived"}


def test_what_is_assumed_is_said_in_the_document_itself():
    description = DOCUMENT.content["Header"]["Description"]
    assumed, derived = re.search(r"ASSUMED, .* model: (.*)\. Derived from the model: (.*)\.$", description).groups()
    by_status = DOCUMENT.assumptions.groupby("status")["field"].apply(list)
    assert assumed.split("; ") == by_status["assumed"]
    assert derived.split("; ") == by_status["derived"]


def test_every_default_is_used_and_marked_as_assumed():
    table = assumptions()
    plain = FullCell(replace(NCM, density=None), replace(SI_C, density=None), 1.3, anode_areal_capacity=7.4)
    document = export.to_bpx(plain.first_cycle(4.25, 1.5, loss=LOSS))
    assert set(table.index) <= set(document.assumptions.query("status == 'assumed'")["field"])
    # Besides the defaults: three areas that follow from assumed values alone.
    assert document.assumptions["status"].eq("assumed").sum() == len(table) + 3
    assert section("User-defined", document)["Positive electrode active material density [kg.m-3]"] == 4700
    # With a density of its own, an electrode needs no assumed one.
    assert DOCUMENT.assumptions["status"].eq("assumed").sum() == len(table) + 1
    assert ((table["lower"] <= table["value"]) & (table["value"] <= table["upper"])).all()


def test_assumptions_of_the_user_replace_the_defaults():
    own = "User-defined: Negative electrode active material density [kg.m-3]"
    given = {"Separator: Thickness [m]": 7.5e-4, own: 1500.0}
    document = export.to_bpx(FIRST, assumed=given)
    rows = document.to_frame("assumed")
    assert rows.loc["Separator: Thickness [m]", "value"] == "0.00075"
    assert rows.loc[["Separator: Thickness [m]", own], "source"].tolist() == ["Given by the user"] * 2
    # A lighter material makes a thicker electrode of the same capacity.
    ratio = section("Negative electrode", document)["Thickness [m]"] / section("Negative electrode")["Thickness [m]"]
    assert ratio == pytest.approx(1e3 * SI_C.density / 1500)


def test_curve_that_nobody_measured_is_assumed():
    shell = {key: electrodes.curve(f"carbon-shell-{key}") for key in ("lithiation", "delithiation")}
    carbon = electrodes.Electrode(
        "carbon", [electrodes.Part("carbon", shell)], 450.0, "carbon", 0.005, 2.5, density=1.9
    )
    first = FullCell(NCM, carbon, 1.5, anode_areal_capacity=3.0).first_cycle(4.1, 2.5, loss=Loss.fixed(0.1))
    status = export.to_bpx(first).assumptions.set_index("field")["status"]
    assert status["Negative electrode: OCP [V]"] == "assumed"
    assert status["Positive electrode: OCP [V]"] == "derived"


def test_table_reads_as_text():
    table = DOCUMENT.to_frame()
    assert table.loc["Negative electrode: Diffusivity [m2.s-1]", "value"] == "1e-14"
    assert set(DOCUMENT.to_frame("derived")["status"]) == {"derived"}
    assert "26 derived, 28 assumed" in repr(DOCUMENT)
    low, high = NCM.branch("lithiation").measured
    assert table.loc["Positive electrode: OCP [V]", "source"].endswith(f"measured from {low:g} to {high:g} V")


def test_unknown_status_fails():
    with pytest.raises(ValueError, match="status must be one of 'derived', 'assumed', got 'measured'"):
        DOCUMENT.to_frame("measured")


# --- what the model gives


@pytest.mark.parametrize(
    ("side", "areal"),
    # The loss of 0.15 takes less than that share of the capacity: what was not reached is not lost.
    [("Negative", (7.4 * 0.82, 7.4 * 0.85)), ("Positive", CELL.cathode_loading * NCM.reversible_capacity / 1e3)],
)
def test_capacity_of_the_particles_is_that_of_the_electrode_after_the_loss(side, areal):
    electrode = section(f"{side} electrode")
    share = electrode["Surface area per unit volume [m-1]"] * electrode["Particle radius [m]"] / 3
    assert share == pytest.approx(section("User-defined")[f"{side} electrode active material volume fraction"])
    charge = FARADAY * electrode["Maximum concentration [mol.m-3]"] * share * electrode["Thickness [m]"]
    # C/m2 to mAh/cm2
    if side == "Negative":
        assert areal[0] < charge / 36e3 < areal[1]
    else:
        assert charge / 36e3 == pytest.approx(areal, rel=1e-6)
    low, high = window(side)
    area = section("Cell")["Electrode area [m2]"]
    assert charge * area * (high - low) / 3600 == pytest.approx(section("Cell")["Nominal cell capacity [A.h]"])


def test_thickness_is_loading_over_density_and_share():
    expected = 1e-2 * (1e3 * CELL.anode_areal_capacity / SI_C.specific_capacity) / (1e3 * SI_C.density * 0.5)
    assert section("Negative electrode")["Thickness [m]"] == pytest.approx(expected, rel=1e-9)


def test_more_layers_hold_more():
    document = export.to_bpx(FIRST, assumed={"Cell: Electrode area [m2]": 1e-2, f"Cell: {PAIRS}": 8})
    cells = section("Cell", document), section("Cell")
    assert cells[0]["Nominal cell capacity [A.h]"] == pytest.approx(800 * cells[1]["Nominal cell capacity [A.h]"])
    assert cells[0]["Volume [m3]"] == pytest.approx(800 * cells[1]["Volume [m3]"])
    assert isinstance(cells[0][PAIRS], int)


def test_discharge_goes_from_the_state_after_the_first_charge_to_its_end():
    low, high = window("Negative"), window("Positive")
    assert low[0] == FIRST.anode_lithiation_end_of_discharge
    assert high[1] == FIRST.cathode_lithiation_end_of_discharge
    # Lithium that the anode kept from the first charge is not in the window.
    profile = FIRST.profile(500)
    discharge = profile[profile["Step Count / 1"] == 2]
    assert low[1] == pytest.approx(discharge["Anode Lithiation / 1"].iloc[0], abs=1e-12)
    for column, side in (("Anode", "Negative"), ("Cathode", "Positive")):
        ours = potential(side, discharge[f"{column} Lithiation / 1"])
        npt.assert_allclose(ours, discharge[f"{column} Potential / V"], atol=1e-4)
    own = section("User-defined")
    ends = [own[f"Open-circuit voltage at {soc}% SOC [V]"] for soc in (100, 0)]
    npt.assert_allclose(ends, discharge["Voltage / V"].iloc[[0, -1]], atol=1e-7)
    assert ends[1] == pytest.approx(1.5, abs=1e-7)
    assert DOCUMENT.content["State"]["Initial conditions"]["Initial state-of-charge"] == 1


def test_polarization_narrows_the_window_but_not_the_cutoffs():
    first = CELL.first_cycle(4.25, 1.5, loss=LOSS, polarization=0.05)
    document = export.to_bpx(first)
    assert section("User-defined", document)["Open-circuit voltage at 0% SOC [V]"] == pytest.approx(1.55, abs=1e-7)
    cell = section("Cell", document)
    ends = cell["Lower voltage cut-off [V]"], cell["Upper voltage cut-off [V]"]
    assert ends == pytest.approx((1.5, 4.25), abs=1e-9)


def test_both_branches_of_the_hysteresis_are_there():
    x = np.linspace(0.05, 0.8, 50)
    for side in ("Negative", "Positive"):
        out, into = (potential(side, x, name=f"OCP ({name}) [V]") for name in ("delithiation", "lithiation"))
        assert (out > into).mean() > 0.9, side
        used = {"Negative": out, "Positive": into}[side]
        npt.assert_array_equal(used, potential(side, x))


def test_delithiation_knows_how_deep_the_first_charge_went():
    # Above the onset of Li15Si4 its plateau is absent, so the potential is less flat.
    shallow = export.to_bpx(replace(CELL, np_ratio=2.0).first_cycle(4.25, 1.5, loss=LOSS))
    rise = [np.diff(potential("Negative", [0.7, 0.3], document)).item() for document in (DOCUMENT, shallow)]
    assert rise[0] < rise[1] - 0.01


def test_tables_are_within_a_tenth_of_a_millivolt():
    x = np.sort(np.concatenate([np.random.default_rng(0).uniform(0, 1, 20_000), np.geomspace(1e-9, 0.05, 5000)]))
    for side, name, electrode in (("Negative", "lithiation", SI_C), ("Positive", "delithiation", NCM)):
        error = potential(side, x, name=f"OCP ({name}) [V]") - electrode.potential(x, name)
        assert np.abs(error).max() < 1e-4, (side, name)
    path = FIRST.legs[1].anode.take(0)
    x = x[(x > 0.01) & (x < path.place(path.start.lithium) - 1e-6)]
    error = potential("Negative", x) - path.potential(path.kept + x * path.capacity)
    assert np.abs(error).max() < 1e-4


def test_table_of_a_straight_line_needs_no_further_points():
    x, volts = ocp_table(lambda x: 1.0 - x, through=[0.3])
    npt.assert_allclose(x, np.union1d(np.linspace(0, 1, 33), [0.3]))
    npt.assert_allclose(volts, 1 - x)


def test_table_of_a_parabola_has_the_step_of_its_closed_form():
    # The line misses a parabola c x^2 by c h^2 / 4 in the middle of a step h.
    x, _ = ocp_table(lambda x: -50 * x**2)
    step = np.diff(x).max()
    assert 50 * step**2 / 4 <= 0.5e-4
    assert 50 * (2 * step) ** 2 / 4 > 0.5e-4


def test_table_gives_up_where_a_curve_jumps():
    x, _ = ocp_table(lambda x: np.where(x < 0.123, 2.0, 1.0))
    assert 33 < x.size < 100


# --- files


def test_file_is_the_document(tmp_path):
    path = tmp_path / "cell.json"
    document = export.to_bpx(FIRST, path)
    assert json.loads(path.read_text(encoding="utf-8")) == document.content == DOCUMENT.content
    assert document.write(str(path)) == path
    assert [entry.name for entry in tmp_path.iterdir()] == ["cell.json"]
    assert path.stat().st_size < 300_000


def test_bad_cell_leaves_no_file_and_fails(tmp_path):
    with pytest.raises(ValueError, match="got 'Separator: Colour'; there are: Cell: "):
        export.to_bpx(FIRST, tmp_path / "cell.json", assumed={"Separator: Colour": 1.0})
    assert not list(tmp_path.iterdir())


def test_other_file_type_fails(tmp_path):
    with pytest.raises(ValueError, match=r"path must end in \.json, got .*cell\.yaml"):
        export.to_bpx(FIRST, tmp_path / "cell.yaml")


def test_missing_folder_fails(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"folder that exists, got .*nowhere"):
        export.to_bpx(FIRST, tmp_path / "nowhere" / "cell.json")


# --- what is refused


def test_unknown_assumption_fails():
    with pytest.raises(
        ValueError, match=r"not derived from the model, got 'Negative electrode: Thickness \[m\]'; there"
    ):
        export.to_bpx(FIRST, assumed={"Negative electrode: Thickness [m]": 1e-4})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Negative electrode: Particle radius [m]", 1.0, r"must be between 1e-09 and 0\.001 \(in m\), got 1"),
        ("Separator: Porosity", 1.0, r"must be between 0\.01 and 0\.99, got 1"),
        ("Separator: Porosity", [0.5, 0.6], "must be one number"),
        (f"Cell: {PAIRS}", 1.5, "must be a whole number, got 1.5"),
        ("Positive electrode: Porosity", 0.5, "of the positive electrode must add up to at most 1, got 1.1"),
    ],
)
def test_assumption_out_of_range_fails(name, value, message):
    with pytest.raises(ValueError, match=message):
        export.to_bpx(FIRST, assumed={name: value})


def test_assumption_without_number_fails():
    with pytest.raises(TypeError, match="must be a number"):
        export.to_bpx(FIRST, assumed={"Separator: Porosity": "dense"})


@pytest.mark.parametrize("given", [CELL, CELL.run([HalfCycle.charge(4.25), HalfCycle.discharge(1.5)]), None])
def test_what_is_no_first_cycle_fails(given):
    with pytest.raises(TypeError, match=r"first_cycle must be the result of FullCell\.first_cycle, got"):
        export.to_bpx(given)


def test_several_cells_fail():
    first = FullCell(NCM, SI_C, [1.3, 2.0], anode_areal_capacity=7.4).first_cycle(4.25, 1.5)
    with pytest.raises(ValueError, match="first_cycle must be of one cell, got 2"):
        export.to_bpx(first)


def test_cell_without_areal_capacity_fails():
    with pytest.raises(ValueError, match="with an areal capacity"):
        export.to_bpx(FullCell(NCM, SI_C, 1.3).first_cycle(4.25, 1.5))


def test_anode_of_constant_potential_fails():
    with pytest.raises(ValueError, match="anode that takes lithium up, got Li–In"):
        export.to_bpx(FullCell(NCM, electrodes.li_in()).first_cycle(3.6, 2.5))


def test_plated_lithium_fails():
    first = replace(CELL, np_ratio=0.8).first_cycle(4.25, 1.5, loss=LOSS, warn=False)
    with pytest.raises(ValueError, match="must not plate lithium"):
        export.to_bpx(first)


def test_electrode_beyond_its_curve_fails():
    # Without a loss, the anode gives back more than the half-cell's cathode takes.
    with pytest.raises(ValueError, match=r"between 0 and 1, got .* to 1\.\d+ for the positive electrode; .* a loss"):
        export.to_bpx(CELL.first_cycle(4.25, 1.5))
    export.to_bpx(CELL.first_cycle(4.25, 1.5, cathode_normalization="lithium content"))


@pytest.mark.parametrize("missing", ["pybamm", "bpx"])
def test_missing_package_fails(monkeypatch, missing):
    for name in ("pybamm", "bpx"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=r"to_pybamm needs the packages pybamm and bpx, .*: pip install"):
        export.to_pybamm(FIRST)


def test_pybamm_gets_a_copy_of_the_document(monkeypatch):
    def create(content):
        content["Parameterisation"].clear()
        return "parameters"

    peer = types.ModuleType("pybamm")
    peer.ParameterValues = types.SimpleNamespace(create_from_bpx_obj=create)
    monkeypatch.setitem(sys.modules, "pybamm", peer)
    monkeypatch.setitem(sys.modules, "bpx", types.ModuleType("bpx"))
    assert export.to_pybamm(FIRST) == "parameters"


# --- beside the peers


@pytest.fixture
def pybamm():
    pytest.importorskip("bpx")
    return pytest.importorskip("pybamm")


@pytest.mark.peer
def test_bpx_validates_the_file(tmp_path):
    bpx = pytest.importorskip("bpx")
    export.to_bpx(FIRST, tmp_path / "cell.json")
    parsed = bpx.parse_bpx_file(tmp_path / "cell.json")
    assert parsed.header.model == "DFN"
    state = parsed.state.initial_conditions.initial_soc
    found = bpx.get_electrode_stoichiometries(state, parsed)
    assert found == pytest.approx((window("Negative")[1], window("Positive")[0]))


def stoichiometries(parameters):
    return tuple(
        parameters[f"Initial concentration in {side} electrode [mol.m-3]"]
        / parameters[f"Maximum concentration in {side} electrode [mol.m-3]"]
        for side in ("negative", "positive")
    )


FAST = {f"{side} electrode: Diffusivity [m2.s-1]": 1e-10 for side in ("Negative", "Positive")}


@pytest.mark.peer
@pytest.mark.parametrize("ratio", [1.3, 1.7, 2.0])
@pytest.mark.parametrize("model", ["SPM", "DFN"])
def test_pybamm_takes_our_state_and_follows_our_discharge(pybamm, tmp_path, ratio, model):
    first = replace(CELL, np_ratio=ratio).first_cycle(4.25, 1.5, loss=LOSS)
    document = export.to_bpx(first, tmp_path / "cell.json", assumed=FAST)
    parameters = pybamm.ParameterValues.create_from_bpx(str(tmp_path / "cell.json"))
    expected = window("Negative", document)[1], window("Positive", document)[0]
    assert stoichiometries(parameters) == pytest.approx(expected, abs=1e-9)
    passed, error = voltage_error(pybamm, parameters, first.profile(4000), 2, model, loading(ratio))
    print(f"{model}, n/p {ratio}: at most {error:.2f} mV, capacity {100 * passed:.3f} % of ours")
    assert error < 5
    assert passed == pytest.approx(1, abs=2e-3)


def loading(ratio):
    """Cathode active material in g on the assumed square centimeter."""
    return 1e-3 * float(replace(CELL, np_ratio=ratio).cathode_loading)


def voltage_error(pybamm, parameters, profile, step, model, mass, charge=False, options=None):
    """Run at C/100; share of our capacity, and largest error in mV between 5 and 95 % of it."""
    ours = profile[profile["Step Count / 1"] == step]
    q = 1e-3 * mass * ours["Specific Capacity / mAh g-1"].to_numpy()
    simulation = pybamm.Simulation(
        getattr(pybamm.lithium_ion, model)(options), parameter_values=parameters, C_rate=-0.01 if charge else 0.01
    )
    seconds = 1.1 * 3600 * 100
    solution = simulation.solve([0, seconds], t_interp=np.linspace(0, seconds, 4001))
    passed, voltage = np.abs(solution["Discharge capacity [A.h]"].entries), solution["Voltage [V]"].entries
    inside = (passed > 0.05 * q[-1]) & (passed < 0.95 * q[-1])
    assert inside.sum() > 3000
    error = voltage - np.interp(passed, q, ours["Voltage / V"])
    return passed[-1] / q[-1], 1e3 * np.abs(error[inside]).max()


@pytest.mark.peer
def test_pybamm_reads_both_branches(pybamm):
    """With a hysteresis model, PyBaMM takes the branch that the current asks for, whatever ``OCP [V]`` is."""
    options = {"open-circuit potential": "current sigmoid"}
    content = json.loads(json.dumps(DOCUMENT.content))
    parameters = pybamm.ParameterValues.create_from_bpx_obj(content)
    parameters.update({f"{side} electrode OCP [V]": 0.0 for side in ("Negative", "Positive")})
    _, error = voltage_error(pybamm, parameters, FIRST.profile(4000), 2, "SPM", loading(1.3), options=options)
    assert error < 5


@pytest.mark.peer
def test_pybamm_with_our_time_constant_gives_our_rate_capability(pybamm):
    hours, c_rate = 20.0, 0.1
    diffusivity = 1e-6**2 / (3600 * hours)
    parameters = export.to_pybamm(FIRST, assumed={"Negative electrode: Diffusivity [m2.s-1]": diffusivity})
    simulation = pybamm.Simulation(pybamm.lithium_ion.SPM(), parameter_values=parameters, C_rate=c_rate)
    theirs = simulation.solve([0, 1.2 * 3600 / c_rate])["Discharge capacity [A.h]"].entries[-1]
    current = 1e3 * c_rate * parameters["Nominal cell capacity [A.h]"]
    ours = rate.discharge(FIRST, current, hours, cathode_loading=CELL.cathode_loading).capacity * loading(1.3)
    assert ours < 0.9 * FIRST.discharge_capacity * loading(1.3)
    assert 1e3 * theirs == pytest.approx(ours, rel=2e-3)
