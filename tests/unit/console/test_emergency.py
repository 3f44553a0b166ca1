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
        assert "homebeat never calls" in html


@pytest.mark.parametrize("priority, is_closed", [(Priority.HIGH, False), (Priority.CRITICAL, True)])
def test_no_other_page_does(street: Street, desk: TestClient, guest: TestClient, priority: Priority, is_closed: bool) -> None:
    """But the card of an alert that somebody can answer: what they hear on the telephone may need an ambulance."""
    card, *others = read_pages(street, desk, guest, priority, is_closed=is_closed)
    assert (LINK in card) is not is_closed
    for html in others:
        assert LINK not in html


def test_a_card_offers_fire_brigade_and_police_and_what_was_dialled_is_entered(street: Street, desk: TestClient) -> None:
    html = desk.get(f"/?alert={street.open('smoke', 3, priority=Priority.CRITICAL).id}").text
    for number in ("120", "119", "110"):
        assert f'href="tel:{number}"' in html
        assert f'name="called" value="{number}"' in html
