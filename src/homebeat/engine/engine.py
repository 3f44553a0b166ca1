"""The engine's clock: which instants are judged, and what each of them sees.

Judged are the instants of a fixed grid (30 s): the next one after each arrival, the next one after the watermark has passed a
reading, and those at which time may have changed something. Each instant sees exactly the readings that arrived by then, so how
arrivals are cut into ticks makes no difference: live, after a crash and in a replay the same edges come out. A device alarm is
judged at its arrival, for its device and the rules over alarms alone, so that no home's alerts depend on another home.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from homebeat.domain.alert import Edge
from homebeat.engine.blind import Blindness
from homebeat.engine.closing import Closing
from homebeat.engine.judge import BLOCK, Judge, rows_of
from homebeat.engine.learning import Learning
from homebeat.engine.outages import Outages
from homebeat.engine.rulebook import RuleBook
from homebeat.habits.learn import Profile
from homebeat.rules.frame import Axis
from homebeat.stream.batch import FAR, NEVER, U8, Batch, Bool
from homebeat.stream.evidence import Evidence, news_of
from homebeat.stream.features.alarms import is_alarm
from homebeat.stream.fence import fold_each
from homebeat.stream.reorder import Reorder
from homebeat.stream.roster import Roster
from homebeat.stream.state import State
from homebeat.stream.turning_back import turn_back

#: After a longer sleep than this the turns to learn that were missed are left for the week after: all at once they would stall.
_MISSED_TURNS_MS: Final = 86_400_000
#: For longer than this homebeat need not have been blocked, or its clock wrong, for the time to count as its own deafness.
DEAF_MS: Final = 120_000

#: The coarsest grid on which the rules over device alarms are judged.
_URGENT_GRID_MS: Final = 30_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How time is cut; milliseconds.

    Attributes:
        grid_ms: Distance of the instants at which time alone is judged.
        lateness_ms: How long the watermark waits behind an instant.
    """

    grid_ms: int = 30_000
    lateness_ms: int = 60_000


class Engine:
    """Readings in, edges out. Not thread-safe; one thread owns it.

    Attributes:
        now: The engine's clock: everything up to here is judged, epoch ms.
        clock_steps: How many steps of the clock it has followed (`step_clock`); they are in the log beside the readings.
        news_from: What arrives is by itself judged no sooner, epoch ms; a replay lets readings pile up.
    """

    def __init__(self, roster: Roster, book: RuleBook, pace: Pace | None = None) -> None:
        self.pace = pace or Pace()
        self.book = book
        self.state = State(roster, book.also_tracks())
        self.judge = Judge(book, roster)
        self.learning = Learning(book, roster)
        self.closing = Closing(roster, wanted=book.looks_at_days())
        self.outages = Outages()
        self._learned: dict[int, Profile] = {}
        self.waiting = Reorder()
        self.now = NEVER
        self.listening_at = NEVER
        self.news_from = NEVER
        self.clock_steps = 0
        self._touched = self._untouched(Evidence.ALL)
        self._stirred_at = FAR  # the first arrival that no instant of the grid has seen
        self._turns = np.empty(0, np.int64)
        self._take_turns()

    @property
    def blind(self) -> Blindness:
        """Where homebeat itself fails."""
        return self.judge.blind

    @property
    def roster(self) -> Roster:
        """Who is enrolled, by row."""
        return self.state.roster

    def follow(self, roster: Roster, book: RuleBook) -> None:
        """Take in a changed registry or settings, without losing what is known."""
        self.state.enrol(roster)
        self.state.track(book.also_tracks())
        self.book = book
        self.judge.follow(book, roster)
        self.learning.follow(book, roster)
        self.closing.follow(roster, wanted=book.looks_at_days())
        self._touched = self._untouched(Evidence.ALL)
        self._take_turns()

    def advance(self, batch: Batch, now: int) -> list[Edge]:
        """Take in what arrived and bring the clock to `now`.

        Args:
            batch: New readings in arrival order, all received after the last call's `now` and not after this one's: readings of
                one millisecond that come in two calls could be judged apart.
            now: Epoch ms; a time before the last one is taken as the last one (wall clocks step back).

        Returns:
            The edges, in the order they were decided.
        """
        now = max(now, self.now)
        if self.now == NEVER:
            self.resume(int(batch.received_at[0]) if len(batch) else now)
        alarms = np.flatnonzero(is_alarm(batch))
        edges = self.judge.take_gone(now)
        taken = 0
        while True:
            grid = self._next_on_grid(int(batch.received_at[taken]) if taken < len(batch) else FAR)
            # the clock never goes back, whoever hands in something that arrived before what is judged
            urgent = max(int(batch.received_at[alarms[0]]), self.now) if len(alarms) else FAR
            instant = min(grid, urgent)
            if instant > now:
                break
            upto = int(np.searchsorted(batch.received_at, instant, side="right"))
            self._take(batch, taken, upto)
            taken, self.now = upto, instant
            if urgent == instant:
                rows = np.unique(batch.device[alarms[alarms < upto]]).tolist()
                edges += self.judge.run_alarms(self.state, rows, instant, self.listening_at, self.away_now(instant))
                alarms = alarms[alarms >= upto]
            if grid == instant:
                edges += self._judge_at(instant)
        self._take(batch, taken, len(batch))
        self.now = now
        return edges

    def take_learned(self) -> dict[int, Profile]:
        """What was learned since the last call, by resident row; of a resident who learned twice, the newer."""
        taken, self._learned = self._learned, {}
        return taken

    def resume(self, now: int) -> None:
        """Say that homebeat was not listening until `now`: silence before is not held against devices."""
        self.listening_at = now
        self.now = max(self.now, now - 1)
        if self.now - max(self.state.learned.upto, 0) > _MISSED_TURNS_MS:
            self.state.learned.upto = self.now

    def deaf(self, now: int) -> None:
        """Say that nothing can arrive just now: device silence counts from here on at the earliest."""
        self.listening_at = now

    def step_clock(self, before: int, after: int) -> None:
        """Follow a step of the clock from `before` to `after` (epoch ms): the one way in which the engine's time comes back.

        After a step back, what the engine knows of later times counts as known just now, and everything is judged anew. After a
        step ahead by more than `DEAF_MS` nothing is held against anybody for the time between: homebeat was not listening, or
        there was no such time.
        """
        self.clock_steps += 1
        if after < self.now:
            self.now, self.listening_at = after, min(self.listening_at, after)
            self._stirred_at = self._stirred_at if self._stirred_at == FAR else after
            self.waiting.turn_back(after)
            turn_back(self.state, after)
            for edges in self.judge.edges.values():
                edges.turn_back(after)
            self.blind.turn_back(after)
            self.outages.turn_back(after)
            self.follow(self.roster, self.book)
        elif after - before > DEAF_MS:
            self.resume(after)

    def _next_on_grid(self, arrival: int) -> int:
        """The next instant of the grid that has something to do; FAR for none. `arrival`: of the next reading."""
        news = min(arrival, self._stirred_at)
        if self.waiting.oldest < FAR:
            news = min(news, self.waiting.oldest + self.pace.lateness_ms)
        turn = int(self._turns[0]) if len(self._turns) else FAR
        turn = min(turn, self.outages.next_at(self.roster))
        turn = min(turn, self.learning.next_at(self.state.learned.upto), self.closing.next_at(self.state, self.state.days.upto))
        time = min(self.judge.due(), turn, self.blind.next_at())
        # a fall is checked for a minute, on however coarse a grid everything else is judged
        urgent = self._on_grid(self.judge.urgent_due(), min(self.pace.grid_ms, _URGENT_GRID_MS))
        return min(urgent, self._on_grid(min(time, max(news, self.news_from)), self.pace.grid_ms))

    def _on_grid(self, at: int, grid_ms: int) -> int:
        if at >= FAR - grid_ms:
            return FAR
        at = max(at, self.now + 1)
        return -(-at // grid_ms) * grid_ms

    def _take(self, batch: Batch, start: int, stop: int) -> None:
        """Fold alarms and set other readings waiting."""
        if stop <= start:
            return
        part = batch.take(slice(start, stop)) if stop - start < len(batch) else batch
        self._stirred_at = min(self._stirred_at, int(part.received_at[0]))
        fold_each(self.state.hear, part, self.state.failed)
        urgent = is_alarm(part)
        self._touch(part, Evidence.HEARD | (news_of(part.metric[urgent]) if urgent.any() else 0))
        if urgent.any():
            self.state.advance(int(part.received_at[-1]))
            fold_each(self.state.alarm, part.take(urgent), self.state.failed)
            part = part.take(~urgent)
        self.waiting.hold(part)

    def _judge_at(self, instant: int) -> list[Edge]:
        """Judge an instant of the grid."""
        self.state.advance(instant)
        self._learned |= self.learning.turn(self.state, instant)
        edges: list[Edge] = []

        def between(wave: Batch) -> None:
            edges.extend(self.judge.run_between(self.state, wave, instant, self.listening_at, self.away_now(instant)))

        ready = self.waiting.release(instant - self.pace.lateness_ms, self.roster.device_household)
        if len(ready):
            self.state.fold(ready, between, self.judge.minding(ready))
            self._touch(ready, news_of(ready.metric))
        self.state.glance(self.waiting.waiting, instant)
        self._turn(instant)
        self._touched[Axis.RESIDENT][self.closing.turn(self.state, instant) // BLOCK] |= np.uint8(Evidence.DAY)
        touched, self._touched = self._touched, self._untouched()
        self._stirred_at = FAR
        away = self.away_now(instant)
        outages = self._look_for_outages(away, instant)
        # asked once all is folded: who came home with this very news is judged as being at home, for no later news may say so
        edges += self.judge.run(self.state, touched, instant, self.listening_at, away)
        return [*outages, *self.outages.explain(edges, self.roster), *self._tell_blind(instant)]

    def _look_for_outages(self, away: Bool, instant: int) -> list[Edge]:
        try:
            return self.outages.turn(self.state, away, instant, self.listening_at)
        except Exception as error:  # noqa: BLE001 -- the fence round a part: no home is judged less because areas are not
            self.blind.note("outages", error)
            return []

    def _tell_blind(self, instant: int) -> list[Edge]:
        """Alerts about homes at which homebeat itself fails, and about those at which it does no longer."""
        blind, roster = self.blind, self.roster
        for device, error in self.state.failed:
            blind.fail_at("folding", int(roster.device_household[device]), instant, error)
        for part, failed in (("learning", self.learning.failed), ("closing", self.closing.failed)):
            for resident, error in failed:
                blind.fail_at(part, int(roster.resident_household[resident]), instant, error)
            failed.clear()
        self.state.failed.clear()
        return blind.edges(instant, roster)

    def _take_turns(self) -> None:
        """Note when declared absences begin and end: nothing but time says so."""
        turns = np.unique(np.concatenate([self.roster.away_from, self.roster.away_until]))
        self._turns = turns[(turns > self.now) & (turns < FAR)]

    def _turn(self, instant: int) -> None:
        """Touch those whose absence began or ended since the last instant of the grid, or was found to be over."""
        roster, turned = self.roster, self.state.absences.take_ended()
        passed = int(np.searchsorted(self._turns, instant, side="right"))
        if passed:
            turns, self._turns = self._turns[:passed], self._turns[passed:]
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

    def away_now(self, now: int) -> Bool:
        """bool[residents]: known or declared to be away at `now`; a declared absence that is over counts no more."""
        absences = self.state.absences
        away: Bool = self.state.timeline.home == 0
        declared = (absences.starts <= now) & (now < absences.ends)
        away[absences.resident[declared]] = True
        return away

    def _untouched(self, news: int = 0) -> dict[Axis, U8]:
        return {axis: np.full(-(-rows_of(self.roster, axis) // BLOCK), int(news), np.uint8) for axis in Axis}

    def _touch(self, batch: Batch, news: int) -> None:
        """Note for the blocks of these readings' devices, meters and residents what kind of news came."""
        if not len(batch):
            return
        self._touched[Axis.DEVICE][batch.device // BLOCK] |= np.uint8(news)
        meter = self.roster.device_meter[batch.device]
        meter = meter[meter >= 0]
        self._touched[Axis.METER][meter // BLOCK] |= np.uint8(news)
        # a home's meters are added up in its first one, which may stand in another block
        self._touched[Axis.METER][self.roster.meter_lead[meter] // BLOCK] |= np.uint8(news)
        self._touched[Axis.RESIDENT][self.state.residents_of(batch.device)[0] // BLOCK] |= np.uint8(news)
