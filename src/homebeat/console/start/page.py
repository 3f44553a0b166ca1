"""Draws what an empty installation still needs, in the order in which it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from homebeat.actions.pulse import read_as_of
from homebeat.console.web.access import Visitor
from homebeat.console.web.blind import check_sight
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import Option
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.domain.announced_test import CALLING
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Beginning
from homebeat.wording import Wording

PATH: Final = "/start"
_MOST: Final = 500
NOTHING_TYPED: Final[Mapping[str, str]] = {"id": "", "name": "", "parent": ""}


@dataclass(frozen=True, slots=True)
class BeginningStep:
    """One step: whether it is done, what it is, what to do, and where."""

    key: str
    is_done: bool
    name: str
    says: str
    href: str = ""
    link: str = ""


class StartPages:
    """Draws the page for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(
        self, visitor: Visitor, words: Wording, typed: Mapping[str, str] = NOTHING_TYPED, faults: Sequence[tuple[str, str]] = ()
    ) -> str:
        """Render the steps; `typed` and `faults` are those of an area that was refused."""
        scope = visitor.find_scope(Operation.MANAGE_HOMES)
        with self._context.open_view(visitor.principal, Operation.MANAGE_HOMES) as view:
            found = view.reader.beginnings.read_beginning(CALLING)
            areas = [Option(area.id, area.name) for area in view.reader.homes.list_areas()[:_MOST]]
            is_watched = read_as_of(view.reader, view.now).is_current
        blind = check_sight(self._context, words, scope).blind
        broker = _describe_broker(self._context.broker, blind, words)
        return self._templates.render(
            "start.html",
            words,
            steps=_list_steps(found, words, broker, is_watched=is_watched and not blind),
            areas=areas,
            may_be_top=scope == EVERYTHING,
            typed=typed,
            faults=[words.text("%(name)s: %(state)s", name=place, state=text) for place, text in faults],
            **make_frame(visitor, words, PATH),
        )


def _describe_broker(broker: str, blind: str, words: Wording) -> str:
    """What is wrong, where there is something; then where devices send to, and how that is changed."""
    where = words.text(
        "homebeat reads from the broker at %(broker)s. Devices send there, each under its own name and password, to the topic "
        "homebeat/v1/ID/readings. Another broker is set in the settings file, under [mqtt]; then homebeat is started again.",
        broker=broker or words.text("an unknown address"),
    )
    return words.join_sentences(blind, where) if blind else where


def _list_steps(found: Beginning, words: Wording, broker: str, *, is_watched: bool) -> list[BeginningStep]:
    home = "" if found.home is None else f"/homes/{quote(found.home, safe='')}"
    return [
        BeginningStep("broker", is_watched, words.text("Monitoring runs and reaches the broker"), broker),
        BeginningStep(
            "area",
            found.has_area,
            words.text("The first area"),
            words.text("A city, a street or a community. People get their roles in areas."),
        ),
        BeginningStep(
            "home",
            found.home is not None,
            words.text("The first home"),
            words.text("Where it is, who lives there, whom to call, and which devices stand there."),
            *(("/homes/new", words.text("Add a home")) if found.has_area else ()),
        ),
        BeginningStep(
            "device",
            found.is_heard,
            words.text("The first device is heard"),
            words.text("Open a tap, or press a button of the band. What cannot be read is kept and says why."),
            *(("/devices", words.text("Devices")) if home else ()),
        ),
        BeginningStep(
            "alarm",
            found.is_answered,
            words.text("The first test alarm is answered"),
            words.text("Somebody presses SOS in the home; it is taken and closed here. The page says before who is notified."),
            *((f"{home}/trial", words.text("Test alarm")) if home else ()),
        ),
    ]
