"""Structural characterization: Raman positions from physics, and what sizes, compositions and recipes say together."""

import numpy as np
import pandas as pd

from companion import ledger
from companion.evidence import Computed, Step, computes, finding
from poetke2021 import structural_characterization as structure
from sicell import materials

#: The composites in the order of Table 1, as in the claims' ids.
COMPOSITES = {"si28": "Si28@C", "si34": "Si34@C", "si37": "Si37@C"}
POWDERS = {"sinp": "SiNP", **COMPOSITES}

#: Densities in g/cm³ between which ``data/densities.csv`` puts carbon from sucrose and PVB.
CARBON_DENSITIES = (1.6, 2.1)


def _silicon_fraction(sample: str) -> float:
    return ledger.value(f"silicon-fraction-{sample}") / 100


def _diameter_interval(sample: str) -> tuple[float, float]:
    """Return the 95 % interval of a mean diameter in nm."""
    diameter = ledger.uncertain(f"particle-diameter-{sample}")
    count = ledger.value("particles-measured")
    return structure.mean_interval(diameter.nominal_value, diameter.std_dev, count)


def diameter_comparison() -> pd.DataFrame:
    """Return :func:`compare_means` of the reported mean diameters (nm), smallest powder first.

    >>> table = diameter_comparison().set_index(["first", "second"])
    >>> bool(table.loc[("SiNP", "Si28@C"), "p_adjusted"] < 0.001)
    True
    """
    samples = sorted(POWDERS, key=lambda sample: ledger.value(f"particle-diameter-{sample}"))
    diameters = [ledger.uncertain(f"particle-diameter-{sample}") for sample in samples]
    return structure.compare_means(
        [diameter.nominal_value for diameter in diameters],
        [diameter.std_dev for diameter in diameters],
        ledger.value("particles-measured"),
        [POWDERS[sample] for sample in samples],
    )


def _bulk_line() -> float:
    return structure.constant("silicon-raman-line")


def _first_order_line() -> Computed:
    """Return the line of a crystal as large as the bare particles; the interval is that of the bulk line."""
    size = ledger.value("particle-diameter-sinp")
    bulk = structure.uncertain_constant("silicon-raman-line")
    lines = bulk.nominal_value + 1.96 * bulk.std_dev * np.array([0, -1, 1])
    return Computed(*(float(structure.confined_peak(size, line_position=line)) for line in lines))


@computes("raman-first-order", null=_bulk_line)
def raman_first_order() -> Computed:
    """Compute the line of Figure 2b from the size of the particles."""
    return _first_order_line()


@computes("raman-crystalline-before-cycling", null=_bulk_line, group="raman-first-order")
def raman_crystalline_before_cycling() -> Computed:
    """Compute the line of Figure S5a from the size of the particles."""
    return _first_order_line()


@computes("raman-two-ta")
def raman_two_ta():
    """Compute the 2TA band as an overtone of the neutron frequency at X."""
    return structure.overtone(structure.uncertain_constant("silicon-ta-x"))


@computes("raman-two-to")
def raman_two_to() -> Computed:
    """Compute the 2TO band as the middle of the overtones at X and L, which are its interval."""
    lower, upper = (structure.overtone(structure.constant(f"silicon-to-{point}")) for point in ("x", "l"))
    return Computed((lower + upper) / 2, lower, upper)


def _ranked(claim: str, samples: dict[str, str]) -> tuple[str, ...]:
    """Return names of samples from the smallest to the largest value of a claim such as ``pvb-ratio-{sample}``."""
    return tuple(samples[sample] for sample in sorted(samples, key=lambda sample: ledger.value(f"{claim}-{sample}")))


@computes("particle-diameter-order-agglomerates")
def particle_diameter_order() -> tuple[str, ...]:
    """Rank the printed mean diameters, which are of particles with their shell."""
    return _ranked("particle-diameter", COMPOSITES)


@computes("pvb-amount-si34-smallest")
def pvb_amount_order() -> tuple[str, ...]:
    """Rank the printed PVB:Si ratios."""
    return _ranked("pvb-ratio", COMPOSITES)


@computes("particle-diameter-si34-like-sinp")
def particle_diameter_difference() -> Computed:
    """Compute the difference of two printed means, with the 95 % interval of Welch's test."""
    row = diameter_comparison().set_index(["first", "second"]).loc[("SiNP", "Si34@C")]
    return Computed(row["difference"], row["lower"], row["upper"])


@computes("silicon-content-range-abstract")
def silicon_content_range() -> Computed:
    """Find the smallest and largest silicon content of Table 1."""
    contents = [ledger.value(f"silicon-fraction-{sample}") for sample in COMPOSITES]
    return Computed(lower=min(contents), upper=max(contents))


@computes("silicon-fraction-si28-caption")
def silicon_fraction_caption() -> float:
    """Take the silicon content from Table 1."""
    return ledger.value("silicon-fraction-si28")


@computes("silicon-fraction-si37-conclusion")
def silicon_fraction_conclusion() -> float:
    """Take the silicon content from Table 1."""
    return ledger.value("silicon-fraction-si37")


@finding("particle-size-significance")
def particle_size_significance() -> tuple[bool, list[Step]]:
    """Test the difference that the text makes and the one that it does not."""
    table = diameter_comparison().set_index(["first", "second"])
    equated, ranked = table.loc[("SiNP", "Si34@C")], table.loc[("Si34@C", "Si37@C")]
    steps = []
    for row, pair in ((equated, "Si34@C − SiNP"), (ranked, "Si37@C − Si34@C")):
        steps += [
            Step(f"{pair}, difference of the means", row["difference"], "nm"),
            Step(f"{pair}, lower end of the 95 % interval", row["lower"], "nm", 2),
            Step(f"{pair}, upper end of the 95 % interval", row["upper"], "nm", 3),
            Step(f"{pair}, p of Welch's test, Holm's correction for six pairs", row["p_adjusted"], "", 2),
        ]
    return equated["p_adjusted"] < 0.05 <= ranked["p_adjusted"], steps


@finding("pvb-order-does-not-explain-diameters")
def pvb_order_and_diameters() -> tuple[bool, list[Step]]:
    """Follow the mean diameter along rising PVB:Si."""
    by_ratio = sorted(COMPOSITES, key=lambda sample: ledger.value(f"pvb-ratio-{sample}"))
    steps = [
        Step(
            f"{COMPOSITES[sample]}: mean diameter at PVB:Si = {ledger.value(f'pvb-ratio-{sample}'):g}",
            ledger.value(f"particle-diameter-{sample}"),
            "nm",
        )
        for sample in by_ratio
    ]
    changes = np.diff([step.value for step in steps])
    return bool((changes < 0).any() and (changes > 0).any()), steps


@finding("raman-two-positions")
def raman_two_positions() -> tuple[bool, list[Step]]:
    """Compare the two positions, and find what each cause alone would need."""
    low, high = ledger.value("raman-first-order"), ledger.value("raman-crystalline-before-cycling")
    size = structure.size_for_peak(low)
    steps = [
        Step("c-Si line of Figure S5a minus that of Figure 2b", high - low, "cm⁻¹", 2),
        Step("computed line of a 52 nm crystal at room temperature", _first_order_line().value, "cm⁻¹", 4),
        Step(f"crystal size that would give {low:g} cm⁻¹", size, "nm", 2),
        Step("its X-ray line width at 28.4° (a 52 nm crystal: 0.16°)", structure.scherrer_width(size, 28.44), "°", 2),
        Step(f"temperature that would give {low:g} cm⁻¹", structure.temperature_for_peak(low), "K", 3),
        Step(f"biaxial tension that would give {low:g} cm⁻¹", structure.stress_for_peak(low), "GPa", 2),
    ]
    return abs(high - low) > ledger.claim("raman-first-order").tolerance, steps


@finding("single-core-shell-impossible")
def single_core_shell() -> tuple[bool, list[Step]]:
    """Compare measured diameters with those that one core and all its carbon need."""
    core = ledger.value("particle-diameter-sinp")
    expansion = materials.volume_expansion("Si", "Li15Si4")
    steps, impossible = [], {}
    for sample, name in COMPOSITES.items():
        fraction = _silicon_fraction(sample)
        upper = _diameter_interval(sample)[1]
        needed = [
            structure.core_shell(core, fraction, carbon_density=density).outer_diameter for density in CARBON_DENSITIES
        ]
        impossible[sample] = min(needed) > upper
        if impossible[sample]:
            middle = structure.core_shell(core, fraction)
            with_void = structure.core_shell(core, fraction, expansion=expansion)
            cores = structure.core_cluster(ledger.value(f"particle-diameter-{sample}"), core, fraction)
            steps += [
                Step(f"{name}: upper end of the 95 % interval of the measured mean", upper, "nm"),
                Step(f"{name}: outer diameter that a dense shell of all its carbon needs", middle.outer_diameter, "nm"),
                Step(f"{name}: the same with carbon of {CARBON_DENSITIES[1]} g cm⁻³", min(needed), "nm"),
                Step(f"{name}: the same with carbon of {CARBON_DENSITIES[0]} g cm⁻³", max(needed), "nm"),
                Step(f"{name}: with a void for full expansion", with_void.outer_diameter, "nm"),
                Step(f"{name}: 52 nm cores for which a measured particle has room", cores.cores_carbon_inside, "", 2),
            ]
    return impossible["si34"] and impossible["si37"], steps


@finding("void-template-shares")
def void_template_shares() -> tuple[bool, list[Step]]:
    """Compare the volume of the template with the void needed and with the finished particle."""
    core = ledger.value("particle-diameter-sinp")
    expansion = materials.volume_expansion("Si", "Li15Si4")
    steps, shares = [], {}
    for sample, name in COMPOSITES.items():
        ratio = ledger.value(f"pvb-ratio-{sample}")
        shares[sample] = structure.template_void_ratio(ratio, expansion)
        template = structure.template_void_ratio(ratio, 1)
        coated = structure.core_shell(core, 1.0, expansion=template).cavity_diameter
        steps += [
            Step(f"{name}: volume of PVB over the void that full expansion needs", 100 * shares[sample], "%"),
            Step(f"{name}: diameter of a 52 nm core under its PVB", coated, "nm"),
            Step(f"{name}: measured outer diameter", ledger.value(f"particle-diameter-{sample}"), "nm"),
        ]
        shares[sample, "larger"] = coated > _diameter_interval(sample)[1]
    return shares["si34"] < 1 and shares["si37", "larger"], steps
