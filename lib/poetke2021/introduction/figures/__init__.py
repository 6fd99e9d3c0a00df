"""Figures of the introduction."""
