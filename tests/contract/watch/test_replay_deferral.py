"""A long recording of meters alone is judged less often than live, and every line of it comes out as live."""

from __future__ import annotations

import json
from collections.abc import Iterator

from homebeat.backtest import Replay
from homebeat.domain.inbound import Message
from homebeat.registry.fleet_file import read_fleet
from homebeat.rules.catalogue import RULES
from homebeat.settings.plan import RulePlan
from homebeat.watch.enrolment import compile_rulebook
from simulators.estate import Habitat
from simulators.localdays import DAY, HOUR
from simulators.plan import DeviceFault, DeviceFaultKind, Event, EventKind
from simulators.street import Street

#: 2026-03-02 00:00 UTC, a Monday.
START = 1_772_409_600_000
END = START + 4 * DAY + 12 * HOUR
STREET = Street(5, 12, habitat=Habitat(daily_share=0.1, band_share=0, resolution=1))
EVENTS = (
    Event(EventKind.COLLAPSE, 3, START + 2 * DAY + 9 * HOUR),
    Event(EventKind.AWAY, 5, START + 2 * DAY, START + 3 * DAY),
    Event(EventKind.LEAK, 7, START + 2 * DAY + HOUR, START + 4 * DAY),
    Event(EventKind.BURST, 8, START + 3 * DAY),
)
FAULTS = (
    DeviceFault(DeviceFaultKind.OUTAGE, "wm-00001", START + 2 * DAY, START + 3 * DAY + 7 * HOUR),
    DeviceFault(DeviceFaultKind.SILENCE, "wm-00002", START + 3 * DAY),
    DeviceFault(DeviceFaultKind.REORDERING, "wm-00004", START, END, 3 * 3600),
    DeviceFault(DeviceFaultKind.DUPLICATES, "wm-00006", START, END, 600),
    DeviceFault(DeviceFaultKind.STUCK, "wm-00009", START + 3 * DAY),
    DeviceFault(DeviceFaultKind.REPLACED, "wm-00010", START + 3 * DAY),
)


def blocks(size: int) -> Iterator[list[Message]]:
    sent = [Message(topic, body, at, i) for i, (at, topic, body) in enumerate(STREET.make_messages(START, END, FAULTS, EVENTS))]
    yield from (sent[i : i + size] for i in range(0, len(sent), size))


def lines(size: int, *, exact: bool) -> list[tuple[object, ...]]:
    fleet = read_fleet(json.dumps(STREET.make_fleet()), is_json=True)
    run = Replay(fleet, compile_rulebook(RulePlan(RULES), fleet), exact=exact)
    return [(step.at, alert.id, alert.rule, alert.subject.key, step.kind) for alert, step in run.iterate_steps(blocks(size))]


def test_piled_up_or_one_by_one_the_same_lines_come_out() -> None:
    live = lines(10_000, exact=True)
    assert {line[2] for line in live} >= {"no_sign_of_life", "water_running", "water_surge", "device_silent"}
    for size in (10_000, 333):
        assert lines(size, exact=False) == live
