"""A back-test as one self-contained page."""
