"""Pictures: one palette, one style, and the book's figures by topic.

The same thing has the same colour in every chapter. Each figure function returns a :class:`matplotlib.figure.Figure`
and what it draws comes from a DataFrame that a reader can download (:func:`download`).
"""

from sicell.plotting._np_explorer import NpExplorer, np_explorer, np_explorer_figure
from sicell.plotting._style import (
    COLORS,
    WIDTH,
    download,
    new_figure,
    np_color,
    use_style,
)

__all__ = [
    "COLORS",
    "WIDTH",
    "NpExplorer",
    "download",
    "new_figure",
    "np_color",
    "np_explorer",
    "np_explorer_figure",
    "use_style",
]
