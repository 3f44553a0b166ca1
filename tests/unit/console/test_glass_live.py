"""A page that is open while the glass is broken: it shows more, and no longer when the time is over or the role is gone."""

from __future__ import annotations

import asyncio

import pytest

from homebeat.actions import BreakGlass
from homebeat.actions.identify import Caller
from homebeat.api import LivePlaces
from homebeat.console import ConsoleContext
from homebeat.console.desk.live import LivePage
from homebeat.console.desk.queue import Windows
from homebeat.console.desk.row import RowPainter
from homebeat.console.web.access import Visitor
from homebeat.console.web.page import Templates
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.ids import HouseholdId
from homebeat.domain.principal import Grant
from homebeat.domain.response_plan import PlanBook
from homebeat.wording import Wording
from tests.people import add_account, add_session, cheap_sign_in, digest, person
from tests.unit.api.fixtures import api_context
from tests.unit.api.street import Clock, Street


@pytest.mark.parametrize("ends_by", ["time", "role"])
def test_an_open_page_hides_the_row_again(street: Street, clock: Clock, ends_by: str) -> None:
    street.sos(3)
    api = api_context(street.store, clock)
    context = ConsoleContext(
        street.store, clock, api.feed, api.perform, LivePlaces(), cheap_sign_in(street.store, api.perform, clock), tick_s=0.05
    )
    add_account(street.store, "ann", "admin")
    add_session(street.store, "ann", "cookie", clock.now)
    who, templates = person("ann", "admin"), Templates()
    api.perform(who, BreakGlass(HouseholdId("h-3"), "she called for help"))
    visitor = Visitor(Caller(who, digest("cookie"), None), "cookie")
    live = LivePage(
        context, templates, RowPainter(templates), Windows(street.store, lambda _reader: PlanBook()), Wording("en"), None, visitor
    )

    async def rows_shown() -> list[bool]:
        shown: list[bool] = []
        async for event in live.stream_events():
            if '"put"' in event:
                shown.append("4-103" in event)
                if len(shown) == 2:
                    break
                if ends_by == "time":
                    clock.now += 30 * MINUTE_MS
                else:
                    with street.store.begin() as tx:
                        tx.accounts.take("user:ann", Grant("admin"))
        return shown

    shown = asyncio.run(asyncio.wait_for(rows_shown(), 20))
    assert shown == ([True, False] if ends_by == "time" else [True]), "with the role, the stream ends"
