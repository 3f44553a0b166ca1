"""When each resident's habits are learned, and from what: once a week, in the first four weeks once a day.

Turns are five minutes wide and spread over residents by row, so that not a whole city learns at once. They depend only on the
clock and the row: live, after a crash and in a replay, the same is learned at the same instant. Where nobody chose a budget, the
price of the area applies. It is computed from what was learned up to midnight (UTC), so the order of turns in a day does not
matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.durations import DAY_MS
from homebeat.domain.ids import AreaId
from homebeat.engine.rulebook import RuleBook
from homebeat.habits.area_price import compute_area_worth
from homebeat.habits.learn import Profile
from homebeat.habits.past import HalfHours as Bits
from homebeat.habits.past import learn_all
from homebeat.habits.policy import Policy
from homebeat.rules.frame import Axis
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.stream.batch import FAR, I32, I64, NEVER, Bool
from homebeat.stream.features.past import HALF_HOUR_MS, HALF_HOURS
from homebeat.stream.fence import Failed
from homebeat.stream.roster import Roster
from homebeat.stream.state import State

TURN_MS: Final = 300_000
_TURNS_A_DAY: Final = 288
_TURNS_A_WEEK: Final = 7 * _TURNS_A_DAY
#: Prime to the number of turns in a week: neighbouring rows are spread over the week.
_SPREAD: Final = 769
_YOUNG_MS: Final = 28 * DAY_MS
#: Nothing is learned from a shorter history.
_LEAST_MS: Final = 8 * DAY_MS
#: Questions a month to the resident: the point of the curve that says when to ask.
ASK_BUDGET: Final = 4.0
#: With fewer residents who share a price, everybody keeps the own budget.
_FEWEST: Final = 2
#: Residents learned at a time: the unpacked half hours of one take 100 KB.
_AT_A_TIME: Final = 64


class Learning:
    """The timetable of turns, and the function that keeps to it."""

    def __init__(self, book: RuleBook, roster: Roster) -> None:
        self._thresholds: list[NoSignOfLife | None] = []
        self._of_row: I32 = np.empty(0, np.int32)
        self._relearn: set[int] = set()
        self._next: int | None = None
        #: Residents whose habits could not be learned: the row, and the kind of error. The engine reads and empties it.
        self.failed: Failed = []
        self.roster = Roster()
        self.follow(book, roster)
        self._relearn.clear()

    def follow(self, book: RuleBook, roster: Roster) -> None:
        """Take in a changed registry or rule book: residents whose bounds or budget changed learn at the next turn."""
        ours = [rules.get(NoSignOfLife.code) for rules in book.variants]
        numbers = np.array([self._number(rule if isinstance(rule, NoSignOfLife) else None) for rule in ours], np.int32)
        of_row = numbers[book.find_variants(roster, Axis.RESIDENT)]
        known = len(self._of_row)
        before, now = self.roster.budget, roster.budget[:known]
        changed = (of_row[:known] != self._of_row) | ~((before == now) | (np.isnan(before) & np.isnan(now)))
        self._relearn.update(np.flatnonzero(changed).tolist())
        turn = np.arange(len(roster.resident_ids), dtype=np.int64) * _SPREAD
        self._weekly, self._daily = turn % _TURNS_A_WEEK, turn % _TURNS_A_DAY
        self._of_row, self.roster, self._next = of_row, roster, None
        self._group = _number_groups(roster, of_row)
        self._shares = roster.resident_active & np.isnan(roster.budget)

    def _number(self, rule: NoSignOfLife | None) -> int:
        wanted = rule if rule is not None and rule.learned else None
        if wanted not in self._thresholds:
            self._thresholds.append(wanted)
        return self._thresholds.index(wanted)

    def find_next_turn(self, upto: int) -> int:
        """Find the next turn of anybody after `upto`, epoch ms; FAR if nobody ever learns."""
        if upto == NEVER or not len(self._of_row):
            return FAR
        first = upto // TURN_MS + 1
        if self._relearn or len(self._of_row) > 2 * _TURNS_A_WEEK:
            return first * TURN_MS
        if self._next is None or self._next <= upto:
            weekly = first + (self._weekly - first) % _TURNS_A_WEEK
            daily = first + (self._daily - first) % _TURNS_A_DAY
            turns = np.where(self._is_young(daily * TURN_MS), daily, weekly)[self.roster.resident_active]
            self._next = int(turns.min()) * TURN_MS if len(turns) else FAR
        return self._next

    def _is_young(self, at: I64 | int) -> Bool:
        young: Bool = at - self.roster.resident_since < _YOUNG_MS
        return young

    def learn_due(self, state: State, now: int) -> dict[int, Profile]:
        """Let every resident learn whose turn came since the last call; returns what was learned, by row."""
        upto = state.learned.upto
        state.learned.upto = now
        if upto == NEVER or now // TURN_MS <= upto // TURN_MS:
            return {}
        rows = self._find_due_rows(upto // TURN_MS + 1, now // TURN_MS, now)
        if not len(rows):
            return {}
        try:
            worth = self._compute_area_worth(state, rows, now)
        except Exception as error:  # noqa: BLE001 -- the fence round areas: own budgets apply; the engine reports `failed`
            worth = {}
            self.failed.append((int(rows[0]), type(error).__name__))
        out: dict[int, Profile] = {}
        for zone in np.unique(self.roster.zone[rows]).tolist():
            here = rows[self.roster.zone[rows] == zone]
            for some in np.split(here, range(_AT_A_TIME, len(here), _AT_A_TIME)):
                self._learn_each(state, some, worth, now, out)
        return out

    def _compute_area_worth(self, state: State, rows: I32, now: int) -> Mapping[int, float]:
        """Compute the worth of the area, hours, for each of these residents who shares a price with others."""
        sharing = rows[self._shares[rows]]
        members = np.flatnonzero(self._shares & np.isin(self._group, self._group[sharing]))
        worth = state.learned.get_worth_at_midnight(members, now).astype(np.float64)
        members, worth = members[worth > 0], worth[worth > 0]
        groups, first = np.unique(np.sort(self._group[members]), return_index=True)
        parts = np.split(worth[np.argsort(self._group[members], kind="stable")], first[1:])
        paid = {
            group: compute_area_worth(part) for group, part in zip(groups.tolist(), parts, strict=False) if len(part) >= _FEWEST
        }
        return {row: paid.get(int(self._group[row]), np.nan) for row in sharing.tolist()}

    def _learn_each(self, state: State, rows: I32, worth: Mapping[int, float], now: int, out: dict[int, Profile]) -> None:
        """Let residents learn; on a failure, either half. A resident who fails alone keeps the profile learned before."""
        try:
            learned = dict(zip(rows.tolist(), self._learn(state, rows, worth, now), strict=True))
            state.look_up_limits(rows)
        except Exception as error:  # noqa: BLE001 -- the fence round a home: the engine reports what is in `failed`
            if len(rows) > 1:
                for some in np.array_split(rows, 2):
                    self._learn_each(state, some, worth, now, out)
            else:
                self.failed.append((int(rows[0]), type(error).__name__))
        else:
            out.update(learned)

    def _find_due_rows(self, first: int, last: int, now: int) -> I32:
        passed = last - first + 1
        mine = (self._weekly - first) % _TURNS_A_WEEK < passed
        mine |= self._is_young(now) & ((self._daily - first) % _TURNS_A_DAY < passed)
        mine[list(self._relearn)] = True
        self._relearn.clear()
        learns = np.array([rule is not None for rule in self._thresholds])[self._of_row]
        old_enough = now - self.roster.resident_since >= _LEAST_MS
        return np.flatnonzero(mine & learns & old_enough & self.roster.resident_active).astype(np.int32)

    def _learn(self, state: State, rows: I32, worth: Mapping[int, float], now: int) -> Iterator[Profile]:
        """Learn about residents of one time zone, and write it into the state."""
        life, ran = state.past.unpack(rows)
        head = state.past.head
        for i, first, last in self._list_disregarded(rows, head):
            ran[i, first:last] = False
        zone = self.roster.zones[self.roster.zone[rows[0]]]
        bits = Bits(
            life=_pack(life),
            clock=_pack(ran),
            newest=head,
            since=self.roster.resident_since[rows] // HALF_HOUR_MS,
            utc_offset_s=state.local.get_offsets_s(zone, head - HALF_HOURS + 1, HALF_HOURS)[::-1],
            at_home_known=state.timeline.is_presence_known(rows, now),
        )
        policies = [self._make_policy(row) for row in rows.tolist()]
        paid = np.array([worth.get(row, np.nan) for row in rows.tolist()])
        for row, profile in zip(rows.tolist(), learn_all(bits, policies, paid), strict=True):
            _keep(state, row, profile, now)
            yield profile

    def _list_disregarded(self, rows: I32, head: int) -> Iterator[tuple[int, int, int]]:
        """List the spans that must not be learned from: (index in `rows`, first, last half hour), half hours in order of time."""
        roster, place = self.roster, {row: i for i, row in enumerate(rows.tolist())}
        for who, begins, ends in (
            (roster.away_resident, roster.away_from, roster.away_until),
            (roster.disregarded_resident, roster.disregarded_from, roster.disregarded_until),
        ):
            here = np.isin(who, rows)
            for row, since, until in zip(who[here].tolist(), begins[here].tolist(), ends[here].tolist(), strict=True):
                oldest = head - HALF_HOURS + 1
                first, last = max(since // HALF_HOUR_MS - oldest, 0), min(-(-until // HALF_HOUR_MS) - oldest, HALF_HOURS)
                if first < last:
                    yield place[row], first, last

    def _make_policy(self, row: int) -> Policy:
        rule, own = self._thresholds[int(self._of_row[row])] or NoSignOfLife(), float(self.roster.budget[row])
        return rule.make_policy(None if np.isnan(own) else own)


def _number_groups(roster: Roster, thresholds: I32) -> I64:
    """int64[residents]: the same number for residents of one area under the same thresholds."""
    number: dict[AreaId, int] = {}
    areas = np.array([number.setdefault(area, len(number)) for area in roster.household_area], np.int64)
    mine: I64 = np.append(areas, np.int64(-1))[roster.resident_household]
    return mine * (int(thresholds.max(initial=0)) + 1) + thresholds


def _pack(newest_last: Bool) -> NDArray[np.uint64]:
    """Pack bool[n, half hours] into uint64[words, n]; bit k is the half hour k before the newest."""
    return np.packbits(newest_last[:, ::-1], axis=1, bitorder="little").view(np.uint64).T


def _keep(state: State, row: int, profile: Profile, now: int) -> None:
    learned, habit, curve = state.learned, profile.habit, profile.curve
    learned.at_home_known[row], learned.low_observability[row] = profile.at_home_known, profile.low_observability
    learned.note_worth(row, profile.worth_h, now)
    learned.at[row] = now
    if not len(curve.budget):
        learned.limit_minutes[:, row] = learned.ask_minutes[:, row] = 0
        return
    learned.limit_minutes[:, row] = profile.limit_minutes
    learned.ask_minutes[:, row] = curve.limit_minutes[int(np.argmin(np.abs(curve.budget - ASK_BUDGET)))]
    learned.usual_from[row], learned.usual_to[row] = habit.first_from, habit.first_to
    learned.usual_days[row], learned.usual_of[row] = habit.first_days, habit.days_seen
