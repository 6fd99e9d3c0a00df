import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from poetke2021.structural_characterization import compare_means, holm, mean_interval

PROBABILITIES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


class TestHolm:
    def test_known_answer(self):
        # p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") of R
        npt.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])

    def test_never_above_one(self):
        npt.assert_allclose(holm([0.6, 0.7]), [1, 1])

    @given(PROBABILITIES)
    def test_between_raw_and_bonferroni(self, p_values):
        raw, adjusted = np.array(p_values), holm(p_values)
        assert np.all(adjusted >= raw)
        assert np.all(adjusted <= np.minimum(1, raw * raw.size) + 1e-15)

    @given(PROBABILITIES)
    def test_keeps_the_order(self, p_values):
        assert np.all(np.diff(holm(p_values)[np.argsort(p_values, kind="stable")]) >= 0)

    def test_probability_above_one_fails(self):
        with pytest.raises(ValueError, match=r"p_values must be between 0 and 1, got 1\.2 at position 1"):
            holm([0.1, 1.2])


class TestCompareMeans:
    def test_particle_sizes_of_the_composites(self):
        table = compare_means([52, 60, 64, 94], [5, 8, 7, 16], 10, ["SiNP", "Si34", "Si37", "Si28"])
        adjusted = table.set_index(["first", "second"])["p_adjusted"]
        assert adjusted["Si34", "Si37"] == pytest.approx(0.25, abs=0.005)
        assert adjusted["SiNP", "Si34"] == pytest.approx(0.034, abs=0.0005)
        assert adjusted["SiNP", "Si37"] == pytest.approx(0.0013, abs=0.00005)
        assert all(adjusted[name, "Si28"] < 0.001 for name in ("SiNP", "Si34", "Si37"))

    def test_equals_scipy_on_raw_data(self):
        generator = np.random.default_rng(7)
        samples = {name: generator.normal(*where, 10) for name, where in {"a": (50, 5), "b": (57, 9)}.items()}
        means, deviations = zip(*((sample.mean(), sample.std(ddof=1)) for sample in samples.values()), strict=True)
        row = compare_means(means, deviations, 10, list(samples)).iloc[0]
        test = ttest_ind(samples["b"], samples["a"], equal_var=False)
        interval = test.confidence_interval(0.95)
        npt.assert_allclose([row["p"], row["lower"], row["upper"]], [test.pvalue, interval.low, interval.high])

    def test_order_of_the_groups_changes_signs_only(self):
        forward = compare_means([52, 60], [5, 8], 10, "ab").iloc[0]
        backward = compare_means([60, 52], [8, 5], 10, "ba").iloc[0]
        assert forward["difference"] == 8
        assert forward["lower"] == pytest.approx(-backward["upper"])
        assert forward["p"] == pytest.approx(backward["p"])

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (([52], [5], 10, ["SiNP"]), "names must be two or more"),
            (([52, 60], [5, 8], 1, "ab"), "count must be between 2 and inf, got 1"),
            (([52, 60], [5, -8], 10, "ab"), "standard_deviations must be positive, got -8 at position 1"),
            (([52, 60], [5], 10, "ab"), "means and standard_deviations must be lists of one length"),
            (([52, 60], [5, 8], 10, ["SiNP"]), r"names must be .* as many as means \(2\), got 1"),
        ],
    )
    def test_what_cannot_be_compared_fails(self, arguments, said):
        with pytest.raises(ValueError, match=said):
            compare_means(*arguments)


class TestMeanInterval:
    def test_known_answer(self):
        # t(0.975, 9) = 2.26216
        npt.assert_allclose(mean_interval(94, 16, 10), (82.554, 105.446), atol=0.001)

    def test_contains_the_mean_as_often_as_it_says(self):
        sample = np.random.default_rng(7).normal(60, 8, size=(4000, 10))
        lower, upper = mean_interval(sample.mean(axis=1), sample.std(axis=1, ddof=1), 10, confidence=0.9)
        assert np.mean((lower < 60) & (upper > 60)) == pytest.approx(0.9, abs=0.015)

    def test_single_observation_fails(self):
        with pytest.raises(ValueError, match="count must be between 2 and inf, got 1"):
            mean_interval(94, 16, 1)

    def test_zero_deviation_fails(self):
        with pytest.raises(ValueError, match="standard_deviation must be positive"):
            mean_interval(94, 0, 10)
