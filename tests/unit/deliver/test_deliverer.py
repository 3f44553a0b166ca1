"""The loop and its workers on an outbox in memory."""

from __future__ import annotations

import random
import threading

import pytest

from homebeat.deliver import Deliverer, DeliverLimits, Receipt
from homebeat.deliver.schedule import ATTEMPTS, GAPS_S
from homebeat.domain.alert import Desk, Priority, TransitionKind
from homebeat.domain.errors import Unavailable
from homebeat.store import Leased, OutboxState
from tests.unit.deliver.fakes import HOME, NOON, FakeChannel, FakeDatabase, FakeOutbox, ManualClock, a_notice, eventually

FAILED = Receipt(ok=False, status=500, error="the receiver answered 500")


class Bench:
    """One deliverer on a fake database."""

    def __init__(
        self,
        channel: FakeChannel,
        database: FakeDatabase | None = None,
        owner: str = "here",
        clock: ManualClock | None = None,
        limits: DeliverLimits | None = None,
    ) -> None:
        self.database = database or FakeDatabase()
        self.clock = clock or ManualClock()
        self.points: list[str] = []
        self.deliverer = Deliverer(
            FakeOutbox(self.database, owner),
            {"webhook": channel},
            clock=self.clock,
            chance=random.Random(7),
            limits=limits,
            failpoints=self.points.append,
        )

    def step(self) -> int:
        """One step, and wait until its attempts have ended."""
        claimed = self.deliverer.step(self.clock())
        eventually(lambda: self.deliverer.get_state().in_flight == 0 and self.deliverer.get_state().held == 0)
        return claimed

    def drain(self) -> None:
        """Step until nothing is due: of a receiver that is not known one notice is claimed at a time."""
        while self.step():
            pass

    def row(self, name: str = "one") -> tuple[OutboxState, int]:
        row = self.database.rows[f"msg_{name}"]
        return row.state, len(row.tried)


def test_what_is_due_is_sent_once() -> None:
    channel = FakeChannel()
    bench = Bench(channel)
    bench.database.add(a_notice(), a_notice("later", at=NOON + 1000))
    assert bench.step() == 1
    assert bench.step() == 0
    assert channel.sent == ["msg_one"]
    assert bench.row() == (OutboxState.DELIVERED, 1)
    assert bench.points == ["deliver.before_send", "deliver.after_send"]
    bench.clock.forward(1)
    assert bench.step() == 1
    assert bench.deliverer.get_state().delivered == 2
    bench.deliverer.close()


def test_a_day_of_failures_ends_in_an_alert_for_the_care_desk() -> None:
    bench = Bench(FakeChannel(lambda _notice: FAILED))
    bench.database.add(a_notice())
    for made in range(ATTEMPTS):
        assert bench.step() == 1, made
        if made < len(GAPS_S):
            bench.clock.forward(GAPS_S[made] * 0.89)
            assert bench.step() == 0
            bench.clock.forward(GAPS_S[made] * 0.22 + 0.001)
    assert bench.row() == (OutboxState.DEAD, 14)
    (alert,) = bench.database.alerts.values()
    assert (alert.rule, alert.priority, alert.desk, alert.subject.household) == (
        "delivery_failed",
        Priority.HIGH,
        Desk.CARE,
        HOME,
    )
    assert alert.reason.params == {"attempts": 14, "contact": "contact-one"}
    state = bench.deliverer.get_state()
    assert (state.failed, state.given_up, state.delivered) == (13, 1, 0)
    bench.deliverer.close()


@pytest.mark.parametrize(
    "receipt",
    [
        Receipt(ok=False, status=410, error="the receiver wants no more messages", is_final=True),
        Receipt(ok=False, error="the address must begin with https://", is_final=True),
    ],
)
def test_what_cannot_help_is_given_up_at_once(receipt: Receipt) -> None:
    bench = Bench(FakeChannel(lambda _notice: receipt))
    bench.database.add(a_notice())
    bench.step()
    assert bench.row() == (OutboxState.DEAD, 1)
    assert bench.database.rows["msg_one"].tried[0].error == receipt.error
    assert [step.kind for step in bench.database.steps] == [TransitionKind.OPENED]
    bench.deliverer.close()


def test_a_channel_kind_that_nobody_serves_is_given_up_at_once() -> None:
    bench = Bench(FakeChannel())
    bench.database.add(a_notice(channel_kind="pigeon"))
    bench.step()
    assert bench.row() == (OutboxState.DEAD, 1)
    bench.deliverer.close()


def test_nothing_is_sent_to_a_contact_who_was_retired() -> None:
    channel = FakeChannel()
    bench = Bench(channel)
    bench.database.add(a_notice("opened", is_retired=True, channel_params=None))
    bench.drain()
    assert channel.sent == []
    assert bench.row("opened") == (OutboxState.SUPERSEDED, 1)
    assert bench.database.rows["msg_opened"].tried[0].error == "the contact left the registry, or wants no more messages"
    assert bench.database.alerts == {}
    bench.deliverer.close()


def test_an_opening_is_dropped_once_the_same_contact_has_the_closing() -> None:
    channel = FakeChannel()
    bench = Bench(channel)
    bench.database.add(a_notice("opened"), a_notice("closed", event="alert.resolved", contact="contact-opened"))
    bench.drain()
    assert channel.sent == ["msg_closed"]
    assert bench.deliverer.get_state().superseded == 1
    assert bench.row("opened") == (OutboxState.SUPERSEDED, 1)
    bench.deliverer.close()


def test_an_opening_is_told_when_only_others_have_the_closing() -> None:
    channel = FakeChannel()
    bench = Bench(channel)
    bench.database.add(
        a_notice("opened"),
        a_notice("closed", event="alert.resolved", contact="somebody-else"),
        a_notice("other", event="alert.resolved", contact="contact-opened", alert_id="a-2"),
    )
    bench.drain()
    assert sorted(channel.sent) == ["msg_closed", "msg_opened", "msg_other"]
    bench.deliverer.close()


def test_a_slow_endpoint_holds_up_nobody_else() -> None:
    release = threading.Event()

    def answer(notice: Leased) -> Receipt:
        if "slow" in notice.id:
            release.wait(30)
        return Receipt(ok=True, status=200)

    channel = FakeChannel(answer)
    bench = Bench(channel, limits=DeliverLimits(workers=8, per_endpoint=2))
    slow = [a_notice(f"slow{i}", url="https://slow.example/", at=NOON - 1000) for i in range(50)]
    fast = [a_notice(f"fast{i}", url="https://fast.example/") for i in range(50)]
    bench.database.add(*slow, *fast)
    claimed = 0
    while claimed < 51:
        claimed += bench.deliverer.step(NOON)
    eventually(lambda: sum("fast" in sent for sent in channel.sent) == 50)
    assert sum("slow" in sent for sent in channel.sent) == 1
    eventually(lambda: bench.deliverer.get_state().in_flight == 1)
    assert bench.deliverer.get_state().held == 0
    release.set()
    eventually(lambda: bench.deliverer.get_state().in_flight == 0)
    bench.drain()
    assert bench.deliverer.get_state().delivered == 100
    bench.deliverer.close()


def test_what_is_held_is_bounded() -> None:
    release = threading.Event()
    bench = Bench(
        FakeChannel(lambda _notice: Receipt(ok=release.wait(30), status=200)),
        limits=DeliverLimits(workers=2, per_endpoint=2, held=5),
    )
    bench.database.add(*(a_notice(f"n{i}", url=f"https://n{i}.example/") for i in range(50)))
    claimed = sum(bench.deliverer.step(NOON) for _ in range(5))
    assert claimed == 7
    release.set()
    bench.deliverer.close()


def test_a_lease_that_ran_out_while_waiting_is_not_used() -> None:
    release = threading.Event()
    channel = FakeChannel(lambda _notice: Receipt(ok=release.wait(30), status=200))
    bench = Bench(channel, limits=DeliverLimits(workers=1, per_endpoint=1))
    bench.database.add(*(a_notice(name, url=f"https://{name}.example/") for name in ("first", "second")))
    bench.deliverer.step(NOON)
    eventually(lambda: channel.sent == ["msg_first"])
    bench.clock.forward(40)  # the second's lease has 5 s left: another deliverer may have it before we are done
    release.set()
    eventually(lambda: bench.deliverer.get_state().held == 0 and bench.deliverer.get_state().in_flight == 0)
    assert channel.sent == ["msg_first"]
    bench.clock.forward(6)
    bench.step()
    assert channel.sent == ["msg_first", "msg_second"]
    bench.deliverer.close()


def test_who_stops_gives_back_what_is_not_begun() -> None:
    release = threading.Event()
    channel = FakeChannel(lambda _notice: Receipt(ok=release.wait(30), status=200))
    bench = Bench(channel, limits=DeliverLimits(workers=1, per_endpoint=1))
    bench.database.add(*(a_notice(name, url=f"https://{name}.example/") for name in ("first", "second", "third")))
    bench.deliverer.step(NOON)
    eventually(lambda: channel.sent == ["msg_first"])
    closing = threading.Thread(target=bench.deliverer.close)
    closing.start()
    eventually(lambda: bench.row("third")[0] is OutboxState.PENDING)
    other = Bench(FakeChannel(), bench.database, "there", bench.clock)
    assert other.step() == 2
    release.set()
    closing.join(10)
    assert [bench.row(name) for name in ("first", "second", "third")] == [(OutboxState.DELIVERED, 1)] * 3
    other.deliverer.close()


def test_who_stops_while_the_database_is_away_stops_all_the_same() -> None:
    release = threading.Event()
    channel = FakeChannel(lambda _notice: Receipt(ok=release.wait(30), status=200))
    bench = Bench(channel, limits=DeliverLimits(workers=1, per_endpoint=1))
    bench.database.add(*(a_notice(name, url=f"https://{name}.example/") for name in ("first", "second")))
    bench.deliverer.step(NOON)
    eventually(lambda: channel.sent == ["msg_first"])
    bench.database.is_away = True
    release.set()
    bench.deliverer.close()
    assert bench.row("second") == (OutboxState.LEASED, 0)


def test_two_deliverers_never_send_the_same_and_one_takes_over_from_the_other() -> None:
    database, clock = FakeDatabase(), ManualClock()
    channels = FakeChannel(), FakeChannel()
    benches = [Bench(channel, database, owner, clock) for channel, owner in zip(channels, ("a", "b"), strict=True)]
    database.add(*(a_notice(f"n{i}", url=f"https://n{i}.example/") for i in range(200)))
    threads = [threading.Thread(target=bench.step) for bench in benches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(channels[0].sent + channels[1].sent) == sorted(database.rows)
    # one that claimed and died: nobody else gets it before the lease ends, then the other does
    database.add(a_notice("orphan"))
    assert [notice.id for notice in FakeOutbox(database, "dead").claim(clock(), 10)] == ["msg_orphan"]
    assert benches[0].step() == 0
    clock.forward(45)
    assert benches[1].step() == 1
    assert channels[1].sent[-1] == "msg_orphan"
    for bench in benches:
        bench.deliverer.close()


def test_our_own_fault_is_counted_and_the_schedule_goes_on() -> None:
    def broken(_notice: Leased) -> Receipt:
        raise ZeroDivisionError

    bench = Bench(FakeChannel(broken))
    bench.database.add(a_notice())
    bench.step()
    state = bench.deliverer.get_state()
    assert (state.faults, state.last_fault, state.failed) == (1, "ZeroDivisionError", 1)
    assert bench.row() == (OutboxState.PENDING, 1)
    bench.deliverer.close()


def test_an_attempt_is_written_down_once_the_database_is_back() -> None:
    entered, release = threading.Event(), threading.Event()

    def answer(_notice: Leased) -> Receipt:
        entered.set()
        return Receipt(ok=release.wait(30), status=200)

    bench = Bench(FakeChannel(answer))
    bench.database.add(a_notice())
    bench.deliverer.step(NOON)
    assert entered.wait(10)
    bench.database.is_away = True
    with pytest.raises(Unavailable):
        bench.deliverer.step(NOON)
    release.set()
    threading.Event().wait(0.05)
    assert bench.row()[0] is OutboxState.LEASED
    bench.database.is_away = False
    eventually(lambda: bench.row() == (OutboxState.DELIVERED, 1))
    bench.deliverer.close()


def test_run_delivers_beats_and_ends() -> None:
    channel = FakeChannel()
    bench = Bench(channel, limits=DeliverLimits(poll_s=30.0))
    stop = threading.Event()
    thread = threading.Thread(target=bench.deliverer.run, args=(stop,))
    thread.start()
    eventually(lambda: len(bench.database.beats) == 1)
    bench.database.add(a_notice())
    bench.deliverer.wake()
    eventually(lambda: bench.row() == (OutboxState.DELIVERED, 1))
    bench.database.is_away = True
    bench.deliverer.wake()
    stop.set()
    bench.deliverer.wake()
    thread.join(10)
    assert not thread.is_alive()
    assert bench.database.beats[0]["waiting"] == 0


def test_outbox_age_is_visible() -> None:
    bench = Bench(FakeChannel(lambda _notice: FAILED))
    bench.database.add(a_notice())
    bench.step()
    bench.deliverer.beat(bench.clock.forward(65))
    state = bench.deliverer.get_state()
    assert state.waiting == 1
    assert 59 <= state.compute_outbox_age_s(bench.clock()) <= 61
    assert bench.database.beats[-1]["waiting"] == 1
    bench.deliverer.close()
