"""Balancing of full cells: what each electrode does between the cut-offs, from the half-cells alone."""

from __future__ import annotations

from sicell.balancing._limits import StoichiometryLimits, stoichiometry_limits

__all__ = ["StoichiometryLimits", "stoichiometry_limits"]
