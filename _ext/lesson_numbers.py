"""Every number that a lesson plan, a slide or the summary sheet says, computed by what the chapters call."""

from functools import cache

import numpy as np

from companion import evidence, ledger
from poetke2021 import cells, electrodes, introduction
from poetke2021 import structural_characterization as structure
from poetke2021.balancing import figures
from poetke2021.experimental import mass_balance
from poetke2021.np_explorer import np_explorer
from poetke2021.structural_characterization.claims import diameter_comparison
from sicell import balancing, materials


def _contact():
    """Return how much more of a particle in its shell a liquid touches than a solid."""
    core = ledger.value("particle-diameter-sinp")
    expansion = materials.volume_expansion("Si", "Li15Si4")
    _, data = introduction.electrolyte_contact(core, core * (1 + expansion) ** (1 / 3), 6, expansion, 3)
    area = data.set_index(["particle", "state", "electrolyte"]).sort_index()["area in contact / nm2"]
    area = area["silicon in a carbon shell", "pristine"]
    return area["liquid electrolyte"] / area["solid electrolyte"]


def _introduction():
    per_silicon = materials.capacity_per_component(900, 0.37)  # of the exercise
    of_silicon = materials.theoretical_capacity("Si", 15 / 4, per="host")
    return {
        "exercise-per-silicon": f"{per_silicon:.0f}",
        "exercise-share": f"{100 * per_silicon / of_silicon:.0f} %",
        "liquid-over-solid": f"{_contact():.1f}",
        "tin": f"{materials.theoretical_capacity('Sn', 22 / 5, per='host'):.0f}",
        "silicon-per-phase": f"{materials.theoretical_capacity('Si', 15 / 4, per='lithiated phase'):.0f}",
        "silicon-per-host": f"{of_silicon:.0f}",
        "measured-per-silicon": f"{ledger.value('capacity-per-silicon-si37-minimum'):.0f}",
        "silicon-growth": f"{1 + materials.volume_expansion('Si', 'Li15Si4'):.1f}",
    }


def _steps():
    """Return every line of the findings' arithmetic by finding and text, as the chapters print it."""
    return {(one.id, step.text): str(step).split(" = ")[-1] for one in evidence.findings() for step in one.steps}


def _experimental():
    said = _steps()
    area, pellet, carbon = "area-does-not-close", "pellet-density-above-crystal", "carbon-balance-si34"
    disc = materials.disc_area(ledger.value("die-diameter"))
    weighed, thickness = ledger.value("separator-mass"), ledger.value("separator-thickness")
    needed = disc * ledger.value("anode-areal-loading") / (ledger.value("anode-active-fraction") / 100)
    return {
        "pellet-mass": f"{weighed:.0f} mg",
        "pellet-thickness": f"{thickness:.0f} µm",
        "pellet-on-die": f"{materials.pellet_density(weighed, thickness, disc):.2f}",
        "more-composite": f"{needed:.1f} mg",
        "sucrose": f"{ledger.value('sucrose-mass')} g",
        "sucrose-carbon": f"{100 * materials.mass_fraction('C12H22O11', 'C'):.0f} %",
        "pvb-carbon": f"{100 * mass_balance.pvb_carbon_fraction():.0f} %",
        "composite-mass": f"{ledger.value('anode-composite-mass')} mg",
        "active-share": f"{ledger.value('anode-active-fraction'):.0f} %",
        "composite-capacity": f"{ledger.value('anode-first-lithiation-capacity'):.0f} mAh",
        "die": f"{ledger.value('die-diameter'):.0f} mm",
        "die-area": f"{disc:.2f} cm²",
        "loading": said[area, "loading on it (printed: 4.8)"].replace("mg(Si–C)", "mg"),
        "areal-capacity": said[area, "areal capacity on it (printed: 7.4)"],
        "printed-loading": f"{ledger.value('anode-areal-loading')}",
        "printed-areal-capacity": f"{ledger.value('anode-areal-capacity')}",
        "demanded-die": said[area, "diameter that the printed loading demands"],
        "pellet-density": said[pellet, "density on the area that the loading demands"],
        "crystal-density": said[pellet, "density of the crystal, the most there can be"],
        "carbon-needed": said[carbon, "what is not silicon in the product"],
        "carbon-there": said[carbon, "carbon in sucrose and PVB, if none of it is lost"],
        "carbon-needed-inverted": said[carbon, "with the ratio inverted: required"],
        "carbon-there-inverted": said[carbon, "with the ratio inverted: carbon available"],
        "si34": f"{ledger.value('silicon-fraction-si34')} %",
        "coated": f"{ledger.value('coated-silicon-mass')} g",
    }


def _structure():
    core, line = ledger.value("particle-diameter-sinp"), ledger.value("raman-first-order")
    pairs = diameter_comparison().set_index(["first", "second"]).loc["Si34@C", "Si37@C"]
    pattern = structure.powder_pattern(structure.silicon())
    share = ledger.value("silicon-fraction-si34") / 100
    expansion = materials.volume_expansion("Si", "Li15Si4")
    size = structure.size_for_peak(line)
    spread = [ledger.claim(f"particle-diameter-si{name}").uncertainty for name in (34, 37)]
    error = np.hypot(*spread) / np.sqrt(ledger.value("particles-measured"))
    softening = structure.constant("thermal-softening-zone-center")
    dense, void = (structure.core_shell(core, share, expansion=room).outer_diameter for room in (0, expansion))
    return {
        "lattice": f"{pattern.phase.lattice_parameter / 10:.4f} nm",
        "wavelength": f"{structure.constant('cu-k-alpha-1') / 10:.5f} nm",
        "first-line": f"{pattern.two_theta[0]:.2f}°",
        "second-line": f"{pattern.two_theta[1]:.2f}°",
        "third-line": f"{pattern.two_theta[2]:.2f}°",
        "shape-factor": f"{structure.constant('scherrer-shape-factor')}",
        "silicon-density": f"{materials.density('Si'):.2f}",
        "carbon-density": f"{materials.density('amorphous carbon')}",
        "void-needed": f"{expansion:.1f}",
        "error-of-difference": f"{error:.1f} nm",
        "line-cold": f"{structure.constant('silicon-raman-line')}",
        "line-per-100-kelvin": f"{100 * softening * structure.constant('silicon-raman-line'):.1f} cm⁻¹",
        "line-straight": f"{structure.softening_temperature(line / structure.constant('silicon-raman-line')):.0f} K",
        "line-per-gigapascal": f"{-structure.stress_shift(1.0):.1f} cm⁻¹",
        "core": f"{core:.0f} nm",
        "wide": f"{structure.scherrer_width(core, pattern.two_theta[0]):.2f}°",
        "small-wide": f"{structure.scherrer_width(size, pattern.two_theta[0]):.1f}°",
        "p-value": f"{pairs['p_adjusted']:.2f}",
        "si34-diameter": f"{ledger.value('particle-diameter-si34'):.0f} nm",
        "si37-diameter": f"{ledger.value('particle-diameter-si37'):.0f} nm",
        "si34-spread": f"{ledger.claim('particle-diameter-si34').uncertainty:.0f}",
        "si37-spread": f"{ledger.claim('particle-diameter-si37').uncertainty:.0f}",
        "dense-shell": f"{dense:.0f} nm",
        "void-shell": f"{void:.0f} nm",
        "line": f"{line:.0f}",
        "line-before": f"{ledger.value('raman-crystalline-before-cycling'):.0f}",
        "line-size": f"{size:.1f} nm",
        "line-temperature": f"{structure.temperature_for_peak(line):.0f} K",
        "line-tension": f"{structure.stress_for_peak(line):.1f} GPa",
    }


def _end_of_charge():
    """Return the curves that students draw, where they cross, and how well the anode's end is known."""
    upper, lower = cells.cutoffs()
    pair = cells.cell((1.3, 2.0))
    _, curves = figures.end_of_charge(pair, upper)
    charge, *lines = curves.to_numpy().T
    found = {
        f"{name}-at-{at}": f"{1000 * np.interp(at, charge, line):.0f}".replace("-", "−")
        for name, line in zip(("shifted", "anode-1.3", "anode-2.0"), lines, strict=True)
        for at in (230, 232, 234, 236, 238, 240)
    }
    nominal = 1.10 * pair.first_charge_capacity / pair.cathode_capacity
    drawn = cells.cell((1.3,)).uncertainty(
        upper, lower, loss=cells.calibrated_loss(), draws=1000, vary=["silicon plateau"]
    )
    plateau = drawn.interval("anode_potential_end_of_charge").loc[1.3]
    return found | {
        "true-ratio-nominal": f"{nominal:.2f}",
        "true-ratio-cathode": f"{5.0 / nominal:.2f} mAh cm⁻²",
        "plateau-doubt": f"{500 * (plateau['upper'] - plateau['lower']):.0f} mV",
    }


def _losses():
    """Return what each hypothesis about lost lithium gives for the two printed numbers."""
    cutoffs, pair = cells.cutoffs(), cells.cell((1.3, 2.0))
    efficiency = ledger.value("ice-np-2.0") / 100
    losses = {
        "half-cell": balancing.Loss.half_cell(ledger.value("ice-half-cell-solid") / 100),
        "proportional": cells.cell(2.0).calibrate_loss(efficiency, *cutoffs, lithiation_weight=1),
        "fixed": cells.calibrated_loss(),
    }
    found = {}
    for name, loss in losses.items():
        first = pair.first_cycle(*cutoffs, loss=loss, warn=False)
        found[f"{name}-efficiency"] = f"{100 * first.initial_coulombic_efficiency[1]:.0f} %"
        found[f"{name}-discharge"] = f"{first.discharge_capacity[0]:.0f}"
    return found | {"printed-discharge": f"{ledger.value('discharge-capacity-0.07'):.0f} mAh g⁻¹"}


def _balancing():
    explorer, found = np_explorer(), {}
    for ratio in ("1.1", "1.3", "1.7", "2.0"):
        state = explorer.state(float(ratio))
        found |= {
            f"charge-{ratio}": f"{state['charge_capacity']:.0f}",
            f"discharge-{ratio}": f"{state['discharge_capacity']:.0f}",
            f"efficiency-{ratio}": f"{100 * state['initial_coulombic_efficiency']:.0f} %",
            f"anode-{ratio}": f"{1000 * state['anode_potential_end_of_charge']:.0f} mV",
            f"cathode-{ratio}": f"{state['cathode_potential_end_of_charge']:.3f} V",
            f"lithiation-{ratio}": f"{100 * state['anode_lithiation_end_of_charge']:.0f} %",
        }
        for electrode, unit in (("anode", "mV"), ("cathode", "V")):
            if ratio in ("1.3", "2.0"):
                reported = ledger.value(f"{electrode}-potential-end-of-charge-np-{ratio}")
                found[f"{electrode}-paper-{ratio}"] = (
                    f"{1000 * reported:.0f} mV" if unit == "mV" else f"{reported:.2f} V"
                )
    return (
        found
        | _end_of_charge()
        | _losses()
        | {
            "cutoff": f"{ledger.value('cell-upper-cutoff-voltage')} V",
            "efficiency-paper-2.0": f"{ledger.value('ice-np-2.0')} %",
            "cathode-capacity": f"{electrodes.ncm90().specific_capacity:.0f}",
        }
    )


@cache
def numbers():
    """Return each number by its name, as it is to be read, with its unit where one belongs to it."""
    return _introduction() | _experimental() | _structure() | _balancing()
