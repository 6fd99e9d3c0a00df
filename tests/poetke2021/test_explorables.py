"""The explorables of the chapters: their states are what the library says of data made here."""

import numpy as np
import pytest

from poetke2021 import explorables, spectra
from poetke2021.cycling import Protocol
from sicell import eis
from sicell.circuit import parse

ONE, TWO = "R0-p(R1,CPE1)", "R0-p(R1,CPE1)-p(R2,CPE2)"


@pytest.fixture(scope="module")
def arcs():
    return explorables.two_arcs()


def test_sixty_states_of_two_arcs_are_small(arcs):
    assert len(arcs.states) == 60
    assert len(arcs._repr_html_().encode()) <= 80_000


def test_two_arcs_are_what_choice_and_fit_say_of_the_spectrum(arcs):
    for distance, noise, lowest in ((10, 0.003, 0.1), (3, 0.01, 10), (5, 0.001, 1000)):
        # the truth written out: two arcs of 15 and 30 ohm, the slower with its apex at 100 Hz
        sweep = spectra.frequencies()
        slow, seen = 1 / (2 * np.pi * 100), sweep >= 0.999 * lowest
        clean = parse("R0-Zarc1-Zarc2").impedance(sweep, [20, 15, slow / distance, 0.85, 30, slow, 0.85])
        noisy = spectra.add_noise(clean, noise, seed=2)[seen]
        choice = eis.choose(sweep[seen], noisy, [ONE, TWO], certainty=0.9)
        state = arcs.state(f"{distance} ×", f"{100 * noise:g} %", f"{lowest:g} Hz")
        assert state.shapes["belief in two arcs"][1] == pytest.approx(choice.table.loc[TWO, "weight"])
        assert (state.level == "bad") == (choice.circuit == ONE)
        row = choice.table.loc[TWO, "fit"].parameters.loc["R1"]
        known = choice.circuit == TWO and row["identifiable"]
        assert state.cells[1][0].startswith(f"{row['value']:.1f} (") == known
        assert (state.cells[1][0] == "not determined") != known
        real, imaginary = state.shapes["measured"]
        assert real[: seen.sum()] - 1j * imaginary[: seen.sum()] == pytest.approx(noisy)


def test_arcs_are_told_apart_where_they_are_far_and_not_where_they_are_near(arcs):
    levels = {name: arcs.state(*name).level for name in (("30 ×", "0.3 %", "0.1 Hz"), ("2 ×", "1 %", "0.1 Hz"))}
    assert list(levels.values()) == ["good", "bad"]
    # nothing helps where the sweep ends before the slower arc has begun
    short = [arcs.state(at, noise, "1000 Hz") for at in arcs.controls[0].stops for noise in arcs.controls[1].stops]
    assert {state.cells[2] for state in short} == {("not determined",)}


def test_intervals_that_are_shown_hold_the_truth(arcs):
    held, shown = 0, 0
    for state in arcs.states:
        for name, truth in (("R1", 15), ("R2", 30)):
            low, width, opacity = state.shapes[f"{name} interval"]
            if opacity > 0.5:
                shown += 1
                held += low <= truth <= low + width
    assert shown > 40
    # 95 % intervals, of one set of noise: not independent, so no tighter
    assert held / shown > 0.85


def test_what_comes_back_closes_the_books_near_the_middle():
    found = explorables.what_comes_back(0.877, Protocol(0.07, 0.2, 1.0, 50))
    assert found.state("99.4 %", "0 %").cells[2] == (f"{100 * 0.994**51:.1f}",)
    assert found.state("99.4 %", "100 %").cells[2] == ("100.0",)
    fitting = [share for share in found.controls[1].stops if found.state("99.4 %", share).level == "good"]
    assert fitting == ["55 %", "60 %"]
    for state in (found.state("99 %", "30 %"), found.state("99.8 %", "75 %")):
        assert state.shapes["left"][1][-1] == pytest.approx(float(state.cells[2][0]), abs=0.05)
