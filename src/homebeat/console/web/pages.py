"""Which pages beside the desk somebody may open: the small navigation in each header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from homebeat.console.web.access import Visitor
from homebeat.domain.role import Operation
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

_PAGES: Final[Mapping[str, tuple[str, Operation]]] = {
    "/people": (msg("People"), Operation.READ_PEOPLE),
    "/keys": (msg("Keys"), Operation.READ_PEOPLE),
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
        PageLink(path, words.text(name), path == here) for path, (name, operation) in _PAGES.items() if visitor.may(operation)
    ]


def find_first_page(visitor: Visitor) -> str | None:
    """Find a page for who may not see the queue; None where there is none."""
    return next((path for path, (_, operation) in _PAGES.items() if visitor.may(operation)), None)
