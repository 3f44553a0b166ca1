"""What somebody sees of a person is on record: who, whom, which fields, and no value."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from homebeat.api import create_app
from homebeat.domain.errors import Unavailable
from homebeat.domain.inbound import Quarantined, QuarantineReason
from homebeat.domain.metric import Metric
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import BEARER, TestClient, api_context, web
from tests.unit.api.street import Clock, Street
from tests.unit.console.fixtures import desk, guest  # noqa: F401  fixtures


def looks(street: Street) -> list[tuple[str, str, str]]:
    """Actor, object and fields of each look, oldest first."""
    with street.store.read(EVERYTHING) as reader:
        rows = reader.audit.read_page(100).items
    return [(row.actor, row.about, str(row.detail["fields"])) for row in reversed(rows) if row.action == "look"]


WATER, VITALS = ("household:h-0", "water"), ("resident:r-0", "vitals")
SHOWN = {
    "/api/v1/residents/r-0": [("resident:r-0", "address,phone")],
    "/api/v1/residents?limit=2": [("residents", "address,phone")],
    "/api/v1/households?limit=2": [("households", "address,phone")],
    "/api/v1/households/h-0": [("resident:r-0", "address,contacts,phone,vitals"), WATER],
    "/api/v1/devices/m-0/readings": [WATER],
    "/api/v1/devices/b-0/readings": [VITALS],
    "/api/v1/devices/m-0": [WATER],
    "/api/v1/devices/b-0": [VITALS],
}


@pytest.mark.parametrize("path", SHOWN)
def test_the_api_records_what_it_shows(client: TestClient, street: Street, path: str) -> None:
    at = street.clock()
    street.sos(0)
    street.readings("m-0", Metric.VOLUME_M3, [(at - 60_000, 1.0)])
    street.readings("b-0", Metric.HEART_RATE_BPM, [(at - 60_000, 71.0)])
    assert client.get(path).status_code == 200
    assert looks(street) == [("key:desk-1", about, fields) for about, fields in SHOWN[path]]


@pytest.mark.parametrize("path", SHOWN)
def test_what_is_masked_is_no_look(client: TestClient, street: Street, path: str) -> None:
    street.readings("m-0", Metric.VOLUME_M3, [(street.clock() - 60_000, 1.0)])
    assert client.get(path).status_code == 200
    assert looks(street) == []


@pytest.mark.parametrize(("is_open", "found"), [(True, [("key:desk-1", "quarantine", "vitals,water")]), (False, [])])
def test_bytes_of_messages_are_a_look_at_what_they_may_hold(
    client: TestClient, street: Street, found: list[tuple[str, str, str]], *, is_open: bool
) -> None:
    topic = "homebeat/v1/b-0/readings"
    with street.store.begin() as tx:
        tx.quarantine.add([Quarantined(topic, b'{"heart_rate_bpm":131', street.clock(), QuarantineReason.NOT_JSON, "")])
    if is_open:
        street.sos(0)
    assert client.get("/api/v1/quarantine").status_code == 200
    assert looks(street) == found


def test_the_digest_is_a_look_where_it_shows_addresses(street: Street, guest: TestClient) -> None:  # noqa: F811
    street.drift("night_use_drift", 3)
    for name, role in (("nell", "nurse"), ("dan", "desk")):
        add_account(street.store, name, role)
        guest.cookies.clear()
        sign_in(guest, street.store, name)
        assert ("4-103" in guest.get("/digest").text) is (role == "nurse")
    assert looks(street) == [("user:nell", "digest", "address")]


@pytest.mark.parametrize("path", ["/api/v1/residents/r-99", "/api/v1/households/h-99", "/api/v1/devices/x", "/api/v1/alerts"])
def test_what_shows_nothing_of_a_person_is_no_look(client: TestClient, street: Street, path: str) -> None:
    client.get(path)
    assert looks(street) == []


def test_a_card_and_a_page_are_looks(desk: TestClient, street: Street) -> None:  # noqa: F811
    alert = street.sos(3)
    desk.get("/")  # the card of the first row
    desk.get(f"/console/card/{alert.id}")
    desk.get("/resident/r-3")
    desk.get("/resident/r-4")
    card = ("user:desk-1", "resident:r-3", "address,contacts,phone,water")
    assert looks(street) == [card, card, card], "the page of a resident draws the curve of the meter as the card does"


class CannotWrite:
    """A store that cannot be written, as on a full disk."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, *_: Any, **__: Any) -> Any:
        raise Unavailable("the disk is full")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_who_may_need_help_is_shown_also_while_no_look_can_be_recorded(
    street: Street, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    street.sos(0)
    store: Any = CannotWrite(street.store)
    with web(create_app(api_context(store, clock)), headers=BEARER) as browser, caplog.at_level(logging.ERROR):
        assert browser.get("/api/v1/residents/r-0").json()["phone"] == "139-0000-0000"
    assert "a look of key:desk-1 could not be recorded" in caplog.text
    assert "139-0000-0000" not in caplog.text
