"""Compares what people found when they answered real alerts with the alerts that each variant would have opened."""

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
    Outcome.DECEASED: Label.TRUE,
    Outcome.AWAY: Label.AWAY,
    Outcome.MOVED: Label.AWAY,
    Outcome.DEVICE: Label.DEVICE,
}


@dataclass(frozen=True, slots=True)
class ClosedAlert:
    """A real alert that somebody closed. It lasted from `since` to `until`, epoch ms."""

    id: str
    rule: str
    queue: Queue
    household: str
    resident: str | None
    since: int
    until: int
    label: Label


class EpisodeMatcher:
    """Finds a variant's alert about the same person as a real one, in the same queue, at an overlapping time."""

    def __init__(self, episodes: Sequence[Episode], end: int) -> None:
        self._of_home: dict[str, list[Episode]] = defaultdict(list)
        self._end = end
        for episode in episodes:
            self._of_home[episode.household].append(episode)

    def find_opening(self, closed: ClosedAlert) -> int | None:
        """When the variant would have opened it, epoch ms; None if never. An alert of the same rule comes before others."""
        found = [e for e in self._of_home.get(closed.household, ()) if self._is_about(e, closed)]
        own = [e for e in found if e.rule == closed.rule]
        return min((e.opened_at for e in own or found), default=None)

    def _is_about(self, episode: Episode, closed: ClosedAlert) -> bool:
        if episode.queue is not closed.queue:
            return False
        if episode.resident and closed.resident and episode.resident != closed.resident:
            return False
        # an alert that would open only after people had come does not help
        return episode.opened_at <= closed.until and self._is_overlapping(episode, closed)

    def _is_overlapping(self, episode: Episode, closed: ClosedAlert) -> bool:
        """Whether they share half of the shorter one. If one clears as the other begins, they are about different times."""
        over = episode.ended_at or self._end
        shared = min(over, closed.until) - max(episode.since, closed.since)
        return shared >= 0 and 2 * shared >= min(over - episode.since, closed.until - closed.since)


def find_label(episode: Episode, closed: Sequence[ClosedAlert], end: int) -> Label | None:
    """What people found about a variant's alert; None where nobody closed a real one about it. `TRUE` wins over the rest."""
    probe = EpisodeMatcher([episode], end)
    found = {c.label for c in closed if probe.find_opening(c) is not None}
    return next((label for label in Label if label in found), None)
