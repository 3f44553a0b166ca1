"""The page on which a home is changed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from homebeat.actions.home_writing import HomeRules
from homebeat.domain.ids import HouseholdId
from homebeat.domain.scope import EVERYTHING
from homebeat.registry.home_fields import FieldRules
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient, web
from tests.unit.api.street import Clock, Street
from tests.unit.console.fixtures import console_app, csrf_of

EDIT = "/homes/h-0/edit"


@pytest.fixture
def nurse(guest: TestClient, street: Street) -> TestClient:
    return enter(guest, street, "nurse")


def enter(guest: TestClient, street: Street, role: str) -> TestClient:
    add_account(street.store, f"{role}-1", f"{role}@lane")
    assert sign_in(guest, street.store, f"{role}-1").status_code == 303
    return guest


def read(street: Street, home: str = "h-0") -> Any:
    with street.store.read(EVERYTHING) as reader:
        return reader.fleet.load_home(HouseholdId(home))


def form_of(html: str, ends: str) -> dict[str, str]:
    """What a browser would send of the form whose address ends so, untouched."""
    address = rf'[^>]*action="/console/homes(?:/h-0)?{ends}"'
    body = next(part for part in html.split("<form ")[1:] if re.match(address, part)).split("</form>")[0]
    sent = {}
    for tag in re.findall(r"<input [^>]*>", body):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or " checked" in tag):
            sent[name[1]] = value[1] if value else ""
    for name, choices in re.findall(r'<select name="([^"]*)".*?>(.*?)</select>', body):
        chosen = re.search(r'value="([^"]*)" selected', choices)
        sent[name] = chosen[1] if chosen else ""
    return sent


def test_a_form_that_is_sent_as_it_is_changes_nothing(nurse: TestClient, street: Street) -> None:
    before, html = read(street), nurse.get(EDIT).text
    for form in ("contacts", "people", "place"):
        assert nurse.post(f"/console/homes/h-0/{form}", data=form_of(html, f"/{form}")).status_code == 303
    after = read(street)
    assert [one.name for one in after.contacts] == [one.name for one in before.contacts]
    assert (after.address, after.residents, after.devices) == (before.address, before.residents, before.devices)


def test_contacts_are_reordered_added_and_taken_away_and_put_back(nurse: TestClient, street: Street) -> None:
    sent = form_of(nurse.get(EDIT).text, "/contacts")
    changed = sent | {"contacts[0].order": "9", "contacts[1].holds_key": "yes"}
    changed |= {"contacts[2].name": "Plum Li", "contacts[2].phone": "139-0000-0011", "contacts[2].order": "1"}
    assert nurse.post("/console/homes/h-0/contacts", data=changed).status_code == 303
    names = [one.name for one in read(street).contacts]
    assert names == ["Plum Li", "Mr Plum", "Daughter Lin"]
    assert read(street).contacts[1].holds_key
    assert len(read(street).contacts[1].channels) == 1  # its address is nowhere on the page
    assert "example.invalid" not in nurse.get(EDIT).text
    stale = nurse.post("/console/homes/h-0/contacts", data=sent)
    assert stale.status_code == 409
    assert "Somebody has changed this home" in stale.text
    assert nurse.post("/console/homes/h-0/undo", data=form_of(nurse.get(EDIT).text, "/undo")).status_code == 303
    assert [one.name for one in read(street).contacts] == ["Daughter Lin", "Mr Plum"]


def test_what_was_typed_stays_beside_what_is_wrong_with_it(nurse: TestClient) -> None:
    sent = form_of(nurse.get(EDIT).text, "/contacts") | {"contacts[0].phone": "later", "contacts[0].order": "5"}
    refused = nurse.post("/console/homes/h-0/contacts", data=sent)
    assert refused.status_code == 422
    assert re.search(
        r'name="contacts\[0\].phone" value="later"[^>]*aria-invalid=true[^>]*><strong class="fault">is not a tel', refused.text
    )
    zh = nurse.post("/console/homes/h-0/contacts", data=sent, headers={"accept-language": "zh-CN"})
    assert "不是电话号码" in zh.text


def test_an_absence_begins_and_ends(nurse: TestClient, street: Street) -> None:
    sent = form_of(nurse.get(EDIT).text, "/absences") | {"away.from": "2026-02-27", "away.reason": "at her son's, he called"}
    assert nurse.post("/console/homes/h-0/absences", data=sent).status_code == 303
    html = nurse.get(EDIT).text
    assert "until further notice" in html
    assert nurse.post("/console/homes/h-0/absences/end", data=form_of(html, "/absences/end")).status_code == 303
    assert read(street).away[0].ends_at is not None


def test_a_role_sees_and_changes_its_own_part(guest: TestClient, street: Street) -> None:
    enter(guest, street, "installer")
    html = guest.get(EDIT).text
    assert "Daughter Lin" not in html
    assert 'action="/console/homes/h-0/contacts"' not in html
    new = form_of(html, "/devices") | {"devices[0].id": "b-99"}  # in the place of the first
    assert guest.post("/console/homes/h-0/devices", data=new).status_code == 303
    assert new["replaces"] not in {one.id for one in read(street).devices}
    taken = guest.post(
        "/console/homes/h-0/devices", data=new | {"replaces": "", "devices[0].id": "b-1", "devices[0].kind": "button"}
    )
    assert (taken.status_code, "stands in another home" in taken.text) == (409, True)
    assert (
        guest.post("/console/homes/h-0/retire", data={"csrf": csrf_of(html), "version": "1", "reason": "moved"}).status_code
        == 403
    )


def test_a_home_is_retired_with_a_reason_and_brought_back(guest: TestClient, street: Street) -> None:
    enter(guest, street, "supervisor")
    sent = form_of(guest.get(EDIT).text, "/retire")
    assert guest.post("/console/homes/h-0/retire", data=sent | {"reason": "so"}).status_code == 422
    assert guest.post("/console/homes/h-0/retire", data=sent | {"reason": "moved to her son"}).status_code == 303
    html = guest.get(EDIT).text
    assert "Nobody watches this home." in html
    assert guest.post("/console/homes/h-0/undo", data=form_of(html, "/undo")).status_code == 303
    assert read(street).residents


def test_what_an_import_refuses_is_refused_here_with_the_reason(street: Street, clock: Clock) -> None:
    rules = HomeRules(
        find_unreached=lambda _fleet, _book: ("the last step of the response plan reaches nobody for 1 homes: h-0 (x)",)
    )
    with web(console_app(street, clock, home_rules=rules), follow_redirects=False) as browser:
        enter(browser, street, "nurse")
        sent = form_of(browser.get(EDIT).text, "/contacts") | {"contacts[0].gone": "yes"}
        refused = browser.post("/console/homes/h-0/contacts", data=sent)
    assert refused.status_code == 422
    assert "Contacts: the last step of the response plan would reach nobody" in refused.text


def test_strange_forms_are_refused_or_say_nothing(nurse: TestClient, street: Street) -> None:
    before, csrf = read(street), csrf_of(nurse.get(EDIT).text)
    for sent in (
        {"contacts[999].name": "x", "contacts[0].channels[7]": "yes"},
        {"contacts[0].name": "<script>alert(1)</script>"},
        {"contacts[0].order": "1e9", "contacts[0].name": "\u202e"},
    ):
        version = form_of(nurse.get(EDIT).text, "/contacts")["version"]
        answer = nurse.post("/console/homes/h-0/contacts", data={"csrf": csrf, "version": version, **sent})
        assert answer.status_code in {303, 422}
        assert "<script>alert" not in nurse.get(EDIT).text
    assert nurse.get("/homes/nobody/edit").status_code == 404
    assert read(street).residents == before.residents


def fill_in(html: str) -> dict[str, str]:
    sent = form_of(html, "").copy()
    return sent | {
        "id": "h-99",
        "area": "lane",
        "address": "99 Plum Lane",
        "residents[0].name": "Qin Po",
        "contacts[0].name": "Qin Er",
        "contacts[0].phone": "139-0000-0099",
        "devices[0].id": "wb-99",
        "devices[0].kind": "wristband",
    }


def test_a_home_is_added_and_its_test_alarm_is_seen_and_closed(guest: TestClient, street: Street) -> None:
    enter(guest, street, "supervisor")
    sent = fill_in(guest.get("/homes/new").text)
    refused = guest.post("/console/homes", data=sent | {"contacts[0].phone": "later"})
    assert (refused.status_code, 'value="99 Plum Lane"' in refused.text) == (422, True)
    added = guest.post("/console/homes", data=sent)
    assert (added.status_code, added.headers["location"]) == (303, "/homes/h-99/trial")
    home = read(street, "h-99")
    assert [(one.id, one.resident) for one in home.devices] == [("wb-99", home.residents[0].id)]
    page = guest.get("/homes/h-99/trial").text
    assert 'http-equiv="refresh"' not in page
    assert '<meta http-equiv="refresh" content="5">' in guest.get("/homes/h-99/trial?live=yes").text
    assert "Not arrived yet" in page
    assert "never heard" in page
    again = guest.post("/console/homes", data=sent)
    assert "is there already" in again.text


def test_an_alarm_that_has_arrived_is_closed_as_a_test(guest: TestClient, street: Street) -> None:
    enter(guest, street, "supervisor")
    alert = street.sos(0)
    page = guest.get("/homes/h-0/trial").text
    assert "Arrived: SOS pressed" in page
    sent = form_of(page, "/trial/close")
    assert guest.post("/console/homes/h-0/trial/close", data=sent).status_code == 422
    assert street.alert(alert.id).answer == "unacknowledged"
    sent |= {"note": "her son pressed, I am with her"}
    assert guest.post("/console/homes/h-0/trial/close", data=sent).status_code == 303
    assert street.alert(alert.id).answer == "resolved"
    assert guest.post("/console/homes/h-0/trial/close", data=sent).status_code == 409


def test_whoever_manages_no_homes_adds_none(nurse: TestClient) -> None:
    assert nurse.get("/homes/new").status_code == 403


def test_quiet_hours_notes_and_a_robot_are_entered_and_refused_at_their_fields(nurse: TestClient, street: Street) -> None:
    sent = form_of(nurse.get(EDIT).text, "/contacts")
    wrong = sent | {"contacts[0].quiet_from": "22:00", "contacts[0].new_kind": "robot", "contacts[0].new_address": "no address"}
    refused = nurse.post("/console/homes/h-0/contacts", data=wrong | {"contacts[0].new.method": "SEND"})
    assert refused.status_code == 422
    for name, fault in (
        ("quiet_to", "is missing"),
        ("new_address", "is not a web address"),
        ("new.success", "is missing"),
        ("new.method", "is not one of"),
    ):
        place = rf'name="contacts\[0\]\.{re.escape(name)}"[^>]*aria-invalid=true[^>]*><strong class="fault">{re.escape(fault)}'
        assert re.search(place, refused.text), name
    right = sent | {"contacts[0].quiet_from": "22:00", "contacts[0].quiet_to": "07:00", "contacts[0].quiet_for": "low"}
    right |= {"contacts[0].wants_weekly": "yes", "contacts[0].new_kind": "dingtalk_robot"}
    right |= {"contacts[0].new_address": "https://oapi.example.invalid/robot/send", "contacts[0].new.secret": "SECabcdefgh12"}
    assert nurse.post("/console/homes/h-0/contacts", data=right).status_code == 303
    one = read(street).contacts[0]
    assert one.quiet_hours is not None
    assert (one.quiet_hours.starts, one.quiet_hours.ends, one.wants_weekly) == (22 * 60, 7 * 60, True)
    assert [priority.value for priority in one.quiet_hours.priorities] == ["low"]
    assert one.channels[-1].params["secret"] == "SECabcdefgh12"
    html = nurse.get(EDIT).text
    assert 'name="contacts[0].quiet_from" value="22:00"' in html
    assert ("SECabcdefgh12" in html, "oapi.example" in html) == (False, False)
    empty = form_of(html, "/contacts") | {"contacts[0].quiet_from": "", "contacts[0].quiet_to": ""}
    assert nurse.post("/console/homes/h-0/contacts", data=empty).status_code == 303
    assert read(street).contacts[0].quiet_hours is None


def test_a_change_says_what_was_and_what_became_as_far_as_the_role_sees_it(nurse: TestClient, street: Street) -> None:
    sent = form_of(nurse.get(EDIT).text, "/contacts") | {"contacts[0].phone": "139-0000-0042", "contacts[1].gone": "yes"}
    assert nurse.post("/console/homes/h-0/contacts", data=sent).status_code == 303
    html = nurse.get(EDIT).text
    row = re.search(r'<th scope="row">Contacts · Daughter Lin · Telephone</th><td[^>]*>([^<]*)</td><td[^>]*>([^<]*)</td>', html)
    assert row
    assert row[2] == "139-0000-0042"
    assert re.search(r"Contacts · Mr Plum · Name</th><td[^>]*>Mr Plum</td><td[^>]*>nothing</td>", html)
    add_account(street.store, "installer-1", "installer@lane")
    nurse.cookies.clear()
    assert sign_in(nurse, street.store, "installer-1").status_code == 303
    masked = nurse.get(EDIT).text
    assert "Contacts" in masked
    assert [text for text in ("139-0000-0042", "Mr Plum", "Daughter Lin") if text in masked] == []


def test_an_announced_test_marks_what_somebody_raises_meanwhile_and_holds_nothing_back(
    guest: TestClient, street: Street, clock: Clock
) -> None:
    enter(guest, street, "installer")
    before = street.open("smoke", 0, minutes_ago=5)
    html = guest.get("/homes/h-0/trial").text
    clock.now += 1_000
    assert guest.post("/console/homes/h-0/trial/announce", data=form_of(html, "/trial/announce")).status_code == 303
    html = guest.get("/homes/h-0/trial").text
    assert "test announced by installer-1 until" in html
    during, other = street.sos(0, 0), street.sos(1, 0)
    quiet = street.open("no_sign_of_life", 0, minutes_ago=0)
    clock.now += 60_000
    over = form_of(html, "/trial/announce")
    assert over["over"] == "yes"
    assert guest.post("/console/homes/h-0/trial/announce", data=over).status_code == 303
    assert "test announced" not in guest.get("/homes/h-0/trial").text
    clock.now += 60_000
    after = street.open("fall", 0, minutes_ago=0)
    add_account(street.store, "desk-2", "desk")
    assert sign_in(guest, street.store, "desk-2").status_code == 303
    cards = {one.id: guest.get(f"/?alert={one.id}").text.split('id="card"')[1] for one in (before, during, other, quiet, after)}
    assert [name for name, card in cards.items() if "test announced by installer-1" in card] == [during.id]
    assert all('class="primary">Take' in card for card in cards.values())
    enter(guest, street, "supervisor")
    sent = {"csrf": csrf_of(guest.get("/homes/h-3/trial").text)}
    assert guest.post("/console/homes/h-3/trial/announce", data=sent).status_code == 303
    pressed = street.sos(3, 0)
    row = guest.get("/").text.split(f'<li id="row-{pressed.id}"')[1].split("</li>")[0]
    assert '<b class="test-mark">test announced by supervisor-1 until' in row


def form_of_new_device(html: str) -> dict[str, str]:
    """What a browser would send of the form that adds a device; the forms before it replace one."""
    return form_of(html.split("Add a device")[1], "/devices")


def test_a_device_of_a_maker_is_added_with_its_form_its_address_and_whether_it_asks(street: Street, clock: Clock) -> None:
    rules = HomeRules(fields=FieldRules(codecs=("native", "wmbusmeters", "zigbee2mqtt")))
    with web(console_app(street, clock, home_rules=rules), follow_redirects=False) as browser:
        enter(browser, street, "installer")
        browser.headers["accept-language"] = "en"
        sent = form_of_new_device(browser.get(EDIT).text)
        lamp = {
            "devices[0].id": "lamp-1",
            "devices[0].kind": "lamp",
            "devices[0].codec": "zigbee2mqtt",
            "devices[0].may_ask": "yes",
        }
        assert browser.post("/console/homes/h-0/devices", data=sent | lamp).status_code == 303
        meter = {"devices[0].id": "cold-1", "devices[0].kind": "water_meter", "devices[0].codec": "wmbusmeters"}
        said = {"devices[0].address": "12345678", "devices[0].litres_per_pulse": "2.5", "devices[0].gateway": "gw-1"}
        assert browser.post("/console/homes/h-0/devices", data=sent | meter | said).status_code == 303
        wrong = {"devices[0].id": "x-1", "devices[0].kind": "water_meter", "devices[0].litres_per_pulse": "ten"}
        refused = browser.post("/console/homes/h-0/devices", data=sent | wrong | {"devices[0].may_ask": "yes"})
    assert refused.status_code == 422
    assert "nobody can be asked on a device of this kind and codec" in refused.text.split("Add a device")[1]
    assert 'value="ten"' in refused.text
    assert "is not a number" in refused.text.split("Add a device")[1]
    found = {one.id: one for one in read(street).devices}
    assert (found["lamp-1"].codec, found["lamp-1"].may_ask) == ("zigbee2mqtt", True)
    cold = found["cold-1"]
    assert (cold.codec, cold.address, cold.litres_per_pulse, cold.gateway) == ("wmbusmeters", "12345678", 2.5, "gw-1")
    assert cold.may_ask is None


def test_a_refused_device_keeps_what_was_folded_away(nurse: TestClient, street: Street) -> None:
    add_account(street.store, "installer-2", "installer@lane")
    sign_in(nurse, street.store, "installer-2")
    sent = form_of_new_device(nurse.get(EDIT, headers={"accept-language": "en"}).text)
    typed = {"devices[0].id": "lamp-2", "devices[0].kind": "lamp", "devices[0].may_ask": "maybe"}
    html = nurse.post("/console/homes/h-0/devices", data=sent | typed, headers={"accept-language": "en"}).text
    form = html.split("Add a device")[1]
    assert '<details class="sure" open>' in form
    assert "is neither yes nor no" in form
