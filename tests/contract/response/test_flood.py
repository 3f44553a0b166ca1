"""Golden scenarios of one cause and many homes: from readings through engine, store, outbox and API, on both databases."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, select

from homebeat import actions
from homebeat.actions import FollowEdges, perform_in
from homebeat.api import create_app
from homebeat.domain.alert import Answer, Condition, Edge, Outcome, Priority, Reason, Subject, TransitionKind
from homebeat.domain.cause import LONG_PATIENCE_MS, PATIENCE_MS
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId
from homebeat.domain.principal import ENGINE
from homebeat.domain.role import Role
from homebeat.domain.service_alerts import make_edge
from homebeat.store import Store
from homebeat.store.notice.tables import outbox
from tests.contract.response.flood import HERON, Heron
from tests.contract.response.street import MINUTE
from tests.contract.store.conftest import T0
from tests.people import add_key, person
from tests.unit.api.fixtures import api_context, web

CHEN = person("chen", Role.DESK)
EVERYBODY = set(range(40))
STAFF = {"/wang", "/grid", "/care-co", "/zhou"}


def read_alert(store: Store, now: int, role: str, alert: str) -> Any:
    with web(create_app(api_context(store, lambda: now))) as client:
        found = client.get(f"/api/v1/alerts/{alert}", headers={"Authorization": f"Bearer the-secret-of-{role}"})
        assert found.status_code == 200, found.text
        return found.json()


def test_water_main_off_forty_homes(store: Store) -> None:
    """The main is shut from nine to nine: one alert with names, one message a responder; who does not come round is told of."""
    heron = Heron(store)
    heron.step = 20
    for role in ("desk", "integrator"):
        add_key(store, f"the-secret-of-{role}", role, role, area="heron")
    said = [one for hour in range(9) for one in heron.hour(hour, EVERYBODY if hour < 9 else set())]
    said += [one for hour in range(9, 13) for one in heron.hour(hour, set())]
    (main,) = heron.list_open()
    assert (heron.alert(main).rule, heron.alert(main).subject.area, heron.alert(main).desk) == ("area_outage", HERON, "care")
    assert not [one for one in said if one[1] not in STAFF], "no family is told of a burst pipe"
    said += [one for hour in range(13, 20) for one in heron.hour(hour, set())]
    opened = Counter(who for _, who, event in said if event == "alert.opened")
    assert opened == {"/grid": 1, "/zhou": 1}, "each of them once, not forty times"
    with store.begin() as tx:
        sent = {row.contact: row.payload["link"] for row in tx.connection.execute(select(outbox.c.contact, outbox.c.payload))}
    assert (sent["/grid"], sent["/zhou"]) == ("https://desk.example/v/", f"https://desk.example/?alert={main}")
    heron.step = 5
    heron.act(CHEN, actions.Acknowledge(main))
    assert heron.hour(20, set(), minutes=40) == [], "forty residents are quiet, and wait behind the alert that Chen has"
    heron.act(CHEN, actions.AddNote(main, "nine of them seen"))
    assert heron.until(21 * 60) == []
    assert heron.list_open() == [main]

    seen = read_alert(store, heron.now, "desk", main)
    homes = seen["homes"]
    assert [one["household"] for one in homes[:3]] == ["h-30", "h-1", "h-2"], (
        "who needs most first, then the oldest who live alone"
    )
    assert [one["residents"][0]["need"] for one in homes[:2]] == ["high", None]
    assert [one["household"] for one in homes[-1:]] == ["h-0"], "the two who have each other last"
    assert (len(homes), homes[1]["residents"][0]["name"], homes[1]["workers"]) == (40, "Elder 1", ["wang"])
    assert {rule for one in homes for rule in one["waiting"]} == {"no_sign_of_life"}
    masked = read_alert(store, heron.now, "integrator", main)["homes"]
    assert {(one["residents"][0]["name"], one["residents"][0]["need"]) for one in masked} == {("[hidden]", None)}
    assert "Elder" not in repr(masked)

    heron.happens(call := heron.call(7))
    told = {who for _, who, _ in heron.take_notices()}
    assert {"h-7/child", "/wang"} <= told, "an SOS waits for nothing"
    assert heron.alert(call.alert_id).priority is Priority.CRITICAL

    said = heron.hour(21, EVERYBODY - {5})
    assert heron.alert(main).condition is Condition.CLEARED
    opened_at = {who: minute for minute, who, event in said if event == "alert.opened" and who.startswith("h-")}
    assert set(opened_at) == {"h-5/child"}, "who did not come round when the water did"
    (still,) = heron.list_open("no_sign_of_life")
    assert heron.alert(still).opened_at <= T0 + (21 * 60 + 31) * MINUTE
    suppressed = read_alert(store, heron.now, "desk", still)["suppressed"]
    assert [one["reason_code"] for one in suppressed] == ["behind_area_outage"]
    assert "It waited behind the alert about many homes, which had no water since 1 Jan 08:01." in suppressed[0]["reason"]
    counted = {one["household"]: one["held"] for one in read_alert(store, heron.now, "desk", main)["homes"]}
    assert sum(counted.values()) == 41, "each resident's alert has waited once, whether it opened or not"


def outage(heron: Heron, code: str = "area_outage", building: str = "", gateway: str = "") -> Edge:
    """The alert about the area, or a part of it, opens at once, without any reading."""
    homes = tuple(HouseholdId(f"h-{i}") for i in range(heron.homes))
    why = Reason(code, {"homes": len(homes), "since_at": T0, "list": ", ".join(homes)})
    edge = replace(
        make_edge(code, Subject(area=HERON, building=building, gateway=gateway), why, heron.now, since=T0), homes=homes
    )
    heron.happens(edge)
    heron.take_notices()
    return edge


def quiet(heron: Heron, home: int, priority: Priority = Priority.HIGH) -> Edge:
    return replace(heron.call(home, "no_sign_of_life"), priority=priority)


@pytest.fixture
def heron(store: Store) -> Heron:
    return Heron(store, homes=6)


def test_nobody_takes_the_alert_about_the_street_and_the_families_are_told_after_half_an_hour(heron: Heron) -> None:
    outage(heron)
    heron.happens(quiet(heron, 1))
    assert not [one for one in heron.until(PATIENCE_MS / MINUTE - 5) if one[1].startswith("h-")]
    assert [one[:2] for one in heron.until(PATIENCE_MS / MINUTE + 5) if one[1].startswith("h-")] == [(30, "h-1/child")]


def test_somebody_has_it_and_the_families_are_told_after_two_hours_at_the_latest(heron: Heron) -> None:
    edge = outage(heron)
    heron.act(CHEN, actions.Acknowledge(edge.alert_id))
    heron.happens(quiet(heron, 1))
    for minute in (40, 80, 110):
        assert not [one for one in heron.until(minute) if one[1].startswith("h-")]
        heron.act(CHEN, actions.AddNote(edge.alert_id, f"on the way at {minute}"))
    assert [one[:2] for one in heron.until(LONG_PATIENCE_MS / MINUTE + 5) if one[1].startswith("h-")] == [(120, "h-1/child")]


@pytest.mark.parametrize("rule", ["sos", "fall", "smoke", "gas", "unreadable_alarm", "heart_rate", "asked"])
def test_calls_for_help_and_what_shares_no_cause_never_wait(heron: Heron, rule: str) -> None:
    outage(heron)
    alert = heron.happens(replace(heron.call(1, rule), priority=Priority.HIGH))
    assert heron.alert(alert).answer is Answer.UNACKNOWLEDGED


def test_whoever_had_it_gives_it_back_and_the_families_are_told(heron: Heron) -> None:
    edge = outage(heron)
    heron.act(CHEN, actions.Acknowledge(edge.alert_id))
    heron.happens(quiet(heron, 1))
    assert not [one for one in heron.until(40) if one[1].startswith("h-")]
    assert [one[:2] for one in heron.until(65) if one[1].startswith("h-")] == [(60, "h-1/child")], "an hour, and nobody has it"


def test_what_is_or_becomes_critical_never_waits(heron: Heron) -> None:
    outage(heron)
    alert = heron.happens(quiet(heron, 1, Priority.CRITICAL))
    assert heron.alert(alert).priority is Priority.CRITICAL
    held = quiet(heron, 2)
    heron.happens(held)
    assert heron.take_notices(), "those of home 1"
    heron.happens(replace(held, kind=TransitionKind.REOPENED, priority=Priority.CRITICAL, since=heron.now + 1))
    assert "h-2/child" in {who for _, who, _ in heron.take_notices()}


def test_the_alert_about_the_street_is_closed_and_what_still_is_so_opens(heron: Heron) -> None:
    edge = outage(heron)
    heron.happens(quiet(heron, 1), over := quiet(heron, 2))
    heron.over(over)
    heron.act(CHEN, actions.Acknowledge(edge.alert_id))
    heron.act(CHEN, actions.Resolve(edge.alert_id, Outcome.OTHER, note="the pump is mended"))
    heron.take_notices()
    assert {who for _, who, _ in heron.until(1) if who.startswith("h-")} == {"h-1/child"}
    assert len(heron.list_open()) == 1


def test_an_alert_that_stands_already_goes_on(heron: Heron) -> None:
    first = quiet(heron, 1)
    alert = heron.happens(first)
    outage(heron)
    heron.take_notices()
    assert {who for _, who, _ in heron.until(12)} >= {"/wang"}, "its plan goes on"
    assert heron.alert(alert).answer is Answer.UNACKNOWLEDGED


def test_another_street_does_not_wait(heron: Heron) -> None:
    edge = outage(heron)
    assert edge.subject == Subject(area=HERON)
    heron.happens(replace(edge, subject=Subject(area=AreaId("town")), onset=T0 + 1))
    heron.happens(replace(edge, kind=TransitionKind.CLEARED, at=heron.now + 1))
    alert = heron.happens(quiet(heron, 1))
    assert heron.alert(alert).answer is Answer.UNACKNOWLEDGED, "an alert about the town is none about the homes of its streets"


def test_only_the_homes_of_a_building_wait_behind_its_alert(heron: Heron) -> None:
    edge = outage(heron, "many_quiet", building="b1")
    heron.happens(quiet(heron, 2), quiet(heron, 3), elsewhere := quiet(heron, 4))
    assert heron.list_open("no_sign_of_life") == [elsewhere.alert_id]
    seen = heron.alert(edge.alert_id)
    assert (seen.subject.key, seen.subject.building) == ("area:heron/building:b1", "b1"), "as it is read again"
    heron.take_notices()
    told = {who for _, who, _ in heron.until(PATIENCE_MS / MINUTE + 5) if who in {"h-2/child", "h-3/child"}}
    assert told == {"h-2/child", "h-3/child"}, "nobody took it"


def test_only_what_hangs_on_a_gateway_waits_behind_its_alert(heron: Heron) -> None:
    outage(heron, "gateway_down", gateway="gw-0")
    silent = [
        replace(heron.call(i, "device_silent"), priority=Priority.LOW, subject=Subject(HouseholdId(f"h-{i}"), None, device))
        for i, device in ((0, DeviceId("wm-0")), (1, DeviceId("wm-1")), (2, DeviceId("wm-2")))
    ]
    heron.happens(*silent, person := quiet(heron, 1))
    assert heron.list_open("device_silent") == [silent[2].alert_id]
    assert heron.list_open("no_sign_of_life") == [person.alert_id], "who is quiet waits for no gateway"


def test_devices_wait_behind_their_gateway_for_as_long_as_it_is_down(heron: Heron) -> None:
    down = outage(heron, "gateway_down")
    silent = [
        replace(
            heron.call(i, "device_silent"),
            priority=Priority.LOW,
            subject=Subject(HouseholdId(f"h-{i}"), None, DeviceId(f"wm-{i}")),
        )
        for i in range(6)
    ]
    heron.happens(*silent)
    alert = heron.happens(quiet(heron, 1))
    assert heron.alert(alert).answer is Answer.UNACKNOWLEDGED, "who is quiet does not wait behind a gateway"
    heron.until(2 * 60)
    assert not heron.list_open("device_silent")
    heron.happens(*(replace(one, kind=TransitionKind.CLEARED, at=heron.now) for one in silent[1:]))
    heron.over(down)
    heron.until(2 * 60 + 1)
    assert heron.list_open("device_silent") == [silent[0].alert_id]


def test_the_same_edges_once_more_after_a_crash_change_nothing(heron: Heron) -> None:
    edge = outage(heron)
    held = quiet(heron, 1)
    for _ in range(2):
        heron.happens(edge, held)
    with heron.store.begin() as tx:
        assert [one.held for one in tx.held.list_homes(edge.alert_id, 10)] == [0, 1, 0, 0, 0, 0]
    heron.until(31)
    heron.happens(held)
    assert len(heron.list_open("no_sign_of_life")) == 1


def test_a_flood_of_edges_makes_no_query_for_each_of_them(store: Store) -> None:
    heron = Heron(store)
    outage(heron)

    def count(edges: list[Edge]) -> int:
        with store.begin() as tx:
            statements: list[str] = []
            connection = tx.connection
            event.listen(connection, "before_cursor_execute", lambda *got: statements.append(got[2]))
            perform_in(tx, ENGINE, FollowEdges(edges), heron.now, heron.setup)
        return len(statements)

    few = count([quiet(heron, 1), quiet(heron, 2)])
    assert count([quiet(heron, i) for i in range(3, 40)]) <= few + 1
