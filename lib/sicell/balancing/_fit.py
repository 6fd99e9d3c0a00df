"""Degradation-mode analysis: both electrodes' capacities and windows from a slow curve of the full cell."""

from typing import Any

import numpy as np

from sicell import _check
from sicell.balancing._blend_curve import BlendCurve, negative_curve
from sicell.balancing._curve import curve
from sicell.balancing._fit_result import FullCellFit
from sicell.balancing._half_cells import HalfCellCurve, half_cell
from sicell.balancing._problem import CellProblem
from sicell.balancing._solution import Settings, solve

# How far, in V, a cell may be from what its half-cells reach before they cannot be its half-cells.
_FAR = 0.5
# Misfit, in V, that weighs what is known about the reference electrode until the residuals tell.
_USUAL = 0.002


def fit(
    cell_capacity: Any,
    cell_voltage: Any,
    positive: Any,
    negative: Any,
    *,
    anode_potential: Any = None,
    cathode_potential: Any = None,
    half_cycle: str | None = None,
    polarization: float | None = 0.0,
    **settings: float,
) -> FullCellFit:
    """Find capacities and stoichiometry windows of both electrodes from a slow charge or discharge of a full cell.

    The cell voltage is the difference of two half-cell potentials, each stretched and shifted along the capacity::

        V(q) = U_positive(y_0 - q / Q_positive) - U_negative(x_0 + q / Q_negative)

    with q the charge from the discharged end of the curve. Voltage and dV/dQ (a difference over 2 % of the window)
    are fitted together, without a first guess: the best pairs of windows on a coarse grid are followed.

    Raises TypeError if a half-cell is nothing of the kind, or a setting is unknown. Raises ValueError if the arrays
    differ in length, hold NaN, have fewer than 20 different capacities or turn back, the voltage does not rise with
    charge or is not in V, a half-cell curve is unusable, or the half-cells never give a voltage like the cell's.

    Parameters
    ----------
    cell_capacity : array_like, shape (points,)
        Charge passed in one charge or discharge, in any unit, which the results have too; up or down from any zero.
    cell_voltage : array_like, shape (points,)
        In V.
    positive, negative : Electrode, Part, Msmr, MsmrFit, callable, or pair of array_like
        Half-cell curves. A callable takes stoichiometries (0 to 1) and returns potentials; a pair is (potential in V,
        capacity) and spans stoichiometries 0 to 1. The negative electrode may be a blend, ``{"Si": silicon(), "C":
        graphite()}``: both share one potential, and the first one's share of the capacity is fitted.
    anode_potential, cathode_potential : array_like, shape (points,), optional
        Measured against a reference electrode in V vs Li/Li+: either or both.
    half_cycle : {"charge", "discharge"}, optional
        Selects an electrode's branches and the sign of the polarization; by the order of the points if not given.
    polarization : float or None, optional
        Distance of the cell from equilibrium in V: raises the voltage on charge, lowers it on discharge. None fits it.
    **settings
        See below.

    Other Parameters
    ----------------
    derivative_weight : float, optional
        Weight of a dV/dQ against a voltage where residuals are correlated; it shrinks with the share of white noise.
    tolerance : float, optional
        Largest standard error of what counts as identifiable: relative for capacities, else absolute.
    half_cell_misfit : float, optional
        What the half-cell curves may be wrong by, in V rms: windows whose misfit is larger by no more than this (in
        quadrature) explain the curve as well. Half-cells of other cells leave 1 to 1.3 mV on good data.
    inhomogeneity : float or None, optional
        Spread of the lithiation over the parts of the negative electrode, which blurs its steps and so dV/dQ: standard
        deviation at half lithiation, at most 0.08. None fits it; its interval begins at 0 where the curve shows none.
    reference_offset : float, optional
        Standard deviation, in V, of what is known beforehand about the offset of the reference electrode (what the
        potentials are too high by), which is then fitted; 0 takes it as zero.

    Warns
    -----
    SicellWarning
        If a window ends where the half-cell curve ends, other windows explain the curve as well, a misfit of more than
        8 mV rms remains that is not white, or the reference electrode's offset is ignored or larger than expected.

    Notes
    -----
    The noise is estimated from the residuals as a white part and one that is correlated along the capacity
    (exponentially, by restricted maximum likelihood), and propagated: what looks like slowly varying misfit widens the
    errors. The intervals are Student's, with the degrees of freedom under such a correlation. They do not hold what is
    wrong in the half-cell curves beyond what the residuals show.

    Voltage and potentials are weighed by the covariance of their noise; both electrodes share the polarization alike.
    The stoichiometries of a blend and its parts run from 0 at the highest potential of either to 1 at the lowest that
    both have. Of a charge that is counted in steps both ends are known to a step only, which the intervals hold. An
    inhomogeneity is a normal distribution, with no width where the electrode is empty or full.

    Every minimum counts as an explanation unless noise makes its misfit unlikely (deviance beyond 95 % of chi-square
    with 4 degrees of freedom) and the misfit adds more than `half_cell_misfit`. What differs between explanations by
    more than the tolerance is not identifiable, and its interval spans them all.

    References
    ----------
    I. Bloom et al., J. Power Sources 139 (2005) 295 (dV/dQ of cells from half-cells).
    C. R. Birkl, M. R. Roberts, E. McTurk, P. G. Bruce, D. A. Howey, J. Power Sources 341 (2017) 373.
    Energies 14 (2021) 3276 (review of inhomogeneities in cells).
    H. White, Econometrica 48 (1980) 817 (errors of least squares whose weights are not the noise's).

    Examples
    --------
    >>> import numpy as np, sicell
    >>> charge = np.linspace(0, 40, 500)                                    # mAh
    >>> cathode, anode = sicell.ncm90(), sicell.graphite()
    >>> voltage = (cathode.potential(0.92 - charge / 55, "delithiation")
    ...            - anode.potential(0.02 + charge / 50, "lithiation"))
    >>> voltage = voltage + np.random.default_rng(0).normal(scale=0.002, size=500)
    >>> found = fit(charge, voltage, cathode, anode)
    >>> round(found.capacity_positive), round(found.capacity_negative)
    (55, 50)
    >>> bool(found.identifiable.all())
    True
    """
    chosen = Settings.of(settings)
    measured = curve(cell_capacity, cell_voltage, anode_potential, cathode_potential)
    if half_cycle is None:
        half_cycle = measured.half_cycle
    else:
        _check.choice("half_cycle", half_cycle, ("charge", "discharge"))
    if polarization is not None:
        polarization = float(_check.between("polarization", polarization, -0.5, 0.5, "V"))
    curves = negative_curve(negative, half_cycle), half_cell(positive, "positive", half_cycle)
    _plausible(*curves, float(np.median(measured.values[0])))
    number = len(measured.channels)
    problem = CellProblem(
        *curves,
        measured.place,
        measured.channels,
        measured.values,
        sign=-1.0 if half_cycle == "discharge" else 1.0,
        polarization=polarization,
        weights=np.full(number, float(chosen.derivative_weight)),
        mixing=np.eye(number),
        inhomogeneity=None if chosen.inhomogeneity is None else float(chosen.inhomogeneity),
        reference_offset=float(chosen.reference_offset) if number > 1 else 0.0,
        ridge=(_USUAL / chosen.reference_offset) ** 2 if chosen.reference_offset else 0.0,
    )
    return solve(problem, measured, chosen)


def _plausible(negative: HalfCellCurve | BlendCurve, positive: HalfCellCurve, voltage: float) -> None:
    """Refuse half-cells that cannot give a cell of this voltage, whatever the windows."""
    # The very ends, where potentials run away, are no evidence.
    inner = np.linspace(0.02, 0.98, 200)
    n, p = (c.at(c.lower + (c.upper - c.lower) * inner[None], 0.5)[0] for c in (negative, positive))
    usual = float(np.median(p) - np.median(n))
    if abs(usual - voltage) > abs(-usual - voltage) + _FAR:
        raise ValueError(
            f"positive and negative seem swapped: U_positive - U_negative is {usual:.2f} V at half lithiation, the "
            f"cell's voltage {voltage:.2f} V"
        )
    least, most = float(p.min() - n.max()), float(p.max() - n.min())
    if not least - _FAR <= voltage <= most + _FAR:
        raise ValueError(
            f"positive and negative must be half-cells of this cell: U_positive - U_negative is between {least:.2f} "
            f"and {most:.2f} V, the cell's voltage {voltage:.2f} V"
        )
