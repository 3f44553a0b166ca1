"""Response plans: which holds, whom each step notifies, and that none ends in silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.alert import (
    Alert,
    Answer,
    Desk,
    Edge,
    Outcome,
    Priority,
    Reason,
    Subject,
    Transition,
    TransitionKind,
    acknowledge,
    add_note,
    escalate,
    open_alert,
    release,
    resolve,
    run_out,
    undo_resolve,
)
from homebeat.domain.ids import AreaId, ContactId, HouseholdId
from homebeat.domain.notice import Recipient
from homebeat.domain.response_plan import (
    EVERYBODY,
    FAMILY_FIRST,
    SHIPPED,
    Deadline,
    DeadlineKind,
    Party,
    PlanBook,
    PlanChoice,
    PlanStep,
    Position,
    ResponsePlan,
    get_unhurried,
)
from homebeat.response.advance import choose_plan, go_on
from homebeat.response.deadline import follow_step
from homebeat.response.receivers import NOBODY, Receivers

MINUTE: Final = 60_000
SON, DAUGHTER, NEIGHBOUR = ContactId("h/son"), ContactId("h/daughter"), ContactId("/wang")
FAMILY: Final[Sequence[Recipient]] = [(SON, "webhook", 0), (SON, "sms", 1), (DAUGHTER, "webhook", 0)]
WORKER: Final[Sequence[Recipient]] = [(NEIGHBOUR, "webhook", 0)]
RECEIVERS: Final = Receivers(FAMILY, {Party.WORKER: WORKER})


def alert_of(rule: str = "no_sign_of_life", priority: Priority = Priority.HIGH, desk: Desk = Desk.CARE) -> Alert:
    subject = Subject(HouseholdId("h"))
    return open_alert(Edge(0, rule, subject, TransitionKind.OPENED, priority, desk, 0, Reason(rule), 0))[0]


def play(plan: ResponsePlan, receivers: Receivers, steps: int) -> list[tuple[int, list[tuple[str, list[ContactId], bool]]]]:
    """Minutes after the opening, and who is notified then."""
    found, now, position = [], 0, Position()
    for _ in range(steps):
        advance = go_on(plan, position, receivers, now)
        found.append((now // MINUTE, [(one.who.value, [who for who, *_ in one.ways], one.is_again) for one in advance.taken]))
        now, position = advance.deadline.due_at, advance.deadline.position
    return found


def test_family_first_asks_one_after_the_other_and_then_the_street() -> None:
    assert play(FAMILY_FIRST, RECEIVERS, 5) == [
        (0, [("family", [SON, SON], False)]),
        (5, [("family", [DAUGHTER], False)]),
        (10, [("desk", [], False), ("worker", [NEIGHBOUR], False)]),
        (20, [("provider", [], False), ("supervisor", [], False), ("desk", [], True)]),
        (35, [("supervisor", [], True), ("desk", [], True)]),
    ]


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ([DAUGHTER], [DAUGHTER]),  # who was first is a contact no more: the second moved up, and is not left out
        ([DAUGHTER, SON], [DAUGHTER]),
        ([NEIGHBOUR, SON, DAUGHTER], [NEIGHBOUR, DAUGHTER]),
        ([SON], []),
        ([], []),
    ],
)
def test_nobody_is_left_out_and_nobody_has_two_turns_where_the_list_changes_within_a_step(
    family: list[ContactId], expected: list[ContactId]
) -> None:
    first = go_on(FAMILY_FIRST, Position(), RECEIVERS, 0)
    assert [way[0] for way in first.taken[0].ways] == [SON, SON]
    changed, found, position = Receivers([(who, "webhook", 0) for who in family], RECEIVERS.staff), [], first.deadline.position
    while position.step == 0:
        advance = go_on(FAMILY_FIRST, position, changed, 0)
        found += [way[0] for one in advance.taken if one.who is Party.FAMILY for way in one.ways]
        position = advance.deadline.position
    assert found == expected


def test_who_has_nobody_is_not_waited_for() -> None:
    """A home without family: the street is notified at once, not after the family's minutes."""
    assert play(FAMILY_FIRST, Receivers((), {Party.WORKER: WORKER}), 2) == [
        (0, [("family", [], False), ("desk", [], False), ("worker", [NEIGHBOUR], False)]),
        (10, [("provider", [], False), ("supervisor", [], False), ("desk", [], True)]),
    ]


def test_everybody_at_once() -> None:
    assert play(EVERYBODY, RECEIVERS, 1) == [
        (0, [("family", [SON, SON, DAUGHTER], False), ("desk", [], False), ("worker", [NEIGHBOUR], False)])
    ]


def test_only_the_named_kind_of_channel() -> None:
    plan = ResponsePlan("p", (PlanStep(Party.FAMILY, timedelta(minutes=1), channel="sms"),))
    assert go_on(plan, Position(), RECEIVERS, 0).taken[0].ways == [(SON, "sms", 1)]


def test_what_nobody_answers_is_repeated_less_and_less_often_and_never_stops() -> None:
    found = play(ResponsePlan("p", (PlanStep(Party.DESK, timedelta(minutes=15)),)), NOBODY, 9)
    assert [at for at, _ in found] == [0, 15, 45, 105, 225, 465, 945, 1425, 1905]


@given(
    st.lists(
        st.builds(
            PlanStep,
            st.sampled_from(Party),
            st.timedeltas(timedelta(seconds=10), timedelta(days=4)),
            st.booleans(),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    ),
    st.booleans(),
    st.lists(st.sampled_from(Party), max_size=4),
)
def test_no_plan_ends_in_silence(steps: list[PlanStep], has_family: bool, staff: list[Party]) -> None:
    """From any place of any plan, whoever is there: there is a next step, in the future, and everybody is notified in time."""
    try:
        plan = ResponsePlan("p", tuple(steps))
    except ValueError:
        return
    receivers = Receivers(FAMILY if has_family else (), {who: [(ContactId(f"/{who}"), "webhook", 0)] for who in staff})
    position, now, reached = Position(), 0, set[Party]()
    for _ in range(3 * len(steps) + 6):
        advance = go_on(plan, position, receivers, now)
        assert advance.deadline.due_at >= now + 10_000
        assert advance.taken, "each time a step is taken"
        reached |= {one.who for one in advance.taken if one.ways}
        now, position = advance.deadline.due_at, advance.deadline.position
    wanted = {step.who for step in steps if receivers.list_turns(step)}
    assert reached == wanted


def test_a_place_behind_the_end_of_a_changed_plan_is_its_last_steps_again() -> None:
    advance = go_on(SHIPPED["both_at_once"], Position(17, (SON,), 2), RECEIVERS, 0)
    assert [one.who for one in advance.taken] == [Party.SUPERVISOR, Party.DESK]
    assert advance.deadline.position.repeat == 4


@pytest.mark.parametrize(
    "steps, says",
    [
        ((), "names nobody"),
        ((PlanStep(Party.DESK, timedelta(minutes=1)), PlanStep(Party.RESIDENT, timedelta(minutes=1))), "unable to answer"),
        ((PlanStep(Party.DESK, timedelta(minutes=1), together=True),), "no step before it"),
        ((PlanStep(Party.DESK, timedelta(seconds=1)),), "waits at least 10 s"),
        (
            (
                PlanStep(Party.FAMILY, timedelta(minutes=1), in_turn=True),
                PlanStep(Party.DESK, timedelta(minutes=1), together=True),
            ),
            "one person after the other",
        ),
    ],
)
def test_a_plan_that_cannot_work_is_refused(steps: tuple[PlanStep, ...], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ResponsePlan("p", steps)


BOOK: Final = PlanBook(
    everywhere=PlanChoice("both_at_once", {"no_water": "desk_only"}),
    areas={"street": PlanChoice("family_first"), "city": PlanChoice("desk_only", {"sos": "both_at_once"})},
)


@pytest.mark.parametrize(
    "rule, home, path, plan",
    [
        ("no_sign_of_life", "", (), "both_at_once"),
        ("no_sign_of_life", "", ("lane", "street", "city"), "family_first"),
        ("no_sign_of_life", "", ("city",), "desk_only"),
        ("no_sign_of_life", "everybody", ("lane", "street", "city"), "everybody"),
        ("no_water", "everybody", ("lane", "street"), "desk_only"),
        ("fall", "desk_only", ("street",), "everybody"),
        ("sos", "desk_only", ("street", "city"), "both_at_once"),
        ("no_sign_of_life", "gone", (), "both_at_once"),
    ],
)
def test_which_plan_holds(rule: str, home: str, path: tuple[str, ...], plan: str) -> None:
    assert BOOK.choose(rule, home, tuple(map(AreaId, path))).name == plan


def test_what_families_are_not_notified_of_is_no_matter_of_theirs() -> None:
    silent = alert_of("device_silent", Priority.MEDIUM, Desk.DEVICES)
    plan = choose_plan(silent, RECEIVERS, BOOK)
    assert plan == get_unhurried(Priority.MEDIUM)
    assert {step.who for step in plan.steps} == {Party.DESK, Party.SUPERVISOR}


STEPS: Final = ("note", "take", "give back", "run out", "close", "undo", "escalate", "clear", "other takes")


def act(what: str, alert: Alert, now: int) -> tuple[Alert, Transition] | None:
    """Do it if it is possible now."""
    taken, closed = alert.answer is Answer.ACKNOWLEDGED, alert.answer is Answer.RESOLVED
    if what == "note":
        return add_note(alert, now, "user:chen", "n")
    if what == "take" and not closed and alert.owner in {"", "user:chen"}:
        return acknowledge(alert, now, "user:chen")
    if what == "give back" and taken and alert.owner == "user:chen":
        return release(alert, now, "user:chen")
    if what == "run out" and taken:
        return run_out(alert, now)
    if what == "close" and not closed:
        return resolve(alert, now, "user:chen", Outcome.FINE)
    if what == "undo" and closed and now - (alert.resolved_at or 0) <= 5 * MINUTE:
        return undo_resolve(alert, now, "user:chen")
    if what == "escalate" and alert.answer is Answer.UNACKNOWLEDGED:
        return escalate(alert, now, Reason("nobody_answered"))
    return None


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 6 * MINUTE)), max_size=20))
def test_whatever_happens_somebody_has_to_answer_until_it_is_resolved(story: list[tuple[str, int]]) -> None:
    """The law: no unresolved alert without an owner with a deadline or a step that is due."""
    alert, now = alert_of(), 0
    standing: Deadline | None = Deadline(DeadlineKind.STEP, 5 * MINUTE, "both_at_once", Position(2))
    for what, later in story:
        now += later
        done = act(what, alert, now)
        if done is None:
            continue
        alert, step = done
        standing = follow_step(standing, alert, step, SHIPPED["both_at_once"], BOOK, now)
        if alert.answer is Answer.RESOLVED:
            assert standing is None
        else:
            assert standing is not None
            assert (standing.kind is DeadlineKind.OWNER) == (alert.answer is Answer.ACKNOWLEDGED)


def follow(standing: Deadline | None, done: tuple[Alert, Transition], now: int) -> Deadline | None:
    return follow_step(standing, *done, SHIPPED["both_at_once"], BOOK, now)


def test_an_owner_has_their_time_again_with_what_they_write_and_with_nothing_else() -> None:
    taken = acknowledge(alert_of(), 0, "user:chen")
    first = follow(Deadline(DeadlineKind.STEP, 5 * MINUTE, "both_at_once", Position(2)), taken, 0)
    assert first == Deadline(DeadlineKind.OWNER, 45 * MINUTE, "both_at_once", Position(2))
    assert follow(first, add_note(taken[0], 9 * MINUTE, "user:li", "?"), 9 * MINUTE) == first
    theirs = follow(first, add_note(taken[0], 9 * MINUTE, "user:chen", "at her door"), 9 * MINUTE)
    assert theirs is not None
    assert theirs.due_at == 54 * MINUTE
    back = run_out(taken[0], 54 * MINUTE)
    assert follow(theirs, back, 54 * MINUTE) == Deadline(DeadlineKind.STEP, 54 * MINUTE, "both_at_once", Position(2))


def test_where_the_condition_is_over_nobody_is_woken_for_an_hour() -> None:
    over = Transition(alert_of().id, TransitionKind.CLEARED, 0, "engine", Reason("life_again"))
    waits = Deadline(DeadlineKind.STEP, 5 * MINUTE, "both_at_once", Position(2))
    after = follow(waits, (alert_of(), over), 0)
    assert after is not None
    assert after.due_at == 60 * MINUTE
