"""Pictures: one palette, one style, and the book's figures by topic.

The same thing has the same colour in every chapter. Each figure function returns a :class:`matplotlib.figure.Figure`
and what it draws comes from a DataFrame that a reader can download (:func:`download`).
"""

from sicell.plotting._style import (
    COLORS,
    WIDTH,
    download,
    new_figure,
    np_color,
    use_style,
)

__all__ = ["COLORS", "WIDTH", "download", "new_figure", "np_color", "use_style"]
