"""The page of a hand-over: what is left over, what was closed and said, and taking over by name."""

from __future__ import annotations

import re
from datetime import date

from homebeat.actions import Acknowledge, AddNote, GiveShift, Resolve
from homebeat.domain.alert import Outcome
from tests.people import add_account, person, sign_in
from tests.unit.api.fixtures import TestClient, api_context
from tests.unit.api.street import HOUR, Clock, Street
from tests.unit.console.fixtures import csrf_of
from tests.unit.console.test_duty_page import ROTA, ZHAO, office

__all__ = ["office"]


def enter(guest: TestClient, street: Street, name: str, clock: Clock) -> str:
    assert sign_in(guest, street.store, name, now=clock()).status_code == 303
    return guest.get("/hand-over").text


def part(html: str, heading: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition(f"<h2>{heading}</h2>")[2].partition("<h2>")[0]).split())


def test_what_a_shift_leaves_is_taken_over_by_name(guest: TestClient, street: Street, clock: Clock) -> None:
    for name in ("ann", "bo"):
        add_account(street.store, name, "desk@lane")
    add_account(street.store, "boss", "supervisor@town")
    perform, ann = api_context(street.store, clock).perform, person("ann", "desk", "lane")
    kept, closed = (street.open("no_water", n, minutes_ago=30) for n in (0, 1))
    street.sos(2)
    for alert in (kept, closed):
        perform(ann, Acknowledge(alert.id, 1))
    perform(ann, AddNote(kept.id, "her neighbour has the key"))
    perform(ann, Resolve(closed.id, Outcome.FINE, 2, "spoke to her"))
    html = enter(guest, street, "ann", clock)
    left = part(html, "Left over: somebody has it")
    assert "Lin Yue · Plum Lane" in left
    assert "ann · open: 30 min “her neighbour has the key · ann”" in left
    assert "SOS pressed Chen Guilan" in part(html, "Left over: nobody has it yet")
    assert "王秀英 · Plum Lane" in part(html, "Closed in this shift")
    said = {"csrf": csrf_of(html), "area": "lane", "accepting": "bo"}
    assert guest.post("/console/hand-overs", data=said).status_code == 303
    for wrong, status in (({"accepting": "nobody"}, 422), ({"area": "moon"}, 404), ({"leaving": "bo"}, 403)):
        refused = guest.post("/console/hand-overs", data=said | wrong)
        assert (refused.status_code, "Not " in refused.text) == (status, True)
    mine = guest.get("/hand-over").text
    assert ("ann offers the open alerts of Plum Lane to bo" in mine, "Take them over" in mine) == (True, False)
    html = enter(guest, street, "bo", clock)
    (accept,) = re.findall(r'action="(/console/hand-overs/\d+/accept)"', html)
    assert guest.post(accept, data={"csrf": csrf_of(html)}).status_code == 303
    html = guest.get("/hand-over").text
    assert "bo · open: 30 min" in part(html, "Left over: somebody has it")
    assert "alerts: 1" in part(html, "Offers of the last 12 hours")
    assert guest.post(accept, data={"csrf": csrf_of(html)}).status_code == 409
    html = enter(guest, street, "boss", clock)
    assert 'name="leaving"' in html, "somebody may have gone home without a word"
    assert "本班已办结" in guest.get("/hand-over", headers={"accept-language": "zh-CN"}).text


def test_a_shift_that_changes_hands_in_its_middle_is_one_shift(guest: TestClient, office: Street, clock: Clock) -> None:
    assert "day, since 1 Mar 12:00" in enter(guest, office, "li.w", clock), "from when the rota was known"
    clock.now += HOUR
    give = GiveShift(ROTA.id, date(2026, 3, 1), "day", ZHAO)
    api_context(office.store, clock).perform(person("boss", "supervisor"), give)
    assert "day, since 1 Mar 12:00" in enter(guest, office, "zhao.w", clock)
