"""The HTTP API: alerts, homes, readings, operation, health and a live stream."""

from homebeat.api.actions import Actions
from homebeat.api.app import create_app, openapi
from homebeat.api.context import ApiContext
from homebeat.api.feed import ChangeFeed
from homebeat.api.live import LivePlaces
from homebeat.api.serving import Server

__all__ = ["Actions", "ApiContext", "ChangeFeed", "LivePlaces", "Server", "create_app", "openapi"]
