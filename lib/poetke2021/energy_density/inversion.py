"""What projected energies at two n/p ratios say about the stack behind them, and what they cannot say."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sicell import _check
from sicell.energy import Layer, UnitCell

# In V; no pair of electrodes in use has more, and swapped energies demand about twice as much.
_LARGEST_VOLTAGE = 6.0


@dataclass(frozen=True, eq=False, repr=False)
class Inversion:
    """Result of :func:`invert`: all that four numbers determine."""

    #: In V: mean voltage times what the cell delivers over the nominal capacity of its cathode. Only the product is
    #: determined. At the second ratio, if the two differ in it.
    voltage_times_utilization: Any
    fixed_mass: Any  #: Of all layers but the cathode, mg/cm2
    cathode_density: Any  #: Of the cathode composite with its pores, g/cm3
    fixed_thickness: Any  #: Of all layers but the cathode, um
    anode_areal_capacity: Any  #: As given
    cathode_specific_capacity: Any  #: As given
    energy_per_capacity_ratio: Any = 1.0  #: As given

    def unit_cell(self, np_ratio: Any) -> UnitCell:
        """Build the unit cell of a ratio from what was determined, in two layers: the cathode and all else.

        Raises ValueError if the inversion had no common voltage times utilization.
        """
        if np.any(np.not_equal(self.energy_per_capacity_ratio, 1)):
            raise ValueError("voltage times utilization was not inverted as the same at every n/p ratio")
        nominal = self.anode_areal_capacity / _check.positive("np_ratio", np_ratio)
        mass = 1e3 * nominal / self.cathode_specific_capacity
        layers = (
            Layer("cathode", mass, 10 * mass / self.cathode_density),
            Layer("all else", self.fixed_mass, self.fixed_thickness),
        )
        return UnitCell(layers, nominal, self.voltage_times_utilization)


def _pair(name: str, value: Any, unit: str = "") -> tuple[Any, Any]:
    """Return both entries of an argument whose first axis is the two ratios."""
    checked = np.asarray(_check.positive(name, value, unit))
    if checked.ndim == 0 or checked.shape[0] != 2:
        raise ValueError(f"{name} must have two entries on its first axis, one a ratio, got shape {checked.shape}")
    return checked[0], checked[1]


def invert(
    np_ratio: Any,
    specific_energy: Any,
    energy_density: Any,
    *,
    anode_areal_capacity: Any,
    cathode_specific_capacity: Any,
    energy_per_capacity_ratio: Any = 1.0,
) -> Inversion:
    r"""Solve for the stack behind energies per mass and per volume that are projected for two n/p ratios.

    Raises ValueError if a number is not positive, there are not two ratios, both are the same, or the four numbers
    belong to no stack: a mass, a thickness or a density would be negative, or voltage times utilization above 6 V (as
    when the energies per mass and per volume are exchanged).

    The first axis of ratios and energies (W h/kg, W h/l) is the two ratios. `anode_areal_capacity` is that of the first
    lithiation, mAh/cm2, the same at both; `cathode_specific_capacity` nominal, mAh per g of cathode composite.
    `energy_per_capacity_ratio` is voltage times utilization at the first ratio over that at the second. The energies
    cannot tell it; 1 is the premise of a projection that gives both balances the same energy per gram of cathode.

    With the nominal areal capacity :math:`c_i` of the cathode, its mass :math:`m_i = c_i/C`, and :math:`f_1 = f`,
    :math:`f_2 = 1` for the argument `energy_per_capacity_ratio`,

    .. math:: f_i\,kV\,\frac{c_i}{w_i} = M + m_i, \qquad f_i\,kV\,\frac{c_i}{v_i} = T + \frac{m_i}{\rho},

    which are two linear equations for :math:`kV` and the fixed mass :math:`M`, and then two for the fixed thickness
    :math:`T` and :math:`1/\rho`. It is assumed that all layers but the cathode are the same at both ratios, and that
    the energies per capacity differ by :math:`f` as given; :math:`kV`, :math:`M` and :math:`T` are sensitive to it.
    Conservation of mass and volume; no model of the electrodes enters.
    """
    first, second = _pair("np_ratio", np_ratio)
    if np.any(first == second):
        raise ValueError(f"np_ratio must be two different ratios, got {np.ravel(first)[0]:g} twice")
    areal = _check.positive("anode_areal_capacity", anode_areal_capacity, "mAh/cm2")
    specific = _check.positive("cathode_specific_capacity", cathode_specific_capacity, "mAh/g")
    nominal = areal / first, areal / second
    factor = _check.positive("energy_per_capacity_ratio", energy_per_capacity_ratio), 1.0
    mass = tuple(1e3 * capacity / specific for capacity in nominal)
    # per volt of kV: mass in mg/cm2 and thickness in um of the whole stack
    per_mass, per_volume = (
        _pair(*given)
        for given in (("specific_energy", specific_energy, "W h/kg"), ("energy_density", energy_density, "W h/l"))
    )
    heavy = tuple(1e3 * f * c / w for f, c, w in zip(factor, nominal, per_mass, strict=True))
    thick = tuple(1e4 * f * c / v for f, c, v in zip(factor, nominal, per_volume, strict=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        product = (mass[0] - mass[1]) / (heavy[0] - heavy[1])
        fixed_mass = product * heavy[0] - mass[0]
        # um per mg/cm2
        bulk = product * (thick[0] - thick[1]) / (mass[0] - mass[1])
        fixed_thickness = product * thick[0] - bulk * mass[0]
        density = 10 / bulk
    found = {
        "voltage times utilization": product,
        "fixed mass": fixed_mass,
        "cathode density": density,
        "fixed thickness": fixed_thickness,
    }
    for name, value in found.items():
        bad = ~(np.isfinite(value) & (value > 0))
        if np.any(bad):
            raise ValueError(
                f"the energies belong to no stack: {name} would be {np.ravel(value)[np.argmax(np.ravel(bad))]:.3g}"
            )
    if np.any(product > _LARGEST_VOLTAGE):
        raise ValueError(
            f"voltage times utilization would be {np.max(product):.3g} V, more than {_LARGEST_VOLTAGE:g} V: "
            "specific_energy must be in W h/kg and energy_density in W h/l, are they exchanged?"
        )
    return Inversion(*found.values(), areal, specific, factor[0])
