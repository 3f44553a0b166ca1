"""Where providers bring what became of messages and calls."""
