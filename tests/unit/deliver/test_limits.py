"""What a provider takes to one address is kept to: nothing is dropped, and what cannot wait goes first."""

from __future__ import annotations

import random

import pytest

from homebeat.deliver import Deliverer
from homebeat.deliver.accounts import CloudAccount
from homebeat.deliver.channels.sms import SmsChannel
from homebeat.deliver.outbox import NOTES_SPREAD_MS, spread_ms
from homebeat.deliver.poster import Poster
from homebeat.domain.channel import CHANNELS, LONGEST_LIMIT_S, ChannelSpec, SendLimit
from homebeat.store import OutboxState
from homebeat.store.notice.sending import find_due, find_turn
from tests.unit.deliver.fakes import NOON, FakeChannel, FakeDatabase, FakeOutbox, ManualClock, a_notice, eventually

ROBOT = {"url": "https://qyapi.example/send?key=one"}


class Street:
    """A deliverer of robots on a fake database."""

    def __init__(self, database: FakeDatabase | None = None, clock: ManualClock | None = None) -> None:
        self.database, self.clock, self.channel = database or FakeDatabase(), clock or ManualClock(), FakeChannel()
        outbox = FakeOutbox(self.database)
        self.deliverer = Deliverer(outbox, {"wecom_robot": self.channel}, clock=self.clock, chance=random.Random(7))

    def add(self, count: int, rank: int = 1, first: str = "n", url: str = ROBOT["url"]) -> None:
        for n in range(count):
            notice = a_notice(f"{first}{n:03}", channel_kind="wecom_robot", channel_params={"url": url}, priority_rank=rank)
            self.database.add(notice)

    def drain(self) -> list[str]:
        """Step until nothing is due; returns what was sent."""
        before = len(self.channel.sent)
        while self.deliverer.step(self.clock()):
            eventually(lambda: self.deliverer.get_state().in_flight == 0 and self.deliverer.get_state().held == 0)
        return self.channel.sent[before:]


def test_a_robot_gets_twenty_a_minute_and_all_in_the_end() -> None:
    street = Street()
    street.add(40)
    assert len(street.drain()) == 15
    street.add(10, rank=0, first="urgent")
    assert sorted(street.drain()) == [f"msg_urgent{n:03}" for n in range(5)]
    street.clock.forward(59.9)
    assert street.drain() == []
    street.clock.forward(0.1)
    again = street.drain()
    assert sorted(again[:5]) == [f"msg_urgent{n:03}" for n in range(5, 10)]
    for _ in range(3):
        street.clock.forward(60)
        street.drain()
    assert len(set(street.channel.sent)) == len(street.channel.sent) == 50
    assert {row.state for row in street.database.rows.values()} == {OutboxState.DELIVERED}
    assert {len(row.tried) for row in street.database.rows.values()} == {1}  # waiting is no attempt
    assert street.deliverer.get_state().put_off >= 35
    street.deliverer.close()


def test_another_process_goes_on_from_what_was_counted() -> None:
    first = Street()
    first.add(20, rank=0)
    assert len(first.drain()) == 20
    first.deliverer.close()
    second = Street(first.database, first.clock)
    second.add(1, rank=0, first="m")
    assert second.drain() == []
    second.add(1, first="o", url="https://qyapi.example/send?key=another")
    assert second.drain() == ["msg_o000"]
    second.clock.forward(60)
    assert second.drain() == ["msg_m000"]
    second.deliverer.close()


@pytest.mark.parametrize(
    "times, is_urgent, due",
    [
        ([], False, None),
        ([NOON - 10], False, None),
        ([NOON - 20, NOON - 10], False, NOON + 59_980),
        ([NOON - 20, NOON - 10], True, None),
        ([NOON - 20, NOON - 10, NOON], True, NOON + 59_980),
        ([NOON - 20, NOON - 10, NOON], False, NOON + 59_990),
        ([NOON - 60_000, NOON - 59_999, NOON], False, NOON + 1),
        ([NOON - 60_000, NOON - 60_000, NOON], False, None),
    ],
)
def test_when_one_more_fits(times: list[int], is_urgent: bool, due: int | None) -> None:
    assert find_due(times, SendLimit(3, 60, kept=1), NOON, is_urgent=is_urgent) == due


def test_what_a_text_message_cannot_say_is_not_sent_and_not_counted() -> None:
    """Neither is it a failure: no alert opens at the desk, and the next message need not wait for it."""
    database = FakeDatabase()
    database.add(a_notice(channel_kind="sms", channel_params={"phone": "139-0000-0001"}, event="alert.resolved"))
    channels = {"sms": SmsChannel(Poster(), CloudAccount("aliyun", template="SMS_1"))}
    deliverer = Deliverer(FakeOutbox(database), channels, clock=ManualClock(), chance=random.Random(7))
    deliverer.step(NOON)
    eventually(lambda: database.rows["msg_one"].state is OutboxState.SUPERSEDED)
    deliverer.close()
    assert len(database.sent) == 0


@pytest.mark.parametrize(
    "kind, event, state",
    [
        ("voice", "alert.opened", OutboxState.DELIVERED),
        ("voice", "alert.reopened", OutboxState.DELIVERED),
        ("voice", "alert.resolved", OutboxState.SUPERSEDED),
        ("sms", "alert.resolved", OutboxState.DELIVERED),
    ],
)
def test_no_call_is_spent_on_the_end_of_an_alert(kind: str, event: str, state: OutboxState) -> None:
    database, channel = FakeDatabase(), FakeChannel()
    database.add(a_notice(channel_kind=kind, channel_params={"phone": "139-0000-0001"}, event=event))
    deliverer = Deliverer(FakeOutbox(database), {kind: channel}, clock=ManualClock(), chance=random.Random(7))
    deliverer.step(NOON)
    eventually(lambda: database.rows["msg_one"].state is state)
    deliverer.close()
    assert len(channel.sent) == (state is OutboxState.DELIVERED)
    assert len(database.sent) == len(channel.sent)


MINUTE = 60_000


@pytest.mark.parametrize(
    "due, queue_ends_at, turn",
    [
        (MINUTE, 0, MINUTE),  # nobody waits
        (MINUTE, MINUTE, MINUTE + 30_000),  # behind whoever waits
        (MINUTE, 10 * MINUTE, 10 * MINUTE + 30_000),
        (MINUTE, 15 * MINUTE - 1, 15 * MINUTE),  # a quarter of an hour is planned
        (MINUTE, 15 * MINUTE, 15 * MINUTE),
        (MINUTE, 900 * MINUTE, MINUTE),  # set by a clock that was ahead, or by a limit of a day
        (90 * MINUTE, 10 * MINUTE, 90 * MINUTE),
    ],
)
def test_who_is_put_off_has_a_turn(due: int, queue_ends_at: int, turn: int) -> None:
    limits = (SendLimit(3, 60, kept=1), SendLimit(5, 3_600))
    assert find_turn(NOON + due, NOON + queue_ends_at, limits, NOON) == NOON + turn


@pytest.mark.parametrize("spec", CHANNELS.values(), ids=CHANNELS)
def test_limits_leave_room_for_every_message(spec: ChannelSpec) -> None:
    assert not spec.limits or spec.address
    for limit in spec.limits:
        assert 0 <= limit.kept < limit.most
        assert 1 <= limit.within_s <= LONGEST_LIMIT_S
    assert not spec.limits or min(limit.within_s for limit in spec.limits) <= 60  # a queue is planned by it


def test_what_is_minor_leaves_half_to_the_others() -> None:
    limit = SendLimit(20, 60, kept=4)
    times = [NOON - 1_000] * 8
    assert find_due(times, limit, NOON, is_urgent=False) is None
    assert find_due(times[1:], limit, NOON, is_urgent=False, is_minor=True) is None
    assert find_due(times, limit, NOON, is_urgent=False, is_minor=True) == NOON + 59_000
    assert find_due([], SendLimit(1, 30), NOON, is_urgent=False, is_minor=True) is None


def test_notes_that_were_put_off_come_back_all_over_the_span_that_is_named() -> None:
    later = [spread_ms(a_notice(f"msg_{n * 7_919:024x}")) for n in range(0, 1_000_000, 9_973)]
    assert 0 <= min(later) < NOTES_SPREAD_MS / 10
    assert NOTES_SPREAD_MS * 9 / 10 < max(later) < NOTES_SPREAD_MS
