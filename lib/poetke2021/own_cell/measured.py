"""One half-cycle of a measured file, as the fit takes it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sicell import readers

_AGAINST_REFERENCE = {"anode_potential": "Anode Potential / V", "cathode_potential": "Cathode Potential / V"}


def half_cycle(
    path: str | Path, way: str | None, number: int | None = None, columns: Mapping[str, str] | None = None
) -> tuple[tuple[np.ndarray, np.ndarray], dict[str, Any], tuple[str, ...]]:
    """Return voltage / V and charge / mAh, the potentials against a reference electrode, and what the reader notes.

    `way` is "charge" or "discharge" and `number` which of them, both needed only where the file has several;
    `columns` explains headers (see `sicell.readers.read`, which also says what is raised).
    """
    source = readers.read(path, columns=columns, kind="galvanostatic")
    chosen = {"half_cycle": way, "number": number} if len(source.half_cycles) > 1 else {}
    voltage, capacity = source.curve(**chosen)
    rows = source.choose(**chosen)
    known = {key: rows[column] for key, column in _AGAINST_REFERENCE.items() if column in rows}
    return (voltage, 1e3 * capacity), known, source.notes
