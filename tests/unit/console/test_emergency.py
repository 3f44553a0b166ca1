"""The emergency number: on every page about somebody who may be in danger of their life, and on no other."""

from __future__ import annotations

import pytest

from homebeat.domain.alert import Outcome, Priority, resolve
from homebeat.domain.fleet import Fleet
from homebeat.store.alert.writes import AlertWrites
from tests.people import add_family_link
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Street, fleet
from tests.unit.console.test_visit import WANG

LINK = 'href="tel:120"'


@pytest.fixture(autouse=True)
def volunteer(street: Street) -> None:
    before = fleet(street.homes)
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, before.households, (WANG,)), street.clock())


def read_pages(street: Street, desk: TestClient, guest: TestClient, priority: Priority, *, is_closed: bool = False) -> list[str]:
    alert = street.open("no_sign_of_life", 3, priority=priority)
    family, visit = add_family_link(street.store, alert.id, "h-3/lin"), add_family_link(street.store, alert.id, "/wang")
    if is_closed:
        with street.store.begin() as tx:
            AlertWrites(tx).apply(*resolve(alert, street.clock(), "user:chen", Outcome.FINE))
    return [desk.get(f"/?alert={alert.id}").text, guest.get(f"/f/{family}").text, guest.get(f"/v/{visit}").text]


def test_a_critical_alert_says_whom_to_call(street: Street, desk: TestClient, guest: TestClient) -> None:
    for html in read_pages(street, desk, guest, Priority.CRITICAL):
        assert LINK in html
        assert "homebeat never calls it." in html


@pytest.mark.parametrize("priority, is_closed", [(Priority.HIGH, False), (Priority.CRITICAL, True)])
def test_no_other_alert_does(street: Street, desk: TestClient, guest: TestClient, priority: Priority, is_closed: bool) -> None:
    for html in read_pages(street, desk, guest, priority, is_closed=is_closed):
        assert LINK not in html
