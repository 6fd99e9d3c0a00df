import numpy as np
import pytest

from poetke2021.structural_characterization import figures


class TestSiliconPattern:
    def test_lines_lie_where_silicon_has_them_and_are_normalized(self):
        _, data = figures.silicon_pattern([52, 3.4])
        sharp = data["52 nm"].to_numpy()
        angle = data["2θ / °"].to_numpy()
        assert sharp.max() == pytest.approx(100)
        # JCPDS 27-1402: 28.44, 47.30 and 56.12 degrees
        for reference in (28.44, 47.30, 56.12):
            near = np.abs(angle - reference) < 1
            assert angle[near][sharp[near].argmax()] == pytest.approx(reference, abs=0.06)

    def test_small_crystals_give_wider_lines(self):
        _, data = figures.silicon_pattern([52, 3.4])
        near = data["2θ / °"].between(25, 32)
        assert (data.loc[near, "3.4 nm"] > 50).sum() > 8 * (data.loc[near, "52 nm"] > 50).sum()

    def test_axes_are_labelled(self):
        figure, _ = figures.silicon_pattern([52, 3.4])
        assert figure.axes[-1].get_xlabel() == "2θ (Cu Kα) / °"
        assert all(axes.get_ylabel() and axes.get_title() for axes in figure.axes)

    def test_negative_size_fails(self):
        with pytest.raises(ValueError, match="crystallite_size must be positive"):
            figures.silicon_pattern([52, -3])
