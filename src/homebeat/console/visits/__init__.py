"""The page of one's own visits."""
