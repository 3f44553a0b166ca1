"""The catalogue of events: its examples are what a real database gives of a story that goes through every type."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from homebeat import actions
from homebeat.actions.report_visit import VisitReport
from homebeat.domain.alert import Outcome, Priority, TransitionKind
from homebeat.domain.event import EventType, make_event_body
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.ids import AlertId, AreaId, ResponderId
from homebeat.domain.platform import OrderProgress
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store, open_store
from tests.contract.response.street import Town, quiet
from tests.docs.pages import DOCS
from tests.keys import KEY_FILE
from tests.people import add_account, person

PAGE: Final = DOCS / "events.md"
#: In place of that of the story: an area that the other pages and the demo have too.
_AREA: Final = "plum-lane"
#: A step that the catalogue does not know has this type; there is none.
WITHOUT_EXAMPLE: Final = frozenset({EventType.CHANGED})
_EXAMPLES: Final = re.compile(r"(?<=<!-- examples, made by python -m tests.docs -->\n).*(?=<!-- end of examples -->)", re.DOTALL)


def refresh() -> None:
    """Write the examples into the page."""
    PAGE.write_text(put_examples(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def put_examples(page: str) -> str:
    """Put the examples in place of those that a page has."""
    examples = tell()
    text = "".join(f"```json\n{_write(examples[kind])}\n```\n" for kind in EventType if kind not in WITHOUT_EXAMPLE)
    return _EXAMPLES.sub(lambda _: f"\n{text}\n", page)


def _write(body: dict[str, Any]) -> str:
    body["data"]["area"] = _AREA
    head = {name: value for name, value in body.items() if name != "data"}
    return f"{json.dumps(head)[:-1]},\n {json.dumps({'data': body['data']})[1:]}"


def tell() -> dict[EventType, dict[str, Any]]:
    """Tell the story; gives the last event of each type that happened."""
    with _open() as store:
        town = Town(store, PlanBook())
        _live(town)
        with store.read(EVERYTHING) as reader:
            found = reader.events.read_after(0, reader.events.find_last(), 1_000)
    return {event.type: make_event_body(event, "https://care.example", gives_ids=False) for event in found}


@contextmanager
def _open() -> Iterator[Store]:
    with TemporaryDirectory() as home:
        store = open_store(f"sqlite:///{Path(home) / 'story.db'}", KEY_FILE)
        try:
            yield store
        finally:
            store.close()


def _live(town: Town) -> None:
    chen, city = person("chen", Role.DESK, "lane"), person("city", Role.INTEGRATOR, "lane")
    alert = town.happens(quiet("fall"))
    town.minute(6)
    town.family("h1/son", alert, FamilyReply.GO)
    town.happens(replace(quiet("fall", priority=Priority.CRITICAL), at=town.now, kind=TransitionKind.REOPENED))
    _visit(town, alert)
    town.act(chen, actions.Acknowledge(alert))
    town.act(chen, actions.Release(alert))
    town.act(chen, actions.Acknowledge(alert))
    town.act(chen, actions.AddNote(alert, "the neighbour has a key"))
    _order(town, alert)
    town.minute(90)
    town.over(quiet("fall"))
    town.visitor("/zhou", alert, VisitReport.GO)
    town.act(chen, actions.Acknowledge(alert))
    town.act(chen, actions.Resolve(alert, Outcome.HELPED, note="helped up"))
    town.act(chen, actions.Reopen(alert))
    town.happens(quiet(home="h2"))
    town.happens(replace(quiet(home="h2"), at=town.now, kind=TransitionKind.CONTRADICTED))
    town.act(chen, actions.Resolve(alert, Outcome.HELPED, note="helped up"))
    town.act(city, actions.ReportOrder(alert, "city", "12345-20260101-0007", OrderProgress.NOTE, note="called her"))

    _pass_on(town)


def _pass_on(town: Town) -> None:
    """One that is handed over at the end of a shift, and then forgotten."""
    chen, bo = person("chen", Role.DESK, "lane"), person("bo", Role.DESK, "lane")
    add_account(town.store, "bo", "desk@lane")
    town.act(chen, actions.Acknowledge(town.happens(quiet("no_water", "h2"))))
    offered = town.act(chen, actions.OfferHandOver(AreaId("lane"), "bo"))
    town.act(bo, actions.AcceptHandOver(offered.offer))
    town.minute(180)


def _visit(town: Town, alert: AlertId) -> None:
    """One who comes, one who is called off, and one who does not come."""
    chen = person("chen", Role.DESK, "lane")
    town.act(chen, actions.AssignVisit(alert, ResponderId("wang")))
    for report in (VisitReport.GO, VisitReport.AT_DOOR):
        town.visitor("/wang", alert, report)
    town.visitor("/wang", alert, VisitReport.SEEN, outcome=Outcome.HELPED)
    town.visitor("/zhou", alert, VisitReport.GO)
    town.visitor("/zhou", alert, VisitReport.CANNOT)
    town.act(chen, actions.AssignVisit(alert, ResponderId("care-co")))
    town.minute(20)


def _order(town: Town, alert: AlertId) -> None:
    city = person("city", Role.INTEGRATOR, "lane")
    town.act(city, actions.ReportOrder(alert, "city", "12345-20260101-0007", OrderProgress.AT_THE_DOOR))
