"""Figures of the chapter: profiles and potentials, and their uncertainty."""
