"""Wristbands: pulse, steps, wear and whereabouts of many residents on one local day."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulators import chance
from simulators.chance import F64, I64, U64
from simulators.estate import Estate
from simulators.life import MINUTE, NEVER_MS, DayLife
from simulators.localdays import HOUR, LocalDays
from simulators.meters import list_instants
from simulators.personas import Flags, Personas
from simulators.reports import BAND_METRICS, Reports

#: The least charge of a band of which the plan says that it stays on.
CHARGED_PCT: Final = 50


def _draw_unworn(people: Personas, today: U64, life: DayLife, wall: F64) -> tuple[Flags, F64]:
    """Whether the band is off (on its charger too), and when charging begins; wall f64[n, k] in ms."""
    u = chance.draw_uniform(today, 50, 6)
    in_bed = (wall < life.wake[:, None] + 12 * MINUTE) | (wall > life.sleep[:, None] - 10 * MINUTE)
    off = people.off_at_night[:, None] & in_bed
    charge = (people.charge_h + 1.5 * (u[:, 0] - 0.5)) * HOUR
    charging = (wall >= charge[:, None]) & (wall < (charge + people.charge_span_h * HOUR)[:, None])
    forgot = (u[:, 1] < people.forgets)[:, None]
    until = life.wake + (1 + 7 * u[:, 2]) * HOUR
    off |= forgot & (wall >= life.wake[:, None] - HOUR) & (wall < until[:, None])
    bath = (people.shower_h * HOUR)[:, None]
    off |= (u[:, 3] < 0.4)[:, None] & (np.abs(wall - bath) < 25 * MINUTE)
    return off | charging, charge


def compute_worn_share(people: Personas, keys: U64, life: DayLife, day: int) -> F64:
    """The share of a local day for which each band is worn, f64[n]."""
    wall = np.broadcast_to(np.arange(0.0, 24 * HOUR, 10 * MINUTE), (len(people), 144))
    share: F64 = 1.0 - _draw_unworn(people, chance.make_day_keys(keys, day), life, wall)[0].mean(axis=1)
    return share


def _draw_battery(people: Personas, wall: F64, charge: F64) -> F64:
    """Per cent: full after the daily charge, then down steadily."""
    end = charge + people.charge_span_h * HOUR
    since = np.where(wall >= end[:, None], wall - end[:, None], wall - end[:, None] + 24 * HOUR) / HOUR
    low = 100 - people.drain_pct_h * (24 - people.charge_span_h)
    climb = low[:, None] + (100 - low)[:, None] * (wall - charge[:, None]) / (people.charge_span_h * HOUR)[:, None]
    charging = (wall >= charge[:, None]) & (wall < end[:, None])
    return np.clip(np.where(charging, climb, 100 - people.drain_pct_h[:, None] * since), 3, 100)


def _draw_strides(people: Personas, today: U64, life: DayLife, wall: F64, every: int, out: Flags, worn: Flags) -> F64:
    """Count the steps since the report before; f64[n, k]. `every` is in ms."""
    k = wall.shape[1]
    luck, pace = chance.draw_uniform(today, 51, 2 * k)[:, :k], chance.draw_uniform(today, 52, k)
    minutes = every / MINUTE
    awake = (wall >= life.wake[:, None]) & (wall < life.sleep[:, None])
    scale = (people.steps / 4200 * np.where(life.ill, 0.4, 1.0))[:, None]
    walking = np.where(out, np.where(luck < 0.5, 55 * pace, 0.0), np.where(awake & (luck < 0.35), 9 * pace, 0.0))
    strides = walking * minutes * scale
    # going to the bathroom or the kitchen is a walk: band and water tell one story
    own = (life.litres > 0) & ~life.second
    rows, slots = np.nonzero(own)
    first = wall[rows, 0]
    bins = np.clip(np.ceil((life.start[rows, slots] - first) / every), 0, k - 1).astype(np.int64)
    np.add.at(strides, (rows, bins), 14.0)
    steps: F64 = np.floor(np.where(worn, strides, 0.0))
    return steps


def make_band_reports(people: Personas, estate: Estate, keys: U64, life: DayLife, days: LocalDays, day: int) -> Reports | None:
    """Make the reports of a local day from bands of homes in one zone, all with one `band_every`; `home` counts 0..n-1."""
    first, last = days.find_start(day), days.find_start(day + 1)
    every = int(estate.band_every[0])
    numbers, at = list_instants(every, estate.band_offset, first, last)
    inside = at < last
    if not inside.any():
        return None
    wall = (at - first).astype(np.float64)
    wall -= np.where(wall >= 3 * HOUR, days.convert_to_utc(day, np.array([3.0 * HOUR]))[0] - first - 3 * HOUR, 0.0)
    today = chance.make_day_keys(keys, day)
    off, charge = _draw_unworn(people, today, life, wall)
    kept_on = (at >= estate.worn_from[:, None]) & (at < estate.worn_until[:, None])
    off &= ~kept_on
    worn = ~off
    out = np.zeros(wall.shape, np.bool_)
    for trip in range(2):
        out |= (wall >= life.out_from[:, trip, None]) & (wall < life.out_to[:, trip, None])
    away = (wall >= life.away_from[:, None]) & (wall < life.away_to[:, None]) & (life.away_from < NEVER_MS)[:, None]
    out = (out | away) & ~kept_on
    strides = _draw_strides(people, today, life, wall, every, out, worn)
    steps = np.cumsum(strides, axis=1)
    asleep = (wall < life.wake[:, None]) | (wall >= life.sleep[:, None])
    k = wall.shape[1]
    noise = chance.draw_normal(today, 53, k)
    lost = chance.draw_uniform(today, 54, 2 * k)
    pulse = people.rest_bpm[:, None] + np.where(asleep, -5.0, 5.0) + 8.0 * life.ill[:, None]
    pulse = pulse + np.minimum(strides / (every / MINUTE), 60) * 0.5 + 3.0 * noise
    unmeasured = off | (lost[:, :k] < 0.02)
    pulse = np.where(unmeasured, np.where(people.zero_when_off[:, None], 0.0, np.nan), np.round(np.clip(pulse, 38, 150)))
    spo2 = np.round(np.clip(people.spo2_pct[:, None] + 0.8 * noise, 91, 100))
    spo2 = np.where(worn & (numbers % max(1, 30 * MINUTE // every) == 0) & (lost[:, k:] > 0.2), spo2, np.nan)
    # a band on its charger at home reports that it is at home
    home_flag = ~(out & worn)
    sleeps = np.where(people.tells_sleep[:, None] & worn, asleep.astype(np.float64), np.nan)
    battery = np.floor(_draw_battery(people, wall, charge))
    battery = np.where(kept_on, np.maximum(battery, CHARGED_PCT), battery)
    columns = [pulse, spo2, steps, worn.astype(np.float64), home_flag.astype(np.float64), sleeps, battery]
    value = np.stack([c[inside] for c in columns], axis=1)
    home: I64 = np.broadcast_to(np.arange(len(keys))[:, None], at.shape)[inside]
    return Reports.make(BAND_METRICS, home, numbers[inside], at[inside], value)
