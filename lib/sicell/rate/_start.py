"""Where a discharge starts: the near-equilibrium half-cycle of a first cycle."""

from typing import Any

from sicell.balancing import FirstCycle


def discharge_leg(first_cycle: FirstCycle) -> Any:
    """Return the discharge of a first cycle whose anode stores lithium, none of it as metal."""
    if not isinstance(first_cycle, FirstCycle):
        raise TypeError(f"first_cycle must be the result of FullCell.first_cycle, got {type(first_cycle).__name__}")
    leg = first_cycle.legs[1]
    if leg.alone:
        raise ValueError(f"first_cycle must have an anode in which lithium diffuses, got {first_cycle.cell.anode.name}")
    if (leg.plated[0] > 0).any():
        raise ValueError("first_cycle must not end its charge with lithium metal, which needs no diffusion")
    return leg
