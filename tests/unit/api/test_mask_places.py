"""What is masked by where it lies now: homes that moved, alerts about no home, messages of nobody's device."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from homebeat.actions import AddNote
from homebeat.api import create_app
from homebeat.domain.alert import Alert, Reason, Subject, resolve
from homebeat.domain.alert import Outcome as Found
from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import AreaId, DeviceId
from homebeat.domain.inbound import Quarantined, QuarantineReason
from homebeat.domain.principal import Grant
from homebeat.store.alert.writes import AlertWrites
from tests.people import add_account, add_key, person, sign_in
from tests.unit.api.fixtures import api_context, web
from tests.unit.api.street import HOUR, Clock, Street, fleet
from tests.unit.console.fixtures import console_app

SAID = "the key is under the quince"


def close(street: Street, alert: Alert) -> None:
    with street.store.begin() as tx:
        closed, step = resolve(street.alert(alert.id), street.clock(), "user:somebody", Found.FINE)
        AlertWrites(tx).apply(closed, step)


def move(street: Street, home: int, area: str) -> None:
    before = fleet(street.homes)
    homes = tuple(replace(one, area=AreaId(area)) if one.id == f"h-{home}" else one for one in before.households)
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, homes), street.clock())


@pytest.mark.parametrize("is_open", [True, False])
def test_the_address_of_a_home_that_moved_goes_by_where_it_lies_now(street: Street, clock: Clock, is_open: bool) -> None:
    """A nurse of the lane is an installer of the other area: an old alert of the lane does not show them an address there."""
    add_account(street.store, "both", "nurse@lane", "installer@other")
    alert = street.sos(3)
    if not is_open:
        close(street, alert)
    with web(console_app(street, clock)) as browser:
        sign_in(browser, street.store, "both")
        page = f"/console/card/{alert.id}"
        assert "4-103" in browser.get(page).text
        move(street, 3, "other")
        html = browser.get(page).text
        assert "赵德明" in html
        assert "4-103" not in html


def about_none(street: Street, kind: str) -> Alert:
    subject = Subject(area=AreaId("lane")) if kind == "area" else Subject(device=DeviceId("x-9"))
    return street.open_about(subject, "mass_silence" if kind == "area" else "unregistered_alarm", Reason("sos", {"since_at": 1}))


def ask(street: Street, clock: Clock, role: str, path: str, area: str | None = None, **more: Any) -> Any:
    add_key(street.store, "its-secret", role, f"of-{role}", area=area)
    with web(create_app(api_context(street.store, clock))) as client:
        return client.get(f"/api/v1/{path}", headers={"Authorization": "Bearer its-secret"}, **more).json()


@pytest.mark.parametrize("kind", ["area", "device"])
@pytest.mark.parametrize(
    ("role", "is_shown"),
    [("desk", True), ("nurse", True), ("supervisor", True)]
    + [(role, False) for role in ("responder", "installer", "admin", "integrator")],
)
def test_remarks_on_an_alert_about_no_home_are_for_whom_the_table_names(
    role: str, kind: str, street: Street, clock: Clock, *, is_shown: bool
) -> None:
    alert = about_none(street, kind)
    api_context(street.store, clock).perform(person("somebody", "desk"), AddNote(alert.id, SAID))
    found = ask(street, clock, role, f"alerts/{alert.id}", "lane")
    assert found["history"][-1]["note"] == (SAID if is_shown else "[hidden]")
    assert found["hidden"] == ([] if is_shown else ["notes"])


def set_aside(street: Street, device: str, hours_ago: int) -> None:
    topic, at = f"homebeat/v1/{device}/readings", street.clock() - hours_ago * HOUR
    with street.store.begin() as tx:
        tx.quarantine.add([Quarantined(topic, b'{"heart_rate_bpm":131', at, QuarantineReason.NOT_JSON, "at 131")])


@pytest.mark.parametrize("role", ["desk", "nurse", "responder", "supervisor", "installer", "admin", "integrator"])
def test_what_nobodys_device_measured_is_for_roles_that_see_measurements(role: str, street: Street, clock: Clock) -> None:
    """In the whole installation, where the bytes are read at all."""
    set_aside(street, "x-9", 1)
    (item,) = ask(street, clock, role, "quarantine")["items"]
    is_shown = role not in {"installer", "admin", "integrator"}
    assert ("131" in item["payload"], "131" in item["detail"]) == (is_shown, is_shown)
    assert item["topic"] == "homebeat/v1/x-9/readings"


def test_messages_from_before_the_hours_that_a_role_sees_are_masked(street: Street, clock: Clock) -> None:
    street.sos(3)
    for hours in (1, 3):
        set_aside(street, "b-3", hours)
    shown = {item["payload"] for item in ask(street, clock, "responder", "quarantine")["items"]}
    assert shown == {'{"heart_rate_bpm":131', "[hidden]"}


def test_two_roles_in_two_areas_see_the_remarks_on_an_alert_about_homebeat_itself(street: Street, clock: Clock) -> None:
    """It lies in no area, so that each role counts."""
    alert = about_none(street, "device")
    api_context(street.store, clock).perform(person("somebody", "desk"), AddNote(alert.id, SAID))
    add_key(street.store, "both", "installer", "of-both", area="lane")
    with street.store.begin() as tx:
        tx.accounts.give("key:of-both", Grant("desk", AreaId("other")), "command:test", 0)
    with web(create_app(api_context(street.store, clock))) as client:
        found = client.get(f"/api/v1/alerts/{alert.id}", headers={"Authorization": "Bearer both"}).json()
    assert found["history"][-1]["note"] == SAID
