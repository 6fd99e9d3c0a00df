"""Fitting an equivalent circuit to one spectrum."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sicell import _check
from sicell.circuit import Circuit
from sicell.eis import _plots
from sicell.eis._inference import Inference, infer, profile
from sicell.eis._model import Model
from sicell.eis._search import ROUNDING, WHITE, Found, Task, autocorrelation, search
from sicell.eis._spectrum import check_spectrum

__all__ = ["Fit", "fit", "solve", "weights"]


@dataclass(frozen=True)
class Fit:
    """A fitted circuit, as `fit` returns it.

    Attributes
    ----------
    circuit : sicell.circuit.Circuit
        What was fitted.
    frequency : numpy.ndarray, shape (F,)
        Hz, falling.
    impedance : numpy.ndarray, shape (F,)
        Measured impedance in Ω.
    weight : numpy.ndarray, shape (F,)
        Weight of each residual.
    values : numpy.ndarray, shape (P,)
        Parameters in the order of `circuit.parameter_names`.
    chi_square : float
        Weighted sum of squares, ``Σ w² |ΔZ|²``.
    degrees_of_freedom : int
        2F minus the number of fitted parameters.
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

        An interval [lower, upper] holds the parameter with the chosen confidence if the circuit is right. It reaches to
        other valleys that the search has seen, if they meet the data as well as the interval's ends do. A parameter
        that the data do not determine has ``identifiable`` False, a standard error of NaN and no bounds but the
        physical ones; a fixed parameter has a standard error of zero.
        """
        return pd.DataFrame(
            {
                "value": self.values,
                "stderr": np.sqrt(np.diag(self._natural_covariance)),
                "lower": self._inference.lower[0],
                "upper": self._inference.upper[0],
                "unit": self.circuit.units,
                "identifiable": self._inference.identifiable[0],
            },
            index=pd.Index(self.circuit.parameter_names, name="parameter"),
        )

    @cached_property
    def _natural_covariance(self) -> np.ndarray:
        slope = np.where(self._model.problem.exponent, 1.0, self.values)
        return self._inference.covariance[0] * slope[:, None] * slope

    @cached_property
    def covariance(self) -> pd.DataFrame:
        """Covariance of the fitted parameters, in the product of their units; NaN where not identifiable."""
        return self._free_frame(self._natural_covariance)

    @cached_property
    def correlation(self) -> pd.DataFrame:
        """Correlation of the fitted parameters (logarithms, exponents as they are); NaN where not identifiable."""
        error = np.sqrt(np.diag(self._inference.covariance[0]))
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._free_frame(self._inference.covariance[0] / (error[:, None] * error))

    def _free_frame(self, matrix: np.ndarray) -> pd.DataFrame:
        free = self._model.problem.free
        names = [name for name, is_free in zip(self.circuit.parameter_names, free, strict=True) if is_free]
        return pd.DataFrame(matrix[np.ix_(free, free)], index=names, columns=names)

    @property
    def reduced_chi_square(self) -> float:
        """Weighted sum of squares per degree of freedom: the estimated variance of a weighted residual."""
        return self.chi_square / self.degrees_of_freedom

    @cached_property
    def residuals(self) -> np.ndarray:
        """Measured minus fitted impedance relative to ``|Z|``, complex, shape (F,)."""
        return (self.impedance - self.predict(self.frequency)) / np.abs(self.impedance)

    def predict(self, frequency: Any) -> np.ndarray:
        """Return the fitted circuit's impedance.

        Parameters
        ----------
        frequency : array_like
            Hz.

        Returns
        -------
        numpy.ndarray
            Complex impedance in Ω.
        """
        return self.circuit.impedance(frequency, self.values)

    def profile_intervals(self) -> pd.DataFrame:
        """Return profile-likelihood intervals, which need no linearisation and may be open on one side.

        Returns
        -------
        pandas.DataFrame
            ``lower`` and ``upper`` by parameter; 0 or infinity where the data set no bound.

        References
        ----------
        D. M. Bates and D. G. Watts, Nonlinear Regression Analysis and Its Applications, Wiley, 1988, chapter 6.
        """
        error = np.sqrt(np.diag(self._inference.covariance[0]))
        coordinates = self._model.problem.coordinates(self.values)
        low, high = profile(self._model, coordinates, error, self.impedance, self.weight, self.confidence)
        return pd.DataFrame({"lower": low, "upper": high}, index=self.parameters.index)

    def plot(self) -> Any:
        """Return a matplotlib figure: Nyquist plot, Bode plot and residuals."""
        return _plots.fit_figure(self)

    def to_impedance(self) -> Any:
        """Return the fit as an impedance.py ``CustomCircuit``, fixed parameters as its constants.

        Raises
        ------
        ValueError
            If impedance.py has no such element.
        """
        from impedance.models.circuits import CustomCircuit
        from impedance.models.circuits.elements import circuit_elements

        unknown = [element.symbol for element in self.circuit.elements if element.symbol not in circuit_elements]
        if unknown:
            raise ValueError(f"impedance.py has no element {unknown[0]!r}, so {self.circuit} cannot be handed over")
        values, errors = self.values.copy(), np.sqrt(np.diag(self._natural_covariance))
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
            if not row["identifiable"]:
                spread = "not determined by the data"
            elif row["stderr"] == 0:
                spread = "fixed"
            else:
                spread = f"± {row['stderr']:.2g}  [{row['lower']:.4g}, {row['upper']:.4g}]"
            lines.append(f"  {name:<{width}}  {row['value']:<10.4g} {spread}  {row['unit']}".rstrip())
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


def fit(
    frequency: Any,
    impedance: Any,
    circuit: str | Circuit,
    *,
    weight: Any = "modulus",
    fixed: Any = None,
    bounds: Any = None,
    initial_guess: Any = None,
    confidence: float = 0.95,
) -> Fit:
    """Fit an equivalent circuit to a spectrum; no initial guess is needed.

    Starts come from the data: time constants over the measured window, resistances by linear least squares. The best is
    followed by Levenberg–Marquardt steps in the logarithms of the parameters. Unless the residuals are white there, all
    parameters determined and no other place for any block promises a better fit, other places and starts are tried.

    Parameters
    ----------
    frequency : array_like, shape (F,)
        Hz, in any order.
    impedance : array_like of complex, shape (F,)
        Ω, capacitive Z'' < 0.
    circuit : str or sicell.circuit.Circuit
        In impedance.py's language, for example ``"R0-p(R1,CPE1)-Wo1"``.
    weight : "modulus", "unit" or array_like, optional
        Weight of the residuals: ``1/|Z|`` (relative errors), 1, or one positive number a point (1/σ).
    fixed : mapping, optional
        Parameters that are not fitted, by name.
    bounds : mapping, optional
        ``{name: (lower, upper)}``, both in the parameter's unit.
    initial_guess : mapping or sequence, optional
        One more start, by name (some suffice) or in impedance.py's order. It is tried beside the starts from the data.
    confidence : float, optional
        Level of the intervals.

    Returns
    -------
    Fit
        Parameters with intervals, residuals, figures. Interchangeable blocks, such as the arcs of
        ``R0-p(R1,CPE1)-p(R2,CPE2)``, stand in order of rising time constant unless `fixed` or `bounds` tell them
        apart.

    Raises
    ------
    sicell.circuit.CircuitError
        If the circuit string cannot be read.
    ValueError
        If the spectrum is not usable (see `check_spectrum`), there are fewer points than free parameters, or an
        argument names a parameter that the circuit does not have.

    Examples
    --------
    >>> import numpy as np
    >>> from sicell.circuit import parse
    >>> frequency = np.geomspace(1e5, 0.1, 50)
    >>> truth = {"R0": 10, "R1": 40, "CPE1_0": 1e-4, "CPE1_1": 0.8}
    >>> spectrum = parse("R0-p(R1,CPE1)").impedance(frequency, truth)
    >>> fit(frequency, spectrum, "R0-p(R1,CPE1)").parameters["value"].round(6).to_dict()
    {'R0': 10.0, 'R1': 40.0, 'CPE1_0': 0.0001, 'CPE1_1': 0.8}

    References
    ----------
    J. R. Macdonald, J. Schoonman and A. P. Lehnen, J. Electroanal. Chem. 131 (1982) 77 (weighting).
    D. M. Bates and D. G. Watts, Nonlinear Regression Analysis and Its Applications, Wiley, 1988 (intervals).
    """
    _check.between("confidence", confidence, 0.5, 0.9999)
    spectrum = check_spectrum(frequency, impedance)
    model = Model.of(circuit, spectrum.frequency, fixed, bounds, initial_guess)
    enough(model)
    data = spectrum.impedance[None]
    weight = weights(weight, frequency, data, spectrum.frequency)
    found, inference = solve(model, data, weight, confidence)
    values = model.values(found.coordinates[0])
    difference = data - model.circuit.impedance(spectrum.frequency, values)
    rms = float(np.sqrt(np.mean(np.abs(difference / data) ** 2)))
    correlation = float(autocorrelation(difference * weight)[0])
    free = int(np.count_nonzero(model.problem.free))
    return Fit(
        circuit=model.circuit,
        frequency=spectrum.frequency,
        impedance=spectrum.impedance,
        weight=weight[0],
        values=values,
        chi_square=float(inference.cost[0]),
        degrees_of_freedom=2 * spectrum.frequency.size - free,
        relative_rms=rms,
        residual_correlation=correlation,
        confidence=confidence,
        converged=bool(found.converged[0]),
        starts=int(found.starts[0]),
        notes=spectrum.notes + _remarks(model, inference, rms, correlation),
        _model=model,
        _inference=inference,
    )


def _remarks(model: Model, inference: Inference, rms: float, correlation: float) -> tuple[str, ...]:
    names = [
        name for name, known in zip(model.circuit.parameter_names, inference.identifiable[0], strict=True) if not known
    ]
    remarks: tuple[str, ...] = ()
    if names:
        remarks += (f"the data do not determine {', '.join(names)}",)
    if correlation > WHITE and rms > ROUNDING:
        remarks += (
            f"residuals are patterned (correlation {correlation:.2f}): the circuit does not describe the spectrum down "
            "to its noise, and the intervals do not include that",
        )
    return remarks


def enough(model: Model) -> None:
    """Raise ValueError if there are fewer points than parameters to fit."""
    free, points = np.count_nonzero(model.problem.free), model.frequency.size
    if points < free:
        raise ValueError(f"too few points: {model.circuit} has {free} free parameters, the spectrum {points} points")


def weights(weight: Any, frequency: Any, data: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """Return weights (B, F) for impedances (B, F) that stand in the order of the frequencies `ordered`."""
    if isinstance(weight, str):
        _check.choice("weight", weight, ("modulus", "unit"))
        return 1 / np.abs(data) if weight == "modulus" else np.ones(data.shape)
    weight = np.asarray(_check.positive("weight", weight), dtype=float)
    frequency = np.asarray(frequency, dtype=float)
    if weight.shape != frequency.shape:
        raise ValueError(f"weight must have one value a point, shape {frequency.shape}, got {weight.shape}")
    rows = np.argsort(-frequency, kind="stable")
    rows = rows[np.flatnonzero(np.diff(frequency[rows], prepend=np.inf))]
    return np.tile(weight[rows][: ordered.size], (len(data), 1))


def solve(model: Model, data: np.ndarray, weight: np.ndarray, level: float) -> tuple[Found, Inference]:
    """Return best fits of spectra (B, F), interchangeable blocks in order, with what they say on the parameters."""
    guess = None
    if model.guess:
        start = model.table().rank(data, weight, 1)[:, 0]
        for name, value in model.guess.items():
            start[:, model.circuit.parameter_names.index(name)] = value
        guess = model.problem.coordinates(start)
    task = Task(model.problem, model.table, lambda precise: model.bounds(data, precise), data, weight, guess)
    found = search(task)
    ordered = model.arranged(found.coordinates)
    bounds = found.lower, found.upper
    return replace(found, coordinates=ordered), infer(model, ordered, data, weight, bounds, level, found.seen)
