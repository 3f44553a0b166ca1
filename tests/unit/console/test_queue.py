"""Cases in the queue: one resident, one row; what happens next; what is late; what was taken and has no outcome."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from homebeat.actions import Acknowledge, Perform, Resolve
from homebeat.api import create_app
from homebeat.console.desk import queue
from homebeat.console.desk.countdown import write_step
from homebeat.console.desk.row import shorten
from homebeat.domain.alert import (
    Alert,
    Condition,
    Desk,
    Edge,
    Outcome,
    Priority,
    Reason,
    Subject,
    TransitionKind,
    acknowledge,
    open_alert,
    raise_priority,
    run_out,
)
from homebeat.domain.cause import is_listed_with
from homebeat.domain.fleet import Channel, Responder, ResponderKind
from homebeat.domain.ids import AlertId, AreaId, ContactId, HouseholdId, ResidentId, ResponderId
from homebeat.domain.response_plan import BOTH_AT_ONCE, FAMILY_FIRST, Deadline, DeadlineKind, Position
from homebeat.domain.role import Role
from homebeat.store.alert.writes import AlertWrites
from homebeat.wording import Wording
from tests.people import add_account, add_family_link, person, sign_in
from tests.unit.api.fixtures import TestClient, api_context
from tests.unit.api.street import MINUTE, NOON, SECRET, Clock, Street, fleet
from tests.unit.api.test_duty import LI, ROTA, WANG
from tests.unit.console.fixtures import csrf_of
from tests.unit.console.test_desk import CHINESE, ENGLISH, listed, page

COLLEAGUE = person("colleague", "desk")


def row_of(html: str, alert: Alert) -> str:
    found = re.search(rf'<li id="row-{alert.id}".*?</li>', html, re.DOTALL)
    assert found is not None, f"no row of {alert.id}"
    return found[0]


def read(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def hidden(row: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', row)
    return found[1] if found else ""


def take(desk: TestClient, row: str, alert: Alert) -> Any:
    form = {name: hidden(row, name) for name in ("csrf", "version", "others")}
    return desk.post(f"/console/alerts/{alert.id}/take", data=form, headers=ENGLISH)


def put_deadline(street: Street, alert: Alert, deadline: Deadline) -> None:
    with street.store.begin() as tx:
        tx.deadlines.follow({alert.id: deadline}, street.clock())


def test_one_row_for_all_that_is_open_about_one_resident(desk: TestClient, street: Street) -> None:
    quiet = street.open("no_sign_of_life", 0, minutes_ago=50)
    battery = street.open("device_battery_low", 0, priority=Priority.LOW, desk=Desk.DEVICES, device="b-0")
    other = street.open("no_sign_of_life", 1)
    sos = street.sos(0)
    html = page(desk)
    assert listed(html, "waiting") == [sos.id, other.id]
    assert listed(html, "devices") == [battery.id], "the technician has a list of their own"
    row = row_of(html, sos)
    words = read(row)
    assert "+2: Quiet for too long, Device battery low" in words
    assert 'data-alerts="' + sos.id + " " + quiet.id + '"' in row
    assert 'id="head-waiting">Waiting for somebody <b>3</b>' in html, "the heading counts alerts, also those that share a row"
    assert "and 1 more" not in html


def test_taking_a_case_takes_what_its_row_showed_and_nothing_that_came_since(desk: TestClient, street: Street) -> None:
    sos, quiet = street.sos(0), street.open("no_sign_of_life", 0)
    battery = street.open("device_battery_low", 0, priority=Priority.LOW, desk=Desk.DEVICES, device="b-0")
    html = page(desk)
    smoke = street.open("smoke", 0, priority=Priority.CRITICAL, minutes_ago=0)
    assert take(desk, row_of(html, sos), sos).status_code == 303
    assert [street.alert(one.id).owner for one in (sos, quiet)] == ["user:desk-1"] * 2
    assert [street.alert(one.id).owner for one in (smoke, battery)] == ["", ""]
    html = page(desk)
    assert listed(html, "waiting") == [smoke.id], "what came since waits, and leads the case"
    assert listed(html, "taken") == []
    assert "desk-1 has her other alerts" in read(row_of(html, smoke))
    take(desk, row_of(html, smoke), smoke)
    assert listed(page(desk), "taken") == [sos.id]


def test_what_became_more_urgent_since_is_not_taken_unseen(desk: TestClient, street: Street) -> None:
    sos, fall = street.sos(0), street.open("fall", 0)
    html = page(desk)
    again = Edge(
        NOON, "fall", fall.subject, TransitionKind.RAISED, Priority.CRITICAL, fall.desk, NOON, Reason("fall_still"), NOON
    )
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*raise_priority(fall, again))
    assert take(desk, row_of(html, sos), sos).status_code == 303
    assert (street.alert(sos.id).owner, street.alert(fall.id).owner) == ("user:desk-1", "")
    assert listed(page(desk), "waiting") == [fall.id]


def test_nobody_takes_somebody_elses_alerts_with_a_case(desk: TestClient, street: Street) -> None:
    sos, others, taken = street.sos(0), street.sos(1), street.open("no_sign_of_life", 0)
    html = page(desk)
    Perform(street.store, street.clock)(COLLEAGUE, Acknowledge(taken.id))
    row = row_of(html, sos).replace(f"{taken.id}:1", f"{taken.id}:1 {others.id}:1 nothing:1")
    assert take(desk, row, sos).status_code == 303
    assert street.alert(taken.id).owner == "user:colleague"
    assert street.alert(others.id).owner == "", "she is somebody else"
    assert (
        desk.post(f"/console/alerts/{others.id}/take", data={"csrf": csrf_of(html), "version": "1", "others": "x"}).status_code
        == 422
    )


def test_taken_cases_and_the_residents_other_open_alerts(desk: TestClient, street: Street) -> None:
    sos, quiet = street.sos(0), street.open("no_sign_of_life", 0)
    take(desk, row_of(page(desk), sos), sos)
    html = page(desk)
    assert (listed(html, "waiting"), listed(html, "taken")) == ([], [sos.id])
    form = {"csrf": csrf_of(html), "version": "2", "outcome": "helped", "note": "helped up"}
    desk.post(f"/console/alerts/{sos.id}/resolve", data=form)
    assert listed(page(desk), "taken") == [quiet.id], "each alert of a case is closed with an outcome of its own"


def test_who_it_is_and_where_stand_first_and_then_why_in_one_line(desk: TestClient, street: Street) -> None:
    why = Reason("no_water", {"litres": 2, "window_s": 43_200, "limit_litres": 10})
    alert = street.open("no_water", 2, reason=why)
    row = row_of(page(desk), alert)
    assert '<strong class="about">Chen Guilan · Plum Lane 3-102</strong>' in row
    assert "84 years old · Only 2 L of water used in the last 12 h</span>" in row
    assert "最近12小时只用水2升" in row_of(page(desk, **CHINESE), alert)


@pytest.mark.parametrize(
    ("sentence", "short"),
    [
        ("Quiet at home for 12 h (alert after 12 h): the last sign of life was at 01:06.", "Quiet at home for 12 h"),
        ("家中已12小时没有动静（超过12小时即告警），最近一次", "家中已12小时没有动静"),
        ("The smoke detector went off at 1 Mar 11:59. Find out at once.", "The smoke detector went off at 1 Mar 11:59"),
        ("Heart rate 38.5 a minute.", "Heart rate 38.5 a minute"),
        ("", ""),
    ],
)
def test_a_reason_is_shortened_to_its_first_part(sentence: str, short: str) -> None:
    assert shorten(sentence) == short


def test_waiting_is_late_after_a_minute_or_ten(desk: TestClient, street: Street, clock: Clock) -> None:
    sos, quiet, leak = (
        street.sos(0, minutes_ago=0),
        street.open("no_sign_of_life", 1, minutes_ago=0),
        street.open("water_running", 2, minutes_ago=600, priority=Priority.MEDIUM),
    )

    def late() -> list[bool]:
        html = page(desk)
        return ['class="row late' in row_of(html, one) for one in (sos, quiet, leak)]

    clock.now += MINUTE - 1
    assert late() == [False, False, False]
    clock.now += 1
    assert late() == [True, False, False]
    clock.now += 9 * MINUTE
    assert late() == [True, True, False]
    html = page(desk)
    assert "waits 10 min" in row_of(html, sos)
    assert f'data-late="{NOON + MINUTE}"' in row_of(html, sos)
    assert "data-late" not in row_of(html, leak)


@pytest.mark.parametrize(
    ("plan", "position", "relation", "english", "chinese"),
    [
        (FAMILY_FIRST, Position(), "", "@, then the family", "@后通知家属"),
        (
            FAMILY_FIRST,
            Position(0, (ContactId("h-0/lin"),)),
            "son",
            "notified: son · @, then the next one",
            "正在通知son · @后通知下一位",
        ),
        (BOTH_AT_ONCE, Position(2), "", "notified: the family, the desk · @, then ", "正在通知家属、"),
        (BOTH_AT_ONCE, Position(4, repeat=1), "", "notified: the supervisor, the desk · @, then again", "@后再次通知"),
        (BOTH_AT_ONCE, Position(99), "", "then again", "后再次通知"),  # the settings have made the plan shorter
    ],
)
def test_what_happens_next_is_said_in_words(plan: Any, position: Position, relation: str, english: str, chinese: str) -> None:
    for language, text in (("en", english), ("zh-CN", chinese)):
        assert text in write_step(plan, position, relation, Wording(language)).replace("\0", "@")


def test_the_row_counts_down_to_the_next_step_and_names_whose_turn_it_is_by_role(guest: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 3)
    due = NOON + 40_000
    put_deadline(street, alert, Deadline(DeadlineKind.STEP, due, "family_first", Position(0, (ContactId("h-3/lin"),))))
    add_account(street.store, "installer", Role.INSTALLER)
    for who, says in (("desk-1", "notified: daughter"), ("installer", "notified: the family")):
        sign_in(guest, street.store, who)
        row = row_of(page(guest), alert)
        assert f'{says} · <time data-due="{due}">12:00</time>, then the next one' in row
        assert "Lin Yue" not in row


def test_a_taken_alert_says_until_when_an_outcome_is_due(desk: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 3)
    Perform(street.store, street.clock)(COLLEAGUE, Acknowledge(alert.id))
    row = row_of(page(desk), alert)
    assert f'outcome due: <time data-due="{NOON + 45 * MINUTE}">12:45</time>' in row
    assert f'data-late="{NOON + 45 * MINUTE}"' in row


def test_what_was_taken_and_has_no_outcome_goes_to_the_top_marked_so(desk: TestClient, street: Street, clock: Clock) -> None:
    old, alert = street.open("no_sign_of_life", 1, minutes_ago=90), street.open("no_sign_of_life", 3)
    given_back = street.open("no_sign_of_life", 4)
    act = Perform(street.store, street.clock)
    taken = act(COLLEAGUE, Acknowledge(alert.id))
    clock.now += timedelta(minutes=45) // timedelta(milliseconds=1)
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*run_out(taken, clock.now))
    html = page(desk)
    assert listed(html, "waiting") == [alert.id, old.id, given_back.id]
    assert "taken, no outcome" in row_of(html, alert)
    assert "taken, no outcome" not in row_of(html, old) + row_of(html, given_back)
    act(COLLEAGUE, Acknowledge(alert.id))
    assert "taken, no outcome" not in row_of(page(desk), alert)


def test_what_has_no_outcome_stands_first_also_where_it_is_far_down_the_list(
    desk: TestClient, street: Street, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(queue._MOST, "waiting", 2)
    others = [street.open("no_sign_of_life", home, minutes_ago=90 - home) for home in (1, 2, 4)]
    alert = street.open("no_sign_of_life", 3)
    taken = Perform(street.store, street.clock)(COLLEAGUE, Acknowledge(alert.id))
    clock.now += timedelta(minutes=45) // timedelta(milliseconds=1)
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*run_out(taken, clock.now))
    html = page(desk)
    assert listed(html, "waiting") == [alert.id, others[0].id]
    assert "taken, no outcome" in row_of(html, alert)


def test_empty_desks_are_folded_and_nothing_urgent_is(desk: TestClient, street: Street) -> None:
    folded, unfolded = '<details class="apart"><summary', '<details class="apart" open><summary'
    street.open("device_silent", 2, priority=Priority.LOW, desk=Desk.DEVICES, device="m-2")
    html = page(desk)
    assert (html.count(folded), html.count(unfolded)) == (2, 0)
    assert '<h2 id="head-devices">Device desk <b>1</b>' in html
    street.open("session_lost", 1, priority=Priority.CRITICAL, desk=Desk.DEVICES)
    html = page(desk)
    assert (html.count(folded), html.count(unfolded)) == (1, 1)


def test_a_case_is_taken_in_one_act_by_the_api_too(street: Street, clock: Clock) -> None:
    client = TestClient(create_app(api_context(street.store, clock)), headers={"Authorization": f"Bearer {SECRET}"})
    sos, quiet = street.sos(0), street.open("no_sign_of_life", 0)
    body = {"version": 1, "others": [{"id": quiet.id, "version": 1}]}
    assert client.post(f"/api/v1/alerts/{sos.id}/acknowledge", json=body).status_code == 200
    assert street.alert(AlertId(quiet.id)).owner == "key:desk-1"


class TestClosed:
    """The list of closed alerts."""

    def close(self, street: Street, alert: Alert, outcome: str = "fine", who: Any = COLLEAGUE) -> None:
        act = Perform(street.store, street.clock)
        act(who, Acknowledge(alert.id))
        act(who, Resolve(alert.id, Outcome(outcome), note="asked her"))

    def test_latest_closed_first_with_outcome_who_and_when(self, desk: TestClient, street: Street, clock: Clock) -> None:
        first, second, still = street.sos(0), street.open("no_water", 1, minutes_ago=90), street.sos(2)
        self.close(street, first, "helped")
        clock.now += MINUTE
        self.close(street, second, "false", person("desk-1", "desk"))
        html = page(desk, "/closed")
        assert re.findall(r'href="/\?alert=(\w+)"', html) == [second.id, first.id]
        assert still.id not in html
        for words in ("Lin Yue · Plum Lane<", "Needed help, was helped", "colleague", "1 Mar 12:00", "you can undo this"):
            assert words in html
        assert html.count("you can undo this") == 1, "only what one has closed oneself"

    def test_its_filters(self, desk: TestClient, street: Street, clock: Clock) -> None:
        clock.now -= 24 * 60 * MINUTE
        first = street.sos(0)
        self.close(street, first, "helped")
        clock.now = NOON
        second = street.open("no_water", 1)
        self.close(street, second, "false", person("desk-1", "desk"))

        def found(query: str) -> list[str]:
            return re.findall(r'href="/\?alert=(\w+)"', page(desk, f"/closed?{query}"))

        assert found("outcome=helped") == found("rule=sos") == found("day=2026-02-28") == [first.id]
        assert found("mine=yes") == found("day=2026-03-01") == [second.id]
        assert found("area=lane") == [second.id, first.id]
        assert found("area=other") == found("day=2026-03-03") == []
        assert "cannot be read" in page(desk, "/closed?day=2026-99-01")

    def test_it_goes_on_where_a_page_ended(self, desk: TestClient, street: Street, clock: Clock) -> None:
        alerts = [street.open(f"rule_{n}", n % 12) for n in range(103)]
        for alert in alerts:
            self.close(street, alert)
            clock.now += 1
        html = page(desk, "/closed")
        following = re.search(r'href="(/closed\?[^"]*cursor=[^"]+)"', html)
        assert following is not None
        rest = page(desk, following[1].replace("&amp;", "&"))
        assert re.findall(r'href="/\?alert=(\w+)"', rest) == [alert.id for alert in alerts[2::-1]]
        assert desk.get("/closed?cursor=x").status_code == 422


def test_the_header_says_how_fast_alerts_come_and_are_taken(desk: TestClient, street: Street, clock: Clock) -> None:
    quick, slow = street.open("no_sign_of_life", 0, minutes_ago=0), street.open("no_sign_of_life", 1, minutes_ago=0)
    street.open("device_silent", 2, priority=Priority.LOW, desk=Desk.DEVICES, device="m-2")
    street.open("no_sign_of_life", 3, minutes_ago=2 * 24 * 60)
    clock.now += 30_000
    Perform(street.store, clock)(COLLEAGUE, Acknowledge(quick.id))
    html = page(desk)
    assert 'class="rate busy" title="At most 1 is good' in html
    assert "Last 10 min</span> <b>2 / 1</b>" in html
    assert "Taken in 60 s</span> <b>–</b>" in html, "nothing is old enough to say"
    clock.now += 31_000
    Perform(street.store, clock)(COLLEAGUE, Acknowledge(slow.id))
    assert "Taken in 60 s</span> <b>50 %</b>" in page(desk)


def test_the_counts_of_states_lead_to_the_residents(guest: TestClient, street: Street) -> None:
    sign_in(guest, street.store, "desk-1")
    assert '<a href="/residents?state=quiet">' in page(guest)


def test_where_no_alert_is_open_the_page_says_who_is_on_duty(desk: TestClient, street: Street) -> None:
    assert "On duty now" not in page(desk)
    people = tuple(Responder(who, f"{who} hua", ResponderKind.DESK, (AreaId("lane"),)) for who in (LI, WANG))
    with street.store.begin() as tx:
        tx.fleet.apply(replace(fleet(street.homes), responders=people), NOON)
        tx.rotas.set_all([ROTA], "command:ops", NOON)
        tx.rotas.refresh({ROTA.id: ROTA}, NOON)
    assert "Duty desk: <strong>li hua</strong>" in page(desk)


HOME = HouseholdId("h-1")


@pytest.mark.parametrize(
    ("rule", "priority", "minutes", "is_taken", "is_folded"),
    [
        ("no_sign_of_life", Priority.HIGH, 5, False, True),
        ("no_sign_of_life", Priority.HIGH, 31, False, False),  # as long as it would have waited behind the cause
        ("no_sign_of_life", Priority.CRITICAL, 5, False, False),
        ("no_sign_of_life", Priority.HIGH, 5, True, False),
        ("sos", Priority.HIGH, 5, False, False),
        ("heart_rate_low", Priority.HIGH, 5, False, False),  # no matter of the cause
    ],
)
def test_what_is_shown_with_its_cause(rule: str, priority: Priority, minutes: int, is_taken: bool, is_folded: bool) -> None:
    def open_one(code: str, about: Subject, urgency: Priority, at: int) -> Alert:
        edge = Edge(at, code, about, TransitionKind.OPENED, urgency, Desk.CARE, at, Reason(code), at)
        return open_alert(edge)[0]

    cause = open_one("many_quiet", Subject(area=AreaId("lane")), Priority.HIGH, NOON)
    alert = open_one(rule, Subject(HOME, ResidentId("r-1")), priority, NOON - minutes * MINUTE)
    alert = acknowledge(alert, NOON, "user:chen")[0] if is_taken else alert
    assert is_listed_with(cause, alert, NOON) is is_folded
    assert not is_listed_with(replace(cause, condition=Condition.CLEARED), alert, NOON)


def test_a_cause_has_one_row_and_counts_what_it_lists(desk: TestClient, street: Street) -> None:
    alone = [street.open("no_sign_of_life", n, minutes_ago=9) for n in range(4)]
    with_sos = street.sos(3)
    cause = street.open_about(Subject(area=AreaId("lane")), "many_quiet", Reason("many_quiet", {"homes": 3}), Desk.CARE)
    with street.store.begin() as tx:
        tx.held.name_homes(cause.id, [HouseholdId(f"h-{n}") for n in (0, 1, 3)])
    html = page(desk)
    assert listed(html, "waiting") == [with_sos.id, alone[2].id, cause.id]
    assert "2 alerts of homes that are listed there" in row_of(html, cause)
    assert "and " not in re.search(r'id="more-waiting"[^>]*>([^<]*)', html)[1]  # type: ignore[index]


def test_a_reason_is_written_anew_when_the_alert_has_another(desk: TestClient, street: Street) -> None:
    alert = street.open("sos", 0, priority=Priority.CRITICAL, reason=Reason("sos", {"since_at": NOON}))
    assert "The SOS button was pressed at 1 Mar 12:00" in row_of(page(desk), alert)
    street.step(alert, TransitionKind.REOPENED, Reason("sos", {"since_at": NOON + MINUTE}))
    assert "The SOS button was pressed at 1 Mar 12:01" in row_of(page(desk), alert)


def test_the_history_names_responders_and_contacts_and_not_their_accounts(desk: TestClient, street: Street) -> None:
    colleague = Responder(ResponderId("s-1"), "Zhao Li", ResponderKind.DESK, (AreaId("lane"),), account="colleague")
    with street.store.begin() as tx:
        tx.fleet.apply(replace(fleet(12), responders=(colleague,)), street.clock())
    alert = street.open("no_sign_of_life", 3)
    Perform(street.store, street.clock)(COLLEAGUE, Acknowledge(alert.id))
    history = desk.get(f"/?alert={alert.id}", headers=ENGLISH).text.split('<ol class="history">')[1].split("</ol>")[0]
    assert '<span class="quiet-text">Zhao Li</span>' in history


def test_a_row_names_a_responder_who_has_no_account(guest: TestClient, desk: TestClient, street: Street) -> None:
    wang = Responder(
        ResponderId("wang"),
        "Wang Fang",
        ResponderKind.VOLUNTEER,
        (AreaId("lane"),),
        channels=(Channel("webhook", {"url": "https://w.example/x"}),),
    )
    with street.store.begin() as tx:
        tx.fleet.apply(replace(fleet(12), responders=(wang,)), street.clock())
    alert = street.open("no_sign_of_life", 3)
    token = add_family_link(street.store, alert.id, "/wang")
    assert guest.post(f"/v/{token}", data={"report": "go"}).status_code == 303
    assert "Wang Fang" in row_of(page(desk), alert)
    also = street.open("sos", 3)
    assert "Wang Fang has her other alerts" in read(row_of(page(desk), also))
