"""Where homebeat itself fails: at which home, in which rule, since when, and when it tries again.

A rule that fails over a block of rows is judged again over halves, until the failing rows stand alone. These rows are blind: the
rule's verdict on them is unknown, and all other rows are judged as usual. A blind row is tried again after a while, not at each
instant. A home with a blind row is an alert on the device desk. The alert clears when the home can be judged again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from homebeat.domain.alert import JUDGING_FAILED, Desk, Edge, Priority, Reason, Subject, TransitionKind
from homebeat.domain.durations import DAY_MS, HOUR_MS
from homebeat.rules.catalogue import RULES
from homebeat.rules.frame import Axis
from homebeat.stream.batch import FAR
from homebeat.stream.roster import Roster

#: How long a blind row waits until its rule is judged again.
RETRY_MS: Final = 300_000
#: How long a home counts as blind after a part of the engine other than a rule failed there. Each new failure starts it again.
PARTS_MS: Final[Mapping[str, int]] = {"folding": HOUR_MS, "learning": DAY_MS, "closing": DAY_MS}
#: How many failures one rule may spend in one instant on finding its blind rows: a rule that fails everywhere must not stop time.
MOST_TRIES: Final = 1_024
#: How many homes have such an alert at a time. A rule that fails at thousands is one fault, and `/readyz` has the number.
MOST_ALERTS: Final = 500


class Since(NamedTuple):
    """Since when something is blind, and when it is tried again (a rule) or counts as well again (a part); epoch ms."""

    begun: int
    until: int


@dataclass(slots=True)
class OpenAlert:
    """An open alert about a blind home: its onset, epoch ms, and the rules that it names, separated by commas."""

    onset: int
    rules: str


@dataclass(slots=True)
class Blindness:
    """Everything that fails now.

    Attributes:
        rows: By rule code, its blind rows.
        homes: By part of the engine (`PARTS_MS`), rows of the homes at which it failed.
        alerts: By row of the home, the open alert.
        failures: How often something failed since the caller last read it, by (rule or part, kind of error).
    """

    rows: dict[str, dict[int, Since]] = field(default_factory=dict)
    homes: dict[str, dict[int, Since]] = field(default_factory=dict)
    alerts: dict[int, OpenAlert] = field(default_factory=dict)
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    _tries: Counter[str] = field(default_factory=Counter)
    _has_changed: bool = False

    def fail(self, code: str, rows: range, now: int, error: Exception) -> None:
        """Mark rows of a rule as blind, since now (epoch ms) if they were not blind before."""
        known = self.rows.setdefault(code, {})
        for row in rows:
            known[row] = Since(known[row].begun if row in known else now, now + RETRY_MS)
        self.count_failure(code, error)

    def heal(self, code: str, rows: slice) -> None:
        """Take rows of a rule out, because they were judged without a failure."""
        known = self.rows.get(code, {})
        for row in _find_within(known, rows):
            del known[row]
            self._has_changed = True
        if not known:
            self.rows.pop(code, None)

    def fail_at(self, part: str, home: int, now: int, error: str) -> None:
        """Mark a home at which a part of the engine failed at `now`, epoch ms."""
        known = self.homes.setdefault(part, {})
        known[home] = Since(known[home].begun if home in known else now, now + PARTS_MS[part])
        self.failures[part, error] += 1
        self._has_changed = True

    def count_failure(self, code: str, error: Exception) -> None:
        """Count a failure of a rule or part."""
        self.failures[code, type(error).__name__] += 1
        self._has_changed = True

    def may_try(self, code: str) -> bool:
        """Whether a rule may go on to look for its blind rows in this instant; each call counts as a try."""
        self._tries[code] += 1
        return self._tries[code] <= MOST_TRIES

    def split_at_blind(self, code: str, rows: slice, now: int) -> Iterator[tuple[slice, bool]]:
        """Split rows, in order, at blind rows: yield (stretch, whether to judge it now)."""
        begin, known = rows.start, self.rows.get(code, {})
        for first, stop, is_due in _list_runs(known, _find_within(known, rows), now):
            if first > begin:
                yield slice(begin, first), True
            yield slice(first, stop), is_due
            begin = stop
        if begin < rows.stop:
            yield slice(begin, rows.stop), True

    def find_next_retry(self, code: str, rows: slice) -> int:
        """Find when the next blind row among these is tried again, epoch ms; FAR for none."""
        known = self.rows.get(code, {})
        return min((known[row].until for row in _find_within(known, rows)), default=FAR)

    def find_next_recovery(self) -> int:
        """Find when the next home counts as well again by time alone, epoch ms; FAR for none."""
        return min((since.until for homes in self.homes.values() for since in homes.values()), default=FAR)

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to` (epoch ms): nothing began later, and no retry is further off than usual."""
        self.rows = {code: _rewind(rows, to, RETRY_MS) for code, rows in self.rows.items()}
        self.homes = {part: _rewind(homes, to, PARTS_MS[part]) for part, homes in self.homes.items()}

    def follow(self, codes: tuple[str, ...]) -> None:
        """Forget the rules that are off; `codes`: those that are on."""
        for code in [code for code in self.rows if code not in codes]:
            del self.rows[code]
        self._has_changed = True

    def adopt(self, home: int, onset: int, rules: str) -> None:
        """Take over an alert that another record (the store) says is open; `onset`: epoch ms."""
        self.alerts.setdefault(home, OpenAlert(onset, rules))
        self._has_changed = True

    def find_edges(self, now: int, roster: Roster) -> list[Edge]:
        """Find what changed for homes since the last call, as edges; to be called once an instant."""
        self._tries.clear()
        if self.find_next_recovery() <= now:
            self.homes = {part: {h: s for h, s in homes.items() if s.until > now} for part, homes in self.homes.items()}
            self._has_changed = True
        if not self._has_changed:
            return []
        self._has_changed = False
        blind = self._find_blind_homes(roster)
        well = sorted(self.alerts.keys() - blind.keys())
        edges = [_make_edge(now, roster, home, TransitionKind.CLEARED, now, self.alerts.pop(home)) for home in well]
        for home, (begun, codes) in sorted(blind.items()):
            rules, alert = ",".join(sorted(codes)), self.alerts.get(home)
            if alert is None and len(self.alerts) < MOST_ALERTS:
                self.alerts[home] = OpenAlert(begun, rules)
                edges.append(_make_edge(now, roster, home, TransitionKind.OPENED, begun, self.alerts[home]))
            elif alert is not None and not codes <= set(alert.rules.split(",")):
                alert.rules = rules
                edges.append(_make_edge(now, roster, home, TransitionKind.REOPENED, now, alert))
        return edges

    def _find_blind_homes(self, roster: Roster) -> dict[int, tuple[int, set[str]]]:
        """By row of the home: since when it is blind (epoch ms), and the rules and parts that fail there; enrolled rows only."""
        out: dict[int, tuple[int, set[str]]] = {}
        for code, rows in self.rows.items():
            for row, since in rows.items():
                home = _find_home(roster, RULES[code].axis, row)
                if home >= 0:
                    begun, codes = out.get(home, (since.begun, set[str]()))
                    out[home] = min(begun, since.begun), codes | {code}
        for part, homes in self.homes.items():
            for home, since in homes.items():
                begun, codes = out.get(home, (since.begun, set[str]()))
                out[home] = min(begun, since.begun), codes | {part}
        return out


def _find_within(known: Mapping[int, Since], rows: slice) -> list[int]:
    """Find which of the blind rows lie in a range of rows, in order."""
    if len(known) < rows.stop - rows.start:
        return sorted(row for row in known if rows.start <= row < rows.stop)
    return [row for row in range(rows.start, rows.stop) if row in known]


def _list_runs(known: Mapping[int, Since], blind: list[int], now: int) -> Iterator[tuple[int, int, bool]]:
    """List (first, stop, is due) of each run of neighbouring blind rows that are all due at `now` (epoch ms), or all not."""
    i = 0
    while i < len(blind):
        is_due, n = known[blind[i]].until <= now, i + 1
        while n < len(blind) and blind[n] == blind[n - 1] + 1 and (known[blind[n]].until <= now) == is_due:
            n += 1
        yield blind[i], blind[n - 1] + 1, is_due
        i = n


def _find_home(roster: Roster, axis: Axis, row: int) -> int:
    """The household's row; -1 for a row that is no longer enrolled."""
    if axis is Axis.RESIDENT:
        return int(roster.resident_household[row]) if roster.resident_active[row] else -1
    device = int(roster.meter_device[row]) if axis is Axis.METER else row
    return int(roster.device_household[device]) if roster.device_active[device] else -1


def _make_edge(now: int, roster: Roster, home: int, kind: TransitionKind, since: int, alert: OpenAlert) -> Edge:
    is_over = kind is TransitionKind.CLEARED
    return Edge(
        at=now,
        rule=JUDGING_FAILED,
        subject=Subject(roster.household_ids[home]),
        kind=kind,
        priority=Priority.HIGH,
        desk=Desk.DEVICES,
        since=alert.onset if is_over else since,
        reason=Reason("judging_works") if is_over else Reason("judging_failed", {"rules": alert.rules}),
        onset=alert.onset,
    )


def _rewind(known: Mapping[int, Since], to: int, wait_ms: int) -> dict[int, Since]:
    return {row: Since(min(since.begun, to), min(since.until, to + wait_ms)) for row, since in known.items()}
