"""The API over the street, behind a real server in a thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from homebeat.api import Server, create_app
from homebeat.serving.connections import ConnectionLimits
from tests.unit.api.fixtures import api_context
from tests.unit.api.street import Clock, Street

PATIENCE_S = 15


@contextmanager
def serving(street: Street, clock: Clock, *, limits: ConnectionLimits | None = None, **more: Any) -> Iterator[tuple[str, Server]]:
    """The API, and where its live stream is."""
    context = api_context(more.pop("store", street.store), clock, tick_s=0.2, **more)
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = Server(create_app(context), context.feed, host="127.0.0.1", port=door.getsockname()[1], limits=limits)
        thread = threading.Thread(target=server.run, args=([door],), daemon=True)
        thread.start()
        deadline = time.monotonic() + PATIENCE_S
        while not server.started and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}/api/v1/stream", server
        finally:
            server.stop()
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
