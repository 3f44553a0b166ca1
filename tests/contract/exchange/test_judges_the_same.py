"""After a way out and in, the same next readings give the same alerts: their ids, rules, times and steps."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from homebeat.bootstrap.history import store_past
from homebeat.bootstrap.parts import make_book_compiler
from homebeat.codecs.catalogue import CODECS
from homebeat.domain.ids import AreaId
from homebeat.domain.inbound import Message
from homebeat.domain.scope import EVERYTHING
from homebeat.exchange.export import ExportScope
from homebeat.registry.fleet_file import read_fleet
from homebeat.rules.catalogue import RULES
from homebeat.settings.load import load
from homebeat.store import AlertFilter, Store
from homebeat.watch import Watch, WatchOptions
from homebeat.watch.enrolment import make_pace
from simulators.estate import Habitat
from simulators.plan import DeviceFault, DeviceFaultKind, Event, EventKind
from simulators.street import Street
from tests.contract.exchange.carrying import export, take_in
from tests.contract.exchange.conftest import Fresh
from tests.contract.store.conftest import T0
from tests.contract.watch.test_upkeep import KEEP, Scripted

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
#: The way out is after so many days; what is compared comes in the hours after it.
PAST, NEXT = 9 * DAY, 8 * HOUR
TICK = 100_000
HOMES = 8


@dataclass(frozen=True)
class World:
    """A street, what happens in it before and after the way out, and what its devices send."""

    street: Street
    fleet: dict[str, Any]
    events: Sequence[Event]
    faults: Sequence[DeviceFault]


@pytest.fixture(scope="module")
def world() -> World:
    street = Street(7, HOMES, habitat=Habitat(band_share=0.6))
    out = T0 + PAST
    events = [
        Event(EventKind.COLLAPSE, 2, out - 9 * HOUR, out + 2 * DAY),  # before the way out, and found after it
        Event(EventKind.COLLAPSE, 5, out - 4 * HOUR, out + 2 * DAY),
        Event(EventKind.LEAK, 3, out - 20 * HOUR, out + 2 * DAY),
        Event(EventKind.BURST, 4, out + 3 * HOUR, out + 6 * HOUR),
        Event(EventKind.SOS, street.list_banded()[0], out - 2 * HOUR, out - 2 * HOUR + MINUTE),
        Event(EventKind.SOS, street.list_banded()[1], out + 2 * HOUR, out + 2 * HOUR + MINUTE),
        Event(EventKind.FALL, street.list_banded()[2], out + 4 * HOUR, out + 5 * HOUR),
    ]
    faults = [DeviceFault(DeviceFaultKind.SILENCE, street.meters[1], out - 16 * HOUR, out + 3 * DAY)]
    fleet = street.make_fleet(away=(T0, out))
    fleet["areas"].append({"id": "c2", "name": "Second court", "parent": "s1"})
    for home in fleet["households"][HOMES // 2 :]:
        home["area"] = "c2"
    return World(street, fleet, events, faults)


def lay_down(store: Store, world: World) -> None:
    """The days before the way out, as the watch would have stored them."""
    fleet = read_fleet(json.dumps(world.fleet), CODECS, is_json=True)
    with store.begin() as tx:
        tx.fleet.apply(fleet, T0)
    past = world.street.make_history(T0, T0 + PAST, world.faults, world.events)
    store_past(load({}, RULES, None), store, fleet, past, T0)


def go_on(store: Store, world: World, homes: frozenset[str] | None = None) -> None:
    """The hours after it, live; of some homes, or of all."""
    force, now = load({}, RULES, None), [T0 + PAST]
    source, stop = Scripted(), threading.Event()
    options = WatchOptions(
        keep=KEEP,
        pace=replace(make_pace(force.settings), grid_ms=5 * MINUTE),
        states_ms=HOUR,
        checkpoint_ms=90 * DAY,
        beat_ms=HOUR,
        prune_ms=90 * DAY,
        registry_ms=HOUR,
    )
    watch = Watch(store, source, options, clock=lambda: now[0], book_of=make_book_compiler(force))
    watch.start()
    sent = world.street.make_messages(T0 + PAST, T0 + PAST + NEXT, world.faults, world.events)
    mine = (Message(topic, payload, at) for at, topic, payload in sent if homes is None or find_home(topic) in homes)
    by_tick: dict[int, list[Message]] = {}
    for message in mine:
        by_tick.setdefault((message.received_at - T0) // TICK, []).append(message)
    for tick in range(PAST // TICK, (PAST + NEXT) // TICK):
        now[0] = T0 + (tick + 1) * TICK
        source.ticks = [by_tick.get(tick, [])]
        watch.tick(stop)


def find_home(topic: str) -> str:
    """Devices of the street are named after their homes."""
    return "h" + topic.split("/")[2].split("-")[1]


def list_alerts(store: Store, homes: frozenset[str] | None = None) -> list[tuple[Any, ...]]:
    with store.read(EVERYTHING) as reader:
        page = reader.alerts.read_page(AlertFilter(), limit=200)
        assert page.next_cursor is None
        found = []
        for entry in page.items:
            one = entry.alert
            if homes is not None and one.subject.household not in homes:
                continue
            steps = [(step.kind, step.at, step.reason.code) for step in reader.alerts.get(one.id).history]  # type: ignore[union-attr]
            found.append((one.id, one.rule, one.since, one.opened_at, one.condition, one.answer, tuple(steps)))
    return sorted(found)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_same_next_readings_give_the_same_alerts(store: Store, fresh: Fresh, tmp_path: Path, world: World) -> None:
    lay_down(store, world)
    export(store, tmp_path / "out")
    there = fresh()
    take_in(there, tmp_path / "out", T0 + PAST)
    before = list_alerts(store)
    assert list_alerts(there) == before
    go_on(store, world)
    go_on(there, world)
    after = list_alerts(store)
    assert {rule for _, rule, *_ in set(after) - set(before)} >= {"sos", "fall", "no_sign_of_life", "device_silent"}
    assert list_alerts(there) == after


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_an_area_judges_the_same_without_the_rest(sqlite_store: Store, fresh: Fresh, tmp_path: Path, world: World) -> None:
    lay_down(sqlite_store, world)
    export(sqlite_store, tmp_path / "out", ExportScope(AreaId("c2")))
    there = fresh()
    take_in(there, tmp_path / "out", T0 + PAST)
    homes = frozenset(home["id"] for home in world.fleet["households"] if home["area"] == "c2")
    before = list_alerts(there)
    assert before == list_alerts(sqlite_store, homes)
    go_on(sqlite_store, world)
    go_on(there, world, homes)
    after = list_alerts(sqlite_store, homes)
    assert {rule for _, rule, *_ in set(after) - set(before)} >= {"no_sign_of_life"}
    assert list_alerts(there, homes) == after
