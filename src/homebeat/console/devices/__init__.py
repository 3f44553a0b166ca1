"""The devices of all homes, and what was set aside of what they sent."""
