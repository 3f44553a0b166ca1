"""The page of the supervisor: now, this shift and this month against targets, and the report of a month."""
