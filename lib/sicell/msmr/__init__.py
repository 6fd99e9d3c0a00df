"""The multi-species multi-reaction (MSMR) curve: lithium content against potential as a sum of a few reactions."""

from sicell.msmr._curve import Msmr, MsmrFit

__all__ = ["Msmr", "MsmrFit"]
