"""How the services are, as the database knows it: what every live stream carries and /readyz judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from homebeat.domain.alert import JUDGING_FAILED, SESSION_LOST, Answer, Condition
from homebeat.domain.as_of import AsOf
from homebeat.domain.instants import format_instant
from homebeat.store import AlertFilter, ClockStep, Heartbeat, PlatformPlace, ReadSession

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
        clock_step: The newest step of the clock, while people must know of it.
        clock: What is wrong with the clock, or has been; None when nothing is.
    """

    ages: Mapping[str, float | None]
    wrong: Mapping[str, str]
    outbox_late_s: float
    dead_letters: int
    notes: Mapping[str, str]
    clock_step: ClockStep | None = None
    clock: str | None = None

    @property
    def watch_age_s(self) -> float | None:
        """Since the watch last said that it works."""
        return self.ages.get("watch")


def read_as_of(reader: ReadSession, now: int) -> AsOf:
    """Up to when what is stored of residents and devices holds; `now` by the database's clock, epoch ms."""
    beat = reader.heartbeats.read_all().get("watch")
    return AsOf(None if beat is None or beat.compute_age_s(now) is None else beat.at, now)


def pulse(reader: ReadSession, now: int, services: Mapping[str, timedelta]) -> Pulse:
    """Read how the services are."""
    beats = reader.heartbeats.read_all()
    health = reader.outbox.read_health()
    late = 0.0 if health.oldest_due_at is None else max(0.0, (now - health.oldest_due_at) / 1000)
    ages = {name: beats[name].compute_age_s(now) if name in beats else None for name in {*services, "watch"}}
    wrong = {name: str(beat.detail["wrong"]) for name, beat in beats.items() if beat.detail.get("wrong")}
    wrong |= {name: _FROM_THE_FUTURE for name in ages if name in beats and ages[name] is None}
    step = reader.clock.find_reportable(now)
    doubt = beats["watch"].detail.get("clock") if "watch" in beats else None
    clock = str(doubt) if doubt else _say_step(step) if step is not None else None
    return Pulse(ages, wrong, late, health.dead, _notes(reader, beats), step, clock)


def _notes(reader: ReadSession, beats: Mapping[str, Heartbeat]) -> dict[str, str]:
    """A defect does not make the service unready: it goes on, and a restart would not mend it."""
    notes = {name: str(beat.detail["noted"]) for name, beat in beats.items() if beat.detail.get("noted")}
    if platforms := [text for place in reader.platforms.list_all() if (text := _say_place(place))]:
        notes["platforms"] = "; ".join(platforms)
    defects, first_at = reader.quarantine.count_defects()
    if first_at is not None:
        notes["messages"] = (
            f"{defects} in quarantine as defect, the first since {format_instant(first_at)}: look at them, and report them"
        )
    blind = reader.alerts.count(AlertFilter(is_open=True, condition=Condition.FIRING, rule=JUDGING_FAILED))
    if blind:
        notes["homes"] = f"{blind} cannot be judged; they are alerts of the technician's desk ({JUDGING_FAILED})"
    if reader.alerts.count(AlertFilter(answer=Answer.UNACKNOWLEDGED, rule=SESSION_LOST)):
        notes["broker_session"] = "the broker lost our session and what waited in it; nobody has taken that alert yet"
    return notes


def _say_place(place: PlatformPlace) -> str:
    """Say what is wrong with a city platform; empty where nothing is."""
    said = []
    if place.failing_since is not None:
        said.append(f"takes no events since {format_instant(place.failing_since)} ({place.error}); they wait for it")
    if place.refused:
        said.append(f"has refused {place.refused} events for good")
    return f"{place.name} {' and '.join(said)}" if said else ""


def _say_step(step: ClockStep) -> str:
    by = f"{abs(step.after - step.before) / 1000:.0f} s to {format_instant(step.after)}"
    if step.is_back:
        return f"the clock went back by {by} and homebeat followed; times stored before may be wrong"
    return f"the clock leapt ahead by {by} and homebeat followed; if it is right, say so: homebeat clock accept"
