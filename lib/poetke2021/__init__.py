"""The paper's way through the models: its cells, stack and spectra, and one module a chapter.

Claims, figures and the physics that one chapter alone uses stand together under that chapter's name. Whoever wants a
companion to another paper copies this package and ``data/paper``.
"""

import companion
from sicell import _data

companion.register(
    companion.Paper(
        package="poetke2021",
        folders=(_data.folder() / "paper", _data.folder()),
        chapters=(
            "introduction",
            "structural-characterization",
            "half-cells",
            "impedance",
            "full-cells",
            "balancing",
            "cycling",
            "energy-density",
            "experimental",
        ),
        overview="ledger",
    )
)
