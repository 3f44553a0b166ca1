"""What an installation says about answering alerts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from homebeat.domain.response_plan import PlanBook
from homebeat.domain.rota import Holidays


@dataclass(frozen=True, slots=True)
class ResponseSetup:
    """What the settings say about answering alerts.

    Attributes:
        link_base: What links in notices begin with.
        book: The response plans of the settings.
        calendars: The public holidays that rotas go by, by the name of the calendar.
        find_book: Finds the plans that hold now, with what the console says, as a transaction sees them; None where `book` holds.
    """

    link_base: str = ""
    book: PlanBook = field(default_factory=PlanBook)
    calendars: Mapping[str, Holidays] = field(default_factory=dict)
    find_book: Callable[[Any], PlanBook] | None = None

    def settle(self, reader: object) -> ResponseSetup:
        """Settle which plans hold, for one transaction: all of it goes by the same."""
        return self if self.find_book is None else replace(self, book=self.find_book(reader), find_book=None)


PLAIN: Final = ResponseSetup()
