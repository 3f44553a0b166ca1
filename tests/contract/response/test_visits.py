"""Golden scenarios of visits: who goes, who does not come, what is proven, and what is found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from homebeat import actions
from homebeat.actions.report_visit import VisitReport
from homebeat.domain.alert import Answer, Outcome, Priority, TransitionKind
from homebeat.domain.arrival import GeoPoint, Nearness, SaidPosition
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound, NotPermitted
from homebeat.domain.fleet import Resident
from homebeat.domain.ids import AreaId, HouseholdId, ResidentId, ResponderId
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.visit import DoorProof, Visit, VisitState
from homebeat.store import Store
from tests.contract.response.street import MINUTE, STAFF, Town, make_fleet, quiet
from tests.contract.store.conftest import T0
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
        code = tx.door_codes.find(HouseholdId("h1"))
        assert code != tx.door_codes.find(HouseholdId("h2"))
    town.visitor(WANG, alert, VisitReport.AT_DOOR, code="AAAA-AAAA")
    assert (visits(town, alert)[0].state, visits(town, alert)[0].proof) == (VisitState.AT_DOOR, DoorProof.NONE)
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
    assert town.alert(alert).answer is Answer.UNACKNOWLEDGED, "back at the desk at once, and not after her time"
    found = [(step.kind.value, step.reason.params.get("outcome"), step.note) for step in town.detail(alert).history[-3:]]
    assert found == [("visited", "helped", ""), ("noted", None, "sat on the floor, ambulance called"), ("released", None, "")]
    assert town.minute(4) == [], "somebody was seen: nobody else is called out of bed"
    with pytest.raises(NotPermitted, match="closed by somebody at the desk"):
        town.act(person("platform", Role.INTEGRATOR), actions.Resolve(alert, Outcome.HELPED))
    town.act(CHEN, actions.Acknowledge(alert))
    town.act(CHEN, actions.Resolve(alert, Outcome.HELPED, note="the ambulance took her"))
    assert town.alert(alert).resolved_by == "user:chen"


def test_who_says_twice_what_was_found_has_been_there_once(town: Town) -> None:
    """The answer to the first was lost: no second visit, and the alert that went back to the desk is not taken once more."""
    call = quiet("fall", priority=Priority.CRITICAL)
    alert = town.happens(call)
    town.visitor(WANG, alert, VisitReport.GO)
    for minute in (1, 2):
        town.now = T0 + minute * MINUTE
        town.visitor(WANG, alert, VisitReport.SEEN, outcome=Outcome.FINE)
    assert [step.kind.value for step in town.detail(alert).history] == [
        "opened",
        "acknowledged",
        "visited",
        "visited",
        "released",
    ]
    town.now += MINUTE
    town.visitor(WANG, alert, VisitReport.SEEN, outcome=Outcome.HELPED)
    assert len(visits(town, alert)) == 2, "something else was found"
    town.now += MINUTE
    town.happens(replace(call, kind=TransitionKind.REOPENED, at=town.now, since=town.now))
    town.visitor(WANG, alert, VisitReport.SEEN, outcome=Outcome.HELPED)
    assert len(visits(town, alert)) == 3, "she has fallen again since"


def test_who_cannot_go_says_so_and_the_next_is_called_at_once(town: Town) -> None:
    alert = town.happens(quiet())
    town.minute(11)
    town.visitor(WANG, alert, VisitReport.CANNOT)
    assert town.minute(11.5)[0][1:] == (CARE, "alert.opened")
    assert [visit.state for visit in visits(town, alert)] == [VisitState.DECLINED]


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


def test_the_desk_relieves_whoever_is_on_the_way(town: Town) -> None:
    alert = town.happens(quiet("fall", priority=Priority.CRITICAL))
    town.visitor(WANG, alert, VisitReport.GO)
    with pytest.raises(NotAllowed, match="somebody else"):
        town.act(person("li", Role.DESK), actions.Release(alert))
    town.act(CHEN, actions.Acknowledge(alert))
    assert town.alert(alert).owner == "user:chen"


def test_calling_off_whoever_had_the_alert_gives_it_back(town: Town) -> None:
    alert = town.happens(quiet())
    town.minute(11)
    town.visitor(WANG, alert, VisitReport.GO)
    (visit,) = visits(town, alert)
    town.act(CHEN, actions.CancelVisit(alert, visit.id))
    assert town.alert(alert).answer is Answer.UNACKNOWLEDGED
    assert town.minute(11.5)[0][1:] == (CARE, "alert.opened")


def test_who_cannot_gives_nobody_time_and_says_it_once(town: Town) -> None:
    """The desk has sent her, and counts on her: she cannot, and the alert is back at once. A bystander changes nothing."""
    alert = town.happens(quiet())
    town.act(CHEN, actions.AssignVisit(alert, ResponderId("wang")))
    town.take_notices()
    town.minute(1)
    version = town.alert(alert).version
    for _ in range(5):
        town.visitor("/grid", alert, VisitReport.CANNOT)
    assert town.alert(alert).version == version + 1, "pressed again, said once"
    assert town.alert(alert).owner == "user:chen"
    town.visitor(WANG, alert, VisitReport.CANNOT)
    assert town.alert(alert).answer is Answer.UNACKNOWLEDGED
    # it happens again, and who cannot go this time either says so once more
    town.over(quiet())
    town.minute(2)
    town.happens(replace(quiet(), kind=TransitionKind.REOPENED, at=town.now, since=town.now))
    version = town.alert(alert).version
    for _ in range(2):
        town.visitor("/grid", alert, VisitReport.CANNOT)
    assert town.alert(alert).version == version + 1


def test_a_second_visitor_who_does_not_come_leaves_the_first_at_the_door(town: Town) -> None:
    alert = town.happens(quiet())
    town.minute(1)
    town.visitor(WANG, alert, VisitReport.GO)
    town.visitor("/grid", alert, VisitReport.GO)
    town.minute(30)
    town.visitor(WANG, alert, VisitReport.AT_DOOR)
    town.minute(40)
    states = {visit.visitor: visit.state for visit in visits(town, alert)}
    assert states == {"contact:/wang": VisitState.AT_DOOR, "contact:/grid": VisitState.MISSED}
    assert town.alert(alert).owner == "contact:/wang"


def test_a_renewed_code_holds_at_once_and_the_lost_one_proves_nothing(town: Town) -> None:
    boss = person("boss", Role.SUPERVISOR)
    before = town.act(boss, actions.PrintDoorLabels(AreaId("town")))
    lost = before[HouseholdId("h1")]
    new = town.act(boss, actions.RenewDoorCode(HouseholdId("h1")))
    after = town.act(boss, actions.PrintDoorLabels(household=HouseholdId("h1")))
    assert (after, new != lost) == ({"h1": new}, True)
    assert town.act(boss, actions.RenewDoorCode(HouseholdId("h1"))) not in {new, lost}
    again = town.act(boss, actions.PrintDoorLabels(AreaId("town")))
    assert {home: code for home, code in again.items() if home != "h1"} == {h: c for h, c in before.items() if h != "h1"}
    alert = town.happens(quiet())
    for code in (lost, new):
        town.visitor(WANG, alert, VisitReport.AT_DOOR, code=code)
        assert visits(town, alert)[0].proof is DoorProof.NONE
    town.visitor(WANG, alert, VisitReport.AT_DOOR, code=again[HouseholdId("h1")])
    assert visits(town, alert)[0].proof is DoorProof.CODE
    with town.store.read(EVERYTHING) as reader:
        rows = [row for row in reader.audit.read_page(50).items if row.action in {"print_door_labels", "renew_door_code"}]
    assert {row.about for row in rows} == {"area:town", "household:h1"}
    assert not any(code in repr(row) for row in rows for code in (lost, new)), "the audit has no codes"


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        (actions.PrintDoorLabels(), Incomplete),
        (actions.PrintDoorLabels(AreaId("town"), HouseholdId("h1")), Incomplete),
        (actions.PrintDoorLabels(AreaId("nowhere")), NotFound),
        (actions.PrintDoorLabels(household=HouseholdId("h99")), NotFound),
        (actions.RenewDoorCode(HouseholdId("h99")), NotFound),
    ],
)
def test_labels_of_nothing_are_not_printed(wanted: Any, fault: type[Exception], town: Town) -> None:
    with pytest.raises(fault):
        town.act(person("boss", Role.SUPERVISOR), wanted)


def test_who_goes_to_doors_prints_no_codes(town: Town) -> None:
    for role in (Role.DESK, Role.RESPONDER, Role.INSTALLER, Role.NURSE):
        with pytest.raises(NotPermitted):
            town.act(person("li", role), actions.PrintDoorLabels(AreaId("town")))


def test_two_who_do_not_come_at_the_same_time_give_it_back_as_one_would(town: Town) -> None:
    alert = town.happens(quiet())
    other = town.happens(quiet("no_water", "h2"))
    town.act(CHEN, actions.Acknowledge(other))
    for who in ("wang", "grid"):
        town.act(CHEN, actions.AssignVisit(alert, ResponderId(who)))
    town.minute(11)
    assert [visit.state for visit in visits(town, alert)] == [VisitState.MISSED] * 2
    assert (town.alert(alert).owner, town.alert(other).owner) == ("", "user:chen")


def test_the_code_counts_also_after_the_door_and_with_what_was_found(town: Town) -> None:
    with town.store.begin() as tx:
        code = tx.door_codes.find(HouseholdId("h1"))
    first, second = town.happens(quiet()), town.happens(quiet("fall"))
    for given in ("", "AAAAAAAA", code):
        town.visitor(WANG, first, VisitReport.AT_DOOR, code=given)
    town.visitor(WANG, second, VisitReport.SEEN, code=code, outcome=Outcome.FINE)
    assert [visits(town, alert)[0].proof for alert in (first, second)] == [DoorProof.CODE] * 2


def test_whoever_holds_the_link_has_five_tries_until_the_desk_sends_them_again(town: Town) -> None:
    """However wrong the code, they are at the door by their word. Declining and going anew gives no more tries."""
    alert = town.happens(quiet())
    with town.store.begin() as tx:
        code = tx.door_codes.find(HouseholdId("h1"))
    for no in range(3):
        town.visitor(WANG, alert, VisitReport.AT_DOOR, code=f"AAAAAAA{no}")
    town.visitor(WANG, alert, VisitReport.CANNOT)
    for given in ("BBBBBBBB", "CCCCCCCC", "DDDDDDDD", code):
        town.now += 1
        town.visitor(WANG, alert, VisitReport.AT_DOOR, code=given)
    _, visit = visits(town, alert)
    assert (visit.state, visit.proof, visit.wrong_codes) == (VisitState.AT_DOOR, DoorProof.NONE, 5)
    said = [step.reason.params["tries"] for step in town.detail(alert).history if step.reason.code == "door_code_wrong"]
    assert said == [1, 2, 3, 4, 5], "the sixth is not looked at, and fills no history"
    town.act(CHEN, actions.CancelVisit(alert, visit.id))
    town.now += 1
    town.act(CHEN, actions.AssignVisit(alert, ResponderId("wang")))
    town.visitor(WANG, alert, VisitReport.AT_DOOR, code=code)
    assert visits(town, alert)[-1].proof is DoorProof.CODE


def test_the_telephone_says_that_she_is_at_the_door(town: Town) -> None:
    """The distance is kept, and stands in the history; the position stands nowhere. A bad one refuses nobody."""
    home = replace(make_fleet().households[0], position=GeoPoint(31.2304, 121.4737))
    with town.store.begin() as tx:
        tx.fleet.apply(replace(make_fleet(), households=(home, *make_fleet().households[1:])), town.now)
        assert tx.fleet.load().households[0].position == home.position
        assert tx.fleet.load(with_people=False).households[0].position is None
        assert tx.fleet.find_position(HouseholdId("h2")) is None
    alert = town.happens(quiet())
    town.visitor(WANG, alert, VisitReport.GO, said=SaidPosition("31.2304", "121.4737", "9"))
    assert visits(town, alert)[0].nearness is Nearness.UNSAID, "where somebody sets off is nobody's business"
    town.visitor(WANG, alert, VisitReport.AT_DOOR, said=SaidPosition("nan", "", "text"))
    assert (visits(town, alert)[0].state, visits(town, alert)[0].nearness) == (VisitState.AT_DOOR, Nearness.UNUSABLE)
    town.minute(1)
    for _ in range(2):
        town.visitor(WANG, alert, VisitReport.AT_DOOR, said=SaidPosition("31.2306", "121.4737", "9"))
    (visit,) = visits(town, alert)
    assert (visit.nearness, visit.distance_m, visit.accuracy_m) == (Nearness.NEAR, 30, 10)
    said = [step.reason for step in town.detail(alert).history if step.reason.code == "visit_at_door"]
    assert [reason.params.get("distance_m") for reason in said] == [None, 30], "pressed again, said once"
    assert not any("31.23" in str(step.reason.params) for step in town.detail(alert).history)


def test_where_a_home_is_not_known_a_position_is_not_kept(town: Town) -> None:
    alert = town.happens(quiet())
    town.visitor(WANG, alert, VisitReport.AT_DOOR, said=SaidPosition("31.2304", "121.4737", "9"))
    (visit,) = visits(town, alert)
    assert (visit.state, visit.nearness, visit.distance_m) == (VisitState.AT_DOOR, Nearness.UNSAID, None)


def test_a_clock_that_goes_back_ends_no_visit_and_takes_no_alert_away(town: Town) -> None:
    alert = town.happens(quiet())
    town.minute(20)
    town.act(CHEN, actions.AssignVisit(alert, ResponderId("wang")))
    town.visitor(WANG, alert, VisitReport.GO)
    town.now -= 10 * MINUTE
    town.keeper.step(town.now)
    assert [visit.state for visit in visits(town, alert)] == [VisitState.EN_ROUTE]
    assert town.alert(alert).owner == "user:chen"
    town.minute(10 + 34)
    assert town.alert(alert).owner == "user:chen"
    town.minute(10 + 36)
    assert town.alert(alert).owner == "", "and the time that she had runs on"


def test_who_answers_there_no_more_sees_and_says_nothing(town: Town) -> None:
    alert = town.happens(quiet())
    with town.store.begin() as tx:
        moved = tuple(replace(one, areas=(AreaId("hill"),)) if one.id == "wang" else one for one in STAFF)
        tx.fleet.apply(replace(make_fleet(paired=()), responders=moved), town.now)
    with pytest.raises(AssertionError):
        town.visitor(WANG, alert, VisitReport.GO)
    town.visitor("/grid", alert, VisitReport.GO)


def test_one_of_two_in_hospital_leaves_the_other_watched(town: Town) -> None:
    two = town.happens(quiet())
    with town.store.begin() as tx:
        before = make_fleet()
        her = Resident(ResidentId("h1-2"), "Her husband", 1938)
        home = replace(before.households[0], residents=(*before.households[0].residents, her))
        tx.fleet.apply(replace(before, households=(home, *before.households[1:])), town.now)
    town.act(CHEN, actions.Resolve(two, Outcome.HOSPITAL, until=town.now + 4 * 24 * 60 * MINUTE))
    with town.store.read(EVERYTHING) as reader:
        found = reader.homes.find_household(HouseholdId("h1"))
    assert found is not None
    assert found.away == ()
