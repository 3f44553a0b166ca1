"""`no_water`: the rule that cities write down: less than so many litres in so many hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.domain.consent import Purpose
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.meter import combine_home, is_believed, shows_hours
from homebeat.rules.rule import Judgement, Rule, make_verdicts, to_ms
from homebeat.stream.batch import FAR, I32, Bool
from homebeat.stream.evidence import Evidence
from homebeat.stream.features.timeline import SLOT_MS as AWAY_SLOT_MS
from homebeat.stream.features.water import SLOT_MS, SLOTS


@dataclass(frozen=True)
class NoWater(Rule):
    """Volume of the home below `litres` in the trailing `window`.

    Means: what the city's rule means by it. Needs: a meter that is believed over the whole window, reports at least every three
    hours and counts in steps no larger than the limit; where that is not so the verdict is unknown, never "no water".
    Wrong when: the person uses little (10 to 21 false alarms a month in one-person homes, docs/detection.md), is out,
    or somebody else is there. Unknown while away, and until a whole window has passed at home again.
    Defaults: off; 10 L in 12 h; high. A home's meters are added up, and all of them must be known.
    """

    code: ClassVar[str] = "no_water"
    axis: ClassVar[Axis] = Axis.METER
    judges_by: ClassVar[frozenset[Purpose]] = frozenset({Purpose.WATER})
    desk: ClassVar[Desk] = Desk.CARE
    priority: ClassVar[Priority] = Priority.HIGH
    on_by_default: ClassVar[bool] = False
    names_device: ClassVar[bool] = False
    triggers: ClassVar[Evidence] = Evidence.WATER | Evidence.LIFE

    litres: float = 10.0
    window: timedelta = timedelta(hours=12)

    def __post_init__(self) -> None:
        if not SLOT_MS <= to_ms(self.window) <= (SLOTS - 3) * SLOT_MS:
            raise ValueError(f"window must lie between 30 minutes and {(SLOTS - 3) // 2} hours")

    def judge(self, frame: Frame) -> Judgement:
        window, rows = to_ms(self.window), frame.rows
        lead = frame.state.roster.meter_lead[rows] == np.arange(frame.start, frame.stop)
        measured = combine_home(frame, self._is_measured(frame, rows), self._is_measured(frame, frame.more_meters[0]))
        known = lead & measured & ~frame.away & ~frame.was_away(window)
        since = np.where(known, frame.total_at, window) - window
        # an absence leaves the window as time passes; where nothing can be measured now, wait for news
        moves = np.where(lead & measured, (frame.now // AWAY_SLOT_MS + 1) * AWAY_SLOT_MS, FAR)
        return Judgement(make_verdicts(frame, firing=frame.sum_litres(window) < self.litres, known=known), since, moves)

    def _is_measured(self, frame: Frame, rows: slice | I32) -> Bool:
        fine = frame.state.roster.meter_resolution[rows] <= self.litres
        return fine & shows_hours(frame, rows) & is_believed(frame, to_ms(self.window), rows)

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        return Reason(
            "no_water",
            {
                "litres": float(frame.sum_litres(to_ms(self.window))[i]),
                "limit_litres": self.litres,
                "window_s": to_ms(self.window) // 1000,
            },
        )
