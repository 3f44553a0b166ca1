"""The pages on which somebody says how messages of a supplier are read."""
