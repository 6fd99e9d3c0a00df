"""Ready-made electrodes, put together from ``data/branches.csv``, ``data/msmr.csv`` and ``data/electrodes.csv``."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from companion import ledger
from sicell import _check, _data, materials
from sicell.electrodes._branch import Branch, PhaseChange, ReferenceElectrode, mix
from sicell.electrodes._electrode import Electrode
from sicell.msmr import Msmr

__all__ = ["assumptions", "carbon", "curve", "graphite", "li_in", "lithium", "ncm90", "si_c", "silicon"]

# Numbers of the paper that an electrode takes when the caller gives none: claim, and factor to the unit used here.
_CLAIMS = {
    "si_fraction": ("silicon-fraction-si37", 0.01),
    "composite_capacity": ("anode-first-lithiation-capacity", 1.0),
    "cathode_discharge_capacity": ("ncm-maximum-capacity", 1.0),
}


def _claim(quantity: str) -> float:
    """Read one number of the paper through the ledger."""
    name, factor = _CLAIMS[quantity]
    return factor * ledger.value(name)


def _parameter(electrode: str, parameter: str, given: float | None = None) -> float:
    """Return what the caller gave, else the value in ``data/electrodes.csv``."""
    return _scalar(electrode, parameter, "value") if given is None else given


@ledger.remember
def _scalar(electrode: str, parameter: str, column: str) -> float:
    """Read one number of ``data/electrodes.csv``."""
    return float(ledger.parameters("electrodes.csv", electrode=electrode, parameter=parameter)[column].iloc[0])


def _declared(electrode: str, branch: str, curves: Mapping[str, str] | None) -> str:
    """Name of the curve for a branch: the caller's choice, else the one declared in ``data/branches.csv``."""
    return curves[branch] if curves and branch in curves else _default(electrode, branch)


@ledger.remember
def _default(electrode: str, branch: str) -> str:
    """Read one choice of ``data/branches.csv``."""
    rows = ledger.parameters("branches.csv", electrode=electrode, branch=branch, choice="declared")
    return str(rows["curve"].iloc[0])


def curve(name: str) -> Branch:
    """Return a curve of ``data/msmr.csv`` as a branch with one part.

    Parameters
    ----------
    name : str
        As in the column ``curve``.

    Returns
    -------
    Branch
        Lithiation over the range of the data; for an assumed curve, over all potentials.

    Raises
    ------
    ValueError
        If there is no such curve; the message lists those there are.

    Examples
    --------
    >>> curve("silicon-first-lithiation-wetjen").measured
    (0.0136, 1.1671)
    """
    return _read(name)


@ledger.remember
def _read(name: str) -> Branch:
    """Read one curve of ``data/msmr.csv``."""
    rows = ledger.parameters("msmr.csv", curve=name)
    first = rows.iloc[0]
    model = Msmr(rows["potential"], rows["fraction"], rows["width"], first["temperature"], first["offset"])
    measured = None
    if pd.notna(first["lower_potential"]):
        measured = (float(first["lower_potential"]), float(first["upper_potential"]))
    return Branch({name: model}, measured, str(first["source"]))


@ledger.remember
def _branch(part: str, name: str, lower_limit: float, upper_limit: float) -> Branch:
    """Curve `name` between the limits, under the name of the part that it stands for."""
    found = curve(name)
    return Branch({part: found.curve.normalized(lower_limit, upper_limit)}, found.measured, found.source)


def _onset() -> tuple[float, float]:
    """Onset of Li15Si4 and its standard deviation; the table's interval is one of 95 %."""
    value, lower, upper = (_scalar("silicon", "li15si4_onset", column) for column in ("value", "lower", "upper"))
    return value, (upper - lower) / (2 * 1.96)


def assumptions() -> pd.DataFrame:
    """List what is assumed in the ready-made electrodes, each with its plausible range.

    Returns
    -------
    pandas.DataFrame
        Columns ``electrode`` (or curve), ``parameter``, ``value``, ``lower``, ``upper``, ``unit``, ``source``: what a
        Monte Carlo has to vary.

    Examples
    --------
    >>> table = assumptions()
    >>> bool(((table["lower"] <= table["value"]) & (table["value"] <= table["upper"])).all())
    True
    """
    columns = ["electrode", "parameter", "value", "lower", "upper", "unit", "source"]
    scalars = _data.table("electrodes.csv")
    frames = [scalars.loc[scalars["status"] == "assumed", columns]]
    curves = _data.table("msmr.csv")
    assumed = curves[curves["status"] == "assumed"]
    for quantity, unit in (("potential", "V"), ("fraction", "1"), ("width", "1")):
        frames.append(
            pd.DataFrame(
                {
                    "electrode": assumed["curve"],
                    "parameter": [f"{quantity} of reaction {number}" for number in assumed["reaction"]],
                    "value": assumed[quantity],
                    "lower": assumed[f"{quantity}_lower"],
                    "upper": assumed[f"{quantity}_upper"],
                    "unit": unit,
                    "source": assumed["source"],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def silicon(
    specific_capacity: float | None = None,
    *,
    curves: Mapping[str, str] | None = None,
    li15si4_onset: float | None = None,
    li15si4_share: float | None = None,
    lower_limit: float | None = None,
    upper_limit: float | None = None,
) -> Electrode:
    """Crystalline silicon nanoparticles: plateau on the first lithiation, amorphous afterwards.

    Parameters
    ----------
    specific_capacity : float, optional
        In mAh per g Si between the limits; that of Li15Si4 if not given.
    curves : mapping of branch to curve name, optional
        Other curves of ``data/msmr.csv`` than those declared in ``data/branches.csv``.
    li15si4_onset : float, optional
        Potential below which Li15Si4 forms, in V (assumed).
    li15si4_share : float, optional
        Share of the capacity that it then takes (assumed).
    lower_limit, upper_limit : float, optional
        Potentials of lithiation 1 and 0, in V (assumed).

    Returns
    -------
    Electrode

    References
    ----------
    ``data/msmr.csv`` gives the source of each curve.

    Examples
    --------
    >>> round(silicon().specific_capacity)
    3579
    """
    lower = _parameter("silicon", "lower_limit", lower_limit)
    upper = _parameter("silicon", "upper_limit", upper_limit)
    if specific_capacity is None:
        specific_capacity = materials.theoretical_capacity("Si", _parameter("silicon", "lithium_per_silicon"))
    names = ("first lithiation", "lithiation", "delithiation", "delithiation after Li15Si4")
    branches = {key: _branch("silicon", _declared("silicon", key, curves), lower, upper) for key in names}
    onset, error = _onset()
    change = PhaseChange(
        onset if li15si4_onset is None else li15si4_onset,
        error,
        _parameter("silicon", "li15si4_share", li15si4_share),
    )
    return Electrode(
        "silicon",
        branches,
        specific_capacity,
        "Si",
        lower,
        upper,
        materials.density("Si"),
        phase_change=change,
    )


def _directions(
    part: str, electrode: str, curves: Mapping[str, str] | None, lower: float, upper: float
) -> dict[str, Branch]:
    """Lithiation and delithiation of an electrode without a special first cycle."""
    return {
        key: _branch(part, _declared(electrode, key, curves), lower, upper) for key in ("lithiation", "delithiation")
    }


def carbon(
    specific_capacity: float | None = None, *, lower_limit: float | None = None, upper_limit: float | None = None
) -> Electrode:
    """Carbon shell: disordered carbon with a few graphitic domains. All of its parameters are assumed.

    Parameters
    ----------
    specific_capacity : float, optional
        In mAh per g carbon (assumed).
    lower_limit, upper_limit : float, optional
        As for :func:`silicon`.

    Returns
    -------
    Electrode

    Examples
    --------
    >>> carbon().branch("lithiation").measured is None
    True
    """
    lower = _parameter("silicon", "lower_limit", lower_limit)
    upper = _parameter("silicon", "upper_limit", upper_limit)
    branches = _directions("carbon", "carbon", None, lower, upper)
    capacity = _parameter("carbon", "specific_capacity", specific_capacity)
    return Electrode("carbon", branches, capacity, "carbon", lower, upper, materials.density("amorphous carbon"))


def graphite(
    specific_capacity: float | None = None, *, lower_limit: float | None = None, upper_limit: float | None = None
) -> Electrode:
    """Graphite.

    Parameters
    ----------
    specific_capacity : float, optional
        In mAh per g graphite; that of LiC6 if not given.
    lower_limit, upper_limit : float, optional
        Potentials of lithiation 1 and 0, in V (assumed).

    Returns
    -------
    Electrode

    Examples
    --------
    >>> round(float(graphite().potential(0.5, "delithiation")), 2)
    0.13
    """
    lower = _parameter("graphite", "lower_limit", lower_limit)
    upper = _parameter("graphite", "upper_limit", upper_limit)
    branches = _directions("graphite", "graphite", None, lower, upper)
    capacity = _parameter("graphite", "specific_capacity", specific_capacity)
    return Electrode("graphite", branches, capacity, "graphite", lower, upper, materials.density("graphite"))


def si_c(
    si_fraction: float | None = None,
    specific_capacity: float | None = None,
    *,
    carbon_share: float | None = None,
    nanofiber_share: float | None = None,
    electrolyte_share: float | None = None,
    curves: Mapping[str, str] | None = None,
    li15si4_onset: float | None = None,
    li15si4_share: float | None = None,
    lower_limit: float | None = None,
    upper_limit: float | None = None,
) -> Electrode:
    """Silicon in a carbon shell: both at one potential, their capacities add.

    On the first lithiation four parts take charge: silicon, the shell, the carbon nanofibers of the composite
    electrode, and the reduction of the electrolyte, which gives nothing back. Only the total is known; the shares are
    assumed, reported by :meth:`Electrode.contributions`, and ranged in :func:`assumptions`.

    Parameters
    ----------
    si_fraction : float, optional
        Mass fraction of silicon in Si–C, 0 to 1; that of the paper's Si37 if not given.
    specific_capacity : float, optional
        First lithiation between the limits. If neither this nor `si_fraction` is given: the paper's value, in mAh per
        g of composite electrode. If only `si_fraction` is given: computed in mAh per g Si–C, with silicon to Li15Si4
        and the assumed ratio of the capacities.
    carbon_share : float, optional
        Share of the first lithiation that everything but silicon takes (assumed; 0.22 at 37 % silicon, more with less
        silicon).
    nanofiber_share, electrolyte_share : float, optional
        What of it the carbon nanofibers and the electrolyte take (assumed).
    curves, li15si4_onset, li15si4_share, lower_limit, upper_limit : optional
        As for :func:`silicon`.

    Returns
    -------
    Electrode

    Raises
    ------
    ValueError
        If a fraction lies outside 0 to 1 (37 instead of 0.37), or nanofibers and electrolyte exceed `carbon_share`.

    Examples
    --------
    >>> anode = si_c(si_fraction=0.37)
    >>> anode.per_gram_of
    'Si–C'
    >>> share = anode.contributions(anode.lower_limit, "first lithiation").iloc[0]
    >>> {part: round(float(value), 2) for part, value in share.items()}
    {'silicon': 0.78, 'carbon': 0.18, 'nanofibers': 0.02, 'electrolyte': 0.02}
    """
    ratio = _parameter("carbon", "capacity_ratio")
    pure = silicon(
        curves=curves,
        li15si4_onset=li15si4_onset,
        li15si4_share=li15si4_share,
        lower_limit=lower_limit,
        upper_limit=upper_limit,
    )
    per_gram_of = "composite"
    if si_fraction is None:
        content = _claim("si_fraction") if carbon_share is None else None
        if specific_capacity is None:
            specific_capacity = _claim("composite_capacity")
    else:
        content = _check.between("si_fraction", si_fraction, 0.01, 1)
        if specific_capacity is None:
            specific_capacity = pure.specific_capacity * (content + (1 - content) * ratio)
            per_gram_of = "Si–C"
    if carbon_share is None:
        carbon_share = (1 - content) * ratio / (content + (1 - content) * ratio)
    _check.between("carbon_share", carbon_share, 0, 0.99)
    fibers = _check.non_negative("nanofiber_share", _parameter("carbon", "nanofiber_share", nanofiber_share))
    reduction = _check.non_negative(
        "electrolyte_share", _parameter("electrolyte", "reduction_share", electrolyte_share)
    )
    shell = carbon_share - fibers - reduction
    if shell < -1e-12:
        raise ValueError(
            f"nanofiber_share and electrolyte_share must not exceed carbon_share {carbon_share:g}, "
            f"got {fibers:g} and {reduction:g}"
        )
    lower, upper = pure.lower_limit, pure.upper_limit
    hosts = {
        "silicon": (pure.branches, 1 - carbon_share),
        "carbon": (_directions("carbon", "carbon", None, lower, upper), shell),
        "nanofibers": (_directions("nanofibers", "graphite", None, lower, upper), fibers),
    }
    branches = {}
    for key in pure.branches:
        direction = "delithiation" if key.startswith("delithiation") else "lithiation"
        members = [
            (name, found.get(key, found[direction]), share) for name, (found, share) in hosts.items() if share > 1e-12
        ]
        if key == "first lithiation" and reduction > 0:
            name = _declared("electrolyte", "first lithiation", None)
            members.append(("electrolyte", _branch("electrolyte", name, lower, upper), reduction))
        branches[key] = mix(members, lower, upper)[0]
    density = None
    if content is not None:
        shell_density = materials.density("amorphous carbon")
        density = 1.0 / (content / pure.density + (1 - content) / shell_density)
    return Electrode(
        "Si–C",
        branches,
        specific_capacity,
        per_gram_of,
        lower,
        upper,
        density,
        phase_change=pure.phase_change,
        side_reactions={"nanofibers": fibers, "electrolyte": reduction},
    )


def ncm90(
    first_charge_capacity: float | None = None,
    discharge_capacity: float | None = None,
    *,
    curves: Mapping[str, str] | None = None,
    lower_limit: float | None = None,
    upper_limit: float | None = None,
) -> Electrode:
    """LiNi0.9Co0.05Mn0.05O2, with the curve of the public oxide nearest to it in composition.

    Parameters
    ----------
    first_charge_capacity : float, optional
        First charge to 4.30 V vs Li/Li+, in mAh per g oxide (assumed).
    discharge_capacity : float, optional
        Discharge from 4.30 V to the lower limit, in mAh per g oxide; the paper's half-cell value if not given.
    curves : mapping of branch to curve name, optional
        Such as ``{"delithiation": "nca-delithiation-m35a", "lithiation": "nca-lithiation-m35a"}``.
    lower_limit, upper_limit : float, optional
        Potentials of lithiation 1 and 0, in V (assumed); above 4.30 V the curves are extrapolated.

    Returns
    -------
    Electrode
        ``specific_capacity`` and ``reversible_capacity`` are the capacities between the limits.

    Examples
    --------
    >>> cathode = ncm90(discharge_capacity=200.0)
    >>> round(float(cathode.lithiation(4.3, "delithiation")), 2)
    0.04
    """
    lower = _parameter("ncm90", "lower_limit", lower_limit)
    upper = _parameter("ncm90", "upper_limit", upper_limit)
    reference = _parameter("ncm90", "reference_potential")
    branches = _directions("ncm90", "ncm90", curves, lower, upper)
    charge = _check.positive(
        "first_charge_capacity", _parameter("ncm90", "first_charge_capacity", first_charge_capacity)
    )
    if discharge_capacity is None:
        discharge_capacity = _claim("cathode_discharge_capacity")
    discharge = _check.positive("discharge_capacity", discharge_capacity)
    window = {key: 1.0 - branch.curve.lithiation(reference) for key, branch in branches.items()}
    return Electrode(
        "NCM90",
        branches,
        charge / window["delithiation"],
        "NCM",
        lower,
        upper,
        materials.density("NCM90"),
        discharge / window["lithiation"],
    )


def li_in() -> ReferenceElectrode:
    """Indium–lithium alloy in its two-phase region.

    References
    ----------
    K. Takada, N. Aotani, K. Iwamoto, S. Kondo, Solid State Ionics 86–88 (1996) 877.

    Examples
    --------
    >>> li_in().potential()
    0.62
    """
    return ReferenceElectrode("Li–In", _parameter("li-in", "potential"))


def lithium() -> ReferenceElectrode:
    """Lithium metal, the reference of the scale.

    Examples
    --------
    >>> lithium().potential()
    0.0
    """
    return ReferenceElectrode("Li", _parameter("lithium", "potential"))
