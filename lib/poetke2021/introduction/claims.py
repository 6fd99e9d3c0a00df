"""Introduction: what anode materials can hold, and how much silicon swells."""

from __future__ import annotations

from companion import ledger
from companion.evidence._audit import Step, finding
from companion.evidence._registry import computes
from sicell import materials


def _specific(host: str, lithium: float, per: str = "lithiated phase") -> float:
    return materials.theoretical_capacity(host, lithium, per=per)


def _volumetric(host: str, lithium: float, phase: str, per: str = "lithiated phase") -> float:
    return materials.volumetric_capacity(_specific(host, lithium, per), materials.density(phase))


@computes("lithium-gravimetric-capacity")
def lithium_gravimetric_capacity() -> float:
    """Return the capacity of lithium metal, mAh/g."""
    return _specific("Li", 1, "host")


@computes("lithium-volumetric-capacity")
def lithium_volumetric_capacity() -> float:
    """Return the capacity of lithium metal, mAh/cm³."""
    return _volumetric("Li", 1, "Li", "host")


@computes("graphite-gravimetric-capacity")
def graphite_gravimetric_capacity() -> float:
    """Return the capacity of graphite, mAh per g LiC6."""
    return _specific("C6", 1)


@computes("graphite-volumetric-capacity")
def graphite_volumetric_capacity() -> float:
    """Return the capacity of graphite, mAh per cm³ LiC6."""
    return _volumetric("C6", 1, "LiC6")


@computes("silicon-gravimetric-capacity")
def silicon_gravimetric_capacity() -> float:
    """Return the capacity of silicon, mAh per g Li15Si4."""
    return _specific("Si", 15 / 4)


@computes("silicon-volumetric-capacity")
def silicon_volumetric_capacity() -> float:
    """Return the capacity of silicon, mAh per cm³ Li15Si4, with the customary density of 1.18 g/cm³."""
    return _volumetric("Si", 15 / 4, "Li15Si4")


@computes("silicon-volume-change")
def silicon_volume_change() -> float:
    """Return the volume change of silicon up to Li15Si4, %."""
    return 100 * materials.volume_expansion("Si", "Li15Si4")


@finding("capacity-basis")
def capacity_basis() -> tuple[bool, list[Step]]:
    """Compare the theoretical capacity that is quoted with the measured one, each per its own gram."""
    quoted = ledger.value("silicon-gravimetric-capacity")
    measured = ledger.value("capacity-per-silicon-si37-minimum")
    host, lithiated = _specific("Si", 15 / 4, "host"), _specific("Si", 15 / 4)
    steps = [
        Step("quoted theoretical capacity of silicon", quoted, "mAh g⁻¹", 4),
        Step("computed per gram of Li₁₅Si₄", lithiated, "mAh g⁻¹", 4),
        Step("computed per gram of silicon", host, "mAh g⁻¹", 4),
        Step("measured capacity per gram of silicon, at least", measured, "mAh g⁻¹", 4),
        Step("measured over quoted", measured / quoted, "", 3),
    ]
    return measured > quoted and measured < host, steps
