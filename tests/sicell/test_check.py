"""Argument checks: one clear error that names argument, value and what is allowed."""

import numpy as np
import pytest
from uncertainties import ufloat

import sicell
from sicell import _check, balancing
from sicell.balancing import HalfCycle


def test_numbers_pass_through():
    assert _check.positive("mass", 3) == 3.0
    np.testing.assert_array_equal(_check.between("fraction", [0, 0.5, 1], 0, 1), [0.0, 0.5, 1.0])
    assert _check.non_negative("porosity", 0) == 0.0


def test_uncertain_numbers_stay_uncertain():
    diameter = ufloat(52, 5)
    assert _check.positive("diameter", diameter) is diameter


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: _check.positive("mass", 0, "mg"), r"mass must be positive \(in mg\), got 0$"),
        (lambda: _check.positive("mass", [1, -2, 3]), r"mass must be positive, got -2 at position 1"),
        (lambda: _check.non_negative("porosity", -0.1), r"porosity must be zero or positive, got -0\.1"),
        (lambda: _check.between("fraction", 37, 0, 1), r"fraction must be between 0 and 1, got 37"),
        (lambda: _check.finite("potential", [0.1, np.nan], "V"), r"potential must be finite \(in V\), got nan"),
        (lambda: _check.positive("diameter", ufloat(-1, 0.1)), r"diameter must be positive, got -1"),
        (lambda: _check.choice("per", "g", ["host", "ion"]), r"per must be one of 'host', 'ion', got 'g'"),
    ],
)
def test_bad_numbers_fail(check, message):
    with pytest.raises(ValueError, match=message):
        check()


@pytest.mark.parametrize("value", ["7.64", None, object()])
def test_what_is_no_number_fails(value):
    with pytest.raises(TypeError, match=r"mass must be a number or an array of numbers, got "):
        _check.positive("mass", value)


def _cell():
    return sicell.FullCell(sicell.ncm90(), sicell.si_c(), 1.3)


CURVE = np.linspace(0, 1, 100), np.linspace(3, 4.2, 100)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: balancing.fit([], [], sicell.ncm90(), sicell.graphite()),
            "cell_capacity and cell_voltage .* got none",
        ),
        (lambda: sicell.Msmr.fit([], []), "potential and capacity must be lists of numbers, got none"),
        (lambda: sicell.Msmr.fit([4, 3], [1]), r"lists of one length, got shapes \(2,\) and \(1,\)"),
        (
            lambda: sicell.Electrode.from_data([], [], name="x"),
            "potential and capacity must be lists of numbers, got none",
        ),
        (lambda: sicell.FullCell([], sicell.si_c(), 1.3), r"cathode must be an Electrode, got \[\]"),
        (lambda: sicell.FullCell(sicell.ncm90, sicell.si_c(), 1.3), r"cathode .* a function: call it, ncm90\(\)"),
        (lambda: sicell.FullCell(sicell.ncm90(), sicell.si_c, 1.3), r"anode .* a function: call it, si_c\(\)"),
        (
            lambda: balancing.fit(*CURVE, sicell.ncm90, sicell.graphite()),
            r"positive .* if it makes .* call it: ncm90\(\)",
        ),
        (lambda: balancing.fit(*CURVE, sicell.ncm90(), sicell.graphite), r"negative .* call it: graphite\(\)"),
        (
            lambda: _cell().first_cycle(4.25, 1.5, loss=0.1),
            r"loss must be a Loss such as Loss\.fixed\(0\.1\), got 0\.1",
        ),
        (
            lambda: _cell().run([HalfCycle.charge(4.25), HalfCycle.discharge(1.5)], loss=0.1),
            r"loss must be a Loss such as Loss\.fixed\(0\.1\), got 0\.1",
        ),
        (
            lambda: _cell().uncertainty(4.25, 1.5, loss=0.1),
            r"loss must be a Loss such as Loss\.fixed\(0\.1\), got 0\.1",
        ),
        (lambda: sicell.Msmr.fit(CURVE[1], CURVE[0], temperature=25), r"at least 150 K \(25 °C are 298.15 K\), got 25"),
    ],
)
def test_what_was_expected_is_said_in_one_line(call, said):
    with pytest.raises((TypeError, ValueError), match=said) as error:
        call()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("back", ["the same way", "from zero", "on and on"])
def test_a_charge_and_a_discharge_are_not_averaged(back):
    amount = np.linspace(0.02, 0.98, 80)
    ways = (1 - amount, "delithiation"), (amount, "lithiation")
    potential = np.concatenate([sicell.graphite().potential(*way) for way in ways])
    second = {"the same way": amount[::-1], "from zero": amount, "on and on": 1 + amount}[back]
    with pytest.raises(
        ValueError, match=r"of one charge or one discharge, got a .* that goes there and back; fit each by"
    ):
        sicell.Msmr.fit(potential, np.concatenate([amount, second]), 3)


def test_masked_elements_fail_and_a_mask_that_hides_nothing_does_not():
    masked = np.ma.masked_greater([1.0, 2.0, 3.0], 2.5)
    with pytest.raises(ValueError, match="mass must not be masked, got 1 masked of 3: leave them out"):
        _check.positive("mass", masked)
    assert _check.positive("mass", masked.compressed()).tolist() == [1.0, 2.0]
    assert _check.positive("mass", np.ma.masked_greater([1.0, 2.0], 5)).tolist() == [1.0, 2.0]
