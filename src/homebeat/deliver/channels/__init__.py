"""The channels, one file each. The kind of a notice's channel decides which of them sends it."""
