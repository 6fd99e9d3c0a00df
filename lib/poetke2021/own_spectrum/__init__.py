"""A spectrum of one's own: figures of the chapter."""
