"""What a fit of a full cell's curve found."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sicell import _check
from sicell.balancing._noise import Noise
from sicell.balancing._problem import STEP, CellProblem


def _quantity(name: str, says: str) -> property:
    return property(lambda fit: float(fit.table.loc[name, "value"]), doc=says)


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
        of ``polarization``, ``inhomogeneity`` and ``reference_offset`` if fitted. A blend of Si and C has
        ``capacity_Si``, ``capacity_C`` and ``share_Si`` in addition. The error is NaN for what is held by the end of a
        half-cell curve.
    correlations : pandas.DataFrame
        Of the same quantities.
    half_cycle, rms : str, float
        ``"charge"`` or ``"discharge"``; root-mean-square difference between model and data, in V.
    noise : Noise
        ``white`` and ``correlated`` standard deviation in V, and the ``length`` of the correlation as a share of the
        window.
    alternatives : pandas.DataFrame
        Other solutions that the data do not tell from this one, best first: a column for each quantity of the table.
    """

    capacity: float
    table: pd.DataFrame
    correlations: pd.DataFrame
    half_cycle: str
    rms: float
    noise: Noise
    alternatives: pd.DataFrame
    problem: CellProblem = field(repr=False)
    points: np.ndarray = field(repr=False)
    covariance: np.ndarray = field(repr=False)
    quantile: float = field(repr=False)
    curve: Any = field(repr=False)
    settings: Any = field(repr=False)
    solve: Callable[..., FullCellFit] = field(repr=False)

    def __repr__(self) -> str:
        lines = [f"FullCellFit({self.half_cycle} of {self.capacity:.4g}, rms {1e3 * self.rms:.2f} mV)"]
        for name, row in self.table.iterrows():
            flag = "" if row["identifiable"] else "  not identifiable"
            lines.append(f"  {name:<18} {_with_error(row['value'], row['standard_error'])}{flag}")
        return "\n".join(lines)

    @property
    def point(self) -> np.ndarray:
        """The fitted parameters: windows, and what else was fitted."""
        return self.points[0]

    @property
    def polarization(self) -> float:
        """Distance of the cell from equilibrium in V, fitted or given."""
        given = self.problem.polarization
        return float(self.table.loc["polarization", "value"] if given is None else given)

    capacity_negative = _quantity("capacity_negative", "Capacity of the negative electrode, from 0 to 1 of its curve.")
    capacity_positive = _quantity("capacity_positive", "Capacity of the positive electrode, from 0 to 1 of its curve.")
    cyclable_lithium = _quantity(
        "cyclable_lithium", "``capacity_negative * x + capacity_positive * y``, at any charge."
    )
    x_0 = _quantity("x_0", "Stoichiometry of the negative electrode at the discharged end.")
    x_100 = _quantity("x_100", "Stoichiometry of the negative electrode at the charged end.")
    y_0 = _quantity("y_0", "Stoichiometry of the positive electrode at the discharged end.")
    y_100 = _quantity("y_100", "Stoichiometry of the positive electrode at the charged end.")

    @property
    def identifiable(self) -> pd.Series:
        """Whether the data determine each quantity within the tolerance."""
        return self.table["identifiable"]

    @property
    def standard_errors(self) -> pd.Series:
        """Standard error of each quantity."""
        return self.table["standard_error"]

    def to_frame(self) -> pd.DataFrame:
        """Return values, standard errors, 95 % intervals and flags, one row for each quantity."""
        return self.table.copy()

    def predict(self, capacity: Any = None) -> pd.DataFrame:
        """Return the fitted cell and both electrodes along the charge; ValueError beyond a half-cell curve.

        The charge counts from the discharged end of the curve, in its unit: 400 even steps through the window if not
        given.

        Returns
        -------
        pandas.DataFrame
            Columns ``Capacity``, ``Voltage / V``, ``Anode Potential / V``, ``Cathode Potential / V``, their 95 %
            intervals as ``Anode Potential Lower / V`` and so on, which hold errors of the parameters, other solutions
            and the half-cells' own, and ``x``, ``y``.
        """
        charge = np.linspace(0.0, self.capacity, 400) if capacity is None else np.atleast_1d(capacity)
        charge = np.atleast_1d(_check.finite("capacity", charge))
        place = charge / self.capacity
        x, y = (values[0] for values in self.problem.stoichiometries(self.point, place))
        curves = self.problem.negative, self.problem.positive
        for values, curve, name in zip((x, y), curves, ("negative", "positive"), strict=True):
            beyond = (values < curve.lower - 1e-9) | (values > curve.upper + 1e-9)
            if beyond.any():
                raise ValueError(
                    f"capacity must stay where the {name} half-cell was measured, got {charge[beyond][0]:g} at "
                    f"position {int(np.argmax(beyond))} (stoichiometry {values[beyond][0]:.3f})"
                )
        channels = ("cell", "anode", "cathode")
        # Each potential has half of the polarization, as a reference electrode would read it, and no offset.
        model = replace(
            self.problem, place=place, channels=channels, values=np.zeros((3, place.size)), reference_offset=0.0
        )
        kept = [name in model.names for name in self.problem.names]
        potentials, slopes = model.raw(self.points[:, kept])
        reach = self.quantile * np.sqrt(
            np.einsum("kpi,ij,kpj->kp", slopes[0], self.covariance[np.ix_(kept, kept)], slopes[0]).clip(0)
            + self.settings.half_cell_misfit**2
        )
        table = {"Capacity": charge, "Voltage / V": potentials[0, 0]}
        for k, name in ((1, "Anode"), (2, "Cathode")):
            table[f"{name} Potential / V"] = potentials[0, k]
            table[f"{name} Potential Lower / V"] = potentials[:, k].min(axis=0) - reach[k]
            table[f"{name} Potential Upper / V"] = potentials[:, k].max(axis=0) + reach[k]
        return pd.DataFrame({**table, "x": x, "y": y})

    @cached_property
    def voltage_alone(self) -> FullCellFit:
        """The fit of the same curve without the potentials of the electrodes; this one if none were measured."""
        if len(self.problem.channels) == 1:
            return self
        weights = np.full(1, float(self.settings.derivative_weight))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", _check.SicellWarning)
            return self.solve(replace(self.problem.alone(), weights=weights), self.curve, self.settings)

    def electrodes(self) -> pd.DataFrame:
        """Compare measured potentials (ValueError if there are none) with this fit and the voltage's prediction.

        Returns
        -------
        pandas.DataFrame
            One row for each electrode: ``rms / V`` of this fit, ``Predicted rms / V`` of the fit of the voltage alone,
            both after the offset of the reference electrode, and ``Within``, the share of the measured points in the
            predicted 95 % interval.
        """
        measured = self.data()
        known = [name for name in ("Anode", "Cathode") if f"{name} Potential / V" in measured]
        if not known:
            raise ValueError("electrodes needs anode_potential or cathode_potential in the fit, got neither")
        offset = self.table["value"].get("reference_offset", 0.0)
        rows = {}
        predicted, fitted = (one.predict(measured["Capacity"]) for one in (self.voltage_alone, self))
        for name in known:
            column = f"{name} Potential / V"
            true = measured[column] - offset
            low, high = (predicted[f"{name} Potential {end} / V"] for end in ("Lower", "Upper"))
            rows[name] = {
                "rms / V": float(np.sqrt(((fitted[column] - true) ** 2).mean())),
                "Predicted rms / V": float(np.sqrt(((predicted[column] - true) ** 2).mean())),
                "Within": float(((true >= low) & (true <= high)).mean()),
            }
        return pd.DataFrame.from_dict(rows, orient="index")

    def narrowing(self) -> pd.Series:
        """Return the width of each interval without the measured potentials over that with them."""
        names = [name for name in self.voltage_alone.table.index if name in self.table.index]
        widths = [(one.table["upper"] - one.table["lower"])[names] for one in (self.voltage_alone, self)]
        return (widths[0] / widths[1]).rename("narrower")

    def data(self) -> pd.DataFrame:
        """Return the measured points that were fitted, and what the fit makes of them.

        Returns
        -------
        pandas.DataFrame
            Columns ``Capacity``, ``Voltage / V``, ``Fit / V``, ``Residual / V`` (fit minus measured), and with a
            reference electrode ``Anode Potential / V`` and ``Cathode Potential / V``, as measured or as one and the
            voltage give the other.
        """
        residuals = self.problem.raw(self.point)[0][0]
        measured = dict(zip(self.problem.channels, self.problem.values, strict=True))
        table = {
            "Capacity": self.problem.place * self.capacity,
            "Voltage / V": measured["cell"],
            "Fit / V": measured["cell"] + residuals[0],
            "Residual / V": residuals[0],
        }
        if len(measured) > 1:
            anode = measured.get("anode", measured["cathode"] - measured["cell"] if "cathode" in measured else None)
            table["Anode Potential / V"] = anode
            table["Cathode Potential / V"] = measured.get("cathode", measured["cell"] + anode)
        return pd.DataFrame(table)

    def differential_voltage(self) -> pd.DataFrame:
        """Return ``Capacity``, and dV/dQ as ``Measured`` and ``Fit``, differences over 2 % of the window around it."""
        table = self.data()
        middle = np.linspace(0.5 * STEP, 1 - 0.5 * STEP, 240) * self.capacity
        half = 0.5 * STEP * self.capacity
        result = {"Capacity": middle}
        for name, column in (("Measured", "Voltage / V"), ("Fit", "Fit / V")):
            high, low = (np.interp(middle + side, table["Capacity"], table[column]) for side in (half, -half))
            result[name] = (high - low) / (2 * half)
        return pd.DataFrame(result)


def _with_error(value: float, error: float) -> str:
    """Return a value to two digits of its error."""
    if not (np.isfinite(error) and error > 0):
        return f"{value:.4g}"
    digits = int(np.clip(1 - np.floor(np.log10(error)), 0, 9))
    return f"{value:.{digits}f} ± {error:.{digits}f}"
