"""Figures of the chapter: diffraction, Raman spectra, particle sizes."""
