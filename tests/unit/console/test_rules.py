"""The pages of rules: what holds and from where; a change by one person or two; hostile text stays text."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from homebeat.console.rules.form import list_kinds
from homebeat.console.rules.names import name_setting, read_span, write_span
from homebeat.domain.fleet import Fleet
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.setting_change import SettingChange
from homebeat.rules.catalogue import RULES
from homebeat.settings.plan import RulePlan
from homebeat.wording import Wording
from tests.people import add_account, sign_in
from tests.unit.api.street import NOON, Street, fleet
from tests.unit.console.fixtures import csrf_of

EN = {"Accept-Language": "en"}
PAGE = "/settings/rules/no_water?area=lane"


def enter(guest: TestClient, street: Street, name: str, role: str = "supervisor@town") -> None:
    with street.store.read(EVERYTHING) as reader:
        known = reader.accounts.find(name)
    if known is None:
        add_account(street.store, name, role)
    guest.cookies.clear()
    assert sign_in(guest, street.store, name).status_code == 303


def send(guest: TestClient, path: str, **fields: str) -> tuple[int, str]:
    csrf = csrf_of(guest.get("/account").text)
    answer = guest.post(path, data={"csrf": csrf, "area": "lane", **fields}, headers=EN)
    return answer.status_code, answer.text


def change(guest: TestClient, newest: str = "0", rule: str = "no_water", **fields: str) -> tuple[int, str]:
    typed = {f"rule.{name}": value for name, value in fields.items() if name != "reason"}
    return send(guest, "/console/rules", rule=rule, newest=newest, reason=fields.get("reason", ""), **typed)


def in_force(street: Street) -> list[SettingChange]:
    with street.store.read(EVERYTHING) as reader:
        return reader.setting_changes.list_in_force()


def test_one_person_changes_a_small_area_sees_from_where_it_comes_and_undoes(guest: TestClient, street: Street) -> None:
    enter(guest, street, "ann")
    page = guest.get(PAGE, headers=EN).text
    assert ('name="rule.litres" value="10"' in page, "in force at once" in page, "from: default" in page) == (True, True, True)
    hostile = '"><script>alert(1)</script>'
    assert change(guest, enabled="yes", litres="4,5", window="1 d", reason=hostile)[0] == 303
    (held,) = in_force(street)
    assert (held.area, held.after) == ("lane", {"enabled": True, "litres": 4.5, "window": "P1D"})
    page = guest.get("/settings/rules?area=lane", headers=EN).text
    assert "console · Plum Lane · ann" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "not tried on the past" in page
    assert change(guest, litres="3")[0] == 409, "made from what was there before"
    assert send(guest, f"/console/settings/{held.id}/undo")[0] == 303
    assert in_force(street)[0].after is None
    # what an empty field, or one that says what lies beneath, says: nothing
    status, text = change(guest, str(in_force(street)[0].id), litres="10", window="")
    assert (status, "this is what holds already" in text) == (422, True)


def test_what_cannot_be_used_is_said_at_its_field_and_what_was_typed_stays(guest: TestClient, street: Street) -> None:
    enter(guest, street, "ann")
    status, page = change(guest, litres="many", window="soon", reason="why not")
    assert (status, page.count("aria-invalid=true")) == (422, 2)
    assert ('value="many"' in page, 'value="why not"' in page, "such as 8 h" in page) == (True, True, True)
    assert change(guest, window="900 d")[0] == 422
    status, page = change(guest, rule="sos", enabled="no")
    assert (status, in_force(street)) == (422, [])
    assert "Only the settings file can change this rule." in page
    assert guest.get("/settings/rules/no_such_rule?area=lane").status_code == 404
    assert guest.get("/settings/rules?area=nowhere").status_code == 404
    assert guest.post("/console/rules", data={"rule": "no_water", "newest": "0"}).status_code == 403


def test_a_large_one_takes_a_second_person(guest: TestClient, street: Street) -> None:
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(fleet(0).areas, fleet(21).households), NOON)
    enter(guest, street, "ann")
    assert change(guest, enabled="yes", reason="frost")[0] == 303
    assert in_force(street) == []
    number = re.search(r"/console/settings/(\d+)/withdraw", guest.get(PAGE).text)
    assert number is not None
    decide = f"/console/settings/{number[1]}/decide"
    status, page = send(guest, decide, accepts="yes")
    assert (status, "another person decides" in page, in_force(street)) == (403, True, [])
    enter(guest, street, "bo")
    assert decide in guest.get("/settings/rules?area=lane").text
    assert send(guest, decide)[0] == 422, "to refuse, say why"
    assert send(guest, decide, accepts="yes")[0] == 303
    assert [one.decided_by for one in in_force(street)] == ["user:bo"]


def test_whoever_has_one_area_sees_it_and_changes_nothing_everywhere(guest: TestClient, street: Street) -> None:
    enter(guest, street, "near", "supervisor@lane")
    page = guest.get("/settings/rules", headers=EN).text
    assert '<option value="">' not in page
    assert guest.get("/settings/rules?area=other").status_code == 404
    csrf = csrf_of(guest.get("/account").text)
    refused = guest.post("/console/rules", data={"csrf": csrf, "rule": "no_water", "newest": "0", "area": "", "rule.litres": "5"})
    assert (refused.status_code, in_force(street)) == (403, [])
    links = re.findall(r'<li><a href="(/settings/[a-z]+)"', guest.get("/settings").text)
    assert links == ["/settings/rules", "/settings/guides", "/settings/rotas", "/settings/channels"]


@pytest.mark.parametrize("seconds", [1, 90, 5_400, 129_600, 2_419_200])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_duration_is_read_as_it_is_written(language: str, seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert read_span(write_span(span, Wording(language))) == span


@pytest.mark.parametrize("text", ["", "8", "h", "8 x", "8 h soon", "-8 h", "0 h", "P", "八 h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        read_span(text)


def test_every_setting_of_every_rule_has_a_name() -> None:
    words, plan = Wording("en"), RulePlan(RULES)
    assert [(code, name) for code in RULES for name in list_kinds(plan, code) if name_setting(code, name, words) == name] == []
