"""Serves an application over HTTP, and ends: open live streams are closed first, so that stopping never waits for a browser."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

from homebeat.api.feed import ChangeFeed

#: How long a request that is being answered may take to finish once the server was told to stop.
_GRACE_S = 5


class Server(uvicorn.Server):
    """An HTTP server that closes its live streams when it is told to stop.

    Args:
        feed: The feed that the application's streams wait on.
    """

    def __init__(self, app: FastAPI, feed: ChangeFeed, *, host: str, port: int) -> None:
        self._feed = feed
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_S,
                timeout_keep_alive=20,
                lifespan="off",
                ws="none",
            )
        )

    def stop(self) -> None:
        """Stop serving; may be called from any thread. `run` returns when all is closed."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the live streams, then wait for what is still being answered."""
        self._feed.close()
        await super().shutdown(sockets)
