"""How the services are, as the database knows it: what every live stream carries and /readyz judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from homebeat.store import ReadSession


@dataclass(frozen=True, slots=True)
class Pulse:
    """Ages in seconds; None when a service never said anything.

    Attributes:
        ages: Age of each expected service's last heartbeat.
        wrong: What a service itself says is wrong (its heartbeat's `wrong`), by name.
        outbox_late_s: How long the oldest due notice has been due; 0 when none waits.
        dead_letters: Notices given up on.
    """

    ages: Mapping[str, float | None]
    wrong: Mapping[str, str]
    outbox_late_s: float
    dead_letters: int

    @property
    def watch_age_s(self) -> float | None:
        """Since the watch last said that it works."""
        return self.ages.get("watch")


def pulse(reader: ReadSession, now: int, services: Mapping[str, timedelta]) -> Pulse:
    """Read how the services are."""
    beats = reader.heartbeats.all()
    health = reader.outbox.health()
    late = 0.0 if health.oldest_due_at is None else max(0.0, (now - health.oldest_due_at) / 1000)
    ages = {name: max(0.0, (now - beats[name].at) / 1000) if name in beats else None for name in {*services, "watch"}}
    wrong = {name: str(beat.detail["wrong"]) for name, beat in beats.items() if beat.detail.get("wrong")}
    return Pulse(ages, wrong, late, health.dead)
