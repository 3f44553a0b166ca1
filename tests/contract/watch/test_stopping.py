"""Stopping while the database is away: what was judged and not committed is judged again by the next start."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from homebeat.domain.errors import Unavailable
from homebeat.domain.inbound import Message
from homebeat.domain.scope import EVERYTHING
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.sos import Sos
from homebeat.store import AlertFilter, Store
from homebeat.watch import Watch, WatchOptions
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_upkeep import HOUR, KEEP, Scripted

PRESSED = Message("homebeat/v1/h1-band/readings", b'{"alarm": "sos"}', T0 + HOUR)
ATTEMPTS = 8


def test_an_sos_that_could_not_be_committed_is_told_after_the_next_start(sqlite_store: Store) -> None:
    stop, now = threading.Event(), [T0 + HOUR]
    with sqlite_store.begin() as tx:
        tx.fleet.apply(STREET, T0)

    class Broker(Scripted):
        """Gives the SOS until it is acknowledged; the operator stops the service while it is being written."""

        def __init__(self) -> None:
            super().__init__()
            self.waiting = [PRESSED]

        def drain(self, limit: int, timeout_s: float) -> list[Message]:
            stop.set()
            return [] if away else list(self.waiting)

        def acknowledge(self, messages: Sequence[Message]) -> None:
            self.waiting = [m for m in self.waiting if m not in messages]

    broker, away = Broker(), False
    refused: list[str] = []

    def refuse(name: str) -> None:
        nonlocal away
        if name == "watch.before_commit" and len(refused) < ATTEMPTS:
            refused.append(name)
            away = True  # the broker has given the message out, and gives it again only to a new session
            raise Unavailable("the disk is full")

    def watch() -> Watch:
        book = RuleBook([{"sos": Sos()}])
        return Watch(
            sqlite_store,
            broker,
            WatchOptions(keep=KEEP, patience_s=20.0),
            clock=lambda: now[0],
            book_of=lambda *_: book,
            failpoint=refuse,
        )

    watch().run(stop)
    assert len(refused) == ATTEMPTS
    assert broker.waiting == [PRESSED]

    away = False
    stop.clear()
    now[0] += 10_000
    watch().run(stop)
    assert not broker.waiting
    with sqlite_store.read(EVERYTHING) as reader:
        assert [e.alert.rule for e in reader.alerts.read_page(AlertFilter(), limit=5).items] == ["sos"]
