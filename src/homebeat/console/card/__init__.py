"""The card of one alert: the person, the reason, the evidence."""
