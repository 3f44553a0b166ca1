"""Follows the alerts of one variant: each from the time it opens until its condition clears."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from homebeat.domain.alert import Alert, Condition, Edge, Queue, TransitionKind
from homebeat.response.ask import is_in_time
from homebeat.response.book import Book


@dataclass(frozen=True, slots=True)
class Episode:
    """An alert in a replay; times epoch ms.

    Attributes:
        ended_at: When its condition cleared; None while it fires to the end of the readings.
        in_time: For a question to the resident: answered, by word or by a sign of life, before anybody else was notified.
    """

    id: str
    rule: str
    queue: Queue
    household: str
    resident: str | None
    device: str | None
    since: int
    opened_at: int
    ended_at: int | None = None
    in_time: bool = False

    @property
    def subject(self) -> str:
        """The narrowest of device, resident, household."""
        return self.device or self.resident or self.household

    @property
    def who(self) -> str:
        """The resident it is about, or the household where it is about no one person."""
        return self.resident or self.household


class Episodes:
    """Decides on edges like a watch whose alerts are all answered as soon as their condition clears."""

    def __init__(self) -> None:
        self._alerts = Book(ends_with_condition=True)
        self._open: dict[str, Episode] = {}
        self._over: list[Episode] = []

    def follow(self, edge: Edge, count_from: int) -> None:
        """Decide on one edge. An alert that opened before `count_from` (epoch ms) is followed but not counted."""
        for alert, step in self._alerts.decide([edge]).changes:
            if step.kind is TransitionKind.OPENED and step.at >= count_from:
                self._open[alert.id] = _make_episode(alert)
            if step.kind is TransitionKind.RESOLVED:
                self._mark_answered(alert)
                continue
            if alert.condition is Condition.CLEARED:
                self._close(alert.id, step.at)

    def list_episodes(self) -> list[Episode]:
        """All episodes, ended or not, in the order in which they opened."""
        return sorted([*self._over, *self._open.values()], key=make_sort_key)

    def _mark_answered(self, alert: Alert) -> None:
        """Mark the episode that the step before this one ended: the resident answered."""
        if self._over and self._over[-1].id == alert.id:
            self._over[-1] = replace(self._over[-1], in_time=is_in_time(alert))

    def _close(self, alert_id: str, at: int) -> None:
        episode = self._open.pop(alert_id, None)
        if episode is not None:
            self._over.append(replace(episode, ended_at=at))


def make_sort_key(episode: Episode) -> tuple[int, str, str]:
    """The key that orders episodes by time, in whichever part they were replayed."""
    return episode.opened_at, episode.rule, episode.id


def _make_episode(alert: Alert) -> Episode:
    s = alert.subject
    return Episode(alert.id, alert.rule, alert.queue, s.household or s.key, s.resident, s.device, alert.since, alert.opened_at)


def join_episodes(parts: Iterable[Iterable[Episode]]) -> list[Episode]:
    """Join the episodes of several parts, ordered by time."""
    return sorted(_iterate_episodes(parts), key=make_sort_key)


def _iterate_episodes(parts: Iterable[Iterable[Episode]]) -> Iterator[Episode]:
    for part in parts:
        yield from part
