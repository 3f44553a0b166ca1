"""The intake beside the watch: what is lost of a cloud is an alert, once, and nobody else's devices are judged by it."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np

from homebeat.domain.alert import Condition
from homebeat.domain.inbound import Message
from homebeat.domain.scope import EVERYTHING
from homebeat.ingest.formats import Formats
from homebeat.ingest.journal.reader import JournalState
from homebeat.ingest.journal.standing import CloudStanding, Hole, IntakeStanding
from homebeat.store import AlertFilter, Store
from homebeat.watch.cloud_pushes import CODE, CloudPushes
from tests.contract.store.conftest import T0
from tests.contract.watch.test_upkeep import HOUR, Scripted, watching

CALM = JournalState(0, None, 0, None)


class Left:
    """What an intake leaves beside the journal; each look finds it written anew, while it `lives`."""

    def __init__(self) -> None:
        self.lives = True
        self.standing = IntakeStanding(clouds={"aep": CloudStanding("ctwing"), "other": CloudStanding("other")})

    def read(self) -> IntakeStanding:
        self.standing.turn += self.lives
        return self.standing


def list_alerts(store: Store) -> list[tuple[str, str, str, int]]:
    """Subject, reason and condition of the alerts about lost pushes, and how many steps each has."""
    with store.read(EVERYTHING) as reader:
        items = reader.alerts.read_page(AlertFilter(rule=CODE)).items
        histories = {one.alert.id: reader.alerts.get(one.alert.id) for one in items}
    return sorted(
        (one.alert.subject.service, one.alert.reason.code, one.alert.condition.value, len(found.history))
        for one in items
        if (found := histories[one.alert.id]) is not None
    )


def let_pass(store: Store, left: Left, seconds: int, *, at: int) -> None:
    """Let a watch of its own live for so many seconds, a tick each."""
    now = [at]
    pushes = CloudPushes(["aep", "other"], left.read, lambda: CALM)
    watch = watching(store, Scripted(), now, beat_ms=0, pushes=pushes)
    for _ in range(seconds):
        now[0] += 1_000
        watch.tick(threading.Event())
    watch.tick(threading.Event())


def test_an_intake_that_does_not_run_is_an_alert_until_it_does(store: Store) -> None:
    left = Left()
    let_pass(store, left, 30, at=T0 + HOUR)
    assert list_alerts(store) == []
    with store.read(EVERYTHING) as reader:
        beat = reader.heartbeats.read_all()["intake"]
    assert (beat.at, beat.detail["taken aep"]) == (T0 + HOUR + 30_000, 0)
    left.lives, left.standing.at = False, T0 + HOUR + 30_000
    let_pass(store, left, 40, at=T0 + HOUR + 60_000)
    assert list_alerts(store) == [("intake", "intake_down", "firing", 1)]
    with store.read(EVERYTHING) as reader:
        assert reader.heartbeats.read_all()["intake"].at == T0 + HOUR + 30_000, "the dead do not beat"
    let_pass(store, left, 40, at=T0 + HOUR + 200_000)
    assert list_alerts(store) == [("intake", "intake_down", "firing", 1)], "a second watch says it of the same alert"


def test_a_restart_is_no_alert(store: Store) -> None:
    left, now = Left(), [T0 + HOUR]
    watch = watching(store, Scripted(), now, beat_ms=0, pushes=CloudPushes(["aep"], left.read, lambda: CALM))
    for second in range(60):
        left.lives = not 20 <= second < 32
        now[0] += 1_000
        watch.tick(threading.Event())
    assert list_alerts(store) == []


def test_each_hole_is_told_once_and_only_a_long_one_is_an_alert(store: Store) -> None:
    left = Left()
    let_pass(store, left, 2, at=T0 + HOUR)
    since = T0 + HOUR + 60_000
    left.standing.holes = [Hole(1, "aep", since, since + 3_000, "busy"), Hole(2, "aep", since + 9_000, since + 99_000, "down")]
    let_pass(store, left, 3, at=T0 + 2 * HOUR)
    let_pass(store, left, 3, at=T0 + 3 * HOUR)
    assert list_alerts(store) == [("intake-aep", "intake_hole", "cleared", 2)]
    left.standing.holes.append(Hole(3, "gone", since, since + 99_000, "down"))
    let_pass(store, left, 3, at=T0 + 4 * HOUR)
    assert len(list_alerts(store)) == 1, "a cloud that is not set up any more is nobody's"


def test_a_cloud_that_loses_messages_now_is_an_alert_that_is_over_when_they_are_taken(store: Store) -> None:
    left = Left()
    cloud = left.standing.clouds["aep"]
    cloud.blind_since, cloud.why = T0 + HOUR, "full"
    let_pass(store, left, 30, at=T0 + HOUR)
    assert list_alerts(store) == [("intake-aep", "intake_failing", "firing", 1)]
    with store.read(EVERYTHING) as reader:
        assert "aep loses messages (full)" in str(reader.heartbeats.read_all()["intake"].detail["noted"])
    cloud.blind_since = None
    left.standing.holes = [Hole(1, "aep", T0 + HOUR, T0 + HOUR + 40_000, "full")]
    let_pass(store, left, 3, at=T0 + HOUR + 60_000)
    ((subject, _, condition, _),) = list_alerts(store)
    assert (subject, condition) == ("intake-aep", Condition.CLEARED)


def test_devices_of_a_cloud_that_cannot_be_heard_are_known_by_their_messages(store: Store) -> None:
    left = Left()
    journal = [CALM]
    now = [T0 + HOUR]
    pushes = CloudPushes(["aep", "other"], left.read, lambda: journal[0])
    messages = [
        Message("homebeat/v1/h1-meter/readings", b'{"volume_m3": 1}', now[0] + 1),
        Message("intake/aep", b'{"messageType":"deviceOnlineOfflineReport","tenantId":"1","deviceId":"h2-meter","eventType":1}',
                now[0] + 2, -10),
    ]  # fmt: skip
    formats = name_topics()
    watch = watching(store, Scripted(messages), now, beat_ms=0, pushes=pushes, formats=formats)
    now[0] += 1_000
    watch.tick(threading.Event())
    roster = watch.engine.roster
    rows = {device: row for device, row in roster.device_row.items() if device in {"h1-meter", "h2-meter"}}
    assert not watch.engine.state.unheard
    journal[0] = replace(CALM, waiting=1, oldest_at=now[0] - 120_000)
    now[0] += 1_000
    watch.tick(threading.Event())
    until = watch.engine.state.unheard.find_devices(roster)
    assert (until[rows["h1-meter"]], until[rows["h2-meter"]]) == (0, now[0])
    assert watch.engine.listening_at < now[0] - 500
    assert np.count_nonzero(watch.engine.state.unheard.find_residents(roster)) >= 1


def name_topics() -> Formats:

    return Formats({"ctwing": ["intake/aep"]})
