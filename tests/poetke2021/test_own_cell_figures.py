"""The figures on one's own cell: what they draw is what was measured and fitted, and the axes say what it is."""

import numpy as np
import pytest

from poetke2021.own_cell import figures as own_cell
from poetke2021.own_cell import synthetic
from sicell import FullCell, Msmr, balancing, graphite, ncm90, si_c, silicon

CHARGE = np.linspace(0, 40, 200)


def fitted(noise=0.001, x_0=0.03, seed=0):
    y, x = 0.93 - 0.75 * CHARGE / 40, x_0 + 0.8 * CHARGE / 40
    voltage = ncm90().potential(y, "delithiation") - graphite().potential(x, "lithiation")
    voltage = voltage + np.random.default_rng(seed).normal(scale=noise, size=CHARGE.size)
    return voltage, balancing.fit(CHARGE, voltage, ncm90(), graphite())


def labelled(figure):
    return all(axes.get_ylabel() or axes.get_yticklabels() for axes in figure.axes) and figure.axes[-1].get_xlabel()


@pytest.mark.parametrize("sense", [1, -1])
def test_half_cells_are_drawn_over_their_stoichiometry(sense):
    place = np.linspace(0, 1, 150)
    curves = {
        "positive": (ncm90().potential(place), 200 * sense * place),
        "negative": (graphite().potential(place), 300 * sense * place),
    }
    fits = {name: Msmr.fit(*curve, 6) for name, curve in curves.items()}
    figure, data = own_cell.half_cells(curves, fits)
    assert labelled(figure)
    negative = data[data["electrode"] == "negative"]
    expected = graphite().potential(negative["stoichiometry / 1"].to_numpy())
    assert negative["measured / V"].to_numpy() == pytest.approx(expected, abs=1e-9)
    inner = negative[negative["stoichiometry / 1"].between(0.05, 0.95)]
    assert np.abs(inner["fit / V"] - inner["measured / V"]).max() < 0.02


def test_full_cell_is_drawn_with_both_electrodes():
    voltage, fit = fitted()
    figure, data = own_cell.full_cell(fit, "mAh")
    assert data["measured / V"].to_numpy() == pytest.approx(voltage)
    difference = data["positive / V vs Li/Li+"] - data["negative / V vs Li/Li+"]
    assert difference.to_numpy() == pytest.approx(data["fit / V"].to_numpy())
    assert labelled(figure)
    assert "mAh" in figure.axes[2].get_xlabel()
    residual = figure.axes[2].get_lines()[1].get_ydata()
    assert residual == pytest.approx(1e3 * (data["fit / V"] - data["measured / V"]).to_numpy())


def test_windows_are_drawn_for_each_cell_in_order():
    fits = {"young": fitted()[1], "aged": fitted(x_0=0.08, seed=1)[1]}
    figure, data = own_cell.windows(fits)
    assert data["cell"].tolist() == ["young"] * 4 + ["aged"] * 4
    starts = data[data["end"] == "x_0"].set_index("cell")["value"]
    assert starts["young"] == pytest.approx(0.03, abs=0.01)
    assert starts["aged"] == pytest.approx(0.08, abs=0.01)
    assert labelled(figure)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["young", "aged"]


def test_degradation_is_drawn_in_per_cent():
    before, after = fitted()[1], fitted(x_0=0.05, seed=2)[1]
    modes = balancing.degradation_modes(before, after)
    figure, data = own_cell.degradation(modes)
    assert data["loss / %"].to_numpy() == pytest.approx(100 * modes.table["loss"].to_numpy())
    assert data["mode"].tolist() == ["LLI", "LAM_NE", "LAM_PE"]
    assert (data["lower / %"] < data["upper / %"]).all()
    assert labelled(figure)


def test_another_anode_shows_the_discharge():
    cycles = {
        "graphite": FullCell(ncm90(), graphite(), 1.2).first_cycle(4.2, 3.0, warn=False),
        "Si–C": FullCell(ncm90(), si_c(), 1.3).first_cycle(4.2, 3.0, warn=False),
    }
    figure, data = own_cell.another_anode(cycles)
    assert labelled(figure)
    for name, cycle in cycles.items():
        part = data[data["anode"] == name]
        assert part["Specific Capacity / mAh g-1"].max() == pytest.approx(cycle.discharge_capacity, rel=1e-6)
        difference = part["Cathode Potential / V"] - part["Anode Potential / V"]
        assert difference.to_numpy() == pytest.approx(part["Voltage / V"].to_numpy(), abs=1e-9)


def test_reference_electrode_is_drawn_over_the_prediction():
    fit = fitted()[1]
    known = synthetic.reference_electrode(fit, offset=0.012)
    data = fit.data()
    third = balancing.fit(data["Capacity"], data["Voltage / V"], ncm90(), graphite(), **known)
    assert third.table.loc["reference_offset", "value"] == pytest.approx(0.012, abs=1e-3)
    figure, drawn = own_cell.reference_electrode(third, "mAh")
    assert labelled(figure)
    model = fit.predict(data["Capacity"])
    for name in ("anode", "cathode"):
        assert np.abs(drawn[f"{name} predicted / V"] - drawn[f"{name} measured / V"]).max() < 0.01
        assert drawn[f"{name} measured / V"].to_numpy() == pytest.approx(
            model[f"{name.capitalize()} Potential / V"], abs=0.008
        )


def test_synthetic_check_ups_lose_what_they_say():
    fit = fitted()[1]
    curves = synthetic.check_ups(fit, lithium=0.03, negative=0.02, count=3)
    losses = balancing.fit_many(curves, ncm90(), graphite()).losses().pivot(index="age", columns="mode", values="loss")
    assert losses.loc[2, "LLI"] == pytest.approx(0.06, abs=0.005)
    assert losses.loc[2, "LAM_NE"] == pytest.approx(0.04, abs=0.015)
    assert losses.loc[2, "LAM_PE"] == pytest.approx(0.0, abs=0.01)


def test_degradation_of_a_blend_has_a_row_for_each_material():
    blend = {"Si": silicon(), "C": graphite()}
    voltage = fitted()[0]
    found = balancing.fit(CHARGE, voltage, ncm90(), blend)
    figure, data = own_cell.degradation(balancing.degradation_modes(found, found))
    assert data["mode"].tolist() == ["LLI", "LAM_NE", "LAM_PE", "LAM_Si", "LAM_C"]
    assert labelled(figure)
