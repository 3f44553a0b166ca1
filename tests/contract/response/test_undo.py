"""What undoing a closing brings back: everything that the closing ended or entered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from homebeat import actions
from homebeat.actions.identify import identify_visitor
from homebeat.actions.report_visit import VisitReport
from homebeat.actions.visitor import read_visit_sight
from homebeat.domain.alert import Answer, Outcome, Priority
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import NotAllowed, NotFound, StaleVersion
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.ids import AreaId, HouseholdId, ResidentId, ResponderId
from homebeat.domain.response_plan import Deadline, DeadlineKind, PlanBook
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.visit import Visit, VisitState
from homebeat.store import Keep, Store
from tests.contract.response.street import MINUTE, Town, make_fleet, quiet
from tests.contract.store.conftest import T0
from tests.people import add_family_link, person

CHEN, LI = person("chen", Role.DESK), person("li", Role.DESK)
BOSS = person("boss", Role.SUPERVISOR)
WANG = "/wang"
HOME = HouseholdId("h1")


@pytest.fixture
def town(store: Store) -> Town:
    return Town(store, PlanBook())


def read(town: Town, get: Callable[[Any], Any]) -> Any:
    with town.store.read(EVERYTHING) as reader:
        return get(reader)


def visits(town: Town, alert: str) -> list[Visit]:
    return list(read(town, lambda reader: reader.visits.list_of([alert])))


def deadline(town: Town, alert: str) -> Deadline:
    return read(town, lambda reader: reader.deadlines.find([alert]))[alert]  # type: ignore[no-any-return]


def absences(town: Town) -> list[tuple[int, int | None, str]]:
    home = read(town, lambda reader: reader.homes.find_household(HOME))
    return [
        (round(one.starts_at.timestamp() * 1000), one.ends_at and round(one.ends_at.timestamp() * 1000), one.reason)
        for one in home.away
    ]


def test_who_is_on_the_way_is_expected_again_with_the_time_that_they_had(town: Town) -> None:
    alert = town.happens(quiet())
    town.act(CHEN, actions.AssignVisit(alert, ResponderId("wang")))
    town.minute(2)
    town.visitor(WANG, alert, VisitReport.GO)
    before = visits(town, alert)
    town.minute(5)
    town.act(CHEN, actions.Resolve(alert, Outcome.FINE))
    assert [one.state for one in visits(town, alert)] == [VisitState.CANCELLED]
    town.take_notices()
    town.minute(8)
    undone = town.act(CHEN, actions.Reopen(alert))
    (visit,) = visits(town, alert)
    assert (visit.state, visit.due_at, visit.ended_at) == (VisitState.EN_ROUTE, before[0].due_at, None)
    assert [(kind, code) for kind, code in [(s.kind.value, s.reason.code) for s in town.detail(alert).history[-2:]]] == [
        ("returned", "taken_back"),
        ("visited", "visit_resumed"),
    ]
    assert (undone.version, undone.owner) == (town.alert(alert).version, "user:chen")
    assert (8, WANG, "alert.reopened") in town.take_notices()
    assert deadline(town, alert).due_at >= (visit.due_at or 0), "whoever sent her is not asked before she can be there"
    town.minute(36)
    assert [one.state for one in visits(town, alert)] == [VisitState.EN_ROUTE]
    town.minute(37.5)
    assert [one.state for one in visits(town, alert)] == [VisitState.MISSED], "and not a minute more"
    assert town.alert(alert).answer is Answer.UNACKNOWLEDGED


def test_the_message_leads_to_the_page_of_the_visit_and_the_page_says_so(town: Town) -> None:
    alert = town.happens(quiet())
    town.act(CHEN, actions.AssignVisit(alert, ResponderId("wang")))
    town.take_notices()
    town.act(CHEN, actions.Resolve(alert, Outcome.FINE))
    token = add_family_link(town.store, alert, WANG, town.now)
    town.take_notices()

    def look() -> Any:
        caller = identify_visitor(town.store, token, town.now)
        assert caller is not None
        return read_visit_sight(town.store, caller, lambda: town.now)

    assert (look().address, look().closed_at) == ("", town.now)
    town.now += MINUTE
    town.act(CHEN, actions.Reopen(alert))
    with town.store.begin() as tx:
        claimed = tx.outbox.claim(town.now, "test", 100, 60_000)
    assert {one.payload["link"] for one in claimed if one.contact == WANG} == {"https://desk.example/v/"}
    assert look().address != "", "where to go is shown again"
    assert look().visit.is_resumed
    town.minute(2)
    town.visitor(WANG, alert, VisitReport.GO)
    assert not look().visit.is_resumed, "she has said something since"


def test_nobody_who_was_on_the_way_is_late_at_once(town: Town) -> None:
    alert = town.happens(quiet("fall", priority=Priority.CRITICAL))
    town.act(CHEN, actions.AssignVisit(alert, ResponderId("wang")))
    town.minute(2.5)
    town.act(CHEN, actions.Resolve(alert, Outcome.HELPED, note="helped up"))
    town.minute(7)
    town.act(CHEN, actions.Reopen(alert))
    town.minute(11.5)
    assert [one.state for one in visits(town, alert)] == [VisitState.ASSIGNED], "her three minutes were over at minute three"
    town.minute(12.5)
    assert [one.state for one in visits(town, alert)] == [VisitState.MISSED]


def test_the_plan_goes_on_where_it_stood(town: Town) -> None:
    """Nobody had taken it; the son had been notified, his sister is next. The desk closes it by mistake."""
    alert = town.happens(quiet())
    town.minute(1)
    before = deadline(town, alert)
    town.act(CHEN, actions.Resolve(alert, Outcome.FINE))
    assert read(town, lambda reader: reader.deadlines.find([alert])) == {}
    town.minute(4)
    town.take_notices()
    town.act(CHEN, actions.Reopen(alert))
    after = deadline(town, alert)
    assert (after.kind, after.plan, after.position) == (DeadlineKind.STEP, before.plan, before.position)
    assert after.due_at == town.now + 5 * MINUTE, "whoever undid it has five minutes"
    town.take_notices()
    assert [(who, what) for _, who, what in town.minute(9.5)] == [("h1/daughter", "alert.opened")]


def test_a_plan_that_waits_longer_than_five_minutes_is_not_hurried(town: Town) -> None:
    alert = town.happens(quiet())
    town.family("h1/son", alert, FamilyReply.FINE)
    before = deadline(town, alert)
    town.act(CHEN, actions.Resolve(alert, Outcome.FINE))
    town.act(CHEN, actions.Reopen(alert))
    assert deadline(town, alert) == before


def test_an_owner_whose_alert_somebody_else_closed_has_the_whole_time_again(town: Town) -> None:
    alert = town.happens(quiet("fall", priority=Priority.CRITICAL))
    town.act(CHEN, actions.Acknowledge(alert))
    town.minute(19)
    town.act(LI, actions.Resolve(alert, Outcome.FALSE, note="pressed by mistake"))
    town.minute(23)
    with pytest.raises(NotAllowed, match="only who closed"):
        town.act(CHEN, actions.Reopen(alert))
    town.act(LI, actions.Reopen(alert))
    assert (town.alert(alert).owner, deadline(town, alert).kind) == ("user:chen", DeadlineKind.OWNER)
    town.minute(42)
    assert town.alert(alert).owner == "user:chen"


def test_what_the_family_said_of_an_absence_holds_again(town: Town) -> None:
    alert = town.happens(quiet())
    evening = town.now + 2 * DAY_MS
    town.family("h1/daughter", alert, FamilyReply.WITH_ME, evening)
    before = absences(town)
    assert before == [(town.now, evening, "with_family")]
    town.minute(1)
    town.act(CHEN, actions.Resolve(alert, Outcome.FINE))
    assert absences(town) == []
    town.minute(2)
    town.act(CHEN, actions.Reopen(alert))
    assert absences(town) == before
    town.act(CHEN, actions.Resolve(alert, Outcome.FINE))
    assert absences(town) == [], "closing it again ends that again"


@pytest.mark.parametrize("outcome", [Outcome.AWAY, Outcome.HOSPITAL])
def test_an_absence_that_the_outcome_entered_is_gone_and_what_was_learned_too(outcome: Outcome, town: Town) -> None:
    alert = town.happens(quiet())
    evening = town.now + 2 * DAY_MS
    town.family("h1/daughter", alert, FamilyReply.WITH_ME, evening)
    before = absences(town)
    town.minute(1)
    town.act(CHEN, actions.Resolve(alert, outcome, note="the daughter says so", until=town.now + DAY_MS))
    assert len(absences(town)) > len(before)

    def left_out() -> list[Any]:
        return list(read(town, lambda reader: reader.learned.list_disregarded(ResidentId("h1-r"))))

    town.act(CHEN, actions.Reopen(alert))
    assert (absences(town), left_out()) == (before, [])


def test_who_closed_it_from_the_door_takes_that_back_and_is_at_the_door_again(town: Town) -> None:
    """She pressed "is well" at the wrong door of two that she was sent to."""
    alert = town.happens(quiet())
    town.visitor(WANG, alert, VisitReport.GO)
    town.minute(20)
    token = add_family_link(town.store, alert, WANG, town.now)

    def look() -> tuple[bool, bool, bool]:
        caller = identify_visitor(town.store, token, town.now)
        assert caller is not None
        sight = read_visit_sight(town.store, caller, lambda: town.now)
        return sight.closed_at is None, sight.is_own_closing, sight.can_undo

    assert look() == (True, False, False)
    town.visitor(WANG, alert, VisitReport.SEEN, outcome=Outcome.FINE)
    town.minute(24)
    assert look() == (False, True, True)
    with pytest.raises(NotAllowed, match="only who closed"):
        town.visitor("/grid", alert, VisitReport.UNDO)
    with pytest.raises(NotAllowed, match="only who closed"):
        town.act(CHEN, actions.Reopen(alert))
    town.visitor(WANG, alert, VisitReport.UNDO)
    after, (visit,) = town.alert(alert), visits(town, alert)
    assert (after.answer, after.owner, after.outcome) == (Answer.ACKNOWLEDGED, "contact:/wang", None)
    assert (visit.state, visit.due_at, visit.ended_at) == (VisitState.AT_DOOR, T0 + 35 * MINUTE, None)
    assert [what for _, what, _ in town.history(alert)][-2:] == ["returned", "visited"]
    assert deadline(town, alert).kind is DeadlineKind.OWNER
    with pytest.raises(NotAllowed, match="not closed"):
        town.visitor(WANG, alert, VisitReport.UNDO)
    town.visitor(WANG, alert, VisitReport.SEEN, outcome=Outcome.HELPED)
    assert town.alert(alert).outcome is Outcome.HELPED
    assert len(visits(town, alert)) == 1
    town.minute(30)
    assert look() == (False, True, False)
    with pytest.raises(NotAllowed, match="within five minutes"):
        town.visitor(WANG, alert, VisitReport.UNDO)


def test_who_takes_it_back_and_says_nothing_more_is_not_waited_for(town: Town) -> None:
    alert = town.happens(quiet())
    town.visitor(WANG, alert, VisitReport.SEEN, outcome=Outcome.FINE)
    town.visitor(WANG, alert, VisitReport.UNDO)
    town.take_notices()
    town.minute(16)
    assert [one.state for one in visits(town, alert)] == [VisitState.MISSED]
    assert town.alert(alert).answer is Answer.UNACKNOWLEDGED


def test_undo_is_refused_on_a_version_that_has_moved_on_and_is_done_once(town: Town) -> None:
    alert = town.happens(quiet())
    town.act(CHEN, actions.AssignVisit(alert, ResponderId("wang")))
    closed = town.act(CHEN, actions.Resolve(alert, Outcome.FINE))
    town.act(LI, actions.AddNote(alert, "he called"))
    with pytest.raises(StaleVersion):
        town.act(CHEN, actions.Reopen(alert, closed.version))
    assert [one.state for one in visits(town, alert)] == [VisitState.CANCELLED]
    town.act(CHEN, actions.Reopen(alert, town.alert(alert).version))
    with pytest.raises(NotAllowed, match="not closed"):
        town.act(CHEN, actions.Reopen(alert))
    assert [one.state for one in visits(town, alert)] == [VisitState.ASSIGNED]


def test_a_visit_that_was_called_off_before_stays_so(town: Town) -> None:
    alert = town.happens(quiet())
    town.act(CHEN, actions.AssignVisit(alert, ResponderId("wang")))
    town.visitor("/grid", alert, VisitReport.GO)
    hers = next(one for one in visits(town, alert) if one.visitor == "contact:/wang")
    town.act(CHEN, actions.CancelVisit(alert, hers.id))
    town.act(CHEN, actions.Resolve(alert, Outcome.FINE))
    town.act(CHEN, actions.Reopen(alert))
    states = {one.visitor: one.state for one in visits(town, alert)}
    assert states == {"contact:/wang": VisitState.CANCELLED, "contact:/grid": VisitState.EN_ROUTE}


def test_two_on_the_way_are_both_expected_again(town: Town) -> None:
    alert = town.happens(quiet())
    for who in ("wang", "grid"):
        town.act(CHEN, actions.AssignVisit(alert, ResponderId(who)))
    town.minute(8)
    town.act(CHEN, actions.Resolve(alert, Outcome.FINE))
    town.act(CHEN, actions.Reopen(alert))
    assert [(one.state, one.due_at) for one in visits(town, alert)] == [(VisitState.ASSIGNED, town.now + 5 * MINUTE)] * 2


def test_a_silence_and_the_familys_link_are_no_matter_of_closing(town: Town) -> None:
    alert = town.happens(quiet("water_running", priority=Priority.MEDIUM))
    silence = town.act(BOSS, actions.Shelve(alert, "the plumber is there", 60 * MINUTE))
    token = add_family_link(town.store, alert, WANG, town.now)
    for act in (actions.Resolve(alert, Outcome.DEVICE), actions.Reopen(alert)):
        town.act(CHEN, act)
        assert identify_visitor(town.store, token, town.now) is not None
        found = read(town, lambda reader: reader.silences.read_page(town.now, 10, None))
        assert [one.lifted_at for one in found.items] == [None], silence


def test_what_nobody_can_undo_any_more_is_deleted(town: Town) -> None:
    alert = town.happens(quiet())
    town.act(CHEN, actions.Resolve(alert, Outcome.FINE))
    with town.store.begin() as tx:
        assert tx.retention.prune(Keep(), town.now + 9 * MINUTE) == 0
        gone = tx.retention.prune(Keep(), town.now + 11 * MINUTE)
        assert (gone, tx.closings.take(alert)) == (1, None)


def test_it_is_open_again_where_the_home_is_by_then(town: Town) -> None:
    """The home has moved to another area since it was closed: that desk has it, and the one of before has not."""
    alert = town.happens(quiet())
    lane, hill = person("la", Role.DESK, "lane"), person("hi", Role.DESK, "hill")
    town.act(CHEN, actions.Resolve(alert, Outcome.FINE))
    fleet = make_fleet()
    moved = replace(fleet.households[0], area=AreaId("hill"))
    with town.store.begin() as tx:
        tx.fleet.apply(replace(fleet, households=(moved, *fleet.households[1:])), town.now)
    town.act(CHEN, actions.Reopen(alert))
    with pytest.raises(NotFound):
        town.act(lane, actions.Acknowledge(alert))
    assert town.act(hill, actions.Acknowledge(alert)).owner == "user:hi"
