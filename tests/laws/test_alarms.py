"""Laws of device alarms: arrival orders them, whatever the clock of the device says, and none is without a trace for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.codecs.wire import Mark
from homebeat.domain.alert import Alert, Outcome, Transition, resolve
from homebeat.domain.metric import Metric
from homebeat.engine.engine import Engine
from homebeat.engine.rulebook import RuleBook
from homebeat.response.book import Book
from homebeat.rules.catalogue import RULES
from homebeat.rules.device_alarm import DeviceAlarm
from homebeat.stream.batch import Batch
from homebeat.stream.features.alarms import SeenAlarms
from homebeat.stream.roster import Roster
from tests.conftest import examples
from tests.laws.streets import HOUR, MINUTE, START, Street, home_of

EXAMPLES = examples(40, in_ci=100)
BAND = 0
KINDS = {rule.alarm: code for code, rule in RULES.items() if issubclass(rule, DeviceAlarm)}
#: How far a clock is off: right, slow, fast within what is taken, gone back by hours and days.
CLOCKS = (0, -20_000, 0, 290_000, -HOUR, -36 * HOUR)


@dataclass(frozen=True)
class Pressed:
    """An alarm or a word as it arrives; times in ms after START. `closes`: a person closes what stands just before."""

    metric: Metric
    at: int
    arrives: int
    timed: bool = True
    closes: bool = False


@st.composite
def presses(draw: st.DrawFn, *metrics: Metric) -> list[Pressed]:
    """Alarms and words of one band, each on a clock of its own, no two with one time; some close together, some hours apart."""
    out: list[Pressed] = []
    now = HOUR
    for k in range(draw(st.integers(1, 9))):
        now += draw(st.sampled_from((1, 20_000, 2 * MINUTE, 11 * MINUTE, HOUR)))
        timed = draw(st.booleans())
        # an odd number of ms to each, so that no two have one time
        at = now + (draw(st.sampled_from(CLOCKS)) + k if timed else 0)
        out.append(Pressed(draw(st.sampled_from(metrics)), at, now, timed, draw(st.booleans())))
    return out


def told(pressed: list[Pressed], code: str) -> Iterator[tuple[Pressed, list[tuple[Alert, Transition]]]]:
    """What people see of each, judged at its arrival, while they close alerts in between."""
    street = Street((home_of(0, 1, 0, 1, None, "a"),), (), 0)
    engine = Engine(Roster().with_registry(street.fleet, START), RuleBook([{code: RULES[code]()}]))
    engine.resume(START)
    book = Book()
    for one in pressed:
        if one.closes:
            for alert in list(book.situation.standing.values()):
                book.enter(resolve(alert, START + one.arrives, "user:chen", Outcome.FINE)[0])
        mark = Mark.NONE if one.timed else Mark.UNTIMED
        batch = Batch.of([BAND], [one.metric], [START + one.at], [START + one.arrives], [1.0], [mark])
        changes: list[tuple[Alert, Transition]] = []
        decision = book.decide(engine.advance(batch, START + one.arrives))
        changes += [(alert, step) for alert, step in decision.changes if step.at == START + one.arrives]
        yield one, changes


@pytest.mark.parametrize("metric", [m for m in KINDS if m is not Metric.ALARM_FALL])
@EXAMPLES
@given(data=st.data())
def test_every_alarm_leaves_a_trace_for_people(metric: Metric, data: st.DataObject) -> None:
    pressed = data.draw(presses(metric, metric, Metric.ALARM_OK, Metric.ALARM_HELP_CANCELLED))
    for one, changes in told(pressed, KINDS[metric]):
        kinds = {step.kind.value for _, step in changes}
        assert one.metric is not metric or kinds & {"opened", "reopened", "raised", "noted"}
        assert not one.closes or one.metric is not metric or kinds & {"opened"}


@EXAMPLES
@given(presses(Metric.ALARM_FALL, Metric.ALARM_FALL, Metric.ALARM_OK))
def test_every_flag_of_a_fall_leaves_a_trace_unless_it_repeats_one(pressed: list[Pressed]) -> None:
    last: Pressed | None = None
    for one, changes in told(pressed, "fall"):
        repeats = last is not None and max(abs(one.at - last.at), one.arrives - last.arrives) <= 30_000
        if one.metric is Metric.ALARM_FALL:
            assert repeats or {step.kind.value for _, step in changes} & {"opened", "reopened", "raised", "noted"}
            last = one


@EXAMPLES
@given(presses(Metric.ALARM_SOS, Metric.ALARM_SOS, Metric.ALARM_HELP_CANCELLED), st.booleans())
def test_the_clock_of_the_device_decides_nothing(pressed: list[Pressed], everything: bool) -> None:
    """Of alarms, and of words that were not held up: the same steps come at the same instants, on whatever clock."""
    pressed = [
        p if abs(p.at - p.arrives) <= 300_000 or p.metric is Metric.ALARM_SOS else replace(p, at=p.arrives) for p in pressed
    ]
    # right clocks for all, or for the words alone
    right = [replace(p, at=p.arrives) if everything or p.metric is not Metric.ALARM_SOS else p for p in pressed]
    steps = [[[step.kind for _, step in changes] for _, changes in told(some, "sos")] for some in (pressed, right)]
    assert steps[0] == steps[1]


@EXAMPLES
@given(presses(Metric.ALARM_SOS, Metric.ALARM_HELP_CANCELLED), st.data())
def test_what_is_delivered_again_says_nothing(pressed: list[Pressed], data: st.DataObject) -> None:
    """Also when it is older than the newest, and after a person has closed its alert."""
    timed = [p for p in pressed if p.timed]
    end = pressed[-1].arrives
    again = data.draw(st.lists(st.sampled_from(timed), max_size=8)) if timed else []
    repeated = [replace(p, arrives=end + 7 * (k + 1), closes=k == 0) for k, p in enumerate(again)]
    seen = [changes for _, changes in told([*pressed, *repeated], "sos")]
    assert not any(seen[len(pressed) :])


def test_two_calls_without_a_time_in_one_millisecond_are_two() -> None:
    taken = SeenAlarms()
    assert [taken.add_untimed(3, Metric.ALARM_SOS, 100) for _ in range(3)] == [100, 101, 102]


def test_sixteen_alarms_of_a_kind_are_known_again() -> None:
    """The bound of the memory. What is older is told again: an alert too many, and never one too few."""
    taken = SeenAlarms()
    assert all(taken.add(3, Metric.ALARM_SOS, at) for at in range(17))
    assert not any(taken.add(3, Metric.ALARM_SOS, at) for at in range(1, 17))
    assert taken.add(3, Metric.ALARM_SOS, 0)
    assert taken.add(3, Metric.ALARM_FALL, 5)
    assert taken.add(4, Metric.ALARM_SOS, 5)
