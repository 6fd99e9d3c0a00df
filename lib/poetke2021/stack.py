"""The paper's stack as a design, from the ledger and from what is assumed in ``data/paper/layers.csv``."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion import ledger
from sicell import _check, _data, materials
from sicell.energy import Design, Layer


def assumptions() -> pd.DataFrame:
    """Return ``data/paper/layers.csv``: what is assumed about the layers of the stack.

    ``layer``, ``parameter``, ``value`` with the range ``lower`` to ``upper`` that holds 95 %, the limits ``lowest`` and
    ``highest`` of what is thinkable, ``kind`` (``absolute``, or ``offset`` to or ``factor`` of a number that stands
    elsewhere), ``unit``, ``status``, ``source``.
    """
    return _data.table("paper/layers.csv")


def _assumed(layer: str, parameter: str, given: Any = None) -> Any:
    """Return what the caller gave, else the value of the table."""
    if given is not None:
        return given
    return float(ledger.parameters("layers.csv", layer=layer, parameter=parameter)["value"].iloc[0])


def _composition(active: Mapping[str, float], electrode: str) -> dict[str, float]:
    """Return the mass fractions of an electrode, the second number of the recipe read as that of the electrolyte.

    The order in which the recipe prints its last two numbers can be doubted; only this one conducts lithium ions.
    """
    electrolyte, fibers = (ledger.value(f"{electrode}-{which}-fraction") / 100 for which in ("second", "third"))
    return {**active, "Li6PS5Cl": electrolyte, "VG-CNF": fibers}


def composite(electrode: str, *, swapped: bool) -> dict[str, float]:
    """Return the mass fractions of an electrode with the last two parts of its recipe as printed, or swapped."""
    first = ledger.value({"cathode": "cathode-ncm-fraction", "anode": "anode-active-fraction"}[electrode])
    second, third = (ledger.value(f"{electrode}-{place}-fraction") for place in ("second", "third"))
    if swapped:
        second, third = third, second
    silicon = ledger.value("silicon-fraction-si37") / 100
    carbon = {"Si": first * silicon, "amorphous carbon": first * (1 - silicon)}
    active = {"NCM90": first} if electrode == "cathode" else carbon
    return materials.fractions_from_parts(active | {"VG-CNF": second, "Li6PS5Cl": third})


def ionic_resistance(electrode: str, np_ratio: float, exponent: Any = 1.5, *, swapped: bool) -> tuple[float, Any]:
    """Return volume fraction and resistance (ohm cm2) of the electrolyte through an electrode without pores."""
    parts = composite(electrode, swapped=swapped)
    areal = ledger.value("anode-areal-capacity") / (np_ratio if electrode == "cathode" else 1)
    name = {"cathode": "cathode-first-discharge-capacity", "anode": "anode-first-lithiation-capacity"}[electrode]
    thickness = materials.layer_thickness(1e3 * areal / ledger.value(name), materials.composite_density(parts))
    share = materials.volume_fractions(parts)["Li6PS5Cl"]
    conductivity = ledger.value("solid-electrolyte-conductivity")
    return share, 3 * materials.porous_electrode_resistance(thickness, conductivity, share, exponent)


def si_c_ncm90(voltage: Any, utilization: Any = 1.0) -> Design:
    """Return the design with the paper's electrodes and the layers that ``data/paper/layers.csv`` assumes.

    Compositions, the areal capacity of the anode and the capacities that the n/p ratio is counted with are read from
    the ledger; no energy is. The mean voltage of the discharge is in V, the utilization what the cell delivers over the
    nominal capacity of its cathode; both may be arrays and must be positive.
    """
    share, silicon = ledger.value("anode-active-fraction") / 100, ledger.value("silicon-fraction-si37") / 100
    oxide = ledger.value("cathode-ncm-fraction") / 100
    return Design(
        anode_composition=_composition({"Si": share * silicon, "amorphous carbon": share * (1 - silicon)}, "anode"),
        cathode_composition=_composition({"NCM90": oxide}, "cathode"),
        anode_areal_capacity=ledger.value("anode-areal-capacity"),
        anode_specific_capacity=ledger.value("anode-first-lithiation-capacity"),
        cathode_specific_capacity=materials.capacity_per_composite(ledger.value("ncm-maximum-capacity"), oxide),
        voltage=voltage,
        utilization=utilization,
        separator_thickness=_assumed("separator", "thickness"),
        separator_porosity=_assumed("separator", "porosity"),
        cathode_porosity=_assumed("cathode", "porosity"),
        anode_porosity=_assumed("anode", "porosity"),
        aluminum_thickness=_assumed("aluminum", "thickness"),
        copper_thickness=_assumed("copper", "thickness"),
    )


def ranges(design: Design) -> pd.DataFrame:
    """Return the assumed range of each number of a design.

    Indexed by ``parameter`` (a parameter of :class:`Design`, or ``"density of …"``): ``value``, ``lower``, ``upper``,
    ``lowest``, ``highest``, ``unit``. The design's own numbers are the middle of the ranges of voltage, utilization and
    densities; layers and materials that it does not have are left out.
    """
    columns = ["value", "lower", "upper", "lowest", "highest"]
    rows = {}
    for _, row in assumptions().iterrows():
        name = row["parameter"] if row["layer"] == "cell" else f"{row['layer']}_{row['parameter']}"
        numbers, unit = row[columns].astype(float), row["unit"]
        if row["kind"] == "factor":
            if row["layer"] not in design.materials:
                continue
            name, unit = f"density of {row['layer']}", "g cm-3"
            numbers = numbers * design.densities.get(row["layer"], materials.density(row["layer"]))
        elif row["kind"] == "offset":
            numbers = numbers + getattr(design, name)
        elif name not in vars(design):
            continue
        rows[name] = [*(float(value) for value in numbers), unit]
    return pd.DataFrame.from_dict(rows, orient="index", columns=[*columns, "unit"]).rename_axis("parameter")


def graphite_anode(
    areal_capacity: Any, specific_capacity: Any, *, active_fraction: Any = None, porosity: Any = None
) -> Layer:
    """Return an anode of graphite and solid electrolyte from its capacity in mAh/cm2 and mAh per g of graphite.

    Mass fraction of graphite and porosity are those of ``data/paper/layers.csv`` unless given.
    """
    share = _check.between("active_fraction", _assumed("graphite anode", "active_fraction", active_fraction), 0.01, 1)
    return Layer.composite(
        "graphite anode",
        {"graphite": share, "Li6PS5Cl": 1 - share},
        areal_capacity=areal_capacity,
        specific_capacity=materials.capacity_per_composite(specific_capacity, share),
        porosity=_assumed("anode", "porosity", porosity),
    )


def lithium_anode(areal_capacity: Any, *, excess: Any = None) -> Layer:
    """Return an anode of lithium metal as it is in the charged cell.

    The cathode supplies so many mAh/cm2 of lithium, whose volume counts and whose mass does not: it came from the
    cathode. The excess beyond, relative to it, is that of ``data/paper/layers.csv`` unless given.
    """
    supplied = _check.non_negative("areal_capacity", areal_capacity, "mAh/cm2")
    surplus = _check.non_negative("excess", _assumed("lithium anode", "excess", excess))
    capacity = materials.theoretical_capacity("Li", 1)
    whole = Layer.composite("lithium", "Li", areal_capacity=supplied * (1 + surplus), specific_capacity=capacity)
    return Layer("lithium anode", whole.mass * surplus / (1 + surplus), whole.thickness)


def housing() -> Layer:
    """Return one wall of a pouch as ``data/paper/layers.csv`` assumes it."""
    thickness, density = _assumed("housing", "thickness"), _assumed("housing", "density")
    return Layer("housing", 0.1 * thickness * density, thickness)
