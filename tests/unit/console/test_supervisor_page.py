"""The page of the supervisor: now, this shift and this month against targets, and the report of a month."""

from __future__ import annotations

import re
import threading

from homebeat.actions import Acknowledge, Resolve
from homebeat.console.supervisor.figures import FigureWriter
from homebeat.console.supervisor.shelf import Kept, Shelf, Wanted
from homebeat.domain.alert import Outcome, Priority
from homebeat.domain.ids import AreaId, ResidentId
from homebeat.domain.principal import Grant, narrow_grants
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, ResidentState
from homebeat.wording import Wording
from tests.people import add_account, person, sign_in
from tests.unit.api.fixtures import TestClient, api_context
from tests.unit.api.street import HOUR, NOON, Clock, Street
from tests.unit.evidence.history import DAY, MINUTE, SECOND, START, course, report


def enter(guest: TestClient, street: Street, name: str, clock: Clock, role: str) -> None:
    add_account(street.store, name, role)
    assert sign_in(guest, street.store, name, now=clock()).status_code == 303


def wait_for(guest: TestClient, path: str, text: str) -> str:
    """The page once its figures are computed; on a busy machine that takes a moment."""
    for _ in range(40):
        html: str = guest.get(path).text
        if text in html:
            return html
    raise AssertionError(f"{text!r} is not on {path}")


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_figures_stand_against_their_targets_in_words() -> None:
    quick = [course(START + i * HOUR, taken=30 * SECOND, resolved=HOUR) for i in range(19)]
    slow = course(START + 20 * DAY, taken=10 * MINUTE, resolved=5 * HOUR, outcome=Outcome.FALSE)
    found = report(*quick, slow)
    lines = {
        one.name: (one.value, one.target, one.verdict, one.look) for one in FigureWriter(Wording("en")).list_month(found, {})
    }
    assert lines["Taken within 60 seconds"] == ("95\u00a0% of 20", "97.5 % within 60 seconds", "missed", "bad")
    assert lines["False, or a device was wrong"][:3] == ("5\u00a0% of 20 closed", "no target", "–")
    assert lines["Most within 10 minutes"] == ("1", "at most 10", "met", "good")
    assert lines["Critical and high / medium / low"][2] == "not enough data"
    few = {one.name: one for one in FigureWriter(Wording("zh-CN")).list_shift(report(*quick[:3]))}
    assert (few["60秒内接单"].verdict, few["60秒内接单"].look) == ("数据不足", "")


def test_a_shelf_shows_what_it_has_and_computes_the_rest_aside() -> None:
    clock, may, ran = Clock(), threading.Event(), list[int]()

    def compute() -> str:
        ran.append(1)
        assert may.wait(10)
        return f"figure {len(ran)}"

    shelf, wanted = Shelf(clock), Wanted("month", compute, 1000)
    assert shelf.find([wanted], 0.0) == [Kept()]
    assert shelf.find([wanted], 0.0) == [Kept()], "it is asked once"
    may.set()
    assert shelf.find([wanted], 10) == [Kept("figure 1", NOON)]
    may.clear()
    clock.now += 2000
    assert shelf.find([wanted], 0.0) == [Kept("figure 1", NOON)], "the old one, while the new one is computed"
    may.set()
    assert shelf.find([wanted], 10) == [Kept("figure 2", NOON + 2000)]
    (failed,) = shelf.find([Wanted("other", lambda: int("none"), 1000)], 10)
    assert (failed.value, failed.is_failing) == (None, True)


def test_roles_are_narrowed_to_an_area() -> None:
    lines = {
        AreaId(a): frozenset(map(AreaId, line)) for a, line in (("lane", ("lane", "town")), ("town", ("town",)), ("b", ("b",)))
    }
    both = person("chen", "supervisor", "town")
    assert narrow_grants(both, AreaId("lane"), lines).grants == (Grant("supervisor", AreaId("lane")),)
    assert narrow_grants(person("chen", "supervisor"), AreaId("lane"), lines).grants == (Grant("supervisor", AreaId("lane")),)
    assert narrow_grants(person("li", "desk", "lane"), AreaId("town"), lines).grants == (Grant("desk", AreaId("lane")),)
    assert not narrow_grants(person("li", "desk", "b"), AreaId("lane"), lines).grants
    assert not narrow_grants(both, AreaId("moon"), lines).grants


def test_what_is_now(guest: TestClient, street: Street, clock: Clock) -> None:
    late = street.sos(0, minutes_ago=3)
    street.open("no_water", 1, minutes_ago=25 * 60, priority=Priority.MEDIUM)
    never = ResidentState(ResidentId("r-7"), "unknown", None, None, None, False, NOON)
    with street.store.begin() as tx:
        tx.states.put([never], [])
    enter(guest, street, "boss", clock, "supervisor@town")
    html = wait_for(guest, "/supervisor", "Silent devices: 2")
    text = plain(html)
    assert f'href="/?alert={late.id}"' in html
    assert "SOS pressed Critical Lin Yue · Plum Lane" in text
    assert "waits 3 min" in text
    assert "Stale: open for longer than 24 hours 1 none missed" in text
    assert "Longest wait at the care desk 25 h 0 min no target" in text
    blind = text.partition("Homes of which nothing is known")[2].partition("Silent devices")[0]
    assert blind.strip() == (
        "吴建国 nothing was ever known 赵德明 for 2 h 0 min, since 1 Mar 10:00 罗福生 for 2 h 0 min, since 1 Mar 10:00"
    )
    assert "超过60秒还没有人接单" in guest.get("/supervisor", headers={"accept-language": "zh-CN"}).text
    other = wait_for(guest, "/supervisor?area=other", "Silent devices: 0")
    assert ("waits 3 min" in other, "吴建国" in other) == (False, False), "the page is about another area"
    assert guest.get("/supervisor?area=moon").status_code == 404
    with street.store.read(EVERYTHING) as reader:
        looks = {(one.about, one.detail["fields"]) for one in reader.audit.read_page(50).items if one.action == "look"}
        assert [reader.alerts.count_some(AlertFilter(is_open=True), most) for most in (1, 9)] == [1, 2]
    assert looks == {("supervisor", "address")}


def test_the_shift_the_month_and_its_report(guest: TestClient, street: Street, clock: Clock) -> None:
    perform = api_context(street.store, clock).perform
    for n in range(3):
        alert = street.sos(n, minutes_ago=n + 1)
        perform(person("desk-1", "desk"), Acknowledge(alert.id, 1))
        perform(person("desk-1", "desk"), Resolve(alert.id, Outcome.FALSE, 2, "pressed by mistake"))
    enter(guest, street, "boss", clock, "supervisor")
    html = wait_for(guest, "/supervisor", "Where most alerts came from")
    text = plain(html)
    assert "the last 8 h" in text
    month = text.partition("This month")[2]
    assert "Taken within 60 seconds 33.3 % of 3 97.5 % within 60 seconds not enough data" in month
    assert "Lin Yue · h-0 alerts: 1 · 33.3 %" in month
    assert "SOS pressed 3 100 % 100 %" in month
    assert "<option>2026-03</option><option>2026-02</option>" in html
    sheet = wait_for(guest, "/supervisor/report?month=2026-03", "How alerts were answered")
    assert ('href="/static/report.css"' in sheet, "<style>" in sheet, "Lin Yue" in sheet) == (True, False, False)
    table = guest.get("/supervisor/report.csv?month=2026-03")
    assert (table.headers["content-disposition"], "total,,alerts,3" in table.text) == (
        'attachment; filename="homebeat-2026-03.csv"',
        True,
    )
    assert [guest.get(f"/supervisor/report?month={one}").status_code for one in ("2026-13", "2027-01", "x")] == [422] * 3


def test_who_sees_no_alert_sees_no_home_and_no_small_count(guest: TestClient, street: Street, clock: Clock) -> None:
    street.sos(0)
    enter(guest, street, "chief", clock, Role.MANAGER)
    assert guest.get("/").headers["location"] == "/supervisor"
    html = wait_for(guest, "/supervisor", "This month")
    html = wait_for(guest, "/supervisor", "Critical and high / medium / low")
    assert ("too few to be shown" in html, "Lin Yue" in html, "On duty now" in html, "Where most alerts came from" in html) == (
        *(True, False, False, False),
    )


def test_the_models_of_a_month_to_print_and_as_a_table(guest: TestClient, street: Street, clock: Clock) -> None:
    enter(guest, street, "wang", clock, Role.SUPERVISOR)
    assert 'formaction="/supervisor/models"' in guest.get("/supervisor").text
    sheet = wait_for(guest, "/supervisor/models?month=2026-03", "Models of devices")
    assert ('href="/static/report.css"' in sheet, "<style>" in sheet, "Lin Yue" in sheet) == (True, False, False)
    assert "too few" in sheet or "not ranked" in sheet
    table = guest.get("/supervisor/models.csv?month=2026-03")
    assert table.headers["content-disposition"] == 'attachment; filename="homebeat-models-2026-03.csv"'
    assert table.content.startswith(b"\xef\xbb\xbftable,kind,model")
    assert [guest.get(f"/supervisor/models?month={one}").status_code for one in ("2026-13", "2027-01", "x")] == [422] * 3
