"""Golden scenarios of visits: who goes, who does not come, what is proven, and what is found."""

from __future__ import annotations

import pytest

from homebeat import actions
from homebeat.actions.report_visit import VisitReport
from homebeat.domain.alert import Answer, Outcome, Priority
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound, NotPermitted
from homebeat.domain.ids import HouseholdId, ResponderId
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.visit import DoorProof, Visit, VisitState
from homebeat.store import Store
from tests.contract.response.street import Town, quiet
from tests.people import person

CHEN = person("chen", Role.DESK)
WANG, CARE, ZHOU = "/wang", "/care-co", "/zhou"


@pytest.fixture
def town(store: Store) -> Town:
    return Town(store, PlanBook())


def visits(town: Town, alert: str) -> list[Visit]:
    with town.store.read(EVERYTHING) as reader:
        return reader.visits.list_of([alert])  # type: ignore[list-item]


def test_volunteer_never_arrives(town: Town) -> None:
    """She says that she goes, and does not come. Whoever sent her is told by the queue, and the next is sent at once."""
    alert = town.happens(quiet())
    town.minute(2)
    town.act(CHEN, actions.AssignVisit(alert, ResponderId("wang")))
    assert town.take_notices() == [(2, WANG, "visit.assigned")]
    town.minute(8)
    town.visitor(WANG, alert, VisitReport.GO)
    assert town.alert(alert).owner == "user:chen"
    assert town.minute(42.5) == [], "whoever sent somebody is not asked before they can be there"
    said = town.minute(44)
    assert (said[0][1], said[0][2]) == ("h1/daughter", "alert.opened"), "the plan goes on where it stood"
    assert (town.alert(alert).answer, town.alert(alert).owner) == (Answer.UNACKNOWLEDGED, "")
    assert [(what, who) for _, what, who in town.history(alert)] == [
        ("opened", "engine"),
        ("acknowledged", "user:chen"),
        ("visited", "user:chen"),
        ("visited", "contact:/wang"),
        ("visited", "clock"),
        ("released", "clock"),
        ("escalated", "clock"),
    ]
    assert [visit.state for visit in visits(town, alert)] == [VisitState.MISSED]


def test_she_goes_is_at_the_door_and_finds_her_well(town: Town) -> None:
    alert = town.happens(quiet())
    town.minute(11)
    town.visitor(WANG, alert, VisitReport.GO)
    assert town.alert(alert).owner == "contact:/wang", "nobody had it: who goes answers for her"
    town.minute(20)
    with town.store.begin() as tx:
        code = tx.visits.make_door_code(HouseholdId("h1"))
        assert code != tx.visits.make_door_code(HouseholdId("h2"))
    with pytest.raises(Incomplete, match="not the code of that door"):
        town.visitor(WANG, alert, VisitReport.AT_DOOR, code="AAAA-AAAA")
    town.visitor(WANG, alert, VisitReport.AT_DOOR, code=f"{code[:4].lower()}-{code[4:]}")
    town.visitor(WANG, alert, VisitReport.AT_DOOR)  # pressed twice
    town.minute(22)
    with pytest.raises(Incomplete, match="say what was found"):
        town.visitor(WANG, alert, VisitReport.SEEN)
    town.visitor(WANG, alert, VisitReport.SEEN, outcome=Outcome.FINE)
    (visit,) = visits(town, alert)
    assert (visit.state, visit.proof) == (VisitState.SEEN, DoorProof.CODE)
    assert (town.alert(alert).answer, town.alert(alert).outcome) == (Answer.RESOLVED, Outcome.FINE)
    assert {event for _, _, event in town.take_notices()} == {"alert.resolved"}


def test_a_critical_alert_is_closed_by_the_desk_alone(town: Town) -> None:
    alert = town.happens(quiet("fall", priority=Priority.CRITICAL))
    town.visitor(WANG, alert, VisitReport.GO)
    town.visitor(WANG, alert, VisitReport.SEEN, outcome=Outcome.HELPED, note="sat on the floor, ambulance called")
    assert town.alert(alert).answer is Answer.ACKNOWLEDGED
    assert town.detail(alert).history[-1].note == "sat on the floor, ambulance called"
    with pytest.raises(NotPermitted, match="closed by somebody at the desk"):
        town.act(person("platform", Role.INTEGRATOR), actions.Resolve(alert, Outcome.HELPED))
    town.act(CHEN, actions.Resolve(alert, Outcome.HELPED))
    assert town.alert(alert).resolved_by == "user:chen"


def test_who_cannot_go_says_so_and_the_next_is_called_at_once(town: Town) -> None:
    alert = town.happens(quiet())
    town.minute(11)
    town.visitor(WANG, alert, VisitReport.CANNOT)
    assert town.minute(11.5)[0][1:] == (CARE, "alert.opened")
    assert [visit.state for visit in visits(town, alert)] == [VisitState.CANCELLED]


def test_the_desk_calls_a_visit_off_and_nobody_is_late(town: Town) -> None:
    alert = town.happens(quiet())
    town.act(CHEN, actions.AssignVisit(alert, ResponderId("wang")))
    with pytest.raises(NotAllowed, match="on their way already"):
        town.act(CHEN, actions.AssignVisit(alert, ResponderId("wang")))
    (visit,) = visits(town, alert)
    town.act(CHEN, actions.CancelVisit(alert, visit.id))
    with pytest.raises(NotAllowed):
        town.act(CHEN, actions.CancelVisit(alert, visit.id))
    town.minute(40)
    assert town.alert(alert).owner == "user:chen"


def test_closing_ends_every_visit_and_a_late_report_changes_nothing(town: Town) -> None:
    alert = town.happens(quiet())
    town.act(CHEN, actions.AssignVisit(alert, ResponderId("wang")))
    town.act(CHEN, actions.Resolve(alert, Outcome.FINE))
    assert [visit.state for visit in visits(town, alert)] == [VisitState.CANCELLED]
    with pytest.raises(NotAllowed, match="already closed"):
        town.visitor(WANG, alert, VisitReport.GO)
    town.minute(60)
    assert town.alert(alert).answer is Answer.RESOLVED


@pytest.mark.parametrize("who", ["nobody", "zhou-of-another-town"])
def test_a_stranger_is_not_sent(who: str, town: Town) -> None:
    alert = town.happens(quiet())
    with pytest.raises(NotFound):
        town.act(CHEN, actions.AssignVisit(alert, ResponderId(who)))
    assert town.alert(alert).answer is Answer.UNACKNOWLEDGED, "nothing of it is written"


def test_discharge_from_hospital(town: Town) -> None:
    """In hospital until Friday: the home is away until then, and being home before ends that."""
    alert = town.happens(quiet())
    friday = town.now + 4 * 24 * 3_600_000
    with pytest.raises(Incomplete, match="away or in hospital"):
        town.act(CHEN, actions.Resolve(alert, Outcome.FINE, until=friday))
    with pytest.raises(Incomplete, match="must lie ahead"):
        town.act(CHEN, actions.Resolve(alert, Outcome.HOSPITAL, until=town.now - 1))
    town.act(CHEN, actions.Resolve(alert, Outcome.HOSPITAL, until=friday))
    with town.store.read(EVERYTHING) as reader:
        home = reader.homes.find_household(HouseholdId("h1"))
    assert home is not None
    assert [round(away.ends_at.timestamp() * 1000) for away in home.away if away.ends_at] == [friday]
    town.act(CHEN, actions.Reopen(alert))
    with town.store.read(EVERYTHING) as reader:
        home = reader.homes.find_household(HouseholdId("h1"))
    assert home is not None
    assert home.away == (), "undone with the closing"
