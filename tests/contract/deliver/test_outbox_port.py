"""What the deliverer relies on, asked of the outbox in memory and of the one in the store alike."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Protocol

import pytest

from homebeat.actions import GiveUp, perform_in
from homebeat.actions.enter_receipts import ARRIVED
from homebeat.deliver import OutboxPort, StoreOutbox
from homebeat.deliver.ports import SUPERSEDED
from homebeat.domain.alert import Alert, Outcome, Priority, TransitionKind, acknowledge, resolve
from homebeat.domain.channel import SendLimit
from homebeat.domain.ids import AlertId, ContactId
from homebeat.domain.principal import make_service
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, Attempt, Leased, OutboxState, Store
from homebeat.store.alert.writes import AlertWrites
from tests.contract.deliver.street import a_notice, an_alert, lay_down
from tests.contract.watch.test_races import is_waited_for
from tests.unit.deliver import fakes
from tests.unit.deliver.fakes import NOON, eventually

GOOD = Attempt(NOON, 12, ok=True, status=204)
BAD = Attempt(NOON, 12, ok=False, status=500, error="the receiver answered 500", next_due_at=NOON + 5000)
LAST = replace(BAD, next_due_at=None)


class Bench(Protocol):
    """An outbox with its surroundings."""

    def port(self, owner: str = "here") -> OutboxPort: ...
    def add(self, contact: int, event: str = "alert.opened", at: int = NOON, *, is_high: bool = False) -> None: ...
    def add_chain(self, *after_s: int) -> None: ...
    def add_to_alert_of(self, notice: Leased, event: str, at: int) -> None: ...
    def failures(self) -> list[Alert]: ...
    def take(self, alert: Alert) -> None: ...
    def close(self, alert: Alert) -> None: ...
    def attempts(self) -> list[tuple[bool, int | None, str]]: ...


class FakeBench:
    def __init__(self) -> None:
        self.database = fakes.FakeDatabase()

    def port(self, owner: str = "here") -> OutboxPort:
        return fakes.FakeOutbox(self.database, owner)

    def add(self, contact: int, event: str = "alert.opened", at: int = NOON, *, is_high: bool = False) -> None:
        name, rank = f"{contact}-{event}-{at}", Priority.HIGH.rank if is_high else Priority.CRITICAL.rank
        self.database.add(fakes.a_notice(name, at=at, event=event, contact=ContactId(f"contact-{contact}"), priority_rank=rank))

    def add_chain(self, *after_s: int) -> None:
        for place, after in enumerate(after_s):
            at = NOON + after * 1_000
            notice = fakes.a_notice(f"chain-{place}", at=NOON, channel_index=place, chain="chain", place=place, due_at=at)
            self.database.add(replace(notice, contact=ContactId("contact-0"), priority_rank=Priority.HIGH.rank))

    def add_to_alert_of(self, notice: Leased, event: str, at: int) -> None:
        self.database.add(replace(notice, id="msg_later", event=event, created_at=at, chain="", place=0, channel_index=0))

    def failures(self) -> list[Alert]:
        return list(self.database.alerts.values())

    def take(self, alert: Alert) -> None:
        self.database.alerts[alert.id] = acknowledge(alert, NOON + 1, "user:li")[0]

    def close(self, alert: Alert) -> None:
        self.database.alerts[alert.id] = resolve(alert, NOON + 2, "user:li", Outcome.FINE)[0]

    def attempts(self) -> list[tuple[bool, int | None, str]]:
        return [(tried.ok, tried.status, tried.error) for row in self.database.rows.values() for tried in row.tried]


class StoreBench:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.alert_id: AlertId = lay_down(store, NOON, ["https://a.example/", "https://b.example/", "https://c.example/"]).id

    def port(self, owner: str = "here") -> OutboxPort:
        return StoreOutbox(self.store, owner)

    def add(self, contact: int, event: str = "alert.opened", at: int = NOON, *, is_high: bool = False) -> None:
        alert_id = an_alert(self.store, at, f"rule-{contact}", Priority.HIGH).id if is_high else self.alert_id
        with self.store.begin() as tx:
            tx.outbox.add([a_notice(alert_id, f"contact-{contact}", at, event)], at)

    def add_chain(self, *after_s: int) -> None:
        alert_id = an_alert(self.store, NOON, "no_sign_of_life", Priority.HIGH).id
        first = a_notice(alert_id, "contact-0", NOON)
        with self.store.begin() as tx:
            chain = [
                replace(first, channel_index=place, place=place, after_ms=after * 1_000) for place, after in enumerate(after_s)
            ]
            tx.outbox.add(chain, NOON)
            tx.outbox.add(chain, NOON)

    def add_to_alert_of(self, notice: Leased, event: str, at: int) -> None:
        assert notice.alert_id is not None
        with self.store.begin() as tx:
            tx.outbox.add([a_notice(notice.alert_id, notice.contact, at, event)], at)

    def failures(self) -> list[Alert]:
        with self.store.read(EVERYTHING) as reader:
            return [entry.alert for entry in reader.alerts.read_page(AlertFilter(rule="delivery_failed")).items]

    def take(self, alert: Alert) -> None:
        with self.store.begin() as tx:
            AlertWrites(tx).apply(*acknowledge(alert, NOON + 1, "user:li"))

    def close(self, alert: Alert) -> None:
        with self.store.begin() as tx:
            AlertWrites(tx).apply(*resolve(alert, NOON + 2, "user:li", Outcome.FINE))

    def attempts(self) -> list[tuple[bool, int | None, str]]:
        with self.store.read(EVERYTHING) as reader:
            return [(row.ok, row.status, row.error) for row in reader.outbox.list_deliveries().items]


class OutboxContract:
    """The laws of `OutboxPort`."""

    def test_a_notice_is_claimed_by_one_until_its_lease_ends(self, bench: Bench) -> None:
        bench.add(0)
        (mine,) = bench.port("a").claim(NOON, 10)
        assert (mine.attempts, mine.event, mine.channel_kind, mine.contact) == (0, "alert.opened", "webhook", "contact-0")
        assert mine.channel_params is not None
        assert mine.channel_params["url"].startswith("https://")
        assert bench.port("b").claim(NOON + 44_999, 10) == []
        assert bench.port("b").claim(mine.lease_until, 10) == [replace(mine, lease_until=mine.lease_until + 45_000)]

    def test_who_lost_the_lease_settles_nothing(self, bench: Bench) -> None:
        bench.add(0)
        first, second = bench.port("a"), bench.port("b")
        (old,) = first.claim(NOON, 10)
        (new,) = second.claim(old.lease_until, 10)
        assert first.settle(old, LAST) is None
        assert bench.attempts() == []
        assert bench.failures() == []
        assert second.settle(new, GOOD) is OutboxState.DELIVERED
        assert second.settle(new, GOOD) is None

    def test_limit_and_due_time(self, bench: Bench) -> None:
        for contact in range(3):
            bench.add(contact, at=NOON + contact)
        port = bench.port()
        assert len(port.claim(NOON + 1, 1)) == 1
        assert len(port.claim(NOON + 1, 10)) == 1
        assert port.claim(NOON + 1, 10) == []
        assert len(port.claim(NOON + 2, 10)) == 1

    def test_the_most_urgent_are_claimed_first_then_the_longest_due(self, bench: Bench) -> None:
        bench.add(0, at=NOON + 1, is_high=True)
        bench.add(1, at=NOON, is_high=True)
        bench.add(2, at=NOON + 2)
        port = bench.port()
        assert [notice.contact for notice in port.claim(NOON + 5, 2)] == ["contact-2", "contact-1"]
        assert [notice.contact for notice in port.claim(NOON + 5, 10)] == ["contact-0"]

    def test_a_failed_attempt_comes_back_when_due_with_its_count(self, bench: Bench) -> None:
        bench.add(0)
        port = bench.port()
        (notice,) = port.claim(NOON, 10)
        assert port.settle(notice, BAD) is OutboxState.PENDING
        assert port.claim(NOON + 4999, 10) == []
        (again,) = port.claim(NOON + 5000, 10)
        assert (again.id, again.attempts, again.created_at) == (notice.id, 1, notice.created_at)
        assert bench.attempts() == [(False, 500, "the receiver answered 500")]

    def test_what_was_set_by_a_clock_that_ran_ahead_does_not_hold(self, bench: Bench) -> None:
        ahead = NOON + 172_800_000
        bench.add(0, at=ahead)
        (notice,) = bench.port("a").claim(ahead, 10)
        (again,) = bench.port("b").claim(NOON, 10)
        assert again.id == notice.id
        assert bench.port("b").settle(again, replace(BAD, at=ahead, next_due_at=ahead + 5000)) is OutboxState.PENDING
        (once_more,) = bench.port("b").claim(NOON, 10)
        assert (once_more.id, once_more.attempts) == (notice.id, 1)
        assert bench.port("c").claim(NOON + 1, 10) == []

    def test_a_limit_of_the_provider_puts_off_and_keeps_room_for_what_cannot_wait(self, bench: Bench) -> None:
        limits = (SendLimit(3, 60, kept=1), SendLimit(100, 3_600))
        bench.add(0, is_high=True)
        here, elsewhere = bench.port("a"), bench.port("b")
        (notice,) = here.claim(NOON + 10, 10)
        # counts are the database's: another deliverer, or the same after a restart, goes on from them
        assert here.reserve(notice, limits, NOON + 10) is None
        assert here.reserve(notice, limits, NOON + 20_010) is None
        assert here.reserve(notice, limits, NOON + 30_000) == NOON + 60_010
        assert elsewhere.reserve(replace(notice, priority_rank=0), limits, NOON + 30_001) is None
        assert here.settle(notice, GOOD) is None  # it was given back with its lease
        assert bench.attempts() == []
        assert elsewhere.claim(NOON + 60_009, 10) == []
        (later,) = elsewhere.claim(NOON + 60_010, 10)
        assert (later.id, later.attempts) == (notice.id, 0)

    def test_times_of_a_clock_that_ran_ahead_do_not_count(self, bench: Bench) -> None:
        limits = (SendLimit(1, 60),)
        bench.add(0)
        (notice,) = bench.port().claim(NOON, 10)
        assert bench.port().reserve(notice, limits, NOON + 10**9) is None
        assert bench.port().reserve(notice, limits, NOON + 1) is None
        assert bench.port().reserve(notice, limits, NOON + 2) == NOON + 60_001

    def test_the_next_channel_begins_after_its_time_and_not_at_all_once_the_first_has_brought_it(self, bench: Bench) -> None:
        bench.add_chain(0, 60, 120)
        port = bench.port()
        (first,) = port.claim(NOON, 10)
        assert (first.channel_index, port.find_needless(first)) == (0, "")
        assert port.claim(NOON + 59_999, 10) == [replace(first, lease_until=NOON + 59_999 + 45_000)]
        (second,) = port.claim(NOON + 60_000, 10)
        assert (second.channel_index, port.find_needless(second)) == (1, "")
        assert port.settle(first, replace(GOOD, at=NOON + 60_001)) is OutboxState.DELIVERED
        # the one that was claimed already is looked at once more; the third is closed with its reason
        assert port.find_needless(second) == ARRIVED
        assert port.claim(NOON + 10**9, 10) == [replace(second, lease_until=NOON + 10**9 + 45_000)]
        assert sorted(error for _, _, error in bench.attempts()) == ["", ARRIVED]

    def test_three_failures_let_the_next_channel_begin_and_those_behind_it_as_much_earlier(self, bench: Bench) -> None:
        bench.add_chain(0, 60, 120)
        port = bench.port()
        for number in range(1, 4):
            (first,) = port.claim(NOON + number * 1_000, 10)
            assert first.channel_index == 0
            at = NOON + number * 1_000
            port.settle(first, replace(BAD, at=at, duration_ms=500, next_due_at=at + 1_000 if number < 3 else NOON + 900_000))
        (second,) = port.claim(NOON + 3_500, 10)
        assert second.channel_index == 1
        port.settle(second, replace(BAD, at=NOON + 3_500, next_due_at=NOON + 900_000))
        assert port.claim(NOON + 63_499, 10) == []
        (third,) = port.claim(NOON + 63_500, 10)
        assert third.channel_index == 2

    def test_a_channel_that_is_no_more_lets_the_next_one_begin_at_once(self, bench: Bench) -> None:
        bench.add_chain(0, 60)
        port = bench.port()
        (first,) = port.claim(NOON, 10)
        assert port.settle(first, LAST) is OutboxState.DEAD
        (second,) = port.claim(NOON + 12, 10)
        assert (second.channel_index, port.find_needless(second)) == (1, "")

    @pytest.mark.parametrize(("limit_s", "begins_s"), [(59, 60), (60, 0), (3_600, 0)])
    def test_a_limit_longer_than_the_wait_lets_the_next_channel_begin_at_once(
        self, bench: Bench, limit_s: int, begins_s: int
    ) -> None:
        bench.add_chain(0, 60)
        port, limits = bench.port(), (SendLimit(1, limit_s), SendLimit(100, 60))
        (first,) = port.claim(NOON, 10)
        assert port.reserve(first, limits, NOON) is None
        assert port.reserve(first, limits, NOON) == NOON + limit_s * 1_000
        begun = [notice.channel_index for notice in port.claim(NOON + max(0, begins_s * 1_000 - 1), 10)]
        assert (1 in begun) is (begins_s == 0)
        begun += [notice.channel_index for notice in port.claim(NOON + begins_s * 1_000, 10)]
        assert 1 in begun

    def test_what_was_said_to_be_over_meanwhile_begins_on_no_channel(self, bench: Bench) -> None:
        bench.add_chain(0, 60)
        port = bench.port()
        (second,) = [notice for notice in port.claim(NOON + 60_000, 10) if notice.place]
        assert port.find_needless(second) == ""
        bench.add_to_alert_of(second, "alert.resolved", NOON + 60_001)
        assert port.find_needless(second) == SUPERSEDED

    def test_a_delivered_notice_never_comes_back(self, bench: Bench) -> None:
        bench.add(0)
        port = bench.port()
        port.settle(port.claim(NOON, 10)[0], GOOD)
        bench.add(0)
        assert port.claim(NOON + 10**9, 10) == []
        assert port.read_health().waiting == 0

    def test_a_dead_letter_opens_one_alert_per_home(self, bench: Bench) -> None:
        first, second = self._two_given_up(bench)
        assert first.settle_state is second.settle_state is OutboxState.DEAD
        (alert,) = bench.failures()
        assert (alert.rule, alert.subject.household, alert.priority, alert.desk) == ("delivery_failed", "home-1", "high", "care")
        assert alert.version == 2
        health = bench.port().read_health()
        assert (health.waiting, health.dead) == (0, 2)

    def test_a_dead_letter_after_somebody_took_the_alert_brings_it_back(self, bench: Bench) -> None:
        self._give_up(bench, 0, NOON)
        bench.take(bench.failures()[0])
        self._give_up(bench, 1, NOON + 10)
        (alert,) = bench.failures()
        assert (alert.answer, alert.owner) == ("unacknowledged", "")

    def test_a_dead_letter_after_the_alert_was_closed_opens_another(self, bench: Bench) -> None:
        self._give_up(bench, 0, NOON)
        bench.close(bench.failures()[0])
        self._give_up(bench, 1, NOON + 10)
        assert sorted(alert.answer for alert in bench.failures()) == ["resolved", "unacknowledged"]

    def test_an_opening_is_superseded_by_the_closing_to_the_same_contact_only(self, bench: Bench) -> None:
        bench.add(0)
        bench.add(1)
        port = bench.port()
        notices = {notice.contact: notice for notice in port.claim(NOON, 10)}
        assert not any(port.find_needless(notice) for notice in notices.values())
        bench.add(0, "alert.resolved", NOON + 1)
        assert port.find_needless(notices[ContactId("contact-0")])
        assert not port.find_needless(notices[ContactId("contact-1")])
        (closing,) = port.claim(NOON + 1, 10)
        assert not port.find_needless(closing)
        port.settle(closing, LAST)
        assert not port.find_needless(notices[ContactId("contact-0")])

    def test_a_closing_that_was_taken_back_is_superseded_and_the_reopening_is_not(self, bench: Bench) -> None:
        bench.add(0, "alert.resolved", NOON)
        bench.add(0, "alert.reopened", NOON + 1)
        port = bench.port()
        notices = {notice.event: notice for notice in port.claim(NOON + 1, 10)}
        assert port.find_needless(notices["alert.resolved"])
        assert not port.find_needless(notices["alert.reopened"])
        state = port.settle(notices["alert.resolved"], replace(GOOD, status=None, superseded=True))
        assert state is OutboxState.SUPERSEDED
        health = port.read_health()
        assert (health.waiting, health.dead) == (1, 0)

    def test_what_is_released_is_anybodys_at_once(self, bench: Bench) -> None:
        bench.add(0)
        bench.add(1)
        mine = bench.port("a").claim(NOON, 10)
        bench.port("b").release(mine)
        assert bench.port("b").claim(NOON, 10) == []
        bench.port("a").release(mine)
        assert {notice.id for notice in bench.port("b").claim(NOON, 10)} == {notice.id for notice in mine}
        assert bench.attempts() == []

    def test_age_of_the_outbox(self, bench: Bench) -> None:
        assert bench.port().read_health().oldest_due_at is None
        bench.add(0, at=NOON + 7)
        bench.add(1, at=NOON + 3)
        health = bench.port().read_health()
        assert (health.waiting, health.dead, health.oldest_due_at) == (2, 0, NOON + 3)

    def _two_given_up(self, bench: Bench) -> tuple[_GivenUp, _GivenUp]:
        return self._give_up(bench, 0, NOON), self._give_up(bench, 1, NOON + 10)

    def _give_up(self, bench: Bench, contact: int, at: int) -> _GivenUp:
        bench.add(contact, at=at)
        port = bench.port()
        (notice,) = port.claim(at, 10)
        return _GivenUp(notice, port.settle(notice, replace(LAST, at=at)))


class _GivenUp:
    def __init__(self, notice: Leased, state: OutboxState | None) -> None:
        self.notice = notice
        self.settle_state = state


class TestInMemory(OutboxContract):
    @pytest.fixture
    def bench(self) -> Bench:
        return FakeBench()


class TestInStore(OutboxContract):
    @pytest.fixture
    def bench(self, store: Store) -> Bench:
        return StoreBench(store)

    def test_the_history_tells_of_each_dead_letter(self, store: Store) -> None:
        bench = StoreBench(store)
        self._two_given_up(bench)
        (alert,) = bench.failures()
        with store.read(EVERYTHING) as reader:
            detail = reader.alerts.get(alert.id)
        assert detail is not None
        assert [step.kind for step in detail.history] == [TransitionKind.OPENED, TransitionKind.NOTED]

    def test_who_opens_the_alert_of_a_home_a_moment_later_adds_a_line_to_it(self, postgres_store: Store) -> None:
        bench = StoreBench(postgres_store)
        bench.add(1)
        bench.add(2, is_high=True)
        one, other = StoreOutbox(postgres_store, "one"), StoreOutbox(postgres_store, "other")
        (first,), (second,) = one.claim(NOON, 1), other.claim(NOON, 1)
        states: list[OutboxState | None] = []
        settling = threading.Thread(target=lambda: states.append(other.settle(second, LAST)))
        with postgres_store.begin() as tx:
            perform_in(tx, make_service("deliver"), GiveUp(first, 1, NOON - 1), NOON)
            settling.start()
            eventually(lambda: is_waited_for(postgres_store))
        settling.join(20)
        (alert,) = bench.failures()
        assert (states, alert.version) == ([OutboxState.DEAD], 2)

    def test_a_beat_is_seen_by_other_processes(self, store: Store) -> None:
        port = StoreOutbox(store, "here")
        port.write_heartbeat(NOON, {"waiting": 3, "last_fault": "", "oldest_due_at": None})
        port.write_heartbeat(NOON + 1, {"waiting": 4})
        with store.read(EVERYTHING) as reader:
            beat = reader.heartbeats.read_all()["deliver"]
        assert (beat.at, beat.detail) == (NOON + 1, {"waiting": 4})
