"""What a responder is certified for, and what follows when a certificate ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of a responder.

    Attributes:
        last_day: The last day on which it is good; None for no end.
        skills: The skills that nobody has without it.
    """

    name: str
    last_day: date | None = None
    skills: tuple[str, ...] = ()

    def is_good_on(self, day: date) -> bool:
        """Whether it is good on a day."""
        return self.last_day is None or day <= self.last_day


def list_lost_skills(skills: Iterable[str], certificates: Iterable[Certificate], day: date) -> list[str]:
    """List the skills that somebody does not have on a day, because every certificate for them has ended, in their order."""
    needed: dict[str, bool] = {}
    for one in certificates:
        for skill in one.skills:
            needed[skill] = needed.get(skill, False) or one.is_good_on(day)
    return [skill for skill in skills if not needed.get(skill, True)]
