"""All elements: importing a module registers what it defines."""

from sicell.circuit import _basic, _diffusion
from sicell.circuit._registry import ELEMENTS, ElementType, Grid

__all__ = ["ELEMENTS", "ElementType", "Grid", "_basic", "_diffusion"]
