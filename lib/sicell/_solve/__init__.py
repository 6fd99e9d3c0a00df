"""Numerical engines that several models share: each is vectorised over many small problems at once."""
