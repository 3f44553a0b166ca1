"""Work on devices that was planned: what devices say of themselves waits, what is about people does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from homebeat.actions import LiftSilence, PlanMaintenance
from homebeat.api import create_app
from homebeat.domain.alert import Edge, Priority, Subject, TransitionKind
from homebeat.domain.errors import Incomplete, NotFound
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId
from homebeat.store import Store
from tests.contract.response.street import quiet
from tests.contract.response.test_silences import BOSS, ELSEWHERE, HOUR, WHY, Quiet
from tests.contract.store.conftest import T0
from tests.people import add_key
from tests.unit.api.fixtures import api_context, web

LANE, HOME, METER = AreaId("lane"), HouseholdId("h1"), DeviceId("h1-meter")


def of_device(rule: str = "device_silent", device: str = "h1-meter", home: str = "h1", at: int = T0) -> Edge:
    made = replace(quiet(rule, home, Priority.LOW), subject=Subject(HouseholdId(home), None, DeviceId(device)))
    return replace(made, at=at, since=at, onset=at)


@pytest.mark.parametrize("rule", ["device_silent", "device_battery_low", "device_tamper", "meter_fault", "not_worn"])
def test_what_devices_say_waits_until_the_work_is_done(store: Store, rule: str) -> None:
    town = Quiet(store)
    made = town.act(BOSS, PlanMaintenance(WHY, HOUR, household=HOME))
    alert = town.happens(of_device(rule))
    over = town.happens(of_device(rule, "h1-band"))
    town.over(of_device(rule, "h1-band"))
    assert town.wait(59) == []
    assert town.list_open() == []
    town.wait(1)
    assert town.list_open() == [alert]
    assert over not in town.list_open()
    assert town.silence(made.id).held == 2


@pytest.mark.parametrize("rule", ["no_sign_of_life", "unknown_too_long", "sos", "fall", "smoke", "gas", "heart_rate"])
def test_what_is_about_a_person_opens_and_says_that_there_is_work(store: Store, rule: str) -> None:
    town = Quiet(store)
    town.act(BOSS, PlanMaintenance(WHY, HOUR, area=AreaId("town")))
    is_call = rule in {"sos", "fall", "smoke", "gas"}
    alert = town.happens(quiet(rule, priority=Priority.CRITICAL if is_call else Priority.HIGH))
    assert town.alert(alert).reason.params.get("maintained_at") == (None if is_call else T0 + HOUR)
    assert town.take_notices(), "somebody is told at once"


def test_work_begins_when_it_was_planned_for_and_can_be_called_off(store: Store) -> None:
    town = Quiet(store)
    made = town.act(BOSS, PlanMaintenance(WHY, HOUR, T0 + HOUR, area=LANE))
    before = town.happens(of_device())
    assert town.list_open() == [before]
    town.wait(60)
    held = town.happens(of_device(device="h2-meter", home="h2", at=town.now))
    assert town.list_open() == [before]
    assert "maintained_at" not in town.alert(town.happens(quiet(home="h3"))).reason.params, "another area"
    town.act(BOSS, LiftSilence(made.id))
    town.wait(1)
    assert held in town.list_open()


def test_one_device_of_a_home(store: Store) -> None:
    town = Quiet(store)
    town.act(BOSS, PlanMaintenance(WHY, HOUR, household=HOME, device=METER))
    town.happens(of_device())
    band = town.happens(of_device(device="h1-band"))
    assert town.list_open() == [band]
    assert "maintained_at" in town.alert(town.happens(quiet())).reason.params


def test_an_alert_that_says_so_is_decided_on_once(store: Store) -> None:
    town = Quiet(store)
    town.act(BOSS, PlanMaintenance(WHY, HOUR, area=LANE))
    alert = town.happens(quiet())
    assert town.happens(quiet()) == alert
    assert [what for _, what, _ in town.history(alert)] == ["opened"]
    town.happens(replace(quiet(), kind=TransitionKind.CLEARED))
    assert [what for _, what, _ in town.history(alert)] == ["opened", "cleared"]


def test_where_and_how_long(store: Store) -> None:
    town = Quiet(store)
    places: list[dict[str, Any]] = [{}, {"area": LANE, "household": HOME}, {"device": METER}, {"area": LANE, "device": METER}]
    for place in places:
        with pytest.raises(Incomplete):
            town.act(BOSS, PlanMaintenance(WHY, HOUR, **place))
    for lasts, starts in ((0, None), (7 * 24 * HOUR + 1, None), (HOUR, T0 + 91 * 24 * HOUR)):
        with pytest.raises(Incomplete):
            town.act(BOSS, PlanMaintenance(WHY, lasts, starts, area=LANE))
    for place in ({"area": LANE}, {"household": HOME}, {"household": HouseholdId("nowhere")}):
        with pytest.raises(NotFound):
            town.act(ELSEWHERE, PlanMaintenance(WHY, HOUR, **place))


def test_a_device_is_named_with_the_home_that_it_stands_in(store: Store) -> None:
    town = Quiet(store)
    for device in ("h2-meter", "no-such-device"):
        with pytest.raises(NotFound):
            town.act(BOSS, PlanMaintenance(WHY, HOUR, household=HOME, device=DeviceId(device)))
    alert = town.happens(of_device(device="h2-meter", home="h2"))
    assert town.list_open() == [alert], "whoever may silence one home holds back nothing of another"


def test_at_the_api(store: Store) -> None:
    town = Quiet(store)
    for role in ("responder", "supervisor"):
        add_key(store, f"the-secret-of-{role}", role, role, area="lane")

    def call(role: str, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer the-secret-of-{role}"}
        return client.request(method, f"/api/v1/{path}", headers=headers, **more)

    wanted = {"household": "h1", "reason": WHY, "minutes": 30, "from": "2026-01-01T02:00:00Z"}
    with web(create_app(api_context(store, lambda: town.now))) as client:
        assert call("responder", "POST", "maintenance", json=wanted).status_code == 403
        made = call("supervisor", "POST", "maintenance", json=wanted)
        assert made.status_code == 200, made.text
        item = made.json()
        assert (item["rule"], item["subject"], item["starts_at"]) == ("maintenance", "household:h1", "2026-01-01T02:00:00Z")
        assert [one["id"] for one in call("responder", "GET", "silences").json()["items"]] == [item["id"]], "seen beforehand"
        assert call("supervisor", "POST", "maintenance", json={"reason": WHY, "minutes": 9}).status_code == 422
