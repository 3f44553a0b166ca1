"""Areas, homes, the people and devices in them, and what is known of each now."""
