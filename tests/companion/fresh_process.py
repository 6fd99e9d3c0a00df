"""Work for a process that has not imported sicell yet (this module must not import it at the top)."""

import math
import struct
import sys
from pathlib import Path


def bits(computed):
    """Return a result's exact content, so that NaN equals NaN and the last bit counts."""
    numbers = struct.pack("3d", computed.value, computed.lower, computed.upper)
    return numbers, computed.order, tuple(bits(member) for member in computed.members)


def compute(ids, blanked=(), cheats=None):
    """Compute claims from the first import on, with some claims blanked; return for each its bits and what was read.

    Claims are blanked, and reads noted, before any model is imported, so a number that a module keeps from its own
    import is blanked and noted too. Who opens the table itself has read all of it. `cheats` holds, by id, the source of
    such a module: it may put a dishonest ``model`` in place.
    """
    from companion import ledger

    found, opened = {}, []
    everything = ledger.ids()  # from here on nobody has a reason to open the table

    def watch(event, arguments):
        if event == "open" and Path(str(arguments[0])).name in ("claims.csv", "first_edition.csv"):
            opened.append(arguments[0])

    sys.addaudithook(watch)
    with ledger.override(dict.fromkeys(blanked, math.nan)), ledger.reading() as at_import:
        from companion import evidence
        from companion.evidence import _registry

        evidence.registered()
        for id, source in (cheats or {}).items():
            namespace = {}
            exec(source, namespace)
            _registry._entries[id] = _registry._Entry(id, namespace["model"], None, id)
        at_import = set(at_import).union(everything if opened else ())
        for id in ids:
            opened.clear()
            with ledger.reading() as read:
                result = bits(evidence.compute(id))
            found[id] = result, read.union(at_import, everything if opened else ())
    return found
