"""A message that kills the process dies with it three times at most; then it is set aside unread, and the others are told."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import pytest

from homebeat.codecs.catalogue import CODECS, decode_native_or_senml
from homebeat.codecs.wire import Limits, Readings
from homebeat.domain.errors import Unavailable
from homebeat.domain.inbound import Message, QuarantineReason
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.sos import Sos
from homebeat.store import AlertFilter, Fence, ReadSession, Store, UnitOfWork
from homebeat.watch import Watch, WatchOptions
from homebeat.watch.poison import PoisonGuard, _compute_digest
from homebeat.watch.tenure import Tenure
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_retry import Killed
from tests.contract.watch.test_upkeep import HOUR, KEEP, Scripted

POISON = b'["deadly"]'


class Broker(Scripted):
    """Gives what is not acknowledged to each watch anew."""

    def __init__(self, messages: list[Message]) -> None:
        super().__init__()
        self.waiting = list(messages)
        self.at = 0

    def drain(self, limit: int, timeout_s: float) -> list[Message]:
        drained = self.waiting[self.at : self.at + limit]
        self.at += len(drained)
        return drained

    def acknowledge(self, messages: Sequence[Message]) -> None:
        done = len(messages)
        self.waiting, self.at = self.waiting[done:], self.at - done


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A codec that kills the process over one payload; how often it did."""
    deaths = [0]

    def kills(payload: bytes, received_at: int, limits: Limits) -> Readings:
        if payload == POISON:
            deaths[0] += 1
            raise Killed
        return decode_native_or_senml(payload, received_at, limits)

    assert isinstance(CODECS, dict)
    monkeypatch.setitem(CODECS, "native", kills)
    return deaths


def message(device: str, payload: bytes, at: int) -> Message:
    return Message(f"homebeat/v1/{device}/readings", payload, at)


def run_until_calm(store: Store, broker: Broker, most_deaths: int) -> Watch:
    """Start watches, as a supervisor does, until one has taken everything in."""
    now = [T0 + HOUR]
    for _ in range(most_deaths + 1):
        broker.at = 0
        watch = Watch(
            store,
            broker,
            WatchOptions(keep=KEEP, messages=50),
            clock=lambda: now[0],
            book_of=lambda *_: RuleBook([{"sos": Sos()}]),
        )
        try:
            watch.start()
            while broker.waiting:
                watch.tick(threading.Event())
        except Killed:
            now[0] += 5_000
            continue
        return watch
    raise AssertionError("it dies for ever")


def test_three_deaths_and_then_all_others_are_told(store: Store, deadly: list[int]) -> None:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    at = T0 + HOUR
    before = [message("h1-meter", b'{"volume_m3": %d}' % n, at + n) for n in range(20)]
    after = [message("h3-meter", b'{"volume_m3": %d}' % n, at + 200 + n) for n in range(150)]
    broker = Broker([*before, message("h2-band", POISON, at + 100), message("h1-band", b'{"alarm": "sos"}', at + 150), *after])
    watch = run_until_calm(store, broker, most_deaths=3)
    assert deadly == [3]
    with store.read(EVERYTHING) as reader:
        (aside,) = reader.quarantine.read_page().items
        told = [entry.alert.subject.household for entry in reader.alerts.read_page(AlertFilter(), limit=10).items]
        balance = reader.read_balance()
    assert (aside.payload, aside.reason) == (POISON, QuarantineReason.DEFECT)
    assert "three times" in aside.detail
    assert told == ["h1"]
    assert balance.is_balanced
    assert balance.quarantined == 1
    assert balance.delivered == 172
    assert watch.counts["messages"] >= 150


def test_nothing_is_noted_while_all_is_well(store: Store) -> None:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    stop = threading.Event()
    for _ in range(2):
        broker = Broker([message("h1-meter", b'{"volume_m3": 1}', T0 + HOUR)])
        watch = Watch(
            store, broker, WatchOptions(keep=KEEP), clock=lambda: T0 + HOUR, book_of=lambda *_: RuleBook([{"sos": Sos()}])
        )
        stop.clear()
        watch.start()
        assert not watch._poison_guard._is_on
        watch.tick(stop)
        stop.set()
        watch.run(stop)


def test_a_deadly_message_is_tried_again_once_and_not_by_the_next_watch(store: Store, deadly: list[int]) -> None:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    broker = Broker([message("h2-band", POISON, T0 + HOUR)])
    run_until_calm(store, broker, most_deaths=3)
    with store.begin() as tx:
        assert tx.quarantine.request_retry([1], T0 + HOUR) == 1
    broker.waiting = [message("h1-band", b'{"alarm": "sos"}', T0 + HOUR + 60_000)]
    run_until_calm(store, broker, most_deaths=1)
    assert deadly == [4]
    with store.read(EVERYTHING) as reader:
        assert reader.quarantine.list_requested() == []


A, B, C, D = (message("h1-meter", b'{"volume_m3": %d}' % n, T0 + n) for n in range(4))


def guard(store: Store, *, cleared_after: int = 100) -> PoisonGuard:
    """The guard of a watch that starts."""
    tenure = Tenure(store, "watch")
    tenure.take()
    made = PoisonGuard(store, tenure, cleared_after)
    made.begin()
    return made


def noted(store: Store) -> list[int]:
    """What the deaths weigh that the four messages were there at."""
    digests = [_compute_digest(one) for one in (A, B, C, D)]
    with store.read(EVERYTHING) as reader:
        weights = reader.in_hand.read_weights(digests)
    return [weights.get(digest, 0) for digest in digests]


def test_a_start_that_is_tried_again_follows_no_death(sqlite_store: Store) -> None:
    """The database may have been away in the middle of it."""
    first = guard(sqlite_store)
    first.begin()
    first.take(lambda _: [A], 50)
    assert noted(sqlite_store) == [0, 0, 0, 0]


def test_after_a_death_a_message_is_noted_until_it_is_committed_and_others_stay_noted(sqlite_store: Store) -> None:
    guard(sqlite_store)
    second = guard(sqlite_store)
    assert second.take(lambda _: [A, B], 50) == [A, B]
    assert noted(sqlite_store) == [3, 3, 0, 0]
    # it dies; what the broker gives to the next one is suspected, and taken alone
    third = guard(sqlite_store)
    assert third.take(lambda _: [C, A, D, B], 50) == [C]
    third.note_judged([C])
    assert noted(sqlite_store) == [3, 3, 1, 0]
    third.note_committed([C])
    assert third.take(lambda _: [], 50) == [A]
    assert noted(sqlite_store) == [6, 3, 0, 0], "what is committed is forgotten with the next"
    third.note_judged([A])
    third.note_committed([A])
    assert third.take(lambda _: [], 50) == [D]
    third.note_committed([D])
    assert noted(sqlite_store) == [0, 3, 0, 3]
    assert third.take(lambda _: [], 50) == [B]
    third.note_judged([B])
    assert noted(sqlite_store) == [0, 4, 0, 0]
    third.note_committed([B])
    assert noted(sqlite_store) == [0, 0, 0, 0]


def test_when_enough_is_committed_nothing_is_suspected_any_more(sqlite_store: Store) -> None:
    guard(sqlite_store)
    guard(sqlite_store).take(lambda _: [A, B], 50)
    third = guard(sqlite_store, cleared_after=2)
    third.take(lambda _: [C], 50)
    third.note_committed([C])
    assert noted(sqlite_store) == [3, 3, 0, 0], "one of two: B and A may still be the cause"
    third.take(lambda _: [D], 50)
    third.note_committed([D])
    assert noted(sqlite_store) == [0, 0, 0, 0]
    assert third.take(lambda _: [A, B], 50) == [A, B]
    assert noted(sqlite_store) == [0, 0, 0, 0], "and nothing is noted any more"


class Unanswered:
    """A store of which the answers to some commits are lost: what was written stays, and nobody hears of it."""

    def __init__(self, store: Store, lost: int) -> None:
        self._store, self._lost = store, lost

    @contextmanager
    def begin(self, fence: Fence) -> Iterator[UnitOfWork]:
        with self._store.begin(fence) as tx:
            yield tx
        if self._lost:
            self._lost -= 1
            raise Unavailable("the answer to the commit is lost")

    def read(self, scope: Scope) -> AbstractContextManager[ReadSession]:
        return self._store.read(scope)


def test_lost_answers_are_no_deaths(sqlite_store: Store) -> None:
    """The network dies twice while a message is taken, and the process once: the message is read all the same."""
    guard(sqlite_store)
    second = guard(sqlite_store)
    second._store = Unanswered(sqlite_store, 2)  # type: ignore[assignment]
    for _ in range(2):
        with pytest.raises(Unavailable):
            second.take(lambda _: [A], 50)
    assert second.take(lambda _: [], 50) == [A]
    assert noted(sqlite_store) == [3, 0, 0, 0]
    third = guard(sqlite_store)
    assert third.take(lambda _: [A], 50) == [A]
    assert not third.is_deadly
    third._store = Unanswered(sqlite_store, 1)  # type: ignore[assignment]
    third.note_judged([A])
    third.note_judged([A])
    assert noted(sqlite_store) == [4, 0, 0, 0]


def test_a_message_that_was_committed_is_as_good_as_new_when_it_comes_again(sqlite_store: Store) -> None:
    guard(sqlite_store)
    guard(sqlite_store).take(lambda _: [A], 50)
    third = guard(sqlite_store)
    assert third.take(lambda _: [A, A], 50) == [A]
    third.note_judged([A])
    third.note_committed([A])
    assert third.take(lambda _: [], 50) == [A]
    assert noted(sqlite_store) == [3, 0, 0, 0]
