"""One local day of many homes: when they sleep, go out, travel, and every draw of water, as arrays.

A day depends on the home's key and the day's number only. The litres of a day have a closed form (`day_litres`), and the draws of
the day are scaled to it, so that the index of a meter on any day is a sum of cheap terms and needs no simulation of the days
before: history and live join without a step.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from simulators import chance
from simulators.chance import F64, I64, U64
from simulators.localdays import DAY, HOUR
from simulators.personas import Cohort, Flags, Personas

MINUTE: Final = 60_000
#: Longest stay elsewhere, nights, and longest illness, days.
TRIP_NIGHTS: Final = 4
HOLIDAY_NIGHTS: Final = (5, 14)
GUEST_DAYS: Final = (4, 9)
ILL_DAYS: Final = 6
ILL_P: Final = 1 / 100
#: A time of day that never comes.
NEVER_MS: Final = 1e15

_NIGHT, _RISE, _MEALS, _TOILET, _TAP, _RETURN, _SHOWER, _WASH, _VISIT, _OTHER = 5, 3, 9, 6, 5, 2, 1, 3, 3, 6
SLOTS: Final = _NIGHT + _RISE + _MEALS + _TOILET + _TAP + _RETURN + _SHOWER + _WASH + _VISIT + _OTHER


@dataclass(frozen=True)
class DayLife:
    """One day of n homes. Times are wall-clock milliseconds since local midnight; `NEVER_MS` where it did not happen.

    Attributes:
        wake: f64[n], first rising.
        sleep: f64[n], going to bed.
        out_from: f64[n, 2], leaving home; `out_to` coming back the same day.
        away_from: f64[n], beginning of the part of this day spent on a stay elsewhere; `away_to` its end.
        ill: bool[n].
        start: f64[n, SLOTS], beginning of a draw; `span` its length in ms; `litres` its volume, 0 where there is none.
        second: bool[n, SLOTS], drawn by the second person of a couple.
    """

    wake: F64
    sleep: F64
    out_from: F64
    out_to: F64
    away_from: F64
    away_to: F64
    ill: Flags
    start: F64
    span: F64
    litres: F64
    second: Flags

    def take(self, rows: I64) -> DayLife:
        """The homes at `rows`, in that order."""
        return DayLife(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def _draw_spells(keys: U64, days: I64, purpose: int, p: F64, longest: int, shortest: int) -> Flags:
    """Whether each of `days` (i64[d], consecutive) lies in a spell that began with chance `p` (f64[n]); bool[n, d]."""
    reach = np.arange(days[0] - longest + 1, days[-1] + 1)
    u = chance.draw_one(chance.make_day_keys(keys[:, None], reach[None, :]), purpose)
    length = np.where(u < p[:, None], shortest + np.floor(u / p[:, None] * (longest - shortest + 1)), 0.0)
    inside = np.zeros((len(keys), len(days)), np.bool_)
    for back in range(longest):
        first = longest - 1 - back
        inside |= length[:, first : first + len(days)] > back
    return inside


def draw_nights_away(people: Personas, keys: U64, days: I64) -> Flags:
    """Whether the home is empty in the night that follows each of the consecutive `days`; bool[n, d]."""
    shortest, longest = HOLIDAY_NIGHTS
    return _draw_spells(keys, days, 10, people.trip_p, TRIP_NIGHTS, 1) | _draw_spells(
        keys, days, 13, people.holiday_p, longest, shortest
    )


def draw_guest_days(people: Personas, keys: U64, days: I64) -> Flags:
    """Whether somebody stays with the resident on each of the consecutive `days`; bool[n, d]."""
    return _draw_spells(keys, days, 14, people.guests_p, GUEST_DAYS[1], GUEST_DAYS[0])


def draw_ill_days(keys: U64, days: I64) -> Flags:
    """Whether the resident is ill on each of the consecutive `days`; bool[n, d]."""
    return _draw_spells(keys, days, 11, np.full(len(keys), ILL_P), ILL_DAYS, 2)


def compute_day_litres(people: Personas, keys: U64, days: I64) -> F64:
    """Litres used on each of the consecutive `days`, f64[n, d]; 0 on a day spent wholly elsewhere."""
    reach = np.concatenate([[days[0] - 1], days])
    away = draw_nights_away(people, keys, reach)
    before, after = away[:, :-1], away[:, 1:]
    u = chance.draw_one(chance.make_day_keys(keys[:, None], days[None, :]), 12)
    weekday = (days + 3) % 7
    washes = (weekday[None, :] == people.wash_first[:, None]) | (weekday[None, :] == people.wash_second[:, None])
    out = people.litres[:, None] * (0.55 + 0.9 * u * u + 0.35 * washes + 0.12 * (weekday[None, :] >= 5))
    out *= np.where(draw_guest_days(people, keys, days), 1.6, 1.0)
    out *= np.where(before & after, 0.0, np.where(before | after, 0.4, 1.0))
    # binary fractions add up exactly in any order: an index does not depend on where the sum began
    exact: F64 = np.round(out * 1024) / 1024
    return exact


def _draw_outings(people: Personas, keys: U64, weekday: int, wake: F64, sleep: F64, stays: Flags) -> tuple[F64, F64]:
    """Beginning and end of up to two outings, f64[n, 2] each; `stays` (bool[n]) go nowhere."""
    u = chance.draw_uniform(keys, 20, 6)
    z = chance.draw_normal(keys, 21, 4)
    busy = people.outings[:, None] * (0.85 if weekday >= 5 else 1.05)
    share = np.stack([0.55 + 0 * wake, 0.45 + 0 * wake], axis=1)
    goes = (u[:, :2] < np.minimum(busy * share, 0.97)) & ~stays[:, None]
    # median 1.5 h and 90 % under 3.75 h, as measured in a real home: a log-normal with sigma 0.715
    length = 1.5 * np.exp(0.715 * z[:, :2])
    begin = np.stack([np.maximum(people.first_out_h, wake + 0.7), people.second_out_h], axis=1)
    begin = begin + people.spread_h[:, None] * z[:, 2:]
    begin[:, 0] = np.maximum(begin[:, 0], wake + 0.6)
    whole = (u[:, 4] < people.long_day_p) & ~stays
    length[:, 0] = np.where(whole, 7.5 + 4.5 * u[:, 5], length[:, 0])
    goes[:, 0] |= whole
    goes[:, 1] &= ~whole
    end = np.minimum(begin + np.minimum(length, 12.0), (sleep - 0.7)[:, None])
    begin[:, 1] = np.where(goes[:, 0], np.maximum(begin[:, 1], end[:, 0] + 0.5), begin[:, 1])
    end[:, 1] = np.minimum(np.maximum(end[:, 1], begin[:, 1] + 0.2), sleep - 0.4)
    goes &= end > begin + 0.15
    return np.where(goes, begin * HOUR, NEVER_MS), np.where(goes, end * HOUR, NEVER_MS)


def _draw_wishes(
    people: Personas, keys: U64, weekday: int, wake: F64, sleep: F64, ill: Flags, guests: Flags, returns: F64
) -> tuple[F64, F64, F64, Flags]:
    """Every draw that would be made by somebody at home: start hour, litres, minutes, whether it is made; [n, SLOTS]."""
    n = len(people)
    u = chance.draw_uniform(keys, 30, 2 * SLOTS)
    z = chance.draw_normal(keys, 31, SLOTS)
    place, luck = u[:, :SLOTS], u[:, SLOTS:]
    couple = (people.cohort == Cohort.COUPLE)[:, None] | guests[:, None]
    hour, wanted = np.zeros((n, SLOTS)), np.ones((n, SLOTS))
    litres, minutes = np.zeros(SLOTS), np.zeros(SLOTS)
    day_span = sleep - wake
    at = 0

    def fill(width: int, hours: F64, chances: F64, volume: float | list[float], length: float | list[float]) -> None:
        nonlocal at
        where = slice(at, at + width)
        hour[:, where], wanted[:, where] = hours, chances
        litres[where], minutes[where] = volume, length
        at += width

    col = people.spread_h[:, None]
    # a personal number of uses, plus or minus one; independent draws would give too many nights without any use
    usual = people.night_uses * np.where(couple[:, 0], 1.3, 1.0) * (1 + 0.4 * ill)
    uses = np.rint(np.maximum(usual + chance.draw_normal(keys, 32, 1)[:, 0], 0.0))
    rank = np.argsort(np.argsort(luck[:, :5], axis=1), axis=1)
    from_bed = np.concatenate([np.broadcast_to([0.1, 0.35, 0.55, 0.8], (n, 4)), np.ones((n, 1))], axis=1)
    night_hour = (from_bed + 0.16 * (place[:, :5] - 0.5)) * wake[:, None] * 0.97
    night_hour[:, 4] = sleep + (23.9 - sleep) * place[:, 4]
    fill(_NIGHT, night_hour, np.where(rank < uses[:, None], 1.0, 0.0), 7.0, 1.2)
    fill(_RISE, wake[:, None] + np.array([0.03, 0.12, 0.25]), np.broadcast_to([1.0, 0.9, 0.6], (n, 3)), [7, 3, 2], [1.2, 1.5, 1])
    meals = np.stack([wake + 0.7, people.lunch_h, people.dinner_h], axis=1)
    meals = meals + col * z[:, at : at + 3]
    cooking = (meals[:, :, None] + np.array([-0.5, -0.1, 0.6])).reshape(n, 9)
    cooks = np.where(ill[:, None], 0.5, 1.0) * np.array([0.55, 0.35, 0.5, 0.8, 0.45, 0.75, 0.75, 0.4, 0.7])
    fill(_MEALS, cooking, cooks, [2, 2, 4, 4, 2, 7, 4, 2, 6], [1, 1, 2, 2, 1, 4, 2, 1, 4])
    spread = (np.arange(6) + 0.2 + 0.7 * place[:, at : at + 6]) / 6
    fill(_TOILET, wake[:, None] + 0.4 + spread * (day_span[:, None] - 0.4), np.full((n, 6), 0.72), 7.0, 1.2)
    fill(_TAP, wake[:, None] + place[:, at : at + 5] * day_span[:, None], np.full((n, 5), 0.5), 1.5, 0.7)
    fill(_RETURN, returns / HOUR + 0.04 + 0.08 * place[:, at : at + 2], np.where(returns < NEVER_MS, 0.9, 0.0), 5.0, 1.2)
    fill(
        _SHOWER,
        people.shower_h[:, None] + col * z[:, at : at + 1],
        people.shower_p[:, None] * np.where(ill, 0.4, 1)[:, None],
        38.0,
        7.0,
    )
    washes = np.equal(weekday, people.wash_first) | np.equal(weekday, people.wash_second)
    fill(
        _WASH,
        wake[:, None] + 2.0 + 2 * place[:, at : at + 1] + np.array([0, 0.4, 0.7]),
        np.repeat(washes[:, None] * 0.9, 3, axis=1),
        17.0,
        4.0,
    )
    visit = np.where(weekday == people.visit_weekday, 0.8, 0.06)[:, None] * (luck[:, :1] < 0.85)
    fill(_VISIT, 14.2 + 1.0 * np.arange(3) + place[:, at : at + 3], np.repeat(visit, 3, axis=1), [5, 7, 4], [2, 1.2, 2])
    fill(
        _OTHER,
        wake[:, None] + place[:, at : at + 6] * day_span[:, None],
        np.where(couple, 0.85, 0.04) * np.ones((n, 6)),
        6.0,
        1.2,
    )
    volume = litres * np.exp(0.3 * z)
    return hour, volume, minutes * (0.6 + 0.8 * place), luck < wanted


def live_day(people: Personas, keys: U64, day: int) -> DayLife:
    """Live one local day in every home."""
    today = chance.make_day_keys(keys, day)
    weekday = (day + 3) % 7
    z = chance.draw_normal(today, 15, 2)
    away = draw_nights_away(people, keys, np.array([day - 1, day]))
    ill = draw_ill_days(keys, np.array([day]))[:, 0]
    guests = draw_guest_days(people, keys, np.array([day]))[:, 0]
    sunday = 0.3 if weekday >= 5 else 0.0
    wake = np.clip(people.wake_h + people.spread_h * z[:, 0] + sunday + 0.6 * ill, 3.5, 10.5)
    sleep = np.clip(people.sleep_h + people.spread_h * z[:, 1] - 0.5 * ill, 19.5, 23.6)
    out_from, out_to = _draw_outings(people, today, weekday, wake, sleep, ill | away.any(axis=1))
    u = chance.draw_uniform(today, 16, 2)
    leaves, back = (9.0 + 3.0 * u[:, 0]) * HOUR, (14.0 + 4.0 * u[:, 1]) * HOUR
    away_from = np.where(away[:, 0], 0.0, np.where(away[:, 1], leaves, NEVER_MS))
    away_to = np.where(away[:, 1], float(DAY), np.where(away[:, 0], back, NEVER_MS))
    returns = out_to.copy()
    returns[:, 1] = np.where(away[:, 0] & ~away[:, 1], back, returns[:, 1])
    hour, volume, minutes, made = _draw_wishes(people, today, weekday, wake, sleep, ill, guests, returns)
    span = np.maximum(minutes * MINUTE, 5_000.0)
    start = np.clip(hour * HOUR, 0.0, DAY - span - 1)
    second = (people.cohort == Cohort.COUPLE)[:, None] & (np.arange(SLOTS) % 2 == 1)[None, :]
    for trip in range(2):
        inside = (start + span > out_from[:, trip, None]) & (start < out_to[:, trip, None])
        # of a couple one stays at home on two outings of three
        made &= ~inside | (second & (u[:, :1] < 0.67))
    made &= ~((start + span > away_from[:, None]) & (start < away_to[:, None]))
    made[:, _NIGHT] |= ~away[:, 0]
    arrival_slot = _NIGHT + _RISE + _MEALS + _TOILET + _TAP + 1
    made[:, arrival_slot] |= away[:, 0] & ~away[:, 1]
    volume = np.where(made, volume, 0.0)
    total = compute_day_litres(people, keys, np.array([day]))
    volume *= total / np.maximum(volume.sum(axis=1, keepdims=True), 1e-9)
    return DayLife(wake * HOUR, sleep * HOUR, out_from, out_to, away_from, away_to, ill, start, span, volume, second)


def compute_litres_before(people: Personas, keys: U64, origin: int, day: int) -> F64:
    """Litres used from local day `origin` to the beginning of `day`, f64[n].

    Raises:
        ValueError: `day` lies before the origin.
    """
    if day < origin:
        raise ValueError("the simulated street has no life before its origin day")
    total = np.zeros(len(people))
    chunk = max(1, 400_000 // max(len(people), 1))
    for first in range(origin, day, chunk):
        total += compute_day_litres(people, keys, np.arange(first, min(day, first + chunk))).sum(axis=1)
    return total
