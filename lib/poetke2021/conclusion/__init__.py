"""Conclusion: the score."""
