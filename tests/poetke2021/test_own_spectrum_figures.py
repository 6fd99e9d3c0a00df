import numpy as np
import pytest

from poetke2021 import own_spectrum, spectra
from sicell import eis
from sicell.circuit import parse


def labels(figure):
    return [(axes.get_xlabel(), axes.get_ylabel()) for axes in figure.axes]


@pytest.fixture(scope="module")
def fitted():
    frequency = np.geomspace(1e5, 0.1, 50)
    exact = parse("R0-p(R1,C1)").impedance(frequency, [10, 40, 1e-4])
    return eis.fit(frequency, spectra.add_noise(exact, 0.01, seed=4), "R0-p(R1,C1)")


def test_spectrum_is_drawn_in_three_panels_under_its_name():
    found = spectra.spectrum("Si37@C", 3)
    figure, data = own_spectrum.spectrum(found.frequency, found.impedance, title="my.mpt")
    assert labels(figure) == [("Z′ / Ω", "−Z″ / Ω"), ("", "|Z| / Ω"), ("frequency / Hz", "phase / °")]
    assert "my.mpt" in {figure.axes[0].get_title(loc=place) for place in ("left", "center")}
    assert data["Z'' / ohm"].to_numpy() == pytest.approx(found.impedance.imag)
    modulus, phase = (axes.get_lines()[0].get_ydata() for axes in figure.axes[1:])
    assert modulus * np.exp(1j * np.deg2rad(phase)) == pytest.approx(found.impedance)


@pytest.mark.parametrize("impedance", [[5 - 1j, 5 - 10j, 5 - 1000j], [5, 5, 5], [1e-3 + 1e-4j, 2e-3, 3e-3 - 1e-4j]])
def test_no_spectrum_leaves_its_nyquist_plot(impedance):
    """A blocking electrode is tall, a resistor is a point, and a good cell has milliohms and an inductance."""
    figure, _ = own_spectrum.spectrum([100, 10, 1], impedance)
    axes = figure.axes[0]
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    assert left < np.min(np.real(impedance)) <= np.max(np.real(impedance)) < right
    assert low < np.min(-np.imag(impedance)) <= np.max(-np.imag(impedance)) < high
    assert 4 < figure.get_figheight() < 9


def test_fit_comes_with_residuals_that_are_spectrum_minus_circuit(fitted):
    figure, data = own_spectrum.fit(fitted)
    assert labels(figure) == [("Z′ / Ω", "−Z″ / Ω"), ("frequency / Hz", "residual / % of |Z|")]
    measured = data["Z' / ohm"] + 1j * data["Z'' / ohm"]
    circuit = data["fitted Z' / ohm"] + 1j * data["fitted Z'' / ohm"]
    residual = 100 * (measured - circuit) / np.abs(measured)
    assert data["residual of Z' / %"].to_numpy() == pytest.approx(residual.to_numpy().real)
    assert np.std(residual.to_numpy().imag) == pytest.approx(1, abs=0.3)


def test_intervals_hold_one_and_stay_on_the_axis(fitted):
    figure, data = own_spectrum.intervals(fitted)
    assert (data["lower / value"] < 1).all()
    assert (data["upper / value"] > 1).all()
    left, right = figure.axes[0].get_xlim()
    assert left < data["lower / value"].min()
    assert data["upper / value"].max() < right
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["R0", "R1", "C1"]


def test_parameters_that_are_not_determined_say_so():
    frequency = np.geomspace(1e5, 1e3, 30)
    exact = parse("R0-p(R1,C1)").impedance(frequency, [10, 1e4, 1e-3])
    found = eis.fit(frequency, spectra.add_noise(exact, 0.01, seed=4), "R0-p(R1,C1)")
    figure, data = own_spectrum.intervals(found)
    lost = data[~data["determined"]]
    assert len(lost)
    said = [text.get_text() for text in figure.axes[0].texts]
    assert said == ["not identifiable"] * len(lost)


def test_if_nothing_is_determined_there_is_still_an_axis(fitted, monkeypatch):
    table = fitted.parameters.assign(identifiable=False)
    monkeypatch.setitem(fitted.__dict__, "parameters", table)
    figure, data = own_spectrum.intervals(fitted)
    assert not data["determined"].any()
    assert figure.axes[0].get_xlim() == pytest.approx((0.5, 2.0))
