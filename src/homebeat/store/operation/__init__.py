"""What homebeat keeps about its own work: checkpoints, the lease, heartbeats, changes, the clock."""
