"""A street of simulated homes: its fleet file, its messages in arrival order, its history as columns, and the truth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.metric import Metric
from simulators import chance, people
from simulators.chance import I64
from simulators.days import DayOfStreet, HomeRows
from simulators.estate import Habitat, make_estate
from simulators.life import draw_nights_away
from simulators.localdays import DAY, HOUR, LocalDays, format_iso
from simulators.names import ENGLISH, get_names
from simulators.personas import Cohort, make_personas
from simulators.plan import DeviceFault, Event, StreetPlan
from simulators.reports import ALARM_METRICS, METER_METRICS, Reports
from simulators.stillness import BandState
from simulators.truth import list_truth
from simulators.wire import Dialects, write_payloads

#: The local day on which every meter of every street was put in.
ORIGIN: Final = (date(2024, 1, 1) - date(1970, 1, 1)).days
#: No stay elsewhere is longer than so many days, even if a holiday and a trip follow each other.
LONGEST_STAY: Final = 40
#: The longest way through the network, ms, without a fault.
LONGEST_WAY: Final = 10_000

Message = tuple[int, str, bytes]


@dataclass(frozen=True)
class History:
    """Readings in arrival order, as columns of equal length.

    Attributes:
        devices: Device ids; `device` counts into them.
        device: int32[n].
        metric: `Metric` numbers, uint8[n].
        observed_at: Epoch ms, int64[n]; arrival time where the device sent none.
        received_at: Epoch ms, int64[n], never decreasing.
        value: float64[n].
        untimed: bool[n].
    """

    devices: tuple[str, ...]
    device: NDArray[np.int32]
    metric: NDArray[np.uint8]
    observed_at: I64
    received_at: I64
    value: chance.F64
    untimed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.device)


class Street:
    """Homes `first_home` to `first_home + homes - 1` of the world that `seed` stands for.

    A home lives the same life in every street of the same seed, whatever its neighbours, and on every span of time asked for.
    """

    def __init__(
        self,
        seed: int,
        homes: int,
        *,
        first_home: int = 0,
        zone: str = "Asia/Shanghai",
        zones: Mapping[int, str] | None = None,
        habitat: Habitat | None = None,
    ) -> None:
        """Fill the homes; `zones` names the homes in other time zones, `habitat` says which devices there are."""
        self.seed = seed
        self.numbers: I64 = np.arange(first_home, first_home + homes)
        self.habitat = habitat or Habitat()
        self._zones = tuple((zones or {}).get(int(home), zone) for home in self.numbers)
        self._keys = chance.make_home_keys(seed, self.numbers)
        self.personas = make_personas(self._keys)
        self.estate = make_estate(self._keys, first_home, self.habitat)
        self.meters = tuple(people.make_meter_id(int(home)) for home in self.numbers)
        self.bands = tuple(people.make_band_id(int(home)) for home in self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def keys(self) -> chance.U64:
        """The key of every home, u64[n]."""
        return self._keys

    def find_zone(self, row: int) -> str:
        """The time zone of the home in this row."""
        return self._zones[row]

    def list_banded(self) -> list[int]:
        """Numbers of the homes in which somebody wears a band."""
        return [int(home) for home in self.numbers[self.estate.band]]

    # -- the fleet ----------------------------------------------------------------------------------------------------

    def make_fleet(
        self,
        *,
        away: tuple[int, int] | None = None,
        declared: float = 0.5,
        channels: people.Channels | None = None,
        language: str = ENGLISH,
    ) -> dict[str, Any]:
        """The street as a fleet file.

        Args:
            away: List the stays elsewhere that begin in this span (epoch ms), as far as somebody declared them.
            declared: The share of stays that are declared.
            channels: Makes the channels of the contact of a home from its number.
            language: Of the names of people and places: `en` or `zh-CN`.
        """
        names = get_names(language)
        absences = self.list_stays(*away) if away else []
        declared_by_row: dict[int, list[Mapping[str, str]]] = {}
        for row, left, back in absences:
            if chance.draw_one(chance.make_day_keys(self._keys[row : row + 1], left // DAY), 60)[0] < declared:
                entry = {"from": format_iso(left - HOUR), "to": format_iso(back + HOUR), "reason": names.with_family}
                declared_by_row.setdefault(row, []).append(entry)
        households = [
            people.make_household(
                int(home),
                self._keys[row : row + 1],
                bool(self.personas.cohort[row] == Cohort.COUPLE),
                self._zones[row],
                self._make_devices(row),
                declared_by_row.get(row, []),
                channels,
                names,
            )
            for row, home in enumerate(self.numbers)
        ]
        return {"areas": people.list_areas(int(self.numbers[0]), len(self), names), "households": households}

    def _make_devices(self, row: int) -> list[Mapping[str, Any]]:
        estate, home = self.estate, int(self.numbers[row])
        every = DAY if estate.meter_daily[row] else int(estate.meter_every[row])
        meter = {
            "id": people.make_meter_id(home),
            "kind": "water_meter",
            "reports_every": format_duration(every),
            "resolution_litres": int(estate.resolution[row]),
        } | _name_model(str(estate.meter_model[row]))
        if not estate.band[row]:
            return [meter]
        band = {
            "id": people.make_band_id(home),
            "kind": "wristband",
            "resident": people.make_resident_id(home),
            "reports_every": format_duration(int(estate.band_every[row])),
        } | _name_model(str(estate.band_model[row]))
        return [meter, band]

    def list_stays(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """Stays elsewhere overnight that begin in [start, end): row, left at, back at."""
        out = []
        for zone in sorted(set(self._zones)):
            rows: I64 = np.flatnonzero(np.array(self._zones) == zone)
            days = LocalDays(zone)
            span = np.arange(days.find_number(start) - 1, days.find_number(end) + LONGEST_STAY)
            away = draw_nights_away(self.personas.take(rows), self._keys[rows], span)
            for i, row in enumerate(rows.tolist()):
                for first in (np.flatnonzero(away[i, 1:] & ~away[i, :-1]) + 1).tolist():
                    still = away[i, first:]
                    last = int(first + (np.argmin(still) if not still.all() else len(still) - 1))
                    edges = np.array([span[first], span[last]])
                    u = chance.draw_uniform(chance.make_day_keys(self._keys[np.array([row, row])], edges), 16, 2)
                    left = int(days.convert_to_utc(int(span[first]), np.array([(9.0 + 3.0 * u[0, 0]) * HOUR]))[0])
                    back = int(days.convert_to_utc(int(span[last]), np.array([(14.0 + 4.0 * u[1, 1]) * HOUR]))[0])
                    if start <= left < end:
                        out.append((row, left, back))
        return sorted(out, key=lambda stay: (stay[1], stay[0]))

    def list_unworn(self, start: int, end: int, events: Iterable[Event] = ()) -> list[tuple[int, int, int]]:
        """List when bands lie on chargers and tables of themselves: row, first report off the wrist, first report on it again.

        Spans that touch [start, end) are whole, as far as they began within a day before it and end within a day behind it.
        """
        days = [LocalDays(zone) for zone in set(self._zones)]
        block = self._make_block(StreetPlan.of(events))
        began: dict[int, int] = {}
        spans = []
        for day in range(min(d.find_number(start - DAY) for d in days), max(d.find_number(end + DAY) for d in days) + 1):
            reports = block.make_wear(day)
            if reports is None:
                continue
            worn = reports.value[:, reports.metrics.index(Metric.WORN)]
            # of each band the first report of the day, and those where it is taken off or put on
            turns = np.ones(len(reports), np.bool_)
            turns[1:] = (reports.home[1:] != reports.home[:-1]) | (worn[1:] != worn[:-1])
            for row, at, is_on in zip(reports.home[turns].tolist(), reports.at[turns].tolist(), worn[turns] != 0, strict=True):
                if not is_on:
                    began.setdefault(row, at)
                elif row in began:
                    spans.append((row, began.pop(row), at))
        spans += [(row, at, end + DAY) for row, at in began.items()]
        return sorted((span for span in spans if span[1] < end and span[2] > start), key=lambda span: (span[1], span[0]))

    def find_band_state(self, row: int, at: int) -> BandState:
        """How the band of this row's resident is at an instant (epoch ms) of an ordinary day."""
        return self._make_block(StreetPlan.of()).find_state(row, at)

    # -- what the devices send ----------------------------------------------------------------------------------------

    def make_messages(
        self, start: int, end: int, faults: Iterable[DeviceFault] = (), events: Iterable[Event] = ()
    ) -> Iterator[Message]:
        """Make the messages that arrive in [start, end), epoch ms, in arrival order: (arrival, topic, payload).

        Two spans that meet give the same messages as the whole. Memory holds about two days of the street.
        """
        topics = {names: _make_objects([f"homebeat/v1/{name}/readings" for name in names]) for names in (self.meters, self.bands)}
        held = (np.empty((0, 4), np.int64), _make_objects([]), _make_objects([]))
        for until, families in self._make_days(start, end, StreetPlan.of(events, faults)):
            parts = [held]
            for reports in families:
                names = self.meters if reports.metrics == METER_METRICS else self.bands
                rows, bodies = write_payloads(reports, Dialects(self.estate.senml, self.estate.iso, names))
                homes = reports.home[rows]
                family = np.full(len(rows), int(reports.metrics[0]))
                keys = np.stack([reports.received_at[rows], homes, family, reports.serial[rows]], axis=1)
                parts.append((keys, topics[names][homes], _make_objects(bodies)))
            keys, topic, body = (np.concatenate(column) for column in zip(*parts, strict=True))
            order = np.lexsort((keys[:, 3], keys[:, 2], keys[:, 1], keys[:, 0]))
            arrivals = keys[order, 0]
            ready = int(np.searchsorted(arrivals, until))
            now, later = order[:ready], order[ready:]
            yield from zip(arrivals[:ready].tolist(), topic[now].tolist(), body[now].tolist(), strict=True)
            held = (keys[later], topic[later], body[later])

    def make_history(
        self, start: int, end: int, faults: Iterable[DeviceFault] = (), events: Iterable[Event] = (), *, every: int = 0
    ) -> Iterator[History]:
        """The readings that arrive in [start, end) as columns, a block for each day, in arrival order.

        The same readings as in `messages`, but nothing unreadable is among them and times are as the devices tell them.

        Args:
            start: Epoch ms, and `end` likewise.
            end: The first instant that is not in it.
            faults: Of devices.
            events: In homes.
            every: Thin out: of devices that report more often than this (ms), keep about one report in this span.
        """
        devices = self.meters + self.bands
        held = _join_columns([], len(self))
        for until, families in self._make_days(start, end, StreetPlan.of(events, faults)):
            fresh = _join_columns([_thin(reports, every) for reports in families], len(self))
            table = {name: np.concatenate([held[name], fresh[name]]) for name in fresh}
            order = np.lexsort((table["metric"], table["serial"], table["device"], table["received_at"]))
            ready = int(np.searchsorted(table["received_at"][order], until))
            out = {name: column[order[:ready]] for name, column in table.items() if name != "serial"}
            held = {name: column[order[ready:]] for name, column in table.items()}
            yield History(devices, **out)

    def make_truth(
        self, start: int, end: int, faults: Iterable[DeviceFault] = (), events: Iterable[Event] = ()
    ) -> list[dict[str, str]]:
        """List what really happened in [start, end), in order: `{"at", "kind", "household", "resident", "device", "detail"}`."""
        return list_truth(self, start, end, faults, events)

    def _make_days(self, start: int, end: int, plan: StreetPlan) -> Iterator[tuple[int, list[Reports]]]:
        """Day by day the reports of every family, and the instant up to which all that arrives is now known."""
        if not len(self):
            return
        calendars = {zone: LocalDays(zone) for zone in set(self._zones)}
        wait = DAY if self.estate.meter_daily.any() else 0
        back = start - LONGEST_WAY - wait - plan.find_longest_hold(start, end)
        first = max(min(c.find_number(back) for c in calendars.values()), ORIGIN)
        last = max(c.find_number(end) for c in calendars.values())
        block = self._make_block(plan)
        for day in range(first, last + 1):
            families = block.make_reports(day)
            known = min(c.find_start(day + 1) for c in calendars.values())
            yield (end if day == last else min(known, end)), [reports.take(reports.received_at >= start) for reports in families]

    def _make_block(self, plan: StreetPlan) -> DayOfStreet:
        homes = HomeRows(self.personas, self._keys, self.estate, self._zones, self.numbers, self.meters, self.bands, ORIGIN)
        return DayOfStreet(homes, plan)


def _name_model(model: str) -> dict[str, str]:
    return {"model": model} if model else {}


def format_duration(span: int) -> str:
    """Milliseconds as ISO 8601: PT1H, PT5M, P1D."""
    if span % DAY == 0:
        return f"P{span // DAY}D"
    if span % HOUR == 0:
        return f"PT{span // HOUR}H"
    return f"PT{span // 60_000}M" if span % 60_000 == 0 else f"PT{span // 1000}S"


def _make_objects(things: Sequence[object]) -> NDArray[np.object_]:
    """An array that holds the things, so that they are put in order without a Python step for each."""
    out = np.empty(len(things), np.object_)
    out[:] = things
    return out


def _thin(reports: Reports, every: int) -> Reports:
    """Keep the first report of each span of `every` ms and device; alarms and lists stay whole."""
    if not every or not len(reports) or reports.metrics == ALARM_METRICS:
        return reports
    span = reports.at // every
    first = np.ones(len(reports), np.bool_)
    first[1:] = (span[1:] != span[:-1]) | (reports.home[1:] != reports.home[:-1])
    return reports.take(first)


def _join_columns(families: Sequence[Reports], homes: int) -> dict[str, NDArray[Any]]:
    """Flatten reports to readings, those not sent left out."""
    empty = {
        "device": np.empty(0, np.int32),
        "metric": np.empty(0, np.uint8),
        "observed_at": np.empty(0, np.int64),
        "received_at": np.empty(0, np.int64),
        "value": np.empty(0),
        "untimed": np.empty(0, np.bool_),
        "serial": np.empty(0, np.int64),
    }
    parts = [empty]
    for reports in families:
        usable = reports.take(~reports.junk)
        offset = 0 if reports.metrics == METER_METRICS else homes
        rows, columns = np.nonzero(~np.isnan(usable.value))
        metric = np.array([int(m) for m in reports.metrics], np.uint8)[columns]
        value = usable.value[rows, columns]
        # a pulse of 0 means not measured: a codec leaves it out, so it is no reading
        measured = ~((metric == Metric.HEART_RATE_BPM) & (value == 0))
        rows, metric, value = rows[measured], metric[measured], value[measured]
        untimed = usable.untimed[rows]
        received = usable.received_at[rows]
        parts.append(
            {
                "device": (usable.home[rows] + offset).astype(np.int32),
                "metric": metric,
                "observed_at": np.where(untimed, received, usable.observed_at[rows]),
                "received_at": received,
                "value": value,
                "untimed": untimed,
                "serial": usable.serial[rows],
            }
        )
    return {name: np.concatenate([part[name] for part in parts]) for name in empty}


def join_history(blocks: Iterable[History]) -> History:
    """One block of several that follow each other.

    Raises:
        ValueError: There are none.
    """
    parts = list(blocks)
    if not parts:
        raise ValueError("no history to join")
    names = ("device", "metric", "observed_at", "received_at", "value", "untimed")
    columns: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return replace(parts[0], **columns)
