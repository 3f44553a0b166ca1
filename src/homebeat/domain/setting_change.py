"""A change of a setting that somebody made in the console: what it was before, what it is after, and whether it is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from homebeat.domain.ids import AreaId

#: A change that concerns more residents than this takes two people.
MOST_ALONE: Final = 20
LONGEST_REASON: Final = 500
#: So many places, each an area and what is set there, hold something of the console's own. Beyond it a new one is refused.
MOST_PLACES: Final = 2_000
RULES: Final = "rules."
#: Which plan holds in a place: `plan` and `rules`.
RESPONSE: Final = "response"
#: With its name, a plan of the console's own.
PLANS: Final = "response.plans."


class SettingState(StrEnum):
    """What has become of a change."""

    PROPOSED = "proposed"  # it waits for a second person
    IN_FORCE = "in_force"  # it holds, unless a newer one of the same place does
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One change. Of each place, which is an area and a subject, the newest that is in force holds.

    Attributes:
        id: Counts up; 0 before it is stored.
        area: With all below it; None for everywhere.
        subject: A dotted key, such as `rules.no_water`.
        before: What the console said of this place before, as a settings file would; None: nothing, so the file holds.
        after: What it says from now on, in the same form; None: the file holds again.
        state: What has become of it.
        residents: How many it concerns: those who lived there when it was made.
        at: When it was made, epoch ms; by `actor`.
        reason: Why, in the words of who made it.
        tried: What a back-test said of it, in short; None where it was not tried.
        decided_at: When a second person decided, or it was withdrawn; None before, and where none was needed.
        word: What whoever decided said to it.
    """

    id: int
    area: AreaId | None
    subject: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    state: SettingState
    residents: int
    at: int
    actor: str
    reason: str = ""
    tried: Mapping[str, Any] | None = field(default=None)
    decided_at: int | None = None
    decided_by: str = ""
    word: str = ""

    @property
    def key(self) -> str:
        """The dotted key under which a settings file says the same."""
        return self.subject if self.area is None else f"areas.{self.area}.{self.subject}"


def needs_two(residents: int) -> bool:
    """Whether a change that concerns so many residents takes two people."""
    return residents > MOST_ALONE
