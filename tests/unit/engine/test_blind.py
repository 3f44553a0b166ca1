"""Where homebeat fails: which rows are left out and tried again, and what is told of their homes."""

from __future__ import annotations

import pytest

from homebeat.domain.alert import Edge, TransitionKind
from homebeat.domain.fleet import Fleet
from homebeat.engine import checkpoint
from homebeat.engine.blind import MOST_ALERTS, MOST_TRIES, PARTS_MS, RETRY_MS, Blindness
from homebeat.rules.sos import Sos
from homebeat.stream.roster import Roster
from tests.unit.engine.test_engine import T0, engine_of, home

FAILS = ZeroDivisionError("at some row")


def roster_of(homes: int) -> Roster:
    return engine_of(*(home(f"h{n}") for n in range(homes))).roster


def told(edges: list[Edge]) -> list[tuple[str | None, TransitionKind, int, int, object]]:
    return [(e.subject.household, e.kind, e.since - T0, e.onset - T0, e.reason.params.get("rules")) for e in edges]


def test_failures_are_counted_by_what_failed_and_how() -> None:
    blind = Blindness()
    blind.fail("sos", range(2), T0, FAILS)
    blind.count_failure("sos", FAILS)
    blind.count_failure("outages", OverflowError())
    blind.fail_at("learning", 1, T0, "ValueError")
    assert blind.failures == {("sos", "ZeroDivisionError"): 2, ("outages", "OverflowError"): 1, ("learning", "ValueError"): 1}


def test_a_rule_that_fails_everywhere_is_not_tried_for_ever_within_one_instant() -> None:
    blind = Blindness()
    assert all(blind.may_try("sos") for _ in range(MOST_TRIES))
    assert not blind.may_try("sos")
    assert blind.may_try("fall"), "each rule has its own tries"
    blind.find_edges(T0, Roster())
    assert blind.may_try("sos"), "the next instant begins anew"


@pytest.mark.parametrize("spread", [1, 100], ids=["few rows", "more blind rows than are asked about"])
def test_rows_are_judged_around_those_that_are_blind(spread: int) -> None:
    blind = Blindness()
    for row in (0, 3, 4, 9):
        blind.fail("sos", range(row, row + 1), T0, FAILS)
    for row in range(1_000, 1_000 + spread):
        blind.fail("sos", range(row, row + 1), T0, FAILS)
    parts = [(part.start, part.stop, judges) for part, judges in blind.split_at_blind("sos", slice(0, 12), T0 + 1)]
    assert parts == [(0, 1, False), (1, 3, True), (3, 5, False), (5, 9, True), (9, 10, False), (10, 12, True)]
    blind.fail("sos", range(4, 5), T0 + 5, FAILS)
    due = [(part.start, part.stop, judges) for part, judges in blind.split_at_blind("sos", slice(3, 6), T0 + RETRY_MS)]
    assert due == [(3, 4, True), (4, 5, False), (5, 6, True)]
    assert blind.find_next_retry("sos", slice(3, 6)) == T0 + RETRY_MS
    assert blind.find_next_retry("sos", slice(4, 6)) == T0 + 5 + RETRY_MS


def test_a_home_is_told_once_again_when_more_fails_there_and_over_when_all_works() -> None:
    blind, roster = Blindness(), roster_of(3)
    blind.fail("sos", range(1, 2), T0, FAILS)
    assert told(blind.find_edges(T0, roster)) == [("h1", TransitionKind.OPENED, 0, 0, "sos")]
    blind.fail("sos", range(1, 2), T0 + 10, FAILS)
    assert blind.find_edges(T0 + 10, roster) == []
    blind.fail_at("folding", 1, T0 + 20, "OverflowError")
    assert told(blind.find_edges(T0 + 20, roster)) == [("h1", TransitionKind.REOPENED, 20, 0, "folding,sos")]
    blind.heal("sos", slice(0, 3))
    assert blind.find_edges(T0 + 30, roster) == [], "folding still counts"
    assert blind.find_next_recovery() == T0 + 20 + PARTS_MS["folding"]
    (over,) = blind.find_edges(T0 + 20 + PARTS_MS["folding"], roster)
    assert told([over]) == [("h1", TransitionKind.CLEARED, 0, 0, None)]
    assert over.reason.code == "judging_works"
    assert blind.find_edges(over.at + 1, roster) == []


def test_thousands_of_homes_are_one_fault() -> None:
    roster = roster_of(MOST_ALERTS + 5)
    blind = Blindness()
    blind.fail("sos", range(MOST_ALERTS + 5), T0, FAILS)
    assert len(blind.find_edges(T0, roster)) == MOST_ALERTS
    blind.heal("sos", slice(0, 3))
    edges = blind.find_edges(T0 + 1, roster)
    assert [e.kind for e in edges] == [TransitionKind.CLEARED] * 3 + [TransitionKind.OPENED] * 3, "others take their places"


def test_who_has_left_is_blind_to_nobody() -> None:
    roster = roster_of(2)
    gone = roster.with_registry(Fleet((), (home("h0"),)), T0 + 1)
    blind = Blindness()
    blind.fail("sos", range(2), T0, FAILS)
    blind.fail("no_sign_of_life", range(1, 2), T0, FAILS)
    assert [edge.subject.household for edge in blind.find_edges(T0, gone)] == ["h0"]


def test_a_clock_that_goes_back_puts_no_retry_off() -> None:
    blind = Blindness()
    blind.fail("sos", range(1), T0, FAILS)
    blind.fail_at("learning", 0, T0, "ValueError")
    blind.rewind(T0 - 9 * RETRY_MS)
    assert blind.find_next_retry("sos", slice(0, 1)) == T0 - 8 * RETRY_MS
    assert blind.find_next_recovery() == T0 - 9 * RETRY_MS + PARTS_MS["learning"]
    (opened,) = blind.find_edges(T0 - 9 * RETRY_MS, roster_of(1))
    assert opened.since == T0 - 9 * RETRY_MS


def test_what_the_store_says_is_open_is_not_told_again_and_is_over_when_it_works() -> None:
    blind, roster = Blindness(), roster_of(2)
    blind.adopt(1, T0 - 50, "sos")
    blind.adopt(1, T0, "fall")  # what is known stands
    blind.fail("sos", range(1, 2), T0, FAILS)
    assert blind.find_edges(T0, roster) == []
    blind.heal("sos", slice(0, 2))
    assert told(blind.find_edges(T0 + 5, roster)) == [("h1", TransitionKind.CLEARED, -50, -50, None)]


def test_what_is_blind_outlives_a_restart() -> None:
    homes = [home(f"h{n}") for n in range(3)]
    engine = engine_of(*homes, rules=(Sos(),))
    engine.blind.fail("sos", range(1, 3), T0, FAILS)
    engine.blind.fail_at("learning", 0, T0, "ValueError")
    engine.blind.find_edges(T0, engine.roster)
    again = checkpoint.restore(checkpoint.save(engine), Fleet((), tuple(homes)), engine.book).blind
    assert (again.rows, again.homes) == (engine.blind.rows, engine.blind.homes)
    assert again.alerts == engine.blind.alerts
    assert again.find_edges(T0 + 1, engine.roster) == [], "and is told once"
