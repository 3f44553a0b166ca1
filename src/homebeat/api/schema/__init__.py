"""What the API shows and takes: one pydantic model per thing, made from the store's values."""
