"""The report of how alerts were answered, as one page that stands alone."""
