"""Degradation modes: what a cell lost between two fits."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from sicell.balancing._fit_result import FullCellFit

_MODES = {
    "LLI": ("loss_of_lithium_inventory", "cyclable_lithium"),
    "LAM_NE": ("loss_of_active_material_negative", "capacity_negative"),
    "LAM_PE": ("loss_of_active_material_positive", "capacity_positive"),
}
_ROW = ["value", "standard_error", "lower", "upper", "identifiable"]
_ENDINGS = tuple(f"_{what}" for what in _ROW)
# Beyond this factor two capacities are in different units, or no ageing joins them.
_LARGEST_RATIO = 5.0


@dataclass(frozen=True, eq=False, repr=False)
class DegradationModes:
    """Result of :func:`degradation_modes`: losses as fractions of what the first cell had; negative for a gain.

    Attributes
    ----------
    loss_of_lithium_inventory, loss_of_active_material_negative, loss_of_active_material_positive : float
        LLI, and LAM of each electrode.
    capacity_loss : float
        Loss of the charge between the ends of the two curves: comparable only if both were measured between the same
        cut-off voltages.
    table : pandas.DataFrame
        Indexed by ``LLI``, ``LAM_NE``, ``LAM_PE``, and ``LAM_Si``, ``LAM_C`` for a blend of Si and C: ``loss``,
        ``standard_error``, ``lower``, ``upper`` (95 % interval), ``identifiable`` (in both fits, or as well known as
        the loss between two quantities that just are: to sqrt(2) times the tolerance).
    """

    loss_of_lithium_inventory: float
    loss_of_active_material_negative: float
    loss_of_active_material_positive: float
    capacity_loss: float
    table: pd.DataFrame

    def __repr__(self) -> str:
        parts = [
            f"{name} {100 * row['loss']:.1f} ± {100 * row['standard_error']:.1f} %"
            for name, row in self.table.iterrows()
        ]
        return f"DegradationModes({', '.join(parts)})"

    def to_frame(self) -> pd.DataFrame:
        """Return losses, standard errors, intervals and flags, one row for each mode."""
        return self.table.copy()


def _parts(before: Any, after: Any) -> dict[str, str]:
    """Losses of the parts of a blend, by name, and the quantities that they compare."""
    names = [name for name in before if name.startswith("capacity_") and name in after]
    parts = [name.removeprefix("capacity_") for name in names if not name.endswith(_ENDINGS)]
    return {f"LAM_{part}": f"capacity_{part}" for part in parts if part not in ("negative", "positive")}


@np.errstate(divide="ignore", invalid="ignore")
def loss(old: Any, new: Any, tolerance: float) -> dict[str, Any]:
    """Loss between two rows of fits (or columns of many), with its error, interval and flag."""
    left = new["value"] / old["value"]
    error = np.abs(left) * np.hypot(new["standard_error"] / new["value"], old["standard_error"] / old["value"])
    # Half-widths (the wider) rather than standard errors: each fit has degrees of freedom of its own.
    widths = [np.maximum(row["upper"] - row["value"], row["value"] - row["lower"]) / row["value"] for row in (old, new)]
    reach = np.fmax(np.abs(left) * np.hypot(*widths), ndtri(0.975) * error)
    known = np.logical_and(old["identifiable"], new["identifiable"])
    return {
        "loss": 1 - left,
        "standard_error": error,
        "lower": 1 - left - reach,
        "upper": 1 - left + reach,
        # Of a small part a capacity may be known poorly for its size, and the loss well enough all the same.
        "identifiable": np.logical_or(known, reach <= ndtri(0.975) * np.sqrt(2) * tolerance),
    }


def degradation_modes(before: FullCellFit, after: FullCellFit) -> DegradationModes:
    """Compare two fits: loss of lithium inventory (LLI) and of active material (LAM) at either electrode.

    Raises TypeError if one of the two is no fit, ValueError if their capacities and lithium differ by more than a
    factor of five: another unit.

    Parameters
    ----------
    before, after : FullCellFit
        With the same half-cell curves and in the same unit of capacity: of one cell at two ages, or of two cells.

    Notes
    -----
    ``LLI = 1 - lithium_after / lithium_before`` with lithium ``Q_n x + Q_p y``, ``LAM = 1 - Q_after / Q_before``. The
    errors of both fits are added as independent; those of the half-cell curves are common to both and partly cancel.

    References
    ----------
    C. R. Birkl, M. R. Roberts, E. McTurk, P. G. Bruce, D. A. Howey, J. Power Sources 341 (2017) 373.

    Examples
    --------
    >>> import numpy as np, sicell
    >>> charge, cathode, anode = np.linspace(0, 1, 300), sicell.ncm90(), sicell.graphite()
    >>> def cell(x_0, x_100, y_0, y_100, capacity):
    ...     y, x = y_0 + (y_100 - y_0) * charge, x_0 + (x_100 - x_0) * charge
    ...     voltage = cathode.potential(y, "delithiation") - anode.potential(x, "lithiation")
    ...     noise = np.random.default_rng(0).normal(scale=1e-3, size=300)
    ...     return fit(capacity * charge, voltage + noise, cathode, anode)
    >>> from sicell.balancing import fit
    >>> fresh, aged = cell(0.02, 0.85, 0.92, 0.15, 40.0), cell(0.02, 0.75, 0.92, 0.26, 34.0)
    >>> modes = degradation_modes(fresh, aged)
    >>> round(modes.loss_of_lithium_inventory, 2), round(modes.capacity_loss, 2)
    (0.01, 0.15)
    """
    for name, value in (("before", before), ("after", after)):
        if not isinstance(value, FullCellFit):
            raise TypeError(f"{name} must be a FullCellFit, got {value!r}")
    ratios = [after.table.loc[name, "value"] / before.table.loc[name, "value"] for _, name in _MODES.values()]
    # All three at once: one capacity alone may be that of an electrode that a fit does not determine.
    if min(ratios) > _LARGEST_RATIO or max(ratios) < 1 / _LARGEST_RATIO:
        raise ValueError(
            "before and after must be in the same unit of capacity, got capacities and lithium "
            f"{np.median(ratios):.3g} times those before; multiply A h by 1000 for mA h"
        )
    modes = {mode: name for mode, (_, name) in _MODES.items()} | _parts(before.table.index, after.table.index)
    rows = {}
    for mode, quantity in modes.items():
        old, new = (fit.table.loc[quantity] for fit in (before, after))
        rows[mode] = loss(old, new, max(before.settings.tolerance, after.settings.tolerance))
    table = pd.DataFrame.from_dict(rows, orient="index")
    losses = {attribute: float(table.loc[mode, "loss"]) for mode, (attribute, _) in _MODES.items()}
    return DegradationModes(**losses, capacity_loss=float(1 - after.capacity / before.capacity), table=table)


def losses(fits: pd.DataFrame, tolerance: float) -> pd.DataFrame:
    """Losses of each cell since its first fit: a row for each fit and mode.

    `fits` has columns ``cell``, ``age``, ``capacity`` and those of a fit's table with the ending of what they are.
    """
    modes = {mode: name for mode, (_, name) in _MODES.items()} | _parts(fits.columns, fits.columns)
    # The row itself: a value that is missing in it must not come from a later one.
    start = fits.reset_index(drop=True).groupby(fits["cell"].to_numpy(), sort=False).cumcount() == 0
    rows_of = pd.Series(start.index[start], index=fits["cell"].to_numpy()[start.to_numpy()])
    first = fits.iloc[rows_of.loc[fits["cell"]].to_numpy()].set_axis(fits.index)
    whole = {"loss": 1 - fits["capacity"] / first["capacity"], "identifiable": True}
    rows = [fits[["cell", "age"]].assign(mode="capacity", **whole)]
    for mode, quantity in modes.items():
        columns = [quantity, *(f"{quantity}_{what}" for what in ("standard_error", "lower", "upper", "identifiable"))]
        old, new = (table[columns].set_axis(_ROW, axis=1) for table in (first, fits))
        old, new = (table.astype({"identifiable": bool}) for table in (old, new))
        found = pd.DataFrame(loss(old, new, tolerance))
        # A cell has lost nothing since its own first check-up.
        found.loc[start.to_numpy(), ["loss", "standard_error", "lower", "upper"]] = 0.0
        rows.append(pd.concat([fits[["cell", "age"]], found], axis=1).assign(mode=mode))
    table = pd.concat(rows).sort_index(kind="stable").reset_index(drop=True)
    return table[["cell", "age", "mode", "loss", "standard_error", "lower", "upper", "identifiable"]]
