"""Fits that take more than the voltage of a plain cell: electrodes' potentials, blends, counters, many check-ups."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.testing as npt
import pandas as pd
import pytest
from scipy.stats import norm

import sicell
from sicell import SicellWarning, readers
from sicell.balancing import degradation_modes, fit, fit_many
from sicell.balancing._blend_curve import negative_curve
from sicell.balancing._inhomogeneity import spread

PLACE = np.linspace(0.0, 1.0, 400)
WINDOWS = {"x_0": 0.03, "x_100": 0.83, "y_0": 0.93, "y_100": 0.18}
QUANTITIES = ["capacity_negative", "capacity_positive", *WINDOWS]
TRUTH = {"capacity_negative": 40 / 0.80, "capacity_positive": 40 / 0.75, **WINDOWS}
BLEND = {"Si": sicell.silicon(), "C": sicell.graphite()}


def potentials(place=PLACE, seed=0, noise=1e-3, offset=0.0):
    """Return anode and cathode against a reference that makes both read too high by `offset`."""
    generator = np.random.default_rng(seed)
    anode = sicell.graphite().potential(0.03 + 0.80 * place, "lithiation")
    cathode = sicell.ncm90().potential(0.93 - 0.75 * place, "delithiation")
    return [one + offset + generator.normal(scale=noise, size=place.size) for one in (anode, cathode)]


def cell(**given):
    """Fit with the potentials that are asked for by name."""
    offset = given.pop("offset", 0.0)
    anode, cathode = potentials(offset=offset)
    known = {"anode_potential": anode, "cathode_potential": cathode}
    wanted = {name: known[name] for name in given.pop("names", known)}
    return fit(40 * PLACE, cathode - anode, sicell.ncm90(), sicell.graphite(), **wanted, **given)


@pytest.fixture(scope="module")
def both():
    return cell(offset=0.015)


def holds(table, truth):
    return [table.loc[name, "lower"] <= value <= table.loc[name, "upper"] for name, value in truth.items()]


@pytest.mark.parametrize("names", [["anode_potential"], ["cathode_potential"]])
def test_one_potential_tells_the_offset_of_its_reference(names):
    found = cell(names=names, offset=0.015)
    assert found.table.loc["reference_offset", "value"] == pytest.approx(0.015, abs=5e-4)
    assert sum(holds(found.table, TRUTH)) >= 5


def test_both_potentials_are_as_good_as_two_curves(both):
    # Two independent potentials beside one difference of theirs: the noise of the voltage is twice their variance.
    assert both.table.loc["reference_offset", "value"] == pytest.approx(0.015, abs=5e-4)
    narrower = both.narrowing()[QUANTITIES]
    assert (narrower > 1.15).all()
    assert (narrower < 2.0).all()


def test_prediction_is_compared_with_the_measurement(both):
    table = both.electrodes()
    assert list(table.index) == ["Anode", "Cathode"]
    assert (table["Predicted rms / V"] < 0.002).all()
    assert (table["Within"] > 0.8).all()
    with pytest.raises(ValueError, match="electrodes needs anode_potential or cathode_potential"):
        both.voltage_alone.electrodes()


def test_predicted_interval_holds_the_true_potentials():
    found = fit(40 * PLACE, np.subtract(*potentials()[::-1]), sicell.ncm90(), sicell.graphite())
    model = found.predict(40 * PLACE)
    for name, true in zip(("Anode", "Cathode"), potentials(noise=0.0), strict=True):
        inside = (model[f"{name} Potential Lower / V"] <= true) & (true <= model[f"{name} Potential Upper / V"])
        assert inside.mean() > 0.9


def test_an_offset_that_is_ignored_warns():
    with pytest.warns(SicellWarning, match="reference electrode seems to be off by 1[45].*reference_offset=0 ignores"):
        cell(offset=0.015, reference_offset=0)


def test_no_offset_no_warning(recwarn):
    cell(reference_offset=0)
    assert not [one for one in recwarn if "reference electrode" in str(one.message)]


def test_a_noisy_potential_weighs_little():
    anode, cathode = potentials()
    poor = anode + np.random.default_rng(5).normal(scale=0.05, size=PLACE.size)
    alone = fit(40 * PLACE, cathode - anode, sicell.ncm90(), sicell.graphite())
    found = fit(40 * PLACE, cathode - anode, sicell.ncm90(), sicell.graphite(), anode_potential=poor)
    change = (found.table["value"] - alone.table["value"])[QUANTITIES].abs()
    assert (change < alone.table["standard_error"][QUANTITIES]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a, c: {"anode_potential": a[1:]}, "and anode_potential must be lists of one length"),
        (lambda a, c: {"anode_potential": 1000 * a}, "anode_potential must be in V, at most 10"),
        (lambda a, c: {"anode_potential": c, "cathode_potential": a}, "must be cathode_potential - anode_potential"),
        (lambda a, c: {"reference_offset": -1}, "reference_offset must be between 0 and 0.5"),
    ],
)
def test_unusable_potentials_fail(change, message):
    anode, cathode = potentials()
    with pytest.raises(ValueError, match=message):
        fit(40 * PLACE, cathode - anode, sicell.ncm90(), sicell.graphite(), **change(anode, cathode))


def test_an_unknown_setting_fails():
    with pytest.raises(TypeError, match="fit has no argument 'weight'; settings are derivative_weight"):
        fit(PLACE, 3 + PLACE, sicell.ncm90(), sicell.graphite(), weight=1)


@pytest.mark.parametrize("kind", ["decimal commas", "BDF"])
def test_files_with_three_potentials(kind, tmp_path):
    anode, cathode = potentials()
    names = ["time/s", "I/mA", "Ewe/V", "Ece/V", "Ewe-Ece/V", "(Q-Qo)/mA.h"]
    if kind == "BDF":
        names = ["Test Time / s", "Current / A", "Cathode Potential / V", "Anode Potential / V", "Voltage / V"]
    current = 2.0 if kind != "BDF" else 0.002
    columns = [72000 * PLACE, np.full(PLACE.size, current), cathode, anode, cathode - anode, 40 * PLACE]
    table = pd.DataFrame(dict(zip(names, columns, strict=False)))
    path = tmp_path / ("cell.txt" if kind != "BDF" else "cell.bdf.csv")
    comma = {"sep": "\t", "decimal": ","} if kind != "BDF" else {}
    table.to_csv(path, index=False, **comma)
    rows = readers.read(path).electrodes
    charge = rows["Net Capacity / Ah"] if "Net Capacity / Ah" in rows else rows["Test Time / s"] * 0.002 / 3600
    measured = {"anode_potential": rows["Anode Potential / V"], "cathode_potential": rows["Cathode Potential / V"]}
    found = fit(1e3 * charge, rows["Voltage / V"], sicell.ncm90(), sicell.graphite(), **measured)
    for name, value in TRUTH.items():
        assert found.table.loc[name, "value"] == pytest.approx(value, rel=0.01)


# ------------------------------------------------------------------------------------------------------------ counters


@pytest.mark.parametrize("rounding", [np.floor, np.round, np.ceil], ids=["floor", "round", "ceil"])
@pytest.mark.parametrize("steps", [50, 80])
def test_charge_counted_in_few_steps(rounding, steps):
    place = np.linspace(0.0, 1.0, 1500)
    anode, cathode = potentials(place, seed=3)
    counted = rounding(place * steps) * 40 / steps
    table = fit(counted, cathode - anode, sicell.ncm90(), sicell.graphite()).table.loc[QUANTITIES]
    open_or_held = ~table["identifiable"] | np.array(holds(table, TRUTH))
    assert open_or_held.all()


def test_many_steps_leave_identifiable_what_is():
    place = np.linspace(0.0, 1.0, 4000)
    anode, cathode = potentials(place, seed=4)
    exact = fit(40 * place, cathode - anode, sicell.ncm90(), sicell.graphite())
    counted = fit(np.round(place * 1000) / 25, cathode - anode, sicell.ncm90(), sicell.graphite())
    assert (counted.identifiable >= exact.identifiable).all()
    wider = (counted.standard_errors / exact.standard_errors)[QUANTITIES]
    assert (wider > 0.9).all()


# ------------------------------------------------------------------------------------------------------- inhomogeneity


def uneven(spread, noise=1e-3):
    """Return charge and voltage of a cell whose anode consists of 400 parts with lithiations of their own."""
    x = (0.03 + 0.80 * PLACE)[:, None]
    parts = x + spread * norm.ppf((np.arange(400) + 0.5) / 400) * 4 * x * (1 - x)
    anode = sicell.graphite().potential(parts.ravel(), "lithiation").reshape(parts.shape).mean(axis=1)
    cathode = sicell.ncm90().potential(0.93 - 0.75 * PLACE, "delithiation")
    return 40 * PLACE, cathode - anode + np.random.default_rng(2).normal(scale=noise, size=PLACE.size)


def test_the_spread_of_an_uneven_anode_is_found():
    found = fit(*uneven(0.03), sicell.ncm90(), sicell.graphite(), inhomogeneity=None)
    assert found.table.loc["inhomogeneity", "value"] == pytest.approx(0.03, abs=0.003)
    assert sum(holds(found.table, {**TRUTH, "inhomogeneity": 0.03})) >= 6
    assert found.identifiable.all()
    without = fit(*uneven(0.03), sicell.ncm90(), sicell.graphite())
    assert without.rms > 1.3 * found.rms
    given = fit(*uneven(0.03), sicell.ncm90(), sicell.graphite(), inhomogeneity=0.03)
    assert given.rms == pytest.approx(found.rms, rel=0.01)
    assert "inhomogeneity" not in given.table.index


def test_an_even_anode_has_an_upper_limit_of_its_spread_and_loses_nothing_else():
    found = fit(*uneven(0.0), sicell.ncm90(), sicell.graphite(), inhomogeneity=None)
    row = found.table.loc["inhomogeneity"]
    assert row["lower"] == 0
    assert 0.001 < row["upper"] < 0.012
    assert found.identifiable[QUANTITIES].all()


def test_a_spread_that_a_part_of_the_curve_does_not_tell_is_flagged():
    charge, voltage = uneven(0.03)
    part = slice(285, 385)  # within one plateau of graphite
    with pytest.warns(SicellWarning):
        found = fit(charge[part], voltage[part], sicell.ncm90(), sicell.graphite(), inhomogeneity=None)
    assert not found.identifiable["inhomogeneity"]


@pytest.mark.parametrize("half_cell", [sicell.graphite(), BLEND], ids=["one material", "a blend"])
def test_derivatives_by_the_spread_are_those_of_the_potential(half_cell):
    curve = negative_curve(half_cell, "charge")
    x, share, step = np.linspace(0.02, 0.97, 200)[None], np.array([[0.1]]), 1e-5
    for square in (1e-6, 1e-3, 4e-3):
        at = [spread(curve, x, share, np.array([[square + side]]))[0] for side in (1e-3 * square, -1e-3 * square)]
        npt.assert_allclose(
            spread(curve, x, share, np.array([[square]]))[3], (at[0] - at[1]) / (2e-3 * square), rtol=1e-2, atol=0.5
        )
        moved = [spread(curve, x + side, share, np.array([[square]]))[0] for side in (step, -step)]
        npt.assert_allclose(
            spread(curve, x, share, np.array([[square]]))[1], (moved[0] - moved[1]) / (2 * step), rtol=1e-2, atol=0.02
        )


def test_a_spread_in_percent_fails():
    with pytest.raises(ValueError, match=r"inhomogeneity must be between 0 and 0\.08, got 3"):
        fit(*uneven(0.0), sicell.ncm90(), sicell.graphite(), inhomogeneity=3)


# -------------------------------------------------------------------------------------------------------------- blends


def blended(share, windows=WINDOWS, half_cycle="charge", seed=0, capacity=1.0):
    """Return charge and voltage of a cell whose anode is a blend, from the lithiations at common potential."""
    branches = ("lithiation", "delithiation") if half_cycle == "charge" else ("delithiation", "lithiation")
    potential = np.linspace(2.5, 0.009, 100_001)
    parts = [part.lithiation(potential, branches[0]) for part in BLEND.values()]
    parts = [(one - one[0]) / (one[-1] - one[0]) for one in parts]
    x = windows["x_0"] + (windows["x_100"] - windows["x_0"]) * PLACE
    y = windows["y_0"] + (windows["y_100"] - windows["y_0"]) * PLACE
    anode = np.interp(x, share * parts[0] + (1 - share) * parts[1], potential)
    voltage = sicell.ncm90().potential(y, branches[1]) - anode
    voltage = voltage + np.random.default_rng(seed).normal(scale=1e-3, size=PLACE.size)
    way = slice(None) if half_cycle == "charge" else slice(None, None, -1)
    return capacity * PLACE[way], voltage[way]


@pytest.mark.parametrize("half_cycle", ["charge", "discharge"])
def test_the_silicon_share_is_found_by_the_direction_of_the_curve(half_cycle):
    found = fit(*blended(0.12, half_cycle=half_cycle), sicell.ncm90(), BLEND)
    assert found.half_cycle == half_cycle
    assert found.table.loc["share_Si", "value"] == pytest.approx(0.12, abs=0.004)
    total = found.table.loc[["capacity_Si", "capacity_C"], "value"].sum()
    assert total == pytest.approx(found.capacity_negative)
    assert sum(holds(found.table, {"share_Si": 0.12, "capacity_negative": 1 / 0.8, **WINDOWS})) >= 5


def test_losses_of_both_parts_are_told_apart():
    before = fit(*blended(0.15), sicell.ncm90(), BLEND)
    # Half of the silicon and 5 % of the graphite are gone.
    left = 0.15 * 0.5 + 0.85 * 0.95
    aged = {"x_0": 0.02, "x_100": 0.86, "y_0": 0.9, "y_100": 0.25}
    after = fit(*blended(0.075 / left, aged, seed=1, capacity=left * 0.84 / 0.8), sicell.ncm90(), BLEND)
    losses = degradation_modes(before, after).table
    assert losses.loc["LAM_Si", "loss"] == pytest.approx(0.5, abs=0.02)
    assert losses.loc["LAM_C", "loss"] == pytest.approx(0.05, abs=0.02)
    assert {"LLI", "LAM_NE", "LAM_PE"} < set(losses.index)


def test_parts_of_an_electrode_are_its_materials():
    anode = sicell.electrodes.blend("Si/C", [(sicell.silicon(), 0.02), (sicell.graphite(), 0.98)])
    silicon, graphite = anode.parts
    voltage = sicell.ncm90().potential(0.93 - 0.75 * PLACE, "delithiation") - anode.potential(0.03 + 0.8 * PLACE)
    found = fit(PLACE, voltage, sicell.ncm90(), {"Si": silicon, "C": graphite})
    later = [part.share * part.retained for part in anode.parts]
    assert found.table.loc["share_Si", "value"] == pytest.approx(later[0] / sum(later), abs=0.002)


def test_a_part_that_the_curve_does_not_tell_is_flagged():
    charge, voltage = blended(0.08)
    part = slice(220, 330)  # on the plateaus of graphite, above which silicon gives its lithium
    with pytest.warns(SicellWarning):
        found = fit(charge[part], voltage[part], sicell.ncm90(), BLEND)
    assert not found.identifiable["capacity_Si"]


@pytest.mark.parametrize(
    ("negative", "message"),
    [
        ({"Si": sicell.silicon()}, "two materials by name, such as .* got 1"),
        ({"Si": sicell.silicon(), 3: sicell.graphite()}, "name its materials by words like 'Si', got 3"),
        ({"a": sicell.graphite(), "b": sicell.ncm90()}, "materials with potentials in common"),
    ],
)
def test_blends_of_something_else_fail(negative, message):
    with pytest.raises(ValueError, match=message):
        fit(*blended(0.1), sicell.ncm90(), negative)


# ------------------------------------------------------------------------------------------------------ many check-ups


def check_ups():
    fresh, aged = (np.subtract(*potentials(seed=seed)[::-1]) for seed in (0, 1))
    return [(40 * PLACE, fresh), (40 * PLACE, aged * np.nan), (38 * PLACE, aged)]


def test_many_are_fitted_as_one_is_and_a_bad_one_says_why():
    series = fit_many(check_ups(), sicell.ncm90(), sicell.graphite(), age=[0, 100, 200])
    table = series.table
    assert table["status"].tolist()[::2] == ["ok", "ok"]
    assert table["status"][1].startswith("cell_voltage must be finite, got nan")
    one = fit(*check_ups()[2], sicell.ncm90(), sicell.graphite())
    assert table["x_100"][2] == pytest.approx(one.x_100)
    losses = series.losses().set_index(["age", "mode"])
    modes = degradation_modes(fit(*check_ups()[0], sicell.ncm90(), sicell.graphite()), one).table
    assert losses.loc[200, "loss"]["LAM_PE"] == pytest.approx(modes.loc["LAM_PE", "loss"])
    assert losses.loc[200, "loss"]["capacity"] == pytest.approx(0.05)
    assert 100 not in losses.index.get_level_values("age")
    assert len(series.plot().axes) == 4


def test_an_executor_and_a_generator_give_the_same():
    with ThreadPoolExecutor(1) as executor:
        there = fit_many((one for one in check_ups()), sicell.ncm90(), sicell.graphite(), executor=executor).table
    here = fit_many(check_ups(), sicell.ncm90(), sicell.graphite()).table
    pd.testing.assert_frame_equal(there, here)


def test_a_dask_client_gives_the_same():
    distributed = pytest.importorskip("distributed")
    workers = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**workers) as cluster, distributed.Client(cluster) as client:
        there = fit_many(check_ups(), sicell.ncm90(), sicell.graphite(), executor=client.get_executor())
    here = fit_many(check_ups(), sicell.ncm90(), sicell.graphite())
    pd.testing.assert_frame_equal(there.table, here.table)


def test_an_interruption_keeps_what_is_done():
    def interrupted():
        yield from check_ups()[:1] * 16
        raise KeyboardInterrupt

    table = fit_many(interrupted(), sicell.ncm90(), sicell.graphite()).table
    assert (table["status"] == "ok").sum() == 16


def test_tables_bring_their_potentials():
    anode, cathode = potentials(offset=0.01)
    names = ["Net Capacity / Ah", "Voltage / V", "Anode Potential / V", "Cathode Potential / V"]
    table = pd.DataFrame(dict(zip(names, (PLACE, cathode - anode, anode, cathode), strict=True)))
    found = fit_many([table, table[names[:1]]], sicell.ncm90(), sicell.graphite()).table
    assert found["reference_offset"][0] == pytest.approx(0.01, abs=5e-4)
    assert found["status"][1] == "has no column 'Voltage / V'"


def test_labels_that_do_not_fit_fail():
    with pytest.raises(ValueError, match="age must have one value for each of 3 check-ups, got 2"):
        fit_many(check_ups(), sicell.ncm90(), sicell.graphite(), age=[0, 1])
    with pytest.raises(ValueError, match="check_ups must hold at least one curve"):
        fit_many([], sicell.ncm90(), sicell.graphite())
