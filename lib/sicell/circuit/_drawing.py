"""Drawing a circuit from its tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sicell.circuit._grammar import Element, Node, Series

if TYPE_CHECKING:  # or half a second would go into matplotlib before a first fit
    from matplotlib.axes import Axes

WIDTH, HEIGHT, LEAD = 1.4, 1.0, 0.35  # of an element with its wires, of a row, of wires beside parallel branches
BODY, HALF = 0.8, 0.2  # length of an element's symbol and half its height


def size(node: Node) -> tuple[float, float]:
    """Return width and height of a node."""
    if isinstance(node, Element):
        return WIDTH, HEIGHT
    widths, heights = zip(*map(size, node.children), strict=True)
    if isinstance(node, Series):
        return sum(widths), max(heights)
    return max(widths) + 2 * LEAD, sum(heights)


def draw(node: Node, axes: Axes, x: float = 0.0, y: float = 0.0, **line: Any) -> float:
    """Draw a node from (x, y) to the right with wires on the height y; return where it ends.

    Resistors are boxes, capacitors two plates, constant-phase elements two chevrons, all others boxes with a symbol.
    """
    line = {"color": axes.xaxis.label.get_color(), "linewidth": 1.2, "solid_capstyle": "butt", **line}
    width, height = size(node)
    if isinstance(node, Element):
        _element(node, axes, x, y, line)
    elif isinstance(node, Series):
        for child in node.children:
            x = draw(child, axes, x, y, **line)
        return x
    else:
        levels, place = [], y + height / 2
        for child in node.children:
            own_width, own_height = size(child)
            place -= own_height
            level = place + own_height / 2
            begin = x + (width - own_width) / 2
            end = draw(child, axes, begin, level, **line)
            axes.plot([x + LEAD / 2, begin], [level, level], **line)
            axes.plot([end, x + width - LEAD / 2], [level, level], **line)
            levels.append(level)
        for side in (x + LEAD / 2, x + width - LEAD / 2):
            axes.plot([side, side], [min(levels), max(levels)], **line)
        axes.plot([x, x + LEAD / 2], [y, y], **line)
        axes.plot([x + width - LEAD / 2, x + width], [y, y], **line)
    return x + width


def _element(element: Element, axes: Axes, x: float, y: float, line: dict[str, Any]) -> None:
    middle = x + WIDTH / 2
    left, right = middle - BODY / 2, middle + BODY / 2
    if element.symbol in ("C", "CPE"):
        gap = 0.09
        bend = 0.12 if element.symbol == "CPE" else 0.0
        for plate in (middle - gap, middle + gap):
            axes.plot([plate - bend, plate, plate - bend], [y - HALF, y, y + HALF], **line)
        left, right = middle - gap, middle + gap
    else:
        corners = ([left, right, right, left, left], [y - HALF, y - HALF, y + HALF, y + HALF, y - HALF])
        axes.plot(*corners, **line)
        if element.symbol != "R":
            axes.text(middle, y, element.symbol, ha="center", va="center", fontsize=9)
    axes.plot([x, left], [y, y], **line)
    axes.plot([right, x + WIDTH], [y, y], **line)
    axes.text(middle, y + HALF + 0.06, element.name, ha="center", va="bottom", fontsize=9)
