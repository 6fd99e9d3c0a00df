"""A balanced cell in the Battery Parameter eXchange format (BPX), and as parameters for PyBaMM."""

import copy
import os
from collections.abc import Mapping
from typing import Any

from sicell.export._build import Builder, assumptions
from sicell.export._cell import window
from sicell.export._document import BpxDocument


def to_bpx(
    first_cycle: Any, path: str | os.PathLike[str] | None = None, *, assumed: Mapping[str, float] | None = None
) -> BpxDocument:
    """Export a balanced cell, as it is after its first charge, in the Battery Parameter eXchange format.

    The model gives the open-circuit potentials (as tables within 0.1 mV), capacities, the window of stoichiometries,
    loadings and thicknesses. ``OCP [V]`` and the window are those of the first discharge, which starts after the loss
    of the first charge, at a state of charge of 1; the branches of lithiation and delithiation are both in the
    document, for models with hysteresis. Transport, kinetics, area and separator are assumptions
    marked as such: ``to_frame("assumed")`` lists them.

    Raises TypeError if `first_cycle` is not the result of a first cycle. Raises ValueError if it has more than one
    cell, no areal capacity, an anode of constant potential, plated lithium, or an electrode outside stoichiometries 0
    to 1; if an assumption has no such name or is out of its range.

    The first cycle is of one cell with an areal capacity (``FullCell(..., anode_areal_capacity=...)``), `path` a JSON
    file to write (:meth:`BpxDocument.write`), `assumed` has values in place of the defaults, by the names that
    ``to_frame("assumed")`` lists.

    Notes
    -----
    Stoichiometry is the lithiation of :mod:`sicell.electrodes`: 0 at the upper and 1 at the lower limit of an
    electrode's potential. What the first cycle lost is taken off the anode's capacity.

    The user-defined open-circuit voltages at 0 and 100 % state of charge are those of the discharge. Under
    hysteresis they differ from the cut-offs, and PyBaMM, which finds the window again from them, would otherwise find
    another one.

    The electrolyte is taken as a single-ion conductor: a transference number of 1 keeps its concentration constant, so
    the electrolyte's diffusivity and initial concentration have no effect. The curves are of one temperature, so the
    document is for isothermal models. Silicon's change of volume has no field. The format: https://bpxstandard.com. The
    model: M. Doyle, T. F. Fuller, J. Newman, J. Electrochem. Soc. 140 (1993) 1526.

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
    '0.87327'
    """
    builder = Builder(window(first_cycle), assumptions(assumed))
    document = BpxDocument(builder.content(), builder.table())
    if path is not None:
        document.write(path)
    return document


def to_pybamm(first_cycle: Any, *, assumed: Mapping[str, float] | None = None) -> Any:
    """Export a balanced cell as parameter values for PyBaMM.

    The packages ``pybamm`` and ``bpx`` are needed; nothing else of this library needs them.

    Arguments and errors are those of :func:`to_bpx`; ImportError if one of the packages is not installed. The
    ``pybamm.ParameterValues`` are for the isothermal lithium-ion models of PyBaMM (V. Sulzer et al., J. Open Res.
    Softw. 9 (2021) 14, doi:10.5334/jors.309); the initial state is the start of the discharge.

    With ``parameters = to_pybamm(first)`` a simulation is ``pybamm.Simulation(pybamm.lithium_ion.DFN(),
    parameter_values=parameters, C_rate=0.1).solve([0, 36000])``. What the function needs to know is checked first:

    >>> to_pybamm("my cell")
    Traceback (most recent call last):
    ...
    TypeError: first_cycle must be the result of FullCell.first_cycle, got 'my cell'
    """
    document = to_bpx(first_cycle, assumed=assumed)
    try:
        import bpx  # noqa: F401
        import pybamm
    except ImportError as error:
        raise ImportError(
            f"to_pybamm needs the packages pybamm and bpx, and {error.name} is not installed: pip install pybamm bpx"
        ) from error
    return pybamm.ParameterValues.create_from_bpx_obj(copy.deepcopy(document.content))
