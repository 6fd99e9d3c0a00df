"""Figures of the balance show the numbers they should, on axes with quantity and unit."""

import functools

import numpy as np
import pytest

from poetke2021 import electrodes
from poetke2021.balancing import figures
from sicell import balancing

LOSS = balancing.Loss.fixed(0.15)


@functools.cache
def cells(*ratios):
    return balancing.FullCell(electrodes.ncm90(), electrodes.si_c(), list(ratios) if len(ratios) > 1 else ratios[0])


@functools.cache
def cycle(*ratios):
    return cells(*ratios).first_cycle(4.25, 1.5, loss=LOSS, warn=False)


@functools.cache
def spread():
    """Ratios out of order on purpose."""
    return balancing.FullCell(electrodes.ncm90(), electrodes.si_c(), [2.0, 1.0, 1.3]).uncertainty(
        4.25, 1.5, loss=LOSS, draws=300
    )


def test_true_ratio_divides_by_the_first_charge():
    figure, data = figures.nominal_and_true(cells(1.1, 1.3, 2.0))
    np.testing.assert_allclose(data["true n/p / 1"], np.array([1.1, 1.3, 2.0]) * 207 / 236)
    axes = figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([1.1 * 207, 1.3 * 207, 2 * 207])
    assert [line.get_xdata()[0] for line in axes.lines] == pytest.approx([207, 236])
    assert axes.get_xlabel() == "capacity / mAh per g NCM"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["1.1", "1.3", "2.0"]


@pytest.mark.parametrize(("half_cycle", "voltage"), [("charge", 4.25), ("discharge", 1.5)])
def test_three_electrodes_end_at_the_cutoff(half_cycle, voltage):
    reported = {("anode", 1.3): 0.044, ("cathode", 2.0): 4.33}
    figure, data = figures.three_electrode(cycle(1.3, 2.0), half_cycle, reported)
    last = data.groupby("N/P Ratio / 1").last()
    np.testing.assert_allclose(last["Voltage / V"], voltage, atol=1e-6)
    np.testing.assert_allclose(
        data["Cathode Potential / V"] - data["Anode Potential / V"], data["Voltage / V"], atol=1e-12
    )
    top, _, bottom = figure.axes
    (square,) = (line for line in top.lines if line.get_marker() == "s")
    (circle,) = (line for line in bottom.lines if line.get_marker() == "o")
    assert square.get_xydata()[0] == pytest.approx([last["Specific Capacity / mAh g-1"][2.0], 4.33])
    assert circle.get_xydata()[0] == pytest.approx([last["Specific Capacity / mAh g-1"][1.3], 0.044])
    # the end of the anode, which no eye reads from the axis, stands in words
    ours = 1000 * last["Anode Potential / V"][1.3]
    assert [text.get_text() for text in bottom.texts] == [f"1.3: {ours:.0f} mV, reported 44"]
    assert bottom.get_xlabel() == "capacity / mAh per g NCM"
    assert all(axes.get_ylabel().split(" / ")[1].startswith("V") for axes in figure.axes)


def test_three_electrodes_of_a_single_cell():
    figure, data = figures.three_electrode(cycle(1.3), "charge")
    assert data["N/P Ratio / 1"].unique().tolist() == [1.3]
    assert len(figure.legends[0].get_texts()) == 1


def test_extrapolated_parts_are_thin():
    figure, data = figures.three_electrode(cycle(1.3), "discharge")
    thin, thick = figure.axes[2].lines
    assert thin.get_linewidth() < thick.get_linewidth()
    missing = np.isnan(np.asarray(thick.get_ydata(), dtype=float))
    np.testing.assert_array_equal(missing, data["Anode Extrapolated / 1"].astype(bool))
    assert missing.any()


def test_three_electrodes_of_an_unknown_half_cycle_fails():
    with pytest.raises(ValueError, match=r"half_cycle must be .*got 'rest'"):
        figures.three_electrode(cycle(1.3), "rest")


def test_three_electrodes_with_a_report_for_no_electrode_fails():
    with pytest.raises(ValueError, match=r"reported must be .*got 'cell'"):
        figures.three_electrode(cycle(1.3), "charge", {("cell", 1.3): 4.25})


def test_crossings_are_the_ends_of_charge():
    figure, data = figures.end_of_charge(cells(1.3, 2.0), 4.25)
    marks = [line.get_xydata()[0] for line in figure.axes[0].lines if line.get_marker() == "o"]
    result = cycle(1.3, 2.0)
    np.testing.assert_allclose([x for x, _ in marks], result.charge_capacity, atol=0.1)
    np.testing.assert_allclose([y for _, y in marks], result.anode_potential_end_of_charge, atol=1e-3)
    assert figure.axes[0].get_xlabel() == "capacity of the first charge / mAh per g NCM"
    assert data.shape == (161, 4)


def test_an_anode_too_small_has_no_crossing():
    figure, data = figures.end_of_charge(cells(0.9, 2.0), 4.25)
    assert sum(line.get_marker() == "o" for line in figure.axes[0].lines) == 1
    assert data["anode at n/p 0.9 / V"].isna().all()


def test_end_potentials_are_drawn_in_order():
    figure, data = figures.end_potentials(spread(), {1.3: 0.044}, {1.3: 3.6}, 0.08)
    anode = data[data["quantity"] == "anode_potential_end_of_charge"]
    assert anode["np_ratio"].tolist() == [1.0, 1.3, 2.0]
    samples = spread().samples["anode_potential_end_of_charge"]
    np.testing.assert_allclose(anode["median"], np.median(samples, axis=0)[[1, 2, 0]])
    assert (data["lower"] <= data["median"]).all()
    assert (data["median"] <= data["upper"]).all()
    assert figure.axes[1].get_xlabel() == "nominal n/p ratio"


def test_first_cycle_marks_reports_and_predictions():
    reported = {"initial coulombic efficiency / %": (2.0, 72.7), "discharge capacity / mAh g-1": (1.3, 187.0)}
    figure, data = figures.first_cycle({"fixed": cycle(1.3, 2.0)}, spread(), reported, [1.3])
    result = cycle(1.3, 2.0)
    np.testing.assert_allclose(
        data["initial coulombic efficiency / %"], 100 * result.discharge_capacity / result.charge_capacity
    )
    marks = [[line.get_xydata()[0].tolist() for line in axes.lines if line.get_marker() == "o"] for axes in figure.axes]
    assert marks == [[[2.0, 72.7]], [[1.3, 187.0]]]
    (diamond,) = (line for line in figure.axes[0].lines if line.get_marker() == "D")
    median = 100 * np.median(spread().samples["initial_coulombic_efficiency"][:, 2])
    assert diamond.get_xydata()[0] == pytest.approx([1.3, median])
    assert figure.axes[0].get_ylabel() == "ICE / %"


def test_first_cycle_with_an_unknown_report_fails():
    with pytest.raises(ValueError, match=r"reported must be .*got 'ICE'"):
        figures.first_cycle({"fixed": cycle(1.3, 2.0)}, spread(), {"ICE": (2.0, 72.7)})


def test_first_charge_changes_draw_by_draw():
    _, data = figures.first_charge(spread(), 1.3)
    charge = spread().samples["charge_capacity"]
    change = np.median(charge[:, 0] - charge[:, 2])
    assert data.set_index("np_ratio").loc[2.0, "change / mAh g-1"] == pytest.approx(change)
    assert data["np_ratio"].tolist() == [1.0, 1.3, 2.0]


def test_full_anode_counts_draws():
    figure, data = figures.full_anode(spread())
    full = data.set_index("nominal n/p / 1")["anode is full / 1"]
    assert full[1.0] == np.mean(spread().samples["anode_lithiation_end_of_charge"][:, 1] >= 1 - 1e-9)
    assert full[2.0] == 0
    assert (data["lithium plates / 1"] <= data["anode is full / 1"]).all()
    assert figure.axes[0].get_ylabel() == "probability / 1"
