"""Argument checks: one clear error that names argument, value and what is allowed."""

import numpy as np
import pytest
from uncertainties import ufloat

from sicell import _check


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
