"""Balancing: what the n/p ratio decides, and how sure that is."""
