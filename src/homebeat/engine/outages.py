"""One cause, many homes: no water in an area or a building, most of its devices silent, or many of its residents quiet at once.

Water and devices are checked each half hour; devices also in the instant in which one more is silent, and residents when one more
is quiet. The smallest of area, building and gateway that explains what is seen has the alert (`engine.groups`). What one alert
explains counts for no other.
This is the only place that looks at several homes together. It adds a second sentence to a home's own edges; whether these open
alerts of their own is decided later (`response.stages`; decision records 0020 and 0042).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.alert import Edge, Reason, Subject, TransitionKind
from homebeat.domain.cause import AREA_OUTAGE, GATEWAY_DOWN, HOLDS, MANY_QUIET, name_part
from homebeat.domain.durations import DAY_MS, HOUR_MS, MINUTE_MS
from homebeat.domain.ids import HouseholdId
from homebeat.domain.service_alerts import make_edge
from homebeat.domain.subject_key import parse_subject_key
from homebeat.engine.edges import Edges, Phase
from homebeat.engine.groups import SHARE, GroupKind, Groups, choose_groups, count_groups, find_wider, is_undecided
from homebeat.stream.batch import FAR, I64, NEVER, Bool
from homebeat.stream.roster import Roster
from homebeat.stream.state import State

EVERY_MS: Final = 1_800_000
#: Fewer homes than this may do the same thing at the same time by chance.
LEAST_HOMES: Final = 5
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
#: The rule that says of a device that it is silent.
_SILENT: Final = "device_silent"
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
    """An outage of an area, or of a part of it: since when (epoch ms), and how many homes had it when it was found."""

    since: int
    homes: int


class Outages:
    """Which areas, buildings and gateways have an outage.

    Attributes:
        standing: By code, then by what the alert is about.
        upto: They were checked up to here, epoch ms.
    """

    def __init__(self) -> None:
        self.standing: dict[str, dict[Subject, Outage]] = {AREA_OUTAGE: {}, GATEWAY_DOWN: {}, MANY_QUIET: {}}
        self.upto = NEVER
        self._groups = Groups(Roster())

    def find_next_check(self, roster: Roster) -> int:
        """Find the next instant of a check, epoch ms; FAR where no area can have enough homes."""
        if self.upto == NEVER or len(roster.household_ids) < LEAST_HOMES:
            return FAR
        return (self.upto // EVERY_MS + 1) * EVERY_MS

    def pack(self) -> dict[str, dict[str, tuple[int, int]]]:
        """The outages for a checkpoint: (since, homes) by code and key of the subject."""
        return {code: {one.key: (o.since, o.homes) for one, o in found.items()} for code, found in self.standing.items()}

    def load(self, saved: Mapping[str, Mapping[str, tuple[int, int]]], upto: int) -> None:
        """Load the outages of a checkpoint; they were checked up to `upto`, epoch ms."""
        self.upto = upto
        for code, found in saved.items():
            self.standing[code] = {parse_subject_key(key): Outage(*one) for key, one in found.items()}

    def adopt(self, code: str, subject: Subject, *, since: int, homes: int) -> None:
        """Take over an outage that another record (the store) says goes on; one that stands already stays as it is."""
        self.standing[code].setdefault(subject, Outage(since, homes))

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to`, epoch ms."""
        self.upto = min(self.upto, to)
        for found in self.standing.values():
            found.update({one: replace(outage, since=min(outage.since, to)) for one, outage in found.items()})

    def check(self, state: State, away: Bool, now: int, listening_at: int) -> list[Edge]:
        """Check every group if a half hour has passed since the last check; returns the edges. `away`: bool[residents]."""
        upto, self.upto = self.upto, now
        if upto == NEVER or now // EVERY_MS <= upto // EVERY_MS or len(state.roster.household_ids) < LEAST_HOMES:
            return []
        self._follow(state.roster)
        devices = [*self._clear_silent(state, now), *self._check_devices(state, now, listening_at)]
        return [*self._check_water(state, away, now), *devices]

    def explain_edges(self, edges: Sequence[Edge], roster: Roster) -> list[Edge]:
        """The edges, with a second sentence in those of a home that an outage covers."""
        rules = frozenset[str]().union(*(EXPLAINS[code] for code, found in self.standing.items() if found))
        homes = {e.subject.household for e in edges if e.rule in rules and e.kind in _BEGINS}
        if not homes:
            return list(edges)
        self._follow(roster)
        # one pass for all of them: the roster has no index of homes by id
        rows = {home: row for row, home in enumerate(roster.household_ids) if home in homes}
        behind = self._groups.find_gateways([one for one in self.standing[GATEWAY_DOWN] if one.gateway], rows.values())
        return [self._explain_edge(e, rows[e.subject.household], behind) if e.subject.household in rows else e for e in edges]

    def _explain_edge(self, edge: Edge, home: int, behind: Mapping[int, Subject]) -> Edge:
        areas, buildings, gateways = self._groups.kinds
        device = -1 if edge.subject.device is None else self._groups.roster.device_row.get(edge.subject.device, -1)
        wider = [kind.subjects[kind.home[home]] for kind in (buildings, areas) if kind.home[home] >= 0]
        if device < 0:
            smallest = [behind[home]] if home in behind else []
        else:
            smallest = [gateways.subjects[gateways.device[device]]] if gateways.device[device] >= 0 else []
        for code, rules in EXPLAINS.items():
            one = next((one for one in (*smallest, *wider) if one in self.standing[code]), None)
            if one is not None and edge.rule in rules and edge.kind in _BEGINS:
                found = self.standing[code][one]
                params: dict[str, float | int | str] = {"shared": code, "outage_at": found.since, "outage_homes": found.homes}
                return replace(edge, reason=Reason(edge.reason.code, {**edge.reason.params, **params, **name_part(one)}))
        return edge

    def _follow(self, roster: Roster) -> None:
        if self._groups.roster is not roster:
            self._groups = Groups.of(roster)

    # ---- water

    def _check_water(self, state: State, away: Bool, now: int) -> list[Edge]:
        roster = state.roster
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
        edges = self._clear_dry(known, rose, now)
        free = ~self._groups.mark_homes(self.standing[AREA_OUTAGE])
        known &= free
        kinds = self._groups.kinds[:2]
        spans = [_DrySpans.of(kind, metered & free, known, rose, read) for kind in kinds]
        (areas, buildings), (wide, narrow) = kinds, spans
        dry_areas, half = self._keep_days(state, areas, wide, DRY_MS // 2)
        dry_buildings, _ = self._keep_days(state, buildings, narrow, DRY_MS)
        inside = find_wider(areas.home, buildings.first_home)
        dry_buildings &= ~is_undecided(inside, half, wide.seen, narrow.seen, LEAST_HOMES)
        chosen = choose_groups([(areas.home, dry_areas), (buildings.home, dry_buildings)], known)
        need = _OrderOfNeed(state)
        for kind, spans_of, found in zip(kinds, spans, chosen, strict=True):
            for one in found:
                here = np.flatnonzero(known & (kind.home == one))
                listed = need.sort(here)
                edges.append(self._open(AREA_OUTAGE, kind.subjects[one], int(spans_of.drew[one]), listed, now))
        return edges

    def _clear_dry(self, known: Bool, rose: I64, now: int) -> list[Edge]:
        edges = []
        for one, outage in list(self.standing[AREA_OUTAGE].items()):
            here = known & self._groups.mark_homes([one])
            again = int((rose[here] > outage.since).sum())
            if not here.any() or again >= max(2, (1 - SHARE) * int(here.sum())):
                edges.append(self._clear(AREA_OUTAGE, one, now))
        return edges

    def _keep_days(self, state: State, kind: GroupKind, spans: _DrySpans, least_ms: int) -> tuple[Bool, Bool]:
        """bool[groups]: those that are dry, and for long enough of the day: at night nobody draws water.

        And of those that have drawn nothing for `least_ms`: those that are not dry, and may be before this day ends.
        """
        dry, half, first_home = np.zeros(len(kind), np.bool_), spans.last(least_ms), kind.first_home
        for one in np.flatnonzero(half).tolist():
            drew, read_at = int(spans.drew[one]), int(spans.read_at[one])
            offset = state.local.get_offset_s(state.roster.household_zone[first_home[one]], read_at // EVERY_MS) * 1000
            midnight = (read_at + offset) // DAY_MS * DAY_MS - offset
            begins, ends = max(drew, midnight + _DAY_BEGINS_H * HOUR_MS), midnight + _DAY_ENDS_H * HOUR_MS
            dry[one] = min(read_at, ends) - begins >= DRY_MS
            half[one] = not dry[one] and ends - begins >= DRY_MS
        return dry, half

    # ---- devices

    def _check_devices(self, state: State, now: int, listening_at: int) -> list[Edge]:
        roster, kinds = state.roster, self._groups.kinds
        every, heard = roster.device_every, state.heard.at
        limit = np.maximum(np.minimum(every, _SELDOM_MS) * _REPORTS, _LEAST_SILENCE_MS)
        # a device that was silent for days already says nothing about today
        regular = _find_regular(state) & (now - np.maximum(heard, 0) <= DAY_MS)
        regular &= ~self._groups.mark_devices(self.standing[GATEWAY_DOWN])
        silence = now - np.maximum(heard, np.maximum(listening_at, state.unheard.find_devices(roster)))
        silent, late = regular & (silence >= limit), regular & (silence >= limit // 2)
        there = [count_groups(kind.device, regular, len(kind)) for kind in kinds]
        # that nearly all have missed a report says enough: the limit of each passes at another time
        stopped = [count_groups(kind.device, late, len(kind)) >= SHARE * there[i] for i, kind in enumerate(kinds)]
        down = [stopped[i] & _have_silent(kind, silent, roster) for i, kind in enumerate(kinds)]
        for narrow, kind in enumerate(kinds):
            for wide, wider in enumerate(kinds[:narrow]):
                half = stopped[wide] & ~down[wide]
                inside = find_wider(wider.device, kind.first_device)
                down[narrow] &= ~is_undecided(inside, half, there[wide], there[narrow], wider.least_devices)
        chosen, edges = choose_groups([(kind.device, found) for kind, found in zip(kinds, down, strict=True)], late), list[Edge]()
        need = _OrderOfNeed(state)
        for kind, found in zip(kinds, chosen, strict=True):
            for one in found:
                here = late & (kind.device == one)
                homes = need.sort(np.unique(roster.device_household[here]))
                edges.append(self._open(GATEWAY_DOWN, kind.subjects[one], int(heard[here].max()), homes, now))
        return edges

    def _clear_silent(self, state: State, now: int) -> list[Edge]:
        """Clear outages whose devices are heard again. Neither time nor a deaf spell of homebeat itself ends one."""
        ever_heard, heard, edges = _find_regular(state), state.heard.at, list[Edge]()
        for one, outage in list(self.standing[GATEWAY_DOWN].items()):
            here = ever_heard & self._groups.mark_devices([one])
            back = heard[here] > outage.since if here.any() else np.ones(1, np.bool_)
            if back.mean() > BACK_SHARE:
                edges.append(self._clear(GATEWAY_DOWN, one, now))
        return edges

    # ---- quiet

    def check_edges(
        self, state: State, standing: Mapping[str, Edges], away: Bool, edges: Sequence[Edge], now: int, listening_at: int
    ) -> list[Edge]:
        """Check whether many devices are silent, or many homes quiet, in the instant in which one more is; returns the edges.

        Args:
            state: What is known.
            standing: The conditions that stand, by rule.
            away: bool[residents].
            edges: What has just been judged. Nothing is checked that none of them is about.
            now: Epoch ms.
            listening_at: Since when messages are heard without a gap, epoch ms.
        """
        rules = {edge.rule for edge in edges}
        if len(state.roster.household_ids) < LEAST_HOMES or not rules & (HOLDS[MANY_QUIET] | {_SILENT}):
            return []
        self._follow(state.roster)
        silent = self._check_devices(state, now, listening_at) if _SILENT in rules else []
        return [*silent, *(self._check_quiet(state, standing, away, now) if rules & HOLDS[MANY_QUIET] else [])]

    def _check_quiet(self, state: State, standing: Mapping[str, Edges], away: Bool, now: int) -> list[Edge]:
        quiet_since, opened_at = _find_quiet(state.roster, standing)
        watched = ~_is_everybody_away(state.roster, away)
        found = [*self._clear_quiet(quiet_since, watched, now)]
        # where the water is off, that alert names the homes already
        free = ~self._groups.mark_homes([*self.standing[MANY_QUIET], *self.standing[AREA_OUTAGE]])
        together, kinds = free & (opened_at > now - QUIET_TOGETHER_MS), self._groups.kinds[:2]
        many = [count_groups(kind.home, together, len(kind)) >= _find_least(kind, watched & free) for kind in kinds]
        chosen = choose_groups([(kind.home, has_many) for kind, has_many in zip(kinds, many, strict=True)], together)
        need = _OrderOfNeed(state)
        for kind, numbers in zip(kinds, chosen, strict=True):
            for one in numbers:
                # whoever has been quiet for longer has another cause, and an alert of their own
                here = np.flatnonzero(together & (kind.home == one))
                listed = need.sort(here)
                found.append(self._open(MANY_QUIET, kind.subjects[one], int(quiet_since[here].min()), listed, now))
        return found

    def _clear_quiet(self, quiet_since: I64, watched: Bool, now: int) -> Iterator[Edge]:
        kinds = self._groups.kinds[:2] if self.standing[MANY_QUIET] else ()
        least = {id(kind): np.maximum(_STILL_QUIET, _STILL_QUIET_SHARE * _find_least(kind, watched)) for kind in kinds}
        for one, outage in list(self.standing[MANY_QUIET].items()):
            kind, number = self._groups.place.get(one, (None, 0))
            if kind is None or _count_quiet(kind, number, quiet_since, outage.since) < least[id(kind)][number]:
                yield self._clear(MANY_QUIET, one, now)

    # ---- all of them

    def _open(self, code: str, subject: Subject, since: int, homes: list[str], now: int) -> Edge:
        self.standing[code][subject] = Outage(since, len(homes))
        params: dict[str, float | int | str] = {"homes": len(homes), "since_at": since, "list": ", ".join(homes[:_NAMED])}
        edge = make_edge(code, subject, Reason(code, {**params, **name_part(subject)}), now, since=since)
        return replace(edge, homes=tuple(map(HouseholdId, homes)))

    def _clear(self, code: str, subject: Subject, now: int) -> Edge:
        outage = self.standing[code].pop(subject)
        reason = Reason(f"{code}_over", {"since_at": outage.since, **name_part(subject)})
        return make_edge(code, subject, reason, now, kind=TransitionKind.CLEARED, since=outage.since)


@dataclass(frozen=True, slots=True)
class _DrySpans:
    """Since when no home of each group has drawn water.

    Attributes:
        drew: int64[groups], when one of them last drew, epoch ms.
        read_at: int64[groups], up to when that is known of all of them, epoch ms.
        seen: intp[groups], how many homes it is known of.
        enough: bool[groups], these are many, and nearly all.
    """

    drew: I64
    read_at: I64
    seen: NDArray[np.intp]
    enough: Bool

    @classmethod
    def of(cls, kind: GroupKind, metered: Bool, known: Bool, rose: I64, read: I64) -> _DrySpans:
        """Find the spans; `metered`, `known`: bool[homes]; `rose`, `read`: int64[homes], epoch ms."""
        known = known & (kind.home >= 0)
        drew, read_at = np.zeros(len(kind), np.int64), np.full(len(kind), FAR)
        np.maximum.at(drew, kind.home[known], rose[known])
        np.minimum.at(read_at, kind.home[known], read[known])
        seen = count_groups(kind.home, known, len(kind))
        several = count_groups(kind.home, metered, len(kind))
        return cls(drew, read_at, seen, (seen >= kind.least_homes) & (seen >= SHARE * several))

    def last(self, span_ms: int) -> Bool:
        """bool[groups]: those whose homes have drawn nothing for so long."""
        return self.enough & (self.read_at - self.drew >= span_ms)


def _find_regular(state: State) -> Bool:
    """bool[devices]: those that report often, and have been heard."""
    roster = state.roster
    regular: Bool = roster.device_active & (roster.device_every < _SELDOM_MS) & (state.heard.at > NEVER)
    return regular


def _have_silent(kind: GroupKind, silent: Bool, roster: Roster) -> Bool:
    """bool[groups]: those of which several devices are silent, in several homes."""
    here = silent & (kind.device >= 0)
    pairs = np.unique(kind.device[here] * max(len(roster.household_ids), 1) + roster.device_household[here])
    homes = np.bincount(pairs // max(len(roster.household_ids), 1), minlength=len(kind))
    have: Bool = (count_groups(kind.device, silent, len(kind)) >= kind.least_devices) & (homes >= kind.least_homes)
    return have


def _find_least(kind: GroupKind, watched: Bool) -> NDArray[np.float64]:
    """float64[groups]: how many homes of each must have become quiet together."""
    least: NDArray[np.float64] = np.ceil(QUIET_SHARE * count_groups(kind.home, watched, len(kind)))
    return np.maximum(kind.least_homes, least)


def _count_quiet(kind: GroupKind, number: int, quiet_since: I64, since: int) -> int:
    """Count the homes of a group that became quiet at `since` (epoch ms) or later, and are; `quiet_since`: int64[homes]."""
    return int(np.count_nonzero((quiet_since >= since) & (quiet_since < FAR) & (kind.home == number)))


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


class _OrderOfNeed:
    """Sorts homes: those first from whose residents nothing was seen for most hours, of these who lives alone."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._known: tuple[I64, Bool] | None = None

    def sort(self, homes: NDArray[np.intp]) -> list[str]:
        """Sort homes, rows of the roster; returns their ids."""
        roster = self._state.roster
        if self._known is None:
            mine = np.flatnonzero(roster.resident_active)
            seen, alone = np.full(len(roster.household_ids), FAR), np.zeros(len(roster.household_ids), np.bool_)
            np.minimum.at(seen, roster.resident_household[mine], self._state.timeline.life_at[mine])
            alone[roster.resident_household[mine[roster.resident_alone[mine]]]] = True
            self._known = seen, alone
        seen, alone = self._known
        ids = roster.household_ids
        ordered = sorted(
            homes.tolist(), key=lambda home: (int(seen[home]) // HOUR_MS, not alone[home], int(seen[home]), ids[home])
        )
        return [str(ids[home]) for home in ordered]
