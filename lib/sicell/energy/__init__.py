"""Projected energy: a unit cell of a multilayer pouch from its layers.

:class:`Layer` and :class:`UnitCell` are bookkeeping of mass and thickness; :class:`Design` builds the unit cell of any
n/p ratio beside a given anode. All numbers are per area: mg/cm2, um, mAh/cm2, mW h/cm2.
"""

from sicell.energy._design import Design
from sicell.energy._layers import Layer, UnitCell

__all__ = ["Design", "Layer", "UnitCell"]
