"""The page of channels: how each kind is, and test messages."""
