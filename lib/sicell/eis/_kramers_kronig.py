"""Linear Kramers–Kronig test of whether a spectrum belongs to a linear, causal and stationary system."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import chdtrc, fdtrc, ndtr

from sicell import _check
from sicell.eis import _plots
from sicell.eis._measurement import measurement_model, stacked
from sicell.eis._spectrum import Spectrum, check_spectrum

PER_DECADE, MARGIN_DECADES = 7.0, 1.5
# What the measurement model itself may be wrong by, relative: with as many components as wanted, and with only three a
# decade, since there cannot be more of them than points; a power of ten less for each more.
FLOOR, COARSE_FLOOR, COARSE = 1e-6, 6e-4, 3.0
# Processes slower than the window are allowed for if they improve the fit by this many standard errors.
TAIL = 1.0
# Components of the measurement model are needed if three together stand out of the noise by this factor in their
# squares (in one spectrum of a hundred by chance); this many more are kept.
NEEDED, SPARE = 20.0, 4
# Without a point at an end of the window fewer are needed, but the fit goes on to it less well: so many more, at most
# all that are kept with it.
EXTRA = 8
# Choosing the components by the data makes p-values a little too small; measured on valid spectra.
SELECTION = 2.0


@dataclass(frozen=True)
class KramersKronig:
    """Result of `kramers_kronig`.

    Attributes
    ----------
    valid, p_value : bool, float
        Whether the test found no contradiction at the significance level, and the probability that a valid spectrum
        looks at least as bad (corrected for the number of tests).
    p_values : dict
        The same for each test: ``"points"``, ``"drift"``, ``"pattern"``, and ``"size"`` if the noise is given.
    noise, order : float, int
        Relative noise of Z' and Z'', estimated from the residuals of all points but outliers, and the number of
        components of the measurement model that the data needed.
    outliers : numpy.ndarray
        Frequencies in Hz of single points that contradict all others, at the significance level for all points
        together.
    frequency, impedance, reconstructed : numpy.ndarray, shape (F,)
        The spectrum, from high to low frequency, and the Kramers–Kronig consistent impedance closest to it.
    notes : tuple of str
        What is worth knowing about the spectrum, outliers among it.
    """

    valid: bool
    p_value: float
    p_values: dict[str, float]
    noise: float
    order: int
    outliers: np.ndarray
    frequency: np.ndarray = field(repr=False)
    impedance: np.ndarray = field(repr=False)
    reconstructed: np.ndarray = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def residuals(self) -> np.ndarray:
        """Measured minus reconstructed impedance relative to ``|Z|``, complex, shape (F,)."""
        return (self.impedance - self.reconstructed) / np.abs(self.impedance)

    def plot(self) -> Any:
        """Return a matplotlib figure: Nyquist plot and residuals."""
        return _plots.validation_figure(self)


def kramers_kronig(
    frequency: Any, impedance: Any, noise: float | None = None, *, significance: float = 0.05
) -> KramersKronig:
    """Test a spectrum (Hz; complex Ω, capacitive Z'' < 0; (F,)) for consistency with the Kramers–Kronig relations.

    `significance` is the share of valid spectra that may be rejected. If `noise`, the standard deviation of Z' and of
    Z'' relative to ``|Z|``, is known, the size of the residuals counts, not only their pattern. Raises ValueError as
    `check_spectrum`.

    A measurement model that obeys the relations by construction (resistor, inductor and RC elements of either sign,
    seven a decade) is fitted by weighted linear least squares; of its smooth components those are kept that the data
    need. What is slower than the window takes part only if a capacitor improves the fit: else it could only pass for a
    drift. White noise, the same share of ``|Z|`` everywhere, leaves residuals of known statistics. Several tests share
    the significance level: *points*, an F test (χ² if the noise is known) of each point against a fit to all others, by
    Bonferroni's bound, after which the farthest leaves and the next is looked for (one of 71 points is named in 95 % of
    cases from a distance of 6.6 standard deviations of either part; 5.4 would be the limit if noise and curve were
    known); *drift*, the same for the pattern of a part that grows during a sweep from high to low frequency whose
    points take a time ∝ 1/f; *pattern*, the correlation of neighbouring residuals; *size*, only if the noise is given,
    the χ² of all. Residuals below 10⁻⁶ (more with few points a decade) may be the model's own and are not tested.

    Examples
    --------
    >>> import numpy as np
    >>> from sicell.circuit import parse
    >>> frequency = np.geomspace(1e5, 0.1, 61)
    >>> spectrum = parse("R0-p(R1,CPE1)").impedance(frequency, [10, 50, 1e-4, 0.8])
    >>> noise = np.random.default_rng(1).normal(scale=1e-3, size=(2, 61))
    >>> kramers_kronig(frequency, spectrum * (1 + noise[0] + 1j * noise[1])).valid
    True

    References
    ----------
    B. A. Boukamp, J. Electrochem. Soc. 142 (1995) 1885, doi:10.1149/1.2044210.
    M. Schönleber, D. Klotz and E. Ivers-Tiffée, Electrochim. Acta 131 (2014) 20, doi:10.1016/j.electacta.2014.01.034.
    J. Durbin and G. S. Watson, Biometrika 37 (1950) 409 (moments of the correlation of residuals).
    """
    _check.between("significance", significance, 1e-6, 0.5)
    spectrum = check_spectrum(frequency, impedance, minimum=10)
    if noise is not None:
        _check.positive("noise", noise)
    fitted = _Fitted.of(spectrum, noise, np.ones(spectrum.frequency.size, dtype=bool))
    first = fitted
    outliers: list[int] = []
    # One point far off spoils the estimate of the noise: points leave one by one until no other stands out.
    points = fitted.p_values_of_points()
    p_values = {"points": min(1.0, float(points.min()) * points.size)}
    while points.min() * points.size < significance and len(outliers) < spectrum.frequency.size // 8:
        outliers.append(int(np.argmin(points)))
        fitted = fitted.without(outliers)
        points = fitted.p_values_of_points()
    p_values |= (first if len(outliers) == spectrum.frequency.size // 8 else fitted).p_values()
    p_value = min(1.0, SELECTION * len(p_values) * min(p_values.values()))
    outliers.sort()
    notes = spectrum.notes
    if outliers:
        notes += (f"points off the Kramers-Kronig consistent spectrum: {_named(spectrum.frequency, outliers)}",)
    if fitted.exact:
        notes += (
            f"residuals of {fitted.noise:.0e} are those of the measurement model itself: a finer test needs more",
        )
    return KramersKronig(
        valid=p_value >= significance,
        p_value=p_value,
        p_values=p_values,
        noise=fitted.noise,
        order=fitted.basis.shape[1],
        outliers=spectrum.frequency[outliers],
        frequency=spectrum.frequency,
        impedance=spectrum.impedance,
        reconstructed=fitted.reconstructed(),
        notes=notes,
    )


def _named(frequency: np.ndarray, points: list[int]) -> str:
    return ", ".join(f"{frequency[i]:.4g} Hz" for i in points)


@dataclass(frozen=True)
class _Fitted:
    """The measurement model fitted to those points of a spectrum that are kept (2K of 2F real numbers)."""

    spectrum: Spectrum
    given_noise: float | None
    kept: np.ndarray
    columns: np.ndarray
    components: np.ndarray
    basis: np.ndarray
    target: np.ndarray
    residuals: np.ndarray
    simple: int
    floor: float

    @classmethod
    def of(cls, spectrum: Spectrum, noise: float | None, kept: np.ndarray) -> _Fitted:
        """Return the fit; what is slower than the window takes part only if it improves it."""
        omega, modulus = 2 * np.pi * spectrum.frequency, np.abs(spectrum.impedance)
        target = stacked((spectrum.impedance / modulus)[kept])
        for beyond in (False, True):
            columns = measurement_model(omega, PER_DECADE, MARGIN_DECADES, beyond)
            components = _components((columns / modulus)[:, kept])
            coefficients = components.T @ target
            left = np.linalg.norm(target - components @ coefficients)
            spread = noise or left / np.sqrt(target.size - components.shape[1])
            basis = components[:, : int(_needed(coefficients**2, spread))]
            if beyond or _tail(omega[kept], modulus[kept], basis, target, noise) <= TAIL:
                break
        residuals = target - basis @ (basis.T @ target)
        decades = np.log10(omega.max() / omega.min()) + 2 * MARGIN_DECADES
        floor = max(FLOOR, COARSE_FLOOR * 10 ** (COARSE - np.count_nonzero(kept) / decades))
        return cls(spectrum, noise, kept, columns, components, basis, target, residuals, 2 + beyond, floor)

    def without(self, points: list[int]) -> _Fitted:
        """Return the fit to all points but some."""
        kept = np.ones(self.kept.size, dtype=bool)
        kept[points] = False
        return _Fitted.of(self.spectrum, self.given_noise, kept)

    @property
    def freedom(self) -> int:
        return self.target.size - self.basis.shape[1]

    @property
    def noise(self) -> float:
        """Relative noise, from the residuals."""
        return float(np.linalg.norm(self.residuals) / np.sqrt(self.freedom))

    @property
    def exact(self) -> bool:
        """Whether the residuals are no larger than the measurement model's own error may be."""
        return self.noise < self.floor

    def reconstructed(self) -> np.ndarray:
        """Return the consistent impedance at all points (F)."""
        modulus = np.abs(self.spectrum.impedance)
        result = np.empty(self.kept.size, dtype=complex)
        fitted = (self.target - self.residuals) if self.kept.any() else self.target
        half = fitted.size // 2
        result[self.kept] = (fitted[:half] + 1j * fitted[half:]) * modulus[self.kept]
        if not self.kept.all():
            # The components as combinations of the model's elements, where they were not fitted.
            design = stacked((self.columns / modulus)[:, self.kept]).T
            weights = np.linalg.lstsq(design, fitted, rcond=1e-10)[0]
            result[~self.kept] = (weights @ self.columns)[~self.kept]
        return result

    def p_values_of_points(self) -> np.ndarray:
        """Return how likely noise puts each point (F) at least so far from the others; 1 where there is none.

        An F test of both parts of a point against all other points. The point is left out of the fit, and of the
        choice of components too: one far off would have many more of them kept, which then follow it.
        """
        result = np.ones(self.kept.size)
        if self.exact:
            return result
        points, number = self.target.size // 2, self.components.shape[1]
        rows = self.components.reshape(2, points, number).transpose(1, 0, 2)
        coefficients = self.components.T @ self.target
        rest = self.target - self.components @ coefficients
        # Residuals with 0, 1, 2 ... components, and how much of a shift of the point would be left in them.
        later = (rows * coefficients)[:, :, ::-1].cumsum(axis=2)[:, :, ::-1]
        later = np.concatenate([later, np.zeros((points, 2, 1))], axis=2)
        own = rest.reshape(2, points).T[:, :, None] + later
        shares = np.stack([rows[:, 0] ** 2, rows[:, 1] ** 2, rows[:, 0] * rows[:, 1]])
        shares = np.concatenate([np.zeros((3, points, 1)), shares.cumsum(axis=2)], axis=2)
        first, second, both = 1 - shares[0] + 1e-9, 1 - shares[1] + 1e-9, -shares[2]
        size = second * own[:, 0] ** 2 - 2 * both * own[:, 0] * own[:, 1] + first * own[:, 1] ** 2
        size /= first * second - both**2
        total = rest @ rest + np.append((coefficients**2)[::-1].cumsum()[::-1], 0.0)
        others = np.maximum(total - size, 1e-12 * total)
        spread = self.given_noise or np.sqrt(others[:, -1] / (2 * points - 2 - number))[:, None]
        order = _needed(others[:, :-1] - others[:, 1:], spread)
        order = np.maximum(order, np.minimum(order + EXTRA, self.basis.shape[1]))
        size, others = (np.take_along_axis(array, order[:, None], axis=1)[:, 0] for array in (size, others))
        if self.given_noise is not None:
            result[self.kept] = chdtrc(2, size / self.given_noise**2)
        else:
            freedom = 2 * points - 2 - order
            result[self.kept] = fdtrc(2, freedom, size / 2 / (others / freedom))
        return result

    def p_values(self) -> dict[str, float]:
        """Return the p-values of the tests of all points together."""
        names = ("pattern", "drift", *(("size",) if self.given_noise is not None else ()))
        if self.exact:
            return dict.fromkeys(names, 1.0)
        size = float(self.residuals @ self.residuals)
        drifting = float(self._drift_pattern() @ self.residuals) ** 2
        values = [_pattern(self.residuals, self.basis, self.freedom)]
        if self.given_noise is None:
            rest = max((size - drifting) / (self.freedom - 1), 1e-300)
            values.append(float(fdtrc(1, self.freedom - 1, drifting / rest)))
        else:
            variance = self.given_noise**2
            values += [float(chdtrc(1, drifting / variance)), float(chdtrc(self.freedom, size / variance))]
        return dict(zip(names, values, strict=True))

    def _drift_pattern(self) -> np.ndarray:
        """Return the residuals (2K, norm one) of parts that grow in proportion to the time passed in the sweep."""
        omega = 2 * np.pi * self.spectrum.frequency
        elapsed = np.cumsum(1 / omega)
        elapsed /= elapsed[-1]
        # Whichever part grows, what remains of it after the measurement model looks much the same: their first
        # component.
        relaxing = np.stack([np.ones_like(omega), *(self.columns[self.simple :])])
        changed = stacked((relaxing * elapsed / np.abs(self.spectrum.impedance))[:, self.kept]).T
        changed -= self.basis @ (self.basis.T @ changed)
        return np.linalg.svd(changed, full_matrices=False)[0][:, 0]


def _components(weighted: np.ndarray) -> np.ndarray:
    """Return orthonormal components (2K, n) of a measurement model divided by ``|Z|`` (n, K), the smoothest first."""
    design = stacked(weighted)
    design /= np.linalg.norm(design, axis=1, keepdims=True)
    basis, singular, _ = np.linalg.svd(design.T, full_matrices=False)
    # Half of the data at most goes into the model.
    return basis[:, singular > 1e-12 * singular[0]][:, : design.shape[1] // 2]


def _needed(gains: np.ndarray, spread: np.ndarray | float) -> np.ndarray:
    """Return how many components (...) are kept, told what each gains in squares (..., n): some beyond the needed."""
    # Three together: one alone stands out by chance, or because of a single point.
    three = gains.copy()
    for shift in (1, 2):
        three[..., :-shift] += gains[..., shift:]
    standing_out = three > NEEDED * spread**2
    number = gains.shape[-1]
    last = np.where(standing_out.any(axis=-1), number - np.argmax(standing_out[..., ::-1], axis=-1), 0)
    return np.minimum(last + SPARE, number)


def _tail(omega: np.ndarray, modulus: np.ndarray, basis: np.ndarray, target: np.ndarray, noise: float | None) -> float:
    """Return by how many standard errors a capacitor in series, which stands for all that is slow, improves the fit."""
    column = stacked(omega.min() / (1j * omega) / modulus)
    column -= basis @ (basis.T @ column)
    residuals = target - basis @ (basis.T @ target)
    spread = noise or np.linalg.norm(residuals) / np.sqrt(target.size - basis.shape[1])
    return float(column @ residuals / max(np.linalg.norm(column) * spread, 1e-300))


def _pattern(residuals: np.ndarray, basis: np.ndarray, freedom: int) -> float:
    """Return the p-value of the correlation of neighbouring residuals, from its exact mean and variance."""
    half = residuals.size // 2
    shift = np.zeros((residuals.size, residuals.size))
    for start in (0, half):
        rows = np.arange(start, start + half - 1)
        shift[rows, rows + 1] = shift[rows + 1, rows] = 0.5
    statistic = residuals @ shift @ residuals / (residuals @ residuals)
    # Traces of Q S and (Q S)² with Q = 1 - U Uᵀ.
    product = shift @ basis
    inner = basis.T @ product
    first = -np.trace(inner)
    second = np.sum(shift * shift) - 2 * np.sum(product * product) + np.sum(inner * inner)
    mean = first / freedom
    variance = 2 * (freedom * second - first**2) / (freedom**2 * (freedom + 2))
    return float(ndtr(-(statistic - mean) / np.sqrt(variance)))
