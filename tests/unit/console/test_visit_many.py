"""The page of whoever goes to the homes of one alert about many: its list, and what may be said of each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homebeat.actions import FollowEdges, perform_in, shared_homes
from homebeat.actions.shared_homes import SharedHome
from homebeat.actions.visitor import make_visit_home
from homebeat.console.visit.page import draw_home
from homebeat.domain.alert import Answer, Edge, Outcome, Reason, Subject, resolve
from homebeat.domain.fleet import Channel, Fleet, Resident, Responder, ResponderKind
from homebeat.domain.ids import AreaId, HouseholdId, ResidentId, ResponderId
from homebeat.domain.personal import Illegible
from homebeat.domain.phone import make_dial_uri
from homebeat.domain.principal import ENGINE
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.service_alerts import make_edge
from homebeat.response.setup import ResponseSetup
from homebeat.store import HouseholdEntry, ResidentEntry
from homebeat.store.alert.writes import AlertWrites
from homebeat.wording import Wording
from tests.people import add_account, add_family_link, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Street, fleet


def make_worker(name: str, kind: ResponderKind = ResponderKind.FIELD) -> Responder:
    way = Channel("webhook", {"url": f"https://{name}.example/hook"})
    return Responder(ResponderId(name), name.title(), kind, (AreaId("lane"),), channels=(way,), language="en")


@pytest.fixture
def main(street: Street) -> Edge:
    """The water is off in three homes: Wang is paired with h-1, Li with h-2, and nobody with h-0. Care Co goes everywhere."""
    before, now = fleet(street.homes), street.clock()
    paired = {"h-1": (ResponderId("wang"),), "h-2": (ResponderId("li"),)}
    homes = tuple(replace(home, paired=paired.get(home.id, ())) for home in before.households)
    staff = (make_worker("wang"), make_worker("li"), make_worker("care-co", ResponderKind.PROVIDER))
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, homes, staff), now)
    why = Reason("area_outage", {"homes": 3, "since_at": now, "list": "h-0, h-1, h-2"})
    edge = make_edge("area_outage", Subject(area=AreaId("lane")), why, now, since=now)
    edge = replace(edge, homes=tuple(HouseholdId(f"h-{n}") for n in range(3)))
    with street.store.begin() as tx:
        perform_in(tx, ENGINE, FollowEdges([edge]), now, ResponseSetup("https://desk.example"))
    return edge


def listed(html: str) -> list[str]:
    return [name for name in ("h-0", "h-1", "h-2", "h-3") if f'name="home" value="{name}"' in html]


def press(guest: TestClient, token: str, home: str, mark: str) -> int:
    answer = guest.post(f"/v/{token}", data={"home": home, "report": mark}, follow_redirects=False)
    return int(answer.status_code)


def test_a_worker_sees_the_homes_of_their_own_and_those_of_nobody_and_says_how_it_was(
    guest: TestClient, street: Street, main: Edge
) -> None:
    token = add_family_link(street.store, main.alert_id, "/wang")
    html = guest.get(f"/v/{token}").text
    assert listed(html) == ["h-0", "h-1"]
    assert "No water in the area" in html
    assert 'href="tel:' in html
    assert press(guest, token, "h-1", "seen") == press(guest, token, "h-0", "not_opened") == 303
    assert press(guest, token, "h-1", "seen") == 303
    html = guest.get(f"/v/{token}").text
    assert "seen by whoever went there, " in html
    assert "nobody opened, " in html
    alert = street.alert(main.alert_id)
    assert (alert.answer, alert.owner) == (Answer.ACKNOWLEDGED, "contact:/wang"), "they are looking after it"
    with street.store.read(EVERYTHING) as reader:
        marks = {one.household: one.mark for one in reader.held.list_homes(main.alert_id, 10)}
        detail = reader.alerts.get(main.alert_id)
        assert detail is not None
        codes = [step.reason.code for step in detail.history]
        looks = {(row.actor, row.about, row.detail["fields"]) for row in reader.audit.read_page(50).items if row.action == "look"}
        done = [row.detail.get("mark") for row in reader.audit.read_page(50).items if row.action == "mark_home"]
    assert marks == {"h-0": "not_opened", "h-1": "seen", "h-2": None}
    assert sorted(code for code in codes if code.startswith("home_")) == ["home_not_opened", "home_seen"], (
        "pressed twice, said once"
    )
    assert len(done) == 3
    assert looks == {("contact:/wang", f"alert:{main.alert_id}", "address,name,phone")}
    add_account(street.store, "chen", Role.DESK)
    assert sign_in(guest, street.store, "chen", now=street.clock()).status_code == 303
    card = guest.get(f"/console/card/{main.alert_id}").text
    for said in ("The home h-1: somebody was seen there.", "The home h-0: nobody opened."):
        assert said in card, "the history says what was noted, and not only that something was"


def test_a_provider_sees_every_home_of_its_areas(guest: TestClient, street: Street, main: Edge) -> None:
    token = add_family_link(street.store, main.alert_id, "/care-co")
    assert listed(guest.get(f"/v/{token}").text) == ["h-0", "h-1", "h-2"]
    assert press(guest, token, "h-2", "seen") == 303


def test_what_is_no_home_of_the_alert_or_no_mark_is_refused(guest: TestClient, street: Street, main: Edge) -> None:
    token = add_family_link(street.store, main.alert_id, "/wang")
    assert press(guest, token, "h-3", "seen") == 404
    assert press(guest, token, "h-1", "burnt") == 422
    contact = add_family_link(street.store, main.alert_id, "h-1/0")
    assert press(guest, contact, "h-1", "seen") == 404


def test_once_it_is_closed_the_page_shows_nobody(guest: TestClient, street: Street, main: Edge) -> None:
    token = add_family_link(street.store, main.alert_id, "/wang")
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*resolve(street.alert(main.alert_id), street.clock(), "user:chen", Outcome.FINE))
    html = guest.get(f"/v/{token}").text
    assert listed(html) == []
    assert "Plum Lane" not in html
    assert press(guest, token, "h-1", "seen") == 409


def test_homes_of_others_take_no_place_on_their_page(
    guest: TestClient, street: Street, main: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a long list a part is shown: of whoever goes, that part is of their own homes."""
    monkeypatch.setattr(shared_homes, "MOST", 2)
    assert listed(guest.get(f"/v/{add_family_link(street.store, main.alert_id, '/li')}").text) == ["h-0", "h-2"]


def test_what_one_of_them_found_closes_nothing_for_the_others(guest: TestClient, street: Street, main: Edge) -> None:
    token = add_family_link(street.store, main.alert_id, "/wang")
    html = guest.get(f"/v/{token}").text
    assert "What I found" not in html
    assert "I am at the door" not in html
    for said in ({"report": "seen", "outcome": "fine"}, {"report": "at_door"}):
        assert guest.post(f"/v/{token}", data=said, follow_redirects=False).status_code == 409
    assert street.alert(main.alert_id).answer is Answer.UNACKNOWLEDGED, "what is refused changes nothing"
    assert guest.post(f"/v/{token}", data={"report": "go"}, follow_redirects=False).status_code == 303
    assert (street.alert(main.alert_id).answer, street.alert(main.alert_id).owner) == (Answer.ACKNOWLEDGED, "contact:/wang")
    with street.store.read(EVERYTHING) as reader:
        assert reader.visits.list_of([main.alert_id]) == [], "there is no one door at which they would be missed"
    html = guest.get(f"/v/{token}").text
    assert "You have this alert. Say of each home how it was there." in html
    assert "I am going" not in html
    assert guest.post(f"/v/{token}", data={"report": "cannot"}, follow_redirects=False).status_code == 303
    assert street.alert(main.alert_id).answer is Answer.UNACKNOWLEDGED


def test_a_telephone_stands_under_the_name_of_whose_it_is() -> None:
    """A name that cannot be read any more moves no number to somebody else."""
    people = [Resident(ResidentId("r-1"), Illegible.ERASED, phone=""), Resident(ResidentId("r-2"), "Li", phone="139-0000-0001")]
    entries = tuple(ResidentEntry(one, HouseholdId("h-0"), AreaId("lane"), "Plum Lane 1", "UTC", None, 0) for one in people)
    home = HouseholdEntry(HouseholdId("h-0"), AreaId("lane"), "Lane", "UTC", "Plum Lane 1", entries, 0)
    line = draw_home(make_visit_home(SharedHome(home, {}, {}, {}, 0, ())), Wording("en"), "UTC")
    assert line.names == "Li"
    assert line.calls == [(make_dial_uri("139-0000-0001"), "Call Li")]
