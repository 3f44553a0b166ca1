"""What was learned about residents, what people chose for them, and what is not learned from."""
