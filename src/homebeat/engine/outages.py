"""One cause, many homes: no water in a whole area, most of its devices silent, or many of its residents quiet at once.

Water and devices of all areas of at least five homes are checked each half hour; quiet residents whenever one more becomes quiet.
This is the only place that looks at several homes together. It adds a second sentence to a home's own edges; whether these open
alerts of their own is decided later (`response.stages`; decision records 0020 and 0042).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.alert import Edge, Reason, Subject, TransitionKind
from homebeat.domain.cause import AREA_OUTAGE, GATEWAY_DOWN, HOLDS, MANY_QUIET
from homebeat.domain.durations import DAY_MS, HOUR_MS, MINUTE_MS
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.service_alerts import make_edge
from homebeat.engine.edges import Edges, Phase
from homebeat.stream.batch import FAR, I64, NEVER, Bool
from homebeat.stream.roster import Roster
from homebeat.stream.state import State

EVERY_MS: Final = 1_800_000
#: Fewer homes than this may do the same thing at the same time by chance.
LEAST_HOMES: Final = 5
#: At least this share of an area's homes, or devices, must have the fault.
SHARE: Final = 0.8
#: The devices of an area are back when more than this share has been heard again.
BACK_SHARE: Final = 0.6
#: By day, a quarter of single elders draw no water for four hours. Five of them at once do so 1 in 1,000 times.
DRY_MS: Final = 4 * HOUR_MS
#: Hours of the local day in which people are up.
_DAY_BEGINS_H: Final = 6
_DAY_ENDS_H: Final = 22
_FRESH_MS: Final = 9_000_000
#: The defaults of `device_silent`: three reports and at least a quarter of an hour. Devices that report seldom do not count.
_REPORTS: Final = 3
_LEAST_SILENCE_MS: Final = 900_000
_SELDOM_MS: Final = 12 * HOUR_MS
_BEGINS: Final = (TransitionKind.OPENED, TransitionKind.REOPENED)
#: How many homes the reason names.
_NAMED: Final = 40
#: Of an area, this share of the homes must be quiet, of which each became so within this time.
QUIET_SHARE: Final = 0.2
QUIET_TOGETHER_MS: Final = 3 * HOUR_MS
#: It is over when fewer homes than this share of what it took, or than this many, are still quiet.
_STILL_QUIET_SHARE: Final = 0.5
_STILL_QUIET: Final = 3
#: Which edges of a home an outage explains.
EXPLAINS: Final[Mapping[str, frozenset[str]]] = {
    AREA_OUTAGE: frozenset({"no_sign_of_life", "no_water", "asked"}),
    GATEWAY_DOWN: frozenset({"device_silent", "unknown_too_long"}),
    MANY_QUIET: HOLDS[MANY_QUIET],
}


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage of an area: since when (epoch ms), and how many homes had it when it was found."""

    since: int
    homes: int


@dataclass(slots=True)
class _HomesByArea:
    """Homes by area; made again when the registry has changed."""

    roster: Roster
    areas: list[AreaId] = field(default_factory=list)
    area: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))

    @classmethod
    def of(cls, roster: Roster) -> _HomesByArea:
        number: dict[AreaId, int] = {}
        area = np.fromiter((number.setdefault(a, len(number)) for a in roster.household_area), np.intp)
        return cls(roster, list(number), area)


class Outages:
    """Which areas have an outage.

    Attributes:
        standing: By code, then by area.
        upto: Areas were checked up to here, epoch ms.
    """

    def __init__(self) -> None:
        self.standing: dict[str, dict[AreaId, Outage]] = {AREA_OUTAGE: {}, GATEWAY_DOWN: {}, MANY_QUIET: {}}
        self.upto = NEVER
        self._homes = _HomesByArea(Roster())

    def find_next_check(self, roster: Roster) -> int:
        """Find the next instant at which areas are checked, epoch ms; FAR where no area can have enough homes."""
        if self.upto == NEVER or len(roster.household_ids) < LEAST_HOMES:
            return FAR
        return (self.upto // EVERY_MS + 1) * EVERY_MS

    def pack(self) -> dict[str, dict[str, tuple[int, int]]]:
        """The outages for a checkpoint: (since, homes) by code and area."""
        return {code: {str(a): (o.since, o.homes) for a, o in areas.items()} for code, areas in self.standing.items()}

    def load(self, saved: Mapping[str, Mapping[str, tuple[int, int]]], upto: int) -> None:
        """Load the outages of a checkpoint; areas were checked up to `upto`, epoch ms."""
        self.upto = upto
        for code, areas in saved.items():
            self.standing[code] = {AreaId(area): Outage(*one) for area, one in areas.items()}

    def adopt(self, code: str, area: AreaId, *, since: int, homes: int) -> None:
        """Take over an outage that another record (the store) says goes on; one that stands already stays as it is."""
        self.standing[code].setdefault(area, Outage(since, homes))

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to`, epoch ms."""
        self.upto = min(self.upto, to)
        for areas in self.standing.values():
            areas.update({area: replace(outage, since=min(outage.since, to)) for area, outage in areas.items()})

    def check(self, state: State, away: Bool, now: int, listening_at: int) -> list[Edge]:
        """Check every area if a half hour has passed since the last check; returns the edges. `away`: bool[residents]."""
        upto, self.upto = self.upto, now
        if upto == NEVER or now // EVERY_MS <= upto // EVERY_MS:
            return []
        if self._homes.roster is not state.roster:
            self._homes = _HomesByArea.of(state.roster)
        if len(self._homes.area) < LEAST_HOMES:
            return []
        return [*self._check_water(state, away, now), *self._check_devices(state, now, listening_at)]

    def explain_edges(self, edges: Sequence[Edge], roster: Roster) -> list[Edge]:
        """The edges, with a second sentence in those of a home whose area has an outage."""
        rules = frozenset[str]().union(*(EXPLAINS[code] for code, areas in self.standing.items() if areas))
        homes = {e.subject.household for e in edges if e.rule in rules and e.kind in _BEGINS}
        if not homes:
            return list(edges)
        # one pass for all of them: the roster has no index of homes by id
        areas = {home: area for home, area in zip(roster.household_ids, roster.household_area, strict=True) if home in homes}
        return [self._explain_edge(e, areas[e.subject.household]) if e.subject.household in areas else e for e in edges]

    def _explain_edge(self, edge: Edge, area: AreaId) -> Edge:
        for code, rules in EXPLAINS.items():
            found = self.standing[code].get(area)
            if found is not None and edge.rule in rules and edge.kind in _BEGINS:
                params: dict[str, float | int | str] = {"shared": code, "outage_at": found.since, "outage_homes": found.homes}
                return replace(edge, reason=Reason(edge.reason.code, {**edge.reason.params, **params}))
        return edge

    # ---- water

    def _check_water(self, state: State, away: Bool, now: int) -> list[Edge]:
        roster, area, count = state.roster, self._homes.area, len(self._homes.areas)
        homes = len(roster.household_ids)
        meters = np.flatnonzero(roster.device_active[roster.meter_device])
        home_of = roster.device_household[roster.meter_device[meters]]
        rose, read = np.zeros(homes, np.int64), np.full(homes, NEVER)
        np.maximum.at(rose, home_of, state.drips.rose[meters].astype(np.int64) * MINUTE_MS)
        np.maximum.at(read, home_of, state.water.total_at[meters])
        metered = np.zeros(homes, np.bool_)
        metered[home_of] = True
        metered &= ~_is_everybody_away(roster, away)
        known = metered & (rose > 0) & (now - np.maximum(read, 0) <= _FRESH_MS)
        several, seen = np.bincount(area[metered], minlength=count), np.bincount(area[known], minlength=count)
        drew, read_at = np.zeros(count, np.int64), np.full(count, FAR)
        np.maximum.at(drew, area[known], rose[known])
        np.minimum.at(read_at, area[known], read[known])
        edges = self._clear_dry(area, known, rose, now)
        dry = (seen >= LEAST_HOMES) & (seen >= SHARE * several) & (read_at - drew >= DRY_MS)
        for one in np.flatnonzero(dry).tolist():
            name = self._homes.areas[one]
            if name in self.standing[AREA_OUTAGE] or not self._is_day_long(state, one, int(drew[one]), int(read_at[one])):
                continue
            here = np.flatnonzero(known & (area == one))
            edges.append(self._open(AREA_OUTAGE, name, int(drew[one]), _sort_by_need(state, here), now))
        return edges

    def _clear_dry(self, area: NDArray[np.intp], known: Bool, rose: I64, now: int) -> list[Edge]:
        edges = []
        for name, outage in list(self.standing[AREA_OUTAGE].items()):
            here = known & (area == self._homes.areas.index(name)) if name in self._homes.areas else np.zeros(0, np.bool_)
            again = int((rose[here] > outage.since).sum()) if here.any() else 0
            if not len(here) or again >= max(2, (1 - SHARE) * int(here.sum())):
                edges.append(self._clear(AREA_OUTAGE, name, now))
        return edges

    def _is_day_long(self, state: State, area: int, drew: int, read_at: int) -> bool:
        """Whether enough of the dry span lies in the day: at night nobody draws water."""
        home = int(np.flatnonzero(self._homes.area == area)[0])
        offset = state.local.get_offset_s(state.roster.household_zone[home], read_at // EVERY_MS) * 1000
        midnight = (read_at + offset) // DAY_MS * DAY_MS - offset
        begins, ends = midnight + _DAY_BEGINS_H * HOUR_MS, midnight + _DAY_ENDS_H * HOUR_MS
        return min(read_at, ends) - max(drew, begins) >= DRY_MS

    # ---- devices

    def _check_devices(self, state: State, now: int, listening_at: int) -> list[Edge]:
        roster, count = state.roster, len(self._homes.areas)
        every, heard = roster.device_every, state.heard.at
        limit = np.maximum(np.minimum(every, _SELDOM_MS) * _REPORTS, _LEAST_SILENCE_MS)
        # a device that was silent for days already says nothing about today
        regular = roster.device_active & (every < _SELDOM_MS) & (heard > NEVER) & (now - np.maximum(heard, 0) <= DAY_MS)
        silent = regular & (now - np.maximum(heard, listening_at) >= limit)
        area = self._homes.area[roster.device_household]
        there, gone = np.bincount(area[regular], minlength=count), np.bincount(area[silent], minlength=count)
        edges = self._clear_silent(roster.device_active & (every < _SELDOM_MS) & (heard > NEVER), area, heard, now)
        for one in np.flatnonzero((gone >= LEAST_HOMES) & (gone >= SHARE * there)).tolist():
            name, here = self._homes.areas[one], silent & (area == one)
            homes = np.unique(roster.device_household[here])
            if name not in self.standing[GATEWAY_DOWN] and len(homes) >= LEAST_HOMES:
                edges.append(self._open(GATEWAY_DOWN, name, int(heard[here].max()), _sort_by_need(state, homes), now))
        return edges

    def _clear_silent(self, ever_heard: Bool, area: NDArray[np.intp], heard: I64, now: int) -> list[Edge]:
        """Clear outages whose devices are heard again. Neither time nor a deaf spell of homebeat itself ends one."""
        edges = []
        for name, outage in list(self.standing[GATEWAY_DOWN].items()):
            here = ever_heard & (area == self._homes.areas.index(name)) if name in self._homes.areas else np.zeros(0, np.bool_)
            back = heard[here] > outage.since if here.any() else np.ones(1, np.bool_)
            if back.mean() > BACK_SHARE:
                edges.append(self._clear(GATEWAY_DOWN, name, now))
        return edges

    # ---- quiet

    def check_quiet(self, state: State, standing: Mapping[str, Edges], away: Bool, edges: Sequence[Edge], now: int) -> list[Edge]:
        """Check whether many homes of an area are quiet at once; returns the edges.

        Args:
            state: What is known.
            standing: The conditions that stand, by rule.
            away: bool[residents].
            edges: What has just been judged. Only a resident who became quiet, or is not quiet any more, asks for a check.
            now: Epoch ms.
        """
        if not any(edge.rule in HOLDS[MANY_QUIET] for edge in edges):
            return []
        if self._homes.roster is not state.roster:
            self._homes = _HomesByArea.of(state.roster)
        if len(self._homes.area) < LEAST_HOMES:
            return []
        count = len(self._homes.areas)
        quiet_since, opened_at = _find_quiet(state.roster, standing)
        watched = np.bincount(self._homes.area[~_is_everybody_away(state.roster, away)], minlength=count)
        still = np.bincount(self._homes.area[quiet_since < FAR], minlength=count)
        least = np.maximum(LEAST_HOMES, np.ceil(QUIET_SHARE * watched))
        together = np.bincount(self._homes.area[opened_at > now - QUIET_TOGETHER_MS], minlength=count)
        found = [*self._clear_quiet(still, np.maximum(_STILL_QUIET, _STILL_QUIET_SHARE * least), now)]
        for one in np.flatnonzero(together >= least).tolist():
            name = self._homes.areas[one]
            # where the water is off, that alert names the homes already
            if name in self.standing[MANY_QUIET] or name in self.standing[AREA_OUTAGE]:
                continue
            here = np.flatnonzero((quiet_since < FAR) & (self._homes.area == one))
            found.append(self._open(MANY_QUIET, name, int(quiet_since[here].min()), _sort_by_need(state, here), now))
        return found

    def _clear_quiet(self, still: I64, least: NDArray[np.float64], now: int) -> Iterator[Edge]:
        for name in list(self.standing[MANY_QUIET]):
            place = self._homes.areas.index(name) if name in self._homes.areas else -1
            if place < 0 or still[place] < least[place]:
                yield self._clear(MANY_QUIET, name, now)

    # ---- all of them

    def _open(self, code: str, area: AreaId, since: int, homes: list[str], now: int) -> Edge:
        self.standing[code][area] = Outage(since, len(homes))
        params: dict[str, float | int | str] = {"homes": len(homes), "since_at": since, "list": ", ".join(homes[:_NAMED])}
        edge = make_edge(code, Subject(area=area), Reason(code, params), now, since=since)
        return replace(edge, homes=tuple(map(HouseholdId, homes)))

    def _clear(self, code: str, area: AreaId, now: int) -> Edge:
        outage = self.standing[code].pop(area)
        subject, reason = Subject(area=area), Reason(f"{code}_over", {"since_at": outage.since})
        return make_edge(code, subject, reason, now, kind=TransitionKind.CLEARED, since=outage.since)


def _find_quiet(roster: Roster, standing: Mapping[str, Edges]) -> tuple[I64, I64]:
    """Find which homes have somebody quiet: since when (int64[homes], FAR for nobody), and when the last edge was given."""
    homes = len(roster.household_ids)
    since, opened_at = np.full(homes, FAR), np.full(homes, NEVER)
    for rule in HOLDS[MANY_QUIET] & standing.keys():
        edges = standing[rule]
        rows = [row for row in edges.conditions if edges.phase[row] >= Phase.STANDING]
        home = roster.resident_household[np.array(rows, np.intp)]
        np.minimum.at(since, home, np.array([edges.conditions[row].since for row in rows], np.int64))
        np.maximum.at(opened_at, home, np.array([edges.conditions[row].opened_at for row in rows], np.int64))
    return since, opened_at


def _is_everybody_away(roster: Roster, away: Bool) -> Bool:
    """bool[homes]: all residents of the home are away."""
    at_home = roster.resident_active & ~away[: len(roster.resident_ids)]
    out = np.ones(len(roster.household_ids), np.bool_)
    out[roster.resident_household[at_home]] = False
    return out


def _sort_by_need(state: State, homes: NDArray[np.intp]) -> list[str]:
    """Ids of the homes: those first from whose residents nothing was seen for most hours, of these who lives alone."""
    roster = state.roster
    wanted = np.zeros(len(roster.household_ids), np.bool_)
    wanted[homes] = True
    mine = np.flatnonzero(wanted[roster.resident_household] & roster.resident_active)
    seen = np.full(len(wanted), FAR)
    np.minimum.at(seen, roster.resident_household[mine], state.timeline.life_at[mine])
    alone = np.zeros(len(wanted), np.bool_)
    alone[roster.resident_household[mine[roster.resident_alone[mine]]]] = True
    ordered = sorted(
        homes.tolist(),
        key=lambda home: (int(seen[home]) // HOUR_MS, not alone[home], int(seen[home]), roster.household_ids[home]),
    )
    return [str(roster.household_ids[home]) for home in ordered]
