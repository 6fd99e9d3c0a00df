"""Si-C of any silicon content, with everything that is assumed about the electrode drawn from its declared range."""

from dataclasses import replace

import numpy as np

from companion import ledger
from companion.evidence import Computed
from poetke2021 import electrodes
from poetke2021.cells import summary
from sicell.electrodes import Draws

#: Upper cut-off of the half-cells, V: value and range. The text does not give one; assumed.
UPPER_CUTOFF = (1.5, 1.0, 2.0)
_DRAWS, _SEED, _POINTS = 2000, 20211, 400


@ledger.remember
def _draw(content: float) -> tuple[electrodes.Electrode, np.ndarray, np.ndarray]:
    """Return the electrodes, the cut-off of each (V, shape (draws, 1)) and its curve of amorphous silicon.

    The draws are the same for every composite; of silicon alone nothing else takes part.
    """
    draws = Draws(_DRAWS, _SEED)
    alone = {"nanofiber_share": 0.0, "electrolyte_share": 0.0} if content == 1 else {}
    anode = electrodes.si_c(si_fraction=content, **alone).sample(draws)
    stop = draws.within(*UPPER_CUTOFF, "cut-off", limits=(0.9, 2.2))
    return anode, stop, draws.inputs["silicon: delithiation curve"]


def mean_potential(content: float) -> np.ndarray:
    """Return the mean delithiation potential at a silicon content (a mass fraction), weighted by charge, V."""
    anode, stop, _ = _draw(content)
    potential = anode.lower_limit + (stop - anode.lower_limit) * np.linspace(0, 1, _POINTS)
    held = anode.loop("delithiation").lithium(potential)
    return -np.trapezoid(potential, held, axis=1) / (held[:, 0] - held[:, -1])


def first_lithiation(content: float) -> np.ndarray:
    """Return the capacity of the first lithiation at a silicon content, mAh per g Si-C."""
    return np.ravel(_draw(content)[0].specific_capacity)


def interval(values: np.ndarray, content: float) -> Computed:
    """Return median and 95 % interval of a quantity of electrodes like those of a content, each curve a member."""
    curve = _draw(content)[2]
    members = (
        replace(summary(values[curve == one]), draws=None) for one in electrodes.declared("silicon", "delithiation")
    )
    return replace(summary(values), members=tuple(members))
