"""Draws the page of broken glass, for whoever reviews it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from homebeat.actions.glass_reviewers import find_unreviewable
from homebeat.actions.same_person import is_same_person
from homebeat.console.card.evidence import find_zone
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import join_parts, name_actor, show_masked
from homebeat.domain.personal import Illegible
from homebeat.domain.role import Operation
from homebeat.store import BrokenGlass
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

_MOST: Final = 100
NOBODY: Final = msg("Nobody else could: in this area nobody else has a role that reviews, such as supervisor.")


@dataclass(frozen=True, slots=True)
class GlassLine:
    """One entry: who, which home, when, why, and who has looked at it.

    Attributes:
        href: Where the form goes that says "I have looked at it"; empty where the visitor cannot say so: it is their own, or
            their role does not show why.
    """

    who: str
    home: str
    clock: str
    reason: str
    standing: str
    href: str
    is_over: bool


class GlassPages:
    """Draws the page of broken glass for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(self, visitor: Visitor, words: Wording, cursor: str | None = None, notice: str = "") -> str:
        """Render a page of what the visitor reviews, newest first.

        Raises:
            BadCursor: The cursor is not one of ours.
        """
        with self._context.open_view(visitor.principal, Operation.REVIEW_GLASS) as view:
            page, zone = view.read_glass(_MOST, cursor), find_zone(view.reader.homes.find_timezone())
            names = view.name_residents(entry.household for entry in page.items)
            own = {
                one for one in {entry.actor for entry in page.items} if is_same_person(view.reader.keys, one, str(visitor.actor))
            }
            nobodys = find_unreviewable(view.reader, page.items, view.now)
        lines = [
            _make_line(
                entry, names.get(entry.household, ()), words, zone, is_own=entry.actor in own, is_nobodys=entry.id in nobodys
            )
            for entry in page.items
        ]
        return self._templates.render(
            "glass.html",
            words,
            lines=lines,
            notice=notice,
            next_href=f"/glass?cursor={quote(page.next_cursor, safe='')}" if page.next_cursor else "",
            **make_frame(visitor, words, "/glass"),
        )


def _make_line(
    entry: BrokenGlass, names: Iterable[str], words: Wording, zone: str, *, is_own: bool, is_nobodys: bool
) -> GlassLine:
    until = words.text("until %(clock)s", clock=words.clock(entry.ends_at, zone))
    seen = "" if entry.seen_at is None else words.clock(entry.seen_at, zone)
    looked = words.text("%(name)s has looked at it, %(clock)s", name=name_actor(entry.seen_by, words), clock=seen) if seen else ""
    own = words.text("Your own: somebody else must look at it.") if is_own and not looked else ""
    return GlassLine(
        name_actor(entry.actor, words),
        join_parts(*names) or entry.household,
        join_parts(words.clock(entry.at, zone), until),
        show_masked(entry.reason, words),
        looked or join_parts(own or words.text("Nobody has looked at it yet."), words.text(NOBODY) if is_nobodys else ""),
        "" if looked or is_own or entry.reason == Illegible.HIDDEN else f"/console/glass/{entry.id}",
        bool(looked),
    )
