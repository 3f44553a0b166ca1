"""Alive, ready, and the figures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from homebeat.api import create_app
from homebeat.domain.inbound import Quarantined, QuarantineReason
from homebeat.domain.scope import Scope
from homebeat.store import ReadSession, Store
from tests.unit.api.fixtures import BEARER, TestClient, api_context, web
from tests.unit.api.serving import serving
from tests.unit.api.street import MINUTE, NOON, Clock, Street


def test_alive_needs_no_token(street: Street, clock: Clock) -> None:
    with web(create_app(api_context(street.store, clock))) as browser:
        assert browser.get("/livez").json() == {"status": "alive", "version": "0.0.0-test"}


def test_ready_when_every_part_says_so(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    parts = ["database", "watch", "deliver", "deadlines", "clock", "outbox"]
    assert answer.json() == {"status": "ready", "parts": parts, "notes": []}


def test_a_watch_that_fell_silent_is_named(client: TestClient, street: Street, clock: Clock) -> None:
    clock.now += MINUTE
    street.beat("deliver", "deadlines")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert [p["part"] for p in answer.json()["parts"]] == ["watch"]
    assert "60 s ago" in answer.json()["parts"][0]["problem"]


def test_strangers_learn_which_part_fails_but_not_why(street: Street, clock: Clock) -> None:
    context = api_context(street.store, clock, checks={"broker": lambda: "no answer from 10.0.0.7", "disk": lambda: None})
    with web(create_app(context)) as browser:
        stranger, friend = browser.get("/readyz"), browser.get("/readyz", headers=BEARER)
    assert stranger.status_code == friend.status_code == 503
    assert stranger.json()["parts"] == [{"part": "broker", "problem": "does not work"}]
    assert "10.0.0.7" not in stranger.text
    assert friend.json()["parts"] == [{"part": "broker", "problem": "no answer from 10.0.0.7"}]


def test_parts_may_come_and_go_while_they_are_asked(street: Street, clock: Clock) -> None:
    street.beat("watch")
    street.beat("deliver", "deadlines")
    checks: dict[str, Callable[[], str | None]] = {}

    def starting() -> str | None:
        checks["broker"] = lambda: None
        del checks["starting"]
        return "not reached yet"

    checks["starting"] = starting
    with web(create_app(api_context(street.store, clock, checks=checks))) as browser:
        assert browser.get("/readyz").status_code == 503
        assert "broker" in browser.get("/readyz").json()["parts"]


def test_what_a_service_says_is_wrong_with_it_counts(client: TestClient, street: Street) -> None:
    street.beat("watch", wrong="the broker is away")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"] == [{"part": "watch", "problem": "the broker is away"}]


def test_a_service_that_never_said_anything_is_not_ready(street: Street, clock: Clock) -> None:
    context = api_context(street.store, clock, services={"relay": timedelta(seconds=5)})
    with web(create_app(context)) as browser:
        answer = browser.get("/readyz", headers=BEARER)
    assert answer.status_code == 503
    assert answer.json()["parts"] == [{"part": "relay", "problem": "has never said that it works"}]


def test_a_heartbeat_from_the_future_proves_no_life(client: TestClient, street: Street, clock: Clock) -> None:
    street.beat("watch", at=clock() + 172_800_000)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    (part,) = answer.json()["parts"]
    assert part["part"] == "watch"
    assert "the clock was wrong" in part["problem"]
    street.beat("watch", at=clock() + 5_000)
    assert client.get("/readyz").status_code == 200


def test_what_homebeat_failed_over_is_noted_and_does_not_make_it_unready(client: TestClient, street: Street) -> None:
    aside = [Quarantined(f"t{n}", b"x", NOON - n, QuarantineReason.DEFECT) for n in range(3)]
    with street.store.begin() as tx:
        tx.quarantine.add([*aside, Quarantined("t", b"y", NOON, QuarantineReason.EMPTY)])
    street.beat("watch", noted="housekeeping fails: ValueError")
    answer = client.get("/readyz")
    assert answer.status_code == 200
    notes = {note["part"]: note["note"] for note in answer.json()["notes"]}
    assert notes["watch"] == "housekeeping fails: ValueError"
    assert notes["messages"].startswith("3 in quarantine as defect")
    stranger = client.get("/readyz", headers={"Authorization": ""})
    assert {note["note"] for note in stranger.json()["notes"]} == {"needs a look"}
    with street.store.begin() as tx:
        assert all(tx.quarantine.note_retry(n, NOON, "accepted") for n in (1, 2, 3))
    assert [note["part"] for note in client.get("/readyz").json()["notes"]] == ["watch"]


def test_the_database_gone_is_said_not_raised(client: TestClient, street: Street) -> None:
    street.store.close()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"][0]["part"] == "database"
    assert client.get("/livez").status_code == 200


def test_what_clouds_push_is_counted_as_the_intake_says(client: TestClient, street: Street) -> None:
    assert "homebeat_pushes" not in client.get("/metrics").text
    said = {"taken aep": "3", "refused aep signature": "2", "blind_ms aep": "90000", "journal_waiting": "4"}
    with street.store.begin() as tx:
        tx.heartbeats.beat("intake", street.clock(), said | {"noted": "aep loses messages (full)"})
    text = client.get("/metrics").text
    assert 'homebeat_pushes_total{cloud="aep",fate="taken",why=""} 3.0' in text
    assert 'homebeat_pushes_total{cloud="aep",fate="refused",why="signature"} 2.0' in text
    assert 'homebeat_intake_blind_seconds_total{cloud="aep"} 90.0' in text
    assert "homebeat_journal_waiting 4.0" in text
    assert [note["note"] for note in client.get("/readyz").json()["notes"]] == ["aep loses messages (full)"]


def test_the_figures_parse_and_name_nobody(client: TestClient, street: Street) -> None:
    street.sos(0)
    client.get("/api/v1/residents/r-0")
    with street.store.begin() as tx:
        tx.ledger.add(delivered=3, accepted=2, quarantined=1)
    text = client.get("/metrics").text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    alerts = {tuple(sorted(s.labels.items())): s.value for s in families["homebeat_open_alerts"].samples}
    assert alerts[("priority", "critical"), ("queue", "care")] == 1
    assert families["homebeat_messages_missing"].samples[0].value == 0
    assert families["homebeat_database_up"].samples[0].value == 1
    routes = {s.labels["route"] for s in families["homebeat_http_requests"].samples}
    assert "/api/v1/residents/{resident_id}" in routes
    for personal in ("r-0", "h-0", "m-0", "Lin", "Plum", "139-"):
        assert personal not in text


class Hanging:
    """A store whose database neither answers nor fails."""

    def __init__(self, store: Store) -> None:
        self._store, self.lets_go = store, threading.Event()
        self.asked = 0

    @contextmanager
    def read(self, scope: Scope) -> Iterator[ReadSession]:
        self.asked += 1
        self.lets_go.wait(60)
        with self._store.read(scope) as reader:
            yield reader

    def close(self) -> None:
        self.lets_go.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_a_database_that_hangs_is_said_within_the_monitors_patience_and_asked_once(street: Street, clock: Clock) -> None:
    hanging = Hanging(street.store)
    with (
        serving(street, clock, store=hanging) as (address, _),
        ThreadPoolExecutor(80) as pool,
        httpx2.Client(base_url=address.removesuffix("/api/v1/stream"), headers=BEARER, timeout=60) as client,
        closing(hanging),
    ):

        def timed(path: str) -> tuple[float, httpx2.Response]:
            began = time.monotonic()
            answer = client.get(path)
            return time.monotonic() - began, answer

        waiting = [pool.submit(timed, "/api/v1/ledger") for _ in range(60)]  # every thread of the server waits for the database
        deadline = time.monotonic() + 15
        while hanging.asked < 40 and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        before = hanging.asked
        probes = [pool.submit(timed, "/readyz") for _ in range(10)]
        took, alive = timed("/livez")
        assert alive.status_code == 200
        assert took < 1.0
        for probe in probes:
            took, answer = probe.result()
            assert (answer.status_code, took < 2.0) == (503, True), took
            assert answer.json()["parts"] == [{"part": "database", "problem": "does not work"}]
        assert hanging.asked == before + 1
        hanging.close()
        assert {request.result()[1].status_code for request in waiting} == {200}
        assert timed("/readyz")[1].status_code == 200


def test_metrics_count_what_became_of_the_answers_of_lamps(client: TestClient, street: Street) -> None:
    with street.store.begin() as tx:
        tx.heartbeats.beat("deliver", street.clock(), {"waiting": 0, "echoes_kept": 4, "echoes_dropped": 1})
    text = client.get("/metrics").text
    assert 'homebeat_echoes_total{fate="kept"} 4.0' in text
    assert 'homebeat_echoes_total{fate="dropped"} 1.0' in text
