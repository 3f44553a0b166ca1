"""The live stream: changes as they happen, a heartbeat, taking up where it broke off, and ending when told to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from homebeat.api import LivePlaces, Server
from homebeat.api.event_ids import EventIds
from homebeat.domain.alert import Reason, TransitionKind
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Keep
from tests.people import add_key
from tests.unit.api.fixtures import BEARER
from tests.unit.api.serving import serving
from tests.unit.api.street import NOON, Clock, Street

PATIENCE_S = 15


def find_ids(street: Street) -> EventIds:
    with street.store.read(EVERYTHING) as reader:
        return EventIds(reader.changes.read_key())


def write_id(street: Street, number: int) -> str:
    return find_ids(street).write(number)


def read_number(street: Street, event_id: str) -> int:
    number = find_ids(street).read(event_id)
    assert number is not None
    return number


class Listener:
    """Reads a live stream in a thread."""

    def __init__(self, address: str, **headers: str) -> None:
        self.events: list[dict[str, Any]] = []
        self.status = 0
        self.ended = threading.Event()
        self._changed = threading.Condition()
        self._address, self._headers = address, {**BEARER, **headers}
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        try:
            with httpx2.Client(timeout=PATIENCE_S) as http, http.stream("GET", self._address, headers=self._headers) as answer:
                self.status = answer.status_code
                event: dict[str, Any] = {}
                for line in answer.iter_lines():
                    if not line:
                        with self._changed:
                            self.events.append(event)
                            self._changed.notify_all()
                        event = {}
                    else:
                        name, _, value = line.partition(": ")
                        event[name] = json.loads(value) if name == "data" else value
        except httpx2.HTTPError:
            pass
        finally:
            self.ended.set()

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        with self._changed:
            found = self._changed.wait_for(lambda: next((e for e in self.events if wanted(e)), None), PATIENCE_S)
        assert found, f"not heard; only {self.events}"
        return found


def is_alert(alert_id: str, version: int = 1) -> Callable[[dict[str, Any]], bool]:
    return lambda e: e.get("event") == "alert" and e["data"]["alert_id"] == alert_id and e["data"]["version"] == version


def is_tick(event: dict[str, Any]) -> bool:
    return event.get("event") == "tick"


@pytest.fixture
def live(street: Street, clock: Clock) -> Iterator[tuple[str, Server]]:
    with serving(street, clock) as found:
        yield found


def test_a_new_alert_is_heard_and_every_change_of_it(live: tuple[str, Server], street: Street) -> None:
    listener = Listener(live[0])
    listener.until(is_tick)
    alert = street.sos(0)
    heard = listener.until(is_alert(alert.id))
    assert heard["data"]["rule"] == "sos"
    assert "history" not in heard["data"]
    street.step(alert, TransitionKind.CLEARED, Reason("help_cancelled", {"at": NOON}))
    again = listener.until(is_alert(alert.id, 2))
    assert again["data"]["condition"] == "cleared"
    assert read_number(street, again["id"]) > read_number(street, heard["id"])


def test_it_says_how_many_changes_of_an_alert_one_event_stands_for(live: tuple[str, Server], street: Street) -> None:
    first = street.sos(0)
    heard = Listener(f"{live[0]}?after=0").until(is_alert(first.id))
    assert heard["data"]["changes"] == 1
    other = street.sos(1)
    street.step(first, TransitionKind.CLEARED, Reason("help_cancelled", {"at": NOON}))
    merged = Listener(f"{live[0]}?after=0").until(is_alert(first.id, 2))
    assert merged["data"]["changes"] == 2
    assert Listener(f"{live[0]}?after=0").until(is_alert(other.id))["data"]["changes"] == 1
    assert read_number(street, merged["id"]) > read_number(street, heard["id"]), "the id is that of the last change"


def test_it_takes_up_after_the_last_event(live: tuple[str, Server], street: Street) -> None:
    listener = Listener(live[0])
    listener.until(is_tick)
    first = street.sos(0)
    last = listener.until(is_alert(first.id))["id"]
    missed = street.sos(1)
    resumed = Listener(live[0], **{"Last-Event-ID": last})
    resumed.until(is_alert(missed.id))
    assert not any(is_alert(first.id)(e) for e in resumed.events)


def test_from_the_very_beginning_on_request(live: tuple[str, Server], street: Street) -> None:
    alerts = [street.sos(n) for n in range(3)]
    listener = Listener(live[0] + "?after=0")
    heard = [read_number(street, listener.until(is_alert(alert.id))["id"]) for alert in alerts]
    assert heard == sorted(heard)


def test_a_tick_carries_the_age_of_the_watch(live: tuple[str, Server], street: Street, clock: Clock) -> None:
    clock.now += 42_000
    listener = Listener(live[0])
    tick = listener.until(is_tick)["data"]
    assert tick == {"server_time": "2026-03-01T04:00:42Z", "watch_age_s": 42.0, "outbox_age_s": 0.0}


def test_it_ends_when_the_server_stops(live: tuple[str, Server]) -> None:
    listener = Listener(live[0])
    listener.until(is_tick)
    live[1].stop()
    assert listener.ended.wait(PATIENCE_S)


def test_it_ends_when_the_key_is_revoked(live: tuple[str, Server], street: Street) -> None:
    listener = Listener(live[0])
    listener.until(is_tick)
    with street.store.begin() as tx:
        tx.keys.revoke("desk-1", NOON)
    assert listener.ended.wait(PATIENCE_S)


def test_one_stream_too_many_is_refused(street: Street, clock: Clock) -> None:
    with serving(street, clock, places=LivePlaces(1)) as (address, _):
        Listener(address).until(is_tick)
        second = Listener(address)
        assert second.ended.wait(PATIENCE_S)
        assert second.status == 503


def test_one_caller_cannot_take_the_places_of_others(street: Street, clock: Clock) -> None:
    add_key(street.store, "other", "desk", at=NOON)
    with serving(street, clock, places=LivePlaces(10, 2)) as (address, _):
        first = Listener(address)
        first.until(is_tick)
        Listener(address).until(is_tick)
        third = Listener(address)
        assert third.ended.wait(PATIENCE_S)
        assert third.status == 503
        Listener(address, Authorization="Bearer other").until(is_tick)


def test_a_stream_that_ends_gives_its_place_back(street: Street, clock: Clock) -> None:
    places = LivePlaces(1, 1)
    with serving(street, clock, places=places) as (address, _):
        with httpx2.stream("GET", address, headers=BEARER, timeout=PATIENCE_S) as answer:
            assert answer.status_code == 200
        deadline = time.monotonic() + PATIENCE_S
        while len(places) and time.monotonic() < deadline:
            threading.Event().wait(0.02)
        Listener(address).until(is_tick)


def is_reset(event: dict[str, Any]) -> bool:
    return event.get("event") == "reset"


@pytest.mark.parametrize("header", [True, False], ids=["Last-Event-ID", "after"])
def test_an_id_above_the_newest_is_said_and_gone_on_from(live: tuple[str, Server], street: Street, header: bool) -> None:
    street.sos(0)
    with street.store.read(EVERYTHING) as reader:
        newest = reader.changes.find_last()
    ahead = write_id(street, newest + 1_000)
    listener = Listener(live[0], **{"Last-Event-ID": ahead}) if header else Listener(f"{live[0]}?after={ahead}")
    reset = listener.until(is_reset)
    assert (reset["id"], reset["data"]) == (write_id(street, newest), {"newest": write_id(street, newest)})
    listener.until(is_tick)
    alert = street.sos(1)
    assert read_number(street, listener.until(is_alert(alert.id))["id"]) > newest


def test_an_id_whose_changes_were_forgotten_is_said_as_well(live: tuple[str, Server], street: Street, clock: Clock) -> None:
    street.sos(0)
    with street.store.begin() as tx:
        tx.retention.prune(Keep(changes=timedelta(0)), clock.now + 60_000)
    with street.store.read(EVERYTHING) as reader:
        first, newest = reader.changes.find_first(), reader.changes.find_last()
    assert first > 2
    Listener(f"{live[0]}?after={write_id(street, 1)}").until(is_reset)
    known = Listener(f"{live[0]}?after={write_id(street, newest)}")
    known.until(is_tick)
    assert not any(map(is_reset, known.events))
