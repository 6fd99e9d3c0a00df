"""Introduction: capacities and volumes of silicon and its rivals, and the particle that the paper proposes."""
