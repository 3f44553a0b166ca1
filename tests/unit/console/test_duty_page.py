"""The page of duty: who is on duty now, a week of a rota with its gaps, and the forms that change it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from homebeat.console.duty.week import find_monday, make_week
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.fleet import Responder, ResponderKind
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.role import Role
from homebeat.domain.rota import EVERY_DAY, DutyDay, DutyHours, Rota, ShiftPattern
from homebeat.domain.scope import EVERYTHING
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import NOON, Clock, Street, fleet
from tests.unit.console.fixtures import csrf_of

LI, WANG, ZHAO = (ResponderId(name) for name in ("li", "wang", "zhao"))
DAY = DutyHours(EVERY_DAY, 8 * 60, 20 * 60)
NIGHT = DutyHours(frozenset(DutyDay) - EVERY_DAY - {DutyDay.WED}, 20 * 60, 8 * 60)
#: Nobody has the night that begins on Wednesday. Noon is a Sunday.
ROTA = Rota(
    *(RotaId("desk"), AreaId("lane"), ResponderKind.DESK, "Asia/Shanghai", date(2026, 1, 1)),
    (ShiftPattern("day", DAY, (LI,)), ShiftPattern("night", NIGHT, (WANG,))),
)

PEOPLE = tuple(
    Responder(who, who.title(), ResponderKind.DESK, (AreaId("lane"),), account=f"{who}.w", phone=f"139-0000-000{no}")
    for no, who in enumerate((LI, WANG, ZHAO))
)


@pytest.fixture
def office(street: Street) -> Street:
    with street.store.begin() as tx:
        tx.fleet.apply(replace(fleet(street.homes), responders=PEOPLE), NOON)
        tx.rotas.set_all([ROTA], "command:ops", NOON)
        tx.rotas.refresh({ROTA.id: ROTA}, NOON)
    for who in (LI, WANG, ZHAO):
        add_account(street.store, f"{who}.w", "desk@lane")
    return street


def enter(guest: TestClient, street: Street, name: str, clock: Clock, role: str = "") -> None:
    if role:
        add_account(street.store, name, role)
    assert sign_in(guest, street.store, name, now=clock()).status_code == 303


def cells(html: str) -> str:
    """The table without its tags."""
    table = html.partition('<table class="rota">')[2].partition("</table>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", table).split())


def test_a_week_says_who_and_where_nobody_is() -> None:
    monday = date(2026, 3, 2)
    week = make_week(ROTA, monday, (), frozenset(), NOON)
    assert (week.names, len(week.shifts), len(week.gaps)) == (["day", "night"], 13, 1)
    (night,) = week.gaps
    assert (night.ends_at - night.starts_at, week.list_of(date(2026, 3, 4), "night")) == (12 * HOUR_MS, [])
    gone = make_week(ROTA, monday, (), frozenset({LI}), NOON)
    assert [shift.who for shift in gone.shifts if shift.name == "day"] == [None] * 7
    assert not make_week(ROTA, date(2026, 2, 9), (), frozenset(), NOON).shifts, "what was stands in the table of shifts alone"


def test_a_week_begins_on_the_clock_of_its_place() -> None:
    late = NOON + 5 * HOUR_MS  # Sunday 17:00 in Shanghai; Monday already further east
    assert find_monday("", ZoneInfo("Asia/Shanghai"), late) == date(2026, 2, 23)
    assert find_monday("", ZoneInfo("Pacific/Kiritimati"), NOON + 8 * HOUR_MS) == date(2026, 3, 2)
    assert find_monday("2026-03-04", ZoneInfo("Asia/Shanghai"), late) == date(2026, 3, 2)


def test_who_is_on_duty_with_their_number_and_the_week(guest: TestClient, office: Street, clock: Clock) -> None:
    enter(guest, office, "li.w", clock)
    html = guest.get("/duty?rota=desk&week=2026-03-02").text
    assert ('href="tel:' in html, "139-0000-0000" in html) == (True, True)
    assert "Times without anybody on duty this week: 1." in html
    text = cells(html)
    assert "Wednesday, 4 March Li 08:00–20:00 – nobody 4 Mar 20:00 – 5 Mar 08:00" in text
    assert "Thursday, 5 March Li 08:00–20:00 Wang 20:00–08:00 –" in text
    with office.store.read(EVERYTHING) as reader:
        looks = {(one.about, one.detail["fields"]) for one in reader.audit.read_page(50).items if one.action == "look"}
    assert looks == {("duty", "phone")}
    assert "本周无人值班的时段：1个" in guest.get("/duty?week=2026-03-02", headers={"accept-language": "zh-CN"}).text
    enter(guest, office, "fitter", clock, Role.INSTALLER)
    assert "139-0000" not in guest.get("/duty").text, "who neither answers alerts nor arranges duty calls nobody"
    assert (guest.get("/duty?rota=other").status_code, guest.get("/duty?week=9999-01-01").status_code) == (404, 422)


def test_somebody_gives_and_swaps_their_own_shifts(guest: TestClient, office: Street, clock: Clock) -> None:
    enter(guest, office, "li.w", clock)
    html = guest.get("/duty?rota=desk&week=2026-03-02").text
    offered = html.partition('<select name="shift">')[2].partition("</select>")[0]
    assert ("2026-03-03/day" in offered, "2026-03-03/night" in offered) == (True, False)
    said = {"csrf": csrf_of(html), "rota": "desk", "week": "2026-03-02"}
    assert guest.post("/console/duty/give", data=said | {"shift": "2026-03-03/day", "to": "zhao"}).status_code == 303
    swap = said | {"first": "2026-03-04/day", "second": "2026-03-05/night"}
    assert guest.post("/console/duty/swap", data=swap).status_code == 303
    text = cells(guest.get("/duty?rota=desk&week=2026-03-02").text)
    assert "Tuesday, 3 March Zhao 08:00–20:00" in text
    assert "Wednesday, 4 March Wang 08:00–20:00" in text
    assert "Thursday, 5 March Li 08:00–20:00 Li 20:00–08:00" in text
    refused = guest.post("/console/duty/give", data=said | {"shift": "2026-03-03/day", "to": "li"})
    assert (refused.status_code, "these are not your shifts" in refused.text) == (403, True)
    unknown = guest.post("/console/duty/give", data=said | {"shift": "today", "to": "li"})
    assert (unknown.status_code, "there is no such shift ahead" in unknown.text) == (422, True)


def test_leave_says_who_takes_over_and_what_stays_open(guest: TestClient, office: Street, clock: Clock) -> None:
    enter(guest, office, "boss", clock, "supervisor@lane")
    html = guest.get("/duty?rota=desk&week=2026-03-02").text
    said = {"csrf": csrf_of(html), "rota": "desk", "absent": "li", "starts": "2026-03-03T00:00", "ends": "2026-03-05T00:00"}
    page = guest.post("/console/duty/leave", data=said)
    given = page.text.partition("The leave is entered")[2].partition("</section>")[0]
    assert (page.status_code, given.count("<strong>Zhao</strong>")) == (200, 2)
    assert "Li · 3 Mar 00:00 – 5 Mar 00:00" in page.text
    assert guest.post("/console/duty/leave", data=said | {"ends": "2026-03-01T00:00"}).status_code == 422


def test_the_address_of_ones_shifts_is_shown_once_and_ended(guest: TestClient, office: Street, clock: Clock) -> None:
    enter(guest, office, "wang.w", clock)
    csrf = csrf_of(guest.get("/duty").text)
    (address,) = re.findall(
        r"http://testserver(/calendar/hb_\S+\.ics)", guest.post("/console/duty/feeds", data={"csrf": csrf}).text
    )
    html = guest.get("/duty").text
    assert (address not in html, "BEGIN:VEVENT" in guest.get(address).text) == (True, True)
    (end,) = re.findall(r'action="(/console/duty/feeds/[^"]+/end)"', html)
    assert guest.post(end, data={"csrf": csrf}).status_code == 303
    assert guest.get(address).status_code == 404
    enter(guest, office, "boss", clock, "supervisor@lane")
    assert guest.post("/console/duty/feeds", data={"csrf": csrf_of(guest.get("/duty").text)}).status_code == 404
