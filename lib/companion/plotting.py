"""Palette, style and the way a figure gets into a page."""

import base64
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps, rc_context, rcParams, rcParamsDefault
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

#: One colour for one thing, told apart by people who confuse red and green.
COLORS = {
    "cathode": "#0072b2",
    "anode": "#c2500a",
    "cell": "#222222",
    "Si28@C": "#4aa8e0",
    "Si34@C": "#1f9e89",
    "Si37@C": "#0b5d3b",
    "SiNP": "#c45468",
    "Si/C65": "#8a7a1f",
    "graphite": "#6b6b6b",
    "silicon": "#d08c1f",
    "carbon": "#4c566a",
    "solid electrolyte": "#cfe0f0",
    "liquid electrolyte": "#bfe3dd",
    "reaction layer": "#8e4b8e",
    "lithium": "#b9bcc4",
    "reported": "#b3123f",
    "computed": "#0072b2",
    "muted": "#6f7785",
}

#: Width of a figure in inches: on a telephone it is shown 380 px wide, where 9 points, the smallest type, are 11 px.
WIDTH = 4.2

_STYLE: dict[str, Any] = {
    "figure.figsize": (WIDTH, 3.4),
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.9,
    "axes.axisbelow": True,
    "lines.linewidth": 1.8,
    "lines.markersize": 6,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "svg.fonttype": "path",
    "svg.hashsalt": "sicell",
}


def use_style() -> None:
    """Set the book's style, and in a notebook let figures appear as SVG that has the same bytes on each run.

    A reader's own ``matplotlibrc`` has no say, so a page looks the same wherever it is built.
    """
    rcParams.update({key: value for key, value in rcParamsDefault.items() if not key.startswith("backend")})
    rcParams.update(_STYLE)
    try:
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    if get_ipython() is not None:
        set_matplotlib_formats("svg", bbox_inches=None, metadata={"Date": None})


def new_figure(rows: int = 1, height: float = 3.2, **kwargs: Any) -> tuple[Figure, Any]:
    """Return a figure of the book's width and a height in inches, and the axes of its panels (one, or an array).

    Panels are stacked, never side by side: a telephone shows one column. What else is given goes to
    :meth:`matplotlib.figure.Figure.subplots`.
    """
    with rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        axes = figure.subplots(rows, **kwargs)
    return figure, axes


def annotate(axes: Axes, text: str, place: tuple[float, float], offset: tuple[float, float], **style: Any) -> None:
    """Write a text beside a point of the axes, `offset` points away; `style` as matplotlib takes it."""
    axes.annotate(text, place, offset, textcoords="offset points", **{"fontsize": 9} | style)


def np_color(np_ratio: float) -> str:
    """Return the colour of an n/p ratio, 0.9 to 2.5, on the one sequential map of the book, light to dark."""
    if not 0.9 <= np_ratio <= 2.5:
        raise ValueError(f"np_ratio must be between 0.9 and 2.5, got {np_ratio}")
    return to_hex(colormaps["viridis"](np.interp(np_ratio, [0.9, 2.5], [0.75, 0.0])))


@dataclass(frozen=True)
class Download:
    """A table behind a figure: in a page a link that downloads it, in a text its name and columns."""

    name: str
    data: pd.DataFrame

    def __repr__(self) -> str:
        """Return file name, number of rows and columns."""
        return f"{self.name}.csv: {len(self.data)} rows of {', '.join(map(str, self.data.columns))}"

    def _repr_html_(self) -> str:
        text = self.data.to_csv(index=False, float_format="%.6g")
        packed = base64.b64encode(text.encode()).decode()
        return (
            f'<p class="figure-data"><a download="{escape(self.name)}.csv" '
            f'href="data:text/csv;charset=utf-8;base64,{packed}">'
            f"Data (CSV, {len(self.data)} rows)</a></p>"
        )


def download(data: pd.DataFrame, name: str) -> Download:
    """Return a link that downloads the numbers a figure was drawn from; it needs no server and no kernel.

    The table has column names with units; `name` is that of the file, without its ending.

    >>> download(pd.DataFrame({"diameter / nm": [52, 60]}), "diameters")
    diameters.csv: 2 rows of diameter / nm
    """
    return Download(name, data)
