"""Who can be told about an alert: the family of its home, and the staff for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from homebeat.domain.alert import Subject
from homebeat.domain.ids import AreaId, ContactId, HouseholdId
from homebeat.domain.notice import STOPPED, Recipient
from homebeat.domain.response_plan import Party, PlanStep

#: Where an alert belongs: to a home, to an area, or to no place.
Place = tuple[HouseholdId | None, AreaId | None]
_NOBODY: Final[Mapping[Party, Sequence[Recipient]]] = {}


@dataclass(frozen=True, slots=True)
class Receivers:
    """Who can be told about an alert of one place.

    Attributes:
        family: Every channel of the home's contacts, in call order.
        staff: Every channel of those who can be told as one of the other parties, in the order in which to tell them.
        plan: The name of the plan that the fleet file gives the home; empty for none.
        path: Its area and every area above that, the nearest first.
        building: The id of the building of the home; empty where it is not known.
        resident: How the residents of the home are asked themselves: over channels of their own, and on their devices.
        unrelieved: Those of the staff who should not have this work, and have it because nobody can stand in.
    """

    family: Sequence[Recipient] = ()
    staff: Mapping[Party, Sequence[Recipient]] = field(default_factory=lambda: _NOBODY)
    plan: str = ""
    path: tuple[AreaId, ...] = ()
    resident: Sequence[Recipient] = ()
    unrelieved: frozenset[ContactId] = frozenset()
    building: str = ""

    def list_turns(self, step: PlanStep) -> list[tuple[ContactId | None, list[Recipient]]]:
        """List whom a step tells: the channels of all of them (None), or with `in_turn` those of one person after the other."""
        at_home = {Party.FAMILY: self.family, Party.RESIDENT: self.resident}
        found = at_home[step.who] if step.who in at_home else self.staff.get(step.who, ())
        if not step.in_turn:
            wanted = _keep(found, step)
            return [(None, wanted)] if wanted else []
        return [(who, ways) for who, each in groupby(found, key=lambda way: way[0]) if (ways := _keep(each, step))]

    def has_anybody(self, step: PlanStep) -> bool:
        """Whether a step reaches anybody."""
        return bool(self.list_turns(step))


def _keep(ways: Iterable[Recipient], step: PlanStep) -> list[Recipient]:
    return [way for way in ways if way[1] != STOPPED and step.channel in {"", way[1]}]


NOBODY: Final = Receivers()


def get_place(subject: Subject) -> Place:
    """Get the place that an alert belongs to."""
    return subject.household, subject.area
