"""Writes what whoever went to a home has said of it."""

from __future__ import annotations

from typing import Final

from homebeat.domain.home_mark import HomeMark
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

_SAYS: Final = {HomeMark.SEEN: msg("seen by whoever went there, %(clock)s"), HomeMark.NOT_OPENED: msg("nobody opened, %(clock)s")}


def write_mark(mark: HomeMark | None, marked_at: int | None, words: Wording, zone: str) -> str:
    """Write a mark with its time; empty for none."""
    if mark is None or marked_at is None:
        return ""
    return words.text(_SAYS[mark], clock=words.clock(marked_at, zone))
