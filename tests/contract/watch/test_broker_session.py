"""A lost session is an alert of the technician's desk, once for each loss, also when it was lost while no watch ran."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from homebeat.domain.alert import SESSION_LOST, Desk, Subject
from homebeat.domain.scope import EVERYTHING
from homebeat.ingest.source import SourceState
from homebeat.store import AlertFilter, Store
from tests.contract.store.conftest import T0
from tests.contract.watch.test_upkeep import HOUR, Scripted, watching

FRESH = SourceState(True, True, (), None, 0, 1, 0, 0, 0, False, 0, "", session="homebeat-watch", is_new_session=True)
KEPT = replace(FRESH, is_new_session=False)


class Stating(Scripted):
    """A source whose state is said by the test."""

    def __init__(self, state: SourceState) -> None:
        super().__init__()
        self.said = state

    def follow(self, topics: Sequence[str]) -> None:
        pass

    def publish(self, topic: str, payload: bytes) -> None:
        pass

    def get_state(self) -> SourceState:
        return self.said


def run(store: Store, *states: SourceState, at: int) -> int:
    """Let a watch of its own live through these states, a tick each; returns how many alerts of losses there are then."""
    now, source = [at], Stating(states[0])
    watch = watching(store, source, now, beat_ms=0)
    for state in states:
        source.said = state
        now[0] += 1_000
        watch.tick(threading.Event())
    watch.tick(threading.Event())
    with store.read(EVERYTHING) as reader:
        items = reader.alerts.read_page(AlertFilter(rule=SESSION_LOST)).items
    assert {(e.alert.subject, e.alert.desk) for e in items} <= {(Subject(service="broker-session"), Desk.DEVICES)}
    return sum(len(detail.history) for e in items if (detail := _detail(store, e.alert.id)))


def _detail(store: Store, alert_id: str):  # type: ignore[no-untyped-def]
    with store.read(EVERYTHING) as reader:
        return reader.alerts.get(alert_id)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "first, then, losses",
    [
        ((FRESH, FRESH), (KEPT, KEPT), 0),  # the first start of all, and a restart
        ((replace(FRESH, connected=False, subscribed=False), FRESH), (KEPT,), 0),
        ((FRESH,), (FRESH, FRESH), 1),  # the broker forgot it while no watch ran
        ((FRESH,), (replace(FRESH, connected=False, subscribed=False, is_new_session=False), FRESH, FRESH), 1),
        ((FRESH,), (KEPT, replace(KEPT, sessions_lost=1), replace(KEPT, sessions_lost=1)), 1),
        ((FRESH,), (replace(FRESH, session="another"),), 0),  # a new name is the operator's own choice
    ],
)
def test_each_loss_is_told_once(store: Store, first: tuple[SourceState, ...], then: tuple[SourceState, ...], losses: int) -> None:
    assert run(store, *first, at=T0 + HOUR) == 0
    assert run(store, *then, at=T0 + 2 * HOUR) == losses


def test_a_session_of_another_name_is_kept_for_the_next_start_at_once(store: Store) -> None:
    """Not with the next heartbeat that is due: a kill before that would make the session one that was never known."""
    now, source = [T0 + HOUR], Stating(FRESH)
    watch = watching(store, source, now, beat_ms=HOUR)
    kept = []
    for name in ("homebeat-watch", "homebeat-watch", "another"):
        source.said = replace(FRESH, session=name)
        now[0] += 1_000
        watch.tick(threading.Event())
        with store.read(EVERYTHING) as reader:
            beat = reader.heartbeats.read_all()["watch"]
        kept.append((beat.at - T0 - HOUR, beat.detail["session"]))
    assert kept == [(1_000, "homebeat-watch"), (1_000, "homebeat-watch"), (3_000, "another")]
