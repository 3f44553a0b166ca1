"""The API and the console on one database, as a process of its own: `python -m tests.e2e.browser.desk_server URL PORT`.

The watch's heartbeat is written here too, unless told not to (`--no-watch`): a page must know when it is blind.
"""

from __future__ import annotations

import sys
import threading
import time

from homebeat.actions import ChangeFeed, Perform
from homebeat.api import ApiContext, LivePlaces, Server, create_app
from homebeat.console import ConsoleContext, install_console
from homebeat.store import Store, open_store
from tests.keys import KEY_FILE
from tests.people import cheap_sign_in


def clock() -> int:
    return time.time_ns() // 1_000_000


def beat(store: Store, stop: threading.Event) -> None:
    while not stop.is_set():
        with store.begin() as tx:
            tx.heartbeats.beat("watch", clock(), {})
            tx.heartbeats.beat("deliver", clock(), {})
        stop.wait(1.0)


def main(url: str, port: int, *flags: str) -> None:
    store = open_store(url, KEY_FILE, create=False)
    feed, perform = ChangeFeed(store), Perform(store, clock)
    app = create_app(ApiContext(store, clock, feed, perform, "0.0.0-test"))
    install_console(app, ConsoleContext(store, clock, feed, perform, LivePlaces(), cheap_sign_in(store, perform, clock)))
    stop = threading.Event()
    beating = threading.Thread(target=beat, args=(store, stop), daemon=True)
    if "--no-watch" not in flags:
        beating.start()
    Server(app, feed, host="127.0.0.1", port=port).run()
    stop.set()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
