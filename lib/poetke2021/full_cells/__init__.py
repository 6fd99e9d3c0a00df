"""Full cells: first cycle, voltage and rate capability."""
