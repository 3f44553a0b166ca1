"""The pages of response plans: what holds here, choosing another, and a plan of one's own by a form of steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from homebeat.actions.live_book import LiveBook
from homebeat.domain.ids import AreaId
from homebeat.domain.scope import EVERYTHING
from homebeat.response.setup import ResponseSetup
from homebeat.rules.catalogue import RULES
from homebeat.settings.model import InForce, Settings
from homebeat.settings.plan import RulePlan
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient, web
from tests.unit.api.street import NOON, Clock, Street, fleet
from tests.unit.console.fixtures import console_app, csrf_of
from tests.unit.console.test_home import form_of

EN = {"Accept-Language": "en"}
FILE = InForce(Settings(), RulePlan(RULES))
OWN = {
    "name": "night",
    "newest": "0",
    "steps[0].who": "family",
    "steps[0].wait": "5 min",
    "steps[0].in_turn": "yes",
    "steps[2].who": "desk",
    "steps[2].wait": "1 h",
}


@pytest.fixture
def office(street: Street, clock: Clock) -> Iterator[TestClient]:
    setup = ResponseSetup(find_book=LiveBook(FILE))
    with web(console_app(street, clock, base=FILE, setup=setup), follow_redirects=False) as browser:
        for name, role in (("root", "admin"), ("boss", "supervisor@lane")):
            add_account(street.store, name, role)
        yield browser


def enter(office: TestClient, street: Street, name: str) -> None:
    office.cookies.clear()
    assert sign_in(office, street.store, name).status_code == 303


def send(office: TestClient, path: str, **fields: str) -> tuple[int, str]:
    answer = office.post(path, data={"csrf": csrf_of(office.get("/account").text), **fields}, headers=EN)
    return answer.status_code, answer.text


def holds(street: Street, rule: str) -> str:
    with street.store.read(EVERYTHING) as reader:
        return LiveBook(FILE)(reader).choose(rule, "", [AreaId("lane"), AreaId("town")]).name


def test_a_supervisor_chooses_a_plan_for_their_area_and_for_a_rule_and_undoes_it(office: TestClient, street: Street) -> None:
    enter(office, street, "boss")
    page = office.get("/settings/plans", headers=EN).text
    assert "Family and desk at once" in page
    assert "a call for help: only by the settings file" in page
    assert "Make a plan of your own" not in page, "a plan belongs to no area"
    fields = {"area": "lane", "newest": "0", "plan": "desk_only", "new_rule": "no_water", "new_plan": "everybody"}
    assert send(office, "/console/plans/choice", **fields)[0] == 303
    assert (holds(street, "no_water"), holds(street, "water_running"), holds(street, "sos")) == (
        *("everybody", "desk_only", "everybody"),
    )
    page = office.get("/settings/plans?area=lane", headers=EN).text
    assert "<strong>The desk alone</strong>" in page
    assert "Plan: from as without the console (now Family and desk at once) to The desk alone" in page
    assert 'name="rule.no_water"' in page
    assert send(office, "/console/plans/choice", **fields)[0] == 409, "somebody has changed it since"
    status, page = send(office, "/console/plans/choice", area="lane", newest="1", new_rule="sos", new_plan="desk_only")
    assert (status, "By this rule a device calls for help" in page) == (422, True)
    assert send(office, "/console/settings/1/undo", area="lane")[0] == 303
    assert holds(street, "no_water") == "both_at_once"


def test_a_plan_of_ones_own_is_made_changed_and_taken_away(office: TestClient, street: Street) -> None:
    enter(office, street, "root")
    status, page = send(office, "/console/plans/own", **{**OWN, "steps[2].who": "family"})
    assert (status, "A plan never ends in silence" in page) == (422, True)
    status, page = send(office, "/console/plans/own", **{**OWN, "steps[0].wait": "soon"})
    assert (status, "Write a duration" in page, 'value="soon"' in page) == (422, True, True)
    assert send(office, "/console/plans/own", **OWN)[0] == 303
    page = office.get("/settings/plans", headers=EN).text
    assert "one after the other" in page
    assert "Step 2: from no such step to the desk, then wait 1 h" in page
    assert send(office, "/console/plans/choice", area="", newest="0", plan="night")[0] == 303
    assert holds(street, "no_water") == "night"
    status, page = send(office, "/console/plans/own", **OWN | {"newest": "1", "do": "remove"})
    assert (status, "Choose another there first" in page) == (409, True)
    assert send(office, "/console/plans/own", **OWN | {"newest": "1", "steps[2].wait": "30 min"})[0] == 303
    assert holds(street, "no_water") == "night", "it holds on with its new steps"
    assert send(office, "/console/plans/choice", area="", newest="2")[0] == 303
    assert send(office, "/console/plans/own", **OWN | {"newest": "3", "do": "remove"})[0] == 303
    assert holds(street, "no_water") == "both_at_once"


def test_a_home_is_given_a_plan_of_the_console_by_its_name(office: TestClient, street: Street) -> None:
    enter(office, street, "root")
    assert send(office, "/console/plans/own", **OWN)[0] == 303
    enter(office, street, "boss")
    edit = "/homes/h-0/edit"
    html = office.get(edit, headers=EN).text
    assert '<option value="night">night (made in the console)</option>' in html
    assert '<option value="desk_only">The desk alone</option>' in html
    assert office.post("/console/homes/h-0/place", data=form_of(html, "/place") | {"plan": "night"}).status_code == 303
    assert '<option value="night" selected>' in office.get(edit, headers=EN).text
    enter(office, street, "root")
    for path, fields in (("/console/plans/own", OWN | {"newest": "1", "do": "remove"}), ("/console/settings/1/undo", {})):
        status, page = send(office, path, **fields)
        assert (status, "1 homes name this plan" in page) == (409, True)
    with street.store.begin() as tx:
        tx.fleet.apply(replace(fleet(1), households=(replace(fleet(1).households[0], plan="gone"),)), NOON, take_back=True)
    assert "gone: there is no such plan any more" in office.get(edit, headers=EN).text
