"""Public half-cell curves: what stands for which branch follows from the rules alone, and fits keep the raw peaks."""

import importlib.util
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import constants
from scipy.io import savemat

from sicell import electrodes, materials
from sicell.msmr import Msmr

ROOT = Path(__file__).resolve().parent.parent
SPEC = importlib.util.spec_from_file_location("curves", ROOT / "tools" / "curves.py")
tool = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tool)

CURVES = pd.read_csv(ROOT / "data" / "curves.csv")
RULES = pd.read_csv(ROOT / "data" / "curve_rules.csv")
PEAKS = pd.read_csv(ROOT / "data" / "curve_peaks.csv")
CONTENT = tomllib.loads((ROOT / "data" / "curves.toml").read_text(encoding="utf-8"))
FITS = CONTENT["curves"]
PARAMETERS = electrodes.load("silicon")["parameters"]


@pytest.mark.parametrize("facts", [row for _, row in CURVES.iterrows()], ids=CURVES["curve"])
def test_branch_follows_from_the_facts_and_the_rules(facts):
    branch, why = tool.branch_of(facts, RULES)
    assert (branch, why) == ("" if pd.isna(facts["branch"]) else facts["branch"], facts["why"])


def test_every_branch_has_a_curve_and_every_member_its_fit_with_its_sources():
    members = CURVES.dropna(subset=["branch"]).set_index("curve")
    # Oxides go on above the range that was measured: their fits weigh that, and are in their own file.
    assert set(members.index[members["electrode"] != "ncm90"]) == set(FITS)
    assert {tuple(row) for row in RULES[["electrode", "branch"]].to_numpy()} == {
        tuple(row) for row in members[["electrode", "branch"]].to_numpy()
    }
    for name, fit in FITS.items():
        for column in ("source", "collection", "verified"):
            assert fit[column] == members.loc[name, column]
        assert np.shape(fit["reactions"]) == np.shape(fit["standard_errors"])
        assert fit["rms"] < 3


@pytest.mark.parametrize("electrode", RULES["electrode"].unique())
def test_the_library_draws_among_all_curves_that_meet_the_rule(electrode):
    members = CURVES[CURVES["electrode"] == electrode].groupby("branch")["curve"].agg(set)
    for branch, curves in members.items():
        # An oxide has its nearest curve twice, with two extrapolations.
        declared = {name.removesuffix("-short-tail") for name in electrodes.declared(electrode, branch)}
        assert declared == curves


def test_plateau_of_the_front_has_the_spread_of_the_humps():
    entry = PARAMETERS["first_lithiation_shift"]
    lower = PEAKS[PEAKS["peak"] == 1].set_index("curve")["potential"]
    lower = lower[list(electrodes.declared("silicon", "lithiation"))]
    assert entry["members"] == pytest.approx((lower - lower.mean()).to_dict())
    assert entry["range"] == [min(entry["members"].values()), max(entry["members"].values())]


def test_share_of_li15si4_has_the_range_that_curves_show():
    deep = CURVES[(CURVES["lithiated_to"] < 0.014) & (CURVES["branch"].fillna("").str.startswith("delithiation"))]
    shares = deep["li15si4_share"] / deep["li15si4_share"].max()
    low, high = PARAMETERS["li15si4_share"]["range"]
    assert low <= shares.min() < 0.05
    assert shares.max() <= high


def test_stress_has_a_range_and_says_where_it_comes_from():
    coupling, shift = (PARAMETERS[name] for name in ("stress_coupling", "stress_shift"))
    for entry in (coupling, shift):
        assert entry["range"][0] <= entry["value"] <= entry["range"][1]
        assert entry["verified"].startswith(("looked up: ", "assumed"))
    # Lithium in silicon takes 9 cm³/mol (280 % at Li15Si4): the theoretical end, for two stressed directions of three.
    silicon, lithium = materials.molar_mass("Si") / materials.density("Si"), 15 / 4
    volume = materials.volume_expansion("Si", "Li15Si4") * silicon / lithium
    assert coupling["range"][0] == pytest.approx(2 / 3 * volume * 1e3 / constants.value("Faraday constant"), rel=0.1)
    # The whole of 0.1 GPa, at the larger coupling of a pressure.
    assert shift["range"][0] == pytest.approx(-0.1 * 1.5 * 0.11, rel=0.15)


def test_what_is_reconstructed_or_of_unknown_origin_stands_for_nothing():
    assert CURVES.loc[CURVES["measured"] != "yes", "branch"].isna().all()


@pytest.mark.parametrize("name", FITS)
def test_fit_has_its_peaks_where_the_raw_curve_has_them(name):
    fit = FITS[name]
    curve = Msmr(*np.transpose(fit["reactions"]), fit["temperature"], fit["offset"])
    facts = CURVES.set_index("curve").loc[name]
    grid = np.arange(*fit["measured"], tool.STEP)
    found = tool.peaks(grid, tool.slope(curve.lithiation(grid), facts["smoothing"]), 0.005)[0]
    raw = PEAKS[PEAKS["curve"] == name]
    if "left out" in fit["fitted_to"]:  # the peak of Li15Si4 is gone, on purpose
        raw = raw[~raw["potential"].between(*tool.CRYSTAL_WINDOW)]
    # Silicon's humps decide claims; the flat top of an oxide's peak may lie where it likes.
    allowed = 0.006 if facts["electrode"] == "silicon" else 0.012
    for peak in raw[raw["height"] > 0.3 * raw["height"].max()].itertuples():
        near = pytest.approx(peak.potential, abs=max(allowed, 2 * peak.uncertainty))
        assert tool.nearest(peak.potential, found) == near


def test_tool_finds_reactions_peaks_and_crystal_of_a_curve_that_it_knows(tmp_path):
    truth = Msmr([0.43, 0.46, 0.28], [0.05, 0.45, 0.5], [0.15, 1.4, 1.3])
    potential = np.linspace(0.02, 1.1, 900)
    lithiation = truth.lithiation(potential)
    # a file of the collection: a struct, capacity counted the other way, repeated points
    columns = {"voltage": np.repeat(potential, 2), "normalizedCapacity": np.repeat(1 - lithiation, 2)}
    savemat(tmp_path / "made.mat", {"made": columns})
    curve = tool.Curve.load(tmp_path / "made.mat")
    found, errors, peaks, rms = tool.fit(curve, 0.0, 0.008)
    assert rms < 1e-3
    assert peaks["potential"].to_numpy() == pytest.approx([0.28, 0.43], abs=0.003)
    assert peaks["fitted"].to_numpy() == pytest.approx(peaks["potential"].to_numpy(), abs=0.003)
    assert found.fractions[tool.crystalline(found)].sum() == pytest.approx(0.05, abs=0.02)
    assert errors.shape == (found.potentials.size, 3)
