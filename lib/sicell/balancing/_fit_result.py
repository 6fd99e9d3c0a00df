"""What a fit of a full cell's curve found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from sicell import _check
from sicell.balancing._noise import Noise
from sicell.balancing._windows import STEP, Problem

__all__ = ["FullCellFit"]


@dataclass(frozen=True, eq=False, repr=False)
class FullCellFit:
    """Result of :func:`fit`.

    Index 0 is the discharged and 100 the charged end of the curve that was fitted (of the cell only if that was charged
    and discharged fully); x is the negative and y the positive electrode.

    Attributes
    ----------
    capacity : float
        Charge between the two ends of the curve, in the unit of the data.
    table : pandas.DataFrame
        ``value``, ``standard_error``, ``lower`` and ``upper`` (95 % interval) and ``identifiable`` of
        ``capacity_negative``, ``capacity_positive``, ``cyclable_lithium``, ``x_0``, ``x_100``, ``y_0``, ``y_100``, and
        ``polarization`` if it was fitted. The error is NaN for what is held by the end of a half-cell curve.
    correlations : pandas.DataFrame
        Of the same quantities.
    polarization : float
        In V.
    half_cycle : str
        ``"charge"`` or ``"discharge"``.
    rms : float
        Root-mean-square difference between model and data, in V.
    noise : Noise
        ``white`` and ``correlated`` standard deviation in V, and the ``length`` of the correlation as a share of the
        window.
    alternatives : pandas.DataFrame
        Other solutions that the data do not tell from this one, best first: a column for each quantity of the table.
    """

    capacity: float
    table: pd.DataFrame
    correlations: pd.DataFrame
    polarization: float
    half_cycle: str
    rms: float
    noise: Noise
    alternatives: pd.DataFrame
    problem: Problem = field(repr=False)
    point: np.ndarray = field(repr=False)

    def __repr__(self) -> str:
        lines = [f"FullCellFit({self.half_cycle} of {self.capacity:.4g}, rms {1e3 * self.rms:.2f} mV)"]
        for name, row in self.table.iterrows():
            flag = "" if row["identifiable"] else "  not identifiable"
            lines.append(f"  {name:<18} {_with_error(row['value'], row['standard_error'])}{flag}")
        return "\n".join(lines)

    def _value(self, name: str) -> float:
        return float(self.table.loc[name, "value"])

    @property
    def capacity_negative(self) -> float:
        """Capacity of the negative electrode from stoichiometry 0 to 1 of its half-cell curve."""
        return self._value("capacity_negative")

    @property
    def capacity_positive(self) -> float:
        """Capacity of the positive electrode from stoichiometry 0 to 1 of its half-cell curve."""
        return self._value("capacity_positive")

    @property
    def cyclable_lithium(self) -> float:
        """Lithium inventory ``capacity_negative * x + capacity_positive * y``, the same at any state of charge."""
        return self._value("cyclable_lithium")

    @property
    def x_0(self) -> float:
        """Stoichiometry of the negative electrode at the discharged end."""
        return self._value("x_0")

    @property
    def x_100(self) -> float:
        """Stoichiometry of the negative electrode at the charged end."""
        return self._value("x_100")

    @property
    def y_0(self) -> float:
        """Stoichiometry of the positive electrode at the discharged end."""
        return self._value("y_0")

    @property
    def y_100(self) -> float:
        """Stoichiometry of the positive electrode at the charged end."""
        return self._value("y_100")

    @property
    def identifiable(self) -> pd.Series:
        """Whether the data determine each quantity within the tolerance."""
        return self.table["identifiable"]

    @property
    def standard_errors(self) -> pd.Series:
        """Standard error of each quantity."""
        return self.table["standard_error"]

    def to_frame(self) -> pd.DataFrame:
        """Return values, standard errors, 95 % intervals and flags, one row for each quantity.

        Returns
        -------
        pandas.DataFrame
        """
        return self.table.copy()

    def predict(self, capacity: Any = None) -> pd.DataFrame:
        """Return the fitted cell and both electrodes along the charge.

        Raises ValueError if a charge leads beyond a half-cell curve.

        Parameters
        ----------
        capacity : array_like, optional
            Charge from the discharged end of the curve, in its unit; may leave the window as far as the half-cell
            curves go. 400 even steps through the window if not given.

        Returns
        -------
        pandas.DataFrame
            Columns ``Capacity``, ``Voltage / V``, ``Negative Potential / V``, ``Positive Potential / V``, ``x``, ``y``.
        """
        charge = np.linspace(0.0, self.capacity, 400) if capacity is None else np.atleast_1d(capacity)
        charge = np.atleast_1d(_check.finite("capacity", charge))
        x, y = (values[0] for values in self.problem.stoichiometries(self.point, charge / self.capacity))
        curves = self.problem.negative, self.problem.positive
        for values, curve, name in zip((x, y), curves, ("negative", "positive"), strict=True):
            beyond = (values < curve.lower - 1e-9) | (values > curve.upper + 1e-9)
            if beyond.any():
                raise ValueError(
                    f"capacity must stay where the {name} half-cell was measured, got {charge[beyond][0]:g} at "
                    f"position {int(np.argmax(beyond))} (stoichiometry {values[beyond][0]:.3f})"
                )
        x, y = (np.clip(values, c.lower, c.upper) for values, c in zip((x, y), curves, strict=True))
        negative, positive = curves[0].potential(x), curves[1].potential(y)
        return pd.DataFrame(
            {
                "Capacity": charge,
                "Voltage / V": positive - negative + self.problem.sign * self.polarization,
                "Negative Potential / V": negative,
                "Positive Potential / V": positive,
                "x": x,
                "y": y,
            }
        )

    def data(self) -> pd.DataFrame:
        """Return the measured points that were fitted, and what the fit makes of them.

        Returns
        -------
        pandas.DataFrame
            Columns ``Capacity``, ``Voltage / V``, ``Fit / V``, ``Residual / V`` (fit minus measured).
        """
        residual = self.problem.residuals(self.point)[0]
        measured = self.problem.voltage
        return pd.DataFrame(
            {
                "Capacity": self.problem.place * self.capacity,
                "Voltage / V": measured,
                "Fit / V": measured + residual,
                "Residual / V": residual,
            }
        )

    def differential_voltage(self) -> pd.DataFrame:
        """Return dV/dQ of the data and of the fit, as differences over 2 % of the window.

        Returns
        -------
        pandas.DataFrame
            Columns ``Capacity`` (the middle of each difference), ``Measured``, ``Fit``: V per unit of capacity.
        """
        table = self.data()
        middle = np.linspace(0.5 * STEP, 1 - 0.5 * STEP, 240) * self.capacity
        half = 0.5 * STEP * self.capacity
        result = {"Capacity": middle}
        for name, column in (("Measured", "Voltage / V"), ("Fit", "Fit / V")):
            high, low = (np.interp(middle + side, table["Capacity"], table[column]) for side in (half, -half))
            result[name] = (high - low) / (2 * half)
        return pd.DataFrame(result)

    def plot(self) -> Any:
        """Return a matplotlib figure: curves, dV/dQ and residuals."""
        from sicell.balancing._fit_plot import fit_figure

        return fit_figure(self)


def _with_error(value: float, error: float) -> str:
    """Return a value to two digits of its error."""
    if not (np.isfinite(error) and error > 0):
        return f"{value:.4g}"
    digits = int(np.clip(1 - np.floor(np.log10(error)), 0, 9))
    return f"{value:.{digits}f} ± {error:.{digits}f}"
