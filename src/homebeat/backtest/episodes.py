"""What one variant's engine opened: each alert from the moment it opens until its condition is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from homebeat.domain.alert import Alert, Condition, Edge, Queue, TransitionKind
from homebeat.response.ask import is_in_time
from homebeat.response.book import Book


@dataclass(frozen=True, slots=True)
class Episode:
    """An alert in a replay; times epoch ms. `over_at` is None while it fires to the end of the readings.

    Attributes:
        in_time: Of one that asks the resident: answered, by word or by a sign of life, before others were told.
    """

    id: str
    rule: str
    queue: Queue
    household: str
    resident: str | None
    device: str | None
    since: int
    opened_at: int
    over_at: int | None = None
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
    """Decides on edges as a watch does whose every alert is answered once its condition is over."""

    def __init__(self) -> None:
        self._alerts = Book(ends_with_condition=True)
        self._open: dict[str, Episode] = {}
        self._over: list[Episode] = []

    def follow(self, edge: Edge, count_from: int) -> None:
        """Take in an edge; what opened before `count_from` is followed and not counted."""
        for alert, step in self._alerts.decide([edge]).changes:
            if step.kind is TransitionKind.OPENED and step.at >= count_from:
                self._open[alert.id] = _episode(alert)
            if step.kind is TransitionKind.RESOLVED:
                self._answered(alert)
                continue
            if alert.condition is Condition.CLEARED:
                self._close(alert.id, step.at)

    def all(self) -> list[Episode]:
        """Those that are over and those that are not, in the order in which they opened."""
        return sorted([*self._over, *self._open.values()], key=order)

    def _answered(self, alert: Alert) -> None:
        """The resident answered: what the step before closed is marked."""
        if self._over and self._over[-1].id == alert.id:
            self._over[-1] = replace(self._over[-1], in_time=is_in_time(alert))

    def _close(self, alert_id: str, at: int) -> None:
        episode = self._open.pop(alert_id, None)
        if episode is not None:
            self._over.append(replace(episode, over_at=at))


def order(episode: Episode) -> tuple[int, str, str]:
    """By time, whatever was replayed in which part."""
    return episode.opened_at, episode.rule, episode.id


def _episode(alert: Alert) -> Episode:
    s = alert.subject
    return Episode(alert.id, alert.rule, alert.queue, s.household or s.key, s.resident, s.device, alert.since, alert.opened_at)


def joined(parts: Iterable[Iterable[Episode]]) -> list[Episode]:
    """Of several parts, in order."""
    return sorted(_flat(parts), key=order)


def _flat(parts: Iterable[Iterable[Episode]]) -> Iterator[Episode]:
    for part in parts:
        yield from part
