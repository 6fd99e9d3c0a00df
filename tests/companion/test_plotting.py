"""Figures: what they draw is right, labelled, and downloadable; the style is the book's own."""

import base64
import io
import re

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from companion import ledger, plotting
from poetke2021 import introduction


def lightness(color):
    """Return the relative luminance of a colour."""
    channels = np.array(to_rgb(color))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def in_the_dark(color):
    """Return a colour as the dark page shows it: inverted, with the hue turned back (CSS invert and hue-rotate)."""
    turned = [[-0.574, 1.430, 0.144], [0.426, 0.430, 0.144], [0.426, 1.430, -0.856]]
    return np.clip(np.array(turned) @ (1 - np.array(to_rgb(color))), 0, 1)


def distance(first, second):
    """Return how far two colours lie from one another, as the difference in CIE L*a*b* (1 is just seen)."""
    places = []
    for color in (first, second):
        channels = np.array(to_rgb(color))
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
        shares = np.cbrt(to_xyz @ linear / [0.9505, 1.0, 1.089])
        places.append([116 * shares[1], 500 * (shares[0] - shares[1]), 200 * (shares[1] - shares[2])])
    return float(np.linalg.norm(np.subtract(*places)))


def test_style_overrides_the_readers_own(monkeypatch):
    with mpl.rc_context():
        mpl.rcParams["font.size"] = 23
        mpl.rcParams["axes.grid"] = True
        plotting.use_style()
        assert mpl.rcParams["font.size"] == 10
        assert not mpl.rcParams["axes.grid"]


def test_lines_are_seen_on_the_plate():
    """Colours of curves and markers reach 2.5:1 against white; fills of areas need not."""
    fills = {"solid electrolyte", "liquid electrolyte", "lithium"}
    for name in set(plotting.COLORS) - fills:
        assert 1.05 / (lightness(plotting.COLORS[name]) + 0.05) >= 2.5, name


def test_np_colors_darken_with_the_ratio():
    shades = [lightness(plotting.np_color(ratio)) for ratio in (1.1, 1.3, 1.7, 2.0)]
    assert shades == sorted(shades, reverse=True)
    with pytest.raises(ValueError, match=r"np_ratio must be between 0\.9 and 2\.5, got 3"):
        plotting.np_color(3)


@pytest.mark.parametrize("shown", [to_rgb, in_the_dark])
def test_ratios_and_what_is_reported_are_told_apart_in_both_modes(shown):
    ratios = [shown(plotting.np_color(ratio)) for ratio in (1.1, 1.3, 1.7, 2.0)]
    reported = shown(plotting.COLORS["reported"])
    assert min(distance(one, other) for at, one in enumerate(ratios) for other in ratios[:at]) > 15
    computed = [shown(plotting.COLORS[name]) for name in ("computed", "cathode", "anode", "cell", "muted")]
    assert min(distance(reported, other) for other in ratios + computed) > 30


def test_download_gives_back_the_table():
    table = pd.DataFrame({"shift / cm-1": [513.0, 520.25], "name": ["a", "b"]})
    html = plotting.download(table, "raman")._repr_html_()
    packed = re.search(r'download="raman\.csv" href="data:text/csv;charset=utf-8;base64,([^"]+)"', html)[1]
    pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(base64.b64decode(packed))), table)


def test_contact_areas_follow_from_spheres():
    figure, data = introduction.electrolyte_contact(52, 82, 6, expansion=2.8, film=3)
    table = data.set_index(["electrolyte", "particle", "state"])
    shelled = "silicon in a carbon shell"
    assert len(figure.axes) == 4
    np.testing.assert_allclose(
        table.loc[("solid electrolyte", "silicon", "pristine"), "area in contact / nm2"], np.pi * 52**2
    )
    # a shell that does not grow keeps its outer surface whatever the silicon does
    outside = table.loc[("solid electrolyte", shelled), "area in contact / nm2"]
    np.testing.assert_allclose(outside, np.pi * 94**2)
    wet = table.loc[("liquid electrolyte", shelled), "area in contact / nm2"]
    np.testing.assert_allclose(wet["pristine"], np.pi * (94**2 + 82**2 + 52**2))
    # 81.2 nm of silicon in a cavity of 82 nm: nothing is left for the liquid
    np.testing.assert_allclose(wet["lithiated"], np.pi * 94**2)


def test_contact_of_a_negative_core_fails():
    with pytest.raises(ValueError, match=r"core_diameter must be positive \(in nm\), got -52"):
        introduction.electrolyte_contact(-52, 82, 6, expansion=2.8, film=3)


def test_capacities_show_computed_and_quoted():
    figure, data = introduction.anode_materials()
    silicon = data.set_index("material").loc["silicon"]
    assert silicon["computed / mAh g-1"] == pytest.approx(1857.4, abs=0.3)
    assert silicon["paper / mAh cm-3"] == ledger.value("silicon-volumetric-capacity")
    assert all("capacity / mAh" in axes.get_xlabel() for axes in figure.axes)
