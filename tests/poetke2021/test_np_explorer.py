"""The explorer carries the library's numbers, says the same each time, and refuses what it cannot show."""

import base64
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from companion import ledger
from poetke2021 import electrodes, stack
from poetke2021.np_explorer import np_explorer, np_explorer_figure
from sicell.balancing import FullCell


@pytest.fixture(scope="module")
def explorer():
    return np_explorer()


@pytest.fixture(scope="module")
def page(explorer):
    return explorer._repr_html_()


@pytest.fixture(scope="module")
def payload(page):
    return json.loads(re.search(r'class="payload">(.*?)</script>', page, re.DOTALL)[1])


def single(np_ratio):
    """One cell, balanced without the explorer."""
    cathode, anode = electrodes.ncm90(), electrodes.si_c()
    loss = FullCell(cathode, anode, 2.0).calibrate_loss(0.727, 4.25, 1.5)
    return FullCell(cathode, anode, np_ratio).first_cycle(4.25, 1.5, loss=loss)


def unpack(text, scale):
    return np.frombuffer(base64.b64decode(text), "<i2") * scale / 32767


def test_slider_reaches_33_ratios_and_each_state_is_the_single_cell(explorer):
    np.testing.assert_allclose(explorer.data["np_ratio"], np.linspace(0.9, 2.5, 33), atol=1e-12)
    for ratio in (1.3, 2.0, 2.5):
        alone, state = single(ratio), explorer.state(ratio)
        assert state["discharge_capacity"] == pytest.approx(alone.discharge_capacity, abs=1e-6)
        assert state["anode_potential_end_of_charge"] == pytest.approx(alone.anode_potential_end_of_charge, abs=1e-7)


def test_loss_is_calibrated_where_the_paper_prints_the_efficiency(explorer):
    efficiency = explorer.state(ledger.value("np-ratio-2.0"))["initial_coulombic_efficiency"]
    assert efficiency == pytest.approx(ledger.value("ice-np-2.0") / 100, abs=1e-6)


def test_payload_holds_the_curves(explorer, payload):
    _, capacity_scale, potential_scale = payload["scale"]
    capacity = unpack(payload["capacity"], capacity_scale).reshape(33, 2, payload["points"])
    potential = unpack(payload["potentials"], potential_scale).reshape(33, 2, 2, payload["points"])
    data = explorer.data
    np.testing.assert_allclose(capacity[:, 0, -1], data["charge_capacity"], atol=0.01)
    np.testing.assert_allclose(capacity[:, 1, -1], data["charge_capacity"] - data["discharge_capacity"], atol=0.01)
    np.testing.assert_allclose(potential[:, 0, 0, -1], data["cathode_potential_end_of_charge"], atol=1e-4)
    np.testing.assert_allclose(potential[:, 0, 1, -1], data["anode_potential_end_of_charge"], atol=1e-4)
    np.testing.assert_allclose(potential[:, 0, 0, -1] - potential[:, 0, 1, -1], 4.25, atol=2e-4)
    np.testing.assert_allclose(potential[:, 1, 0, -1] - potential[:, 1, 1, -1], 1.5, atol=2e-4)


def test_drawn_line_stays_on_the_curve(explorer, payload):
    """Between its 80 points a line is straight; the eye must not see it (a pixel is about 5 mV)."""
    _, capacity_scale, potential_scale = payload["scale"]
    at = int(np.argmin(np.abs(explorer.data["np_ratio"] - 1.3)))
    drawn = unpack(payload["capacity"], capacity_scale).reshape(33, 2, -1)[at, 0]
    anode = unpack(payload["potentials"], potential_scale).reshape(33, 2, 2, -1)[at, 0, 1]
    within = np.linspace(10, drawn[-1], 300)
    share = within / (1.3 * 207)
    exact = electrodes.si_c().potential(share, "first lithiation")
    assert np.abs(np.interp(within, drawn, anode) - exact).max() < 0.005


def test_lithium_of_the_bars_adds_up(payload):
    at_zero = electrodes.si_c().lithiation(0.0, "first lithiation")
    for state in payload["states"]:
        anode, charge, discharge, lost, plated = state["bars"]
        assert anode == pytest.approx(207 * float(state["np"]), abs=0.01)
        # What neither came back nor was lost is the little that the anode still holds at the cut-off.
        assert 0 <= charge - discharge - lost + 0.02 < 1
        assert plated == pytest.approx(max(0, charge - at_zero * anode), abs=0.05)


def test_plating_is_said_in_words_exactly_where_the_anode_is_full(explorer, payload):
    full = explorer.data["anode_lithiation_end_of_charge"] >= 1
    assert 0 < full.sum() < 10
    for state, bad in zip(payload["states"], full, strict=True):
        assert state["words"].startswith("Anode full: lithium plating") == bad
        assert ("lithium plating" in state["say"]) == bad
        assert (state["level"] == "bad") == bad


def test_the_paper_column_is_filled_where_the_paper_prints_a_number(payload):
    filled = {state["np"]: [text for text in state["paper"] if text] for state in payload["states"]}
    assert {ratio: texts for ratio, texts in filled.items() if texts} == {
        "1.30": ["187", "4.29", "44"],
        "2.00": ["72.7†", "4.33", "77", "79.2", "74.2"],
    }


def test_relative_energies_are_those_of_the_stack(explorer, payload):
    # only the layers matter: another voltage and utilization give the same
    design = stack.si_c_ncm90(3.4, 0.9)
    for ratio in (0.9, 1.3, 2.0, 2.5):
        cell, lowest = design.unit_cell(ratio), design.unit_cell(1.1)
        state = explorer.state(ratio)
        assert state["relative_specific_energy"] == pytest.approx(cell.specific_energy / lowest.specific_energy)
        assert state["relative_energy_density"] == pytest.approx(cell.energy_density / lowest.energy_density)
    at = {state["np"]: state["values"][-2:] for state in payload["states"]}
    assert at["1.10"] == ["100", "100"]
    assert at["2.00"] == ["79", "74"]


def test_page_is_small_and_the_same_each_time(page):
    assert len(page.encode()) <= 150_000
    assert np_explorer()._repr_html_() == page
    assert "@" not in re.sub(r"@(container|media)", "", page)
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_page_closes_its_elements_and_uses_each_id_once(page):
    class Elements(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open, self.ids = [], []

        def handle_starttag(self, tag, attrs):
            self.ids += [value for key, value in attrs if key == "id"]
            if tag != "input":
                self.open.append(tag)

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

    elements = Elements()
    elements.feed(page)
    assert elements.open == []
    assert sorted(elements.ids) == ["np-explorer", "np-explorer-slider"]


def test_text_of_the_explorer_is_short(explorer):
    assert repr(explorer) == "NpExplorer(n/p 0.90 to 2.50, 33 states, starts at 1.30)"


def test_a_lower_cutoff_asks_less_of_the_anode(explorer):
    gentle = np_explorer(upper_cutoff=4.15)
    assert (gentle.data["charge_capacity"] < explorer.data["charge_capacity"]).all()
    assert gentle.reported == {}


def test_figure_shows_the_states_that_were_asked_for(explorer):
    figure, data = np_explorer_figure(explorer, np_ratios=(1.3, 2.0))
    ends = data[data["Step Count / 1"] == 1].groupby("N/P Ratio / 1").last()
    np.testing.assert_allclose(ends["Voltage / V"], 4.25)
    for ratio, row in ends.iterrows():
        assert row["Anode Potential / V"] == pytest.approx(single(ratio).anode_potential_end_of_charge, abs=1e-7)
    upper, lower = figure.axes
    assert len(upper.lines) == 8
    assert len(lower.lines) == 4
    assert lower.get_xlabel() == "charge taken from the cathode / mAh g⁻¹ (NCM)"
    assert "/ V" in upper.get_ylabel()
    assert "/ V" in lower.get_ylabel()
    assert [text.get_text() for text in upper.get_legend().get_texts()] == ["n/p 1.3", "n/p 2.0"]


def test_figure_without_an_explorer_is_that_of_the_paper():
    _, data = np_explorer_figure()
    assert data["N/P Ratio / 1"].unique().tolist() == [1.1, 1.3, 2.0]


def test_a_ratio_between_two_steps_fails(explorer):
    with pytest.raises(ValueError, match=r"np_ratio must be one of 0.90, 0.95, … 2.50, got 1.32"):
        explorer.state(1.32)


def test_swapped_cutoffs_fails():
    with pytest.raises(ValueError, match="lower_cutoff must be below upper_cutoff"):
        np_explorer(upper_cutoff=1.4)
