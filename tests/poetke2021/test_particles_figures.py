import math

import pytest

from poetke2021.structural_characterization import figures


class TestDiameters:
    def test_interval_of_the_mean(self):
        figure, data = figures.diameters()
        row = data.set_index("powder").loc["Si28@C"]
        # t(0.975, 9) = 2.2622
        half = 2.2622 * 16 / math.sqrt(10)
        assert row["mean / nm"] == 94
        assert row["lower end of the mean / nm"] == pytest.approx(94 - half, abs=0.01)
        assert row["upper end of the mean / nm"] == pytest.approx(94 + half, abs=0.01)
        assert figure.axes[0].get_xlabel() == "particle diameter / nm"


class TestShells:
    def test_needed_diameters(self):
        figure, data = figures.shells(52, 2.8, 1.8)
        row = data.set_index("powder").loc["Si37@C"]
        carbon = 0.6314 / 0.3686 * 2.329 / 1.8
        assert row["dense shell / nm"] == pytest.approx(52 * (1 + carbon) ** (1 / 3))
        assert row["shell with void / nm"] == pytest.approx(52 * (3.8 + carbon) ** (1 / 3))
        assert row["cavity / nm"] == pytest.approx(52 * 3.8 ** (1 / 3))
        assert row["measured mean / nm"] == 64
        assert len(figure.axes) == 9

    def test_drawn_circles_have_the_diameters_of_the_data(self):
        figure, data = figures.shells(52, 2.8, 1.8)
        dense = figure.axes[1]
        radii = [patch.get_radius() for patch in dense.patches]
        assert sorted(set(radii)) == pytest.approx([26, data["dense shell / nm"][0] / 2])
        x, y = dense.lines[0].get_data()
        assert (x**2 + y**2) ** 0.5 == pytest.approx(47)
        assert all(axes.get_aspect() == 1 for axes in figure.axes)

    def test_negative_density_fails(self):
        with pytest.raises(ValueError, match="carbon_density must be positive"):
            figures.shells(52, 2.8, -1.8)
