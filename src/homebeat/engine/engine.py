"""The engine's clock: which instants are judged, and what each of them sees.

The engine judges at instants of a fixed grid (30 s): the next one after each arrival, the next one after the watermark has passed
a reading, and those at which time alone may change something. Each instant sees exactly the readings that arrived by then. So it
makes no difference how arrivals are cut into ticks: live, after a crash and in a replay, the same edges come out.

A device alarm is judged at its arrival and not on the grid: for its device only, and for the rules over alarms only. So the
alerts of one home do not depend on another home.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from homebeat.domain.alert import Edge
from homebeat.domain.durations import DAY_MS
from homebeat.engine.blind import Blindness
from homebeat.engine.closing import Closing
from homebeat.engine.judge import BLOCK, Judge, count_rows
from homebeat.engine.learning import Learning
from homebeat.engine.outages import Outages
from homebeat.engine.rulebook import RuleBook
from homebeat.habits.learn import Profile
from homebeat.rules.frame import Axis
from homebeat.stream.batch import FAR, I32, NEVER, U8, Batch, Bool
from homebeat.stream.evidence import Evidence, find_news
from homebeat.stream.features.alarms import is_alarm
from homebeat.stream.fence import fold_each
from homebeat.stream.reorder import Reorder
from homebeat.stream.rewind import rewind
from homebeat.stream.roster import Roster
from homebeat.stream.state import State
from homebeat.stream.unwatched import drop_unwatched

#: After a longer break than this, missed turns to learn are left until the next week: all at once they would stall the engine.
_MISSED_TURNS_MS: Final = DAY_MS
#: If homebeat was blocked, or its clock wrong, for longer than this, it missed messages. That time is not device silence.
DEAF_MS: Final = 120_000

#: The coarsest grid on which the rules over device alarms are judged.
_URGENT_GRID_MS: Final = 30_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How time is cut; milliseconds.

    Attributes:
        grid_ms: Distance of the instants of the grid.
        lateness_ms: How far the watermark stays behind an instant.
    """

    grid_ms: int = 30_000
    lateness_ms: int = 60_000


class Engine:
    """Readings in, edges out. Not thread-safe; one thread owns it.

    Attributes:
        now: The engine's clock: everything up to here is judged, epoch ms.
        clock_steps: How many steps of the clock it has followed (`step_clock`); they are in the log beside the readings.
        news_from: Arrivals do not ask for an instant before this, epoch ms; a replay lets readings pile up.
    """

    def __init__(self, roster: Roster, book: RuleBook, pace: Pace | None = None) -> None:
        self.pace = pace or Pace()
        self.book = book
        self.state = State(roster, book.list_extra_metrics())
        self.judge = Judge(book, roster)
        self.learning = Learning(book, roster)
        self.closing = Closing(roster, wanted=book.needs_days())
        self.outages = Outages()
        self._profiles: dict[int, Profile] = {}
        self.waiting = Reorder()
        self.now = NEVER
        self.listening_at = NEVER
        self.news_from = NEVER
        self.clock_steps = 0
        self._touched = self._make_untouched(Evidence.ALL)
        self._oldest_news_at = FAR  # the first arrival that no instant of the grid has seen yet
        self._absence_times = np.empty(0, np.int64)
        self._note_absence_times()

    @property
    def blind(self) -> Blindness:
        """Which rows and homes homebeat cannot judge now."""
        return self.judge.blind

    @property
    def roster(self) -> Roster:
        """The registry as rows."""
        return self.state.roster

    def follow(self, roster: Roster, book: RuleBook) -> None:
        """Take in a changed registry or changed settings, without losing any state."""
        self.state.enrol(roster)
        self.state.track(book.list_extra_metrics())
        self.book = book
        self.judge.follow(book, roster)
        self.learning.follow(book, roster)
        self.closing.follow(roster, wanted=book.needs_days())
        self._touched = self._make_untouched(Evidence.ALL)
        self._note_absence_times()

    def advance(self, batch: Batch, now: int) -> list[Edge]:
        """Take in what arrived, and bring the clock to `now`.

        Args:
            batch: New readings in arrival order. All were received after the last call's `now` and not after this one's: readings
                of one millisecond must come in one call.
            now: Epoch ms. A time before the last one counts as the last one, because wall clocks step back.

        Returns:
            The edges, in the order they were decided.
        """
        now = max(now, self.now)
        if self.now == NEVER:
            self.resume(int(batch.received_at[0]) if len(batch) else now)
        alarms = np.flatnonzero(is_alarm(batch))
        edges = self.judge.pop_ended(now)
        taken = 0
        while True:
            grid = self._find_next_instant(int(batch.received_at[taken]) if taken < len(batch) else FAR)
            # the clock never goes back, even where a caller gives a reading that arrived before what is judged
            urgent = max(int(batch.received_at[alarms[0]]), self.now) if len(alarms) else FAR
            instant = min(grid, urgent)
            if instant > now:
                break
            upto = int(np.searchsorted(batch.received_at, instant, side="right"))
            self._take(batch, taken, upto)
            taken, self.now = upto, instant
            if urgent == instant:
                rows = np.unique(batch.device[alarms[alarms < upto]]).tolist()
                edges += self.judge.run_alarms(self.state, rows, instant, self.listening_at, self.find_away(instant))
                alarms = alarms[alarms >= upto]
            if grid == instant:
                edges += self._judge_at(instant)
        self._take(batch, taken, len(batch))
        self.now = now
        return edges

    def pop_profiles(self) -> dict[int, Profile]:
        """Return what was learned since the last call, by resident row, and forget it; of two profiles, the newer."""
        taken, self._profiles = self._profiles, {}
        return taken

    def resume(self, now: int) -> None:
        """Start listening again at `now` (epoch ms): silence before it does not count against devices."""
        self.listening_at = now
        self.now = max(self.now, now - 1)
        if self.now - max(self.state.learned.upto, 0) > _MISSED_TURNS_MS:
            self.state.learned.upto = self.now

    def mark_deaf(self, now: int, devices: I32 | None = None) -> None:
        """Note that nothing can arrive just now (epoch ms): device silence counts from here at the earliest.

        Args:
            now: Epoch ms.
            devices: int32[n], the roster rows of those that cannot be heard; None for all.
        """
        if devices is None:
            self.listening_at = now
        else:
            self.state.unheard.mark(devices, now)

    def step_clock(self, before: int, after: int) -> None:
        """Follow a step of the clock from `before` to `after`, epoch ms. Only this moves the engine's time back.

        After a step back, everything that is known of later times counts as known just now, and everything is judged again.
        After a step ahead by more than `DEAF_MS`, the time between does not count as silence: homebeat was not listening, or the
        time did not exist.
        """
        self.clock_steps += 1
        if after < self.now:
            self.judge.forget_alarms_over(self.state.alarms, self.now)
            self.now, self.listening_at = after, min(self.listening_at, after)
            self._oldest_news_at = self._oldest_news_at if self._oldest_news_at == FAR else after
            self.waiting.rewind(after)
            rewind(self.state, after)
            for edges in self.judge.edges.values():
                edges.rewind(after)
            self.blind.rewind(after)
            self.outages.rewind(after)
            self.follow(self.roster, self.book)
        elif after - before > DEAF_MS:
            self.resume(after)

    def _find_next_instant(self, arrival: int) -> int:
        """Find the next instant of the grid that has something to do, epoch ms; FAR for none. `arrival`: of the next reading."""
        news = min(arrival, self._oldest_news_at)
        if self.waiting.oldest < FAR:
            news = min(news, self.waiting.oldest + self.pace.lateness_ms)
        turn = int(self._absence_times[0]) if len(self._absence_times) else FAR
        turn = min(turn, self.outages.find_next_check(self.roster))
        turn = min(
            turn,
            self.learning.find_next_turn(self.state.learned.upto),
            self.closing.find_next_closing(self.state, self.state.days.upto),
        )
        time = min(self.judge.find_due(), turn, self.blind.find_next_recovery())
        # a fall is checked for a minute, on however coarse a grid everything else is judged
        urgent = self._round_to_grid(self.judge.find_urgent_due(), min(self.pace.grid_ms, _URGENT_GRID_MS))
        return min(urgent, self._round_to_grid(min(time, max(news, self.news_from)), self.pace.grid_ms))

    def _round_to_grid(self, at: int, grid_ms: int) -> int:
        if at >= FAR - grid_ms:
            return FAR
        at = max(at, self.now + 1)
        return -(-at // grid_ms) * grid_ms

    def _take(self, batch: Batch, start: int, stop: int) -> None:
        """Fold what is urgent (alarms), and let other readings wait for the watermark."""
        if stop <= start:
            return
        part = batch.take(slice(start, stop)) if stop - start < len(batch) else batch
        self._oldest_news_at = min(self._oldest_news_at, int(part.received_at[0]))
        fold_each(self.state.hear, part, self.state.failed)
        urgent = is_alarm(part)
        self._touch(part, Evidence.HEARD | (find_news(part.metric[urgent]) if urgent.any() else 0))
        if urgent.any():
            self.state.advance(int(part.received_at[-1]))
            fold_each(self.state.fold_alarms, part.take(urgent), self.state.failed)
            part = part.take(~urgent)
        self.waiting.hold(part)

    def _judge_at(self, instant: int) -> list[Edge]:
        """Judge an instant of the grid."""
        self.state.advance(instant)
        self._profiles |= self.learning.learn_due(self.state, instant)
        edges: list[Edge] = []

        def judge_between(readings: Batch) -> None:
            edges.extend(self.judge.run_between(self.state, readings, instant, self.listening_at, self.find_away(instant)))

        ready = self.waiting.release(instant - self.pace.lateness_ms, self.roster.device_household)
        ready = drop_unwatched(self.roster, ready)
        if len(ready):
            self.state.fold(ready, judge_between, self.judge.find_order_sensitive(ready))
            self._touch(ready, find_news(ready.metric))
        self.state.peek(lambda: drop_unwatched(self.roster, self.waiting.join_waiting()), instant)
        self._touch_absences(instant)
        self._touched[Axis.RESIDENT][self.closing.close_due(self.state, instant) // BLOCK] |= np.uint8(Evidence.DAY)
        touched, self._touched = self._touched, self._make_untouched()
        self._oldest_news_at = FAR
        away = self.find_away(instant)
        outages = self._look_for_outages(away, instant)
        # judge after everything is folded: who came home with this very news counts as at home, and no later news may say so
        edges += self.judge.run(self.state, touched, instant, self.listening_at, away)
        outages += self._look_for_shared_causes(away, edges, instant)
        return [*outages, *self.outages.explain_edges(edges, self.roster), *self._report_blind(instant)]

    def _look_for_outages(self, away: Bool, instant: int) -> list[Edge]:
        try:
            return self.outages.check(self.state, away, instant, self.listening_at)
        except Exception as error:  # noqa: BLE001 -- the fence round a part: homes are judged even if areas cannot be
            self.blind.count_failure("outages", error)
            return []

    def _look_for_shared_causes(self, away: Bool, edges: list[Edge], instant: int) -> list[Edge]:
        try:
            return self.outages.check_edges(self.state, self.judge.edges, away, edges, instant, self.listening_at)
        except Exception as error:  # noqa: BLE001 -- as in `_look_for_outages`
            self.blind.count_failure("outages", error)
            return []

    def _report_blind(self, instant: int) -> list[Edge]:
        """Give the edges about homes at which homebeat itself fails, or does not fail any more."""
        blind, roster = self.blind, self.roster
        for device, error in self.state.failed:
            blind.fail_at("folding", int(roster.device_household[device]), instant, error)
        for part, failed in (("learning", self.learning.failed), ("closing", self.closing.failed)):
            for resident, error in failed:
                blind.fail_at(part, int(roster.resident_household[resident]), instant, error)
            failed.clear()
        self.state.failed.clear()
        return blind.find_edges(instant, roster)

    def _note_absence_times(self) -> None:
        """Note when declared absences begin and end: no reading says so, only time."""
        turns = np.unique(np.concatenate([self.roster.away_from, self.roster.away_until]))
        self._absence_times = turns[(turns > self.now) & (turns < FAR)]

    def _touch_absences(self, instant: int) -> None:
        """Mark the rows of residents whose absence began or ended since the last instant, or was found to be over."""
        roster, turned = self.roster, self.state.absences.pop_ended()
        passed = int(np.searchsorted(self._absence_times, instant, side="right"))
        if passed:
            turns, self._absence_times = self._absence_times[:passed], self._absence_times[passed:]
            mine = np.isin(roster.away_from, turns) | np.isin(roster.away_until, turns)
            turned = np.concatenate([turned, roster.away_resident[mine]])
        if not len(turned):
            return
        homes = np.zeros(len(roster.household_ids), np.bool_)
        homes[roster.resident_household[turned]] = True
        devices = np.flatnonzero(homes[roster.device_household])
        self._touched[Axis.RESIDENT][turned // BLOCK] = Evidence.ALL
        self._touched[Axis.DEVICE][devices // BLOCK] = Evidence.ALL
        meters = roster.device_meter[devices]
        self._touched[Axis.METER][meters[meters >= 0] // BLOCK] = Evidence.ALL

    def find_away(self, now: int) -> Bool:
        """bool[residents]: known or declared to be away at `now` (epoch ms); a declared absence that is over does not count."""
        absences = self.state.absences
        away: Bool = self.state.timeline.home == 0
        declared = (absences.starts <= now) & (now < absences.ends)
        away[absences.resident[declared]] = True
        return away

    def _make_untouched(self, news: int = 0) -> dict[Axis, U8]:
        return {axis: np.full(-(-count_rows(self.roster, axis) // BLOCK), int(news), np.uint8) for axis in Axis}

    def _touch(self, batch: Batch, news: int) -> None:
        """Note what kind of news (`Evidence` bits) came for the blocks of these readings' devices, meters and residents."""
        if not len(batch):
            return
        self._touched[Axis.DEVICE][batch.device // BLOCK] |= np.uint8(news)
        meter = self.roster.device_meter[batch.device]
        meter = meter[meter >= 0]
        self._touched[Axis.METER][meter // BLOCK] |= np.uint8(news)
        # a home's meters are added up in its first one, which may be in another block
        self._touched[Axis.METER][self.roster.meter_lead[meter] // BLOCK] |= np.uint8(news)
        self._touched[Axis.RESIDENT][self.state.find_residents(batch.device)[0] // BLOCK] |= np.uint8(news)
