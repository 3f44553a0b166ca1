"""The page of silences: what is held back, by whom and until when."""
