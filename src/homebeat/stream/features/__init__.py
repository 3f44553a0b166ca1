"""Accumulators of readings, one file each: the only mutable state of the core."""
