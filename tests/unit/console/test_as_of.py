"""Three days after the watch died no surface says that anybody is well: API, figures, queue, card, page of a resident."""

from __future__ import annotations

import asyncio
import re

from prometheus_client.parser import text_string_to_metric_families

from homebeat.actions.identify import Caller
from homebeat.api import LivePlaces
from homebeat.console import ConsoleContext
from homebeat.console.desk.live import LivePage
from homebeat.console.desk.queue import Window, Windows
from homebeat.console.desk.row import RowPainter
from homebeat.console.web.access import Visitor
from homebeat.console.web.page import Templates
from homebeat.domain.as_of import STALE_MS
from homebeat.domain.response_plan import PlanBook
from homebeat.wording import Wording
from tests.people import add_session, cheap_sign_in, digest, person, sign_in
from tests.unit.api.fixtures import BEARER, TestClient, api_context
from tests.unit.api.street import HOUR, Clock, Street
from tests.unit.console.test_desk import page

LAST_WORD = "2026-03-01T04:00:00Z"


def states(client: TestClient, path: str) -> list[dict[str, object]]:
    body = client.get(path, headers=BEARER).json()
    people = body["residents"] if "residents" in body else body.get("items", [body])
    return [person["state"] for person in people]


def residents_by_state(client: TestClient) -> dict[str, float]:
    families = text_string_to_metric_families(client.get("/metrics", headers=BEARER).text)
    return next({s.labels["state"]: s.value for s in f.samples} for f in families if f.name == "homebeat_residents")


def tiles(html: str) -> dict[str, int]:
    """How many people the header shows in each state."""
    found = re.findall(r'<li class="extra (\w+)">(?:<span>[^<]*</span>|<a [^>]*>[^<]*) <b>(\d+)', html)
    return {state: int(number) for state, number in found}


def counts(window: Window) -> dict[str, str]:
    return {tile.look.removeprefix("extra "): tile.count for tile in window.tiles if tile.look.startswith("extra")}


def test_while_the_watch_speaks_states_are_shown_with_their_time(desk: TestClient, clock: Clock) -> None:
    clock.now += 60_000
    (state,) = states(desk, "/api/v1/residents/r-0")
    assert (state["state"], state["as_of"]) == ("active", LAST_WORD)
    assert residents_by_state(desk) == {"active": 6.0, "quiet": 3.0, "unknown": 3.0}


def test_three_days_after_its_last_word_everybody_is_unknown(desk: TestClient, street: Street, clock: Clock) -> None:
    alert = street.open("no_sign_of_life", 0)
    clock.now += 72 * HOUR
    street.beat("deliver", "deadlines")
    assert sign_in(desk, street.store, "desk-1", now=clock.now).status_code == 303
    for path in ("residents", "residents/r-0", "households/h-0"):
        for state in states(desk, f"/api/v1/{path}"):
            assert (state["state"], state["since"], state["as_of"]) == ("unknown", LAST_WORD, LAST_WORD)
    assert states(desk, "/api/v1/residents?state=active") == states(desk, "/api/v1/residents?state=quiet") == []
    assert len(states(desk, "/api/v1/residents?state=unknown")) == street.homes
    devices = desk.get("/api/v1/devices", headers=BEARER).json()["items"]
    assert {(device["silent"], device["as_of"]) for device in devices} == {(None, LAST_WORD)}
    assert desk.get("/api/v1/devices?silent=false", headers=BEARER).json()["items"] == []
    assert residents_by_state(desk) == {"active": 0.0, "quiet": 0.0, "unknown": float(street.homes)}
    assert tiles(page(desk)) == {"active": 0, "quiet": 0, "unknown": street.homes}
    for path in (f"/?alert={alert.id}", "/resident/r-0"):
        html = page(desk, path)
        assert re.findall(r'<p class="state (\w+)"', html) == ["unknown"]
        assert "Monitoring has been silent since 1 Mar 12:00. This does not mean that all is well." in html
    assert '<li class="heard">' not in page(desk, f"/?alert={alert.id}")


def test_a_page_that_is_open_learns_of_it_though_nothing_changes(street: Street, clock: Clock) -> None:
    words, windows = Wording("en"), Windows(street.store, lambda _reader: PlanBook())
    assert counts(windows.get(0, words, clock.now, None, person("ann", "desk"))) == {"active": "6", "quiet": "3", "unknown": "3"}
    clock.now += STALE_MS
    assert counts(windows.get(0, words, clock.now, None, person("ann", "desk")))["active"] == "6"
    clock.now += 1
    assert counts(windows.get(0, words, clock.now, None, person("ann", "desk"))) == {"active": "0", "quiet": "0", "unknown": "12"}
    street.beat("watch")
    clock.now += 5_001
    assert counts(windows.get(0, words, clock.now, None, person("ann", "desk")))["active"] == "6"


def test_an_open_page_is_told_so_by_itself(street: Street, clock: Clock) -> None:
    api = api_context(street.store, clock)
    context = ConsoleContext(
        street.store, clock, api.feed, api.perform, LivePlaces(), cheap_sign_in(street.store, api.perform, clock), tick_s=0.05
    )
    templates = Templates()
    add_session(street.store, "desk-1", "cookie", clock.now)
    visitor, painter = Visitor(Caller(person("desk-1", "desk"), digest("cookie"), None), "cookie"), RowPainter(templates)
    live = LivePage(context, templates, painter, Windows(street.store, lambda _reader: PlanBook()), Wording("en"), None, visitor)

    async def tiles_shown() -> list[dict[str, int]]:
        shown: list[dict[str, int]] = []
        async for event in live.stream_events():
            if '"counts"' in event:
                shown.append(tiles(event.replace('\\"', '"')))
                if len(shown) == 2:
                    break
                clock.now += STALE_MS + 1
        return shown

    before, after = asyncio.run(asyncio.wait_for(tiles_shown(), 20))
    assert before == {"active": 6, "quiet": 3, "unknown": 3}
    assert after == {"active": 0, "quiet": 0, "unknown": 12}
