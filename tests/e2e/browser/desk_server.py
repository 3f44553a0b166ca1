"""The API and the console on one database, as a process of its own: `python -m tests.e2e.browser.desk_server URL PORT`.

The watch's heartbeat is written here too, unless told not to (`--no-watch`): a page must know when it is blind. With
`--provider ISSUER` people sign in through that identity provider, and come back to `http://localhost:PORT`: a host of another
name, as a provider has.
"""

from __future__ import annotations

import sys
import threading
import time

from homebeat.actions import ChangeFeed, Perform, ProviderSignIn
from homebeat.api import ApiContext, LivePlaces, Server, create_app
from homebeat.console import ConsoleContext, install_console
from homebeat.identity.oidc.provider import IdentityProvider
from homebeat.identity.oidc.values import Registration
from homebeat.store import Store, open_store
from tests.identity_provider.process import PUBLIC_CLIENT
from tests.keys import KEY_FILE
from tests.people import cheap_sign_in


def clock() -> int:
    return time.time_ns() // 1_000_000


def beat(store: Store, stop: threading.Event) -> None:
    while not stop.is_set():
        with store.begin() as tx:
            tx.heartbeats.beat("watch", clock(), {})
            tx.heartbeats.beat("deliver", clock(), {})
            tx.heartbeats.beat("deadlines", clock(), {})
        stop.wait(1.0)


def main(url: str, port: int, *flags: str) -> None:
    store = open_store(url, KEY_FILE, create=False)
    feed, perform = ChangeFeed(store), Perform(store, clock)
    signs_in = cheap_sign_in(store, perform, clock)
    provider = None
    if "--provider" in flags:
        issuer = flags[flags.index("--provider") + 1]
        ours = IdentityProvider(Registration(issuer, PUBLIC_CLIENT, f"http://localhost:{port}/sign-in/back"), time.monotonic)
        provider = ProviderSignIn(store, perform, clock, signs_in, ours, issuer=issuer, title="统一身份认证")
    app = create_app(ApiContext(store, clock, feed, perform, "0.0.0-test"))
    install_console(app, ConsoleContext(store, clock, feed, perform, LivePlaces(), signs_in, provider))
    stop = threading.Event()
    beating = threading.Thread(target=beat, args=(store, stop), daemon=True)
    if "--no-watch" not in flags:
        beating.start()
    Server(app, feed, host="127.0.0.1", port=port).run()
    stop.set()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
