"""Work for a process that has not imported sicell yet (this module must not import it at the top)."""

import math
import struct


def bits(computed):
    """Return a result's exact content, so that NaN equals NaN and the last bit counts."""
    return struct.pack("3d", computed.value, computed.lower, computed.upper), computed.order


def compute(id, blanked, cheat=""):
    """Compute one claim from the first import on, with some claims blanked; return its bits and what was read.

    Claims are blanked, and reads noted, before any model is imported, so a number that a module keeps from its own
    import is blanked and noted too. `cheat` is the source of such a module: it may put a dishonest ``model`` in place.
    """
    from companion import ledger

    with ledger.override(dict.fromkeys(blanked, math.nan)), ledger.reading() as noted:
        from companion import evidence
        from companion.evidence import _registry

        evidence.registered()
        if cheat:
            namespace = {}
            exec(cheat, namespace)
            _registry._entries[id] = _registry._Entry(id, namespace["model"], None)
        result = bits(evidence.compute(id))
    return result, noted
