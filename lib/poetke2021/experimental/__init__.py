"""Experimental section: recipes, discs and the synthesis, checked by arithmetic."""
