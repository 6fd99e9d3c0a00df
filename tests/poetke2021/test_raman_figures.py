import numpy as np
import pytest

from poetke2021.structural_characterization import figures


def width(shift, intensity):
    """Return the full width at half maximum of a sampled line."""
    above = shift[intensity >= intensity.max() / 2]
    return above.max() - above.min()


class TestLinePosition:
    def test_each_cause_reaches_513_where_it_should(self):
        _, data = figures.line_position()
        crossings = {}
        for cause, curve in data.groupby("cause"):
            order = curve["position / cm-1"].argsort()
            crossings[cause] = np.interp(513, curve["position / cm-1"].iloc[order], curve["strength"].iloc[order])
        assert crossings["crystal size / nm"] == pytest.approx(3.4, abs=0.1)
        assert crossings["temperature / K"] == pytest.approx(635, abs=3)
        # De Wolf: -4 cm-1 per GPa
        assert crossings["biaxial tension / GPa"] == pytest.approx(7.5 / 4, rel=0.05)

    def test_axes_are_labelled(self):
        figure, _ = figures.line_position()
        assert [axes.get_xlabel() for axes in figure.axes] == [
            "crystal size / nm",
            "temperature / K",
            "biaxial tension / GPa",
        ]
        assert all(axes.get_ylabel() == "position / cm⁻¹" for axes in figure.axes)


class TestLineShapes:
    def test_all_have_their_maximum_at_the_peak_and_their_own_widths(self):
        figure, data = figures.line_shapes(513.0)
        shift = data["Raman shift / cm-1"].to_numpy()
        for cause, expected in {"size": 24.1, "heat": 6.5, "stress": 3.5}.items():
            shape = data[cause].to_numpy()
            assert shift[shape.argmax()] == pytest.approx(513, abs=0.06)
            assert width(shift, shape) == pytest.approx(expected, abs=0.2)
        assert figure.axes[0].get_xlabel() == "Raman shift / cm⁻¹"

    def test_peak_above_the_bulk_line_fails(self):
        with pytest.raises(ValueError, match="peak must be between"):
            figures.line_shapes(525.0)


class TestSyntheticSpectra:
    def test_bands_stand_at_the_reported_positions(self):
        _, data = figures.synthetic_spectra()
        shift = data["Raman shift / cm-1"].to_numpy()
        for column, positions in (("before", (295, 513, 946, 1348, 1594)), ("after", (480, 1348, 1594))):
            spectrum = data[f"{column}, synthetic"].to_numpy()
            tops = shift[1:-1][(spectrum[1:-1] > spectrum[:-2]) & (spectrum[1:-1] > spectrum[2:])]
            assert len(tops) == len(positions)
            assert tops == pytest.approx(positions, abs=6)

    def test_the_figure_says_that_it_is_synthetic(self):
        figure, _ = figures.synthetic_spectra()
        assert all("synthetic" in axes.get_title("left") + axes.get_title() for axes in figure.axes)
        assert figure.axes[-1].get_xlabel() == "Raman shift / cm⁻¹"
