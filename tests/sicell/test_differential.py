"""dQ/dV and dV/dQ: peaks of curves that are known, how often their intervals hold them, and bad input."""

import numpy as np
import numpy.testing as npt
import pytest
from scipy.signal import find_peaks

from sicell.differential import derivatives
from sicell.msmr import Msmr

# Two reactions that overlap, and three of which two are narrow.
CURVES = {
    "silicon-like": Msmr([0.35, 0.20], [0.5, 0.5], [1.2, 1.2]),
    "graphite-like": Msmr([0.22, 0.13, 0.088], [0.2, 0.3, 0.5], [1.0, 0.3, 0.15]),
}
SPAN = 25.0


def measured(curve, noise, seed, points=800):
    lithiation = np.linspace(0.995, 0.005, points)
    error = np.random.default_rng(seed).normal(0, noise, points)
    return curve.potential(lithiation) + error, SPAN * (lithiation[0] - lithiation) / 0.99


def truth(curve):
    """Peaks of dQ/dV in V and of dV/dQ in charge, by brute force."""
    lithiation = np.linspace(0.995, 0.005, 40001)
    potential = curve.potential(lithiation)
    steep = np.log(np.gradient(potential, SPAN * (lithiation[0] - lithiation) / 0.99))
    charge = SPAN * (lithiation[0] - lithiation) / 0.99
    return {
        "dQ/dV": np.sort(potential[find_peaks(-steep, prominence=0.1)[0]]),
        "dV/dQ": charge[find_peaks(steep, prominence=0.1)[0]],
    }


def test_intervals_hold_the_peaks_of_a_known_curve():
    held = count = 0
    for seed in range(12):
        for name, noise in (("silicon-like", 1e-3), ("graphite-like", 2e-4)):
            peaks = derivatives(*measured(CURVES[name], noise, seed), seed=seed).peaks
            for of, places in truth(CURVES[name]).items():
                found = peaks[peaks["of"] == of]
                for place in places:
                    nearest = found.iloc[(found["position"] - place).abs().argmin()]
                    count += 1
                    held += nearest["lower"] <= place <= nearest["upper"]
    assert held / count > 0.85


def test_without_noise_the_peaks_are_those_of_the_curve():
    for curve in CURVES.values():
        peaks = derivatives(*measured(curve, 0.0, 0)).peaks
        for of, places in truth(curve).items():
            found = peaks.loc[peaks["of"] == of, "position"].to_numpy()
            npt.assert_allclose(found, places, atol=2e-3 if of == "dQ/dV" else 0.05 * SPAN)


def test_noise_alone_makes_no_sure_peak():
    voltage = np.linspace(0.2, 1.0, 800) + np.random.default_rng(3).normal(0, 2e-3, 800)
    peaks = derivatives(voltage, np.linspace(0, SPAN, 800)).peaks
    assert not (peaks["found"] > 0.95).any()


def test_direction_and_sign_of_the_charge_make_no_difference():
    voltage, charge = measured(CURVES["silicon-like"], 5e-4, 2)
    one, other = derivatives(voltage, charge).peaks, derivatives(-voltage, 7.0 - charge).peaks
    npt.assert_allclose(one["standard_error"].sort_values(), other["standard_error"].sort_values(), rtol=1e-6)
    npt.assert_allclose(one["charge"].sort_values(), other["charge"].sort_values(), rtol=1e-9)


def test_the_slope_integrates_to_the_voltage():
    curve = derivatives(*measured(CURVES["silicon-like"], 0.0, 0)).curve
    risen = np.trapezoid(curve["dV/dQ"], curve["charge"])
    assert risen == pytest.approx(np.ptp(curve["voltage"]), rel=0.02)
    npt.assert_allclose(curve["dV/dQ"] * curve["dQ/dV"], 1)


def test_charge_that_turns_back_fails():
    with pytest.raises(ValueError, match="capacity must go one way"):
        derivatives(np.linspace(0, 1, 100), np.r_[np.linspace(0, 1, 50), np.linspace(1, 0.2, 50)])


def test_a_voltage_that_only_makes_noise_fails():
    for noise in (0.0, 1e-3):
        with pytest.raises(ValueError, match="voltage must rise or fall by more than its noise"):
            derivatives(3.3 + np.random.default_rng(0).normal(0, noise, 100), np.linspace(0, 1, 100))


def test_a_few_points_fail():
    with pytest.raises(ValueError, match="must be lists of one length, at least 20"):
        derivatives([0.1, 0.2], [0, 1])
