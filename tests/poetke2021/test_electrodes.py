"""The paper's electrodes: their numbers come from the ledger, and they note what they rest on."""

import pytest

from companion import ledger
from poetke2021 import electrodes


def test_composite_defaults_come_from_the_ledger():
    claims = {"silicon-fraction-si37": 40.0, "anode-first-lithiation-capacity": 901.0}
    with ledger.override(claims):
        anode = electrodes.si_c()
    assert anode.specific_capacity == 901.0
    assert anode.per_gram_of == "composite"
    silicon = anode.contributions(anode.lower_limit, "first lithiation")["silicon"].iloc[0]
    assert silicon == pytest.approx(0.4 / (0.4 + 0.6 * 0.165))
    with ledger.override({"ncm-maximum-capacity": 150.0}):
        assert electrodes.ncm90().capacity_between(3.0, 4.3, "lithiation", False) == pytest.approx(150.0)


def test_making_an_electrode_notes_the_claims_behind_its_curves_and_ranges():
    with ledger.reading() as silicon:
        electrodes.silicon()
    assert {"first-lithiation-plateau", "li15si4-delithiation-plateau", "li15si4-onset"} <= silicon
    with ledger.reading() as composite:
        electrodes.si_c()
    assert silicon | {"silicon-fraction-si37", "anode-first-lithiation-capacity", "anode-second-fraction"} <= composite
    with ledger.reading() as oxide:
        electrodes.ncm90()
    assert oxide == {"ncm-maximum-capacity"}
