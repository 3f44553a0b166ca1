"""Small streets and what their devices send, drawn so that the corners come up: ties, lists, late and future times, faults.

People live in them, with devices of every kind: some have learned habits, some are away, some alone, some asked first.

Times are drawn from few values on purpose: several readings of one device in one instant, and equal times, are then common.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from hypothesis import strategies as st

from homebeat.domain.fleet import Away, Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import MeterStatus, Metric
from homebeat.engine.engine import Engine, Pace
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.catalogue import RULES
from homebeat.rules.heart_rate import HeartRate
from homebeat.rules.rule import Rule
from homebeat.stream.batch import Batch
from homebeat.stream.roster import Roster

START: Final = 1_772_352_000_000  # a half hour on the grid
MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
LATENESS: Final = Pace().lateness_ms

#: Shorter limits than the defaults, so that a story of a day or two reaches every edge.
QUICK: Final[dict[str, dict[str, object]]] = {
    "no_sign_of_life": {"limit": timedelta(hours=3), "limit_unproven": timedelta(hours=5), "floor": timedelta(hours=1)},
    "asked": {"ask_after": timedelta(hours=2), "floor": timedelta(minutes=30), "heard_within": timedelta(minutes=40)},
    "unknown_too_long": {"limit": timedelta(hours=5)},
    "no_water": {"litres": 10.0, "window": timedelta(hours=3)},
    "water_running": {"window": timedelta(hours=5)},
    "not_worn": {"hold": timedelta(hours=1)},
    "threshold": {"metric": "body_temperature_c", "above": 38.0, "hold": timedelta(minutes=20)},
    "meter_fault": {"lasts": timedelta(hours=2)},
}


def rule_of(code: str) -> Rule:
    """A rule with limits that a short story can reach."""
    return RULES[code](**QUICK.get(code, {}))


def book(*codes: str) -> RuleBook:
    """These rules (all, if none are named), the same for everybody."""
    return RuleBook([{code: rule_of(code) for code in codes or RULES}])


def two_books() -> RuleBook:
    """All rules; every other area has another pulse limit and no leaks."""
    everywhere = {code: rule_of(code) for code in RULES}
    elsewhere = {code: rule for code, rule in everywhere.items() if code != "water_running"}
    elsewhere["heart_rate"] = HeartRate(low=50, high=100, hold=timedelta(minutes=5))
    return RuleBook([everywhere, elsewhere], {AreaId("b"): 1})


@dataclass(frozen=True)
class Sent:
    """One reading, by name; times in ms after START."""

    device: str
    metric: Metric
    observed: int
    received: int
    value: float


@dataclass(frozen=True)
class Habits:
    """What was learned of a resident: minutes of quiet after a sign of life in an even and in an odd half hour of the day.

    Attributes:
        limits: When others are told.
        asks: When the resident is asked.
        at_home_known: Being at home is proven.
        first_from: Minute of the day from which the first sign mostly comes; within two hours of that.
    """

    limits: tuple[int, int]
    asks: tuple[int, int]
    at_home_known: bool
    first_from: int


@dataclass(frozen=True)
class Street:
    """Homes and everything they sent, in arrival order; `until` in ms after START. `habits`: of whom something is learned."""

    homes: tuple[Household, ...]
    sent: tuple[Sent, ...]
    until: int
    habits: Mapping[ResidentId, Habits] = field(default_factory=dict)

    @property
    def fleet(self) -> Fleet:
        return Fleet((), self.homes)

    def engine(self, rules: RuleBook | None = None) -> Engine:
        engine = Engine(Roster().with_registry(self.fleet, START), rules or two_books())
        for row, resident in enumerate(engine.roster.resident_ids):
            if resident in self.habits:
                _learn(engine, row, self.habits[resident])
        return engine

    def batch(self, engine: Engine, sent: tuple[Sent, ...] | None = None) -> Batch:
        sent = self.sent if sent is None else sent
        row = engine.roster.device_row
        return Batch.of(
            [row[s.device] for s in sent],
            [int(s.metric) for s in sent],
            [START + s.observed for s in sent],
            [START + s.received for s in sent],
            [s.value for s in sent],
        )


def _learn(engine: Engine, row: int, habits: Habits) -> None:
    learned = engine.state.learned
    learned.limit_minutes[:, row] = np.resize(np.array(habits.limits, np.uint16), len(learned.limit_minutes))
    learned.ask_minutes[:, row] = np.resize(np.array(habits.asks, np.uint16), len(learned.ask_minutes))
    learned.at_home_known[row], learned.at[row] = habits.at_home_known, START
    learned.usual_from[row], learned.usual_to[row] = habits.first_from, habits.first_from + 120
    learned.usual_days[row], learned.usual_of[row] = 20, 25


def home_of(
    index: int,
    people: int,
    meters: int,
    bands: int,
    away: tuple[int, int] | None,
    area: str,
    *,
    ask_first: bool = False,
    others: tuple[DeviceKind, ...] = (),
) -> Household:
    residents = tuple(Resident(ResidentId(f"r{index}.{p}"), "") for p in range(people))
    devices = [
        Device(DeviceId(f"m{index}.{m}"), DeviceKind.WATER_METER, None, None, timedelta(hours=1), 1.0) for m in range(meters)
    ]
    devices += [
        Device(DeviceId(f"b{index}.{b}"), DeviceKind.WRISTBAND, residents[b % people].id, None, timedelta(minutes=10))
        for b in range(bands)
    ]
    devices.append(Device(DeviceId(f"d{index}"), DeviceKind.DOOR, None, None, timedelta(hours=4)))
    if area == "b":
        devices.append(Device(DeviceId(f"e{index}"), DeviceKind.DOOR, None, None, timedelta(hours=4)))
    devices += [Device(DeviceId(f"{kind}{index}"), kind, _of_whom(kind, residents), None, _EVERY[kind]) for kind in others]
    absence = () if away is None else (Away(_moment(away[0]), _moment(away[1])),)
    return Household(
        HouseholdId(f"h{index}"),
        AreaId(area),
        "UTC",
        residents=residents,
        devices=tuple(devices),
        away=absence,
        ask_first=ask_first,
    )


def _of_whom(kind: DeviceKind, residents: tuple[Resident, ...]) -> ResidentId | None:
    """A bed and a button are somebody's; what hangs on the wall or the ceiling is the home's."""
    return residents[-1].id if kind in {DeviceKind.BED, DeviceKind.BUTTON} else None


def _moment(after_ms: int) -> datetime:
    return datetime.fromtimestamp((START + after_ms) / 1000, UTC)


def of_one_mind(street: Street) -> Street:
    """The street without words by which two devices contradict each other about one person's presence in the same millisecond."""
    words: dict[tuple[str, int], float] = {}
    # a household's bands: "b<home>.<band>"
    said = [
        s
        for s in street.sent
        if s.metric is not Metric.AT_HOME or words.setdefault((s.device.split(".")[0], s.observed), s.value) == s.value
    ]
    return replace(street, sent=tuple(said))


BAND_VALUES: Final = {
    Metric.HEART_RATE_BPM: (45.0, 75.0, 120.0, 150.0),
    Metric.SPO2_PCT: (80.0, 97.0),
    Metric.BODY_TEMPERATURE_C: (36.5, 39.0),
    Metric.STEPS: (0.0, 10.0, 11.0, 500.0),
    Metric.WORN: (0.0, 1.0),
    Metric.AT_HOME: (0.0, 1.0),
    Metric.BATTERY_PCT: (5.0, 18.0, 90.0),
    Metric.ALARM_SOS: (1.0,),
    Metric.ALARM_FALL: (1.0,),
    Metric.ALARM_HELP_CANCELLED: (1.0,),
    Metric.ALARM_OK: (1.0,),
    Metric.HEARTBEAT: (1.0,),
}
DOOR_VALUES: Final = {
    Metric.DOOR_OPEN: (0.0, 1.0),
    Metric.MOTION: (0.0, 2.0),
    Metric.ALARM_SMOKE: (1.0,),
    Metric.ALARM_GAS: (1.0,),
    Metric.ALARM_OK: (1.0,),
    Metric.HEARTBEAT: (1.0,),
}
_LIVES: Final = {Metric.BATTERY_PCT: (5.0, 18.0, 90.0), Metric.HEARTBEAT: (1.0,)}
_BURNS: Final = {Metric.ALARM_OK: (1.0,), Metric.ALARM_TAMPER: (1.0,), **_LIVES}
#: What each kind of device says, and how often.
VALUES: Final = {
    DeviceKind.WRISTBAND: BAND_VALUES,
    DeviceKind.DOOR: DOOR_VALUES,
    DeviceKind.BED: {Metric.BED_OCCUPIED: (0.0, 1.0), **_LIVES},
    DeviceKind.MOTION: {Metric.MOTION: (0.0, 1.0, 3.0), **_LIVES},
    DeviceKind.BUTTON: {Metric.ALARM_SOS: (1.0,), Metric.ALARM_OK: (1.0,), Metric.ALARM_HELP_CANCELLED: (1.0,), **_LIVES},
    DeviceKind.SMOKE: {Metric.ALARM_SMOKE: (1.0,), **_BURNS},
    DeviceKind.GAS: {Metric.ALARM_GAS: (1.0,), **_BURNS},
    DeviceKind.GATEWAY: _LIVES,
    DeviceKind.OTHER: {Metric.MOTION: (0.0, 2.0), Metric.DOOR_OPEN: (0.0, 1.0), **_LIVES},
}
_EVERY: Final = {
    DeviceKind.BED: timedelta(minutes=30),
    DeviceKind.MOTION: timedelta(hours=1),
    DeviceKind.BUTTON: timedelta(hours=6),
    DeviceKind.SMOKE: timedelta(hours=6),
    DeviceKind.GAS: timedelta(hours=6),
    DeviceKind.GATEWAY: timedelta(minutes=30),
    DeviceKind.OTHER: timedelta(hours=1),
}
#: How far the device's time is from its arrival: in time, at the edge of the lateness, late, very late, ahead.
LAGS: Final = (0, 1_000, LATENESS - 1, LATENESS, LATENESS + 1, 5 * MINUTE, 3 * HOUR, -2 * MINUTE)


@st.composite
def streets(draw: st.DrawFn, homes: int = 3, lags: tuple[int, ...] = LAGS, hours: int = 14) -> Street:
    """A street of at most `homes` homes over at most `hours` hours."""
    built, habits = [], dict[ResidentId, Habits]()
    for index in range(draw(st.integers(1, homes))):
        away = draw(st.none() | st.tuples(st.integers(0, hours - 1), st.integers(1, 8)))
        span = None if away is None else (away[0] * HOUR + 7 * MINUTE, (away[0] + away[1]) * HOUR + 11_000)
        people, meters, bands = draw(st.integers(1, 2)), draw(st.integers(0, 2)), draw(st.integers(0, 2))
        area, ask_first = draw(st.sampled_from("ab")), draw(st.booleans())
        others = tuple(draw(st.lists(st.sampled_from(sorted(_EVERY)), max_size=2, unique=True)))
        built.append(home_of(index, people, meters, bands, span, area, ask_first=ask_first, others=others))
        habits |= {
            resident.id: learned for resident in built[-1].residents if (learned := draw(st.none() | _habits())) is not None
        }
    sent: list[Sent] = []
    for home in built:
        for device in home.devices:
            sent += draw(
                _of_meter(device.id, hours, lags) if device.kind is DeviceKind.WATER_METER else _of_other(device, hours, lags)
            )
    sent.sort(key=lambda s: s.received)
    return Street(tuple(built), tuple(sent), hours * HOUR + draw(st.sampled_from((0, 13_000, 7 * HOUR))), habits)


def _habits() -> st.SearchStrategy[Habits]:
    limits = st.tuples(st.sampled_from((45, 90, 150, 400)), st.sampled_from((75, 120, 600)))
    asks = st.tuples(st.sampled_from((20, 45, 80)), st.sampled_from((30, 60)))
    return st.builds(Habits, limits, asks, st.booleans(), st.sampled_from((0, 6 * 60, 22 * 60)))


def _arrival(observed: int, lag: int) -> int:
    return max(1, observed + lag)


@st.composite
def _of_meter(draw: st.DrawFn, device: str, hours: int, lags: tuple[int, ...]) -> list[Sent]:
    """Totals every half hour or hour, some left out, some wrong, some in a list."""
    step, total, sent = draw(st.sampled_from((HOUR, HOUR // 2))), 50_000.0, []
    held: list[tuple[int, float]] = []
    for observed in range(0, hours * HOUR, step):
        fate = draw(
            st.sampled_from(("dry", "dry", "dry", "used", "used", "lost", "held", "wrong", "replaced", "status", "much", "early"))
        )
        total += {"used": draw(st.sampled_from((1.0, 2.0, 4.0, 30.0))), "much": 1500.0}.get(fate, 0.0)
        total = 3.0 if fate == "replaced" else total
        shown = draw(st.sampled_from((1.0, 900_000.0))) if fate == "wrong" else total + (100.0 if fate == "early" else 0.0)
        if fate == "lost":
            continue
        held.append((observed, shown))
        if fate == "status":
            status = draw(
                st.sampled_from((MeterStatus.OK, MeterStatus.OK, MeterStatus.BLOCKED, MeterStatus.LEAK, MeterStatus.BURST))
            )
            sent.append(Sent(device, Metric.METER_STATUS, observed, _arrival(observed, 0), float(status)))
        if fate != "held":
            received = _arrival(observed, draw(st.sampled_from(lags)))
            sent += [Sent(device, Metric.VOLUME_M3, at, received, value / 1000) for at, value in held]
            held = []
    return sent


@st.composite
def _of_other(draw: st.DrawFn, device: Device, hours: int, lags: tuple[int, ...]) -> list[Sent]:
    values = VALUES[device.kind]
    metrics = draw(st.lists(st.sampled_from(sorted(values)), min_size=1, max_size=5, unique=True))
    entry = st.tuples(
        st.sampled_from(metrics),
        st.integers(0, hours * 12 - 1),
        st.sampled_from((1, 2, 5, 14)),
        st.sampled_from(lags),
        st.integers(0, 3),
    )
    sent = []
    for metric, five_minutes, many, lag, pick in draw(st.lists(entry, max_size=14)):
        last = (five_minutes + many - 1) * 5 * MINUTE
        for k in range(many):
            value = values[metric][(pick + k // 8) % len(values[metric])]
            sent.append(Sent(device.id, metric, (five_minutes + k) * 5 * MINUTE, _arrival(last, lag), value))
    return _each_time_once(sent)


@st.composite
def wrists(draw: st.DrawFn) -> Street:
    """One band and its pulses every five minutes for some hours, often high, now and then taken off, some sent as lists."""
    home = home_of(0, 1, 0, 1, None, "a")
    device = home.devices[0].id
    sent: list[Sent] = []
    held: list[tuple[int, Metric, float]] = []
    for k in range(draw(st.integers(6, 40))):
        fate = draw(st.sampled_from(("high", "high", "high", "high", "calm", "calm", "low", "off", "lost")))
        at = k * 5 * MINUTE
        if fate == "off":
            held.append((at, Metric.WORN, 0.0))
        elif fate != "lost":
            held.append((at, Metric.HEART_RATE_BPM, {"high": 150.0, "calm": 75.0, "low": 38.0}[fate]))
        if draw(st.sampled_from((True, True, False))):
            received = at + draw(st.sampled_from((0, 1_000, 7 * MINUTE)))
            sent += [Sent(device, metric, when, max(1, received), value) for when, metric, value in held]
            held = []
    return Street((home,), tuple(sorted(sent, key=lambda s: s.received)), 5 * HOUR)


def _each_time_once(sent: list[Sent]) -> list[Sent]:
    """The database keeps one value per device, metric and time: a second, different one does not exist for a replay."""
    seen: dict[tuple[str, Metric, int], Sent] = {}
    for s in sorted(sent, key=lambda s: s.received):
        seen.setdefault((s.device, s.metric, s.observed), s)
    return list(seen.values())
