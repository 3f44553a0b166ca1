"""A back-test as one page that stands alone."""
