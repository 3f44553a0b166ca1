"""The channels: one file each; a notice goes out by the kind of its channel."""
