"""What a scope costs: lists and counts of alerts for people who see a part of the city, and finding out who asks.

10,000 areas, 100,000 open alerts, on both databases. A call is what the API does for a page: a transaction in a scope, the page,
its entries. Scopes are drawn anew for each call, so that no page is one that was just read. On PostgreSQL the login is held to
row-level security.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.databases import KEY_FILE, Fresh, open_postgres, open_sqlite
from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from homebeat.actions.identify import digest_of, identify_key
from homebeat.actions.permit import permit
from homebeat.bootstrap.people import make_key
from homebeat.domain.alert import (
    WAITING,
    Alert,
    Answer,
    Desk,
    Edge,
    Priority,
    Queue,
    Reason,
    Subject,
    Transition,
    TransitionKind,
    acknowledge,
    open_alert,
)
from homebeat.domain.fleet import Area, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, HouseholdId, ResidentId
from homebeat.domain.principal import Grant
from homebeat.domain.role import Operation, Role
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.store import AlertFilter, ReadSession, Store, open_store
from homebeat.store.alert.writes import AlertWrites

NAMES: Final = ("scoped_list_p99_ms", "authz_cost_us")
_COUNTS: Final = "scoped_count_p99_ms"
_EVERYTHING: Final = "everything"
_NOW: Final = 1_772_352_000_000
_DISTRICTS: Final = 10
_STREETS: Final = 100
_AT_ONCE: Final = 10_000
#: One alert in ten has been taken, and one in ten waits at the technician's desk.
_ONE_IN: Final = 10

Ask = Callable[[ReadSession], object]
Pick = Callable[[random.Random, int], Scope]
_API: Final = AlertFilter(is_open=True, queues=WAITING)
_DESK: Final = AlertFilter(queues=frozenset({Queue.CARE}), answer=Answer.UNACKNOWLEDGED)


def measure(scale: Scale) -> Iterator[Row]:
    """SQLite, then PostgreSQL."""
    fleet, worst = make_city(scale.scoped_areas, scale.scoped_homes), dict.fromkeys((*NAMES, _COUNTS), 0.0)
    with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made:
        with open_sqlite(Path(made), fleet, _NOW) as fresh:
            _measure_on("SQLite", fresh, scale, worst)
        with open_postgres(fleet, _NOW) as fresh:
            _measure_on("PostgreSQL", fresh, scale, worst)
    for name, value in worst.items():
        yield make_row(name, value, "ms")


def make_city(areas: int, homes: int) -> Fleet:
    """A city of districts, streets and communities, so many areas in all, with homes dealt out to the communities."""
    communities = areas - 1 - _DISTRICTS - _STREETS
    named = [Area(AreaId("city"), "City")]
    named += [Area(AreaId(f"d{n}"), f"District {n}", AreaId("city")) for n in range(_DISTRICTS)]
    named += [Area(AreaId(f"s{n}"), f"Street {n}", AreaId(f"d{n % _DISTRICTS}")) for n in range(_STREETS)]
    named += [Area(AreaId(f"c{n}"), f"Community {n}", AreaId(f"s{n % _STREETS}")) for n in range(communities)]
    return Fleet(tuple(named), tuple(_make_home(n, communities) for n in range(homes)))


def _make_home(n: int, communities: int) -> Household:
    who = Resident(ResidentId(f"r{n}"), f"Resident {n}", 1940 + n % 20, "")
    return Household(HouseholdId(f"h{n}"), AreaId(f"c{n % communities}"), "Asia/Shanghai", f"Road {n}", (who,))


def _measure_on(database: str, fresh: Fresh, scale: Scale, worst: dict[str, float]) -> None:
    store = open_store(fresh(), KEY_FILE, create=False)
    write_alerts(database, store, scale.scoped_homes)
    for what, name, ask in _CALLS:
        for scope, pick in _SCOPES.items():
            p50, p99 = _time_calls(store, pick, ask, scale)
            print(f"  {database}, {what}, {scope}: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
            if scope != _EVERYTHING:
                worst[name] = max(worst[name], p99)
    cost = _time_identifying(store, scale.scoped_calls)
    print(f"  {database}, who asks, may they, in which scope: median {cost:.0f} us")
    worst["authz_cost_us"] = max(worst["authz_cost_us"], cost)
    store.close()


def write_alerts(database: str, store: Store, homes: int) -> None:
    """Open an alert in each of so many homes."""
    begun = time.perf_counter()
    for start in range(0, homes, _AT_ONCE):
        with store.begin() as tx:
            AlertWrites(tx).apply_all([step for n in range(start, min(start + _AT_ONCE, homes)) for step in _open(n)])
    if not store._database.is_sqlite:  # noqa: SLF001 -- what autovacuum does within minutes
        with store._database.open_connection() as connection:  # noqa: SLF001
            connection.exec_driver_sql("VACUUM ANALYZE")
    print(f"  {database}: {homes:,} alerts written in {time.perf_counter() - begun:.1f} s")


def _open(n: int) -> Iterator[tuple[Alert, Transition]]:
    priority = list(Priority)[n % 4]
    desk = Desk.DEVICES if n // 4 % _ONE_IN == 1 else Desk.CARE
    at = _NOW - n * 7_919 % 86_400_000
    subject, why = Subject(HouseholdId(f"h{n}"), ResidentId(f"r{n}")), Reason("sos", {"at": at})
    alert, step = open_alert(Edge(at, "sos", subject, TransitionKind.OPENED, priority, desk, at, why, at))
    yield alert, step
    if n // 4 % _ONE_IN == 0:
        yield acknowledge(alert, _NOW, "user:ann")


_CALLS: Final[tuple[tuple[str, str, Ask], ...]] = (
    ("API list", "scoped_list_p99_ms", lambda reader: reader.alerts.read_page(_API, 50)),
    ("desk list", "scoped_list_p99_ms", lambda reader: reader.alerts.read_page(_DESK, 160)),
    ("open", _COUNTS, lambda reader: reader.alerts.count_open()),
    ("states", _COUNTS, lambda reader: reader.homes.count_states()),
)


def _time_identifying(store: Store, calls: int) -> float:
    """Median time to find who has a key, whether they may, and in which scope: microseconds."""
    digest, took = digest_of(make_key(store, "measured", [Grant(Role.DESK, AreaId("d0"))], None)), []
    for n in range(calls + calls // 10):
        begun = time.perf_counter()
        caller = identify_key(store, digest, _NOW)
        if caller is None:
            raise RuntimeError("the key of the benchmark is not valid")
        permit(caller.principal, Operation.READ_ALERTS)
        caller.principal.find_scope(Operation.READ_ALERTS)
        if n >= calls // 10:
            took.append((time.perf_counter() - begun) * 1e6)
    return float(np.median(took))


def _pick_communities(chance: random.Random, areas: int, number: int) -> Scope:
    communities = areas - 1 - _DISTRICTS - _STREETS
    return Scope(frozenset(AreaId(f"c{chance.randrange(communities)}") for _ in range(number)))


def _pick_district(chance: random.Random, _areas: int) -> Scope:
    return Scope(frozenset({AreaId(f"d{chance.randrange(_DISTRICTS)}")}))


def _pick_everything(_chance: random.Random, _areas: int) -> Scope:
    return EVERYTHING


_SCOPES: Final[dict[str, Pick]] = {
    "a community": partial(_pick_communities, number=1),
    "a district": _pick_district,
    "twenty communities": partial(_pick_communities, number=20),
    _EVERYTHING: _pick_everything,
}


def _time_calls(store: Store, pick: Pick, ask: Ask, scale: Scale) -> tuple[float, float]:
    """Median and 99th percentile of so many calls, ms; the first tenth, in which statements are prepared, is left out."""
    chance, took = random.Random(7), []
    calls = scale.scoped_calls
    for n in range(calls + calls // 10):
        scope = pick(chance, scale.scoped_areas)
        begun = time.perf_counter()
        with store.read(scope) as reader:
            ask(reader)
        if n >= calls // 10:
            took.append((time.perf_counter() - begun) * 1000)
    return float(np.percentile(took, 50)), float(np.percentile(took, 99))
