"""A balanced cell as a document of the Battery Parameter eXchange format (BPX)."""

from __future__ import annotations

import copy
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import constants

from sicell import _check, _data
from sicell.export._cell import BRANCHES, Window, window
from sicell.export._table import ocp_table

__all__ = ["BpxDocument", "default_assumptions", "to_bpx", "to_pybamm"]

_FORMAT = "1.1.0"
_FARADAY = constants.physical_constants["Faraday constant"][0]
# What the format has no field for; its section for the user's own holds it, by electrode.
_FRACTION, _DENSITY = "{} active material volume fraction", "{} active material density [kg.m-3]"
_PAIRS = "Number of electrode pairs connected in parallel to make a cell"
_GIVEN = "Given by the user"


@dataclass(frozen=True, eq=False, repr=False)
class BpxDocument:
    """Result of :func:`to_bpx`.

    Attributes
    ----------
    content : dict
        The document, as the format has it: ``Header``, ``Parameterisation``, ``State``.
    assumptions : pandas.DataFrame
        One row for each field under ``Parameterisation`` and ``State``: ``field`` (section and name in the format),
        ``value`` (a number, or what kind of table), ``unit``, ``status`` (``"derived"`` from the model, or
        ``"assumed"``) and ``source``. A derived value that also takes an assumed one says so in its source; what takes
        assumed ones only is assumed.
    """

    content: dict[str, Any] = field(repr=False)
    assumptions: pd.DataFrame = field(repr=False)

    def __repr__(self) -> str:
        count = self.assumptions["status"].value_counts()
        return f"BpxDocument({self.content['Header']['Title']}; {count['derived']} derived, {count['assumed']} assumed)"

    def to_frame(self, status: str | None = None) -> pd.DataFrame:
        """Return :attr:`assumptions` for reading: values as short text.

        Parameters
        ----------
        status : {"derived", "assumed"}, optional
            Only these rows.

        Returns
        -------
        pandas.DataFrame
            Indexed by ``field``: ``value``, ``unit``, ``status``, ``source``.
        """
        table = self.assumptions
        if status is not None:
            table = table[table["status"] == _check.choice("status", status, ("derived", "assumed"))]
        text = [value if isinstance(value, str) else f"{value:.5g}" for value in table["value"]]
        return table.assign(value=text).set_index("field")

    def to_json(self) -> str:
        """Return the document as JSON text.

        Returns
        -------
        str
        """
        return json.dumps(self.content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the document to a JSON file, whole or not at all; a file that is there is replaced.

        Parameters
        ----------
        path : str or path-like
            Its name ends in ``.json``; its folder exists.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        ValueError
            If the name does not end in ``.json``: readers of the format go by the name.
        FileNotFoundError
            If the folder does not exist.
        """
        target = Path(path)
        if target.suffix.lower() != ".json":
            raise ValueError(f"path must end in .json, got {str(path)!r}")
        if not target.parent.is_dir():
            raise FileNotFoundError(f"path must lie in a folder that exists, got {str(path)!r}")
        text = self.to_json()
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            # A temporary file is its owner's alone; this one is to be shared.
            Path(name).chmod(0o644)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return target


def default_assumptions() -> pd.DataFrame:
    """List what :func:`to_bpx` assumes unless told otherwise.

    Returns
    -------
    pandas.DataFrame
        Columns ``field`` (the key for the argument `assumed`), ``value``, ``lower`` and ``upper`` (what is allowed),
        ``unit``, ``source``.

    Examples
    --------
    >>> table = default_assumptions().set_index("field")
    >>> float(table.loc["Electrolyte: Cation transference number", "value"])
    1.0
    """
    table = _data.table("export.csv")
    table.insert(0, "field", table.pop("section") + ": " + table.pop("field"))
    return table


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

    Raises
    ------
    TypeError
        If `first_cycle` is not the result of a first cycle.
    ValueError
        If it has more than one cell, no areal capacity, an anode of constant potential, plated lithium, or an electrode
        outside stoichiometries 0 to 1; if an assumption has no such name or is out of its range.

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
    '0.85427'
    """
    state = window(first_cycle, _check.choice("branch", branch, BRANCHES))
    builder = _Builder(state, _assumptions(assumed), tolerance)
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

    Parameters
    ----------
    first_cycle, branch, assumed, tolerance
        As for :func:`to_bpx`.

    Returns
    -------
    pybamm.ParameterValues
        For the isothermal lithium-ion models of PyBaMM; the initial state is the start of `branch`.

    Raises
    ------
    ImportError
        If one of the packages is not installed.
    TypeError, ValueError
        As :func:`to_bpx`.

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


def _assumptions(assumed: Mapping[str, float] | None) -> pd.DataFrame:
    """Join the caller's assumptions to the defaults; indexed by field."""
    table = default_assumptions().set_index("field")
    for name, value in (assumed or {}).items():
        if name not in table.index:
            raise ValueError(
                f"assumed must name fields that are not derived from the model, got {name!r}; there are: "
                + "; ".join(table.index)
            )
        row = table.loc[name]
        unit = "" if row["unit"] == "1" else row["unit"]
        number = _check.between(f"assumed[{name!r}]", value, row["lower"], row["upper"], unit)
        if np.ndim(number):
            raise ValueError(f"assumed[{name!r}] must be one number, got {value!r}")
        if name.endswith(_PAIRS) and number != int(number):
            raise ValueError(f"assumed[{name!r}] must be a whole number, got {number:g}")
        table.loc[name, ["value", "source"]] = number, _GIVEN
    for side in ("Negative electrode", "Positive electrode"):
        total = table.loc[[f"User-defined: {_FRACTION.format(side)}", f"{side}: Porosity"], "value"].sum()
        if total > 1 + 1e-12:
            raise ValueError(f"assumed volume fractions of the {side.lower()} must add up to at most 1, got {total:g}")
    return table


class _Builder:
    """Collects fields with their origin, then arranges them."""

    def __init__(self, state: Window, assumed: pd.DataFrame, tolerance: float) -> None:
        self.state, self.assumed, self.tolerance = state, assumed, tolerance
        self.rows: list[dict[str, Any]] = []
        self.sections: dict[str, dict[str, Any]] = {}
        self.potentials: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        area = self.assume("Cell", "Electrode area [m2]")
        layers = self.assume("Cell", _PAIRS, int)
        for name in ("Cation transference number", "Diffusivity [m2.s-1]", "Conductivity [S.m-1]"):
            self.assume("Electrolyte", name)
        thickness = sum(self.electrode(side) for side in ("Negative electrode", "Positive electrode"))
        thickness += self.assume("Separator", "Thickness [m]")
        for name in ("Porosity", "Transport efficiency"):
            self.assume("Separator", name)
        self.cell(area, thickness, layers)
        self.initial()

    def put(self, section: str, name: str, value: Any, status: str, source: str) -> Any:
        """Note one field; its unit stands in its name if it has one."""
        self.sections.setdefault(section, {})[name] = value
        unit = name[name.rindex("[") + 1 : -1].replace(".", " ") if name.endswith("]") else "1"
        shown = f"table of {len(value['x'])} points" if isinstance(value, dict) else value
        self.rows.append(
            {"field": f"{section}: {name}", "value": shown, "unit": unit, "status": status, "source": source}
        )
        return value

    def derive(self, section: str, name: str, value: Any, source: str) -> Any:
        """Note a field that follows from the model."""
        return self.put(section, name, float(value), "derived", source)

    def assume(self, section: str, name: str, kind: type = float) -> Any:
        """Note an assumed field."""
        row = self.assumed.loc[f"{section}: {name}"]
        return self.put(section, name, kind(row["value"]), "assumed", row["source"])

    def electrode(self, side: str) -> float:
        """Note all of one electrode and return its thickness."""
        part = self.state.parts[side]
        share = self.assume("User-defined", _FRACTION.format(side))
        label = _DENSITY.format(side)
        if part.electrode.density is None or self.assumed.loc[f"User-defined: {label}", "source"] == _GIVEN:
            density = self.assume("User-defined", label)
        else:
            density = 1e3 * part.electrode.density
            self.derive("User-defined", label, density, f"Density of {part.electrode.name} in the model")
        # mg/cm2 is 0.01 kg/m2, mAh/g is 3600 C/kg.
        loading, specific = 1e-2 * part.loading, 3600 * part.specific_capacity
        thickness = self.derive(
            side, "Thickness [m]", loading / (density * share), "Loading over density and assumed volume fraction"
        )
        for name in ("Conductivity [S.m-1]", "Porosity", "Transport efficiency"):
            self.assume(side, name)
        self.derive(side, "Minimum stoichiometry", part.limits[0], "Least lithiation in the window, by balancing")
        self.derive(side, "Maximum stoichiometry", part.limits[1], "Largest lithiation in the window, by balancing")
        self.derive(
            side,
            "Maximum concentration [mol.m-3]",
            density * specific / _FARADAY,
            f"Density times {part.specific_capacity:.4g} mAh/g from stoichiometry 0 to 1, over Faraday's constant",
        )
        radius = self.assume(side, "Particle radius [m]")
        source = "Spheres of the assumed radius and volume fraction"
        self.put(side, "Surface area per unit volume [m-1]", 3 * share / radius, "assumed", source)
        for name in ("Diffusivity [m2.s-1]", "Reaction rate constant [mol.m-2.s-1]"):
            self.assume(side, name)
        self.assume(side, "Entropic change coefficient [V.K-1]")
        tables = {
            name: ocp_table(curve.potential, tolerance=self.tolerance, through=part.limits)
            for name, curve in part.curves.items()
        }
        names = {"OCP [V]": part.branch, **{f"OCP ({name}) [V]": name for name in ("delithiation", "lithiation")}}
        for label, name in names.items():
            x, volts = tables[name]
            measured = part.measured[name]
            known = "all assumed" if measured is None else f"measured from {measured[0]:g} to {measured[1]:g} V"
            source = f"{part.electrode.name}, {name}: curve of reactions (MSMR), {known}"
            status = "assumed" if measured is None else "derived"
            self.put(side, label, {"x": x.tolist(), "y": volts.tolist()}, status, source)
        self.potentials[side] = tables[part.branch]
        return thickness

    def cell(self, area: float, thickness: float, layers: int) -> None:
        """Note what belongs to the cell as a whole."""
        state = self.state
        negative, positive = (self.state.parts[f"{name} electrode"] for name in ("Negative", "Positive"))
        self.put("Cell", "External surface area [m2]", 2 * area, "assumed", "Both faces of the assumed area")
        self.derive("Cell", "Volume [m3]", area * thickness * layers, "Assumed area times the thickness of all layers")
        self.derive("Cell", "Lower voltage cut-off [V]", state.cutoffs[0], "Cut-off of the first cycle")
        self.derive("Cell", "Upper voltage cut-off [V]", state.cutoffs[1], "Cut-off of the first cycle")
        self.derive(
            "Cell",
            "Nominal cell capacity [A.h]",
            # mAh/g times mg/cm2 is 0.01 Ah/m2.
            1e-2 * state.capacity * positive.loading * area * layers,
            f"Areal capacity of the {state.branch} times the assumed area",
        )
        self.derive("Cell", "Reference temperature [K]", state.temperature, "Temperature of the half-cell curves")
        for soc, of_negative, of_positive in ((0, 0, 1), (100, 1, 0)):
            cathode = np.interp(positive.limits[of_positive], *self.potentials["Positive electrode"])
            anode = np.interp(negative.limits[of_negative], *self.potentials["Negative electrode"])
            self.derive(
                "User-defined",
                f"Open-circuit voltage at {soc}% SOC [V]",
                cathode - anode,
                f"Difference of the potentials at that end of the {state.branch}",
            )

    def initial(self) -> None:
        """Note the initial state."""
        at = 1.0 if self.state.branch == "discharge" else 0.0
        self.derive("Initial conditions", "Initial state-of-charge", at, f"Start of the {self.state.branch}")
        source = "Temperature of the half-cell curves"
        self.derive("Initial conditions", "Initial temperature [K]", self.state.temperature, source)
        self.assume("Initial conditions", "Initial electrolyte concentration [mol.m-3]")
        self.derive("Thermal environment", "Ambient temperature [K]", self.state.temperature, source)

    def table(self) -> pd.DataFrame:
        """Return the origin of every field."""
        return pd.DataFrame(self.rows)

    def content(self) -> dict[str, Any]:
        """Return the document."""
        table = self.table()
        names = {status: "; ".join(group["field"]) for status, group in table.groupby("status")}
        curves = [
            f"{part.electrode.name}, {name}: {part.sources[name]}"
            for part in self.state.parts.values()
            for name in part.curves
        ]
        header = {
            "BPX": _FORMAT,
            "Title": self.state.title,
            "Description": (
                f"Near-equilibrium model of {self.state.title}, by sicell. ASSUMED, not derived from the model: "
                f"{names['assumed']}. Derived from the model: {names['derived']}."
            ),
            "References": ". ".join(curves),
            "Model": "DFN",
        }
        order = ("Cell", "Electrolyte", "Negative electrode", "Positive electrode", "Separator", "User-defined")
        return {
            "Header": header,
            "Parameterisation": {name: self.sections[name] for name in order},
            "State": {name: self.sections[name] for name in ("Initial conditions", "Thermal environment")},
        }
