"""Figures of the chapter: design of the cells, and the synthesis."""
