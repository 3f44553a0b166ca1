"""`python -m benchmarks.detection.street_replayed`: simulated elders with a band and a meter, at home known, through the product.

Collapses really happen: the simulated person does nothing any more, the devices go on, she is found 14 hours later, and the
learner disregards that span as it does when an alert is closed with `helped`. The delay is from the collapse to the alert. Any
other alert is false. Stays elsewhere are declared. A band is worn about 70 % of the time.

Asking first: a prompt that comes while all is well is answered on the band two minutes later, nine times in ten (an assumption,
to be measured in a pilot); one that comes after a collapse never is.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np

from benchmarks.detection.product import DAY_MS, HOUR_MS, QUIET, per_month
from benchmarks.homes import make_default_rules
from homebeat.backtest import Replay
from homebeat.codecs.catalogue import make_readings_topic
from homebeat.domain.alert import Transition, TransitionKind
from homebeat.domain.fleet import DeviceKind, Disregarded, Fleet, Household
from homebeat.domain.inbound import Message
from homebeat.registry.fleet_file import read_fleet
from homebeat.rules.asked import Asked
from simulators import chance
from simulators.estate import MINUTE, Habitat
from simulators.life import live_day
from simulators.localdays import LocalDays
from simulators.personas import Cohort
from simulators.plan import Event, EventKind
from simulators.street import Street

#: 2026-01-05 00:00 UTC, a Monday.
START: Final = 1_767_571_200_000
WARM_UP_DAYS: Final = 28
BLOCK_MS: Final = 5 * MINUTE
EVERY_DAYS: Final = 6
FOUND_AFTER_MS: Final = 14 * HOUR_MS
ANSWERED: Final = 0.9


@dataclass(slots=True)
class AlertCount:
    """What came of a run: `delays_h` by collapse, alerts to carers and prompts while all was well, and in how many days."""

    days: float = 0.0
    false_alarms: int = 0
    prompts: int = 0
    delays_h: list[float] = field(default_factory=list)
    missed: int = 0

    def format_row(self, name: str) -> str:
        """As a line of the table."""
        delay = np.array(self.delays_h)
        return (
            f"| {name} | {len(delay) + self.missed} | {per_month(self.false_alarms, self.days):.2f} | "
            f"{per_month(self.prompts, self.days):.1f} | {delay.mean():.1f}, {np.percentile(delay, 95):.1f}, {delay.max():.1f} | "
            f"{self.missed} |"
        )


def make_collapses(street: Street, row: int, days: int) -> list[Event]:
    """One every six days after the warm-up, at a waking moment at home, of this row of the street."""
    calendar, rows = LocalDays(street.find_zone(row)), np.array([row])
    out = []
    first = calendar.find_number(START) + WARM_UP_DAYS + 1
    for day in range(first + row % EVERY_DAYS, first + days - WARM_UP_DAYS - 2, EVERY_DAYS):
        life = live_day(street.personas.take(rows), street.keys[rows], day)
        u = chance.draw_uniform(chance.make_day_keys(street.keys[rows], day), 95, 1)[0, 0]
        wall = float(life.wake[0] + u * (life.sleep[0] - life.wake[0]))
        out_now = ((life.out_from[0] <= wall) & (wall < life.out_to[0])).any() or life.away_from[0] < DAY_MS
        if not out_now:
            at = int(calendar.convert_to_utc(day, np.array([wall]))[0])
            out.append(Event(EventKind.COLLAPSE, int(street.numbers[row]), at, at + FOUND_AFTER_MS))
    return out


def make_fleet(street: Street, rows: list[int], events: dict[str, list[Event]], end: int, *, ask_first: bool) -> Fleet:
    """The homes of these rows; the spans of collapses teach nothing."""
    told = street.make_fleet(away=(START - 40 * DAY_MS, end), declared=1.0)
    told["households"] = [told["households"][row] for row in rows]
    fleet = read_fleet(json.dumps(told), is_json=True)
    homes = tuple(replace(_disregard(home, events[str(home.id)]), ask_first=ask_first) for home in fleet.households)
    return replace(fleet, households=homes)


def _disregard(home: Household, events: list[Event]) -> Household:
    spans = tuple(Disregarded(_convert_to_utc(e.at - HOUR_MS), _convert_to_utc(e.until + HOUR_MS), "helped") for e in events)
    return replace(home, residents=tuple(replace(person, disregarded=spans) for person in home.residents))


def _convert_to_utc(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


@dataclass(slots=True)
class Wrists:
    """Adds to a street's messages the answers of those who are asked."""

    told: Iterator[tuple[int, str, bytes]]
    topics: frozenset[str]
    answers: list[Message] = field(default_factory=list)

    def read_blocks(self) -> Iterator[list[Message]]:
        """Five minutes at a time, so that an answer can follow its prompt."""
        part: list[Message] = []
        until = START + BLOCK_MS
        for at, topic, body in self.told:
            while at >= until:
                yield self._add_answers(part, until)
                part, until = [], until + BLOCK_MS
            if topic in self.topics:
                part.append(Message(topic, body, at, 0))
        yield part

    def _add_answers(self, part: list[Message], until: int) -> list[Message]:
        now = [answer for answer in self.answers if answer.received_at < until]
        self.answers = [answer for answer in self.answers if answer.received_at >= until]
        return sorted(part + now, key=lambda message: message.received_at)


def run(street: Street, rows: list[int], days: int, *, ask_first: bool) -> AlertCount:
    """Live, collapse, be asked, and count."""
    end = START + days * DAY_MS
    events = {f"h{int(street.numbers[row]):05d}": make_collapses(street, row, days) for row in rows}
    fleet = make_fleet(street, rows, events, end, ask_first=ask_first)
    topics = {make_readings_topic(device.id) for home in fleet.households for device in home.devices}
    bands = {str(h.id): d.id for h in fleet.households for d in h.devices if d.kind is DeviceKind.WRISTBAND}
    wrists = Wrists(street.make_messages(START, end, (), [e for some in events.values() for e in some]), frozenset(topics))
    out = AlertCount()
    opened: dict[str, list[tuple[int, int]]] = {home: [] for home in events}
    for alert, step in Replay(fleet, make_default_rules(fleet)).iterate_steps(wrists.read_blocks()):
        home = str(alert.subject.household)
        if alert.rule == Asked.code and step.kind is TransitionKind.OPENED:
            out.prompts += _is_well(events[home], step.at) and step.at >= START + WARM_UP_DAYS * DAY_MS
            if _is_well(events[home], step.at) and _is_answering(home, step.at):
                body = json.dumps({"at": step.at + 2 * MINUTE, "alarm": "ok"}).encode()
                wrists.answers.append(Message(make_readings_topic(bands[home]), body, step.at + 2 * MINUTE, 0))
        elif alert.rule == QUIET:
            _note(opened[home], step)
    for home, stretches in opened.items():
        _count(out, stretches, events[home])
    spent = sum(e.until - e.at for some in events.values() for e in some)
    out.days = (len(rows) * (days - WARM_UP_DAYS) * DAY_MS - spent) / DAY_MS
    return out


def _note(stretches: list[tuple[int, int]], step: Transition) -> None:
    if step.kind is TransitionKind.OPENED:
        stretches.append((step.at, 2**62))
    elif step.kind in (TransitionKind.CLEARED, TransitionKind.CONTRADICTED) and stretches:
        stretches[-1] = (stretches[-1][0], step.at)


def _is_well(events: list[Event], at: int) -> bool:
    return not any(event.at <= at < event.until for event in events)


def _is_answering(home: str, at: int) -> bool:
    return float(chance.draw_one(chance.mix(np.array([int(home[1:]) * 10**13 + at], np.uint64)), 96)[0]) < ANSWERED


def _count(out: AlertCount, stretches: list[tuple[int, int]], events: list[Event]) -> None:
    for begun, ended in stretches:
        helped = any(event.at < ended and begun < event.until + HOUR_MS for event in events)
        out.false_alarms += not helped and begun >= START + WARM_UP_DAYS * DAY_MS
    for event in events:
        first = min((begun for begun, ended in stretches if ended > event.at and begun < event.until), default=None)
        if first is None:
            out.missed += 1
        else:
            out.delays_h.append(max(first - event.at, 0) / HOUR_MS)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection.street_replayed", description=__doc__)
    parser.add_argument("--homes", type=int, default=30)
    parser.add_argument("--days", type=int, default=84)
    parser.add_argument("--seed", type=int, default=11)
    wished = parser.parse_args()
    habitat = Habitat(resolution=1, daily_share=0.0, band_share=1.0, band_every=10 * MINUTE)
    street = Street(wished.seed, wished.homes, habitat=habitat)
    print("| elders | collapses | false alarms a month | prompts a month | delay: mean, p95, longest h | not told in 14 h |")
    print("|---" * 6 + "|")
    for name, cohort in (("mostly in", Cohort.MOSTLY_IN), ("often out", Cohort.OFTEN_OUT)):
        rows = np.flatnonzero(street.personas.cohort == cohort).tolist()
        for ask_first in (False, True):
            begun = time.perf_counter()
            told = run(street, rows, wished.days, ask_first=ask_first)
            asked = ", asked first" if ask_first else ""
            print(told.format_row(f"{len(rows)} {name}{asked}") + f" {time.perf_counter() - begun:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
