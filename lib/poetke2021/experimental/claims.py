"""Experimental section: what the recipes and the cell geometry imply, and where they do not fit together."""

from collections.abc import Sequence

import numpy as np

from companion import ledger
from companion.evidence import Computed, Step, computes, finding, rounding
from poetke2021 import stack
from poetke2021.experimental import mass_balance
from sicell import materials

_SAMPLES = ("si28", "si34", "si37")
_LITHIUM_PER_SILICON = 15 / 4


def _between_digits(id: str) -> np.ndarray:
    """Return the smallest, the printed and the largest number that a reader can take a claim for."""
    half = rounding(ledger.claim(id).printed)
    return ledger.value(id) + np.array([-half, 0.0, half])


def _printed(id: str) -> str:
    """Return a claim as the paper prints it, without a sign for approximately."""
    return ledger.claim(id).printed.strip("~ ")


def _active_fraction() -> float:
    return ledger.value("anode-active-fraction") / 100


def _active_mass() -> float:
    """Return the Si-C in one anode, mg."""
    return ledger.value("anode-composite-mass") * _active_fraction()


def _demanded_area() -> float:
    """Return the area at which the weighed anode has the printed loading, cm2."""
    return _active_mass() / ledger.value("anode-areal-loading")


def _capacity_per_si_c() -> float:
    return materials.capacity_per_component(ledger.value("anode-first-lithiation-capacity"), _active_fraction())


@computes("anode-areal-loading")
def anode_areal_loading() -> float:
    """Return the Si-C per area of the stated die, mg/cm2."""
    area = materials.disc_area(ledger.value("die-diameter"))
    return materials.areal_loading(ledger.value("anode-composite-mass"), area, _active_fraction())


@computes("derived-anode-areal-capacity-from-mass")
def areal_capacity_from_mass() -> float:
    """Return the areal capacity of the weighed anode on the stated die, mAh/cm²."""
    area = materials.disc_area(ledger.value("die-diameter"))
    return ledger.value("anode-composite-mass") * ledger.value("anode-first-lithiation-capacity") / 1000 / area


@computes("derived-anode-specific-capacity-si-c")
def anode_specific_capacity() -> float:
    """Return the first lithiation per gram of Si-C from that per gram of composite, mAh/g."""
    return _capacity_per_si_c()


@computes("pvb-ratios-synthesis")
def pvb_ratios() -> Computed:
    """Return the smallest and the largest ratio of PVB to silicon in Table 1."""
    ratios = [ledger.value(f"pvb-ratio-{sample}") for sample in _SAMPLES]
    return Computed(lower=min(ratios), upper=max(ratios))


@finding("area-does-not-close")
def area_does_not_close() -> tuple[bool, Sequence[Step]]:
    """Compare the die with the diameters that loading and areal capacity demand, all within their printed digits."""
    stated = _between_digits("die-diameter")
    area = materials.disc_area(stated[1])
    mass, capacity = ledger.value("anode-composite-mass"), ledger.value("anode-first-lithiation-capacity")
    loading = materials.areal_loading(mass, area, _active_fraction())
    areal_capacity = materials.areal_capacity(mass / area, capacity)
    by_loading = materials.disc_diameter(_active_mass() / _between_digits("anode-areal-loading"))
    by_capacity = materials.disc_diameter(mass * capacity / 1e3 / _between_digits("anode-areal-capacity"))
    agree = by_loading.min() <= by_capacity.max() and by_capacity.min() <= by_loading.max()
    steps = [
        Step("area of the stated die", area, "cm²"),
        Step(f"loading on it (printed: {_printed('anode-areal-loading')})", loading, "mg(Si–C) cm⁻²"),
        Step(f"areal capacity on it (printed: {_printed('anode-areal-capacity')})", areal_capacity, "mAh cm⁻²"),
        Step("diameter that the printed loading demands", by_loading[1], "mm"),
        Step("diameter that the printed areal capacity demands", by_capacity[1], "mm"),
        Step("smallest diameter that rounds to the stated one", stated[0], "mm"),
    ]
    return agree and max(by_loading.max(), by_capacity.max()) < stated[0], steps


@finding("pellet-density-above-crystal")
def pellet_density_above_crystal() -> tuple[bool, Sequence[Step]]:
    """Compare the density of the separator, on the die and on the demanded area, with that of its crystal."""
    mass, thickness = ledger.value("separator-mass"), ledger.value("separator-thickness")
    area, demanded = materials.disc_area(ledger.value("die-diameter")), _demanded_area()
    crystal = materials.density("Li6PS5Cl")
    density = materials.pellet_density(mass, thickness, demanded)
    steps = [
        Step("density of the pellet on the stated die", materials.pellet_density(mass, thickness, area), "g cm⁻³"),
        Step("density on the area that the loading demands", density, "g cm⁻³"),
        Step("density of the crystal, the most there can be", crystal, "g cm⁻³"),
        Step(
            "smallest diameter at which the pellet fits", materials.disc_diameter(10 * mass / thickness / crystal), "mm"
        ),
        Step("thickness without pores on the demanded area", 10 * mass / crystal / demanded, "µm"),
    ]
    return density > crystal, steps


@finding("current-density-factor")
def current_density_factor() -> tuple[bool, Sequence[Step]]:
    """Follow the doubt about the area into the current densities."""
    factor = materials.disc_area(ledger.value("die-diameter")) / _demanded_area()
    steps = [Step("area of the die over the area that the loading demands", factor)]
    for id in ("current-density-rate-highest", "three-electrode-current-density"):
        current, printed = ledger.value(id), f"{_printed(id)} mA cm⁻²"
        steps.append(Step(f"{printed} if set for the die, on the smaller area", current * factor, "mA cm⁻²", 2))
        steps.append(Step(f"{printed} if set for the smaller area, on the die", current / factor, "mA cm⁻²", 2))
    return abs(factor - 1) > 0.05, steps


def _balance(sample: str, ratio: float | None = None) -> mass_balance.SynthesisBalance:
    return mass_balance.synthesis_balance(
        ledger.value(f"pvb-ratio-{sample}") if ratio is None else ratio,
        ledger.value("coated-silicon-mass"),
        ledger.value("sucrose-mass"),
        ledger.value(f"silicon-fraction-{sample}") / 100,
        batch_silicon_mass=ledger.value("silicon-batch-mass"),
    )


@finding("carbon-balance-si34")
def carbon_balance_si34() -> tuple[bool, Sequence[Step]]:
    """Compare the carbon in Si34@C with the carbon in its precursors, for the printed ratio and for its inverse."""
    printed = _balance("si34")
    swapped = _balance("si34", 1 / ledger.value("pvb-ratio-si34"))
    steps = [
        Step(f"silicon in the Si@PVB that was used, at {_printed('pvb-ratio-si34')}", printed.silicon_mass, "g"),
        Step("what is not silicon in the product", printed.non_silicon_required, "g"),
        Step("carbon in sucrose and PVB, if none of it is lost", printed.carbon_available, "g"),
        Step("lowest silicon content with all of that carbon", _least_silicon_content(printed), "%"),
        Step("with the ratio inverted: required", swapped.non_silicon_required, "g"),
        Step("with the ratio inverted: carbon available", swapped.carbon_available, "g"),
    ]
    return not printed.possible and bool(swapped.possible), steps


def _least_silicon_content(balance: mass_balance.SynthesisBalance) -> float:
    """Return the silicon content, in %, of a product that has kept every carbon atom."""
    return 100 * balance.silicon_mass / (balance.silicon_mass + balance.carbon_available)


@finding("no-common-char-yield")
def no_common_char_yield() -> tuple[bool, Sequence[Step]]:
    """Ask which yield of char from PVB would explain Table 1 if the sucrose gives the same char each time."""
    balances = {sample: _balance(sample) for sample in _SAMPLES}
    si28, si37 = balances["si28"], balances["si37"]
    yield_of_pvb = (si37.non_silicon_required - si28.non_silicon_required) / (si37.pvb_mass - si28.pvb_mass)
    steps = [
        Step(
            f"carbon kept in {ledger.claim(f'pvb-ratio-{sample}').sample}", 100 * balance.retained_carbon_fraction, "%"
        )
        for sample, balance in balances.items()
    ]
    steps.append(
        Step(
            f"char per gram of PVB implied by going from {_printed('pvb-ratio-si28')} to {_printed('pvb-ratio-si37')}",
            yield_of_pvb,
            "g/g",
            2,
        )
    )
    return not 0 <= yield_of_pvb <= mass_balance.pvb_carbon_fraction(), steps


@finding("batch-mass")
def batch_mass() -> tuple[bool, Sequence[Step]]:
    """Compare the coated silicon that was used with what a batch of silicon and PVB gives."""
    silicon, used = ledger.value("silicon-batch-mass"), ledger.value("coated-silicon-mass")
    batch = silicon * (1 + ledger.value("pvb-ratio-si34"))
    steps = [
        Step(f"Si@PVB from one batch at {_printed('pvb-ratio-si34')}", batch, "g"),
        Step("Si@PVB used for the carbon coating", used, "g"),
        Step("batches needed", used / batch),
        Step("PVB per silicon at which one batch gives that much", used / silicon - 1),
    ]
    return batch < used, steps


@finding("silicon-content-under-argon")
def silicon_content_under_argon() -> tuple[bool, Sequence[Step]]:
    """Ask what the thermal analysis would have found in argon, and what incomplete oxidation does to the content."""
    contents = np.array([ledger.value(f"silicon-fraction-{sample}") / 100 for sample in _SAMPLES])
    # without oxygen nothing burns: the residue is the sample
    in_argon = mass_balance.silicon_content_from_oxidation(1.0, 1.0)
    residue = mass_balance.oxidation_residue(1.0, contents[2])
    stated = _printed("silicon-fraction-si37")
    tenth_metallic = mass_balance.silicon_content_from_oxidation(1.0, residue, oxidized_fraction=0.9)
    steps = [
        Step("content that the evaluation gives for any sample that keeps its mass", 100 * in_argon, "%"),
        Step(f"residue that stands behind {stated} %", 100 * residue, "% of the sample"),
        Step(f"content instead of {stated} % if a tenth of the silicon stayed metallic", 100 * tenth_metallic, "%"),
    ]
    return bool((contents < 0.95 * in_argon).all()), steps


@finding("mass-ratio-order")
def mass_ratio_order() -> tuple[bool, Sequence[Step]]:
    """Compare the electrolyte in the electrodes, and what it costs, for the two orders of the mixing ratios."""
    shares = {
        (electrode, swapped): 100 * materials.volume_fractions(stack.composite(electrode, swapped=swapped))["Li6PS5Cl"]
        for electrode in ("cathode", "anode")
        for swapped in (False, True)
    }
    # a third of it is what the cathode adds to the cell's resistance
    printed, swapped = (
        stack.ionic_resistance("cathode", ledger.value("np-ratio-1.3"), swapped=order)[1] / 3 for order in (False, True)
    )
    ratio = _printed("np-ratio-1.3")
    steps = [
        Step("electrolyte in the cathode, order as printed", shares["cathode", False], "vol-%", 2),
        Step("electrolyte in the cathode, last two swapped", shares["cathode", True], "vol-%", 2),
        Step("electrolyte in the anode, order as printed", shares["anode", False], "vol-%", 2),
        Step("electrolyte in the anode, last two swapped", shares["anode", True], "vol-%", 2),
        Step(f"ionic resistance of a dense cathode at n/p {ratio}, at least, as printed", printed, "Ω cm²"),
        Step("the same, swapped", swapped, "Ω cm²"),
    ]
    return shares["cathode", False] < 10 and shares["anode", False] < 10 and printed > 10 * swapped, steps


@finding("capacity-above-theoretical")
def capacity_above_theoretical() -> tuple[bool, Sequence[Step]]:
    """Compare the first lithiation per gram of silicon with what silicon can take up."""
    content = ledger.value("silicon-fraction-si37") / 100
    per_si_c = _capacity_per_si_c()
    per_silicon = materials.capacity_per_component(per_si_c, content)
    silicon = materials.theoretical_capacity("Si", _LITHIUM_PER_SILICON)
    graphite = materials.theoretical_capacity("C6", 1)
    active, second, third = (ledger.value(f"anode-{part}-fraction") for part in ("active", "second", "third"))
    excess = per_si_c - content * silicon
    steps = [
        Step("first lithiation per gram of Si–C", per_si_c, "mAh g⁻¹", 4),
        Step("the same per gram of silicon, if that stored everything", per_silicon, "mAh g⁻¹", 4),
        Step("what silicon can take up (Li₁₅Si₄)", silicon, "mAh g⁻¹", 4),
        Step("what something else must have taken up, per gram of Si–C", excess, "mAh g⁻¹"),
        Step(
            f"nanofibres at {third:g} wt-%, as good as graphite, per gram of Si–C",
            graphite * third / active,
            "mAh g⁻¹",
            2,
        ),
        Step(f"nanofibres at {second:g} wt-%, likewise", graphite * second / active, "mAh g⁻¹"),
        Step("the shell alone would need, per gram of its carbon", excess / (1 - content), "mAh g⁻¹"),
    ]
    return per_silicon > silicon, steps


@finding("capacity-176-basis")
def capacity_176_basis() -> tuple[bool, Sequence[Step]]:
    """Compare the two readings of the cathode capacity that the cells were balanced with."""
    printed, ncm = ledger.value("cathode-first-discharge-capacity"), ledger.value("ncm-maximum-capacity")
    fraction = ledger.value("cathode-ncm-fraction") / 100
    nominal = ledger.value("np-ratio-1.3")
    per_composite = materials.capacity_per_composite(ncm, fraction)
    steps = [
        Step(f"{ncm:g} per gram of NCM times its share of the composite", per_composite, "mAh g⁻¹", 5),
        Step(f"{printed:g} per gram of composite is, per gram of NCM", printed / fraction, "mAh g⁻¹", 4),
        Step(f"true n/p of a nominal {nominal:g} if {printed:g} were per gram of NCM", nominal * printed / ncm),
    ]
    return abs(per_composite - printed) < 0.5 and abs(printed - ncm) > 0.05 * ncm, steps


@finding("liquid-comparison-changes-two-things")
def liquid_comparison() -> tuple[bool, Sequence[Step]]:
    """Compare the geometry of the liquid cells with that of the solid ones, which face each other edge to edge."""
    anode, cathode = (
        materials.disc_area(ledger.value(f"liquid-full-cell-{electrode}-diameter"))
        for electrode in ("anode", "cathode")
    )
    nominal = ledger.value("np-ratio-liquid-comparison")
    loading, density = ledger.bounds("liquid-anode-loading"), ledger.value("liquid-anode-density")
    thickness = materials.layer_thickness(np.array(loading), density)
    steps = [
        Step("area of the liquid cell's anode over its cathode", anode / cathode, "", 4),
        Step(f"n/p {nominal:.1f} per area, counted with the whole anode", nominal * anode / cathode),
        Step("thickness of its anode, lightest coating", thickness[0], "µm", 2),
        Step("thickness of its anode, heaviest coating", thickness[1], "µm", 2),
    ]
    return anode / cathode > 1.05, steps
