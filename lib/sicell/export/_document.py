"""The exported document: its content, where each of its fields comes from, and how it is written."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from sicell import _check


@dataclass(frozen=True, eq=False, repr=False)
class BpxDocument:
    """Result of :func:`to_bpx`.

    Attributes
    ----------
    content : dict
        The document, as the format has it: ``Header``, ``Parameterisation``, ``State``.
    assumptions : pandas.DataFrame
        One row for each field under ``Parameterisation`` and ``State``: ``field`` (section and name in the format),
        ``value`` (a number, or what kind of table), ``unit``, ``status`` (``"derived"`` from the model, or
        ``"assumed"``) and ``source``. A derived value that also takes an assumed one says so in its source; what takes
        assumed ones only is assumed.
    """

    content: dict[str, Any] = field(repr=False)
    assumptions: pd.DataFrame = field(repr=False)

    def __repr__(self) -> str:
        count = self.assumptions["status"].value_counts()
        return f"BpxDocument({self.content['Header']['Title']}; {count['derived']} derived, {count['assumed']} assumed)"

    def to_frame(self, status: str | None = None) -> pd.DataFrame:
        """Return :attr:`assumptions` for reading, indexed by ``field``, with values as short text.

        `status` chooses the rows that are ``"derived"`` or ``"assumed"``.
        """
        table = self.assumptions
        if status is not None:
            table = table[table["status"] == _check.choice("status", status, ("derived", "assumed"))]
        text = [value if isinstance(value, str) else f"{value:.5g}" for value in table["value"]]
        return table.assign(value=text).set_index("field")

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the document to a JSON file, and return its path.

        Raises ValueError if the name does not end in ``.json``: readers of the format go by the name. Raises
        FileNotFoundError if the folder does not exist.
        """
        target = Path(path)
        if target.suffix.lower() != ".json":
            raise ValueError(f"path must end in .json, got {str(path)!r}")
        if not target.parent.is_dir():
            raise FileNotFoundError(f"path must lie in a folder that exists, got {str(path)!r}")
        target.write_text(
            json.dumps(self.content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
        )
        return target
