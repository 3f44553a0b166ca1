"""The water of single homes with events: what the events add to the index, and what they keep from it."""

from __future__ import annotations

import numpy as np

from simulators.chance import F64, I64, U64
from simulators.estate import compute_dripped
from simulators.life import DayLife, compute_litres_before, live_day
from simulators.localdays import HOUR, LocalDays
from simulators.meters import compute_drawn
from simulators.personas import Personas
from simulators.plan import FLOWS, Event, EventKind


class Taps:
    """The index of one home at any instant, with its events. Days once lived are kept, the latest few hundred."""

    def __init__(
        self, people: Personas, keys: U64, origin: int, days: LocalDays, events: tuple[Event, ...], drip_lph: float
    ) -> None:
        """`people` and `keys` hold this one home; `origin` is the day on which its meter showed `base_litres`."""
        self._drip_lph = np.array(drip_lph)
        self._people = people
        self._keys = keys
        self._origin = origin
        self._days = days
        self._events = events
        self._lives: dict[int, DayLife] = {}
        self._whole: dict[tuple[int, bool], dict[int, float]] = {}

    def compute_litres(self, at: I64) -> F64:
        """Compute what has run through the meter at the instants `at` (epoch ms), litres, f64[k], not rounded."""
        out = np.empty(len(at))
        numbers = np.array([self._days.find_number(int(t)) for t in at], np.int64)
        for day in np.unique(numbers):
            where = numbers == day
            before = compute_litres_before(self._people, self._keys, self._origin, int(day))[0]
            life = self._get_life(int(day))
            start = self._days.convert_to_utc(int(day), life.start)
            today = compute_drawn(start, life.span, life.litres, at[where][None, :].astype(np.float64))[0]
            out[where] = self._people.base_litres[0] + before + today
        return out + compute_dripped(self._drip_lph, at) + self._sum_added(at) - self._sum_untaken(at)

    def _get_life(self, day: int) -> DayLife:
        if day not in self._lives:
            if len(self._lives) > 400:
                self._lives.clear()
            self._lives[day] = live_day(self._people, self._keys, day)
        return self._lives[day]

    def _sum_added(self, at: I64) -> F64:
        out = np.zeros(len(at))
        for event in self._events:
            if event.kind in FLOWS:
                out += event.size * (np.clip(at, event.at, event.until) - event.at) / HOUR
            elif event.kind is EventKind.USE:
                out += np.where(at >= event.at, event.size, 0.0)
        return out

    def _sum_untaken(self, at: I64) -> F64:
        """Litres that would have been drawn, had nothing happened."""
        out = np.zeros(len(at))
        for second in (False, True):
            stops = [(e.at, e.until) for e in self._events if e.stops_water and not (second and e.is_still)]
            for begin, end in _unite(stops):
                for i, instant in enumerate(at):
                    if instant > begin:
                        out[i] += self._sum_between(begin, min(int(instant), end), second=second)
        return out

    def _sum_between(self, begin: int, end: int, *, second: bool) -> float:
        """Litres that one of the people would have drawn in a span of time."""
        whole = self._whole.setdefault((begin, second), {})
        first, last = self._days.find_number(begin), self._days.find_number(end)
        total = 0.0
        for day in range(first, last + 1):
            closed = day < last
            if closed and day in whole:
                total += whole[day]
                continue
            amount = self._sum_day(day, begin, end, second=second)
            if closed:
                whole[day] = amount
            total += amount
        return total

    def _sum_day(self, day: int, begin: int, end: int, *, second: bool) -> float:
        life = self._get_life(day)
        own = np.where(life.second == second, life.litres, 0.0)
        start = self._days.convert_to_utc(day, life.start)
        edges = compute_drawn(start, life.span, own, np.array([[float(begin), float(end)]]))[0]
        return float(edges[1] - edges[0])


def _unite(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same instants as spans that do not overlap."""
    out: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if out and begin <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((begin, end))
    return out
