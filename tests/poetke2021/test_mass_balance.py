"""The synthesis: carbon that is needed and carbon that is there; silicon from the mass of its oxide."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from uncertainties import ufloat

from poetke2021.experimental import mass_balance

positive = st.floats(1e-3, 1e3)
fraction = st.floats(0.01, 0.99)


def test_residual_units_lower_the_carbon_of_pvb():
    # vinyl butyral alone: 96.088 g carbon in 142.198 g; vinyl alcohol units 54.5 %, vinyl acetate units 55.8 %
    assert mass_balance.pvb_carbon_fraction() == pytest.approx(
        0.835 * 0.67573 + 0.14 * 0.5453 + 0.025 * 0.5581, abs=1e-4
    )


def test_balance_of_a_recipe_by_hand():
    balance = mass_balance.synthesis_balance(0.5, 2.66, 3.83, 0.3445, batch_silicon_mass=1.0)
    # 2.66/1.5 g Si; times 0.6555/0.3445; 3.83 * 0.42105; 2.66/3 * 0.6545.
    assert_allclose(balance.silicon_mass, 1.77333, rtol=1e-5)
    assert_allclose(balance.pvb_mass, 0.88667, rtol=1e-5)
    assert_allclose(balance.non_silicon_required, 3.37422, rtol=1e-5)
    assert_allclose(balance.carbon_from_sucrose, 1.6127, rtol=1e-4)
    assert_allclose(balance.carbon_from_pvb, 0.5804, rtol=1e-3)
    assert_allclose(balance.retained_carbon_fraction, 1.5386, rtol=1e-3)
    assert_allclose(balance.char_yield, 3.37422 / 4.71667, rtol=1e-5)
    assert_allclose(balance.batches_needed, 1.77333, rtol=1e-5)
    assert balance.possible is False


def test_two_to_one_and_three_to_one_are_possible():
    balance = mass_balance.synthesis_balance([2, 3, 5], 2.66, 3.83, [0.3445, 0.2821, 0.3686])
    assert balance.possible.tolist() == [True, True, True]
    # By hand: 1.687/2.774, 1.692/2.919, 0.759/3.064 with 65.5 % carbon in PVB.
    assert_allclose(balance.retained_carbon_fraction, [0.608, 0.580, 0.248], atol=1e-3)


def test_balance_of_arrays_is_that_of_its_elements():
    ratios, contents = np.array([0.5, 3, 5]), np.array([0.3445, 0.2821, 0.3686])
    frame = mass_balance.synthesis_balance(ratios, 2.66, 3.83, contents).to_frame()
    singles = [
        mass_balance.synthesis_balance(r, 2.66, 3.83, w).to_frame() for r, w in zip(ratios, contents, strict=True)
    ]
    pd.testing.assert_frame_equal(frame, pd.concat(singles, ignore_index=True))


@given(ratio=st.floats(0, 10), mass=positive, sucrose=positive)
def test_precursors_keep_their_mass(ratio, mass, sucrose):
    balance = mass_balance.synthesis_balance(ratio, mass, sucrose, 0.3)
    assert_allclose(balance.silicon_mass + balance.pvb_mass, mass)
    assert balance.carbon_available < sucrose + balance.pvb_mass


def test_synthesis_balance_carries_the_uncertainty_of_the_silicon_content():
    balance = mass_balance.synthesis_balance(0.5, 2.66, 3.83, ufloat(0.3445, 0.01))
    # d/dw [m (1/w - 1)] = -m/w**2.
    assert_allclose(balance.non_silicon_required.std_dev, 2.66 / 1.5 * 0.01 / 0.3445**2)
    assert balance.possible is False


def test_size_of_a_batch_left_out_gives_nan():
    assert np.isnan(mass_balance.synthesis_balance(0.5, 2.66, 3.83, 0.3445).batches_needed)


def test_silicon_content_of_pure_silica_is_its_silicon():
    # SiO2 holds 46.74 % silicon (28.085/60.083).
    assert_allclose(mass_balance.silicon_content_from_oxidation(1.0, 1.0), 0.46744, rtol=1e-4)


def test_pure_silicon_leaves_its_oxide():
    assert_allclose(mass_balance.oxidation_residue(28.085, 1.0), 60.083, rtol=1e-5)


@given(sample=positive, content=fraction, oxidized=st.floats(0, 1))
def test_silicon_content_is_recovered_from_the_residue(sample, content, oxidized):
    residue = mass_balance.oxidation_residue(sample, content, oxidized)
    assert_allclose(mass_balance.silicon_content_from_oxidation(sample, residue, oxidized), content)


def test_assuming_full_oxidation_understates_the_silicon_content():
    half_oxidized = mass_balance.oxidation_residue(10.0, 0.45, oxidized_fraction=0.5)
    assert mass_balance.silicon_content_from_oxidation(10.0, half_oxidized) < 0.45


def test_silicon_content_of_arrays_is_that_of_its_elements():
    residues = np.array([6.0, 7.4, 7.9])
    singles = [mass_balance.silicon_content_from_oxidation(10.0, float(residue)) for residue in residues]
    assert_allclose(mass_balance.silicon_content_from_oxidation(10.0, residues), singles)


def test_silicon_content_carries_the_uncertainty_of_both_masses():
    content = mass_balance.silicon_content_from_oxidation(ufloat(10.0, 0.1), ufloat(8.0, 0.08))
    assert_allclose(content.std_dev / content.nominal_value, 0.01 * np.sqrt(2))


def test_residue_heavier_than_that_of_pure_silicon_fails():
    with pytest.raises(ValueError, match="residue_mass must not exceed that of a sample of pure silicon"):
        mass_balance.silicon_content_from_oxidation(1.0, 2.5)


def test_negative_residue_fails():
    with pytest.raises(ValueError, match="residue_mass must be zero or positive"):
        mass_balance.silicon_content_from_oxidation(1.0, -0.1)


def test_silicon_content_in_percent_fails():
    with pytest.raises(ValueError, match=r"silicon_content must be between 0 and 1, got 34\.45"):
        mass_balance.synthesis_balance(0.5, 2.66, 3.83, 34.45)


def test_zero_silicon_content_fails():
    with pytest.raises(ValueError, match="silicon_content must be positive"):
        mass_balance.synthesis_balance(0.5, 2.66, 3.83, 0)


def test_negative_mass_of_sucrose_fails():
    with pytest.raises(ValueError, match=r"sucrose_mass must be zero or positive \(in g\), got -3\.83"):
        mass_balance.synthesis_balance(0.5, 2.66, -3.83, 0.3445)


def test_synthesis_without_a_carbon_source_fails():
    with pytest.raises(ValueError, match="sucrose and PVB together must be positive"):
        mass_balance.synthesis_balance(0, 2.66, 0, 0.3445)


def test_negative_batch_fails():
    with pytest.raises(ValueError, match="batch_silicon_mass must be positive"):
        mass_balance.synthesis_balance(0.5, 2.66, 3.83, 0.3445, batch_silicon_mass=-1)
