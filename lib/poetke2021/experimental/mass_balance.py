"""Mass balance of the Si-C synthesis, and the silicon content from the mass of its oxide.

The synthesis: silicon is coated with polyvinyl butyral (PVB), the coated silicon (Si@PVB) is dispersed with sucrose,
which polymerizes around it, and both polymers are pyrolyzed. Masses are in g.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from uncertainties.unumpy import nominal_values

from sicell._check import between, non_negative, positive
from sicell.materials import mass_fraction, molar_mass


def _content(name: str, value: Any) -> Any:
    """Return a mass fraction above 0 and at most 1."""
    return positive(name, between(name, value, 0, 1))


def pvb_carbon_fraction() -> float:
    """Return the mass fraction of carbon in polyvinyl butyral.

    That of vinyl butyral (C8H14O2) with 14 wt-% of vinyl alcohol (C2H4O) and 2.5 wt-% of vinyl acetate units (C4H6O2):
    the middle of what Kuraray, Mowital technical data sheet, August 2016, specifies for B 60 HH (12-16 and 1-4 wt-%).
    """
    alcohol, acetate = 0.14, 0.025
    butyral = 1 - alcohol - acetate
    return (
        butyral * mass_fraction("C8H14O2", "C")
        + alcohol * mass_fraction("C2H4O", "C")
        + acetate * mass_fraction("C4H6O2", "C")
    )


@dataclass(frozen=True)
class SynthesisBalance:
    """Where the mass of a Si-C composite can have come from; masses in g, a value or an array with one for each recipe.

    `non_silicon_required` must stand beside the silicon to give the content; over the carbon of the precursors it is
    `retained_carbon_fraction` (above one is impossible if what is not silicon is carbon), over their mass `char_yield`.
    """

    pvb_to_silicon: Any  #: a ratio of masses
    silicon_content: Any  #: mass fraction in the product
    silicon_mass: Any  #: in the coated silicon that was used
    pvb_mass: Any
    non_silicon_required: Any
    carbon_from_sucrose: Any
    carbon_from_pvb: Any
    carbon_available: Any
    carbon_surplus: Any  #: available less required
    retained_carbon_fraction: Any
    char_yield: Any
    batches_needed: Any  #: of coated silicon; NaN if the size of a batch was not given
    possible: Any  #: whether the precursors hold enough carbon

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each recipe, with the attributes as columns."""
        columns = {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}
        broadcast = np.broadcast_arrays(*columns.values())
        return pd.DataFrame({name: values.ravel() for name, values in zip(columns, broadcast, strict=True)})


def synthesis_balance(
    pvb_to_silicon: Any,
    coated_silicon_mass: Any,
    sucrose_mass: Any,
    silicon_content: Any,
    *,
    batch_silicon_mass: Any = np.nan,
) -> SynthesisBalance:
    """Compare the carbon that a Si-C composite needs with the carbon that its precursors hold.

    From the mass ratio of PVB to silicon, the masses (g) of coated silicon and sucrose that were used, the mass
    fraction of silicon in the product and, to count batches, the silicon in one of them (g); numbers or arrays. All
    silicon is taken to reach the product, and what is not silicon to be carbon: oxygen, ash of the base and impurities
    would come on top. Raises ValueError if a mass or the ratio is negative, no precursor is left, or a fraction is
    none.
    """
    ratio = non_negative("pvb_to_silicon", pvb_to_silicon)
    coated = positive("coated_silicon_mass", coated_silicon_mass, "g")
    sucrose = non_negative("sucrose_mass", sucrose_mass, "g")
    content = _content("silicon_content", silicon_content)
    if not np.all(np.isnan(np.asarray(nominal_values(batch_silicon_mass), dtype=float))):
        batch_silicon_mass = positive("batch_silicon_mass", batch_silicon_mass, "g")

    silicon = coated / (1 + ratio)
    pvb = silicon * ratio
    precursors = positive("sucrose and PVB together", sucrose + pvb, "g")
    required = silicon * (1 / content - 1)
    from_sucrose = sucrose * mass_fraction("C12H22O11", "C")
    from_pvb = pvb * pvb_carbon_fraction()
    available = from_sucrose + from_pvb
    possible = np.asarray(nominal_values(required), dtype=float) <= np.asarray(nominal_values(available), dtype=float)
    return SynthesisBalance(
        pvb_to_silicon=ratio,
        silicon_content=content,
        silicon_mass=silicon,
        pvb_mass=pvb,
        non_silicon_required=required,
        carbon_from_sucrose=from_sucrose,
        carbon_from_pvb=from_pvb,
        carbon_available=available,
        carbon_surplus=available - required,
        retained_carbon_fraction=required / available,
        char_yield=required / precursors,
        batches_needed=silicon / batch_silicon_mass,
        possible=bool(possible) if possible.ndim == 0 else possible,
    )


def _residue_per_silicon(oxidized_fraction: Any) -> Any:
    """Return the mass of the residue over the mass of its silicon, part of which is SiO2."""
    gain = molar_mass("SiO2") / molar_mass("Si") - 1
    return 1 + between("oxidized_fraction", oxidized_fraction, 0, 1) * gain


def silicon_content_from_oxidation(sample_mass: Any, residue_mass: Any, oxidized_fraction: Any = 1.0) -> Any:
    """Return the silicon content of a composite from what is left when its carbon has been burnt.

    Raises ValueError if the sample mass is not positive, the residue is negative or heavier than that of pure silicon,
    or `oxidized_fraction` is no fraction.

    Masses in one unit; `oxidized_fraction` is the share of the silicon that became SiO2, 0 to 1. The usual evaluation
    takes 1, which understates the content: silicon that stays metallic makes the residue lighter.
    """
    sample = positive("sample_mass", sample_mass)
    residue = non_negative("residue_mass", residue_mass)
    content = residue / _residue_per_silicon(oxidized_fraction) / sample
    highest = float(np.max(np.asarray(nominal_values(content), dtype=float)))
    if highest > 1 + 1e-9:
        raise ValueError(
            f"residue_mass must not exceed that of a sample of pure silicon, got {highest:.4g} times that residue"
        )
    return content


def oxidation_residue(sample_mass: Any, silicon_content: Any, oxidized_fraction: Any = 1.0) -> Any:
    """Return the residue that a composite leaves when its carbon is burnt and its silicon oxidized.

    Raises ValueError if the sample mass is negative or a fraction is not a fraction.

    In the unit of the sample's mass; `oxidized_fraction` is the share of the silicon that becomes SiO2, 0 to 1.
    """
    content = between("silicon_content", silicon_content, 0, 1)
    return non_negative("sample_mass", sample_mass) * content * _residue_per_silicon(oxidized_fraction)
