"""The page of one resident, the limits that hold for her, and the slow changes."""
