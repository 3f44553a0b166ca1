"""An HTTP server that bounds its connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

import uvicorn

from homebeat.serving.connections import Connection, ConnectionLimits, Gate, ServerConfig

#: How many connections one turn of the loop accepts. A connection that is refused lives for about four turns.
ACCEPTED_AT_ONCE: Final = 64
#: How long a running request may take to finish after the server was told to stop.
_GRACE_S: Final = 5


class BoundedServer(uvicorn.Server):
    """An HTTP server that bounds its connections in number and in time.

    Args:
        app: An ASGI application.
        on_refused: Called for each connection that a limit closes, with the reason.
    """

    def __init__(self, app: Any, *, host: str, port: int, limits: ConnectionLimits, on_refused: Callable[[str], None]) -> None:
        self.gate = Gate(limits, on_refused)
        self._turned_at_s = time.monotonic()
        config = ServerConfig(
            app,
            host=host,
            port=port,
            http=Connection,
            log_config=None,  # uvicorn logs into our own log, one JSON object per line
            log_level="warning",
            access_log=False,
            server_header=False,
            backlog=ACCEPTED_AT_ONCE,
            timeout_graceful_shutdown=_GRACE_S,
            timeout_keep_alive=round(limits.idle_s),
            h11_max_incomplete_event_size=limits.head_bytes,
            forwarded_allow_ips=list(limits.proxies),
            lifespan="off",
            ws="none",
        )
        config.gate = self.gate
        super().__init__(config)

    def stop(self) -> None:
        """Stop serving; may be called from any thread. `run` returns when all is closed."""
        self.should_exit = True

    def measure_stall_s(self) -> float:
        """Measure for how long the loop of the server has not turned, seconds; it does ten times a second."""
        return time.monotonic() - self._turned_at_s

    async def on_tick(self, counter: int) -> bool:
        """Close slow connections once a second. The server calls this ten times a second."""
        self._turned_at_s = time.monotonic()
        if counter % 10 == 0:
            self.gate.close_slow(asyncio.get_running_loop().time())
        return await super().on_tick(counter)
