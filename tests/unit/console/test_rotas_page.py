"""Rotas are made, changed, retired and put back on a page; what would be left open is said before anything is written."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from homebeat.domain.fleet import Responder, ResponderKind
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.scope import EVERYTHING
from homebeat.store import RotaEntry
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import NOON, Clock, Street, fleet
from tests.unit.console.fixtures import csrf_of

ENGLISH = {"Accept-Language": "en"}
PEOPLE = tuple(
    Responder(ResponderId(name), name.title(), ResponderKind.DESK, (AreaId(area),))
    for name, area in (("li", "lane"), ("wang", "lane"), ("zhao", "other"))
)
NEW = {
    "area": "lane",
    "rota": "",
    "version": "0",
    "kind": "desk",
    "timezone": "Asia/Shanghai",
    "from": "2026-03-01",
    "shifts[0].name": "day",
    "shifts[0].from": "08:00",
    "shifts[0].to": "20:00",
    "shifts[0].who[0]": "li",
    "shifts[0].who[1]": "wang",
    "shifts[3].name": "night",
    "shifts[3].days.mon": "yes",
    "shifts[3].days.rest_day": "yes",
    "shifts[3].from": "20:00",
    "shifts[3].to": "08:00",
    "shifts[3].who[0]": "wang",
}


@pytest.fixture
def boss(guest: TestClient, street: Street, clock: Clock) -> TestClient:
    with street.store.begin() as tx:
        tx.fleet.apply(replace(fleet(street.homes), responders=PEOPLE), NOON)
    add_account(street.store, "boss", "supervisor@lane")
    sign_in(guest, street.store, "boss", now=clock())
    return guest


def find(street: Street, rota: str = "lane-desk") -> RotaEntry | None:
    with street.store.read(EVERYTHING) as reader:
        return reader.rotas.find_entry(RotaId(rota))


def send(boss: TestClient, form: dict[str, str], path: str = "/console/rotas") -> tuple[int, str]:
    csrf = csrf_of(boss.get("/settings/rotas/edit?area=lane").text)
    answer = boss.post(path, data=form | {"csrf": csrf}, headers=ENGLISH)
    return answer.status_code, answer.text


def on_duty(street: Street) -> list[str]:
    with street.store.read(EVERYTHING) as reader:
        return [one.responder for one in reader.rotas.find_duty([AreaId("lane")], NOON)[AreaId("lane")].now]


def test_a_rota_is_shown_before_it_is_written_and_its_gaps_have_to_be_accepted(boss: TestClient, street: Street) -> None:
    status, page = send(boss, NEW | {"do": "ask"})
    assert (status, find(street)) == (200, None)
    assert "Nothing is written yet" in page
    assert page.count('class="rota"') == 5
    assert len(re.findall(r'<li class="gap-mark">', page)) == 16, "Tuesday to Friday nights of four weeks"
    assert 'value="wang" selected' in page, "what was typed stands there again"
    status, page = send(boss, NEW | {"do": "save"})
    assert (status, "tick that they stay" in page, find(street)) == (422, True, None)
    assert send(boss, NEW | {"do": "save", "accepts": "yes"})[0] == 303
    assert on_duty(street) == ["li"]
    entry = find(street)
    assert entry is not None
    assert (entry.version, entry.kept_since, [one.who for one in entry.rota.shifts]) == (1, NOON, [("li", "wang"), ("wang",)])
    listed = boss.get("/settings/rotas", headers=ENGLISH).text
    assert "kept in the console" in listed
    assert "Times without anybody on duty in four weeks: 16" in listed


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"shifts[0].from": "8am"}, "is not a time of the clock"),
        ({"shifts[0].who[0]": "zhao"}, "there is no such responder among yours"),
        ({"shifts[3].name": "day"}, "is there already"),
        ({"timezone": "Moon/Dark"}, "is not a time zone"),
        ({"from": ""}, "is missing"),
    ],
)
def test_what_is_wrong_is_named_beside_the_field(boss: TestClient, street: Street, change: dict[str, str], says: str) -> None:
    status, page = send(boss, NEW | change | {"do": "save", "accepts": "yes"})
    assert (status, says in page, find(street)) == (422, True, None)


def test_a_change_is_put_back_and_what_was_retired_comes_back(boss: TestClient, street: Street) -> None:
    always = {name: text for name, text in NEW.items() if ".days." not in name} | {"do": "save"}
    assert send(boss, always)[0] == 303
    changed = always | {"rota": "lane-desk", "version": "1", "shifts[0].who[0]": "wang", "shifts[0].who[1]": ""}
    assert send(boss, changed)[0] == 303
    assert on_duty(street) == ["wang"]
    assert send(boss, changed)[0] == 409, "somebody has changed it meanwhile"
    assert send(boss, {"version": "2"}, "/console/rotas/lane-desk/undo")[0] == 303
    assert on_duty(street) == ["li"]
    assert send(boss, {"version": "3"}, "/console/rotas/lane-desk/retire")[0] == 303
    assert on_duty(street) == []
    assert "Bring it back" in boss.get("/settings/rotas", headers=ENGLISH).text
    assert send(boss, {"version": "4"}, "/console/rotas/lane-desk/undo")[0] == 303
    assert on_duty(street) == ["li"]
    with street.store.read(EVERYTHING) as reader:
        acts = [one.action for one in reader.audit.read_page(50).items if one.about == "rota:lane-desk"]
    assert acts == ["undo_rota_change", "retire_rota", "undo_rota_change", "set_rota", "set_rota"]


def test_only_who_arranges_duty_there_may_write_it(boss: TestClient, street: Street) -> None:
    status, page = send(boss, NEW | {"area": "other", "do": "save", "accepts": "yes"})
    assert (status, "you do not arrange duty" in page, find(street, "other-desk")) == (403, True, None)
    assert boss.get("/settings/rotas/edit?area=other").status_code == 404
