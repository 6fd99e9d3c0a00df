"""The result of a fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sicell.circuit import Circuit
from sicell.eis import _plots
from sicell.eis._inference import Inference, profile
from sicell.eis._model import Model, Scaled


@dataclass(frozen=True)
class Fit:
    """A fitted circuit, as `fit` returns it.

    Attributes
    ----------
    circuit : sicell.circuit.Circuit
    frequency, impedance, weight : numpy.ndarray, shape (F,)
        Hz, falling; as measured, in Ω; of each residual.
    values : numpy.ndarray, shape (P,)
        Parameters in the order of `circuit.parameter_names`.
    chi_square, degrees_of_freedom : float, int
        Weighted sum of squares, ``Σ w² |ΔZ|²``; 2F minus the number of fitted parameters.
    relative_rms : float
        Root mean square of ``|ΔZ|/|Z|``.
    residual_correlation : float
        Correlation of the weighted residuals of neighbouring frequencies: about zero if only noise is left, towards
        one if the circuit does not describe the spectrum.
    confidence : float
        Level of the intervals.
    converged : bool
        Whether the optimiser came to rest.
    starts : int
        How many starts were followed to their end.
    notes : tuple of str
        What is worth knowing about the spectrum or the fit.
    """

    circuit: Circuit
    frequency: np.ndarray = field(repr=False)
    impedance: np.ndarray = field(repr=False)
    weight: np.ndarray = field(repr=False)
    values: np.ndarray = field(repr=False)
    chi_square: float
    degrees_of_freedom: int
    relative_rms: float
    residual_correlation: float
    confidence: float
    converged: bool
    starts: int
    notes: tuple[str, ...]
    _model: Model = field(repr=False)
    _inference: Inference = field(repr=False)

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """Parameters by name: value, stderr, lower, upper, unit, identifiable.

        An interval [lower, upper] holds the parameter with the chosen confidence if the circuit is right. It is
        ``identifiable`` if the interval is narrower than a factor of 1.5 (0.16 for an exponent) to either side at 95 %,
        and no other valley that the data allow contradicts it. A parameter that the data do not determine at all has a
        standard error of NaN and no bounds but the physical ones; a fixed parameter has a standard error of zero.
        """
        return pd.DataFrame(
            {
                "value": self.values,
                "stderr": self._errors,
                "lower": self._inference.lower[0],
                "upper": self._inference.upper[0],
                "unit": self.circuit.units,
                "identifiable": self._inference.identifiable[0],
            },
            index=pd.Index(self.circuit.parameter_names, name="parameter"),
        )

    @property
    def _errors(self) -> np.ndarray:
        slope = np.where(self._model.problem.exponent, 1.0, self.values)
        return np.sqrt(np.diag(self._inference.covariance[0])) * slope

    @cached_property
    def covariance(self) -> pd.DataFrame:
        """Covariance of the fitted parameters, in the product of their units; NaN without an interval."""
        slope = np.where(self._model.problem.exponent, 1.0, self.values)
        return self._free_frame(self._inference.covariance[0] * slope[:, None] * slope)

    @cached_property
    def correlation(self) -> pd.DataFrame:
        """Correlation of the fitted parameters (logarithms, exponents as they are); NaN without an interval."""
        error = np.sqrt(np.diag(self._inference.covariance[0]))
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._free_frame(self._inference.covariance[0] / (error[:, None] * error))

    def _free_frame(self, matrix: np.ndarray) -> pd.DataFrame:
        free = self._model.problem.free
        names = [name for name, is_free in zip(self.circuit.parameter_names, free, strict=True) if is_free]
        return pd.DataFrame(matrix[np.ix_(free, free)], index=names, columns=names)

    @cached_property
    def residuals(self) -> np.ndarray:
        """Measured minus fitted impedance relative to ``|Z|``, complex, shape (F,)."""
        return (self.impedance - self.predict(self.frequency)) / np.abs(self.impedance)

    def predict(self, frequency: Any) -> np.ndarray:
        """Return the fitted circuit's complex impedance in Ω at frequencies in Hz."""
        return self.circuit.impedance(frequency, self.values)

    def profile_intervals(self) -> pd.DataFrame:
        """Return profile-likelihood intervals, which need no linearisation and may be open on one side.

        ``lower`` and ``upper`` by parameter; 0 or infinity where the data set no bound (D. M. Bates and D. G. Watts,
        Nonlinear Regression Analysis and Its Applications, Wiley, 1988, chapter 6).
        """
        error = np.sqrt(np.diag(self._inference.covariance[0]))
        scaled = Scaled.of(self._model, self.impedance[None], self.weight[None])
        coordinates = self._model.problem.coordinates(self.values) - np.log(scaled.factor)
        bounds = tuple(bound[0] for bound in scaled.model.bounds(scaled.data, precise=True))
        low, high = profile(
            scaled.model, coordinates, error, (scaled.data[0], scaled.weight[0]), bounds, self.confidence
        )
        low, high = low * scaled.factor, high * scaled.factor
        return pd.DataFrame({"lower": low, "upper": high}, index=self.parameters.index)

    def plot(self) -> Any:
        """Return a matplotlib figure: Nyquist plot, Bode plot and residuals."""
        return _plots.fit_figure(self)

    def to_impedance(self) -> Any:
        """Return the fit as an impedance.py ``CustomCircuit``, fixed parameters as its constants.

        Raises ValueError if impedance.py has no such element.
        """
        from impedance.models.circuits import CustomCircuit
        from impedance.models.circuits.elements import circuit_elements

        unknown = [element.symbol for element in self.circuit.elements if element.symbol not in circuit_elements]
        if unknown:
            raise ValueError(f"impedance.py has no element {unknown[0]!r}, so {self.circuit} cannot be handed over")
        values, errors = self.values.copy(), self._errors.copy()
        index = 0
        for element in self.circuit.elements:
            if element.symbol == "La":
                # impedance.py computes (jωL)^α where its documentation, and this library, have L (jω)^α.
                converted = values[index] ** (1 / values[index + 1])
                errors[index] *= converted / (values[index] * values[index + 1])
                values[index] = converted
            index += len(element.parameter_names)
        free = self._model.problem.free
        names = self.circuit.parameter_names
        constants = {name: float(values[i]) for i, name in enumerate(names) if not free[i]}
        result = CustomCircuit(
            self.circuit.text, initial_guess=[float(value) for value in values[free]], constants=constants
        )
        result.parameters_, result.conf_ = values[free], errors[free]
        return result

    def __repr__(self) -> str:
        rms, dof = self.relative_rms, self.degrees_of_freedom
        lines = [
            f"Fit of {self.circuit}: {len(self.frequency)} points, relative rms {rms:.3%}, {dof} degrees of freedom"
        ]
        width = max(map(len, self.circuit.parameter_names))
        for name, row in self.parameters.iterrows():
            spread = f"± {row['stderr']:.2g}  [{row['lower']:.4g}, {row['upper']:.4g}]"
            if np.isnan(row["stderr"]):
                spread = "not determined by the data"
            elif row["stderr"] == 0:
                spread = "fixed"
            elif not row["identifiable"]:
                spread += " (not identifiable)"
            lines.append(f"  {name:<{width}}  {row['value']:<10.4g} {spread}  {row['unit']}".rstrip())
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)
