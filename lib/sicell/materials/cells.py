"""Cell arithmetic: areas, loadings, areal capacities, balance, pellet density, C-rate and separator resistance."""

from __future__ import annotations

from typing import Any

import numpy as np

from sicell._check import between, finite, non_negative, positive

__all__ = [
    "areal_capacity",
    "areal_loading",
    "balanced_cathode_loading",
    "c_rate",
    "disc_area",
    "disc_diameter",
    "layer_thickness",
    "nominal_np_ratio",
    "ohmic_drop",
    "pellet_density",
    "separator_resistance",
]


def disc_area(diameter: Any) -> Any:
    """Return the area of a round electrode.

    Parameters
    ----------
    diameter : float or array
        Diameter, mm.

    Returns
    -------
    float or array
        Area, cm2.

    Raises
    ------
    ValueError
        If the diameter is not positive.

    Examples
    --------
    >>> round(disc_area(13), 3)
    1.327
    """
    return np.pi / 400 * positive("diameter", diameter, "mm") ** 2


def disc_diameter(area: Any) -> Any:
    """Return the diameter of a round electrode of a given area.

    Parameters
    ----------
    area : float or array
        Area, cm2.

    Returns
    -------
    float or array
        Diameter, mm.

    Raises
    ------
    ValueError
        If the area is not positive.

    Examples
    --------
    >>> round(disc_diameter(0.955), 1)
    11.0
    """
    return (400 / np.pi * positive("area", area, "cm2")) ** 0.5


def areal_loading(mass: Any, area: Any, active_fraction: Any = 1.0) -> Any:
    """Return the mass of active material per area of an electrode.

    Parameters
    ----------
    mass : float or array
        Mass of the whole electrode composite, mg.
    area : float or array
        Area, cm2.
    active_fraction : float or array
        Mass fraction of the active material in the composite, 0 to 1; 1 gives the loading of the composite itself.

    Returns
    -------
    float or array
        Loading, mg/cm2 of active material.

    Raises
    ------
    ValueError
        If the mass is negative, the area not positive or `active_fraction` no fraction.

    Examples
    --------
    >>> round(areal_loading(7.64, disc_area(13), 0.60), 2)
    3.45
    """
    mass = non_negative("mass", mass, "mg")
    return mass * between("active_fraction", active_fraction, 0, 1) / positive("area", area, "cm2")


def areal_capacity(loading: Any, specific_capacity: Any) -> Any:
    """Return the capacity per area of an electrode.

    Parameters
    ----------
    loading : float or array
        Loading, mg/cm2.
    specific_capacity : float or array
        Capacity, mAh per gram of what the loading counts.

    Returns
    -------
    float or array
        Areal capacity, mAh/cm2.

    Raises
    ------
    ValueError
        If an argument is negative.

    Examples
    --------
    >>> round(areal_capacity(areal_loading(7.64, disc_area(13)), 922), 2)
    5.31
    """
    return (
        non_negative("loading", loading, "mg/cm2") * non_negative("specific_capacity", specific_capacity, "mAh/g") / 1e3
    )


def nominal_np_ratio(anode_areal_capacity: Any, cathode_areal_capacity: Any) -> Any:
    """Return the nominal n/p ratio of a cell.

    Parameters
    ----------
    anode_areal_capacity, cathode_areal_capacity : float or array
        Areal capacities of the negative and the positive electrode, mAh/cm2, each as its half-cell gave it.

    Returns
    -------
    float or array
        Anode capacity over cathode capacity.

    Raises
    ------
    ValueError
        If a capacity is not positive.

    Notes
    -----
    "Nominal" because the two half-cell capacities need not belong to the same step: dividing a first lithiation by a
    first discharge overstates the excess of anode in the first charge of the full cell.

    Examples
    --------
    >>> round(nominal_np_ratio(7.4, 5.7), 2)
    1.3
    """
    anode = positive("anode_areal_capacity", anode_areal_capacity, "mAh/cm2")
    return anode / positive("cathode_areal_capacity", cathode_areal_capacity, "mAh/cm2")


def balanced_cathode_loading(anode_areal_capacity: Any, np_ratio: Any, cathode_capacity: Any) -> Any:
    """Return the cathode loading that gives a cell a chosen n/p ratio.

    Parameters
    ----------
    anode_areal_capacity : float or array
        Areal capacity of the anode, mAh/cm2.
    np_ratio : float or array
        Anode capacity over cathode capacity.
    cathode_capacity : float or array
        Capacity of the cathode, mAh per gram of composite or of active material.

    Returns
    -------
    float or array
        Loading, mg/cm2 of what `cathode_capacity` refers to.

    Raises
    ------
    ValueError
        If an argument is not positive.

    Examples
    --------
    >>> balanced_cathode_loading(7.4, [1.1, 1.3, 1.7, 2.0], 176).round(1).tolist()
    [38.2, 32.3, 24.7, 21.0]
    """
    anode = positive("anode_areal_capacity", anode_areal_capacity, "mAh/cm2")
    cathode = positive("cathode_capacity", cathode_capacity, "mAh/g")
    return 1e3 * anode / positive("np_ratio", np_ratio) / cathode


def pellet_density(mass: Any, thickness: Any, area: Any) -> Any:
    """Return the density of a pressed layer.

    Parameters
    ----------
    mass : float or array
        Mass, mg.
    thickness : float or array
        Thickness, um.
    area : float or array
        Area, cm2.

    Returns
    -------
    float or array
        Density, g/cm3. If it exceeds that of the crystal (:func:`sicell.materials.density`), the three do not fit
        together.

    Raises
    ------
    ValueError
        If the mass is negative, or thickness or area are not positive.

    Examples
    --------
    >>> round(pellet_density(150, 750, disc_area(13)), 2)
    1.51
    """
    volume = positive("thickness", thickness, "um") * positive("area", area, "cm2")
    return 10 * non_negative("mass", mass, "mg") / volume


def layer_thickness(loading: Any, density: Any) -> Any:
    """Return the thickness of a layer from its mass per area and its density.

    Parameters
    ----------
    loading : float or array
        Mass of the whole layer per area, mg/cm2.
    density : float or array
        Density of the layer with its pores, g/cm3.

    Returns
    -------
    float or array
        Thickness, um.

    Raises
    ------
    ValueError
        If the loading is negative or the density not positive.

    Examples
    --------
    >>> round(layer_thickness(38.2, 3.82), 1)
    100.0
    """
    return 10 * non_negative("loading", loading, "mg/cm2") / positive("density", density, "g/cm3")


def c_rate(current_density: Any, areal_capacity: Any) -> Any:
    """Return the C-rate of a current: the inverse of the hours it needs for the whole capacity.

    Parameters
    ----------
    current_density : float or array
        Current density, mA/cm2; negative on discharge.
    areal_capacity : float or array
        Areal capacity that counts as one full charge, mAh/cm2.

    Returns
    -------
    float or array
        C-rate, 1/h, with the sign of the current.

    Raises
    ------
    ValueError
        If the capacity is not positive or the current not finite.

    Examples
    --------
    >>> round(1 / c_rate(0.07, 7.4 / 1.3))
    81
    """
    return finite("current_density", current_density, "mA/cm2") / positive("areal_capacity", areal_capacity, "mAh/cm2")


def separator_resistance(thickness: Any, conductivity: Any, area: Any = None) -> Any:
    """Return the ionic resistance of a dense electrolyte layer.

    Parameters
    ----------
    thickness : float or array
        Thickness, um.
    conductivity : float or array
        Ionic conductivity, mS/cm.
    area : float or array, optional
        Area, cm2.

    Returns
    -------
    float or array
        Area-specific resistance, ohm cm2, or resistance, ohm, if `area` is given.

    Raises
    ------
    ValueError
        If an argument is not positive.

    Examples
    --------
    >>> round(separator_resistance(750, 3.0), 1), round(separator_resistance(750, 3.0, disc_area(13)), 1)
    (25.0, 18.8)
    """
    # um / (mS/cm) is 1e-4 cm / (1e-3 S/cm) = 0.1 ohm cm2.
    resistance = 0.1 * positive("thickness", thickness, "um") / positive("conductivity", conductivity, "mS/cm")
    return resistance if area is None else resistance / positive("area", area, "cm2")


def ohmic_drop(current_density: Any, area_specific_resistance: Any) -> Any:
    """Return the voltage that a current loses in a resistance.

    Parameters
    ----------
    current_density : float or array
        Current density, mA/cm2; negative on discharge.
    area_specific_resistance : float or array
        Resistance, ohm cm2.

    Returns
    -------
    float or array
        Voltage, V, with the sign of the current.

    Raises
    ------
    ValueError
        If the resistance is negative or the current not finite.

    Examples
    --------
    >>> round(ohmic_drop(1.47, separator_resistance(750, 3.0)), 3)
    0.037
    """
    resistance = non_negative("area_specific_resistance", area_specific_resistance, "ohm cm2")
    return finite("current_density", current_density, "mA/cm2") * resistance / 1e3
