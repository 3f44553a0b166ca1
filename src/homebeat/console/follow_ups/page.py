"""Draws the page of follow-ups that are due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from homebeat.console.card.evidence import find_zone
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import join_parts
from homebeat.domain.follow_up import FollowUp, FollowUpState
from homebeat.domain.role import Operation
from homebeat.store.duty.values import ClosedCase
from homebeat.wording import Wording

_MOST: Final = 100
PATH: Final = "/follow-ups"


@dataclass(frozen=True, slots=True)
class FollowUpLine:
    """One closed case: whose, what it was, since when somebody is to ask, and whether the family was asked."""

    href: str
    home: str
    what: str
    clock: str
    standing: str


class FollowUpPages:
    """Draws the page for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(self, visitor: Visitor, words: Wording, cursor: str | None = None) -> str:
        """Render a page of those that are due, the longest due first.

        Raises:
            BadCursor: The cursor is not one of ours.
        """
        with self._context.open_view(visitor.principal, Operation.ANSWER) as view:
            page, zone = (
                view.reader.follow_ups.read_page(FollowUpState.WAITING, _MOST, cursor),
                find_zone(view.reader.homes.find_timezone()),
            )
            due = [one for one in page.items if one.due_at <= view.now]
            cases = view.reader.follow_ups.find_cases(one.alert_id for one in due)
            names = view.name_residents(case.household for case in cases.values())
        lines = [
            _make_line(one, case, names.get(case.household, ()), words, zone) for one in due if (case := cases.get(one.alert_id))
        ]
        return self._templates.render(
            "follow_ups.html",
            words,
            lines=lines,
            next_href=f"{PATH}?cursor={quote(page.next_cursor, safe='')}" if page.next_cursor and due else "",
            **make_frame(visitor, words, PATH),
        )


def _make_line(one: FollowUp, case: ClosedCase, names: Iterable[str], words: Wording, zone: str) -> FollowUpLine:
    closed = "" if case.closed_at is None else words.clock(case.closed_at, zone)
    return FollowUpLine(
        f"/?alert={quote(one.alert_id)}",
        join_parts(*names) or case.household,
        words.rule_name(case.rule),
        words.text("closed %(closed)s, due since %(clock)s", closed=closed, clock=words.clock(one.due_at, zone)),
        words.text("the family was asked") if one.asked else words.text("nobody of the family could be asked: call"),
    )
