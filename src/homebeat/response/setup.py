"""What an installation says about answering alerts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from homebeat.domain.response_plan import PlanBook


@dataclass(frozen=True, slots=True)
class ResponseSetup:
    """What the settings say about answering alerts.

    Attributes:
        link_base: What links in notices begin with.
        book: The response plans.
    """

    link_base: str = ""
    book: PlanBook = field(default_factory=PlanBook)


PLAIN: Final = ResponseSetup()
