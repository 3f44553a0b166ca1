"""Lists that people wait for: residents looked for among a million, and alerts asked for 200 times a second.

A search is what a page of residents takes behind the door: a transaction in the scope of a desk operator, the page with its
entries, and the looks on record. What is typed is drawn from people who are there: whole names and parts of them, numbers,
addresses, ids. On PostgreSQL the login is held to row-level security.

Alerts are asked for over HTTP, of a process of its own and from another, with 100,000 open, while five of them change each
second. Each request has its moment, whether the ones before were answered or not, and is measured from that moment.
"""

from __future__ import annotations

import http.client
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks import scoped
from benchmarks.asking import Asked, ask
from benchmarks.databases import KEY_FILE, keep_postgres, open_postgres, open_sqlite
from benchmarks.people_city import Person, make_person, settle_city
from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from benchmarks.service import make_settings, read_cpu_s, run_service, wait_until
from homebeat.actions.find_people import list_people
from homebeat.actions.view import open_view
from homebeat.bootstrap.people import make_key
from homebeat.domain.actor import ActorKind
from homebeat.domain.alert import Condition, Edge, TransitionKind, follow_edge
from homebeat.domain.as_of import AsOf
from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Grant, Principal, make_holder
from homebeat.domain.role import Operation, Role
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.search_terms import read_question
from homebeat.store import AlertFilter, ResidentFilter, Store, open_store
from homebeat.store.alert.writes import AlertWrites

NAMES: Final = ("resident_search_p95_ms", "alert_list_p99_ms")
_NOW: Final = 1_772_352_000_000
_COMMUNITIES: Final = 100
_RATE: Final = 200
#: How often an alert changes meanwhile: each time all lists are read anew.
_CHANGES_A_SECOND: Final = 5
_OPEN: Final = "/api/v1/alerts?open=true&limit=50"
_PATHS: Final = (_OPEN, f"{_OPEN}&priority=critical", f"{_OPEN}&area=d3", f"{_OPEN}&queue=care&answer=unacknowledged")

#: What is typed, by what it is.
_TYPED: Final[dict[str, Callable[[Person], str]]] = {
    "a whole name": lambda one: one.name,
    "a given name": lambda one: one.name[1:],
    "a surname": lambda one: one.name[0],
    "a number": lambda one: one.phone,
    "her daughter's number": lambda one: one.daughter_phone,
    "four digits": lambda one: one.phone[-4:],
    "an address": lambda one: one.address,
    "a road": lambda one: one.address[:3],
    "a name and a road": lambda one: f"{one.name[:2]} {one.address[:3]}",
    "a surname and four digits": lambda one: f"{one.name[0]} {one.phone[-4:]}",
    "a device": lambda one: f"m{one.n}",
}
_FILTERS: Final[dict[str, ResidentFilter]] = {
    "everybody": ResidentFilter(),
    "not known": ResidentFilter(state="unknown"),
    "quiet": ResidentFilter(state="quiet"),
    "blind": ResidentFilter(is_blind=True),
    "with an open alert": ResidentFilter(has_alert=True),
}


def measure(scale: Scale) -> Iterator[Row]:
    """SQLite with fewer people, then PostgreSQL; then the list of alerts."""
    nobody = Fleet((), ())
    with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made, open_sqlite(Path(made), nobody, _NOW) as fresh:
        url = fresh()
        _fill(url, KEY_FILE, homes=scale.lists_file_homes)
        _measure_search("SQLite", url, KEY_FILE, scale.lists_file_homes, scale)
    with keep_postgres(f"people-{scale.lists_homes}", partial(_fill, homes=scale.lists_homes)) as (url, key_file):
        worst = _measure_search("PostgreSQL", url, key_file, scale.lists_homes, scale)
    yield make_row("resident_search_p95_ms", worst)
    city = scoped.make_city(scale.scoped_areas, scale.lists_alerts)
    with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made, open_postgres(city, _NOW) as fresh:
        yield make_row("alert_list_p99_ms", _measure_alerts(Path(made), fresh(), scale))


def _fill(url: str, key_file: Path, *, homes: int) -> None:
    begun, spent = time.perf_counter(), time.process_time()
    store = open_store(url, key_file)
    settle_city(store, homes, max(1, homes // _COMMUNITIES))
    if store.path is None:
        _settle(store)
    store.close()
    took, spent = time.perf_counter() - begun, time.process_time() - spent
    print(f"  {homes:,} residents written in {took:.0f} s, {spent:.0f} s of processor time here")


def _settle(store: Store) -> None:
    """Do what autovacuum does within minutes after much was written, so that it does not while something is measured."""
    with store._database.open_connection() as connection:  # noqa: SLF001 -- nothing in homebeat does so
        connection.exec_driver_sql("VACUUM ANALYZE")


def _measure_search(database: str, url: str, key_file: Path, homes: int, scale: Scale) -> float:
    """The 95th percentile of searches, ms: of the scope in which it is the worst."""
    store = open_store(url, key_file, create=False)
    worst = measure_searches(database, store, homes, max(1, homes // _COMMUNITIES), scale.lists_calls)
    store.close()
    return worst


def measure_searches(database: str, store: Store, homes: int, communities: int, calls: int) -> float:
    """Look for people in each scope, and list and count them; gives the 95th percentile of searches in the worst scope, ms."""
    chance, worst = random.Random(7), 0.0
    for name, area in (("everything", None), ("a district", AreaId("d3")), ("a community", AreaId("c13"))):
        desk = make_holder(ActorKind.PERSON, "measured", [Grant(Role.DESK, area)])
        took: dict[str, list[float]] = {}
        for n in range(calls + len(_TYPED)):
            kind = list(_TYPED)[n % len(_TYPED)]
            spent = _search(store, desk, _TYPED[kind](make_person(chance.randrange(homes), communities)))
            if n >= len(_TYPED):  # in the first ones statements are made
                took.setdefault(kind, []).append(spent)
        for kind, times in took.items():
            print(f"  {database}, {name}, {kind}: p50 {np.median(times):.1f} ms, at most {max(times):.1f} ms")
        p95 = float(np.percentile([spent for times in took.values() for spent in times], 95))
        print(f"  {database}, {name}: p95 {p95:.1f} ms")
        worst = max(worst, p95)
        for what, where in _FILTERS.items():
            _print_times(f"{database}, {name}, list, {what}", [_list(store, desk, where) for _ in range(max(5, calls // 20))])
        _print_times(f"{database}, {name}, counts", [_count(store, desk) for _ in range(max(5, calls // 20))])
    return worst


def _print_times(what: str, times: list[float]) -> None:
    print(f"  {what}: p50 {np.median(times):.1f} ms, p99 {np.percentile(times, 99):.1f} ms")


def _search(store: Store, desk: Principal, typed: str) -> float:
    begun = time.perf_counter()
    with open_view(store, desk, Operation.READ_HOMES, lambda: _NOW) as view:
        list_people(view, AsOf(_NOW, _NOW), read_question(typed))
    return (time.perf_counter() - begun) * 1000


def _list(store: Store, desk: Principal, where: ResidentFilter) -> float:
    begun = time.perf_counter()
    with open_view(store, desk, Operation.READ_HOMES, lambda: _NOW) as view:
        list_people(view, AsOf(_NOW, _NOW), (), where)
    return (time.perf_counter() - begun) * 1000


def _count(store: Store, desk: Principal) -> float:
    begun = time.perf_counter()
    with store.read(desk.find_scope(Operation.READ_HOMES)) as reader:
        reader.search.count_residents()
    return (time.perf_counter() - begun) * 1000


def _measure_alerts(directory: Path, url: str, scale: Scale) -> float:
    """The 99th percentile of answers at `_RATE` requests a second, ms."""
    store = open_store(url, KEY_FILE, create=False)
    scoped.write_alerts("PostgreSQL", store, scale.lists_alerts)
    with store.begin() as tx:  # nobody is looked for here: the search must not be written meanwhile
        tx.connection.exec_driver_sql("DELETE FROM search_pending")
    _settle(store)
    key = make_key(store, "measured", [Grant(Role.DESK, None)], None)
    settings = make_settings(directory, url, 1)
    port = int(settings["HTTP_PORT"])
    with run_service(directory, settings, "api") as child:
        wait_until(lambda: _is_ready(port), child, "answering")
        ask(Asked(port, key, _PATHS, _RATE, _RATE))  # connections are made, statements prepared
        stop = threading.Event()
        changing = threading.Thread(target=_change, args=(store, stop))
        changing.start()
        spent = read_cpu_s(child.pid)
        took = ask(Asked(port, key, _PATHS, _RATE, int(_RATE * scale.lists_s)))
        spent = read_cpu_s(child.pid) - spent
        stop.set()
        changing.join()
    store.close()
    p50, p99 = np.percentile(took, 50), np.percentile(took, 99)
    print(f"  {len(took):,} lists of alerts at {_RATE} a second: p50 {p50:.1f} ms, p99 {p99:.1f} ms, at most {max(took):.1f} ms")
    print(f"  processor time of the API: {spent / len(took) * 1000:.2f} ms a list")
    return float(p99)


def _change(store: Store, stop: threading.Event) -> None:
    """Let conditions end and begin again, of alerts drawn by chance."""
    chance = random.Random(7)
    with store.read(EVERYTHING) as reader:
        standing = list(reader.alerts.read_plain_page(AlertFilter(is_open=True), 200).items)
    while not stop.wait(1 / _CHANGES_A_SECOND):
        index = chance.randrange(len(standing))
        before = standing[index]
        kind = TransitionKind.CLEARED if before.condition is Condition.FIRING else TransitionKind.REOPENED
        edge = Edge(_NOW, before.rule, before.subject, kind, before.priority, before.desk, _NOW, before.reason, before.since)
        standing[index], step = follow_edge(before, edge)
        with store.begin() as tx:
            AlertWrites(tx).apply(standing[index], step)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
