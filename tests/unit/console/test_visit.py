"""The page of a visit: what it shows and to whom, what each button does, and that it ends with the alert."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest

from homebeat.domain.alert import Alert, Answer, Outcome, Priority, resolve
from homebeat.domain.arrival import GeoPoint
from homebeat.domain.durations import DAY_MS, MINUTE_MS
from homebeat.domain.fleet import Channel, Fleet, Responder, ResponderKind
from homebeat.domain.ids import AreaId, HouseholdId, ResponderId
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.visit import VisitState
from homebeat.store.alert.writes import AlertWrites
from tests.people import add_account, add_family_link, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Clock, Street, fleet
from tests.unit.console.fixtures import csrf_of

WANG = Responder(
    ResponderId("wang"),
    "Wang",
    ResponderKind.VOLUNTEER,
    (AreaId("lane"),),
    channels=(Channel("webhook", {"url": "https://wang.example/hook"}),),
    language="en",
)


@pytest.fixture
def alert(street: Street) -> Alert:
    before = fleet(street.homes)
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, before.households, (WANG,)), street.clock())
    return street.open("no_sign_of_life", 3)


@pytest.fixture
def token(street: Street, alert: Alert) -> str:
    return add_family_link(street.store, alert.id, "/wang")


def press(guest: TestClient, token: str, status: int = 303, **fields: str) -> str:
    answer = guest.post(f"/v/{token}", data=fields, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return guest.get(f"/v/{token}").text if status == 303 else str(answer.text)


def states(street: Street, alert: Alert) -> list[VisitState]:
    with street.store.read(EVERYTHING) as reader:
        return [visit.state for visit in reader.visits.list_of([alert.id])]


def test_it_shows_where_to_go_and_nothing_else_of_anybody(guest: TestClient, street: Street, token: str) -> None:
    html = guest.get(f"/v/{token}").text
    assert "Plum Lane 4-103" in html
    assert "赵德明" in html
    assert 'href="tel:' in html
    for never in ("Daughter", "Mr Plum", "138-0000", "Quiet at home", "1943"):
        assert never not in html
    with street.store.read(EVERYTHING) as reader:
        seen = {(row.actor, row.about, row.detail["fields"]) for row in reader.audit.read_page(20).items if row.action == "look"}
    assert ("contact:/wang", "resident:r-3", "address,phone") in seen


def test_the_way_to_the_door_and_what_was_found(guest: TestClient, street: Street, alert: Alert, token: str) -> None:
    assert "You are on the way." in press(guest, token, report="go")
    with street.store.begin() as tx:
        code = tx.door_codes.find(HouseholdId("h-3"))
    html = press(guest, token, 200, report="at_door", code="WRONG")
    assert "The code is not the one at this door: please look at it again." in html
    assert "You are at the door." in html, "a wrong code refuses nobody"
    assert 'name="code"' in html
    html = press(guest, token, 200, report="at_door", code=code)
    assert 'role="alert"' not in html
    assert 'name="code"' not in html
    assert "You are at the door." in html
    assert "<details open>" in html
    assert "Please say what you found." in press(guest, token, 422, report="seen")
    html = press(guest, token, report="seen", outcome="fine", note="she was in the garden")
    assert states(street, alert) == [VisitState.SEEN]
    assert street.alert(alert.id).outcome is Outcome.FINE
    assert "You have closed this alert with what you found." in html
    assert "Plum Lane" not in html, "where somebody lives is not shown for longer than somebody has to go there"


def test_what_was_found_by_mistake_is_taken_back_for_five_minutes(
    guest: TestClient, street: Street, clock: Clock, alert: Alert, token: str
) -> None:
    assert "has come further" in press(guest, token, 409, report="undo")
    html = press(guest, token, report="seen", outcome="fine")
    assert 'value="undo"' in html
    html = press(guest, token, report="undo")
    assert "You are at the door." in html
    assert "Plum Lane" in html
    assert (street.alert(alert.id).answer, states(street, alert)) == (Answer.ACKNOWLEDGED, [VisitState.AT_DOOR])
    press(guest, token, report="seen", outcome="helped")
    clock.now += 6 * 60_000
    assert 'value="undo"' not in guest.get(f"/v/{token}").text
    press(guest, token, 409, report="undo")
    assert street.alert(alert.id).outcome is Outcome.HELPED


def test_what_was_pressed_without_a_connection_comes_later_and_says_so(
    guest: TestClient, street: Street, alert: Alert, token: str
) -> None:
    assert isinstance(street.clock, Clock)
    street.clock.now += 30 * MINUTE_MS
    press(guest, token, report="go", ago_s="600")
    press(guest, token, report="go", ago_s="605")  # its answer was lost: sent again
    for said in ("59", "-600", "1e3", "9" * 400, "999999"):  # just now; no number; before the alert
        press(guest, token, report="at_door", ago_s=said)
    with street.store.read(EVERYTHING) as reader:
        detail = reader.alerts.get(alert.id)
    assert detail is not None
    late = [step.reason.params for step in detail.history if step.reason.code == "sent_later"]
    assert late == [{"at": street.clock() - 600_000}]
    assert states(street, alert) == [VisitState.AT_DOOR]
    assert f'href="geo:0,0?q={quote("Plum Lane 4-103")}"' in guest.get(f"/v/{token}").text


@pytest.fixture
def placed(street: Street, alert: Alert) -> None:
    """It is known where the home is."""
    before = fleet(street.homes)
    homes = tuple(replace(home, position=GeoPoint(31.2304, 121.4737)) for home in before.households)
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, homes, (WANG,)), street.clock())


@pytest.mark.parametrize(
    ("lat", "accuracy", "says"),
    [
        ("31.2306", "9", "Your telephone confirms it: 30 m from the home."),
        ("31.2404", "9", "By your telephone you are 1,120 m from the home. Please look at the address again."),
        ("nan", "9", "The position of your telephone could not be used. That you are at the door is noted all the same."),
        ("x" * 3_000, "", "The position of your telephone could not be used. That you are at the door is noted all the same."),
    ],
)
def test_the_position_of_the_telephone_is_answered_and_refuses_nobody(
    lat: str, accuracy: str, says: str, guest: TestClient, street: Street, alert: Alert, token: str, placed: None
) -> None:
    page = guest.get(f"/v/{token}")
    assert 'name="lat"' in page.text
    assert "geolocation=(self)" in page.headers["permissions-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    html = press(guest, token, report="at_door", lat=lat, lon="121.4737", accuracy=accuracy)
    assert says in html
    assert states(street, alert) == [VisitState.AT_DOOR]
    assert 'name="lat"' not in html, "at the door it is asked for no more"


def test_where_nothing_can_be_compared_no_position_is_asked_for(guest: TestClient, token: str) -> None:
    page = guest.get(f"/v/{token}")
    assert 'name="lat"' not in page.text
    assert "geolocation=()" in page.headers["permissions-policy"]
    assert "geolocation=()" in guest.get("/door/ABCD2345").headers["permissions-policy"]


def test_what_is_critical_stays_with_the_desk(guest: TestClient, street: Street, token: str) -> None:
    sos = street.open("sos", 4, priority=Priority.CRITICAL)
    mine = add_family_link(street.store, sos.id, "/wang")
    press(guest, mine, report="go")
    html = press(guest, mine, report="seen", outcome="helped", note="ambulance called")
    assert "The desk closes this alert." in html
    assert street.alert(sos.id).answer is Answer.UNACKNOWLEDGED, "back at the desk, with what was found"


def test_pressed_twice_is_said_once(guest: TestClient, street: Street, alert: Alert, token: str) -> None:
    press(guest, token, report="go")
    version = street.alert(alert.id).version
    press(guest, token, report="go")
    assert street.alert(alert.id).version == version


@pytest.mark.parametrize(
    "fields", [{}, {"report": "close"}, {"report": "seen", "outcome": "withdrawn"}, {"report": "seen", "outcome": "x"}]
)
def test_what_cannot_be_pressed_changes_nothing(
    fields: dict[str, str], guest: TestClient, street: Street, alert: Alert, token: str
) -> None:
    press(guest, token, 422, **fields)
    assert street.alert(alert.id).version == alert.version


@pytest.mark.parametrize("why", ["unknown", "over", "left", "a family's"])
def test_a_link_that_opens_nothing(why: str, guest: TestClient, street: Street, alert: Alert, token: str, clock: Clock) -> None:
    if why == "over":
        clock.now += 4 * DAY_MS
    elif why == "left":
        with street.store.begin() as tx:
            tx.fleet.apply(fleet(street.homes), clock())
    elif why == "a family's":
        token = add_family_link(street.store, alert.id, "h-3/lin")
    page = guest.get(f"/v/{'A' * 43 if why == 'unknown' else token}")
    assert page.status_code == 404
    assert "Plum" not in page.text
    assert guest.post(f"/v/{token if why != 'unknown' else 'A'}", data={"report": "go"}).status_code == 404
    assert states(street, alert) == []


def test_a_visitors_link_opens_no_familys_page_and_answers_nothing_there(guest: TestClient, token: str) -> None:
    assert guest.get(f"/f/{token}").status_code == 404
    assert guest.post(f"/f/{token}", data={"answer": "fine"}).status_code == 404


def test_after_closing_it_thanks_and_shows_no_address(guest: TestClient, street: Street, alert: Alert, token: str) -> None:
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*resolve(street.alert(alert.id), street.clock(), "user:xanthippe", Outcome.FINE))
    html = guest.get(f"/v/{token}").text
    assert "Nobody has to go any more." in html
    assert "Plum Lane" not in html
    assert 'name="report"' not in html
    assert "This is over" in press(guest, token, 409, report="go")


def test_the_code_at_the_door_on_the_telephone_of_a_visitor_and_on_another(guest: TestClient, street: Street, token: str) -> None:
    plain = guest.get("/door/ABCD2345").text
    assert "ABCD2345" in plain
    assert "<form" not in plain
    answer = guest.get(f"/v/{token}")
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("homebeat_visit=", "HttpOnly", "Path=/door/", "SameSite=lax"))
    guest.cookies.set("homebeat_visit", token)
    assert f'action="/v/{token}"' in guest.get("/door/ABCD2345").text
    assert "&lt;script&gt;" in guest.get("/door/<script>").text


def test_who_has_an_account_finds_their_visits_without_the_message(guest: TestClient, street: Street, alert: Alert) -> None:
    before = fleet(street.homes)
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, before.households, (replace(WANG, account="wang"),)), street.clock())
    add_account(street.store, "wang", Role.RESPONDER)
    add_account(street.store, "bo", Role.RESPONDER)
    assert sign_in(guest, street.store, "wang", now=street.clock()).status_code == 303
    assert "Nobody expects you at a door just now." in guest.get("/visits").text
    path = f"/console/visits/{alert.id}/open"
    form = {"csrf": csrf_of(guest.get("/").text)}
    assert guest.post(path, data=form).status_code == 404, "nobody has sent them"
    press(guest, add_family_link(street.store, alert.id, "/wang"), report="go")
    html = guest.get("/visits").text
    assert "赵德明" in html
    assert "Plum Lane 4-103" in html
    assert "You are on the way." in html
    link = guest.post(path, data=form).headers["location"]
    assert "You are on the way." in guest.get(link).text
    assert sign_in(guest, street.store, "bo", now=street.clock()).status_code == 303
    assert "Your account belongs to nobody who is sent to doors" in guest.get("/visits").text
    assert guest.post(path, data={"csrf": csrf_of(guest.get("/").text)}).status_code == 404
