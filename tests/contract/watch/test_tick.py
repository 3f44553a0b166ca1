"""What a tick does beside judging: each line of it is missed by somebody when it is left out."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

import numpy as np
import pytest

from homebeat.domain.alert import JUDGING_FAILED, Condition, Desk, Edge, Priority, Reason, Subject, TransitionKind, open_alert
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.inbound import Message
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.service_alerts import make_edge
from homebeat.engine.rulebook import RuleBook
from homebeat.ingest.source import SourceState
from homebeat.rules.device_silent import DeviceSilent
from homebeat.rules.frame import Frame
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.rules.rule import Judgement, Rule
from homebeat.rules.sos import Sos
from homebeat.store import AlertFilter, Balance, Store
from homebeat.store.alert.writes import AlertWrites
from homebeat.stream.batch import NEVER
from homebeat.watch import Watch, WatchOptions
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_upkeep import HOUR, KEEP, Scripted

MINUTE = 60_000
DAY = 24 * HOUR
METER, BAND, RESIDENT = "h1-meter", "h1-band", ResidentId("h1-r")


class Line(Scripted):
    """A scripted source whose connection somebody may cut."""

    connected = True

    def follow(self, topics: Sequence[str]) -> None:
        pass

    def get_state(self) -> SourceState:
        return replace(super().get_state(), connected=self.connected)


@dataclass
class Home:
    """The first home of the street under a few rules, and the watch over it; `now` is by the one clock there is."""

    store: Store
    rules: tuple[Rule, ...]
    now: int = T0 + HOUR
    line: Line = field(default_factory=Line)

    def __post_init__(self) -> None:
        with self.store.begin() as tx:
            tx.fleet.apply(STREET, T0)
        self.start()

    def start(self, states_ms: int = 0) -> None:
        """Start a watch, as after a kill: nothing is left of the one before."""
        book = RuleBook([{rule.code: rule for rule in self.rules}])
        options = WatchOptions(keep=KEEP, states_ms=states_ms, checkpoint_ms=90 * DAY)
        self.watch = Watch(self.store, self.line, options, clock=lambda: self.now, book_of=lambda *_: book)
        self.watch.start()

    def tick(self, *messages: Message, after_ms: int = 1_000) -> None:
        self.now += after_ms
        self.line.ticks = [list(messages)]
        self.watch.tick(threading.Event())

    def waits(self, for_ms: int) -> None:
        """Ticks without a message, seldom, but not so seldom that the loop would count as deaf."""
        for _ in range(for_ms // 100_000):
            self.tick(after_ms=100_000)

    def says(self, device: str, received_at: int | None = None, **values: object) -> Message:
        at = self.now if received_at is None else received_at
        return Message(f"homebeat/v1/{device}/readings", json.dumps({"at": at, **values}).encode(), at)

    def alerts(self, rule: str) -> list[tuple[str, Condition]]:
        with self.store.read(EVERYTHING) as reader:
            items = reader.alerts.read_page(AlertFilter(rule=rule), limit=50).items
        return sorted((entry.alert.subject.key, entry.alert.condition) for entry in items)

    def balance(self) -> Balance:
        with self.store.read(EVERYTHING) as reader:
            return reader.read_balance()

    def is_silent(self, device: str) -> bool:
        return f"device:{device}" in dict(self.alerts("device_silent"))


@pytest.fixture
def home(sqlite_store: Store) -> Home:
    return Home(sqlite_store, (DeviceSilent(), Sos()))


def test_what_was_learned_of_a_resident_is_kept(sqlite_store: Store) -> None:
    home = Home(sqlite_store, (NoSignOfLife(),))
    random, total, drawn = Random(5), 10.0, []
    for hour in range(2, 10 * 24):
        # as people draw it: neither at the same hours nor the same each time
        total += random.choice((0, 0, 0.004, 0.011, 0.03)) if 6 <= hour % 24 <= 22 else 0
        drawn.append(home.says(METER, T0 + hour * HOUR, volume_m3=round(total, 3)))
    home.tick(*drawn, after_ms=10 * DAY)
    with home.store.read(EVERYTHING) as reader:
        learned = reader.learned.find_profile(RESIDENT)
    assert learned is not None
    assert T0 + 8 * DAY <= learned.learned_at <= home.now
    assert learned.days > 3


def test_a_device_counts_as_heard_with_its_first_message_and_not_at_the_next_look(home: Home) -> None:
    def find_heard() -> dict[str, int | None]:
        with home.store.read(EVERYTHING) as reader:
            found = {name: reader.homes.find_device(DeviceId(name)) for name in (BAND, METER)}
        return {name: one.state.heard_at for name, one in found.items() if one is not None and one.state is not None}

    home.start(states_ms=30_000)
    home.tick()  # looks at everything
    home.tick(home.says(BAND, alarm="sos", battery_pct=40))
    assert [key for key, _ in home.alerts("sos")], "its alert is there, and a card can be read"
    heard = find_heard()
    assert list(heard) == [BAND]
    assert (heard[BAND] or 0) >= home.now - 1_000
    home.tick(home.says(BAND, steps=5), after_ms=10_000)
    assert find_heard() == heard, "the others are for the next look"
    home.tick(home.says(METER, volume_m3=1.0))
    assert list(find_heard()) == [BAND, METER]


def test_after_a_restart_the_watch_stands_by_what_time_alone_had_opened(home: Home) -> None:
    home.tick(home.says(METER, volume_m3=5.0))
    home.waits(5 * HOUR)
    assert home.is_silent(BAND)
    home.start()
    home.tick(after_ms=2_000)
    home.tick(home.says(BAND, steps=5))
    home.tick(after_ms=MINUTE)
    assert dict(home.alerts("device_silent"))[f"device:{BAND}"] is Condition.CLEARED


def test_while_the_broker_is_away_no_silence_is_held_against_a_device(home: Home) -> None:
    home.tick(home.says(BAND, steps=5))
    home.line.connected = False
    home.waits(5 * HOUR)
    home.line.connected = True
    home.waits(HOUR)
    assert home.alerts("device_silent") == []
    home.waits(3 * HOUR)
    assert home.is_silent(BAND)


def test_while_the_loop_stood_still_no_silence_is_held_against_a_device(home: Home) -> None:
    home.tick(home.says(BAND, steps=5))
    home.tick(after_ms=5 * HOUR)
    home.waits(HOUR)
    assert home.alerts("device_silent") == []
    home.waits(3 * HOUR)
    assert home.is_silent(BAND)


def test_what_pages_show_is_written(home: Home) -> None:
    home.tick(home.says(METER, volume_m3=5.0), home.says(BAND, steps=5, battery_pct=40))
    walked_at = home.now + 10 * MINUTE
    home.tick(home.says(BAND, walked_at, steps=25), after_ms=10 * MINUTE)
    home.waits(4 * MINUTE)
    with home.store.read(EVERYTHING) as reader:
        resident, device = reader.homes.find_resident(RESIDENT), reader.homes.find_device(DeviceId(BAND))
    assert resident is not None
    assert resident.state is not None
    assert (resident.state.state, resident.state.life_at, resident.state.away) == ("active", walked_at, False)
    assert device is not None
    assert device.state is not None
    assert (device.state.battery_pct, device.state.silent) == (40.0, False)


def test_a_clock_that_steps_back_between_two_messages_keeps_no_sos_waiting(home: Home) -> None:
    """MessageProof is put in order before anything is judged: the engine looks for what has arrived by halving."""
    home.tick()
    first, second = home.says(BAND, home.now + 700, steps=5), home.says(METER, home.now + 800, volume_m3=5.0)
    # stamped in this order; the device's own time is right
    sos = home.says(BAND, alarm="sos")._replace(received_at=home.now - 2 * DAY)
    home.tick(first, second, sos)
    assert home.alerts("sos") == [(f"device:{BAND}", Condition.FIRING)]
    with home.store.read(EVERYTHING) as reader:
        kept = reader.log.read_since(0, 10, np.arange(8, dtype=np.int32))[0].received_at
    assert len(kept) == 3
    assert (np.diff(kept) >= 0).all()
    assert kept[-1] <= home.now


def test_every_message_is_counted_once_and_what_is_not_judged_is_kept(home: Home) -> None:
    drawn, mood = home.says(METER, volume_m3=5.0), home.says(BAND, steps=5, mood=3)
    home.tick(drawn, mood, drawn)
    balance = home.balance()
    assert (balance.delivered, balance.accepted, balance.duplicate, balance.quarantined) == (3, 2, 1, 0)
    assert (balance.readings_accepted, balance.readings_duplicate) == (2, 1)
    home.tick(drawn, home.says(METER, volume_m3=5.01), Message(drawn.topic, b"junk", home.now))
    balance = home.balance()
    assert (balance.delivered, balance.accepted, balance.duplicate, balance.quarantined) == (6, 3, 2, 1)
    with home.store._database.begin_read() as connection:
        assert connection.exec_driver_sql("SELECT metric, value FROM extra_reading").all() == [("mood", "3")]


def beat_of(home: Home) -> dict[str, object]:
    with home.store.read(EVERYTHING) as reader:
        return dict(reader.heartbeats.read_all()["watch"].detail)


def test_the_watch_says_how_it_is(home: Home) -> None:
    home.tick(home.says(METER, volume_m3=5.0), home.says(BAND, steps=5))
    home.tick(home.says(METER, volume_m3=5.01))
    assert beat_of(home) == {
        "wrong": None,
        "clock": None,
        "noted": None,
        "session": "",
        "judged_at": home.now,
        "waiting": 3,
        "messages": 2,
        "ticks": 1,
        "at": home.now,
    }


class Failing(NoSignOfLife):
    """A rule that fails at the first of all residents."""

    def judge(self, frame: Frame) -> Judgement:
        if frame.start == 0:
            raise ZeroDivisionError
        return super().judge(frame)

    def find_idle_until(self, frame: Frame) -> int:
        return NEVER


def test_what_fails_at_some_home_is_counted_once_and_said_until_the_next_start(sqlite_store: Store) -> None:
    home = Home(sqlite_store, (Failing(), Sos()))
    home.tick(home.says(BAND, steps=5))
    home.waits(2 * MINUTE)
    failures = home.watch.failures["no_sign_of_life"]
    assert failures >= 1
    home.tick()
    assert home.watch.failures == {"no_sign_of_life": failures}
    assert beat_of(home)["noted"] == f"no_sign_of_life failed {failures} times"
    assert home.alerts("judging_failed") == [("household:h1", Condition.FIRING)]


def test_a_home_that_can_be_judged_again_after_a_restart_is_told_so(home: Home) -> None:
    """What the database says of homebeat itself and of areas is known after a start; nothing else would ever end it."""
    about = Subject(HouseholdId("h1"))
    blind = Edge(T0, JUDGING_FAILED, about, TransitionKind.OPENED, Priority.HIGH, Desk.DEVICES, T0, Reason("judging_failed"), T0)
    area = Subject(area=AreaId("lane"))
    outage = make_edge("gateway_down", area, Reason("gateway_down", {"homes": 7}), home.now, since=T0 + MINUTE)
    other = make_edge("delivery_failed", area, Reason("delivery_failed", {"attempts": 1}), home.now)
    with home.store.begin() as tx:
        for edge in (blind, outage, other):
            AlertWrites(tx).apply(*open_alert(edge))
    home.start()
    assert home.watch.engine.outages.pack()["gateway_down"] == {"area:lane": (T0 + MINUTE, 7)}
    home.waits(2 * MINUTE)
    assert home.alerts(JUDGING_FAILED) == [("household:h1", Condition.CLEARED)]
    assert home.alerts("delivery_failed") == [("area:lane", Condition.FIRING)]
