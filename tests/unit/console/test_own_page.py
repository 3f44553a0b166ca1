"""The page of a resident who is asked how they are: two answers, and nothing that is said to a family."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homebeat.domain.fleet import Channel, Contact, Fleet
from homebeat.domain.ids import ContactId
from tests.people import add_family_link
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Street, fleet

HOOK = (Channel("webhook", {"url": "https://zhao.example/"}),)
HERSELF = Contact(ContactId("h-3/self"), "Zhao", channels=HOOK, language="en", is_resident=True)


@pytest.fixture
def token(street: Street) -> str:
    before = fleet(street.homes)
    homes = tuple(replace(home, contacts=(*home.contacts, HERSELF)) if home.id == "h-3" else home for home in before.households)
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, homes), street.clock())
    return add_family_link(street.store, street.open("no_sign_of_life", 3).id, HERSELF.id)


def test_it_asks_how_they_are(guest: TestClient, token: str) -> None:
    html = guest.get(f"/f/{token}").text
    assert "I am well" in html
    assert "Please send somebody" in html
    for of_family in ("I am calling", "With me until then", 'href="tel:', "Please go and check"):
        assert of_family not in html


def test_their_word_is_taken_and_shown(guest: TestClient, street: Street, token: str) -> None:
    assert guest.post(f"/f/{token}", data={"answer": "fine"}, follow_redirects=False).status_code == 303
    assert "says that all is well" in guest.get(f"/f/{token}").text


def test_an_answer_of_a_family_is_refused(guest: TestClient, token: str) -> None:
    assert guest.post(f"/f/{token}", data={"answer": "calling"}, follow_redirects=False).status_code == 409
