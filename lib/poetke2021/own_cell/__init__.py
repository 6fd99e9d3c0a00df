"""A cell of one's own: figures of the chapter."""
