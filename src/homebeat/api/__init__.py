"""The HTTP API: alerts, homes, readings, operation, health and a live stream.

Words: docs/glossary.md.
"""

from homebeat.api.app import create_app, openapi
from homebeat.api.context import ApiContext
from homebeat.api.live import LivePlaces
from homebeat.api.serving import Server

__all__ = ["ApiContext", "LivePlaces", "Server", "create_app", "openapi"]
