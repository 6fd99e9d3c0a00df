"""Voltammograms: equilibrium limit, conservation of charge, lag by resistance, peaks and their labels."""

import numpy as np
import numpy.testing as npt
import pytest

from sicell import electrodes, voltammetry
from sicell.electrodes import Branch, Electrode, Part
from sicell.msmr import Msmr

ANODE = electrodes.si_c(si_fraction=0.37)
ONE = Electrode(
    "one reaction",
    [Part("host", {"lithiation": Branch({"host": Msmr([0.3], [1.0], [1.0]).normalized(0.01, 1.0)}, (0.01, 1.0))})],
    100.0,
    "host",
    0.01,
    1.0,
)
THERMAL = 8.314462618 * 298.15 / 96485.33212


def test_equilibrium_sweep_is_the_differential_capacity():
    scan = voltammetry.cyclic_voltammogram(ONE, upper_vertex=1.0, cycles=1)
    up = scan.sweep(1, "delithiation")
    expected = ONE.differential_capacity(up["Voltage / V"].to_numpy(), "delithiation")
    npt.assert_allclose(up["response"], expected, atol=0.02)
    assert up["response"].max() == pytest.approx(1 / (4 * THERMAL), rel=2e-3)


@pytest.mark.parametrize("polarization", [0.0, 1e-3, 1e-2])
def test_charge_under_a_sweep_is_the_lithium_moved(polarization):
    scan = voltammetry.cyclic_voltammogram(ANODE, upper_vertex=2.0, polarization=polarization)
    for cycle, direction in ((1, "lithiation"), (2, "delithiation"), (3, "lithiation")):
        sweep = scan.sweep(cycle, direction)
        charge = np.trapezoid(sweep["response"].abs(), sweep["Voltage / V"])
        moved = np.ptp(sweep["Lithiation / 1"])
        assert abs(charge) == pytest.approx(moved, rel=0.02)


def test_polarization_shifts_the_peak_by_the_ohmic_drop_of_a_step():
    # A reaction much narrower than the lag: the current rises linearly until all is converted, E_s - U = sqrt(2 chi).
    narrow = Electrode(
        "narrow",
        [Part("host", {"lithiation": Branch({"host": Msmr([0.3], [1.0], [0.01]).normalized(0.01, 1.0)}, (0.01, 1.0))})],
        100.0,
        "host",
        0.01,
        1.0,
    )
    chi = 5e-3
    up = voltammetry.cyclic_voltammogram(narrow, upper_vertex=1.0, cycles=1, polarization=chi, points=3000).sweep(
        1, "delithiation"
    )
    peak = up.loc[up["response"].idxmax()]
    assert peak["Voltage / V"] - 0.3 == pytest.approx(np.sqrt(2 * chi), abs=0.01)
    assert peak["response"] == pytest.approx(np.sqrt(2 / chi), rel=0.1)


def test_polarization_moves_both_sweeps_apart():
    scans = [voltammetry.cyclic_voltammogram(ONE, upper_vertex=1.0, cycles=1, polarization=chi) for chi in (0, 3e-3)]
    tops = [scan.sweep(1, "delithiation") for scan in scans]
    bottoms = [scan.sweep(1, "lithiation") for scan in scans]
    up = [float(one["Voltage / V"][one["response"].idxmax()]) for one in tops]
    down = [float(one["Voltage / V"][one["response"].idxmin()]) for one in bottoms]
    assert up[1] > up[0] + 0.02
    assert down[1] < down[0] - 0.02


def test_signs_follow_the_direction():
    frame = voltammetry.cyclic_voltammogram(ANODE, upper_vertex=1.5, polarization=2e-3).frame
    out = frame["Branch"] == "delithiation"
    assert (frame["response"][out] >= 0).all()
    assert (frame["response"][~out] <= 0).all()
    assert set(frame["Branch"][frame["Cycle Count / 1"] == 2]) == {"lithiation", "delithiation"}


def test_shallow_sweep_shows_no_li15si4():
    deep, shallow = (
        voltammetry.cyclic_voltammogram(ANODE, upper_vertex=1.5, lower_vertex=vertex, cycles=1).sweep(1, "delithiation")
        for vertex in (0.005, 0.075)
    )
    assert deep["response"].max() > 3 * shallow["response"].max()


def test_labels_of_the_equilibrium_voltammogram():
    table = voltammetry.label_peaks(voltammetry.cyclic_voltammogram(ANODE, upper_vertex=1.5))
    found = {
        label: table[(table["label"] == label) & (table["cycle"] == cycle)]["potential"].to_numpy()
        for label, cycle in (("II", 1), ("III", 2), ("IV", 2), ("V", 2), ("VI", 2))
    }
    # Graphite's two main stages on delithiation (about 0.10 and 0.14 V) and the two-phase plateau of silicon.
    npt.assert_allclose(found["III"], [0.10, 0.14], atol=0.01)
    npt.assert_allclose(found["II"], 0.08, atol=0.005)
    npt.assert_allclose(found["IV"], 0.42, atol=0.005)
    assert len(found["VI"]) == 1
    assert found["III"].max() < found["VI"][0] < found["IV"][0]
    assert 0.2 < found["V"][0] < 0.3


def test_electrolyte_feature_appears_in_the_first_cycle_only():
    scan = voltammetry.cyclic_voltammogram(
        electrodes.si_c(si_fraction=0.37, electrolyte_share=0.05), upper_vertex=2.0, polarization=1e-3
    )
    table = voltammetry.label_peaks(scan, prominence=1e-3)
    assert (table[table["label"] == "I"]["cycle"] == 1).all()
    assert (table["label"] == "I").any()


def test_features_above_the_transition_are_vii():
    high = Electrode(
        "three",
        [
            Part(
                "host",
                {"lithiation": Branch({"host": Msmr([0.6, 0.4, 0.3], [0.1, 0.7, 0.2], [0.5, 0.3, 0.5])}, (0.0, 1.0))},
            )
        ],
        100.0,
        "host",
        0.01,
        1.0,
    )
    table = voltammetry.label_peaks(voltammetry.cyclic_voltammogram(high, upper_vertex=1.0, cycles=1))
    up = table[table["direction"] == "delithiation"].set_index("label")["potential"]
    npt.assert_allclose(up[["VI", "IV", "VII"]], [0.3, 0.4, 0.6], atol=0.005)


def test_host_without_silicon_has_no_silicon_labels():
    table = voltammetry.label_peaks(voltammetry.cyclic_voltammogram(electrodes.graphite(), upper_vertex=0.9))
    carbon = table[(table["direction"] == "delithiation") & (table["potential"] < 0.2)]
    for _, sweep in carbon.groupby("cycle"):
        two = sweep.nlargest(2, "height")
        assert (sweep["label"] == np.where(sweep.index.isin(two.index), "III", "")).all()


def test_calibration_puts_the_peak_where_it_was_asked():
    chi = voltammetry.calibrate_polarization(ANODE, 0.45, upper_vertex=1.5)
    up = voltammetry.cyclic_voltammogram(ANODE, upper_vertex=1.5, polarization=chi).sweep(1, "delithiation")
    up = up[up["Voltage / V"] > 0.25]
    assert up["Voltage / V"][up["response"].idxmax()] == pytest.approx(0.45, abs=0.002)


def test_shoulder_is_found_beside_a_peak():
    potential = np.linspace(0, 1, 2001)
    response = np.exp(-(((potential - 0.4) / 0.06) ** 2)) + 0.35 * np.exp(-(((potential - 0.5) / 0.06) ** 2))
    table = voltammetry.find_peaks(potential, -response)
    assert table["kind"].tolist() == ["peak", "shoulder"]
    assert table["potential"].tolist() == pytest.approx([0.4, 0.5], abs=0.02)
    assert (table["height"] < 0).all()
    assert (table["lower"] < table["potential"]).all()
    assert (table["upper"] > table["potential"]).all()


def test_peaks_of_the_amorphous_part_are_those_of_its_reactions():
    # Two reactions that do not overlap: their own potentials must come out, whatever Li15Si4 does.
    amorphous = Msmr([0.5, 0.3], [0.5, 0.5], [0.5, 0.5]).normalized(0.01, 1.0)
    crystalline = Msmr([0.42], [1.0], [0.2]).normalized(0.01, 1.0)
    branches = {
        "delithiation": Branch({"silicon": amorphous}),
        "delithiation after Li15Si4": Branch({"silicon": crystalline}),
    }
    change = electrodes.PhaseChange(0.05, 0.005, 0.5)
    electrode = Electrode("silicon", [Part("silicon", branches, phase_change=change)], 3579.0, "Si", 0.01, 1.0)
    table = voltammetry.amorphous_peaks(electrode).set_index("label")
    npt.assert_allclose(table["potential"], [0.3, 0.5], atol=0.002)
    assert table.index.tolist() == ["VI", "VII"]


def test_inflections_of_a_gaussian_lie_one_deviation_away():
    potential = np.linspace(0, 1, 2001)
    table = voltammetry.find_peaks(potential, np.exp(-0.5 * ((potential - 0.4) / 0.05) ** 2), smoothing=0.0)
    npt.assert_allclose(table[["lower", "upper"]].iloc[0], [0.35, 0.45], atol=2e-3)


def test_falling_sweep_gives_the_same_peaks():
    potential = np.linspace(0, 1, 1001)
    response = np.exp(-(((potential - 0.4) / 0.05) ** 2))
    up = voltammetry.find_peaks(potential, response)
    down = voltammetry.find_peaks(potential[::-1], response[::-1])
    npt.assert_allclose(up["potential"], down["potential"], atol=2e-3)


def test_peak_at_the_edge_has_bounds_within_the_sweep():
    potential = np.linspace(0, 1, 1001)
    table = voltammetry.find_peaks(potential, np.exp(-(((potential - 0.02) / 0.2) ** 2)))
    assert table["lower"].min() >= 0


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [((0, 1), (0, 1), 1.0), ((0, 1), (2, 3), 0.0), ((0.32, 0.13), (0.13, 0.225), 0.5)],
)
def test_overlap_of_ranges(first, second, overlap):
    assert voltammetry.range_overlap(first, second) == pytest.approx(overlap)


def test_repr_gives_cycles_and_polarization():
    scan = voltammetry.cyclic_voltammogram(ONE, upper_vertex=1.0, cycles=2, polarization=1e-3)
    assert repr(scan) == "Voltammogram(2 cycles, polarization 0.001 V²)"


def test_overlap_of_one_point_fails():
    with pytest.raises(ValueError, match="ranges must not both be the same single point"):
        voltammetry.range_overlap((0.1, 0.1), (0.1, 0.1))


def test_vertices_swapped_fail():
    with pytest.raises(ValueError, match="lower_vertex must be below upper_vertex"):
        voltammetry.cyclic_voltammogram(ANODE, lower_vertex=1.0, upper_vertex=0.5)


def test_vertex_beyond_the_limits_fails():
    with pytest.raises(ValueError, match=r"upper_vertex must be between 0.005 and 2.5 \(in V\), got 3"):
        voltammetry.cyclic_voltammogram(ANODE, upper_vertex=3.0)


def test_negative_polarization_fails():
    with pytest.raises(ValueError, match="polarization must be zero or positive"):
        voltammetry.cyclic_voltammogram(ANODE, upper_vertex=1.5, polarization=-1e-3)


def test_half_a_cycle_fails():
    with pytest.raises(ValueError, match=r"cycles must be a whole number of at least 1, got 0.5"):
        voltammetry.cyclic_voltammogram(ANODE, upper_vertex=1.5, cycles=0.5)


def test_unknown_direction_fails():
    scan = voltammetry.cyclic_voltammogram(ONE, upper_vertex=1.0, cycles=1)
    with pytest.raises(ValueError, match="direction must be one of 'lithiation', 'delithiation', got 'charge'"):
        scan.sweep(1, "charge")


def test_unknown_cycle_fails():
    scan = voltammetry.cyclic_voltammogram(ONE, upper_vertex=1.0, cycles=1)
    with pytest.raises(ValueError, match="cycle must be one of 1, got 2"):
        scan.sweep(2, "lithiation")


def test_peak_below_equilibrium_fails():
    with pytest.raises(ValueError, match="peak_potential must be above that of the equilibrium curve"):
        voltammetry.calibrate_polarization(ANODE, 0.3, upper_vertex=1.5)


def test_peak_out_of_reach_fails():
    with pytest.raises(ValueError, match="is not reached with a polarization up to"):
        voltammetry.calibrate_polarization(ANODE, 0.79, upper_vertex=1.5)


def test_uneven_potential_fails():
    with pytest.raises(ValueError, match="potential must be evenly spaced"):
        voltammetry.find_peaks([0.0, 0.1, 0.3, 0.4, 0.5], [0, 1, 2, 1, 0])


def test_four_points_fail():
    with pytest.raises(ValueError, match="lists of one length, at least 5"):
        voltammetry.find_peaks([0.0, 0.1, 0.2, 0.3], [0, 1, 1, 0])
