"""What the audit adds to an action: alerts are taken, given back and closed, with the audit and without it by turns.

Each action is a transaction of its own with the durability of an office, as the API does it. The turns change with each alert,
so that a slow moment of the machine hits both alike. The share is of the medians of each kind of action, added up.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from unittest import mock

from benchmarks.databases import KEY_FILE, Fresh, open_postgres, open_sqlite
from benchmarks.escalation import make_edge
from benchmarks.homes import make_fleet
from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from homebeat.actions import Acknowledge, FollowEdges, Perform, Release, Resolve, perform_in
from homebeat.domain.actor import ActorKind
from homebeat.domain.alert import Outcome
from homebeat.domain.ids import AlertId
from homebeat.domain.principal import ENGINE, Grant, make_holder
from homebeat.domain.role import Role
from homebeat.store import open_store

NAMES: Final = ("audit_share",)
_CHEN: Final = make_holder(ActorKind.PERSON, "chen", [Grant(Role.DESK)])


def measure(scale: Scale) -> Iterator[Row]:
    """Both databases; the worse one is judged."""
    now, shares = time.time_ns() // 1_000_000, dict[str, float]()
    fleet = make_fleet(scale.audit_alerts, [])
    with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made:
        with open_sqlite(Path(made), fleet, now) as fresh:
            shares["sqlite"] = _measure_share(fresh, scale.audit_alerts)
        with open_postgres(fleet, now) as fresh:
            shares["postgres"] = _measure_share(fresh, scale.audit_alerts)
    for name, share in shares.items():
        print(f"  {name}: the audit adds {share:.1%} to an action")
    yield make_row("audit_share", max(shares.values()))


def _measure_share(fresh: Fresh, count: int) -> float:
    store = open_store(fresh(), KEY_FILE, create=False)
    now = store.read_now()
    edges = [make_edge(no, now) for no in range(count)]
    with store.begin() as tx:
        perform_in(tx, ENGINE, FollowEdges(edges), now)
    perform = Perform(store, store.read_now)
    took: dict[bool, list[list[float]]] = {True: [], False: []}
    for turn, edge in enumerate(edges):
        is_audited = turn % 2 == 0
        with _switch(is_audited=is_audited):
            took[is_audited].append(list(_time_actions(perform, edge.alert_id)))
    store.close()
    with_audit, without = (sum(map(statistics.median, zip(*took[one], strict=True)), start=0.0) for one in (True, False))
    return with_audit / without - 1


def _time_actions(perform: Perform, alert: AlertId) -> Iterator[float]:
    for action in (Acknowledge(alert), Release(alert), Acknowledge(alert), Resolve(alert, Outcome.FINE, note="seen")):
        begun = time.perf_counter()
        perform(_CHEN, action)
        yield time.perf_counter() - begun


@contextmanager
def _switch(*, is_audited: bool) -> Iterator[Any]:
    if is_audited:
        yield None
        return
    with mock.patch("homebeat.actions.perform.add_entry") as nothing:
        yield nothing
