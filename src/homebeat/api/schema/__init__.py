"""The schema of the API: one pydantic model for each kind of object, made from the store's values."""
