"""The page of guides: what is to be done about alerts of each kind in an area."""
