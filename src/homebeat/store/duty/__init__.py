"""Who answers for alerts, and when."""
