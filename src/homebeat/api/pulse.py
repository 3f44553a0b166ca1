"""How the services are, as the database knows it: what every live stream carries and /readyz judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from homebeat.domain.alert import JUDGING_FAILED, Condition
from homebeat.domain.instants import iso
from homebeat.store import AlertFilter, Heartbeat, ReadSession

_FROM_THE_FUTURE: Final = "last said that it works at a time that has not come yet: the clock was wrong then, or is now"


@dataclass(frozen=True, slots=True)
class Pulse:
    """Ages in seconds; None when a service never said anything.

    Attributes:
        ages: Age of each expected service's last heartbeat; None also when that is from the future.
        wrong: What a service itself says is wrong (its heartbeat's `wrong`), by name.
        outbox_late_s: How long the oldest due notice has been due; 0 when none waits.
        dead_letters: Notices given up on.
        notes: What a person should look at although everything works, by part.
    """

    ages: Mapping[str, float | None]
    wrong: Mapping[str, str]
    outbox_late_s: float
    dead_letters: int
    notes: Mapping[str, str]

    @property
    def watch_age_s(self) -> float | None:
        """Since the watch last said that it works."""
        return self.ages.get("watch")


def pulse(reader: ReadSession, now: int, services: Mapping[str, timedelta]) -> Pulse:
    """Read how the services are."""
    beats = reader.heartbeats.all()
    health = reader.outbox.health()
    late = 0.0 if health.oldest_due_at is None else max(0.0, (now - health.oldest_due_at) / 1000)
    ages = {name: beats[name].age_s(now) if name in beats else None for name in {*services, "watch"}}
    wrong = {name: str(beat.detail["wrong"]) for name, beat in beats.items() if beat.detail.get("wrong")}
    wrong |= {name: _FROM_THE_FUTURE for name in ages if name in beats and ages[name] is None}
    return Pulse(ages, wrong, late, health.dead, _notes(reader, beats))


def _notes(reader: ReadSession, beats: Mapping[str, Heartbeat]) -> dict[str, str]:
    """A defect does not make the service unready: it goes on, and a restart would not mend it."""
    notes = {name: str(beat.detail["noted"]) for name, beat in beats.items() if beat.detail.get("noted")}
    defects, first_at = reader.quarantine.defects()
    if first_at is not None:
        notes["messages"] = f"{defects} in quarantine as defect, the first since {iso(first_at)}: look at them, and report them"
    blind = reader.alerts.count(AlertFilter(is_open=True, condition=Condition.FIRING, rule=JUDGING_FAILED))
    if blind:
        notes["homes"] = f"{blind} cannot be judged; they are alerts of the technician's desk ({JUDGING_FAILED})"
    return notes
