"""Silicon in a carbon shell."""

from typing import Any

import numpy as np

from sicell import _check, materials
from sicell.electrodes._common import BOTH, SILICON, Curves, branches, change, memory
from sicell.electrodes._draws import Draws
from sicell.electrodes._electrode import Electrode
from sicell.electrodes._files import assumed, declared, drawn, load, member, one_of, parameter, reactions
from sicell.electrodes._parts import CRYSTALLINE, Part


def si_c(
    si_fraction: Any = 0.37,
    specific_capacity: Any = None,
    *,
    carbon_share: Any = None,
    nanofiber_share: Any = None,
    electrolyte_share: Any = None,
    curves: Curves | None = None,
    li15si4_onset: Any = None,
    li15si4_share: Any = None,
    lower_limit: Any = None,
) -> Electrode:
    """Silicon in a carbon shell: both at one potential, their capacities add.

    On the first lithiation four parts take charge: silicon, the shell, the carbon nanofibers of the composite
    electrode, and the reduction of the electrolyte, which gives nothing back. Only the total is known; the shares are
    assumed, reported by :meth:`Electrode.contributions`, and ranged in :func:`assumptions`.

    Raises ValueError if a fraction lies outside 0 to 1 (37 instead of 0.37), or nanofibers and electrolyte exceed
    `carbon_share`.

    Parameters
    ----------
    si_fraction : float, optional
        Mass fraction of silicon in Si–C, 0 to 1.
    specific_capacity : float, optional
        First lithiation between the limits, in mAh per g of composite electrode. If not given: computed in mAh per g
        Si–C, with silicon to Li15Si4 and the assumed ratio of the capacities.
    carbon_share : float, optional
        Share of the first lithiation that everything but silicon takes (assumed: 0.22 at 37 % silicon, more with less
        silicon).
    nanofiber_share, electrolyte_share : float, optional
        What of it the carbon nanofibers and the electrolyte take (assumed: 0.02 each).
    curves, li15si4_onset, li15si4_share, lower_limit : optional
        As for :func:`silicon`; the upper limit is the same, too.

    Examples
    --------
    >>> anode = si_c(si_fraction=0.37)
    >>> anode.per_gram_of
    'Si–C'
    >>> share = anode.contributions(anode.lower_limit, "first lithiation").iloc[0]
    >>> {part: round(float(value), 2) for part, value in share.items()}
    {'silicon': 0.78, 'carbon': 0.18, 'nanofibers': 0.02, 'electrolyte': 0.02}
    """
    content = _check.between("si_fraction", si_fraction, 0.01, 1)
    given = {"specific_capacity": specific_capacity, "carbon_share": carbon_share, "nanofiber_share": nanofiber_share}
    given |= {"electrolyte_share": electrolyte_share, "li15si4_onset": li15si4_onset, "li15si4_share": li15si4_share}
    given |= {"curves": curves, "lower_limit": lower_limit}

    def sample(draws: Draws) -> Electrode:
        return _si_c(content, **_drawn(draws, content, given))

    return _si_c(content, **given, sample=sample)


def _capacity(content: Any, ratio: Any) -> Any:
    """First lithiation in mAh per g Si–C, silicon to Li15Si4."""
    pure = materials.theoretical_capacity("Si", parameter("silicon", "lithium_per_silicon"))
    return pure * (content + (1 - content) * ratio)


def _rest(content: Any, ratio: Any) -> Any:
    """Share of the first lithiation that is not silicon's."""
    return (1 - content) * ratio / (content + (1 - content) * ratio)


def _si_c(
    content: Any,
    specific_capacity: Any = None,
    carbon_share: Any = None,
    nanofiber_share: Any = None,
    electrolyte_share: Any = None,
    curves: Curves | None = None,
    lower_limit: Any = None,
    per_gram_of: str = "",
    sample: Any = None,
    **silicon: Any,
) -> Electrode:
    """Put silicon, shell, nanofibers and the electrolyte's reduction together; `curves` by branch or (part, branch)."""
    curves = curves or {}
    lower = parameter("silicon", "lower_limit", lower_limit)
    upper = curves.get("upper_limit", parameter("silicon", "upper_limit"))
    per_gram_of = per_gram_of or ("Si–C" if specific_capacity is None else "composite")
    ratio = parameter("carbon", "capacity_ratio")
    if specific_capacity is None:
        specific_capacity = _capacity(content, ratio)
    rest = _rest(content, ratio) if carbon_share is None else carbon_share
    _check.between("carbon_share", rest, 0, 0.99)
    fibers = _check.non_negative("nanofiber_share", parameter("carbon", "nanofiber_share", nanofiber_share))
    reduction = _check.non_negative("electrolyte_share", parameter("electrolyte", "reduction_share", electrolyte_share))
    shell = rest - fibers - reduction
    if np.any(shell < -1e-12):
        raise ValueError(
            f"nanofiber_share and electrolyte_share must not exceed carbon_share {np.min(rest):g}, "
            f"got {np.max(fibers):g} and {np.max(reduction):g}"
        )
    limits = lower, upper
    parts = [
        Part(
            "silicon",
            branches("silicon", "silicon", SILICON, curves, *limits),
            1 - rest,
            phase_change=change(
                silicon.get("li15si4_onset"), silicon.get("li15si4_error"), silicon.get("li15si4_share")
            ),
            **memory(silicon.get("front_composition"), silicon.get("relaxation")),
        ),
        Part("carbon", branches("carbon", "carbon", BOTH, curves.get("carbon"), *limits), shell),
        Part("nanofibers", branches("nanofibers", "graphite", BOTH, curves.get("nanofibers"), *limits), fibers),
        Part(
            "electrolyte",
            branches("electrolyte", "electrolyte", ("first lithiation",), curves.get("electrolyte"), *limits),
            reduction,
            reversible=False,
        ),
    ]
    parts = [part for part in parts if np.any(np.asarray(part.share) > 1e-12)]
    density = 1.0 / (content / materials.density("Si") + (1 - content) / materials.density("amorphous carbon"))
    return Electrode("Si–C", parts, specific_capacity, per_gram_of, lower, upper, density, sample=sample)


def _drawn(draws: Draws, content: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Arguments of :func:`_si_c` drawn from their ranges; what the caller gave stays as it is."""

    def value(name: str, electrode: str, key: str, group: str, **options: Any) -> Any:
        return drawn(draws, electrode, key, group, **options) if given[name] is None else given[name]

    curves: dict[str, Any] = {}
    lower = value("lower_limit", "silicon", "lower_limit", "electrode limits", limits=(0.0, 0.2))
    curves["upper_limit"] = drawn(draws, "silicon", "upper_limit", "electrode limits")
    ratio = drawn(draws, "carbon", "capacity_ratio", "carbon shares", limits=(0.01, 1.0))
    rest = _rest(content, ratio) if given["carbon_share"] is None else np.asarray(given["carbon_share"])
    fibers = np.clip(value("nanofiber_share", "carbon", "nanofiber_share", "carbon shares"), 0, 0.9 * rest)
    reduction = value("electrolyte_share", "electrolyte", "reduction_share", "carbon shares")
    reduction = np.clip(reduction, 0, 0.9 * (rest - fibers))
    capacity = _capacity(content, ratio) if given["specific_capacity"] is None else given["specific_capacity"]
    draws.inputs["share of all but silicon"] = np.broadcast_to(rest, (draws.number, 1)).ravel()
    first = one_of(draws, "silicon", "first lithiation", "silicon curve")
    name = declared("silicon", "first lithiation")[0]
    error = reactions(name, "standard_errors")[0, reactions(name)[2].argmin()]
    # The plateau is known to its standard error; errors of single reactions are strongly correlated.
    stress = drawn(draws, "silicon", "stress_shift", "stress")
    plateau = draws.within(0.0, -1.96 * error, 1.96 * error, "silicon curve") + member(
        draws, "silicon", "first_lithiation_shift", "silicon plateau"
    )
    curves["first lithiation"] = first.shifted(stress + plateau)
    for key in ("delithiation", CRYSTALLINE):
        curves[key] = one_of(draws, "silicon", key, "silicon curve").shifted(stress)
    curves["nanofibers"] = {key: one_of(draws, "graphite", key, "silicon curve") for key in BOTH}
    curves["carbon"] = {key: assumed(draws, declared("carbon", key)[0], "carbon curve") for key in BOTH}
    name = declared("electrolyte", "first lithiation")[0]
    curves["electrolyte"] = {"first lithiation": assumed(draws, name, "carbon curve")}
    curves |= given["curves"] or {}
    entry = load("silicon")["parameters"]["li15si4_onset"]
    onset = given["li15si4_onset"]
    if onset is None:
        onset = draws.within(entry["value"], *entry["range"], "Li15Si4")
    return {
        "specific_capacity": capacity,
        "per_gram_of": "Si–C" if given["specific_capacity"] is None else "composite",
        "carbon_share": rest,
        "nanofiber_share": fibers,
        "electrolyte_share": reduction,
        "curves": curves,
        "lower_limit": lower,
        "li15si4_onset": onset,
        "li15si4_error": 0.0,
        "front_composition": drawn(draws, "silicon", "front_composition", "silicon state", limits=(3.0, 3.75)),
        "relaxation": drawn(draws, "silicon", "relaxation", "silicon state", limits=(0.002, 1.0)),
        "li15si4_share": value("li15si4_share", "silicon", "li15si4_share", "Li15Si4", limits=(0.0, 1.0)),
    }
