"""Cell arithmetic: areas, loadings, areal capacities, balance, pellet density, C-rate and separator resistance.

Arguments and results are numbers, arrays that broadcast, or uncertain numbers of `uncertainties`. What is negative,
zero where one divides by it, not finite or no fraction raises ValueError, which names it with its unit.
"""

from typing import Any

import numpy as np

from sicell._check import between, finite, non_negative, positive


def disc_area(diameter: Any) -> Any:
    """Return the area (cm2) of a round electrode from its diameter (mm).

    >>> round(disc_area(13), 3)
    1.327
    """
    return np.pi / 400 * positive("diameter", diameter, "mm") ** 2


def disc_diameter(area: Any) -> Any:
    """Return the diameter (mm) of a round electrode from its area (cm2).

    >>> round(disc_diameter(0.955), 1)
    11.0
    """
    return (400 / np.pi * positive("area", area, "cm2")) ** 0.5


def areal_loading(mass: Any, area: Any, active_fraction: Any = 1.0) -> Any:
    """Return the mass of active material per area (mg/cm2) of an electrode.

    From the mass of the whole composite (mg), the area (cm2) and the mass fraction of the active material in it; 1
    gives the loading of the composite itself.

    >>> round(areal_loading(7.64, disc_area(13), 0.60), 2)
    3.45
    """
    mass = non_negative("mass", mass, "mg")
    return mass * between("active_fraction", active_fraction, 0, 1) / positive("area", area, "cm2")


def areal_capacity(loading: Any, specific_capacity: Any) -> Any:
    """Return the capacity per area (mAh/cm2) from a loading (mg/cm2) and the capacity (mAh/g) of what it counts.

    >>> round(areal_capacity(areal_loading(7.64, disc_area(13)), 922), 2)
    5.31
    """
    capacity = non_negative("specific_capacity", specific_capacity, "mAh/g")
    return non_negative("loading", loading, "mg/cm2") * capacity / 1e3


def nominal_np_ratio(anode_areal_capacity: Any, cathode_areal_capacity: Any) -> Any:
    """Return anode capacity over cathode capacity, both in mAh/cm2 as their half-cells gave them.

    "Nominal" because the two half-cell capacities need not belong to the same step: dividing a first lithiation by a
    first discharge overstates the excess of anode in the first charge of the full cell.

    >>> round(nominal_np_ratio(7.4, 5.7), 2)
    1.3
    """
    anode = positive("anode_areal_capacity", anode_areal_capacity, "mAh/cm2")
    return anode / positive("cathode_areal_capacity", cathode_areal_capacity, "mAh/cm2")


def balanced_cathode_loading(anode_areal_capacity: Any, np_ratio: Any, cathode_capacity: Any) -> Any:
    """Return the cathode loading (mg/cm2) that gives a cell a chosen n/p ratio.

    Of composite or of active material, whichever `cathode_capacity` (mAh/g) refers to, beside an anode of so many
    mAh/cm2.

    >>> balanced_cathode_loading(7.4, [1.1, 1.3, 1.7, 2.0], 176).round(1).tolist()
    [38.2, 32.3, 24.7, 21.0]
    """
    anode = positive("anode_areal_capacity", anode_areal_capacity, "mAh/cm2")
    cathode = positive("cathode_capacity", cathode_capacity, "mAh/g")
    return 1e3 * anode / positive("np_ratio", np_ratio) / cathode


def pellet_density(mass: Any, thickness: Any, area: Any) -> Any:
    """Return the density (g/cm3) of a pressed layer from its mass (mg), thickness (um) and area (cm2).

    If it exceeds that of the crystal (:func:`sicell.materials.density`), the three do not fit together.

    >>> round(pellet_density(150, 750, disc_area(13)), 2)
    1.51
    """
    volume = positive("thickness", thickness, "um") * positive("area", area, "cm2")
    return 10 * non_negative("mass", mass, "mg") / volume


def layer_thickness(loading: Any, density: Any) -> Any:
    """Return the thickness (um) of a layer from its mass per area (mg/cm2) and its density with pores (g/cm3).

    >>> round(layer_thickness(38.2, 3.82), 1)
    100.0
    """
    return 10 * non_negative("loading", loading, "mg/cm2") / positive("density", density, "g/cm3")


def c_rate(current_density: Any, areal_capacity: Any) -> Any:
    """Return the C-rate (1/h) of a current (mA/cm2): the inverse of the hours for the whole capacity (mAh/cm2).

    It has the sign of the current, negative on discharge.

    >>> round(1 / c_rate(0.07, 7.4 / 1.3))
    81
    """
    return finite("current_density", current_density, "mA/cm2") / positive("areal_capacity", areal_capacity, "mAh/cm2")


def separator_resistance(thickness: Any, conductivity: Any, area: Any = None) -> Any:
    """Return the ionic resistance of a dense electrolyte layer from its thickness (um) and conductivity (mS/cm).

    Area-specific (ohm cm2), or that of an area in cm2 (ohm) if one is given.

    >>> round(separator_resistance(750, 3.0), 1), round(separator_resistance(750, 3.0, disc_area(13)), 1)
    (25.0, 18.8)
    """
    # um / (mS/cm) is 1e-4 cm / (1e-3 S/cm) = 0.1 ohm cm2.
    resistance = 0.1 * positive("thickness", thickness, "um") / positive("conductivity", conductivity, "mS/cm")
    return resistance if area is None else resistance / positive("area", area, "cm2")


def ohmic_drop(current_density: Any, area_specific_resistance: Any) -> Any:
    """Return the voltage (V) that a current (mA/cm2, negative on discharge) loses in a resistance (ohm cm2).

    >>> round(ohmic_drop(1.47, separator_resistance(750, 3.0)), 3)
    0.037
    """
    resistance = non_negative("area_specific_resistance", area_specific_resistance, "ohm cm2")
    return finite("current_density", current_density, "mA/cm2") * resistance / 1e3
