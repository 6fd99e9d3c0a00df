"""Impedance: synthetic spectra of the paper's half-cells, and what one can tell from them."""
