"""The least-squares engine beside SciPy's, on problems that are not the library's own."""

import numpy as np
import numpy.testing as npt
import pytest
from scipy.optimize import least_squares as reference

from sicell._solve._least_squares import NormalEquations, Options, least_squares

TIME = np.linspace(0, 4, 40)
EXACT = Options(iterations=400, tolerance=1e-12)


def decay(x):
    """Two exponentials and a constant: model (n, N) and Jacobian (n, N, 5)."""
    a, b, c, d, e = np.moveaxis(x[:, None], 2, 0)
    fast, slow = np.exp(-b * TIME), np.exp(-d * TIME)
    slopes = [fast, -a * TIME * fast, slow, -c * TIME * slow, np.ones_like(fast)]
    return a * fast + c * slow + e, np.stack(slopes, axis=2)


def equations(residual, jacobian):
    return NormalEquations(
        (residual**2).sum(axis=1),
        np.einsum("bn,bnp->bp", residual, jacobian),
        np.einsum("bnp,bnq->bpq", jacobian, jacobian),
    )


@pytest.fixture(scope="module")
def decays():
    """Return noisy curves, starts and bounds of 60 problems; some optima lie on a bound."""
    rng = np.random.default_rng(3)
    truth = np.column_stack([rng.uniform(low, high, 60) for low, high in ((1, 3), (2, 6), (1, 3), (0.2, 1), (-1, 1))])
    data = decay(truth)[0] + rng.normal(scale=0.01, size=(60, TIME.size))
    start = np.tile([1.0, 3.0, 1.0, 0.5, 0.0], (60, 1))
    low, high = np.tile([0.0, 1.5, 0.0, 0.1, -0.5], (60, 1)), np.tile([5.0, 9.0, 5.0, 1.4, 0.5], (60, 1))
    return data, start, low, high


def solve(data, start, low, high, **options):
    def linearize(rows, x):
        model, jacobian = decay(x)
        return equations(model - data[rows], jacobian)

    return least_squares(linearize, start, low, high, **{"options": EXACT, **options})


def scipy_cost(data, start, low, high):
    result = reference(
        lambda x: decay(x[None])[0][0] - data,
        start,
        lambda x: decay(x[None])[1][0],
        bounds=(low, high),
        xtol=1e-14,
        ftol=1e-14,
        gtol=1e-14,
    )
    return 2 * result.cost


def test_reaches_what_scipy_reaches(decays):
    x, cost, converged = solve(*decays)
    assert converged.all()
    peer = np.array([scipy_cost(*parts) for parts in zip(*decays, strict=True)])
    npt.assert_allclose(cost, peer, rtol=1e-6)
    assert ((x == decays[2]) | (x == decays[3])).any(axis=1).sum() > 10  # bounds that matter


def test_a_problem_does_not_depend_on_its_company(decays):
    alone = np.concatenate([solve(*(part[i : i + 1] for part in decays))[0] for i in range(5)])
    together = solve(*decays, options=Options(iterations=400, tolerance=1e-12, window=16))[0]
    npt.assert_allclose(together[:5], alone, rtol=1e-6, atol=1e-9)


def test_what_is_not_free_stays(decays):
    free = np.array([True, True, True, True, False])
    assert (solve(*decays, free=free)[0][:, -1] == 0).all()


def test_rosenbrock():
    def linearize(_, x):
        residual = np.stack([10 * (x[:, 1] - x[:, 0] ** 2), 1 - x[:, 0]], axis=1)
        jacobian = np.zeros((len(x), 2, 2))
        jacobian[:, 0, 0], jacobian[:, 0, 1], jacobian[:, 1, 0] = -20 * x[:, 0], 10, -1
        return equations(residual, jacobian)

    start = np.array([[-1.2, 1.0], [3.0, -4.0]])
    x, cost, _ = least_squares(linearize, start, start - 100, start + 100, options=EXACT)
    npt.assert_allclose(x, 1, atol=1e-9)
    npt.assert_allclose(cost, 0, atol=1e-18)


def test_a_point_of_infinite_cost_is_never_accepted():
    def linearize(_, x):
        result = equations(x - 3.0, np.ones((len(x), 1, 1)))
        return result._replace(cost=np.where(x[:, 0] > 2, np.inf, result.cost))

    x, cost, _ = least_squares(linearize, np.zeros((1, 1)), np.full((1, 1), -9.0), np.full((1, 1), 9.0))
    assert 1.9 < x[0, 0] <= 2
    assert cost[0] == pytest.approx((x[0, 0] - 3) ** 2)


def test_a_coordinate_without_influence_stays_where_it_is():
    def linearize(_, x):
        return equations(x[:, :1] - 1.0, np.tile([[[1.0, 0.0]]], (len(x), 1, 1)))

    x, _, converged = least_squares(linearize, np.array([[5.0, 7.0]]), np.zeros((1, 2)), np.full((1, 2), 9.0))
    npt.assert_allclose(x, [[1, 7]], atol=1e-6)
    assert converged.all()


def test_too_few_iterations_are_said(decays):
    assert not solve(*decays, options=Options(iterations=2))[2].any()
