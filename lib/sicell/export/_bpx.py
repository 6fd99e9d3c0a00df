"""A balanced cell in the Battery Parameter eXchange format (BPX), and as parameters for PyBaMM."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from typing import Any

from sicell import _check
from sicell.export._build import Builder, assumptions
from sicell.export._cell import BRANCHES, window
from sicell.export._document import BpxDocument

__all__ = ["to_bpx", "to_pybamm"]


def to_bpx(
    first_cycle: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    branch: str = "discharge",
    assumed: Mapping[str, float] | None = None,
    tolerance: float = 1e-4,
) -> BpxDocument:
    """Export a balanced cell, as it is after its first charge, in the Battery Parameter eXchange format.

    The model gives the open-circuit potentials, capacities, the window of stoichiometries, loadings and thicknesses.
    Transport, kinetics, area and separator are assumptions (:func:`default_assumptions`), marked as such.

    Raises TypeError if `first_cycle` is not the result of a first cycle. Raises ValueError if it has more than one
    cell, no areal capacity, an anode of constant potential, plated lithium, or an electrode outside stoichiometries 0
    to 1; if an assumption has no such name or is out of its range.

    Parameters
    ----------
    first_cycle : sicell.balancing.FirstCycle
        Of one cell with an areal capacity (``FullCell(..., anode_areal_capacity=...)`` or ``FullCell.from_masses``).
    path : str or path-like, optional
        JSON file to write, see :meth:`BpxDocument.write`.
    branch : {"discharge", "charge"}, optional
        Half-cycle for which ``OCP [V]`` and the window hold, since both electrodes may have hysteresis. "discharge":
        the first discharge, which starts after the loss of the first charge, at a state of charge of 1. "charge": the
        second charge, from where the first discharge ended, at a state of charge of 0. The branches of lithiation and
        delithiation are both in the document, for models with hysteresis.
    assumed : mapping of str to float, optional
        Values in place of the defaults, by the names in :func:`default_assumptions`.
    tolerance : float, optional
        Largest error of the tabulated potentials, in V (:func:`ocp_table`).

    Returns
    -------
    BpxDocument

    Notes
    -----
    Stoichiometry is the lithiation of :mod:`sicell.electrodes`: 0 at the upper and 1 at the lower limit of an
    electrode's potential. What the first cycle lost is taken off the anode's capacity.

    The user-defined open-circuit voltages at 0 and 100 % state of charge are those of the chosen branch. Under
    hysteresis they differ from the cut-offs, and PyBaMM, which finds the window again from them, would otherwise find
    another one. Within 0.001 of stoichiometries 0 and 1 PyBaMM adds a barrier of its own to every potential; an anode
    that starts there, as on "charge", starts off ours by about 1e-4.

    The electrolyte is taken as a single-ion conductor: a transference number of 1 keeps its concentration constant, so
    the electrolyte's diffusivity and initial concentration have no effect. The curves are of one temperature, so the
    document is for isothermal models. Silicon's change of volume has no field.

    References
    ----------
    The format: https://bpxstandard.com. The model: M. Doyle, T. F. Fuller, J. Newman, J. Electrochem. Soc. 140 (1993)
    1526.

    Examples
    --------
    >>> from sicell import electrodes
    >>> from sicell.balancing import FullCell, Loss
    >>> cell = FullCell(electrodes.ncm90(), electrodes.si_c(), 1.3, anode_areal_capacity=7.4)
    >>> first = cell.first_cycle(4.25, 1.5, loss=Loss.fixed(0.15))
    >>> document = to_bpx(first, assumed={"Separator: Thickness [m]": 5e-4})
    >>> document
    BpxDocument(NCM90 | Si–C, n/p 1.30, discharge; 26 derived, 28 assumed)
    >>> document.content["Parameterisation"]["Separator"]["Thickness [m]"]
    0.0005
    >>> document.to_frame("derived").loc["Negative electrode: Maximum stoichiometry", "value"]
    '0.86354'
    """
    state = window(first_cycle, _check.choice("branch", branch, BRANCHES))
    builder = Builder(state, assumptions(assumed), tolerance)
    document = BpxDocument(builder.content(), builder.table())
    if path is not None:
        document.write(path)
    return document


def to_pybamm(
    first_cycle: Any,
    *,
    branch: str = "discharge",
    assumed: Mapping[str, float] | None = None,
    tolerance: float = 1e-4,
) -> Any:
    """Export a balanced cell as parameter values for PyBaMM.

    The packages ``pybamm`` and ``bpx`` are needed; nothing else of this library needs them.

    Raises ImportError if one of the packages is not installed. Raises TypeError, ValueError: As :func:`to_bpx`.

    Parameters
    ----------
    first_cycle, branch, assumed, tolerance
        As for :func:`to_bpx`.

    Returns
    -------
    pybamm.ParameterValues
        For the isothermal lithium-ion models of PyBaMM; the initial state is the start of `branch`.

    References
    ----------
    V. Sulzer, S. G. Marquis, R. Timms, M. Robinson, S. J. Chapman, J. Open Res. Softw. 9 (2021) 14,
    doi:10.5334/jors.309.

    Examples
    --------
    With ``parameters = to_pybamm(first)`` a simulation is ``pybamm.Simulation(pybamm.lithium_ion.DFN(),
    parameter_values=parameters, C_rate=0.1).solve([0, 36000])``. What the function needs to know is checked first:

    >>> to_pybamm("my cell")
    Traceback (most recent call last):
    ...
    TypeError: first_cycle must be the result of FullCell.first_cycle, got 'my cell'
    """
    document = to_bpx(first_cycle, branch=branch, assumed=assumed, tolerance=tolerance)
    try:
        import bpx  # noqa: F401
        import pybamm
    except ImportError as error:
        raise ImportError(
            f"to_pybamm needs the packages pybamm and bpx, and {error.name} is not installed: pip install pybamm bpx"
        ) from error
    return pybamm.ParameterValues.create_from_bpx_obj(copy.deepcopy(document.content))
