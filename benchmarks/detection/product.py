"""The product over a recording, as `homebeat replay` runs it: which alerts came, and which limits were in force when."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.homes import make_default_rules
from homebeat.backtest import Replay
from homebeat.domain.alert import TransitionKind
from homebeat.domain.fleet import Fleet
from homebeat.domain.inbound import Message
from homebeat.engine.engine import Engine
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.rules.rule import to_ms

DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
QUIET: Final = NoSignOfLife.code
U16 = NDArray[np.uint16]


class Quiet(NamedTuple):
    """One alert `no_sign_of_life`; times epoch ms.

    Attributes:
        at: When it was opened. since: The last sign of life before.
        life_at: The first sign of life after; None while none came.
    """

    at: int
    since: int
    life_at: int | None

    @property
    def is_absence(self) -> bool:
        """A day and longer without life: nobody was there and nobody said so. Counted apart, as the harness does."""
        return self.life_at is None or self.life_at - self.since >= DAY_MS


@dataclass(slots=True)
class Watched:
    """What the product did with a recording.

    Attributes:
        quiet: By household: its alerts `no_sign_of_life`, one for each stretch of quiet, whichever residents they name.
        of_resident: The same by resident, each for itself.
        opened: By (household, rule): when alerts were opened, epoch ms.
        limits: By resident: when habits were learned (epoch ms), and the 48 limits in force from then on, minutes.
        first_at, last_at: First and last arrival, epoch ms.
        readings: How many.
    """

    quiet: dict[str, list[Quiet]] = field(default_factory=dict)
    of_resident: dict[str, list[Quiet]] = field(default_factory=dict)
    opened: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    limits: dict[str, list[tuple[int, U16]]] = field(default_factory=lambda: defaultdict(list))
    first_at: int = 0
    last_at: int = 0
    readings: int = 0

    def limit_s(self, resident: str, begun_at: int, half_hour: int) -> float:
        """The limit in force for a stretch of quiet that began then (epoch ms), in that half hour of the local day, seconds."""
        known = self.limits.get(resident, [])
        place = bisect_right(known, begun_at, key=lambda entry: entry[0]) - 1
        minutes = int(known[place][1][half_hour]) if place >= 0 else 0
        return 60.0 * minutes if minutes else to_ms(NoSignOfLife().limit) / 1000


def limit_in_force(engine: Engine, row: int) -> U16:
    """uint16[48]: minutes of quiet after which the engine raises an alert, by the half hour of the last sign; 0: the prior."""
    return engine.state.learned.limit_minutes[:, row].copy()


def watch_homes(fleet: Fleet, blocks: Iterable[list[Message]], *, exact: bool = False) -> Watched:
    """Replay with default settings, and follow limits from day to day."""
    out = Watched()
    run = Replay(fleet, make_default_rules(fleet), exact=exact)
    open_: dict[str, tuple[str, str, int, int]] = {}
    ended: dict[str, list[tuple[str, Quiet]]] = defaultdict(list)
    for alert, step in run.iterate_steps(_follow(run, out, blocks)):
        home, who = str(alert.subject.household), str(alert.subject.resident)
        if step.kind is TransitionKind.OPENED:
            out.opened[home, alert.rule].append(step.at)
            if alert.rule == QUIET:
                open_[alert.id] = (home, who, step.at, alert.since)
        elif alert.id in open_ and step.kind in (TransitionKind.CLEARED, TransitionKind.CONTRADICTED):
            home, who, at, since = open_.pop(alert.id)
            ended[home].append((who, Quiet(at, since, int(step.reason.params.get("life_at", step.at)))))
    for home, who, at, since in open_.values():
        ended[home].append((who, Quiet(at, since, None)))
    for home, alerts in ended.items():
        first: dict[int, Quiet] = {}
        for who, quiet in sorted(alerts, key=lambda pair: pair[1].at):
            out.of_resident.setdefault(who, []).append(quiet)
            first.setdefault(quiet.since, quiet)
        out.quiet[home] = list(first.values())
    out.first_at, out.last_at, out.readings = run.load.first_at, run.load.last_at, run.load.readings
    return out


def _follow(run: Replay, out: Watched, blocks: Iterable[list[Message]]) -> Iterator[list[Message]]:
    """The messages a day at a time, limits noted in between."""
    for block in blocks:
        days: dict[int, list[Message]] = defaultdict(list)
        for message in block:
            days[message.received_at // DAY_MS].append(message)
        for part in days.values():
            yield part
            if run.engine is not None:
                _note(run.engine, out)


def _note(engine: Engine, out: Watched) -> None:
    learned = engine.state.learned
    for row, resident in enumerate(engine.roster.resident_ids):
        known, at = out.limits[resident], int(learned.at[row])
        if at > 0 and (not known or known[-1][0] != at):
            known.append((at, limit_in_force(engine, row)))


def per_month(count: int, days: float) -> float:
    """In 30 days."""
    return 30 * count / days if days else float("nan")


def count_opened(seen: Watched, homes: Iterable[str], since: int) -> Counter[str]:
    """Alerts opened in these homes from `since` on, by rule."""
    wished = set(homes)
    found = ((rule, sum(at >= since for at in times)) for (home, rule), times in seen.opened.items() if home in wished)
    out: Counter[str] = Counter()
    for rule, count in found:
        out[rule] += count
    return out
