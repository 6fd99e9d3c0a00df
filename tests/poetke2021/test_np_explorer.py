"""The explorer carries the library's numbers, says the same each time, and refuses what it cannot show."""

import numpy as np
import pytest

from companion import ledger
from poetke2021 import electrodes, stack
from poetke2021.np_explorer import np_explorer
from sicell.balancing import FullCell


@pytest.fixture(scope="module")
def explorer():
    return np_explorer()


@pytest.fixture(scope="module")
def states(explorer):
    shown = explorer.explorable()
    return dict(zip(shown.controls[0].stops, shown.states, strict=True))


def single(np_ratio):
    """One cell, balanced without the explorer."""
    cathode, anode = electrodes.ncm90(), electrodes.si_c()
    loss = FullCell(cathode, anode, 2.0).calibrate_loss(0.727, 4.25, 1.5)
    return FullCell(cathode, anode, np_ratio).first_cycle(4.25, 1.5, loss=loss)


def test_slider_reaches_33_ratios_and_each_state_is_the_single_cell(explorer):
    np.testing.assert_allclose(explorer.data["np_ratio"], np.linspace(0.9, 2.5, 33), atol=1e-12)
    for ratio in (1.3, 2.0, 2.5):
        alone, state = single(ratio), explorer.state(ratio)
        assert state["discharge_capacity"] == pytest.approx(alone.discharge_capacity, abs=1e-6)
        assert state["anode_potential_end_of_charge"] == pytest.approx(alone.anode_potential_end_of_charge, abs=1e-7)


def test_loss_is_calibrated_where_the_paper_prints_the_efficiency(explorer):
    efficiency = explorer.state(ledger.value("np-ratio-2.0"))["initial_coulombic_efficiency"]
    assert efficiency == pytest.approx(ledger.value("ice-np-2.0") / 100, abs=1e-6)


def test_curves_end_where_the_numbers_say(explorer, states):
    for ratio, state in states.items():
        row = explorer.state(float(ratio))
        capacity, cell, cathode, anode = state.shapes["charge"][:, -1]
        assert capacity == pytest.approx(row["charge_capacity"], abs=1e-6)
        assert [cathode, anode] == pytest.approx(
            [row["cathode_potential_end_of_charge"], row["anode_potential_end_of_charge"]], abs=1e-6
        )
        assert cell == pytest.approx(4.25, abs=1e-6)
        given, lowest = state.shapes["discharge"][:2, -1]
        assert given == pytest.approx(row["charge_capacity"] - row["discharge_capacity"], abs=1e-6)
        assert lowest == pytest.approx(1.5, abs=1e-6)


def test_drawn_line_stays_on_the_curve(states):
    """Between its points a line is straight; the eye must not see it (a pixel is about 5 mV)."""
    drawn, _, _, anode = states["1.30"].shapes["charge"]
    within = np.linspace(10, drawn[-1], 300)
    exact = electrodes.si_c().potential(within / (1.3 * 207), "first lithiation")
    assert np.abs(np.interp(within, drawn, anode) - exact).max() < 0.005


def test_lithium_of_the_bars_adds_up(explorer, states):
    at_zero = electrodes.si_c().lithiation(0.0, "first lithiation")
    for ratio, state in states.items():
        row, size = explorer.state(float(ratio)), {name: at[1] for name, at in state.shapes.items() if len(at) == 3}
        assert size["anode unused"] == pytest.approx(207 * float(ratio))
        assert size["cathode lost"] + size["cathode cycled"] == pytest.approx(row["charge_capacity"])
        # What neither came back nor was lost is the little that the anode still holds at the cut-off.
        assert 0 <= size["anode lost"] - row["lost_capacity"] + 0.02 < 1
        assert size["anode plated"] == pytest.approx(
            max(0, row["charge_capacity"] - at_zero * 207 * float(ratio)), abs=0.05
        )


def test_plating_is_said_in_words_exactly_where_the_anode_is_full(explorer, states):
    full = explorer.data["anode_lithiation_end_of_charge"] >= 1
    assert 0 < full.sum() < 10
    for state, bad in zip(states.values(), full, strict=True):
        assert state.sentence.startswith("Anode full: lithium plating") == bad
        assert (state.level == "bad") == bad


def test_the_paper_column_is_filled_where_the_paper_prints_a_number(states):
    filled = {ratio: [theirs for _, theirs in state.cells if theirs] for ratio, state in states.items()}
    assert {ratio: texts for ratio, texts in filled.items() if texts} == {
        "1.30": ["187", "4.29", "44"],
        "2.00": ["72.7†", "4.33", "77", "79.2", "74.2"],
    }


def test_relative_energies_are_those_of_the_stack(explorer, states):
    # only the layers matter: another voltage and utilization give the same
    design = stack.si_c_ncm90(3.4, 0.9)
    for ratio in (0.9, 1.3, 2.0, 2.5):
        cell, lowest = design.unit_cell(ratio), design.unit_cell(1.1)
        state = explorer.state(ratio)
        assert state["relative_specific_energy"] == pytest.approx(cell.specific_energy / lowest.specific_energy)
        assert state["relative_energy_density"] == pytest.approx(cell.energy_density / lowest.energy_density)
    at = {ratio: [ours for ours, _ in state.cells[-2:]] for ratio, state in states.items()}
    assert at["1.10"] == ["100", "100"]
    assert at["2.00"] == ["79", "74"]


def test_text_of_the_explorer_is_short(explorer):
    assert repr(explorer) == "NpExplorer(n/p 0.90 to 2.50, 33 states, starts at 1.30)"


def test_a_lower_cutoff_asks_less_of_the_anode(explorer):
    gentle = np_explorer(upper_cutoff=4.15)
    assert (gentle.data["charge_capacity"] < explorer.data["charge_capacity"]).all()
    assert gentle.reported == {}


def test_a_ratio_between_two_steps_fails(explorer):
    with pytest.raises(ValueError, match=r"np_ratio must be one of 0.90, 0.95, … 2.50, got 1.32"):
        explorer.state(1.32)


def test_swapped_cutoffs_fails():
    with pytest.raises(ValueError, match="lower_cutoff must be below upper_cutoff"):
        np_explorer(upper_cutoff=1.4)
