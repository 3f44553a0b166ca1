"""Leaks injected into real meters: hours to the notice, and notices where nothing was injected.

Every home is lived through by the engine's own feature, rule and edges: once as it was, and once for each injected leak.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.homes import Meter
from benchmarks.homes import make_roster
from homebeat.domain.alert import TransitionKind
from homebeat.domain.metric import Metric
from homebeat.engine.edges import Edges
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Verdict, make_verdicts
from homebeat.rules.water_running import WaterRunning
from homebeat.stream.batch import Batch
from homebeat.stream.state import State

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
WELL_READ = 8150  # 93 % of a year's hours
ZONE = "Europe/Madrid"
HOUR_MS = 3_600_000
LATENESS_MS = 60_000
FIRST_DAY = 28
INJECT_EVERY_H = 16 * 24
RUN_H = 120
EDGE_S = 48 * 3600


@dataclass(frozen=True)
class EveryHour(WaterRunning):
    """Use in every hour for `window`, whoever lives there: the rule of utilities."""

    learned: bool = False

    def judge(self, frame: Frame) -> Judgement:
        ours = super().judge(frame)
        firing = frame.state.hours.run[frame.rows] >= self._least_h
        return ours._replace(verdict=make_verdicts(frame, firing=firing, known=ours.verdict != Verdict.UNKNOWN))


@dataclass(slots=True)
class LeakTally:
    """One rule on one home.

    Attributes:
        days: Days scored.
        notices: Alerts opened where nothing was injected.
        injected: Leaks injected while no alert stood.
        delays_h: Hours to the alert of those that were found while they ran.
        firing_h: Hours in which the rule fired where nothing was injected.
    """

    home: str
    days: float = 0.0
    notices: int = 0
    injected: int = 0
    delays_h: list[float] = field(default_factory=list)
    firing_h: int = 0

    @property
    def share_of_time(self) -> float:
        """Of all time, that in which the rule fired though nothing was injected."""
        return self.firing_h / 24 / (self.days + FIRST_DAY)


@dataclass(frozen=True, slots=True)
class _Lives:
    """Meters side by side: each home as it was, then with each of its leaks.

    Attributes:
        home: int64[rows], which home a row is.
        begins_at: int64[rows], when the leak of the row begins, epoch ms; 0 for none.
        row, at, litres: All readings in order of time.
    """

    home: I64
    begins_at: I64
    row: NDArray[np.int32]
    at: I64
    litres: F64


def judge(
    meters: Sequence[Meter], rules: Mapping[str, WaterRunning], litres_an_hour: float, *, on_the_edge: bool = False
) -> dict[str, list[LeakTally]]:
    """Live through the year with every rule; a leak begins every 16 days and is left to run for five.

    `on_the_edge`: its pulses fall on the second at which the meter is mostly read in the two days after, so that a reading a
    second early or late splits them; else anywhere.
    """
    lives = _make_lives(meters, litres_an_hour, on_the_edge=on_the_edge)
    scored_from = np.array([m.at[0] * 1000 + FIRST_DAY * 24 * HOUR_MS for m in meters])[lives.home]
    plain = lives.begins_at == 0
    days = [float(m.at[-1] - m.at[0]) / 86400 - FIRST_DAY for m in meters]
    tallies = {name: [LeakTally(m.home, d) for m, d in zip(meters, days, strict=True)] for name in rules}
    standing = {name: np.zeros(len(plain), np.bool_) for name in rules}
    sought = {name: np.zeros(len(plain), np.bool_) for name in rules}
    for now, name, firing, known_at, changes in _judge(lives, rules):
        tally, stands, seeks = tallies[name], standing[name], sought[name]
        for row in np.flatnonzero(plain & firing).tolist():
            tally[lives.home[row]].firing_h += 1
        # a leak that begins while an alert stands has nobody to tell anything new
        begins = (lives.begins_at > now - HOUR_MS) & (lives.begins_at <= now)
        for row in np.flatnonzero(begins & ~stands).tolist():
            tally[lives.home[row]].injected += 1
            seeks[row] = True
        for row, kind in changes:
            stands[row] = kind is not TransitionKind.CLEARED
            waited_ms = int(known_at[row]) + LATENESS_MS - int(lives.begins_at[row])
            if stands[row] and plain[row]:
                tally[lives.home[row]].notices += int(now >= scored_from[row])
            elif stands[row] and seeks[row] and waited_ms <= RUN_H * HOUR_MS:
                tally[lives.home[row]].delays_h.append(waited_ms / HOUR_MS)
                seeks[row] = False
    return tallies


def _judge(
    lives: _Lives, rules: Mapping[str, WaterRunning]
) -> Iterator[tuple[int, str, NDArray[np.bool_], I64, list[tuple[int, TransitionKind]]]]:
    """(time, rule, which rows fire, when each meter was last read, what opened and cleared) of every hour of the year."""
    rows, begin = len(lives.home), int(lives.at[0])
    state = State(replace(make_roster(rows, begin), household_zone=(ZONE,) * rows))
    edges = {name: Edges.make_blank(rows) for name in rules}
    away, whole = np.zeros(rows, np.bool_), slice(0, rows)
    taken = 0
    for now in range(begin // HOUR_MS * HOUR_MS, int(lives.at[-1]) + 2 * HOUR_MS, HOUR_MS):
        upto = int(np.searchsorted(lives.at, now, side="right"))
        at, device, litres = lives.at[taken:upto], lives.row[taken:upto] * np.int32(2), lives.litres[taken:upto]
        taken, instant = upto, now + LATENESS_MS
        state.advance(instant)
        metric, mark = np.full(len(at), Metric.VOLUME_M3, np.uint8), np.zeros(len(at), np.uint8)
        state.fold(Batch(device, metric, at, at, litres / 1000, mark))
        for name, rule in rules.items():
            frame = Frame(Axis.METER, 0, rows, instant, begin, state, edges[name].list_standing_since(whole), away)
            judged = rule.judge(frame)
            changes = [(c.row, c.kind) for c in edges[name].step(rule, 0, judged, instant)]
            yield instant, name, judged.verdict == Verdict.FIRING, state.water.total_at, changes


def _find_phase_on_the_edge(meter: Meter, begun: int, litres_an_hour: float) -> float:
    """What has run up of the first litre as the leak begins, for its pulses to fall on the readings; 0 where nothing is read."""
    read = meter.at[(meter.at > begun) & (meter.at <= begun + EDGE_S)]
    # by the hour for a litre an hour; a leak of another rate meets the readings once in some hours
    second = float(np.median((read - begun) % 3600)) if len(read) else 0.0
    # a hair more, so that the reading of that very second has the pulse
    return float((1 - litres_an_hour * second / 3600) % 1 + 1e-9) if second else 0.0


def _make_lives(meters: Sequence[Meter], litres_an_hour: float, *, on_the_edge: bool) -> _Lives:
    home: list[int] = []
    begins: list[int] = []
    parts: list[tuple[NDArray[np.int32], I64, F64]] = []
    for number, meter in enumerate(meters):
        chance = np.random.default_rng(int(meter.home[1:]))
        hours = int(meter.at[-1] - meter.at[0]) // 3600
        starts = [b + int(chance.integers(24)) for b in range(FIRST_DAY * 24, hours - RUN_H, INJECT_EVERY_H)]
        for start in (None, *starts):
            begun = 0 if start is None else int((meter.at[0] // 3600 + 1 + start) * 3600)
            leaked = litres_an_hour * np.clip((meter.at - begun) / 3600, 0, RUN_H) if begun else np.zeros(1)
            phase = chance.random()
            if begun and on_the_edge:
                phase = _find_phase_on_the_edge(meter, begun, litres_an_hour) or phase
            litres = meter.litres + np.floor(leaked + phase)
            parts.append((np.full(len(meter.at), len(home), np.int32), meter.at * 1000, litres))
            home.append(number)
            begins.append(begun * 1000)
    row, at, litres = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(at, kind="stable")
    return _Lives(np.array(home), np.array(begins), row[order], at[order], litres[order])
