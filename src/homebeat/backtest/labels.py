"""What people found when they answered real alerts, held against what each variant would have raised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homebeat.backtest.episodes import Episode
from homebeat.domain.alert import Outcome, Queue


class Label(StrEnum):
    """What an alert turned out to be."""

    TRUE = "true"  # the person needed help
    FALSE = "false"  # all was well
    AWAY = "away"
    DEVICE = "device"


LABEL_OF: Final = {
    Outcome.HELPED: Label.TRUE,
    Outcome.HOSPITAL: Label.TRUE,
    Outcome.FINE: Label.FALSE,
    Outcome.FALSE: Label.FALSE,
    Outcome.AWAY: Label.AWAY,
    Outcome.DEVICE: Label.DEVICE,
}


@dataclass(frozen=True, slots=True)
class Closed:
    """A real alert that somebody closed. It lasted from `since` to `until`, epoch ms."""

    id: str
    rule: str
    queue: Queue
    household: str
    resident: str | None
    since: int
    until: int
    label: Label


class Answered:
    """Finds a variant's alert about the same person, in the same queue, at an overlapping time."""

    def __init__(self, episodes: Sequence[Episode], end: int) -> None:
        self._of_home: dict[str, list[Episode]] = defaultdict(list)
        self._end = end
        for episode in episodes:
            self._of_home[episode.household].append(episode)

    def opened_at(self, closed: Closed) -> int | None:
        """When it would have been raised; None if never. The same rule comes before others."""
        found = [e for e in self._of_home.get(closed.household, ()) if self._is_about(e, closed)]
        own = [e for e in found if e.rule == closed.rule]
        return min((e.opened_at for e in own or found), default=None)

    def _is_about(self, episode: Episode, closed: Closed) -> bool:
        if episode.queue is not closed.queue:
            return False
        if episode.resident and closed.resident and episode.resident != closed.resident:
            return False
        # one that would only open after people had come is no help
        return episode.opened_at <= closed.until and self._overlap(episode, closed)

    def _overlap(self, episode: Episode, closed: Closed) -> bool:
        """Half of the shorter one: what clears as the other begins is about another time."""
        over = episode.over_at or self._end
        shared = min(over, closed.until) - max(episode.since, closed.since)
        return shared >= 0 and 2 * shared >= min(over - episode.since, closed.until - closed.since)


def is_labelled(episode: Episode, closed: Sequence[Closed], end: int) -> Label | None:
    """What people found of a variant's alert; None when nobody ever closed one about it. Need counts before the rest."""
    probe = Answered([episode], end)
    found = {c.label for c in closed if probe.opened_at(c) is not None}
    return next((label for label in Label if label in found), None)
