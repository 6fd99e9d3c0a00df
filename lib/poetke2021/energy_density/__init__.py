"""Projected energy: a stack of stated layers, and what projected energies say about it."""
