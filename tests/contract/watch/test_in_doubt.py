"""A commit whose answer is lost: the tick is written again, and nothing is there twice. That is what derived keys are for."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from homebeat.domain.alert import Transition
from homebeat.domain.errors import Unavailable
from homebeat.domain.inbound import Message
from homebeat.domain.notice import Notice
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.sos import Sos
from homebeat.store import Fence, Store, UnitOfWork
from homebeat.watch import Watch, WatchOptions
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_races import InNoHurry
from tests.contract.watch.test_upkeep import HOUR, KEEP, Scripted

MINUTE = 60_000
TOPIC = "homebeat/v1/h1-band/readings"


def says(alarm: str, at: int) -> Message:
    return Message(TOPIC, json.dumps({"at": at, "alarm": alarm}).encode(), at)


def count(store: Store) -> tuple[int, int]:
    """How many steps the alert has in which it came back, and how many messages say so."""
    with store._database.begin_read(EVERYTHING) as connection:
        steps = connection.execute(text("SELECT count(*) FROM transition WHERE kind = 'reopened'")).scalar_one()
        messages = connection.execute(text("SELECT count(*) FROM outbox WHERE event = 'alert.reopened'")).scalar_one()
    return int(steps), int(messages)


def press_again_in_doubt(store: Store, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Press the button, and an hour later press it again and take it back, in a tick whose commit is in doubt."""
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    now = [T0 + HOUR]
    source = Scripted([says("sos", now[0])])
    book = RuleBook([{"sos": Sos()}])
    watch = Watch(store, source, WatchOptions(keep=KEEP), clock=lambda: now[0], book_of=lambda *_: book)
    watch.start()
    watch.tick(threading.Event())
    now[0] += HOUR
    watch.tick(threading.Event())
    now[0] += MINUTE
    source.ticks = [[says("sos", now[0] - 2_000), says("help_cancelled", now[0] - 1_000)]]
    begin, lost = store.begin, [True]

    @contextmanager
    def lose_the_answer(fence: Fence | None = None, scope: Scope = EVERYTHING) -> Iterator[UnitOfWork]:
        with begin(fence, scope) as tx:
            yield tx
        if lost and lost.pop():
            raise Unavailable("the connection was lost at the commit")

    monkeypatch.setattr(store, "begin", lose_the_answer)
    watch.tick(InNoHurry())
    assert not lost
    assert watch.wrong is None
    return count(store)


def test_what_was_written_in_doubt_is_written_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert press_again_in_doubt(store, monkeypatch) == (1, 1)


@pytest.mark.parametrize(("part", "key", "found"), [(Notice, "id", (1, 2)), (Transition, "key", (2, 2))])
def test_without_its_derived_key_it_would_be_there_twice(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, part: type, key: str, found: tuple[int, int]
) -> None:
    kept: dict[int, tuple[object, str]] = {}  # the objects too, so that no two have one address
    monkeypatch.setattr(part, key, property(lambda one: kept.setdefault(id(one), (one, f"{len(kept):024d}"))[1]))
    assert press_again_in_doubt(sqlite_store, monkeypatch) == found
