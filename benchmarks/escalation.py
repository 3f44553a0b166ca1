"""How late the next step of a plan is taken: ten thousand deadlines that run out within one minute, and all of them after a kill.

Each alert is about a home of its own with a contact, in an area with a volunteer for each home, a provider and a supervisor: so
each step that is taken writes notices too. `homebeat deadlines` follows them; another process looks ten times a second which
deadline has been overdue for longest. Then it is killed (SIGKILL) in the middle of its work, left dead for ten seconds, and
started again: the row is from the start of the new process to the moment at which nothing is overdue any more.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks import brokers, databases
from benchmarks.databases import KEY_FILE
from benchmarks.homes import make_fleet
from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from benchmarks.service import make_settings, run_service, wait_until
from homebeat.actions import FollowEdges, perform_in
from homebeat.domain.alert import Desk, Edge, Priority, Reason, Subject, TransitionKind
from homebeat.domain.fleet import Channel, Fleet, Responder, ResponderKind
from homebeat.domain.ids import AlertId, HouseholdId, ResponderId
from homebeat.domain.principal import ENGINE
from homebeat.domain.response_plan import Deadline, DeadlineKind, Position
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store, open_store

NAMES: Final = ("escalation_error_s", "escalation_restart_s")
_HOOK: Final = ("https://family.example/hook", "whsec_" + "A" * 32)
_AHEAD_MS: Final = 6_000
_DEAD_S: Final = 10.0
_LOOK_S: Final = 0.1


def measure(scale: Scale) -> Iterator[Row]:
    """Both databases; of each row the worse one is judged."""
    fleet, now = _make_fleet(scale.deadlines), time.time_ns() // 1_000_000
    lateness: list[float] = []
    restarts: list[float] = []
    with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made:
        directory = Path(made)
        with databases.open_sqlite(directory, fleet, now) as fresh:
            lateness.append(_measure_lateness(directory, fresh(), scale))
            restarts.append(_measure_restart(directory, fresh(), scale))
        with databases.open_postgres(fleet, now) as fresh:
            lateness.append(_measure_lateness(directory, fresh(), scale))
            restarts.append(_measure_restart(directory, fresh(), scale))
    for name, (late, again) in zip(("sqlite", "postgres"), zip(lateness, restarts, strict=True), strict=True):
        print(f"  {name}: at most {late:.2f} s late; {again:.2f} s after a kill of the process")
    yield make_row("escalation_error_s", max(lateness))
    yield make_row("escalation_restart_s", max(restarts))


def _make_fleet(homes: int) -> Fleet:
    fleet = make_fleet(homes, [_HOOK])
    channels = (Channel("webhook", {"url": _HOOK[0], "secret": _HOOK[1]}),)
    area = fleet.areas[0].id
    kinds = (("care", ResponderKind.PROVIDER), ("boss", ResponderKind.SUPERVISOR), ("grid", ResponderKind.FIELD))
    staff = tuple(Responder(ResponderId(name), name, kind, (area,), channels=channels) for name, kind in kinds)
    return replace(fleet, responders=staff)


def _open_alerts(store: Store, homes: int) -> list[AlertId]:
    """Open an alert in each home; returns their ids."""
    now, made = store.read_now(), []
    for first in range(0, homes, 500):
        edges = [make_edge(no, now) for no in range(first, min(first + 500, homes))]
        with store.begin() as tx:
            perform_in(tx, ENGINE, FollowEdges(edges), now)
        made += [edge.alert_id for edge in edges]
    return made


def make_edge(no: int, at: int) -> Edge:
    """The edge with which somebody in a home goes quiet, at epoch ms."""
    subject = Subject(HouseholdId(f"home-{no:06d}"))
    return Edge(
        at, "no_sign_of_life", subject, TransitionKind.OPENED, Priority.HIGH, Desk.CARE, at, Reason("no_sign_of_life"), at
    )


def _spread(store: Store, alerts: list[AlertId], begin: int, span_ms: int) -> None:
    """Let the second step of each plan run out at another moment of a span, ms."""
    every = span_ms / len(alerts)
    for first in range(0, len(alerts), 1_000):
        due = {
            alert: Deadline(DeadlineKind.STEP, begin + round(every * (first + no)), "both_at_once", Position(2))
            for no, alert in enumerate(alerts[first : first + 1_000])
        }
        with store.begin() as tx:
            tx.deadlines.follow(due, store.read_now())


def _measure_lateness(directory: Path, url: str, scale: Scale) -> float:
    """The longest that any deadline was overdue, seconds, as another process saw it."""
    store = open_store(url, KEY_FILE, create=False)
    alerts = _open_alerts(store, scale.deadlines)
    worst, pause = 0, threading.Event()
    with run_service(directory, make_settings(directory, url, brokers.find_free_port()), "deadlines") as child:
        wait_until(lambda: _has_beaten(store), child, "following deadlines")
        begin = store.read_now() + _AHEAD_MS
        _spread(store, alerts, begin, scale.deadlines_span_ms)
        while (now := store.read_now()) < begin + scale.deadlines_span_ms + 1_000 or _find_lateness(store, now):
            worst = max(worst, _find_lateness(store, now))
            pause.wait(_LOOK_S)
            if child.poll() is not None:
                raise AssertionError("the process that follows deadlines has ended")
    store.close()
    return worst / 1000


def _measure_restart(directory: Path, url: str, scale: Scale) -> float:
    """From the start of the process after a kill to the moment at which nothing is overdue, seconds."""
    store = open_store(url, KEY_FILE, create=False)
    alerts = _open_alerts(store, scale.deadlines)
    settings = make_settings(directory, url, brokers.find_free_port())
    with run_service(directory, settings, "deadlines") as child:
        wait_until(lambda: _has_beaten(store), child, "following deadlines")
        _spread(store, alerts, store.read_now() - scale.deadlines_span_ms // 2, scale.deadlines_span_ms)
        threading.Event().wait(0.3)
        child.kill()
        child.wait()
    threading.Event().wait(_DEAD_S if scale.settle_s > 1 else 0.5)
    # whatever was followed before the kill: all of them are overdue
    _spread(store, alerts, store.read_now() - scale.deadlines_span_ms, scale.deadlines_span_ms)
    started = time.time()
    with run_service(directory, settings, "deadlines") as child:
        done = wait_until(lambda: not _find_lateness(store, store.read_now()), child, "everything followed", every_s=_LOOK_S)
    store.close()
    return done - started


def _find_lateness(store: Store, now: int) -> int:
    with store.read(EVERYTHING) as reader:
        oldest = reader.deadlines.find_oldest_due(now)
    return 0 if oldest is None else now - oldest


def _has_beaten(store: Store) -> bool:
    with store.read(EVERYTHING) as reader:
        return "deadlines" in reader.heartbeats.read_all()
