"""Fits of full cells: windows found again, in any direction, with errors that hold; measured cells; what is refused."""

import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

import sicell
from sicell import SicellWarning, _data
from sicell.balancing import FullCellFit, degradation_modes, fit
from sicell.msmr import Msmr

CHARGE = np.linspace(0.0, 40.0, 400)
TRUTH = {"x_0": 0.03, "x_100": 0.83, "y_0": 0.93, "y_100": 0.18}
CAPACITIES = {"capacity_negative": 40 / 0.80, "capacity_positive": 40 / 0.75}
WINDOWS = {**CAPACITIES, **TRUTH, "cyclable_lithium": 40 / 0.80 * 0.03 + 40 / 0.75 * 0.93}
SPOTS = _data.folder() / "ampworks"


def voltage(charge, half_cycle="charge", anode=None, truth=TRUTH, capacity=40.0):
    """Return the voltage of a cell with known windows, from the electrodes' own inverse curves."""
    share = np.asarray(charge) / capacity
    x = truth["x_0"] + (truth["x_100"] - truth["x_0"]) * share
    y = truth["y_0"] + (truth["y_100"] - truth["y_0"]) * share
    branches = ("delithiation", "lithiation") if half_cycle == "charge" else ("lithiation", "delithiation")
    anode = sicell.graphite() if anode is None else anode
    return sicell.ncm90().potential(y, branches[0]) - anode.potential(x, branches[1])


def noisy(values, scale=0.002, seed=0):
    return values + np.random.default_rng(seed).normal(scale=scale, size=np.shape(values))


def electrodes():
    return sicell.ncm90(), sicell.graphite()


def measured(name):
    table = pd.read_csv(SPOTS / f"{name}.csv")
    return table["Ah"].to_numpy(), table["Volts"].to_numpy()


def half_cells():
    return measured("nmc_smooth")[::-1], measured("gr_smooth")[::-1]


VOLTAGE = voltage(CHARGE)


@pytest.fixture(scope="module")
def found():
    return fit(CHARGE, noisy(voltage(CHARGE)), *electrodes())


def test_exact_curve_gives_back_its_windows():
    result = fit(CHARGE, voltage(CHARGE), *electrodes())
    for name, value in WINDOWS.items():
        assert result.table.loc[name, "value"] == pytest.approx(value, rel=2e-4), name
    assert result.rms < 2e-5


@pytest.mark.parametrize("anode", [sicell.si_c(), sicell.silicon()], ids=["Si-C", "silicon"])
def test_silicon_anodes_are_found_without_a_guess(anode):
    result = fit(CHARGE, noisy(voltage(CHARGE, anode=anode)), sicell.ncm90(), anode)
    for name, value in TRUTH.items():
        assert result.table.loc[name, "value"] == pytest.approx(value, abs=0.01), name


def test_noise_level_and_errors_are_reported(found):
    assert found.rms == pytest.approx(0.002, rel=0.12)
    assert found.noise.white == pytest.approx(0.002, rel=0.12)
    assert found.noise.correlated == 0
    assert found.identifiable.all()
    truth = pd.Series(WINDOWS)[found.table.index]
    inside = (found.table["lower"] <= truth) & (truth <= found.table["upper"])
    assert inside.mean() > 0.7
    assert 1e-4 < found.standard_errors["x_100"] < 5e-3


def test_correlations_are_those_of_a_linear_propagation(found):
    # Q = capacity/(x_100 - x_0): what is known of the two ends gives the error of the capacity.
    error, correlation = found.standard_errors, found.correlations.loc["x_0", "x_100"]
    span = found.x_100 - found.x_0
    variance = error["x_0"] ** 2 + error["x_100"] ** 2 - 2 * correlation * error["x_0"] * error["x_100"]
    assert error["capacity_negative"] == pytest.approx(40 / span**2 * np.sqrt(variance), rel=1e-6)
    assert np.allclose(np.diag(found.correlations), 1)
    assert found.cyclable_lithium == pytest.approx(WINDOWS["cyclable_lithium"], rel=0.01)


@pytest.mark.parametrize("half_cycle", ["charge", "discharge"])
def test_direction_and_zero_of_the_capacity_do_not_matter(half_cycle):
    values = voltage(CHARGE, half_cycle)
    order = slice(None) if half_cycle == "charge" else slice(None, None, -1)
    up, down = CHARGE[order], 7.0 - CHARGE[order]
    results = [fit(capacity, values[order], *electrodes()) for capacity in (up, down)]
    for result in results:
        assert result.half_cycle == half_cycle
        assert result.x_100 == pytest.approx(TRUTH["x_100"], abs=1e-3)
        assert result.y_0 == pytest.approx(TRUTH["y_0"], abs=1e-3)


def test_half_cycle_given_selects_the_branch():
    values = voltage(CHARGE, "discharge")
    with pytest.warns(SicellWarning, match="is half_cycle right"):
        wrong = fit(CHARGE, values, *electrodes())
    right = fit(CHARGE, values, *electrodes(), half_cycle="discharge")
    assert right.rms < 1e-4 < wrong.rms


def test_unit_of_the_capacity_scales_the_capacities_only(found):
    other = fit(CHARGE / 1000, noisy(voltage(CHARGE)), *electrodes())
    assert other.capacity_negative == pytest.approx(found.capacity_negative / 1000, rel=1e-6)
    assert other.x_0 == pytest.approx(found.x_0, rel=1e-6)


def test_half_cells_in_every_form_agree():
    msmr = sicell.graphite().branch("lithiation").curve
    place = np.linspace(0, 1, 500)
    forms = [
        sicell.graphite(),
        msmr,
        lambda x: msmr.potential(np.clip(x, 1e-5, 1 - 1e-5)),
        (msmr.potential(place), 300 * place),
        (msmr.potential(place)[::-1], 300 * place),
        [msmr.potential(place), -3 * place],
    ]
    values = [fit(CHARGE, noisy(voltage(CHARGE)), sicell.ncm90(), form).x_100 for form in forms]
    assert np.ptp(values) < 2e-3


def test_a_fitted_msmr_is_a_half_cell():
    place = np.linspace(0, 1, 400)
    shape = Msmr.fit(sicell.ncm90().potential(place, "delithiation"), place, 5)
    result = fit(CHARGE, voltage(CHARGE), shape, sicell.graphite())
    assert result.y_100 == pytest.approx(TRUTH["y_100"], abs=0.01)


def test_dense_and_repeated_points_are_averaged(found):
    many = np.repeat(np.linspace(0, 40, 20_000), 2)
    result = fit(many, noisy(voltage(many)), *electrodes())
    assert len(result.data()) < 4000
    assert result.x_100 == pytest.approx(TRUTH["x_100"], abs=2e-3)


def test_polarization_is_found_and_taken_into_account():
    values = noisy(voltage(CHARGE, "discharge") - 0.012, 0.0005)[::-1]
    blind = fit(CHARGE[::-1], values, *electrodes())
    told = fit(CHARGE[::-1], values, *electrodes(), polarization=0.012)
    searched = fit(CHARGE[::-1], values, *electrodes(), polarization=None)
    assert searched.polarization == pytest.approx(0.012, abs=0.003)
    assert told.x_100 == pytest.approx(TRUTH["x_100"], abs=3e-3)
    assert told.rms < blind.rms
    assert "polarization" in searched.table.index


def test_recovery_and_coverage_with_white_noise():
    generator, covered, close = np.random.default_rng(3), [], []
    for _ in range(30):
        truth = dict(zip(TRUTH, generator.uniform([0.01, 0.7, 0.85, 0.06], [0.08, 0.97, 0.98, 0.3]), strict=True))
        values = voltage(CHARGE, truth=truth) + generator.normal(scale=0.002, size=CHARGE.size)
        table = fit(CHARGE, values, *electrodes()).table.loc[list(truth)]
        expected = np.array(list(truth.values()))
        covered.append((table["lower"] <= expected) & (expected <= table["upper"]))
        close.append(np.abs(table["value"] - expected).max() < 0.01)
    assert np.mean(close) >= 0.95
    assert 0.88 <= np.mean(covered) <= 1.0


def test_coverage_with_strongly_correlated_noise():
    generator, covered = np.random.default_rng(4), []
    for _ in range(30):
        white = generator.normal(size=800)
        noise = 0.002 * lfilter([np.sqrt(1 - 0.98**2)], [1, -0.98], white)[400:]
        table = fit(CHARGE, voltage(CHARGE) + noise, *electrodes()).table.loc[list(TRUTH)]
        expected = np.array(list(TRUTH.values()))
        covered.append((table["lower"] <= expected) & (expected <= table["upper"]))
    assert np.mean(covered) >= 0.8


def test_noise_is_told_apart():
    generator = np.random.default_rng(5)
    correlated = 0.002 * lfilter([np.sqrt(1 - 0.98**2)], [1, -0.98], generator.normal(size=800))[400:]
    result = fit(CHARGE, voltage(CHARGE) + correlated + generator.normal(scale=0.001, size=400), *electrodes())
    assert result.noise.white == pytest.approx(0.001, rel=0.3)
    assert 0.0008 < result.noise.correlated < 0.004
    assert result.noise.length > 0.01


def test_a_short_window_does_not_determine_the_negative_electrode():
    part = CHARGE[(CHARGE > 8) & (CHARGE < 16)]
    with pytest.warns(SicellWarning, match="of windows explain"):
        result = fit(part, noisy(voltage(part)), *electrodes())
    assert not result.identifiable["capacity_negative"]
    assert "not identifiable" in repr(result)


def test_a_partial_window_with_features_is_enough():
    part = CHARGE[CHARGE > 12]
    result = fit(part, noisy(voltage(part), 0.0005), *electrodes())
    assert result.identifiable["capacity_positive"]
    assert result.capacity_positive == pytest.approx(WINDOWS["capacity_positive"], rel=0.02)
    assert result.x_0 == pytest.approx(0.03 + 0.8 * part[0] / 40, abs=0.02)


def test_tolerance_decides_what_counts_as_identifiable():
    values = noisy(voltage(CHARGE))
    assert not fit(CHARGE, values, *electrodes(), tolerance=1e-5).identifiable.any()


@pytest.mark.filterwarnings("ignore:1 other pair of windows:sicell.SicellWarning")
@pytest.mark.filterwarnings("ignore:no windows of these half-cells:sicell.SicellWarning")
def test_window_beyond_the_half_cell_warns():
    place = np.linspace(0.1, 1, 400)
    short = (sicell.graphite().potential(place), place)
    with pytest.warns(SicellWarning, match="ends where the half-cell curve ends"):
        result = fit(CHARGE, voltage(CHARGE), sicell.ncm90(), short)
    assert not result.identifiable["x_0"]
    assert np.isnan(result.standard_errors["x_0"])
    assert not result.identifiable["capacity_negative"]
    assert "nan" not in repr(result)


def test_half_cells_that_do_not_belong_to_the_cell_warn():
    with pytest.warns(SicellWarning, match="no windows of these half-cells give the cell's curve"):
        fit(CHARGE, voltage(CHARGE) + 0.06 * np.sin(CHARGE), *electrodes())


def test_an_anode_of_another_chemistry_warns():
    with pytest.warns(SicellWarning, match=r"mV rms that is not noise remains.*polarization=None fits"):
        fit(*measured("cell1_smooth"), half_cells()[0], sicell.si_c())


def test_a_polarized_cell_is_told_to_fit_the_polarization():
    capacity, values = measured("cell1_smooth")
    with pytest.warns(SicellWarning, match="polarization=None fits a constant distance"):
        fit(capacity, values - 0.03, *half_cells())


@pytest.mark.filterwarnings("error::sicell.SicellWarning")
def test_few_points_give_no_warning_of_an_optimizer():
    charge = np.linspace(0, 40, 20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", SicellWarning)
        few = fit(charge, noisy(voltage(charge), seed=1), *electrodes())
    assert few.capacity_positive == pytest.approx(fit(CHARGE, VOLTAGE, *electrodes()).capacity_positive, rel=0.03)


def test_white_noise_is_no_misfit():
    result = fit(CHARGE, noisy(voltage(CHARGE), 0.02), *electrodes())
    assert result.rms > 0.015


def part_of(capacity, values, windows, begin, end):
    """Return a part of a curve, and the stoichiometries at its ends."""
    place = capacity - capacity.min()
    place = place / place.max() if values[np.argmax(place)] > values[np.argmin(place)] else 1 - place / place.max()
    inside = (place >= begin) & (place <= end)
    ends = place[inside].min(), place[inside].max()
    truth = [
        windows[f"{name}_0"] + (windows[f"{name}_100"] - windows[f"{name}_0"]) * at for name in "xy" for at in ends
    ]
    return capacity[inside], values[inside], pd.Series(truth, index=list(TRUTH))


# Parts of the curve at which the best windows are not the true ones.
@pytest.mark.filterwarnings("ignore::sicell.SicellWarning")
@pytest.mark.parametrize("cell", ["measured", "synthetic"])
@pytest.mark.parametrize(("begin", "width"), [(0.3, 0.15), (0.3, 0.2), (0.4, 0.2), (0.8, 0.15), (0.8, 0.2), (0.2, 0.3)])
def test_a_part_of_a_curve_is_never_confidently_wrong(cell, begin, width, full_cell):
    capacity, values = measured("cell1_smooth")
    if cell == "synthetic":
        charge = np.linspace(0, full_cell.capacity, 2000)
        capacity, values = charge, noisy(full_cell.predict(charge)["Voltage / V"].to_numpy(), 0.001)
    capacity, values, truth = part_of(capacity, values, full_cell.table["value"], begin, begin + width)
    table = fit(capacity, values, *half_cells()).table.loc[list(TRUTH)]
    wrong = (table["value"] - truth).abs() > 0.03
    assert not (wrong & table["identifiable"]).any()


@pytest.fixture(scope="module")
def full_cell():
    return fit(*measured("cell1_smooth"), *half_cells())


def test_other_windows_that_explain_a_part_are_named(full_cell):
    capacity, values, _ = part_of(*measured("cell1_smooth"), full_cell.table["value"], 0.4, 0.6)
    with pytest.warns(SicellWarning, match=r"\d+ other pairs? of windows explains? this curve as well"):
        result = fit(capacity, values, *half_cells())
    assert len(result.alternatives) >= 1
    assert list(result.alternatives.columns) == list(result.table.index)
    table = result.table.loc[list(TRUTH)]
    assert not table["identifiable"].any()
    assert (table["upper"] - table["lower"] > 0.1).all()
    for _, other in result.alternatives.iterrows():
        assert ((result.table["lower"] <= other) & (other <= result.table["upper"])).all()


def test_exact_half_cells_leave_fewer_explanations(full_cell):
    part = part_of(*measured("cell1_smooth"), full_cell.table["value"], 0.4, 0.6)[:2]
    numbers = []
    for misfit in (0.0, 0.001, 0.005):
        with pytest.warns(SicellWarning, match="windows explain"):
            numbers.append(len(fit(*part, *half_cells(), half_cell_misfit=misfit).alternatives))
    assert numbers == sorted(numbers)
    assert numbers[0] < numbers[-1]


def test_a_whole_curve_has_one_explanation(full_cell, found):
    for result in (full_cell, found):
        assert result.alternatives.empty
        assert result.identifiable.all()


def test_swapped_half_cells_fail():
    with pytest.raises(ValueError, match=r"positive and negative seem swapped: .* is -3\.\d+ V at half lithiation"):
        fit(*measured("cell1_smooth"), *half_cells()[::-1])
    with pytest.raises(ValueError, match="seem swapped"):
        fit(CHARGE, VOLTAGE, sicell.graphite(), sicell.ncm90())


def test_half_cells_of_another_voltage_fail():
    with pytest.raises(ValueError, match="must be half-cells of this cell: U_positive - U_negative is between"):
        fit(CHARGE, VOLTAGE, sicell.graphite(), sicell.graphite())


@pytest.mark.parametrize("cell", ["cell1", "cell2"])
def test_measured_cells_fit_within_two_millivolts_and_noise_does_not_move_them(cell):
    smooth, rough = (fit(*measured(f"{cell}_{kind}"), *half_cells()) for kind in ("smooth", "rough"))
    assert smooth.rms < 0.002
    assert rough.rms < 0.002
    assert smooth.half_cycle == "discharge"
    for name in (*TRUTH, *CAPACITIES):
        values = [result.table.loc[name, "value"] for result in (smooth, rough)]
        tolerance = 0.005 * (values[0] if name.startswith("cap") else 1.0)
        assert values[1] == pytest.approx(values[0], abs=tolerance), name


@pytest.mark.peer
def test_curves_of_ampworks_are_copied_unchanged():
    published = Path(pytest.importorskip("ampworks").__file__).parent / "datasets" / "resources" / "dqdv"
    copies = {path.name: path.read_bytes() for path in SPOTS.glob("*.csv")}
    assert copies == {path.name: path.read_bytes() for path in published.glob("*.csv")}


@pytest.mark.peer
@pytest.mark.filterwarnings("ignore")
def test_the_fitter_of_ampworks_stays_within_our_intervals(full_cell):
    peer = pytest.importorskip("ampworks.dqdv")
    frames = [_data.table(f"ampworks/{name}_smooth.csv") for name in ("gr", "nmc", "cell1")]
    frames = [frame.assign(SOC=frame["Ah"] / frame["Ah"].max()) for frame in frames]
    ours = full_cell.table["value"][list(TRUTH)].to_numpy()
    start = np.array([ours[0], ours[1], 1 - ours[2], 1 - ours[3]])
    theirs = peer.DqdvFitter(*frames).constrained_fit(start).x
    found = [theirs[0], theirs[1], 1 - theirs[2], 1 - theirs[3]]
    for name, value in zip(TRUTH, found, strict=True):
        assert full_cell.table.loc[name, "lower"] < value < full_cell.table.loc[name, "upper"], name
    assert abs(theirs[4]) < 0.001


def test_a_measured_cell_with_noise_added_keeps_its_windows():
    capacity, values = measured("cell1_smooth")
    clean = fit(capacity, values, *half_cells())
    result = fit(capacity, noisy(values, 0.005), *half_cells())
    assert result.x_100 == pytest.approx(clean.x_100, abs=0.01)
    assert result.y_0 == pytest.approx(clean.y_0, abs=0.01)


def test_predict_follows_the_cell(found):
    table = found.predict([0.0, 20.0, 40.0])
    assert table["Voltage / V"].to_numpy() == pytest.approx(voltage([0.0, 20.0, 40.0]), abs=0.003)
    difference = table["Cathode Potential / V"] - table["Anode Potential / V"]
    assert np.allclose(table["Voltage / V"], difference)
    assert table["x"].iloc[-1] == pytest.approx(found.x_100)
    assert len(found.predict()) == 400


def test_predict_beyond_a_half_cell_fails(found):
    with pytest.raises(ValueError, match=r"capacity must stay where the negative half-cell was measured, got 80"):
        found.predict([0.0, 80.0])


def test_tables(found):
    assert list(found.to_frame().columns) == ["value", "standard_error", "lower", "upper", "identifiable"]
    data = found.data()
    assert np.allclose(data["Fit / V"] - data["Voltage / V"], data["Residual / V"])
    slope = found.differential_voltage()
    middle = np.abs(slope["Measured"] - slope["Fit"]).to_numpy()[40:-40]
    assert np.median(middle) < 0.003
    assert repr(found).startswith("FullCellFit(charge of 40, rms")
    assert re.search(r"x_100 +0.8\d{3} ± 0.00\d\d", repr(found))


def test_degradation_modes_are_found_again():
    aged = {"x_0": 0.02, "x_100": 0.74, "y_0": 0.95, "y_100": 0.27}
    before = fit(CHARGE, noisy(voltage(CHARGE)), *electrodes())
    after = fit(0.85 * CHARGE, noisy(voltage(CHARGE, truth=aged), seed=1), *electrodes())
    modes = degradation_modes(before, after)
    negative, positive = 34 / 0.72, 34 / 0.68
    lithium = negative * 0.02 + positive * 0.95
    expected = [
        1 - lithium / WINDOWS["cyclable_lithium"],
        1 - negative / WINDOWS["capacity_negative"],
        1 - positive / WINDOWS["capacity_positive"],
    ]
    assert modes.table["loss"].to_numpy() == pytest.approx(expected, abs=0.012)
    assert (modes.table["lower"] < modes.table["loss"]).all()
    assert modes.capacity_loss == pytest.approx(0.15)
    assert modes.to_frame()["identifiable"].all()
    assert modes.loss_of_active_material_positive == modes.table.loc["LAM_PE", "loss"]
    assert repr(modes).startswith("DegradationModes(LLI")


def test_degradation_modes_of_something_else_fail(found):
    with pytest.raises(TypeError, match="after must be a FullCellFit, got 3"):
        degradation_modes(found, 3)
    assert isinstance(found, FullCellFit)


def test_degradation_modes_in_different_units_fail(found):
    other = fit(CHARGE / 1000, VOLTAGE, *electrodes())
    for pair in ((found, other), (other, found)):
        with pytest.raises(ValueError, match="before and after must be in the same unit of capacity, got"):
            degradation_modes(*pair)


def bad(**changes):
    usual = {
        "cell_capacity": CHARGE,
        "cell_voltage": VOLTAGE,
        "positive": sicell.ncm90(),
        "negative": sicell.graphite(),
    }
    return fit(**{**usual, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cell_capacity": CHARGE[1:]}, r"cell_capacity and cell_voltage must be lists of one length, got shapes"),
        ({"cell_voltage": np.where(CHARGE > 20, np.nan, VOLTAGE)}, r"cell_voltage must be finite, got nan at position"),
        ({"cell_voltage": 1000 * VOLTAGE}, r"cell_voltage must be in V, at most 10, got .*mV"),
        ({"cell_voltage": np.full(400, 3.7)}, r"cell_voltage must vary, got 3.7 at all 400 points"),
        ({"cell_capacity": np.zeros(400)}, r"cell_capacity must vary, got 0 at all 400 points"),
        ({"cell_capacity": np.abs(CHARGE - 20)}, r"cell_capacity must run one way.*turn back at position 200"),
        ({"cell_capacity": np.random.default_rng(0).permutation(CHARGE)}, r"cell_capacity must run one way"),
        ({"cell_voltage": 3.7 + 0.1 * np.sin(CHARGE * 3)}, r"cell_voltage must rise with charge"),
        ({"cell_capacity": CHARGE[:12], "cell_voltage": VOLTAGE[:12]}, r"at least 20 different values, got 12"),
        ({"half_cycle": "rest"}, r"half_cycle must be one of 'charge', 'discharge', got 'rest'"),
        ({"polarization": 5.0}, r"polarization must be between -0.5 and 0.5"),
        ({"derivative_weight": -1}, r"derivative_weight must be between 0 and 100"),
        ({"tolerance": 0.0}, r"tolerance must be between"),
        ({"half_cell_misfit": -0.001}, r"half_cell_misfit must be zero or positive"),
        ({"negative": Msmr([0.1], [0.5], [1.0])}, r"negative must run from stoichiometry 0 to 1, got a curve between"),
        ({"negative": lambda x: 0.1 + x}, r"negative must fall in potential with stoichiometry"),
        ({"positive": lambda x: np.full(3, 4.0)}, r"positive must return a finite potential"),
        ({"negative": ([0.1, 0.2], [1, 2])}, r"negative must be \(potential, capacity\), two lists of one length"),
        ({"negative": (np.linspace(0, 900, 50), np.arange(50.0))}, r"potential in V, capacity\), both varying"),
        ({"negative": (np.full(50, np.inf), np.arange(50.0))}, r"negative potential must be finite"),
    ],
)
def test_unusable_input_fails(changes, message):
    with pytest.raises(ValueError, match=message):
        bad(**changes)


@pytest.mark.parametrize("negative", [3.0, None, sicell.lithium(), "graphite"])
def test_half_cell_of_another_kind_fails(negative):
    with pytest.raises(TypeError, match="negative must be an"):
        bad(negative=negative)
