"""Fitting an equivalent circuit to one spectrum."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import ndtri

from sicell import _check
from sicell.circuit import Circuit
from sicell.eis._fit_result import Fit
from sicell.eis._inference import Inference, infer
from sicell.eis._model import Model, Scaled
from sicell.eis._search import Found, Task, autocorrelation, resumed, search
from sicell.eis._spectrum import check_spectrum, unmasked

REVISIONS = 3  # rounds in which a rival of the best fit may turn out to be better
OUTLYING = 1e-3  # share of spectra with nothing but noise in which a point is called far from the fit


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
    followed by Levenberg–Marquardt steps in the logarithms of the parameters. Unless only noise is left there and no
    other place for any block promises a better fit, other places and starts are tried.
    Interchangeable blocks, such as the arcs of ``R0-p(R1,CPE1)-p(R2,CPE2)``, stand in order of rising time constant
    unless `fixed` or `bounds` tell them apart.

    Raises sicell.circuit.CircuitError if the circuit string cannot be read. Raises ValueError if the spectrum is not
    usable (see `check_spectrum`), there are fewer points than free parameters, or an argument names a parameter that
    the circuit does not have.

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
    frequency, _, kept, _ = unmasked(frequency, impedance)
    weight = weights(weight if isinstance(weight, str) else np.asarray(weight)[kept], frequency, data, model.frequency)
    found, inference = solve(model, data, weight, confidence)
    values = model.values(found.coordinates[0])
    difference = data - model.circuit.impedance(spectrum.frequency, values)
    rms = float(np.sqrt(np.mean(np.abs(difference / data) ** 2)))
    correlation = float(autocorrelation(difference * weight)[0])
    free = int(np.count_nonzero(model.problem.free))
    remarks = _remarks(model, inference, bool(found.patterned[0]), correlation)
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
        notes=spectrum.notes + remarks + _outlying(spectrum.frequency, (difference * weight)[0]),
        _model=model,
        _inference=inference,
    )


def _remarks(model: Model, inference: Inference, patterned: bool, correlation: float) -> tuple[str, ...]:
    names, bounded = model.circuit.parameter_names, ~np.isnan(np.diagonal(inference.covariance[0]))
    unknown = ", ".join(name for name, known in zip(names, bounded, strict=True) if not known)
    rough = bounded & ~inference.identifiable[0]
    roughly = ", ".join(name for name, is_rough in zip(names, rough, strict=True) if is_rough)
    if patterned:
        return (
            f"residuals are patterned (correlation {correlation:.2f}): the circuit does not describe the spectrum down "
            "to its noise; the intervals do not include that, so no parameter counts as identifiable",
        )
    remarks = (f"the data do not determine {unknown}",) if unknown else ()
    if roughly:
        remarks += (f"the data determine only roughly {roughly}",)
    if inference.rivals[0]:
        remarks += (
            f"{inference.rivals[0]} other sets of parameters describe the spectrum as well: its features can be given "
            "to the elements in several ways",
        )
    return remarks


def _outlying(frequency: np.ndarray, residuals: np.ndarray) -> tuple[str, ...]:
    """Return a note that names points which lie farther from the fit than noise does, judged by the median.

    Noise may be common to both parts of the impedance, so distances are taken for those of one normal number: noise
    that is independent in both parts stays even nearer.
    """
    size = np.abs(residuals) / (np.median(np.abs(residuals)) / -ndtri(0.25) + 1e-300)
    far = np.flatnonzero(size > -ndtri(OUTLYING / 2 / frequency.size))
    if not 0 < far.size <= frequency.size // 8:
        return ()
    places = ", ".join(f"{frequency[i]:.4g} Hz ({size[i]:.0f} standard deviations)" for i in far)
    return (f"far from the fit: {places}",)


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
    scaled = Scaled.of(model, data, weight)
    model, data, weight = scaled.model, scaled.data, scaled.weight
    guess = None
    if model.guess:
        start = model.table().rank(data, weight, 1)[:, 0]
        for name, value in model.guess.items():
            start[:, model.circuit.parameter_names.index(name)] = value
        guess = model.problem.coordinates(start)
    task = Task(model.problem, model.table, lambda precise: model.bounds(data, precise), data, weight, guess)
    found = search(task)
    ordered = model.arranged(found.coordinates)
    inference = infer(model, ordered, data, weight, (found.lower, found.upper), level, found.seen)
    for _ in range(REVISIONS):
        rows, starts = inference.better
        if not rows.size:
            break
        found, again = resumed(task, found, rows, starts), np.unique(rows)
        ordered[again] = model.arranged(found.coordinates[again])
        of_these = np.isin(found.seen[0], again)
        seen = np.searchsorted(again, found.seen[0][of_these]), *(part[of_these] for part in found.seen[1:])
        places = (part[again] for part in (ordered, data, weight))
        inference = inference.updated(
            again, infer(model, *places, (found.lower[again], found.upper[again]), level, seen)
        )
    # Patterned residuals are no noise: what is concluded from them as from noise does not hold.
    known = inference.identifiable & (~found.patterned[:, None] | ~model.problem.free)
    with np.errstate(over="ignore"):
        inference = replace(
            inference,
            identifiable=known,
            lower=inference.lower * scaled.factor,
            upper=inference.upper * scaled.factor,
            cost=inference.cost * scaled.cost,
        )
        return replace(found, coordinates=ordered + np.log(scaled.factor), cost=found.cost * scaled.cost), inference
