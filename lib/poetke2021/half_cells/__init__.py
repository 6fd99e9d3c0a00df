"""Half-cells: first cycles, capacities over the cycles, and the peaks of a voltammogram."""
