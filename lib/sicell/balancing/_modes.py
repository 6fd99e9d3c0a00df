"""Degradation modes: what a cell lost between two fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from sicell.balancing._fit_result import FullCellFit

__all__ = ["DegradationModes", "degradation_modes"]

_MODES = {
    "LLI": ("loss_of_lithium_inventory", "cyclable_lithium"),
    "LAM_NE": ("loss_of_active_material_negative", "capacity_negative"),
    "LAM_PE": ("loss_of_active_material_positive", "capacity_positive"),
}
# Beyond this factor two capacities are in different units, or no ageing joins them.
_LARGEST_RATIO = 5.0


@dataclass(frozen=True, eq=False, repr=False)
class DegradationModes:
    """Result of :func:`degradation_modes`: losses as fractions of what the first cell had; negative for a gain.

    Attributes
    ----------
    loss_of_lithium_inventory : float
        LLI.
    loss_of_active_material_negative, loss_of_active_material_positive : float
        LAM of each electrode.
    capacity_loss : float
        Loss of the charge between the ends of the two curves: comparable only if both were measured between the same
        cut-off voltages.
    table : pandas.DataFrame
        Indexed by ``LLI``, ``LAM_NE``, ``LAM_PE``: ``loss``, ``standard_error``, ``lower``, ``upper`` (95 % interval),
        ``identifiable`` (in both fits).
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
        """Return losses, standard errors, intervals and flags, one row for each mode.

        Returns
        -------
        pandas.DataFrame
        """
        return self.table.copy()


def degradation_modes(before: FullCellFit, after: FullCellFit) -> DegradationModes:
    """Compare two fits: loss of lithium inventory (LLI) and of active material (LAM) at either electrode.

    Raises TypeError if one of the two is no fit. Raises ValueError if capacities and lithium of the two differ by more
    than a factor of five: another unit.

    Parameters
    ----------
    before, after : FullCellFit
        With the same half-cell curves and in the same unit of capacity: of one cell at two ages, or of two cells.

    Returns
    -------
    DegradationModes

    Notes
    -----
    ``LLI = 1 - lithium_after / lithium_before`` with lithium ``Q_n x + Q_p y``, ``LAM = 1 - Q_after / Q_before``. The
    errors of both fits are added as independent. Errors in the half-cell curves are common to both fits and partly
    cancel, so that the interval is rather too wide than too narrow for cells of one kind.

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
    rows = {}
    for mode, (_, quantity) in _MODES.items():
        old, new = before.table.loc[quantity], after.table.loc[quantity]
        left = new["value"] / old["value"]
        error = left * np.hypot(new["standard_error"] / new["value"], old["standard_error"] / old["value"])
        # Half-widths (the wider) rather than standard errors: each fit has degrees of freedom of its own.
        widths = [
            np.maximum(row["upper"] - row["value"], row["value"] - row["lower"]) / row["value"] for row in (old, new)
        ]
        reach = max(left * np.hypot(*widths), ndtri(0.975) * error)
        rows[mode] = {
            "loss": 1 - left,
            "standard_error": error,
            "lower": 1 - left - reach,
            "upper": 1 - left + reach,
            "identifiable": bool(old["identifiable"] and new["identifiable"]),
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    losses = {attribute: float(table.loc[mode, "loss"]) for mode, (attribute, _) in _MODES.items()}
    return DegradationModes(**losses, capacity_loss=float(1 - after.capacity / before.capacity), table=table)
