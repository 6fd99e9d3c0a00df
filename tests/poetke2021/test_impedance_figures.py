import numpy as np
import pytest

from poetke2021 import impedance, spectra
from sicell import eis
from sicell.circuit import parse


@pytest.fixture(scope="module")
def found():
    return spectra.spectrum("Si37@C", 3)


def labels(figure):
    return [(axes.get_xlabel(), axes.get_ylabel()) for axes in figure.axes]


def test_separator_at_the_two_discs():
    figure, data = impedance.separator()
    at = np.interp([11, 13], data["diameter / mm"], data["resistance / ohm"])
    assert at == pytest.approx([26.3, 18.8], abs=0.1)
    assert labels(figure) == [("diameter of the disc / mm", "resistance of the separator / Ω")]


def test_arcs_add_up_to_the_spectrum(found):
    figure, data = impedance.arcs(found)
    parts = data[["interphase", "charge transfer", "diffusion"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(-data["Z'' / ohm"].to_numpy())
    assert labels(figure) == [("Z′ / Ω", "−Z″ / Ω"), ("frequency / Hz", "−Z″ / Ω")]


def test_half_cells_say_that_they_are_synthetic():
    figure, data = impedance.half_cells()
    assert all("synthetic" in axes.get_title("left") + axes.get_title() for axes in figure.axes)
    last = data.groupby(["cell", "cycles"])["Z' / ohm"].max()
    assert last.idxmax() == ("SiNP", 53)
    lines = figure.axes[0].get_lines()
    assert len({line.get_marker() for line in lines}) == 5


def test_liquid_cell_begins_left_and_ends_right_of_the_solid_one():
    figure, data = impedance.liquid_and_solid()
    spread = data.groupby(["cycles", "electrolyte"])["Z' / ohm cm2"].agg(["min", "max"])
    for cycles in (3, 53):
        assert spread.loc[(cycles, "liquid"), "min"] < spread.loc[(cycles, "solid"), "min"]
        assert spread.loc[(cycles, "liquid"), "max"] > spread.loc[(cycles, "solid"), "max"]
    assert labels(figure)[1] == ("Z′ / Ω cm²", "−Z″ / Ω cm²")


def test_errors_of_fits_are_relative(found):
    figure, data = impedance.fits(found.frequency, found.impedance, {"a": 1.1 * found.impedance, "b": found.impedance})
    assert data["a: error / %"].to_numpy() == pytest.approx(10)
    assert data["b: error / %"].to_numpy() == pytest.approx(0)
    assert labels(figure)[1] == ("frequency / Hz", "|ΔZ| / |Z| / %")


def test_kramers_kronig_panels_show_the_drift(found):
    noisy = [spectra.add_noise(spectra.drifting(found, "R2", growth), 0.002, seed=2) for growth in (0.0, 0.5)]
    results = {
        title: eis.kramers_kronig(found.frequency, z) for title, z in zip(("still", "drifting"), noisy, strict=True)
    }
    figure, data = impedance.kramers_kronig(results)
    largest = data.groupby("spectrum")["residual of Z' / %"].agg(lambda residual: residual.abs().max())
    assert largest["drifting"] > 1.5 * largest["still"]
    assert len(figure.axes) == 2
    assert figure.axes[-1].get_xlabel() == "frequency / Hz"


def test_relaxation_times_have_the_arcs_within_the_window(found):
    result = eis.drt(found.frequency, spectra.add_noise(found.impedance, 0.003, seed=3))
    figure, data = impedance.relaxation_times({"Si37@C": result})
    texts = {text.get_text() for text in figure.axes[0].texts}
    assert {f"{found.parameters[name]:.0f} Ω" for name in ("R1", "R2")} <= texts
    assert data["gamma / ohm"].min() >= 0
    assert labels(figure) == [("relaxation time / s", "γ / Ω")]


def test_porous_electrode_has_a_third_of_its_rail():
    figure, data = impedance.porous_electrode(30.0, 10.0)
    hard = data[data["case"].str.contains("50")]
    # R_ct + R_ion/3 to first order in R_ion/R_ct: R coth(x)/x with x² = R_ion/R_ct
    x = np.sqrt(30 / 50)
    assert hard["Z' / ohm cm2"].iloc[-1] == pytest.approx(30 / (x * np.tanh(x)), rel=1e-2)
    assert abs(hard["Z' / ohm cm2"].iloc[-1] - 60) < 1
    blocking = data[data["case"] == "blocking"]
    line = parse("TLMQ1").impedance(blocking["frequency / Hz"], [30.0, 1e-3, 0.9])
    assert blocking["Z' / ohm cm2"].to_numpy() == pytest.approx(line.real)
    assert labels(figure) == [("Z′ / Ω cm²", "−Z″ / Ω cm²")]
