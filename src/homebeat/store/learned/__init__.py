"""Learned habits of residents, what people chose for them, and spans that are not learned from."""
