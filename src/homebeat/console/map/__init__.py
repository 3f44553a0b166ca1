"""The map: areas, buildings and flats as tiles."""
