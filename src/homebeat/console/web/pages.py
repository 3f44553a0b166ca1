"""Which pages beside the desk somebody may open: the small navigation in each header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from homebeat.console.web.access import Visitor
from homebeat.console.web.page import make_language_link
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

#: The audit has no areas: it takes a role for the whole installation.
_OF_ALL: Final = frozenset({Operation.READ_AUDIT})
#: The pages by their path: the name, and the operation that opens it.
PAGES: Final[Mapping[str, tuple[str, Operation]]] = {
    "/map": (msg("Map"), Operation.READ_HOMES),
    "/supervisor": (msg("Supervision"), Operation.READ_TOTALS),
    "/devices": (msg("Devices"), Operation.READ_HOMES),
    "/visits": (msg("My visits"), Operation.ANSWER),
    "/residents": (msg("Residents"), Operation.READ_HOMES),
    "/closed": (msg("Closed alerts"), Operation.READ_ALERTS),
    "/follow-ups": (msg("Follow-ups"), Operation.ANSWER),
    "/hand-over": (msg("Hand-over"), Operation.ANSWER),
    "/duty": (msg("Duty"), Operation.READ_DUTY),
    "/silences": (msg("Silences"), Operation.READ_ALERTS),
    "/settings/rotas": (msg("Rotas"), Operation.ARRANGE_DUTY),
    "/settings/channels": (msg("Channels"), Operation.READ_SERVICE),
    "/settings": (msg("Settings"), Operation.SET_RULES),
    "/providers": (msg("Providers and volunteers"), Operation.READ_DUTY),
    "/people": (msg("People"), Operation.READ_PEOPLE),
    "/keys": (msg("Keys"), Operation.READ_PEOPLE),
    "/labels": (msg("Door labels"), Operation.DOOR_CODES),
    "/start": (msg("First hour"), Operation.MANAGE_HOMES),
    "/audit": (msg("Audit"), Operation.READ_AUDIT),
    "/glass": (msg("Broken glass"), Operation.REVIEW_GLASS),
}
#: The pages of settings by their path: the name, what is set there, and the operation that opens it. `/settings` lists them.
SETTINGS: Final[Mapping[str, tuple[str, str, Operation]]] = {
    "/settings/rules": (
        msg("Rules"),
        msg("Which rules watch in an area, and with which limits. What is changed here holds within seconds."),
        Operation.SET_RULES,
    ),
    "/settings/plans": (
        msg("Response plans"),
        msg("Who is told of an alert, and who next when nobody answers, by area and rule."),
        Operation.SET_RULES,
    ),
    "/settings/guides": (
        msg("Steps beside alerts"),
        msg("What a card shows to ask and whom to call, by area and rule."),
        Operation.SET_GUIDES,
    ),
    "/settings/rotas": (msg("Rotas"), msg("Who is on duty where and when."), Operation.ARRANGE_DUTY),
    "/settings/channels": (
        msg("Channels"),
        msg("By which channels people are reached, and a test of each."),
        Operation.READ_SERVICE,
    ),
}


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page that somebody may open; `is_here` where it is the one that they see."""

    href: str
    name: str
    is_here: bool


def list_pages(visitor: Visitor, words: Wording, here: str = "") -> list[PageLink]:
    """List the pages that a visitor may open; `here` is the path of the one that is drawn."""
    return [
        PageLink(path, words.text(name), path == here)
        for path, (name, operation) in PAGES.items()
        if _may_open(visitor, operation)
    ]


def make_frame(visitor: Visitor, words: Wording, here: str, language_path: str = "") -> dict[str, Any]:
    """Make what the header of every page beside the desk shows, and what its forms carry.

    Args:
        visitor: Who looks.
        words: Their language.
        here: The path of the page.
        language_path: Where the link to the other language leads; empty for `here`.
    """
    return {
        "csrf": visitor.csrf,
        "pages": list_pages(visitor, words, here),
        "sees_queue": visitor.may(Operation.READ_ALERTS),
        "language_href": make_language_link(words, language_path or here),
    }


def find_first_page(visitor: Visitor) -> str | None:
    """Find a page for who may not see the queue; None where there is none."""
    return next((path for path, (_, operation) in PAGES.items() if _may_open(visitor, operation)), None)


def _may_open(visitor: Visitor, operation: Operation) -> bool:
    return visitor.may(operation) and (operation not in _OF_ALL or visitor.find_scope(operation) == EVERYTHING)
