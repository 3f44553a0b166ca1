"""First attempt of a receiver that answers, among 200 that do not, with `homebeat deliver` as a program of its own.

The dead ones hold 1,600 messages, and one of them 1,300 more. Time runs from the commit of the message to its arrival; `deliver`
looks at the outbox every quarter of a second when it runs alone.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks import brokers, databases
from benchmarks.databases import KEY_FILE
from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from benchmarks.service import make_settings, run_service, wait_until
from homebeat.bootstrap.receiver import Receiver
from homebeat.domain.alert import Alert, Desk, Edge, Priority, Reason, Subject, TransitionKind, open_alert
from homebeat.domain.fleet import Area, Channel, Contact, Fleet, Household
from homebeat.domain.ids import AreaId, ContactId, HouseholdId
from homebeat.domain.notice import Notice
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store, open_store
from homebeat.store.alert.writes import AlertWrites

NAMES: Final = ("first_attempt_among_dead_s",)
_MESSAGES_EACH: Final = 8
_MESSAGES_OF_ONE: Final = 1_300


@contextlib.contextmanager
def run_dead_receivers(silent: int, refusing: int, swallowing: int) -> Iterator[list[str]]:
    """The addresses of receivers that take the call and never answer, that refuse it, and that let it ring for ever."""
    with contextlib.ExitStack() as open_ones:
        urls = []
        for _ in range(silent):  # nobody accepts: the kernel connects the caller, and then nothing comes
            listener = open_ones.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
            urls.append(_make_url(listener))
        for _ in range(swallowing):  # a full backlog: no answer to a new connection
            listener = open_ones.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
            for _ in range(3):
                filler = open_ones.enter_context(socket.socket())
                filler.setblocking(False)
                filler.connect_ex(listener.getsockname())
            urls.append(_make_url(listener))
        closed = [socket.create_server(("127.0.0.1", 0)) for _ in range(refusing)]
        urls += [_make_url(listener) for listener in closed]
        for listener in closed:
            listener.close()
        yield urls


def _make_url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}/hook"


def measure(scale: Scale) -> Iterator[Row]:
    """SQLite; nobody but `deliver` runs."""
    secret = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    with (
        tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made,
        run_dead_receivers(scale.dead - scale.dead // 4, scale.dead // 8, scale.dead // 8) as dead,
        Receiver(secret) as good,
    ):
        directory, now = Path(made), time.time_ns() // 1_000_000
        url = f"sqlite:///{directory / 'dead.db'}"
        databases.enrol(url, _make_fleet([*dead, good.url], secret), now)
        store = open_store(url, KEY_FILE, create=False)
        alert = _open_alert(store, now)
        _add(store, [_make_notice(alert, place, now + n) for place in range(len(dead)) for n in range(_MESSAGES_EACH)])
        _add(store, [_make_notice(alert, 0, now - n) for n in range(1, _MESSAGES_OF_ONE)])
        took = []
        with run_service(directory, make_settings(directory, url, brokers.find_free_port()), "deliver") as child:
            wait_until(lambda: _has_beaten(store), child, "delivering")
            for n in range(scale.told):
                _add(store, [_make_notice(alert, len(dead), now + n)])
                began = time.monotonic()
                good.wait_for(n + 1, timeout_s=60)
                took.append(time.monotonic() - began)
        store.close()
    print(f"  {len(took)} messages among {len(dead)} dead receivers: {', '.join(f'{s:.2f}' for s in took)} s")
    yield make_row("first_attempt_among_dead_s", max(took))


def _make_fleet(urls: Sequence[str], secret: str) -> Fleet:
    contacts = tuple(
        Contact(ContactId(f"contact-{place}"), "C", "", (Channel("webhook", {"url": url, "secret": secret}),))
        for place, url in enumerate(urls)
    )
    return Fleet((Area(AreaId("a"), "A"),), (Household(HouseholdId("h"), AreaId("a"), "UTC", contacts=contacts),))


def _open_alert(store: Store, at: int) -> Alert:
    subject = Subject(HouseholdId("h"))
    edge = Edge(at, "sos", subject, TransitionKind.OPENED, Priority.CRITICAL, Desk.CARE, at, Reason("sos", {}), at)
    alert, step = open_alert(edge)
    with store.begin() as tx:
        AlertWrites(tx).apply(alert, step)
    return alert


def _make_notice(alert: Alert, place: int, at: int) -> Notice:
    return Notice(
        alert.id, ContactId(f"contact-{place}"), "webhook", 0, "alert.opened", at, {"priority": "critical"}, f"cause-{at}"
    )


def _add(store: Store, notices: list[Notice]) -> None:
    with store.begin() as tx:
        tx.outbox.add(notices, time.time_ns() // 1_000_000)


def _has_beaten(store: Store) -> bool:
    with store.read(EVERYTHING) as reader:
        return "deliver" in reader.heartbeats.read_all()
