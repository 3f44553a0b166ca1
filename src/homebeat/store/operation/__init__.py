"""The state of homebeat's own work: checkpoints, the lease, heartbeats, changes, the clock."""
