"""Where homebeat itself fails: at which home, over which rule, since when, and when it tries again.

A rule that fails over a block of rows is asked again over halves, until the rows it fails at stand alone. They are blind: the
rule knows nothing of them, and all other rows are judged as if nothing had happened. A blind row is tried again after a while,
not at each instant. A home with a blind row is an alert of the technician's desk; it clears when the home can be judged again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from homebeat.domain.alert import JUDGING_FAILED, Desk, Edge, Priority, Reason, Subject, TransitionKind
from homebeat.rules.catalogue import RULES
from homebeat.rules.frame import Axis
from homebeat.stream.batch import FAR
from homebeat.stream.roster import Roster

#: How long a blind row waits until its rule is asked again.
RETRY_MS: Final = 300_000
#: How long a home counts as blind after something beside the rules failed there; each further failure begins it anew.
PARTS_MS: Final[Mapping[str, int]] = {"folding": 3_600_000, "learning": 86_400_000, "closing": 86_400_000}
#: Failures that one rule may spend on finding its blind rows in one instant: a rule that fails everywhere must not stop time.
MOST_TRIES: Final = 1_024
#: Homes told at a time. A rule that fails at thousands is one fault, and `/readyz` has the number.
MOST_TOLD: Final = 500


class Since(NamedTuple):
    """Since when something is blind, and when it is tried again or taken to be well; epoch ms."""

    begun: int
    until: int


@dataclass(slots=True)
class Told:
    """An alert that stands: its onset, epoch ms, and the rules it names."""

    onset: int
    rules: str


@dataclass(slots=True)
class Blindness:
    """Everything that fails now.

    Attributes:
        rows: By rule code, its blind rows.
        homes: By part of the engine (`PARTS_MS`), rows of the homes at which it failed.
        told: By row of the home, the alerts that stand.
        failures: What failed since somebody last took note of it: (rule or part, kind of error), and how often.
    """

    rows: dict[str, dict[int, Since]] = field(default_factory=dict)
    homes: dict[str, dict[int, Since]] = field(default_factory=dict)
    told: dict[int, Told] = field(default_factory=dict)
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    _tries: Counter[str] = field(default_factory=Counter)
    _has_changed: bool = False

    def fail(self, code: str, rows: range, now: int, error: Exception) -> None:
        """These rows of a rule are blind, since now if they were not before."""
        known = self.rows.setdefault(code, {})
        for row in rows:
            known[row] = Since(known[row].begun if row in known else now, now + RETRY_MS)
        self.note(code, error)

    def heal(self, code: str, rows: slice) -> None:
        """These rows of a rule could be judged."""
        known = self.rows.get(code, {})
        for row in _within(known, rows):
            del known[row]
            self._has_changed = True
        if not known:
            self.rows.pop(code, None)

    def fail_at(self, part: str, home: int, now: int, error: str) -> None:
        """Something beside the rules failed at a home."""
        known = self.homes.setdefault(part, {})
        known[home] = Since(known[home].begun if home in known else now, now + PARTS_MS[part])
        self.failures[part, error] += 1
        self._has_changed = True

    def note(self, code: str, error: Exception) -> None:
        """Count a failure."""
        self.failures[code, type(error).__name__] += 1
        self._has_changed = True

    def may_try(self, code: str) -> bool:
        """Whether a rule may go on to look for its blind rows in this instant."""
        self._tries[code] += 1
        return self._tries[code] <= MOST_TRIES

    def around(self, code: str, rows: slice, now: int) -> Iterator[tuple[slice, bool]]:
        """Stretches of rows in their order, and whether each is to be asked now: blind rows stand apart, neighbours together."""
        begin, known = rows.start, self.rows.get(code, {})
        blind = _within(known, rows)
        for i, row in enumerate(blind):
            if row > begin:
                yield slice(begin, row), True
                begin = row
            is_due = known[row].until <= now
            if i + 1 == len(blind) or blind[i + 1] != row + 1 or (known[row + 1].until <= now) != is_due:
                yield slice(begin, row + 1), is_due
                begin = row + 1
        if begin < rows.stop:
            yield slice(begin, rows.stop), True

    def due(self, code: str, rows: slice) -> int:
        """When the next blind row among these is tried again, epoch ms; FAR for none."""
        known = self.rows.get(code, {})
        return min((known[row].until for row in _within(known, rows)), default=FAR)

    def next_at(self) -> int:
        """When the next home is taken to be well again by time alone, epoch ms; FAR for none."""
        return min((since.until for homes in self.homes.values() for since in homes.values()), default=FAR)

    def turn_back(self, to: int) -> None:
        """Nothing began after `to` (epoch ms), and nothing is tried again later than it would be if it had failed then."""
        self.rows = {code: _turned_back(rows, to, RETRY_MS) for code, rows in self.rows.items()}
        self.homes = {part: _turned_back(homes, to, PARTS_MS[part]) for part, homes in self.homes.items()}

    def follow(self, codes: tuple[str, ...]) -> None:
        """Forget the rules that are off."""
        for code in [code for code in self.rows if code not in codes]:
            del self.rows[code]
        self._has_changed = True

    def adopt(self, home: int, onset: int, rules: str) -> None:
        """Stand by an alert that is known from elsewhere."""
        self.told.setdefault(home, Told(onset, rules))
        self._has_changed = True

    def edges(self, now: int, roster: Roster) -> list[Edge]:
        """What changed for homes since the last call, as alerts; to be called once an instant."""
        self._tries.clear()
        if self.next_at() <= now:
            self.homes = {part: {h: s for h, s in homes.items() if s.until > now} for part, homes in self.homes.items()}
            self._has_changed = True
        if not self._has_changed:
            return []
        self._has_changed = False
        blind = self._blind_homes(roster)
        well = sorted(self.told.keys() - blind.keys())
        edges = [_edge(now, roster, home, TransitionKind.CLEARED, now, self.told.pop(home)) for home in well]
        for home, (begun, codes) in sorted(blind.items()):
            rules, told = ",".join(sorted(codes)), self.told.get(home)
            if told is None and len(self.told) < MOST_TOLD:
                self.told[home] = Told(begun, rules)
                edges.append(_edge(now, roster, home, TransitionKind.OPENED, begun, self.told[home]))
            elif told is not None and not codes <= set(told.rules.split(",")):
                told.rules = rules
                edges.append(_edge(now, roster, home, TransitionKind.REOPENED, now, told))
        return edges

    def _blind_homes(self, roster: Roster) -> dict[int, tuple[int, set[str]]]:
        """By row of the home: since when it is blind, and what fails there; of rows that are enrolled now."""
        out: dict[int, tuple[int, set[str]]] = {}
        for code, rows in self.rows.items():
            for row, since in rows.items():
                home = _home_of(roster, RULES[code].axis, row)
                if home >= 0:
                    begun, codes = out.get(home, (since.begun, set[str]()))
                    out[home] = min(begun, since.begun), codes | {code}
        for part, homes in self.homes.items():
            for home, since in homes.items():
                begun, codes = out.get(home, (since.begun, set[str]()))
                out[home] = min(begun, since.begun), codes | {part}
        return out


def _within(known: Mapping[int, Since], rows: slice) -> list[int]:
    """Which of the known rows lie in a stretch, in their order."""
    if len(known) < rows.stop - rows.start:
        return sorted(row for row in known if rows.start <= row < rows.stop)
    return [row for row in range(rows.start, rows.stop) if row in known]


def _home_of(roster: Roster, axis: Axis, row: int) -> int:
    """The household's row; -1 for a row that is no longer enrolled."""
    if axis is Axis.RESIDENT:
        return int(roster.resident_household[row]) if roster.resident_active[row] else -1
    device = int(roster.meter_device[row]) if axis is Axis.METER else row
    return int(roster.device_household[device]) if roster.device_active[device] else -1


def _edge(now: int, roster: Roster, home: int, kind: TransitionKind, since: int, told: Told) -> Edge:
    is_over = kind is TransitionKind.CLEARED
    return Edge(
        at=now,
        rule=JUDGING_FAILED,
        subject=Subject(roster.household_ids[home]),
        kind=kind,
        priority=Priority.HIGH,
        desk=Desk.DEVICES,
        since=told.onset if is_over else since,
        reason=Reason("judging_works") if is_over else Reason("judging_failed", {"rules": told.rules}),
        onset=told.onset,
    )


def _turned_back(known: Mapping[int, Since], to: int, wait_ms: int) -> dict[int, Since]:
    return {row: Since(min(since.begun, to), min(since.until, to + wait_ms)) for row, since in known.items()}
