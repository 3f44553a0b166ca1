"""Laws of the whole core, over every rule of the catalogue: a new rule is tested by them the day it is added."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from homebeat.domain.alert import Edge
from homebeat.domain.metric import Metric
from homebeat.engine import checkpoint
from homebeat.engine.engine import Engine
from homebeat.engine.judge import BLOCK, count_rows
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.catalogue import RULES
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule, Verdict
from homebeat.stream.batch import EMPTY, FAR, NEVER, Batch, Bool
from homebeat.stream.features.alarms import SeenAlarms
from homebeat.stream.roster import Roster
from tests.conftest import examples
from tests.laws.examples import busy_home
from tests.laws.streets import HOUR, LATENESS, START, Sent, Street, book, home_of, of_one_mind, rule_of, streets, two_books

EXAMPLES = examples(6, in_ci=10)
FEW = examples(3, in_ci=4)
#: Of laws that look at every rule after one run of a street.
MANY = examples(15, in_ci=20)
#: The story in parts: where a rule is looked at.
HOURS = range(1, 24, 2)
#: Rules that look at when something was heard of: a device that is heard again is there.
BY_ARRIVAL = {"device_silent", "asked"}
#: What arrives within the lateness of its time.
PROMPT = (0, 1_000, 20_000, LATENESS - 1)


def told(street: Street, engine: Engine, cuts: list[int]) -> list[Edge]:
    """All edges, when what arrives is cut into ticks at `cuts` (ms after START); nothing fails behind a fence."""
    edges = told_somehow(street, engine, cuts)
    assert not engine.blind.failures
    return edges


def told_somehow(street: Street, engine: Engine, cuts: list[int]) -> list[Edge]:
    """The same, whatever fails."""
    batch, edges, done = street.batch(engine), [], 0
    for cut in [*sorted(cuts), street.until]:
        now = max(START + cut, engine.now)
        upto = int(np.searchsorted(batch.received_at, now, side="right"))
        edges += engine.advance(batch.take(slice(done, upto)), now)
        done = upto
    return edges


def at_once(street: Street, engine: Engine | None = None) -> list[Edge]:
    engine = engine or street.engine()
    engine.resume(START)
    return told(street, engine, [])


def begun(street: Street, rules: object = None) -> Engine:
    engine = street.engine(rules)  # type: ignore[arg-type]
    engine.resume(START)
    return engine


@EXAMPLES
@given(streets(), st.lists(st.integers(0, 14 * 3_600_000), max_size=12))
def test_how_arrivals_are_cut_into_ticks_changes_no_edge(street: Street, cuts: list[int]) -> None:
    assert told(street, begun(street), cuts) == at_once(street)


@EXAMPLES
@given(streets(), st.data())
def test_what_is_delivered_twice_changes_no_edge(street: Street, data: st.DataObject) -> None:
    """Not claimed: an alarm that so many of its kind followed that its time is no longer remembered (decision record 0015)."""
    known = _remembered(street)
    again = data.draw(st.lists(st.sampled_from(known), max_size=10)) if known else []
    doubled = [*street.sent, *(replace(s, received=s.received + data.draw(st.sampled_from((0, 5_000, 900_000)))) for s in again)]
    twice = replace(street, sent=tuple(sorted(doubled, key=lambda s: s.received)))
    # being heard of is about the line: a message that arrives a second time does show that the device is there
    rules = book(*(code for code in RULES if code not in BY_ARRIVAL))
    assert at_once(twice, twice.engine(rules)) == at_once(street, street.engine(rules))


def _remembered(street: Street) -> list[Sent]:
    """What the engine knows again at any time: of an alarm it remembers the newest `SeenAlarms.DEPTH` times."""
    times: dict[tuple[str, Metric], set[int]] = {}
    for sent in street.sent:
        times.setdefault((sent.device, sent.metric), set()).add(sent.observed)
    return [s for s in street.sent if not s.metric.is_alarm or len(times[s.device, s.metric]) <= SeenAlarms.DEPTH]


@EXAMPLES
@given(streets(lags=PROMPT), st.randoms(use_true_random=False))
def test_the_order_of_arrival_within_the_lateness_changes_no_edge(street: Street, chance: object) -> None:
    """Claimed: for all that arrives within the lateness of its time, whatever the order.

    Not claimed: device alarms, `device_silent` and `asked`, which are about arrival itself, and two devices that contradict
    each other about one person's presence in the same millisecond.
    """
    rules = book(*(code for code in RULES if not RULES[code].urgent and code not in BY_ARRIVAL))
    sent = [s for s in of_one_mind(street).sent if not s.metric.is_alarm and 0 <= s.received - s.observed <= LATENESS]
    lag = [chance.randrange(LATENESS) for _ in sent]  # type: ignore[attr-defined]
    moved = sorted(
        (replace(s, received=max(1, s.observed + n)) for s, n in zip(sent, lag, strict=True)), key=lambda s: s.received
    )
    plain, other = replace(street, sent=tuple(sent)), replace(street, sent=tuple(moved))
    assert at_once(other, other.engine(rules)) == at_once(plain, plain.engine(rules))


@EXAMPLES
@given(streets(homes=4))
def test_the_order_of_the_fleet_changes_no_edge(street: Street) -> None:
    mirrored = replace(street, homes=street.homes[::-1])
    assert _sorted(at_once(mirrored)) == _sorted(at_once(street))


@EXAMPLES
@given(streets(homes=4))
def test_no_home_depends_on_another(street: Street) -> None:
    together = at_once(street)
    for home in street.homes:
        mine = {d.id for d in home.devices}
        alone = replace(street, homes=(home,), sent=tuple(s for s in street.sent if s.device in mine))
        assert at_once(alone) == [e for e in together if e.subject.household == home.id]


def _sorted(edges: list[Edge]) -> list[tuple[object, ...]]:
    return sorted((e.at, e.rule, e.subject.key, e.kind, e.since, e.onset, e.reason.code, str(e.reason.params)) for e in edges)


@EXAMPLES
@given(streets(), st.integers(0, 14 * 3_600_000))
def test_a_restored_checkpoint_is_as_if_never_stopped(street: Street, stop: int) -> None:
    straight, stopped = begun(street), begun(street)
    batch = street.batch(straight)
    upto = int(np.searchsorted(batch.received_at, START + stop, side="right"))
    for engine in (straight, stopped):
        engine.advance(batch.take(slice(0, upto)), START + stop)
    restored = checkpoint.restore(checkpoint.save(stopped), street.fleet, two_books())
    rest, end = batch.take(slice(upto, len(batch))), max(START + street.until, START + stop)
    assert restored.advance(rest, end) == straight.advance(rest, end)
    # a restored engine asks everything anew once: slots of time may then be open that the other opens later
    for engine in (restored, straight):
        engine.follow(engine.roster, two_books())
    assert restored.advance(EMPTY, end + 60_000) == straight.advance(EMPTY, end + 60_000)
    assert checkpoint.save(restored) == checkpoint.save(straight)


@EXAMPLES
@given(streets(homes=4), st.integers(0, 14 * 3_600_000))
def test_who_joins_while_it_runs_changes_nothing_for_others(street: Street, joins: int) -> None:
    assume(len(street.homes) > 1)
    first = replace(street, homes=street.homes[:-1])
    theirs = {d.id for h in first.homes for d in h.devices}
    first = replace(first, sent=tuple(s for s in street.sent if s.device in theirs))
    engine = begun(first)
    batch = first.batch(engine)
    upto = int(np.searchsorted(batch.received_at, START + joins, side="right"))
    edges = engine.advance(batch.take(slice(0, upto)), START + joins)
    engine.follow(engine.roster.with_registry(street.fleet, START + joins), two_books())
    edges += engine.advance(batch.take(slice(upto, len(batch))), max(START + street.until, START + joins))
    newcomer = street.homes[-1].id
    assert [e for e in edges if e.subject.household != newcomer] == told(first, begun(first), [joins])


@EXAMPLES
@given(streets(), st.lists(st.integers(0, 14 * 120), max_size=6))
def test_judging_more_often_changes_no_edge(street: Street, extra: list[int]) -> None:
    """Between two changes nothing hangs on being asked: `due` names every instant at which time alone changes something."""
    asked = begun(street)
    batch, edges, done = street.batch(asked), [], 0
    for cut in [*sorted(30_000 * e for e in extra), street.until]:
        now = max(START + cut, asked.now)
        upto = int(np.searchsorted(batch.received_at, now, side="right"))
        edges += asked.advance(batch.take(slice(done, upto)), now)
        asked.follow(asked.roster, two_books())  # everything is asked anew at the next instant
        done = upto
    assert edges == at_once(street)


def thorough(rule: Rule) -> Rule:
    """The same rule, which passes over no reading."""
    kind: Any = type(rule)

    class Thorough(kind):  # type: ignore[misc]
        def may_change_on(self, readings: Batch) -> Bool:
            return np.ones(len(readings), np.bool_)

    return Thorough(**{field.name: getattr(rule, field.name) for field in fields(rule)})


@EXAMPLES
@given(streets())
def test_a_reading_that_a_rule_passes_over_changes_no_edge(street: Street) -> None:
    """Of readings that arrive together, only those are judged one by one that a rule asks for."""
    careful = RuleBook([{code: thorough(rule_of(code)) for code in RULES}])
    quick = RuleBook([{code: rule_of(code) for code in RULES}])
    assert at_once(street, street.engine(careful)) == at_once(street, street.engine(quick))


def frames(engine: Engine, axis: Axis, now: int) -> Frame:
    rows = count_rows(engine.roster, axis)
    return Frame(axis, 0, rows, now, engine.listening_at, engine.state, np.full(rows, NEVER), engine.find_away(now))


@MANY
@given(street=streets())
def test_judging_twice_gives_the_same_and_changes_nothing(street: Street) -> None:
    """A rule only looks: neither its verdict, nor its bound, nor its reasons leave anything behind."""
    engine = begun(street)
    told(street, engine, [])
    before = checkpoint.save(engine)
    for rule in map(rule_of, RULES):
        frame = frames(engine, rule.axis, engine.now)
        first, second = (rule.judge(frame) for _ in range(2))
        for a, b in zip(first, second, strict=True):
            np.testing.assert_array_equal(a, b, err_msg=rule.code)
        assert rule.find_idle_until(frame) == rule.find_idle_until(frame), rule.code
        for i in np.flatnonzero(first.verdict == Verdict.FIRING).tolist():
            since = int(first.since[i])
            assert rule.make_reason(frame, i, since) == rule.make_reason(frame, i, since)
        assert checkpoint.save(engine) == before, rule.code


@MANY
@given(street=streets(), share=st.floats(0, 1))
def test_before_it_is_due_a_verdict_only_fades(street: Street, share: float) -> None:
    """Without new readings a known verdict stays, or becomes unknown, until the instant that the rule named."""
    engine = begun(street)
    told(street, engine, [])
    now, laters = engine.now, list[tuple[int, Rule, Judgement]]()
    for rule in map(rule_of, RULES):
        before = rule.judge(frames(engine, rule.axis, now))
        due = int(before.due.min(initial=FAR))
        later = now + int(share * (min(due, now + 10 * 86_400_000) - now - 1)) if due > now + 1 else now
        laters.append((later, rule, before))
    turns = engine.roster.away_until
    for later, rule, before in sorted(laters, key=lambda one: one[0]):
        if ((turns > now) & (turns <= later)).any():
            break
        engine.state.advance(later)
        after = rule.judge(frames(engine, rule.axis, later))
        assert ((after.verdict == before.verdict) | (after.verdict == Verdict.UNKNOWN)).all(), rule.code


@MANY
@given(street=streets(), share=st.floats(0, 1))
def test_a_rule_that_rests_does_not_fire(street: Street, share: float) -> None:
    """The cheap bound errs only towards asking; looked at all through the story, for at its end there is much to ask."""
    engine, batch, done = begun(street), street.batch(street.engine()), 0
    for hour in HOURS:
        now = START + hour * HOUR
        upto = int(np.searchsorted(batch.received_at, now, side="right"))
        engine.advance(batch.take(slice(done, upto)), now)
        done = upto
        for rule in map(rule_of, RULES):
            until = rule.find_idle_until(frames(engine, rule.axis, now))
            if until > now:
                later = now + int(share * (min(until - 1, now + 40 * 86_400_000) - now))
                for at in (now, later):
                    verdict = rule.judge(frames(engine, rule.axis, at)).verdict
                    assert not (verdict == Verdict.FIRING).any(), rule.code


def test_in_a_calm_home_all_rules_with_a_bound_rest() -> None:
    """Else the law before this one would say nothing of them."""
    bounded = {code for code, rule in RULES.items() if rule.find_idle_until is not Rule.find_idle_until}
    sent = [Sent("m0.0", Metric.VOLUME_M3, hour * HOUR, hour * HOUR + 1, 50 + hour / 100) for hour in range(5)]
    sent += [
        Sent(device, metric, 4 * HOUR, 4 * HOUR + 2, 5.0) for device, metric in (("b0.0", Metric.STEPS), ("d0", Metric.HEARTBEAT))
    ]
    calm = Street((home_of(0, 1, 1, 1, None, "a"),), tuple(sent), 4 * HOUR + 120_000)
    engine = begun(calm)
    told(calm, engine, [])
    resting = {
        code for code in bounded if rule_of(code).find_idle_until(frames(engine, RULES[code].axis, engine.now)) > engine.now
    }
    assert resting == bounded
    assert len(bounded) > 8


@pytest.mark.parametrize("code", RULES)
@FEW
@given(street=streets(), minutes=st.integers(1, 60 * 24 * 40))
def test_of_a_row_that_never_reported_nothing_is_called_fine(code: str, street: Street, minutes: int) -> None:
    silent = replace(street, sent=())
    engine = begun(silent, book(code))
    rule = rule_of(code)
    if rule.judges_silence:
        engine.advance(EMPTY, START + 400 * 86_400_000)
        assert (rule.judge(frames(engine, rule.axis, engine.now)).verdict == Verdict.FIRING).all()
        return
    engine.advance(EMPTY, START + minutes * 60_000)
    assert (rule.judge(frames(engine, rule.axis, engine.now)).verdict == Verdict.UNKNOWN).all()


def test_blocks_do_not_matter() -> None:
    """The same home is told the same wherever it stands among more homes than a block holds, whatever is told of its area."""
    street, edges = busy_home(copies=1)
    crowd, many = busy_home(copies=BLOCK // 3 + 7)
    assert len(crowd.roster.device_ids) > BLOCK
    assert len(crowd.roster.resident_ids) + len(crowd.roster.device_ids) > BLOCK
    wanted = sorted((e.at, e.rule, e.kind) for e in edges)
    assert len(wanted) > 6
    of_home: dict[str, list[tuple[object, ...]]] = {}
    for edge in (edge for edge in many if edge.subject.household is not None):
        of_home.setdefault(str(edge.subject.household), []).append((edge.at, edge.rule, edge.kind))
    assert all(sorted(got) == wanted for got in of_home.values())
    assert len(of_home) == BLOCK // 3 + 7
    assert street.roster.meters == 2


def test_a_roster_without_anybody_is_judged() -> None:
    engine = Engine(Roster(), two_books())
    assert engine.advance(Batch.of([], [], [], [], []), START) == []
    assert engine.advance(EMPTY, START + 86_400_000) == []
