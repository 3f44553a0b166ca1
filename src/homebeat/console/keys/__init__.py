"""The page of keys: which other systems may call the API."""
