"""Features: accumulators of readings, one file each. They are the only mutable state of the core."""
