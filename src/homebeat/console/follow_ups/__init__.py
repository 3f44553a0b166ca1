"""The page of follow-ups: about which closed cases somebody has to ask."""
