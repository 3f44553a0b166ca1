"""The words in which a scenario is told: a home, what its devices send, what people do, and what is expected and why.

Moments are texts in the home's own time: `"1 07:30"` is half past seven on the second day, `"0 07:30:05"` has seconds. Devices
send messages in the native form; what they send arrives two seconds later unless a scenario says otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from homebeat.domain.alert import Outcome
from homebeat.domain.fleet import Area, Away, Channel, Contact, Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, ContactId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.inbound import Message, QuarantineReason
from homebeat.rules.catalogue import RULES
from homebeat.rules.rule import Rule

HOUR: Final = 3_600_000
ARRIVES_MS: Final = 2_000
UNTIL_FURTHER_NOTICE: Final = None


def only(*codes: str) -> dict[str, dict[str, bool]]:
    """The settings of a story about these rules alone."""
    return {code: {"enabled": code in codes} for code in RULES}


@dataclass(frozen=True)
class Expected:
    """One step of an alert's history that must come, at `at` give or take `within`.

    Attributes:
        about: Id of the device or resident, or of the home.
        tells: Whether the family is told.
        because: The reason's code.
        priority: The alert's, after the step.
        asks: Whether the resident is asked on the band.
    """

    rule: str
    kind: str
    about: str
    at: int
    within: timedelta
    tells: bool
    because: str | None
    why: str
    priority: str | None = None
    asks: bool = False


@dataclass(frozen=True)
class Act:
    """Something that is not a message: people, the registry, or homebeat's own deafness."""

    at: int
    what: str
    rule: str = ""
    who: str = ""
    outcome: Outcome = Outcome.FINE


@dataclass
class Tale:
    """One home over some days.

    Attributes:
        days: How long the story is.
        zone: Where the home stands.
        begins: The local date of day 0.
        rules: Settings by rule code; naming a rule turns it on.
        in_area: The same for the home's own area alone.
        ask_first: The resident is asked before others are told.
    """

    days: int = 3
    zone: str = "Asia/Shanghai"
    begins: str = "2026-03-02"
    people: tuple[str, ...] = ("Zhou",)
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    in_area: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    ask_first: bool = False
    devices: list[Device] = field(default_factory=list)
    away: list[tuple[int, Away]] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    left_at: int | None = None
    expected: list[Expected] = field(default_factory=list)
    set_aside: dict[QuarantineReason, int] = field(default_factory=dict)

    def at(self, moment: str) -> int:
        """Epoch ms of a moment in the home's own time."""
        day, clock = moment.split()
        parts = [int(p) for p in clock.split(":")]
        midnight = datetime.fromisoformat(self.begins) + timedelta(days=int(day))
        local = midnight.replace(hour=parts[0], minute=parts[1], second=parts[2] if len(parts) > 2 else 0)
        return round(local.replace(tzinfo=ZoneInfo(self.zone)).timestamp() * 1000)

    @property
    def starts_at(self) -> int:
        return self.at("0 00:00")

    @property
    def ends_at(self) -> int:
        return self.at(f"{self.days} 00:00")

    # ---- devices

    def meter(self, name: str = "meter", *, every: timedelta = timedelta(hours=1), resolution: float = 1.0) -> Meter:
        return Meter(self, self._device(name, DeviceKind.WATER_METER, every, None, resolution))

    def band(self, name: str = "band", *, of: str | None = None, every: timedelta = timedelta(minutes=5)) -> Band:
        return Band(self, self._device(name, DeviceKind.WRISTBAND, every, of))

    def other(self, name: str, kind: DeviceKind, every: timedelta = timedelta(hours=24)) -> Sender:
        return Sender(self, self._device(name, kind, every, None))

    def _device(self, name: str, kind: DeviceKind, every: timedelta, of: str | None, resolution: float = 1.0) -> str:
        person = ResidentId(of) if of else ResidentId(self.people[0]) if len(self.people) == 1 else None
        self.devices.append(Device(DeviceId(name), kind, person, None, every, resolution))
        return name

    # ---- people and the world

    def is_away(self, starts: str, ends: str | None, *, said: str = "0 00:00") -> None:
        """The family declares an absence, at the moment `said`."""
        absence = Away(self._moment(starts), None if ends is None else self._moment(ends), "visiting")
        self.away.append((self.at(said), absence))
        self.acts.append(Act(self.at(said), "registry"))

    def leaves(self, moment: str) -> None:
        """The home is taken off the register."""
        self.left_at = self.at(moment)
        self.acts.append(Act(self.left_at, "registry"))

    def _moment(self, moment: str) -> datetime:
        return datetime.fromtimestamp(self.at(moment) / 1000, ZoneInfo(self.zone))

    def takes(self, moment: str, rule: str, who: str = "chen") -> None:
        self.acts.append(Act(self.at(moment), "take", rule, who))

    def closes(self, moment: str, rule: str, outcome: Outcome = Outcome.FINE, who: str = "chen") -> None:
        self.acts.append(Act(self.at(moment), "close", rule, who, outcome))

    def deaf(self, start: str, end: str) -> None:
        """Homebeat itself hears nothing from `start` to `end`, and what was sent meanwhile is lost."""
        first, last = self.at(start), self.at(end)
        self.messages = [m for m in self.messages if not first <= m.received_at < last]
        self.acts += [Act(first, "deaf"), Act(last, "resume")]

    # ---- expectations

    def expect(
        self,
        rule: str,
        kind: str,
        about: str,
        at: str,
        why: str,
        *,
        within: timedelta = timedelta(minutes=2),
        tells: bool = False,
        because: str | None = None,
        priority: str | None = None,
        asks: bool = False,
    ) -> None:
        self.expected.append(Expected(rule, kind, about, self.at(at), within, tells, because, why, priority, asks))

    def sets_aside(self, reason: QuarantineReason, count: int) -> None:
        self.set_aside[reason] = count

    # ---- for the runner

    def fleet(self, now: int) -> Fleet:
        """The registry as it is known at `now`."""
        home = HouseholdId("home")
        areas = (Area(AreaId("street"), "Street"), Area(AreaId("lane"), "Lane", AreaId("street")))
        if self.left_at is not None and self.left_at <= now:
            return Fleet(areas)
        return Fleet(
            areas=areas,
            households=(
                Household(
                    home,
                    AreaId("lane"),
                    self.zone,
                    residents=tuple(Resident(ResidentId(p), p) for p in self.people),
                    contacts=(Contact(ContactId("daughter"), "Daughter", "daughter", (Channel("webhook"),)),),
                    devices=tuple(self.devices),
                    away=tuple(a for said, a in self.away if said <= now),
                    ask_first=self.ask_first,
                ),
            ),
        )

    def rule_set(self, catalogue: Mapping[str, type[Rule]], *, own_area: bool) -> dict[str, Rule]:
        """The rules in force, for the home's own area or for everybody else."""
        on: dict[str, Rule] = {}
        for code, rule in catalogue.items():
            said = dict(self.rules.get(code, {})) | (dict(self.in_area.get(code, {})) if own_area else {})
            named = code in self.rules or (own_area and code in self.in_area)
            if said.pop("enabled", named or rule.on_by_default):
                on[code] = rule(**said)
        return on


@dataclass
class Sender:
    """A device: what it sends, and when that arrives."""

    tale: Tale
    name: str

    def sends(self, moment: str | int, payload: Any, *, arrives: str | int | None = None, retained: bool = False) -> None:
        """One message sent at `moment`; `payload` is JSON, or bytes as they are."""
        sent = self.tale.at(moment) if isinstance(moment, str) else moment
        received = sent + ARRIVES_MS if arrives is None else self.tale.at(arrives) if isinstance(arrives, str) else arrives
        content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.tale.messages.append(Message(f"homebeat/v1/{self.name}/readings", content, received, retained=retained))

    def says(self, moment: str, **values: Any) -> None:
        """One reading with the device's own time."""
        self.sends(moment, {"at": self.tale.at(moment), **values})


@dataclass
class Meter(Sender):
    """A water meter: litres are drawn at moments, totals are reported."""

    drawn: list[tuple[int, float]] = field(default_factory=list)
    stands_at: float = 120_000.0  # litres on the register when the story begins

    def draws(self, *uses: str) -> None:
        """Each as `"1 07:30 12"`: twelve litres at half past seven."""
        for use in uses:
            day, clock, litres = use.split()
            self.drawn.append((self.tale.at(f"{day} {clock}"), float(litres)))

    def draws_daily(self, first: int, last: int, *uses: str) -> None:
        """`"07:30 12"` on each of the days `first` to `last`."""
        self.draws(*(f"{day} {use}" for day in range(first, last + 1) for use in uses))

    def total(self, at: int) -> float:
        """m3 on the register."""
        return round((self.stands_at + sum(litres for when, litres in self.drawn if when <= at)) / 1000, 4)

    def reports(
        self, start: str, end: str, *, every: timedelta = timedelta(hours=1), more: Mapping[str, Any] | None = None
    ) -> None:
        """Totals at regular times from `start` up to but not at `end`."""
        for at in self._times(start, end, every):
            self.sends(at, {"at": at, "volume_m3": self.total(at), **(more or {})})

    def uploads(self, start: str, end: str, *, arrives: str, every: timedelta = timedelta(hours=1)) -> None:
        """The same totals, in one list that arrives later."""
        times = list(self._times(start, end, every))
        self.sends(times[-1], [{"at": at, "volume_m3": self.total(at)} for at in times], arrives=arrives)

    def _times(self, start: str, end: str, every: timedelta) -> Iterable[int]:
        return range(self.tale.at(start), self.tale.at(end), round(every / timedelta(milliseconds=1)))


@dataclass
class Band(Sender):
    """A wristband."""

    def lies_still(self, start: str, end: str, *, every: timedelta = timedelta(minutes=5), **values: Any) -> None:
        """Reports the same values all the time, with a pulse of 68 unless said otherwise."""
        self.goes(start, end, lambda _at: {"worn": True, "heart_rate_bpm": 68, **values}, every=every)

    def goes(
        self, start: str, end: str, says: Callable[[int], dict[str, Any]], *, every: timedelta = timedelta(minutes=5)
    ) -> None:
        """Reports what `says` says of each time."""
        for at in range(self.tale.at(start), self.tale.at(end), round(every / timedelta(milliseconds=1))):
            self.sends(at, {"at": at, **says(at)})
