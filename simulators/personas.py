"""The resident of each home: lasting habits, one array per habit, drawn from the home's key alone.

Spread and level follow the figures gathered for elders living alone: wake and bed times with a day-to-day sd of 0.3-0.7 h, one
to two and a half uses a night, 85-125 litres a day in a one-person home, one or two outings a day of median 1.5 h.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators import chance
from simulators.chance import F64, I64, U64

Flags = NDArray[np.bool_]


class Cohort(IntEnum):
    """Kinds of household that differ in how observable they are."""

    MOSTLY_IN = 0
    OFTEN_OUT = 1
    COUPLE = 2


#: Share of each cohort in a street: mostly-in elders are the reason for the service.
SHARES: Final = (0.58, 0.22, 0.20)


@dataclass(frozen=True)
class Personas:
    """Arrays of length n, one entry per home; hours are local wall-clock hours."""

    cohort: I64
    wake_h: F64
    sleep_h: F64
    spread_h: F64  # day-to-day standard deviation of the hours of the day
    lunch_h: F64
    dinner_h: F64
    night_uses: F64
    litres: F64  # mean use a day
    outings: F64  # mean a day, 0..2
    first_out_h: F64
    second_out_h: F64
    shower_p: F64
    shower_h: F64
    wash_first: I64  # weekdays on which the washing machine runs
    wash_second: I64
    visit_weekday: I64
    trip_p: F64  # chance that a stay elsewhere overnight begins on a day
    holiday_p: F64  # the same for one of five nights to a fortnight
    guests_p: F64  # chance that a visit of some days begins on a day
    long_day_p: F64  # chance of being out from morning to evening
    base_litres: F64  # the meter's total at the origin
    rest_bpm: F64
    spo2_pct: F64
    steps: F64  # mean a day while worn
    off_at_night: Flags  # takes the band off in bed
    charge_h: F64
    charge_span_h: F64
    drain_pct_h: F64
    forgets: F64  # chance a day of leaving the band off after waking
    zero_when_off: Flags  # this make sends a pulse of 0 when it has no contact; the others leave it out
    tells_sleep: Flags

    def __len__(self) -> int:
        return len(self.cohort)

    def take(self, rows: I64) -> Personas:
        """The homes at `rows`, in that order."""
        return Personas(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def make_personas(keys: U64) -> Personas:
    """Draw the lasting habits of the homes with these keys."""
    u = chance.draw_uniform(keys, 1, 32)
    z = chance.draw_normal(keys, 2, 16)
    cohort = (u[:, 0] > SHARES[0]).astype(np.int64) + (u[:, 0] > SHARES[0] + SHARES[1])
    couple = cohort == Cohort.COUPLE
    often = cohort == Cohort.OFTEN_OUT
    wake = np.clip(6.1 + 0.7 * z[:, 0], 4.5, 8.0)
    litres = np.clip(100 * np.exp(0.32 * z[:, 1]), 44, 233)
    return Personas(
        cohort=cohort,
        wake_h=wake,
        sleep_h=np.clip(21.8 + 0.7 * z[:, 2], 20.3, 23.3),
        spread_h=0.3 + 0.4 * u[:, 1],
        lunch_h=11.5 + 0.9 * u[:, 2],
        dinner_h=17.3 + 1.4 * u[:, 3],
        night_uses=np.clip(1.7 + 0.5 * z[:, 3], 0.8, 3.0),
        litres=np.where(couple, 1.65 * litres, np.where(often, 0.9 * litres, litres)),
        outings=np.where(often, 1.6 + 0.3 * u[:, 4], np.where(couple, 1.1 + 0.4 * u[:, 4], 0.7 + 0.7 * u[:, 4])),
        first_out_h=wake + 1.6 + 1.8 * u[:, 5],
        second_out_h=13.8 + 2.0 * u[:, 6],
        shower_p=0.3 + 0.4 * u[:, 7],
        shower_h=np.where(u[:, 8] < 0.3, wake + 0.5, 19.0 + 1.5 * u[:, 9]),
        wash_first=(u[:, 10] * 7).astype(np.int64),
        wash_second=np.where(u[:, 11] < 0.6, (u[:, 12] * 7).astype(np.int64), -1),
        visit_weekday=np.where(u[:, 13] < 0.6, 5 + (u[:, 14] < 0.5), (u[:, 14] * 5)).astype(np.int64),
        trip_p=np.where(often, 0.012, 0.004) * (0.5 + u[:, 15]),
        holiday_p=np.where(often, 1 / 150, 1 / 300) * (0.5 + u[:, 25]),
        guests_p=(0.3 + u[:, 26]) / 150,
        long_day_p=np.where(often, 0.11, np.where(couple, 0.05, 0.02)) * (0.5 + u[:, 27]),
        base_litres=np.floor(60_000 + 800_000 * u[:, 16]),
        rest_bpm=np.clip(66 + 7 * z[:, 4], 48, 88),
        spo2_pct=95.5 + 2.0 * u[:, 17],
        steps=np.clip(4200 * np.exp(0.4 * z[:, 5]), 900, 12_000),
        off_at_night=u[:, 18] < 0.4,
        charge_h=8.0 + 12.0 * u[:, 19],
        charge_span_h=1.2 + 1.3 * u[:, 20],
        drain_pct_h=1.8 + 1.6 * u[:, 21],
        forgets=0.05 + 0.25 * u[:, 22],
        zero_when_off=u[:, 23] < 0.5,
        tells_sleep=u[:, 24] < 0.5,
    )
