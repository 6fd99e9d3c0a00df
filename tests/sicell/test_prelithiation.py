"""An anode that brings lithium along."""

import numpy as np
import numpy.testing as npt
import pytest

from sicell import electrodes
from sicell.balancing import FullCell, Loss

CELL = FullCell(electrodes.ncm90(), electrodes.si_c(), 1.5)


def test_prelithiation_makes_up_for_the_loss_as_lithium_conservation_says():
    share = np.array([0.0, 0.05, 0.1])
    first = CELL.first_cycle(4.25, 1.5, loss=Loss.fixed(0.15), prelithiation=share, warn=False)
    brought = share * CELL.anode_capacity
    discharge = first.legs[1]
    left = discharge.scales[1] * (discharge.ends[1].lithium - discharge.anode.kept)
    # Out of the cathode, plus what was brought, less what was lost: that comes back, but for what stays in the anode.
    expected = first.charge_capacity + brought - first.lost_capacity - left
    npt.assert_allclose(first.discharge_capacity, expected, rtol=1e-10)
    assert (np.diff(first.initial_coulombic_efficiency) > 0.005).all()
    # A fuller anode ends its charge lower in potential.
    assert (np.diff(first.anode_potential_end_of_charge) < 0).all()
    npt.assert_allclose(first.lost_capacity, 0.15 * CELL.anode_capacity)


def test_so_much_prelithiation_that_lithium_plates_is_said():
    with pytest.warns(UserWarning, match="lithium plates"):
        first = CELL.first_cycle(4.25, 1.5, prelithiation=0.4)
    assert first.plated_capacity > 0


def test_prelithiation_in_percent_fails():
    with pytest.raises(ValueError, match=r"prelithiation must be between 0 and 0\.99, got 10"):
        CELL.first_cycle(4.25, 1.5, prelithiation=10)


def test_prelithiation_of_a_reference_electrode_fails():
    with pytest.raises(ValueError, match="prelithiation must be left out beside Li"):
        FullCell(electrodes.ncm90(), electrodes.li_in()).first_cycle(3.6, 2.5, prelithiation=0.1)
