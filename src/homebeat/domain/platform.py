"""A city's platform for work orders: it follows the events of some areas, and reports back how far its orders have come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from homebeat.domain.alert import JUDGING_FAILED, Outcome, Queue
from homebeat.domain.event import AlertEvent, EventType
from homebeat.domain.ids import AreaId
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.domain.service_alerts import SERVICE_ALERTS

#: What homebeat says of itself, its staff and its contacts is no city's work order.
_OWN_MATTERS: Final = frozenset({JUDGING_FAILED, *(code for code, one in SERVICE_ALERTS.items() if one.is_own_matter)})


class OrderProgress(StrEnum):
    """How far a platform's order has come, in our words."""

    TAKEN = "taken"  # somebody there answers for it
    ON_THE_WAY = "on_the_way"
    AT_THE_DOOR = "at_the_door"
    DONE = "done"  # with what was found
    NOTE = "note"  # worth knowing, and changes nothing


@dataclass(frozen=True, slots=True)
class Platform:
    """What an installation agreed with one platform.

    Attributes:
        name: Of our own; in histories and for its place among the events.
        key: The name of the API key with which it reports back; empty where it does not.
        areas: Whose alerts it follows, with all below; empty for the whole installation.
        events: Which events it gets.
        queues: Of which queues.
        gives_ids: Whether it gets the ids of home and resident.
        states: Its words for how far an order has come, and ours.
        outcomes: Its words for what was found, and ours.
        url: Where events are sent; empty for a platform that pulls.
        secrets: The secret in use and, while it is replaced, the next one.
    """

    name: str
    key: str = ""
    areas: frozenset[AreaId] = frozenset()
    events: frozenset[EventType] = frozenset(EventType)
    queues: frozenset[Queue] = frozenset({Queue.CARE})
    gives_ids: bool = False
    states: Mapping[str, OrderProgress] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    url: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def scope(self) -> Scope:
        """The areas whose alerts it follows."""
        return Scope(self.areas) if self.areas else EVERYTHING

    def wants(self, event: AlertEvent) -> bool:
        """Whether it gets this event."""
        return event.type in self.events and event.queue in self.queues and event.rule not in _OWN_MATTERS

    def find_progress(self, state: str) -> OrderProgress | None:
        """Find what a state of its own is in our words; None for one that the settings do not name."""
        return self.states.get(state.strip())

    def find_outcome(self, text: str) -> Outcome | None:
        """Find what an outcome of its own is in our words; it may also use ours."""
        text = text.strip()
        if text in self.outcomes:
            return self.outcomes[text]
        return _OURS.get(text)


_OURS: Final = {outcome.value: outcome for outcome in Outcome if outcome is not Outcome.WITHDRAWN}
