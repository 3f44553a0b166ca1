"""The first hour: from an empty installation to the first answered test alarm, in pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from homebeat.domain.alert import Outcome, Priority, resolve
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import open_store
from homebeat.store.alert.writes import AlertWrites
from tests.keys import KEY_FILE
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient, web
from tests.unit.api.street import Clock, Street
from tests.unit.console.fixtures import console_app, csrf_of


def count_done(html: str) -> int:
    return html.count('<span class="badge">done</span>')


def test_an_empty_installation_leads_to_its_first_area(tmp_path: Path, clock: Clock) -> None:
    store = open_store(f"sqlite:///{tmp_path}/new.db", KEY_FILE)
    add_account(store, "root", Role.ADMIN)
    with web(console_app(Street(store, clock), clock, broker="broker.example:1883"), follow_redirects=False) as client:
        assert isinstance(client, TestClient)
        assert sign_in(client, store, "root", now=clock()).status_code == 303
        desk = client.get("/").text
        assert "This installation is new" in desk
        html = client.get("/start").text
        assert count_done(html) == 0, "no watch, no area, no home"
        assert "from the broker at broker.example:1883" in html
        assert "Monitoring has not started" in html
        form = {"csrf": csrf_of(desk)}
        for wrong in (
            {"id": "", "name": "Town"},
            {"id": "a b", "name": "Town"},
            {"id": "town", "name": "Town", "parent": "gone"},
        ):
            refused = client.post("/console/areas", data={**form, **wrong})
            assert refused.status_code == 422
            assert 'role="alert"' in refused.text
        assert client.post("/console/areas", data={**form, "id": "town", "name": "Town<b>"}).status_code == 303
        assert client.post("/console/areas", data={**form, "id": "lane", "name": "Lane", "parent": "town"}).status_code == 303
        again = client.post("/console/areas", data={**form, "id": "lane", "name": "Lane", "parent": "town"})
        assert (again.status_code, "is there already" in again.text) == (422, True)
        html = client.get("/start").text
        assert count_done(html) == 1
        assert "Town&lt;b&gt;" in html
        assert 'href="/homes/new"' in html
    with store.read(EVERYTHING) as reader:
        assert [(one.id, one.parent) for one in reader.homes.list_areas()] == [("town", None), ("lane", "town")]
        assert reader.fleet.find_line("lane") == {"town", "lane"}  # type: ignore[arg-type]
    store.close()


def test_each_step_is_done_when_it_is(guest: TestClient, street: Street) -> None:
    add_account(street.store, "boss", Role.SUPERVISOR)
    assert sign_in(guest, street.store, "boss", now=street.clock()).status_code == 303
    assert "This installation is new" not in guest.get("/").text
    html = guest.get("/start").text
    assert count_done(html) == 4, "all but the test alarm"
    sos = street.open("sos", 3, priority=Priority.CRITICAL)
    assert count_done(guest.get("/start").text) == 4
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*resolve(street.alert(sos.id), street.clock(), "user:boss", Outcome.FALSE))
    assert count_done(guest.get("/start").text) == 5


@pytest.mark.parametrize(("area", "parent", "status"), [("close", "lane", 303), ("top", "", 422), ("away", "other", 422)])
def test_an_area_lies_among_those_of_whoever_adds_it(
    guest: TestClient, street: Street, area: str, parent: str, status: int
) -> None:
    add_account(street.store, "boss", "supervisor@lane")
    assert sign_in(guest, street.store, "boss", now=street.clock()).status_code == 303
    form = {"csrf": csrf_of(guest.get("/").text), "id": area, "name": area, "parent": parent}
    assert guest.post("/console/areas", data=form).status_code == status
