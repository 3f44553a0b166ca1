"""Serves the API over HTTP. At its end it closes live streams first, so that stopping never waits for a browser."""

from __future__ import annotations

import socket

from fastapi import FastAPI

from homebeat.actions.feed import ChangeFeed
from homebeat.serving.connections import ConnectionLimits
from homebeat.serving.server import BoundedServer


class Server(BoundedServer):
    """The server of API and console: it closes its live streams when it is told to stop.

    Args:
        feed: The feed that the application's streams wait on.
    """

    def __init__(self, app: FastAPI, feed: ChangeFeed, *, host: str, port: int, limits: ConnectionLimits | None = None) -> None:
        self._feed = feed
        on_refused = app.state.meters.count_refused
        super().__init__(app, host=host, port=port, limits=limits or ConnectionLimits(), on_refused=on_refused)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the live streams, then wait for what is still being answered."""
        self._feed.close()
        await super().shutdown(sockets)
