"""What fails at one home costs no other home anything, whichever rule or part of the engine it is, and is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.alert import JUDGING_FAILED, Desk, Edge, Priority, TransitionKind
from homebeat.engine import checkpoint
from homebeat.engine.blind import RETRY_MS
from homebeat.engine.engine import Engine
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.catalogue import RULES
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule
from homebeat.stream.batch import EMPTY
from tests.conftest import examples
from tests.laws.streets import HOUR, MINUTE, START, Street, rule_of, streets
from tests.laws.test_engine import told_somehow as told

FEW = examples(2)
SOME = examples(6, in_ci=8)
POISON = "h0"
Break = Callable[[Frame], None]


def homes_of(frame: Frame) -> list[str]:
    roster, rows = frame.state.roster, slice(frame.start, frame.stop)
    device = roster.meter_device[rows] if frame.axis is Axis.METER else np.arange(frame.start, frame.stop)
    homes = roster.resident_household[rows] if frame.axis is Axis.RESIDENT else roster.device_household[device]
    return [roster.household_ids[home] for home in homes.tolist()]


def fails_at_the_poison(frame: Frame) -> None:
    if POISON in homes_of(frame):
        raise ZeroDivisionError("at the poison home")


def broken(rule: Rule, fails: Break = fails_at_the_poison, how: str = "judge") -> Rule:
    """The same rule, which fails when it looks at the poison home."""
    kind: Any = type(rule)

    class Broken(kind):  # type: ignore[misc]
        def judge(self, frame: Frame) -> Judgement:
            if how == "judge":
                fails(frame)
            return super().judge(frame)  # type: ignore[no-any-return]

        def find_idle_until(self, frame: Frame) -> int:
            if how in {"judge", "find_idle_until"}:
                fails(frame)
            return super().find_idle_until(frame)  # type: ignore[no-any-return]

        def make_reason(self, frame: Frame, i: int, since: int) -> Any:
            if how == "reason":
                fails(frame)
            return super().make_reason(frame, i, since)

        def explain_clearing(self, frame: Frame, i: int) -> Any:
            if how == "reason":
                fails(frame)
            return super().explain_clearing(frame, i)

    return Broken(**{f.name: getattr(rule, f.name) for f in fields(rule)})


def book_with(code: str, rule: Rule) -> RuleBook:
    return RuleBook([{c: rule if c == code else rule_of(c) for c in RULES}])


def begun(street: Street, rules: RuleBook) -> Engine:
    engine = street.engine(rules)
    engine.resume(START)
    return engine


def of_others(edges: list[Edge]) -> list[Edge]:
    return [edge for edge in edges if edge.subject.household != POISON]


@SOME
@given(street=streets(homes=3), codes=st.lists(st.sampled_from(list(RULES)), min_size=3, max_size=3, unique=True))
def test_a_rule_that_fails_at_one_home_is_as_ever_at_all_others(street: Street, codes: list[str]) -> None:
    rules = {code: rule_of(code) for code in RULES}
    sound = told(street, begun(street, RuleBook([rules])), [])
    for code in codes:
        found = told(street, begun(street, book_with(code, broken(rules[code]))), [])
        assert of_others(found) == of_others(sound), code
        assert all(edge.rule != code for edge in found if edge.subject.household == POISON), code
        for edge in found:
            if edge.rule == JUDGING_FAILED:
                assert (edge.subject.household, edge.desk, edge.priority) == (POISON, Desk.DEVICES, Priority.HIGH)
                assert edge.reason.params == {"rules": code}


@FEW
@given(street=streets(homes=3))
def test_where_all_rules_fail_at_one_home_all_others_are_judged_as_ever(street: Street) -> None:
    rules = {code: rule_of(code) for code in RULES}
    sound = told(street, begun(street, RuleBook([rules])), [])
    found = told(street, begun(street, RuleBook([{code: broken(rule) for code, rule in rules.items()}])), [])
    assert of_others(found) == of_others(sound)
    assert {edge.rule for edge in found if edge.subject.household == POISON} <= {JUDGING_FAILED}


@pytest.mark.parametrize("how", ["find_idle_until", "reason"])
@FEW
@given(street=streets(homes=3))
def test_a_rule_that_cannot_say_that_it_rests_or_why_it_fires_still_tells(how: str, street: Street) -> None:
    rules = RuleBook([{code: rule_of(code) for code in RULES}])
    torn = RuleBook([{code: broken(rule_of(code), how=how) for code in RULES}])
    sound, found = told(street, begun(street, rules), []), told(street, begun(street, torn), [])
    assert of_others(found) == of_others(sound)
    assert [(e.at, e.rule, e.subject, e.alert_id) for e in found] == [(e.at, e.rule, e.subject, e.alert_id) for e in sound]


@FEW
@given(street=streets(homes=3), cuts=st.lists(st.integers(0, 14 * HOUR), max_size=12))
def test_ticks_and_restarts_change_nothing_of_what_is_blind(street: Street, cuts: list[int]) -> None:
    rules = RuleBook([{code: broken(rule_of(code)) if code in {"no_sign_of_life", "sos"} else rule_of(code) for code in RULES}])
    whole = told(street, begun(street, rules), [])
    assert told(street, begun(street, rules), cuts) == whole
    engine, edges, batch, done = begun(street, rules), [], street.batch(begun(street, rules)), 0
    for cut in [*sorted(cuts), street.until]:
        now = max(START + cut, engine.now)
        upto = int(np.searchsorted(batch.received_at, now, side="right"))
        edges += engine.advance(batch.take(slice(done, upto)), now)
        done, engine = upto, checkpoint.restore(checkpoint.save(engine), street.fleet, rules)
    assert edges == whole


PARTS = [
    ("timeline", "add_life"),
    ("timeline", "cover"),
    ("hours", "fold"),
    ("water", "fold"),
    ("days", "add_steps"),
    ("heard", "fold"),
]


@pytest.mark.parametrize(("feature", "method"), PARTS)
@FEW
@given(street=streets(homes=3))
def test_readings_of_one_home_that_cannot_be_folded_cost_no_other_home(feature: str, method: str, street: Street) -> None:
    rules = RuleBook([{code: rule_of(code) for code in RULES}])
    sound = told(street, begun(street, rules), [])
    engine = begun(street, rules)
    roster, part = engine.roster, getattr(engine.state, feature)
    works, failures = getattr(part, method), [0]
    home = roster.household_ids.index(POISON)

    def fails(*args: Any, **more: Any) -> Any:
        rows = _rows_of(args, feature)
        of = {"timeline": roster.resident_household, "days": roster.resident_household, "heard": roster.device_household}
        homes = of[feature] if feature in of else roster.device_household[roster.meter_device]
        if (homes[rows] == home).any():
            failures[0] += 1
            raise OverflowError
        return works(*args, **more)

    setattr(part, method, fails)
    found = told(street, engine, [])
    assert of_others(found) == of_others(sound)
    blind = [edge for edge in found if edge.rule == JUDGING_FAILED]
    assert bool(blind) == bool(failures[0])
    assert {edge.subject.household for edge in blind} <= {POISON}
    assert all(edge.reason.params == {"rules": "folding"} for edge in blind if edge.kind is not TransitionKind.CLEARED)


def _rows_of(args: tuple[Any, ...], feature: str) -> Any:
    first = args[0]
    if feature == "heard":
        return first.device
    if feature == "hours":
        return first.meter
    return args[1] if feature == "water" else first


@FEW
@given(street=streets(homes=3))
def test_a_blind_row_is_tried_again_after_a_while_and_clears_when_it_works(street: Street) -> None:
    tries, is_mended = [0], [False]

    def fails(frame: Frame) -> None:
        if POISON in homes_of(frame) and not is_mended[0]:
            tries[0] += len(homes_of(frame)) == 1
            raise ZeroDivisionError

    code = "no_sign_of_life"
    quiet = replace(street, sent=())
    engine = begun(quiet, book_with(code, broken(rule_of(code), fails, how="judge")))
    people = sum(len(home.residents) for home in street.homes if home.id == POISON)
    edges: list[Edge] = []
    for minute in range(1, 61):
        edges += engine.advance(EMPTY, START + minute * MINUTE)
    opened = [edge for edge in edges if edge.rule == JUDGING_FAILED]
    assert [edge.kind for edge in opened] == [TransitionKind.OPENED]
    # once to rest, once to judge
    assert tries[0] <= 2 * people * (HOUR // RETRY_MS + 1)
    is_mended[0] = True
    edges = engine.advance(EMPTY, START + 2 * HOUR)
    assert [(e.rule, e.kind) for e in edges if e.rule == JUDGING_FAILED] == [(JUDGING_FAILED, TransitionKind.CLEARED)]
    assert not engine.blind.rows
