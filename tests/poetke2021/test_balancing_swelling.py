"""What a larger anode buys: swelling and the void that takes it up, against arithmetic by hand."""

import numpy as np
import pytest

from companion import ledger
from poetke2021 import cells
from poetke2021.balancing import swelling


@pytest.fixture(scope="module")
def cycle():
    return cells.cell((1.3, 1.7, 2.0)).first_cycle(*cells.cutoffs(), loss=cells.calibrated_loss())


def test_swelling_is_the_silicon_times_its_lithium(cycle):
    table = swelling.anode_swelling(cycle)
    lithium = table["lithium in silicon / Li per Si"]
    assert np.all(np.diff(lithium) < 0)
    assert lithium.between(0, 3.75).all()
    silicon = table["swelling / um"] / (2.8 * lithium / 3.75)
    assert silicon.to_numpy() == pytest.approx(np.full(3, silicon[0]), rel=1e-9)
    milligrams = silicon[0] / 1e4 * 2330
    assert 0.28 < milligrams / ledger.value("anode-areal-loading") < 0.45  # the composite's silicon content


def test_a_void_takes_up_its_own_volume_and_no_more(cycle):
    without = swelling.anode_swelling(cycle)
    half, filled = (swelling.anode_swelling(cycle, void) for void in (0.5, 3.0))
    silicon = half["anode / um"][0] - without["anode / um"][0]
    gained = without["swelling / um"] - half["swelling / um"]
    assert gained.to_numpy() == pytest.approx(np.full(3, silicon), rel=1e-9)
    assert (filled["swelling / um"] == 0).all()
