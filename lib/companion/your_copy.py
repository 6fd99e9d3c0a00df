"""A figure of the paper, read off by whoever has a copy, over the computed curves."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion._paper import paper
from companion.plotting import COLORS, new_figure
from companion.tables import TableView, table


def read(
    name: str, curves: Collection[str], titles: Collection[str], y: str, limits: tuple[float, float]
) -> tuple[str, pd.DataFrame] | None:
    """Return the title of x in ``yours/<name>.csv`` of the paper's data folder, and the points as curve, x, y.

    The file has one point a row, under the header curve, one of `titles`, `y`. None if there is no file. Raises
    ValueError if the header is another, a curve is none of `curves`, a number is none, or y lies outside `limits`; the
    message names the point.
    """
    file = next((one for folder in paper().folders if (one := folder / "yours" / f"{name}.csv").is_file()), None)
    if file is None:
        return None
    try:
        found = pd.read_csv(file, comment="#", skipinitialspace=True, dtype=str, keep_default_na=False)
    except pd.errors.EmptyDataError:
        found = pd.DataFrame(columns=[""])
    header = [title.strip() for title in found.columns]
    if len(header) != 3 or header[::2] != ["curve", y] or header[1] not in titles:
        wanted = " or ".join(f"'curve,{x},{y}'" for x in titles)
        raise ValueError(f"{file.name}: the header must be {wanted}, got {','.join(header)!r}")
    if found.empty:
        raise ValueError(f"{file.name}: there must be a point below the header")
    found.columns = ["curve", "x", "y"]
    found = found.apply(lambda column: column.str.strip())
    numbers = found[["x", "y"]].apply(pd.to_numeric, errors="coerce")
    for number, (curve, x, value) in enumerate(found.itertuples(index=False)):
        where, (at, read_off) = f"{file.name}, point {number + 1}", numbers.iloc[number]
        if curve not in curves:
            raise ValueError(f"{where}: curve must be one of {', '.join(curves)}, got {curve!r}")
        if not np.isfinite([at, read_off]).all():
            raise ValueError(f"{where}: x and y must be numbers with a decimal point, got {x!r} and {value!r}")
        if not limits[0] <= read_off <= limits[1]:
            raise ValueError(f"{where}: {y} must be between {limits[0]:g} and {limits[1]:g}, got {value}; its unit?")
    return header[1], found.assign(**numbers)


def compare(
    name: str,
    ours: Mapping[str, pd.DataFrame],
    scales: Mapping[str, float | Mapping[str, float]],
    y: str,
    limits: tuple[float, float],
) -> tuple[Figure, TableView] | None:
    """Draw a reader's points over computed curves, a panel a curve, and tell how far they are apart.

    `ours` has x and y of each curve in two columns, `scales` by what the reader's x may be called the factor that
    brings our x there, one for all curves or one for each; the rest as :func:`read` takes it. The difference is yours
    minus computed at the same x. Points beyond the ends of a curve are counted, not compared. None without a file.
    """
    found = read(name, ours, scales, y, limits)
    if found is None:
        return None
    (x, points), rows = found, []
    groups = list(points.groupby("curve", sort=False))
    figure, panels = new_figure(len(groups), height=0.4 + 2.2 * len(groups), squeeze=False)
    for (curve, own), axes in zip(groups, panels.flat, strict=True):
        computed = ours[curve].dropna().to_numpy(float)
        computed = computed[np.argsort(computed[:, 0])].T
        computed[0] *= scales[x][curve] if isinstance(scales[x], Mapping) else scales[x]
        axes.plot(*computed, color=COLORS["computed"], label="computed")
        axes.plot(own["x"], own["y"], "o", color=COLORS["reported"], markersize=4, label="your copy")
        axes.set(title=curve, xlabel=x, ylabel=y)
        inside = own[own["x"].between(*computed[0, [0, -1]])]
        off = inside["y"].to_numpy() - np.interp(inside["x"], *computed)
        at = int(np.abs(off).argmax()) if off.size else 0
        largest = (off.mean(), off[at], inside["x"].iloc[at]) if off.size else (np.nan,) * 3
        rows.append((curve, off.size, len(own) - off.size, *largest))
    panels.flat[0].legend()
    titles = ("curve", "points compared", "beyond", f"mean difference of {y}", "largest", f"at {x}")
    return figure, table(dict(zip(titles, map(list, zip(*rows, strict=True)), strict=True)), [0, 0, 0, 3, 3, 1])
