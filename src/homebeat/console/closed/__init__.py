"""The page of closed alerts: what was found, by whom and when."""
