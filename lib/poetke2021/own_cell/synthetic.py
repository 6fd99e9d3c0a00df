"""Synthetic stand-ins for what the example files do not hold: a reference electrode, and a series of check-ups."""

import numpy as np

from sicell.balancing import FullCellFit

_NOISE = 1e-3  # V


def reference_electrode(fit: FullCellFit, offset: float = 0.012, seed: int = 0) -> dict[str, np.ndarray]:
    """Return a fitted cell's potential curves as a reference electrode would read that is off by `offset`, in V.

    Synthetic: the fit's own curves with 1 mV of white noise. They belong to the points of ``fit.data()``.
    """
    model = fit.predict(fit.data()["Capacity"])
    generator = np.random.default_rng(seed)
    return {
        f"{name}_potential": model[f"{name.capitalize()} Potential / V"].to_numpy()
        + offset
        + generator.normal(scale=_NOISE, size=len(model))
        for name in ("anode", "cathode")
    }


def check_ups(
    fit: FullCellFit, lithium: float = 0.02, negative: float = 0.01, count: int = 6
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return charge and voltage of a fitted cell as it ages: at each step it loses shares of its lithium and anode.

    Synthetic: the fit's own curves with 1 mV of white noise. The cell is charged to the same potential of the
    positive and discharged to the same potential of the negative electrode each time.
    """
    model = fit.predict(np.linspace(0.0, fit.capacity, 4000))
    anode, cathode = model["Anode Potential / V"], model["Cathode Potential / V"]
    found = []
    for step in range(count):
        q_n = fit.capacity_negative * (1 - negative * step)
        y_0 = (fit.cyclable_lithium * (1 - lithium * step) - q_n * fit.x_0) / fit.capacity_positive
        charge = np.linspace(0.0, fit.capacity_positive * (y_0 - fit.y_100), 500)
        y, x = y_0 - charge / fit.capacity_positive, fit.x_0 + charge / q_n
        # The ends of the first check-up are those of the fit, up to rounding.
        inside = (y <= fit.y_0 + 1e-9) & (x <= fit.x_100 + 1e-9)
        charge, x, y = charge[inside], x[inside], y[inside]
        voltage = np.interp(-y, -model["y"], cathode) - np.interp(x, model["x"], anode)
        noise = np.random.default_rng(step).normal(scale=_NOISE, size=charge.size)
        found.append((charge - charge[0], voltage + noise))
    return found
