"""Synthetic spectra: the parameters come back, the orders of the paper hold, and their absence is noticed."""

import numpy as np
import pytest

from companion import ledger
from poetke2021 import spectra
from sicell import _data, eis


class TestFrequencies:
    def test_the_sweep_has_the_stated_ends(self):
        sweep = spectra.frequencies(20)
        assert sweep.size == 141
        assert sweep[[0, -1]] == pytest.approx([1e6, 0.1])
        assert np.diff(np.log10(sweep)) == pytest.approx(-0.05)


class TestSpectrum:
    def test_intercept_is_separator_and_contact_on_the_stated_die(self):
        # 750 µm / 3 mS/cm = 25 Ω cm², 3 Ω cm² assumed, π/4 · 1.3² cm²
        parameters = spectra.spectrum("Si37@C", 3).parameters
        assert parameters["R0"] == pytest.approx(28 / (np.pi / 4 * 1.69))

    def test_area_only_scales(self):
        small, large = (spectra.spectrum("SiNP", 53, area=area).impedance for area in (1.0, 2.5))
        assert small == pytest.approx(2.5 * large)

    def test_apexes_are_where_the_table_has_them(self):
        fine = np.geomspace(1e6, 1, 2001)
        impedance = spectra.spectrum("Si/C65", 53, area=1.0, frequency=fine).impedance
        middle = (fine > 10) & (fine < 2000)
        assert fine[middle][np.argmax(-impedance.imag[middle])] == pytest.approx(120, rel=0.05)

    def test_liquid_cell_does_not_use_the_separator(self):
        with ledger.reading() as read:
            found = spectra.spectrum("Si-C", 3, electrolyte="liquid", area=1.0)
        assert found.parameters["R0"] == pytest.approx(6.0)
        assert "separator-thickness" not in read

    def test_nothing_in_the_table_passes_for_measured(self):
        assert set(_data.table("paper/impedance.csv")["status"]) == {"assumed"}

    def test_unknown_cell_fails(self):
        with pytest.raises(ValueError, match="no row with cell = 'Si99'"):
            spectra.spectrum("Si99", 3)

    def test_negative_area_fails(self):
        with pytest.raises(ValueError, match="area must be positive"):
            spectra.spectrum("SiNP", 3, area=-1.0)


class TestNoise:
    def test_it_has_the_size_asked_for_and_repeats(self):
        clean = np.full(20_000, 3 - 4j)
        noisy = spectra.add_noise(clean, 0.01, seed=5)
        assert (noisy - clean).real.std() == pytest.approx(0.05, rel=0.03)
        assert (noisy - clean).imag.std() == pytest.approx(0.05, rel=0.03)
        assert np.array_equal(noisy, spectra.add_noise(clean, 0.01, seed=5))

    def test_negative_noise_fails(self):
        with pytest.raises(ValueError, match="noise must be zero or positive"):
            spectra.add_noise([1.0], -0.1, seed=1)


class TestDrift:
    def test_a_tenth_of_the_points_gets_most_of_the_growth(self):
        start = spectra.spectrum("Si37@C", 3)
        share = (spectra.drifting(start, "R0", 1.0) - start.impedance).real / start.parameters["R0"]
        assert share[-1] == pytest.approx(1.0)
        # the last decade takes 90 % of the time
        assert share[-11] == pytest.approx(0.1, abs=0.02)

    def test_it_is_no_valid_spectrum(self):
        start = spectra.spectrum("Si37@C", 3)
        noisy = spectra.add_noise(spectra.drifting(start, "R2", 0.3), 0.002, seed=1)
        assert not eis.kramers_kronig(start.frequency, noisy).valid

    def test_unknown_parameter_fails(self):
        with pytest.raises(ValueError, match="parameter must be one of"):
            spectra.drifting(spectra.spectrum("Si37@C", 3), "R7", 0.1)

    def test_growth_to_nothing_fails(self):
        with pytest.raises(ValueError, match="growth"):
            spectra.drifting(spectra.spectrum("Si37@C", 3), "R2", -1.0)


class TestStatements:
    def test_fits_without_a_guess_return_the_assumed_resistances(self):
        table = spectra.estimates(noise=0.002, seed=11)
        assumed = _data.table("paper/impedance.csv").set_index(["cell", "electrolyte", "cycles"])
        found = table["charge_transfer"] / assumed["charge_transfer_resistance"]
        assert found.to_numpy() == pytest.approx(1, abs=0.03)
        assert (table["frequency"] / assumed["charge_transfer_frequency"]).to_numpy() == pytest.approx(1, abs=0.05)

    def test_every_quoted_statement_on_spectra_is_there_and_obeyed(self):
        outcome = spectra.statements(spectra.estimates())
        assert outcome["obeyed"].all()
        quoted = {id for id in ledger.ids(role="quoted", chapter="impedance") if not id.startswith("eis-")}
        assert set(outcome.index) == quoted

    @pytest.mark.parametrize(
        ("row", "column", "factor", "claim"),
        [
            (("Si28@C", "solid", 3), "charge_transfer", 3, "charge-transfer-si-c-lower"),
            (("Si28@C", "solid", 53), "charge_transfer", 0.8, "charge-transfer-si-c-unchanged"),
            (("Si/C65", "solid", 53), "charge_transfer", 0.4, "charge-transfer-references-trend"),
            (("Si/C65", "solid", 3), "intercept", 3, "spectrum-shift-carbon"),
            (("Si-C", "liquid", 53), "charge_transfer", 0.3, "charge-transfer-solid-against-liquid"),
            (("full cell", "solid", 51), "charge_transfer", 0.3, "charge-transfer-full-cell-trend"),
        ],
    )
    def test_a_spectrum_that_breaks_a_statement_is_noticed(self, row, column, factor, claim):
        table = spectra.estimates()
        table.loc[row, column] *= factor
        assert not spectra.statements(table).loc[claim, "obeyed"]


class TestTwoArcs:
    def test_they_come_back_where_they_were_put(self):
        sweep = spectra.frequencies()
        found = eis.fit(sweep, spectra.two_arcs(50.0), "R0-p(R1,C1)-p(R2,C2)", fixed={"R0": 20}).parameters["value"]
        assert found["R1"] + found["R2"] == pytest.approx(45, rel=0.05)
        found = eis.fit(sweep, spectra.two_arcs(50.0), "R0-Zarc1-Zarc2").parameters["value"]
        assert found["Zarc2_1"] / found["Zarc1_1"] == pytest.approx(50, rel=1e-3)
        assert found[["R0", "Zarc1_0", "Zarc2_0"]].to_numpy() == pytest.approx([20, 15, 30], rel=1e-3)

    def test_separation_below_one_fails(self):
        with pytest.raises(ValueError, match="separation must be between 1"):
            spectra.two_arcs(0.5)
