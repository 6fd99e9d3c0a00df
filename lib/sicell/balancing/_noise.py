"""What the residuals of a full-cell fit say about its errors: white noise, and misfit that lasts for some capacity."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve_banded, cholesky_banded, solveh_banded
from scipy.optimize import minimize

# A correlation that reaches over more of the window than this cannot be told from a change of the parameters.
LONGEST = 0.3
# Starts of the search: correlation length as a share of the window, and white over correlated variance.
STARTS = ((0.003, 1e-3), (0.03, 1e-3), (0.03, 1.0), (0.1, 30.0))


@dataclass(frozen=True)
class Noise:
    """Covariance of residuals: ``correlated² exp(-|s - s'| / length)`` and, on the diagonal, ``white²``."""

    white: float  #: Standard deviations in V
    correlated: float  #: Standard deviations in V
    length: float  #: Over which the correlation falls to 1/e, as a share of the window

    @property
    def correlated_share(self) -> float:
        """Share of the variance that is correlated."""
        return self.correlated**2 / max(self.white**2 + self.correlated**2, 1e-300)

    def freedom(self, points: int) -> float:
        """Degrees of freedom of a variance of that many evenly spaced points: points, less for correlated ones.

        References
        ----------
        G. V. Bayley, J. M. Hammersley, Suppl. J. R. Stat. Soc. 8 (1946) 184.
        """
        share = self.correlated_share
        half = 0.5 * self.length
        # Mean of the squared correlation over all pairs of places between 0 and 1.
        mean = 2 * half - 2 * half**2 * -np.expm1(-1 / half)
        return 1.0 / (share**2 * max(mean, 1.0 / points) + (1 - share**2) / points)


def _precision(place: np.ndarray, length: float) -> np.ndarray:
    """Inverse covariance of the correlated part (unit variance) as a symmetric band: diagonal, then off-diagonal."""
    decay = np.exp(-np.diff(place) / length)
    rest = -np.expm1(-2 * np.diff(place) / length)
    band = np.zeros((2, place.size))
    band[0] = 1.0
    band[0, :-1] += decay**2 / rest
    band[0, 1:] += decay**2 / rest
    band[1, :-1] = -decay / rest
    return band


def _times(band: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Symmetric band matrix times columns."""
    off = band[1, :-1, None]
    result = band[0][:, None] * columns
    result[:-1] += off * columns[1:]
    result[1:] += off * columns[:-1]
    return result


def weigh(place: np.ndarray, length: float, ratio: float, columns: np.ndarray) -> tuple[np.ndarray, float]:
    """Inverse of (correlated part of unit variance + `ratio` on the diagonal) times columns, and its log determinant.

    The inverse is ``P (1 + ratio P)^-1`` with P the tridiagonal inverse of the correlated part.
    """
    band = _precision(place, length)
    shifted = ratio * band
    shifted[0] += 1.0
    root = cholesky_banded(shifted, lower=True, check_finite=False)
    weighted = _times(band, cho_solve_banded((root, True), columns, check_finite=False))
    # The determinant of the correlated part is the product of what each point does not share with the one before.
    correlated = np.log(-np.expm1(-2 * np.diff(place) / length)).sum()
    return weighted, float(2 * np.log(root[0]).sum() + correlated)


def estimate(place: np.ndarray, residual: np.ndarray, jacobian: np.ndarray) -> Noise:
    """Restricted maximum likelihood of the noise, which allows for what the fitted parameters have taken away.

    References
    ----------
    H. D. Patterson, R. Thompson, Biometrika 58 (1971) 545.
    """
    columns = np.column_stack([residual, jacobian / np.linalg.norm(jacobian, axis=0)])
    spacing = float(np.median(np.diff(place)))
    freedom = residual.size - jacobian.shape[1]

    def profile(point: np.ndarray) -> tuple[float, float]:
        weighted, determinant = weigh(place, np.exp(point[0]), np.exp(point[1]), columns)
        products = columns.T @ weighted
        information = products[1:, 1:]
        taken = products[0, 1:] @ np.linalg.lstsq(information, products[1:, 0], rcond=None)[0]
        variance = max(float(products[0, 0] - taken), 1e-300) / freedom
        gain = np.linalg.slogdet(information)[1]
        return 0.5 * (determinant + gain + freedom * np.log(variance)), variance

    limits = [(np.log(0.2 * spacing), np.log(LONGEST)), (np.log(1e-8), np.log(1e8))]
    starts = np.clip(np.log(STARTS), *np.transpose(limits))
    best = min((profile(start)[0], tuple(start)) for start in starts)[1]
    # To 1 % of both, far better than the data tell.
    options = {"xatol": 1e-2, "fatol": 1e-3}
    found = minimize(lambda point: profile(point)[0], best, method="Nelder-Mead", bounds=limits, options=options)
    # A correlation has to show: two parameters more must raise the likelihood by more than chance does in 95 %.
    white = profile((limits[0][1], limits[1][1]))
    if white[0] - found.fun < 3.0:
        return Noise(float(np.sqrt(white[1] * np.exp(limits[1][1]))), 0.0, 0.5 * LONGEST)
    length, ratio = np.exp(found.x)
    correlated = profile(found.x)[1]
    # Residuals that are smoother than this model of them would come out too small: never less than was seen.
    seen = float(residual @ residual) / freedom
    variance = max(correlated, seen - ratio * correlated)
    return Noise(float(np.sqrt(ratio * correlated)), float(np.sqrt(variance)), float(length))


def correlate(place: np.ndarray, noise: Noise, columns: np.ndarray) -> np.ndarray:
    """Covariance of the residuals times columns."""
    return noise.white**2 * columns + noise.correlated**2 * solveh_banded(
        _precision(place, noise.length), columns, lower=True
    )
