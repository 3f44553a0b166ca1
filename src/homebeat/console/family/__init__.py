"""The family's page: how things stand about one alert, behind the link in a message."""
