"""Golden scenarios of silences: through actions, deadlines, store, outbox and API, on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from homebeat.actions import Acknowledge, LiftSilence, Resolve, Shelve, SilenceArea
from homebeat.api import create_app
from homebeat.deadlines.keeper import DeadlineKeeper, KeeperLimits
from homebeat.domain.alert import Answer, Edge, Outcome, Priority, Reason, TransitionKind
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound, NotPermitted
from homebeat.domain.ids import AlertId, AreaId
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.silence import Silence
from homebeat.store import AlertFilter, AuditFilter, Store
from tests.contract.response.street import MINUTE, Town, quiet
from tests.contract.store.conftest import T0
from tests.people import add_key, person
from tests.unit.api.fixtures import TestClient, api_context, web

RESPONDER, OTHER = person("wang", Role.RESPONDER, "lane"), person("li", Role.RESPONDER, "lane")
BOSS = person("zhou", Role.SUPERVISOR, "town")
ELSEWHERE = person("mo", Role.SUPERVISOR, "other")
HOUR: Final = 60 * MINUTE
WHY: Final = "the plumber is in the house until noon"
DRIP: Final = quiet("water_dripping", priority=Priority.MEDIUM)


def again(minute: int, of: Edge = DRIP) -> Edge:
    at = T0 + minute * MINUTE
    return replace(of, at=at, since=at, onset=at)


class Quiet(Town):
    """The town, with what is held back looked at once a minute, as the thread of deadlines does it."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, PlanBook())

    def wait(self, minutes: float) -> list[tuple[float, str, str]]:
        said = []
        for minute in range(int(minutes)):
            said += self.minute((self.now - T0) / MINUTE + 1, 60)
            self.keeper.open_held(self.now)
            said += self.take_notices()
            del minute
        return said

    def list_open(self) -> list[AlertId]:
        with self.store.read(EVERYTHING) as reader:
            return [entry.alert.id for entry in reader.alerts.read_page(AlertFilter(is_open=True)).items]

    def shelve(self, minutes: int = 60, edge: Edge = DRIP) -> Silence:
        """Somebody found the cause, shelves what follows of it and closes the alert."""
        alert = self.happens(edge)
        made: Silence = self.act(RESPONDER, Shelve(alert, WHY, minutes * MINUTE))
        self.act(RESPONDER, Acknowledge(alert))
        self.act(RESPONDER, Resolve(alert, Outcome.FINE))
        self.over(edge)
        self.take_notices()
        return made

    def silence(self, number: int) -> Silence:
        with self.store.read(EVERYTHING) as reader:
            found = reader.silences.find(number)
        assert found is not None
        return found


def test_a_leak_is_shelved_while_the_plumber_works_and_told_when_that_is_over(store: Store) -> None:
    town = Quiet(store)
    made = town.shelve()
    assert (made.rule, made.household, made.area, made.reason) == ("water_dripping", "h1", "lane", WHY)
    assert (made.actor, made.ends_at - made.at) == ("user:wang", HOUR)
    town.wait(10)
    alert = town.happens(again(10))
    assert town.wait(49) == []
    assert town.list_open() == []
    assert town.wait(1) == []  # the supervisor hears of what is medium after 12 hours
    assert town.list_open() == [alert]
    detail = town.detail(alert)
    assert (detail.entry.alert.opened_at, detail.entry.alert.since) == (T0 + 60 * MINUTE, T0 + 10 * MINUTE)
    assert [(s.stage, s.kind, s.at, s.since, s.reason) for s in detail.suppressed] == [
        ("silenced", TransitionKind.OPENED, T0 + 10 * MINUTE, T0 + 10 * MINUTE, "silenced")
    ]
    with store.read(EVERYTHING) as reader:
        assert reader.deadlines.find_unkept(10) == []
        assert reader.deadlines.find([alert])[alert].due_at > town.now
    town.wait(3)
    assert len(town.history(alert)) == 1, "it opens once"
    town.over(again(10))
    assert [what for _, what, _ in town.history(alert)] == ["opened", "cleared"]


def test_no_deadline_waits_until_all_that_was_held_back_is_decided_on(store: Store) -> None:
    """The plumber's hour is over for three leaks when somebody falls and nobody answers."""
    town = Quiet(store)
    rules = ("water_dripping", "water_running", "no_water")
    leaks = [quiet(rule, home="h2", priority=Priority.MEDIUM) for rule in rules]
    for leak in leaks:
        town.shelve(60, leak)
    held = [town.happens(again(5, leak)) for leak in leaks]
    town.now = T0 + 60 * MINUTE
    town.happens(again(60, quiet("fall", priority=Priority.CRITICAL)))
    town.now += 4 * MINUTE
    done: list[tuple[int, int]] = []

    def note() -> None:
        done.append((len(set(held) & set(town.list_open())), keeper._followed))

    keeper = DeadlineKeeper(store, town.setup, lambda: town.now, note, KeeperLimits(batch=1))
    assert keeper.open_held(town.now) == 3
    assert done[:2] == [(1, 0), (1, 1)], "after the first of them the plan goes on"


def test_who_is_quiet_is_told_to_the_family_when_the_silence_ends(store: Store) -> None:
    town = Quiet(store)
    town.shelve(30, quiet())
    town.wait(5)
    alert = town.happens(again(5, quiet()))
    assert town.wait(24) == []
    told = town.wait(1)
    assert [(minute, event) for minute, _, event in told] == [(30.0, "alert.opened")] * len(told)
    assert told
    assert town.alert(alert).answer is Answer.UNACKNOWLEDGED


def test_what_is_over_before_the_silence_is_told_to_nobody_and_counted(store: Store) -> None:
    town = Quiet(store)
    made = town.shelve()
    for minute in (5, 15):
        town.wait(5)
        town.happens(again(minute))
        town.wait(5)
        town.over(again(minute))
    assert town.wait(60) == []
    assert town.list_open() == []
    assert town.silence(made.id).held == 2


def test_a_silence_is_lifted_and_what_still_is_so_opens_within_a_minute(store: Store) -> None:
    town = Quiet(store)
    made = town.shelve()
    town.wait(5)
    alert = town.happens(again(5))
    town.wait(5)
    with pytest.raises(NotPermitted):
        town.act(OTHER, LiftSilence(made.id))
    with pytest.raises(NotFound):
        town.act(ELSEWHERE, LiftSilence(made.id))
    lifted = town.act(BOSS, LiftSilence(made.id))
    assert (lifted.lifted_by, lifted.lifted_at) == ("user:zhou", town.now)
    with pytest.raises(NotAllowed):
        town.act(BOSS, LiftSilence(made.id))
    town.wait(1)
    assert town.list_open() == [alert]


def test_what_becomes_critical_meanwhile_is_told_at_once(store: Store) -> None:
    town = Quiet(store)
    town.shelve(60, quiet())
    town.wait(5)
    held = again(5, quiet())
    town.happens(held)
    assert town.take_notices() == []
    worse = replace(held, kind=TransitionKind.REOPENED, priority=Priority.CRITICAL, at=town.now, since=town.now)
    town.happens(worse)
    assert town.take_notices()
    (alert,) = town.list_open()
    assert [s.reason for s in town.detail(alert).suppressed] == ["silenced"]
    town.wait(61)
    assert town.list_open() == [alert]


def test_an_alert_that_stands_goes_on_and_is_reopened_in_spite_of_a_silence(store: Store) -> None:
    town = Quiet(store)
    alert = town.happens(quiet())
    town.act(RESPONDER, Shelve(alert, WHY, HOUR))
    town.take_notices()
    assert town.wait(6), "its plan goes on"
    town.act(RESPONDER, Acknowledge(alert))
    town.over(quiet())
    town.wait(4)
    town.happens(replace(quiet(), kind=TransitionKind.REOPENED, at=town.now, since=town.now))
    assert town.alert(alert).answer is Answer.UNACKNOWLEDGED


def test_an_area_is_silenced_with_all_below_it_and_calls_for_help_are_told(store: Store) -> None:
    town = Quiet(store)
    made = town.act(BOSS, SilenceArea("water_dripping", AreaId("town"), WHY, 2 * HOUR))
    assert town.act(BOSS, SilenceArea("water_dripping", AreaId("town"), WHY, 2 * HOUR)) == made, "a form that was sent twice"
    held = town.happens(DRIP)
    town.happens(quiet("sos", priority=Priority.CRITICAL))
    town.happens(quiet("water_running", priority=Priority.MEDIUM))
    assert town.take_notices()
    assert len(town.list_open()) == 2
    assert held not in town.list_open()
    town.wait(120)
    assert held in town.list_open()


def test_where_another_silence_holds_it_goes_on_being_held(store: Store) -> None:
    town = Quiet(store)
    town.act(BOSS, SilenceArea("water_dripping", AreaId("lane"), WHY, HOUR))
    alert = town.happens(DRIP)
    town.wait(30)
    town.act(BOSS, SilenceArea("water_dripping", AreaId("town"), WHY, HOUR))
    town.wait(59)
    assert town.list_open() == []
    town.wait(1)
    assert town.list_open() == [alert]


def test_the_same_edges_once_more_after_a_crash_change_nothing(store: Store) -> None:
    town = Quiet(store)
    made = town.shelve()
    town.wait(5)
    for _ in range(2):
        town.happens(again(5))
    assert town.silence(made.id).held == 1
    town.wait(56)
    (alert,) = town.list_open()
    town.happens(again(5))
    assert len(town.history(alert)) == 1


@pytest.mark.parametrize(
    "rule", ["sos", "fall", "smoke", "gas", "unreadable_alarm", "unregistered_alarm", "gateway_down", "nothing"]
)
def test_what_calls_for_help_and_what_is_no_rule_cannot_be_silenced(store: Store, rule: str) -> None:
    town = Quiet(store)
    with pytest.raises(NotAllowed):
        town.act(BOSS, SilenceArea(rule, AreaId("town"), WHY, HOUR))
    alert = town.happens(quiet(rule))
    with pytest.raises(NotAllowed):
        town.act(BOSS, Shelve(alert, WHY, HOUR))


def test_a_critical_alert_cannot_be_shelved(store: Store) -> None:
    town = Quiet(store)
    alert = town.happens(quiet(priority=Priority.CRITICAL))
    with pytest.raises(NotAllowed):
        town.act(BOSS, Shelve(alert, WHY, HOUR))


def test_how_long_and_by_whom(store: Store) -> None:
    town = Quiet(store)
    alert = town.happens(DRIP)
    for reason, lasts in (("no", HOUR), ("x" * 501, HOUR), (WHY, 0), (WHY, 7 * 24 * HOUR + 1)):
        with pytest.raises(Incomplete):
            town.act(BOSS, Shelve(alert, reason, lasts))
        with pytest.raises(Incomplete):
            town.act(BOSS, SilenceArea("water_dripping", AreaId("lane"), reason, lasts))
    town.act(RESPONDER, Shelve(alert, WHY, 8 * HOUR))
    with pytest.raises(NotPermitted):
        town.act(RESPONDER, Shelve(alert, WHY, 8 * HOUR + 1))
    town.act(BOSS, Shelve(alert, WHY, 7 * 24 * HOUR))
    with pytest.raises(NotPermitted):
        town.act(RESPONDER, SilenceArea("water_dripping", AreaId("lane"), WHY, HOUR))
    with pytest.raises(NotFound):
        town.act(ELSEWHERE, SilenceArea("water_dripping", AreaId("lane"), WHY, HOUR))
    with pytest.raises(NotFound):
        town.act(ELSEWHERE, Shelve(alert, WHY, HOUR))
    with store.read(EVERYTHING) as reader:
        rows = [row for row in reader.audit.read_page(100, None, AuditFilter()).items if row.action == "shelve"]
    assert [(row.about, row.detail["rule"]) for row in rows] == [("household:h1", "water_dripping")] * 2
    assert WHY not in repr(rows), "a reason may name people: it stands sealed beside the silence"


def test_at_the_api(store: Store) -> None:
    town = Quiet(store)
    alert = town.happens(DRIP)
    for role in ("responder", "supervisor", "integrator"):
        add_key(store, f"the-secret-of-{role}", role, role, area="lane")

    def call(role: str, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer the-secret-of-{role}"}
        return client.request(method, f"/api/v1/{path}", headers=headers, **more)

    with web(create_app(api_context(store, lambda: town.now))) as client:
        assert isinstance(client, TestClient)
        made = call("responder", "POST", f"alerts/{alert}/shelve", json={"reason": WHY, "minutes": 30})
        assert made.status_code == 200, made.text
        item = made.json()
        assert (item["subject"], item["household"], item["held"]) == (DRIP.subject.key, "h1", 0)
        listed = call("supervisor", "GET", "silences").json()["items"]
        assert [(one["id"], one["reason"]) for one in listed] == [(item["id"], WHY)]
        assert call("integrator", "GET", "silences").json()["items"][0]["reason"] == "[hidden]"
        wanted = {"rule": "water_dripping", "area": "lane", "reason": WHY, "minutes": 10}
        assert call("responder", "POST", "silences", json=wanted).status_code == 403
        assert call("supervisor", "POST", "silences", json=wanted).status_code == 200
        assert call("supervisor", "POST", "silences", json=wanted | {"rule": "sos"}).status_code == 409
        assert call("integrator", "POST", f"silences/{item['id']}/lift").status_code == 403
        assert call("responder", "POST", f"silences/{item['id']}/lift").json()["lifted_by"] == "key:responder"
        assert call("responder", "POST", f"silences/{item['id']}/lift").status_code == 409
        assert [one["household"] for one in call("supervisor", "GET", "silences").json()["items"]] == [None]
        assert len(call("supervisor", "GET", "silences?past=true").json()["items"]) == 2


def test_reasons_stay_as_they_are(store: Store) -> None:
    """What the engine said is kept to the letter."""
    town = Quiet(store)
    town.shelve()
    town.wait(5)
    edge = replace(again(5), reason=Reason("water_dripping", {"litres": 1.5, "days": 2, "metric": "flow"}))
    with store.begin() as tx:
        assert tx.held.lock([("water_dripping", edge.subject.key)]) == {}
    town.happens(edge)
    with store.begin() as tx:
        (held,) = tx.held.lock([("water_dripping", edge.subject.key)]).values()
    assert (held.edge, held.held_at) == (edge, town.now)
