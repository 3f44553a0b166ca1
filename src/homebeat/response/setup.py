"""What an installation says about answering alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from homebeat.domain.response_plan import PlanBook
from homebeat.domain.rota import Holidays


@dataclass(frozen=True, slots=True)
class ResponseSetup:
    """What the settings say about answering alerts.

    Attributes:
        link_base: What links in notices begin with.
        book: The response plans.
        calendars: The public holidays that rotas go by, by the name of the calendar.
    """

    link_base: str = ""
    book: PlanBook = field(default_factory=PlanBook)
    calendars: Mapping[str, Holidays] = field(default_factory=dict)


PLAIN: Final = ResponseSetup()
