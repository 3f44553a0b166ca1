"""Draws the list of keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from homebeat.actions.directory import ShownKey, open_directory
from homebeat.console.card.evidence import find_zone
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import GrantLine, Option, make_grant_choice, make_grant_lines
from homebeat.console.web.page import Templates, Waiting
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import join_parts, name_actor
from homebeat.domain.durations import DAY_MS
from homebeat.domain.role import Operation
from homebeat.wording import Wording

if TYPE_CHECKING:
    from homebeat.actions.give_out import GivenKey
    from homebeat.domain.ids import AreaId

#: Keys on one page.
_MOST: Final = 100
#: How long a key may be valid, in days; none is valid for good.
LIFETIMES: Final = (365, 90, 30)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key in the list.

    Attributes:
        state: `Revoked` or `Expired`; empty while it is valid.
        facts: Who made it and when, until when it is valid, when it was used.
    """

    name: str
    href: str
    id: str
    grants: Sequence[GrantLine]
    has_more: bool
    state: str
    facts: str
    may_revoke: bool


class KeyPages:
    """Draws the page of keys for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(
        self, visitor: Visitor, words: Wording, cursor: str | None = None, *, notice: str = "", made: GivenKey | None = None
    ) -> str:
        """Render a page of the keys that the visitor sees, with the form for a new one.

        Args:
            visitor: Who looks.
            words: Their language.
            cursor: Where the page before ended.
            notice: Why something was not done.
            made: A key that was just made; its secret is shown this once.

        Raises:
            BadCursor: The cursor is not one of ours.
        """
        now, may_change = self._context.clock(), visitor.may(Operation.MANAGE_PEOPLE)
        with open_directory(self._context.store, visitor.principal) as directory:
            page = directory.read_keys(_MOST, cursor)
            areas = directory.read_area_names()
            zone = find_zone(directory.find_timezone())
            choice = make_grant_choice(directory, words) if may_change else None
        return self._templates.render(
            "keys.html",
            words,
            keys=[_make_line(shown, areas, words, now, zone) for shown in page.items],
            next_href=f"/keys?cursor={quote(page.next_cursor)}" if page.next_cursor else "",
            choice=choice,
            lifetimes=[Option(str(days), words.text("%(days)s days", days=days)) for days in LIFETIMES],
            made=made,
            notice=notice,
            **make_frame(visitor, words, "/keys"),
        )


def find_end(now: int, days: int) -> int:
    """Find when a key that is made now ends, epoch ms."""
    return now + days * DAY_MS


def _make_line(shown: ShownKey, areas: dict[AreaId, str], words: Wording, now: int, zone: str) -> KeyLine:
    key, waiting = shown.key, Waiting(words)
    is_valid = key.is_valid(now)
    state = "" if is_valid else words.text("Revoked") if key.revoked_at is not None else words.text("Expired")
    used = words.text("never used") if key.used_at is None else words.text("used %(ago)s", ago=waiting.ago(key.used_at, now))
    ends = words.text("valid until %(clock)s", clock=words.clock(key.ends_at, zone)) if key.ends_at and is_valid else ""
    made = words.text("made by %(actor)s, %(clock)s", actor=name_actor(key.made_by, words), clock=words.clock(key.made_at, zone))
    return KeyLine(
        name=key.name,
        href=f"/console/keys/{quote(key.name, safe='')}/revoke",
        id=key.id,
        grants=make_grant_lines(shown.standing.grants, areas, words),
        has_more=shown.standing.has_more,
        state=state,
        facts=join_parts(used, ends, made),
        may_revoke=is_valid and shown.standing.may_change,
    )
