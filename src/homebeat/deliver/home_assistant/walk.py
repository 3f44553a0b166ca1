"""How far a walk through all homes has come, and when its next page is due. Pure: it knows neither homes nor a clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from homebeat.domain.ids import HouseholdId

#: How many homes are read and published at a time, and how many a second at most where everything is published anew.
PAGE: Final = 100
FASTEST_PER_S: Final = 200
FAST_PAGE_S: Final = PAGE / FASTEST_PER_S


@dataclass(slots=True)
class HomeWalk:
    """How far the walk through all homes has come. It begins fast, and goes on slowly for ever.

    Attributes:
        refresh_s: How long a slow walk lasts.
        after: The last home of the page before.
        is_fast: Whether the pages follow each other as quickly as may be.
        is_full: Whether configurations are published again that are known, too.
        due_at_s: When the next page is due, on the monotone clock.
    """

    refresh_s: float
    after: str = ""
    is_fast: bool = True
    is_full: bool = True
    due_at_s: float = 0.0
    _asked_after: str = field(default="", init=False)  # what was published up to this home has to be published again
    _until: str = field(default="", init=False)  # a walk that does so ends behind this home; empty: with the last one
    _pages: int = field(default=0, init=False)  # of this walk
    _last_pages: int = field(default=1, init=False)  # of the last walk through all homes

    def ask_again(self) -> None:
        """Ask for everything anew, quickly. A fast walk that goes on has the rest before it: afterwards what it had behind it."""
        if self.is_fast:
            # a walk that was to end sooner goes on to the last home: those behind were published before this
            self._asked_after, self._until = self.after, ""
        else:
            self._begin(is_fast=True, until="")
            self.due_at_s = 0.0

    def go_on(self, page: Sequence[HouseholdId], now_s: float) -> bool:
        """Note a page; returns whether it was the last one of this walk."""
        self._pages += 1
        is_last = len(page) < PAGE or bool(self._until and page[-1] >= self._until)
        if not is_last:
            self.after = page[-1]
        else:
            if not self._until:
                self._last_pages = self._pages
            self._begin(is_fast=bool(self._asked_after), until=self._asked_after)
            self.is_full, self._asked_after = False, ""
        # more homes than the walk before had: the others would wait for longer than a state holds
        is_longer = self._pages >= self._last_pages
        self.due_at_s = now_s + (FAST_PAGE_S if self.is_fast or is_longer else self.refresh_s / self._last_pages)
        return is_last

    def _begin(self, *, is_fast: bool, until: str) -> None:
        self.after, self._pages, self.is_fast, self._until = "", 0, is_fast, until
