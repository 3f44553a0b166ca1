"""Photos from the door: who may send one and when, what is kept of it, who sees it, and that each look is on record."""

from __future__ import annotations

import re
from typing import Any

import pytest

from homebeat.domain.alert import Alert, Outcome
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.fleet import Fleet
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.visit_photo import MOST_PHOTOS, VisitPhoto, make_photo_path
from homebeat.photos.fault import PhotoFault
from homebeat.photos.shrinker import MOST_BYTES, PhotoShrinker
from tests.people import add_account, add_family_link, add_key, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import SECRET, Clock, Street, fleet
from tests.unit.console.test_visit import WANG, press
from tests.unit.photos.pictures import open_picture, take_photo, take_with_position

SMALL = take_photo(64, 48)


@pytest.fixture
def quiet(street: Street) -> Alert:
    before = fleet(street.homes)
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, before.households, (WANG,)), street.clock())
    return street.open("no_sign_of_life", 3)


@pytest.fixture
def door(guest: TestClient, street: Street, quiet: Alert) -> str:
    """The token of the link of somebody who is at the door."""
    token = add_family_link(street.store, quiet.id, "/wang")
    press(guest, token, report="at_door")
    return token


def send(guest: TestClient, token: str, photo: bytes = SMALL, status: int = 303) -> str:
    answer = guest.post(make_photo_path(token), files={"photo": ("IMG_2001.jpg", photo)}, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return guest.get(f"/v/{token}").text if status == 303 else str(answer.text)


def photos(street: Street, alert: Alert) -> list[VisitPhoto]:
    with street.store.read(EVERYTHING) as reader:
        return reader.photos.list_of([alert.id])


def said(street: Street, alert: Alert) -> list[str]:
    with street.store.read(EVERYTHING) as reader:
        detail = reader.alerts.get(alert.id)
    assert detail is not None
    return [step.reason.code for step in detail.history if step.reason.code.startswith("photo")]


def list_looks(street: Street, actor: str) -> list[tuple[str, str]]:
    with street.store.read(EVERYTHING) as reader:
        rows = reader.audit.read_page(50).items
    return [(row.about, str(row.detail["fields"])) for row in rows if row.action == "look" and row.actor == actor]


def test_whoever_is_at_the_door_sends_one_and_the_desk_sees_it(
    guest: TestClient, street: Street, quiet: Alert, door: str
) -> None:
    page = send(guest, door, take_with_position())
    assert re.findall("Photo sent at .*? <", page) == ["Photo sent at 1 Mar 12:00 <"]
    (photo,) = photos(street, quiet)
    assert (photo.visitor, said(street, quiet)) == ("contact:/wang", ["photo_sent"])
    guest.cookies.clear()
    assert sign_in(guest, street.store, "desk-1").status_code == 303
    card = guest.get(f"/console/card/{quiet.id}").text
    (where,) = re.findall(r'href="(/console/alerts/[^"]+/photos/[^"]+)"', card)
    assert "A photo was sent from the door." in card
    answer = guest.get(where)
    assert (answer.status_code, answer.headers["content-type"], answer.headers["cache-control"]) == (
        200,
        "image/jpeg",
        "no-store",
    )
    assert open_picture(answer.content).size == (1_600, 1_200)
    assert b"Pangolin" not in answer.content
    assert (f"alert:{quiet.id}", "notes") in list_looks(street, "user:desk-1")


def test_it_stands_in_the_database_sealed_and_nowhere_else(guest: TestClient, street: Street, quiet: Alert, door: str) -> None:
    send(guest, door)
    (photo,) = photos(street, quiet)
    with street.store.read(EVERYTHING) as reader:
        picture = reader.photos.open(quiet.id, photo.id, quiet.subject.household)  # type: ignore[arg-type]
    assert isinstance(picture, bytes)
    assert street.store.path is not None
    held = b"".join(one.read_bytes() for one in street.store.path.parent.iterdir() if one.is_file())
    assert picture[:2_000] not in held
    assert picture[-500:] not in held


def test_the_same_photo_twice_is_one_and_a_visit_has_at_most_some(
    guest: TestClient, street: Street, quiet: Alert, door: str
) -> None:
    send(guest, door)
    page = send(guest, door)  # the answer was lost
    assert (len(photos(street, quiet)), said(street, quiet)) == (1, ["photo_sent"])
    for n in range(1, MOST_PHOTOS):
        page = send(guest, door, take_photo(64, 48 + 8 * n))
    assert len(photos(street, quiet)) == MOST_PHOTOS
    assert 'type="file"' not in page
    assert "you are not at the door, or have sent enough" in send(guest, door, take_photo(200, 48), 409)
    assert len(photos(street, quiet)) == MOST_PHOTOS


def test_the_wrong_one_is_removed_for_good(guest: TestClient, street: Street, quiet: Alert, door: str) -> None:
    page = send(guest, door)
    (photo,) = photos(street, quiet)
    assert f'name="remove" value="{photo.id}"' in page
    assert "Photo sent" not in press(guest, door, remove=photo.id)
    assert (photos(street, quiet), said(street, quiet)) == ([], ["photo_sent", "photo_removed"])
    assert press(guest, door, 404, remove=photo.id)
    send(guest, door)
    other = add_family_link(street.store, quiet.id, "h-3/1")
    guest.post(f"/v/{other}", data={"remove": photo.id})
    guest.post(f"/f/{other}", data={"remove": photo.id})
    assert len(photos(street, quiet)) == 1, "nobody removes what somebody else has sent"


def test_before_the_door_none_is_taken_and_for_an_hour_after_it(
    guest: TestClient, street: Street, clock: Clock, quiet: Alert
) -> None:
    token = add_family_link(street.store, quiet.id, "/wang")
    assert 'type="file"' not in guest.get(f"/v/{token}").text
    send(guest, token, status=409)
    press(guest, token, report="go")
    send(guest, token, status=409)
    press(guest, token, report="seen", outcome="fine")
    assert street.alert(quiet.id).outcome is Outcome.FINE
    clock.now += 59 * MINUTE_MS
    assert 'type="file"' in guest.get(f"/v/{token}").text
    shown = send(guest, token)
    assert "Photo sent at 1 Mar 12:59" in shown, "also where what was found has closed the alert, in the time of the home"
    clock.now += 2 * MINUTE_MS
    assert 'type="file"' not in guest.get(f"/v/{token}").text
    send(guest, token, take_photo(80, 60), 409)
    assert len(photos(street, quiet)) == 1


def test_what_cannot_be_taken_is_said_and_the_page_goes_on(guest: TestClient, street: Street, quiet: Alert, door: str) -> None:
    assert "This photo cannot be read." in send(guest, door, b"<svg onload=alert(1)>", 422)
    assert "This photo is too large." in send(guest, door, bytes(MOST_BYTES + 9_000), 413)
    for body in ({"data": {"photo": "no file"}}, {"content": b"x", "headers": {"content-type": "multipart/form-data"}}, {}):
        answer = guest.post(make_photo_path(door), follow_redirects=False, **body)
        assert (answer.status_code, "This photo cannot be read." in answer.text) == (422, True)
    assert photos(street, quiet) == []
    assert "You are at the door." in guest.get(f"/v/{door}").text


def test_no_picture_is_read_of_who_may_send_none(guest: TestClient, street: Street, quiet: Alert, monkeypatch: Any) -> None:
    token = add_family_link(street.store, quiet.id, "/wang")
    monkeypatch.setattr(PhotoShrinker, "shrink", lambda *_: pytest.fail("it was opened"))
    send(guest, token, status=409)
    send(guest, "x" * 43, status=404)


def test_what_is_sent_is_counted_like_looks(guest: TestClient, door: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(PhotoShrinker, "shrink", lambda *_: PhotoFault.BUSY)
    answers = [guest.post(make_photo_path(door), files={"photo": ("x", SMALL)}).status_code for _ in range(70)]
    assert (answers[0], set(answers)) == (503, {503, 429})


def test_a_link_that_opens_nothing_takes_none(guest: TestClient, street: Street, quiet: Alert) -> None:
    family = add_family_link(street.store, quiet.id, "h-3/0")
    for token in ("x" * 43, family):
        assert send(guest, token, status=404)
    assert photos(street, quiet) == []


def test_who_sees_no_remarks_sees_no_photo(guest: TestClient, street: Street, quiet: Alert, door: str) -> None:
    send(guest, door)
    (photo,) = photos(street, quiet)
    where = f"/console/alerts/{quiet.id}/photos/{photo.id}"
    guest.cookies.clear()
    assert guest.get(where).status_code in {303, 401}
    add_account(street.store, "fitter", "installer")
    assert sign_in(guest, street.store, "fitter").status_code == 303
    assert "/photos/" not in guest.get(f"/console/card/{quiet.id}").text
    assert guest.get(where).status_code == 403
    add_key(street.store, "a-key-of-another-system-for-tests", "integrator")
    for key, status in ((SECRET, 200), ("a-key-of-another-system-for-tests", 403)):
        bearer = {"Authorization": f"Bearer {key}"}
        shown = guest.get(f"/api/v1/alerts/{quiet.id}", headers=bearer)
        assert shown.status_code == 200, (key, shown.text)
        visit = shown.json()["visits"][0]
        assert [one["id"] for one in visit["photos"]] == ([photo.id] if status == 200 else [])
        answer = guest.get(f"/api/v1/alerts/{quiet.id}/photos/{photo.id}", headers=bearer)
        assert answer.status_code == status, answer.text
    bearer = {"Authorization": f"Bearer {SECRET}"}
    for alert, name in ((quiet.id, "0" * 32), ("none", photo.id), (street.open("sos", 2).id, photo.id)):
        assert guest.get(f"/api/v1/alerts/{alert}/photos/{name}", headers=bearer).status_code == 404


def test_a_photo_is_gone_with_the_key_of_its_home(
    guest: TestClient, street: Street, clock: Clock, quiet: Alert, door: str
) -> None:
    send(guest, door)
    assert len(photos(street, quiet)) == 1
    street.store.erase([quiet.subject.resident])  # type: ignore[list-item]
    assert photos(street, quiet) == []
