"""The HTTP API: alerts, homes, readings, operation, health and a live stream.

Words: docs/glossary.md.
"""

from homebeat.api.app import build_openapi, create_app
from homebeat.api.context import ApiContext
from homebeat.api.live import LivePlaces
from homebeat.api.serving import Server

__all__ = ["ApiContext", "LivePlaces", "Server", "build_openapi", "create_app"]
