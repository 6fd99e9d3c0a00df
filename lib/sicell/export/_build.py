"""The fields of a document, each with its origin: derived from the model, or assumed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import constants

from sicell import _check, _data
from sicell.export._cell import Window
from sicell.export._table import ocp_table

_FORMAT = "1.1.0"
_FARADAY = constants.physical_constants["Faraday constant"][0]
# What the format has no field for; its section for the user's own holds it, by electrode.
_FRACTION, _DENSITY = "{} active material volume fraction", "{} active material density [kg.m-3]"
_PAIRS = "Number of electrode pairs connected in parallel to make a cell"
_GIVEN = "Given by the user"


def assumptions(assumed: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return what is assumed, by field: the caller's values in place of the defaults of ``data/export.csv``.

    ``value``, ``lower`` and ``upper`` (what is allowed), ``unit``, ``source``.
    """
    table = _data.table("export.csv")
    table.insert(0, "field", table.pop("section") + ": " + table.pop("field"))
    table = table.set_index("field")
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


class Builder:
    """Collects fields with their origin, then arranges them."""

    def __init__(self, state: Window, assumed: pd.DataFrame) -> None:
        self.state, self.assumed = state, assumed
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
            source = (
                f"Density of {part.electrode.name} in the model; the capacity is per g {part.electrode.per_gram_of}"
            )
            self.derive("User-defined", label, density, source)
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
        tables = {name: ocp_table(curve.potential, through=part.limits) for name, curve in part.curves.items()}
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
            "Areal capacity of the discharge times the assumed area",
        )
        self.derive("Cell", "Reference temperature [K]", state.temperature, "Temperature of the half-cell curves")
        for soc, of_negative, of_positive in ((0, 0, 1), (100, 1, 0)):
            cathode = np.interp(positive.limits[of_positive], *self.potentials["Positive electrode"])
            anode = np.interp(negative.limits[of_negative], *self.potentials["Negative electrode"])
            self.derive(
                "User-defined",
                f"Open-circuit voltage at {soc}% SOC [V]",
                cathode - anode,
                "Difference of the potentials at that end of the discharge",
            )

    def initial(self) -> None:
        """Note the initial state."""
        self.derive("Initial conditions", "Initial state-of-charge", 1.0, "Start of the discharge")
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
