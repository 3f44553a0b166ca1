"""Golden scenario `provider_circuit_opens`: through actions, deadlines, store, outbox and API, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import select

from homebeat import actions
from homebeat.actions.providers import get_provider_sight
from homebeat.actions.report_visit import VisitReport
from homebeat.api import create_app
from homebeat.domain.actor import ActorKind
from homebeat.domain.alert import Answer, Condition, Outcome, Priority
from homebeat.domain.circuit import CircuitCause, CircuitState
from homebeat.domain.contract import Contract
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound, NotPermitted, StaleVersion
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import AlertId, AreaId, ResponderId
from homebeat.domain.principal import Grant, make_command, make_holder
from homebeat.domain.provider_order import OrderVerdict
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Operation, Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, ProviderEntry, Store
from homebeat.store.base.metadata import METADATA
from tests.contract.response.street import MINUTE, STAFF, Town, make_fleet, quiet, responder
from tests.contract.store.conftest import T0
from tests.people import add_key, person
from tests.unit.api.fixtures import TestClient, api_context, web

CARE, RELIEF = ResponderId("care-co"), ResponderId("relief-co")
THE_CARE, THE_RELIEF, THE_BOSS = "/care-co", "/relief-co", "/zhou"
#: Of four visits and more, more than one in four may not fail; two trial visits close the circuit.
TERMS: Final = Contract((RELIEF,), failed_share=0.25, least_visits=4, trial_visits=2, trial_after=timedelta(days=2))
CHEN, ZHOU = person("chen", Role.DESK, "town"), person("zhou", Role.SUPERVISOR, "town")


class Street(Town):
    """The town with a contracted provider and its standby. What they were asked is judged now and then, as the thread does it."""

    def __init__(self, store: Store, terms: Contract | None = TERMS) -> None:
        super().__init__(store, PlanBook())
        staff = [replace(one, contract=terms) if one.id == CARE else one for one in STAFF]
        staff.append(responder(RELIEF, ResponderKind.PROVIDER))
        with store.begin() as tx:
            tx.fleet.apply(replace(make_fleet(plan="desk_only", paired=()), responders=tuple(staff)), T0)

    def watch(self) -> None:
        actions.watch_providers(self.store, self.perform, self.now)

    def pass_minutes(self, minutes: float) -> list[tuple[float, str, str]]:
        """Let so many minutes pass, and look at the end of them."""
        said = self.minute((self.now - T0) / MINUTE + minutes, 60 if minutes < 10 else 600)
        self.watch()
        return said

    def send(self, home: str = "h1") -> AlertId:
        """Something is wrong in a home, and the desk sends the provider."""
        alert = self.happens(replace(quiet(home=home), at=self.now, since=self.now, onset=self.now))
        self.act(CHEN, actions.AssignVisit(alert, CARE))
        self.take_notices()
        return alert

    def keep(self) -> AlertId:
        """A visit as it should be."""
        alert = self.send()
        self.pass_minutes(2)
        self.visitor(THE_CARE, alert, VisitReport.GO)
        self.pass_minutes(20)
        self.visitor(THE_CARE, alert, VisitReport.SEEN, outcome=Outcome.FINE)
        self.pass_minutes(1)
        return alert

    def miss(self) -> AlertId:
        """They say yes, and do nothing."""
        alert = self.send()
        self.pass_minutes(2)
        self.visitor(THE_CARE, alert, VisitReport.GO)
        self.pass_minutes(40)
        self.act(ZHOU, actions.Resolve(alert, Outcome.FINE, note="asked the neighbour"))
        self.take_notices()
        return alert

    def find(self, provider: ResponderId = CARE) -> ProviderEntry:
        with self.store.read(EVERYTHING) as reader:
            (found,) = reader.providers.list_providers([provider])
        return found

    def verdicts(self) -> list[OrderVerdict | None]:
        with self.store.read(EVERYTHING) as reader:
            return [one.verdict for one in reversed(reader.providers.list_orders(CARE, 0, 100))]

    def find_alert(self) -> AlertId | None:
        with self.store.read(EVERYTHING) as reader:
            found = reader.alerts.read_page(AlertFilter(is_open=True, rule="provider_suspended")).items
        return found[0].alert.id if found else None

    def ask_providers(self) -> set[str]:
        """Who is told as the provider of an alert that opens now."""
        alert = self.happens(replace(quiet("sos", priority=Priority.CRITICAL), at=self.now, since=self.now, onset=self.now))
        said = {who for _, who, _ in self.pass_minutes(3.5)}
        self.act(ZHOU, actions.Acknowledge(alert))
        self.act(ZHOU, actions.Resolve(alert, Outcome.FALSE, note="pressed by mistake"))
        self.take_notices()
        self.watch()
        return said & {THE_CARE, THE_RELIEF}


def ask_api(street: Street, path: str, role: Role = Role.SUPERVISOR, body: dict[str, Any] | None = None) -> Any:
    secret = f"key-{role}"
    with street.store.read(EVERYTHING) as reader:
        is_known = any(one.name == secret for one in reader.keys.list_all())
    if not is_known:
        add_key(street.store, secret, role, area="town", at=street.now)
    with web(create_app(api_context(street.store, lambda: street.now))) as client:
        assert isinstance(client, TestClient)
        headers = {"Authorization": f"Bearer {secret}"}
        path = f"/api/v1/{path}"
        return client.get(path, headers=headers) if body is None else client.post(path, json=body, headers=headers)


def test_provider_circuit_opens(store: Store) -> None:
    """Two visits of four are no-shows: the standby gets the work, the supervisor hears of it once, and trial visits end it."""
    street = Street(store)
    assert street.ask_providers() == {THE_CARE}, "the standby rests while the provider has its work"
    street.keep()
    street.keep()
    street.miss()
    assert (street.find().circuit.state, street.find_alert()) == (CircuitState.CLOSED, None), "three visits are too few"
    street.miss()
    assert street.verdicts() == [OrderVerdict.EXCUSED, *[OrderVerdict.KEPT] * 2, *[OrderVerdict.MISSED] * 2]

    # more than one in four has failed, of four: the circuit is open, and somebody has to decide
    circuit = street.find().circuit
    assert (circuit.state, circuit.cause, circuit.failed, circuit.visits) == (CircuitState.OPEN, CircuitCause.SHARE, 2, 4)
    alert = street.find_alert()
    assert alert is not None
    told = street.pass_minutes(60)
    assert [(who, event) for _, who, event in told] == [(THE_BOSS, "alert.opened")], "once, and nobody else"
    detail = ask_api(street, f"alerts/{alert}").json()
    assert detail["reason"].startswith("Of 4 visits asked of the provider care-co, 2 failed. Its work goes to: relief-co.")
    street.act(ZHOU, actions.Acknowledge(alert))
    shown = ask_api(street, "providers/care-co").json()
    assert (shown["state"], shown["cause"], shown["stands_in"]) == ("open", "share", "relief-co")
    assert (shown["counts"]["missed"], shown["counts"]["kept"]) == (2, 2)

    # the next alert goes to the standby
    assert street.ask_providers() == {THE_RELIEF}

    # after two days trial visits begin: both are told, so that nobody depends on a trial
    street.now += 2 * DAY_MS
    street.watch()
    assert street.find().circuit.state is CircuitState.TRIAL
    assert street.ask_providers() == {THE_CARE, THE_RELIEF}
    street.keep()
    assert street.find().circuit.state is CircuitState.TRIAL
    street.keep()
    circuit = street.find().circuit
    assert (circuit.state, circuit.cause) == (CircuitState.CLOSED, CircuitCause.TRIAL_KEPT)
    assert street.alert(alert).condition is Condition.CLEARED
    assert street.ask_providers() == {THE_CARE}
    street.pass_minutes(5)
    assert street.find().circuit.state is CircuitState.CLOSED, "what failed before does not count any more"
    history = [(one["state"], one["cause"], one["actor"]) for one in ask_api(street, "providers/care-co").json()["history"]]
    assert history == [
        ("closed", "trial_kept", "service:providers"),
        ("trial", "waited", "service:providers"),
        ("open", "share", "service:providers"),
    ]


def test_a_trial_that_fails_waits_for_a_decision(store: Store) -> None:
    street = Street(store)
    street.act(ZHOU, actions.SuspendProvider(CARE, "two families complained"))
    street.now += 30 * DAY_MS
    street.watch()
    assert street.find().circuit.state is CircuitState.OPEN, "what people opened is closed by people alone"
    alert = street.happens(replace(quiet(home="h2"), at=street.now, since=street.now, onset=street.now))
    with pytest.raises(NotAllowed, match="the work of care-co goes to relief-co for now: send relief-co"):
        street.act(CHEN, actions.AssignVisit(alert, CARE))
    assert street.alert(alert).answer is not Answer.ACKNOWLEDGED, "nothing was written"
    street.act(ZHOU, actions.SuspendProvider(RELIEF, "they have no car"))
    assert street.act(CHEN, actions.AssignVisit(alert, CARE)).owner == "user:chen", "nobody can stand in: somebody has to go"
    street.act(CHEN, actions.Acknowledge(alert))
    street.act(CHEN, actions.Resolve(alert, Outcome.FALSE, note="she answered"))
    street.act(ZHOU, actions.ResumeProvider(RELIEF, "they have a car again"))
    street.act(ZHOU, actions.ResumeProvider(CARE, "they have hired somebody", on_trial=True))
    street.miss()
    circuit = street.find().circuit
    assert (circuit.state, circuit.cause, circuit.failed) == (CircuitState.OPEN, CircuitCause.TRIAL_FAILED, 1)
    street.now += 30 * DAY_MS
    street.watch()
    assert street.find().circuit.state is CircuitState.OPEN
    street.act(ZHOU, actions.ResumeProvider(CARE, "a new contract was signed"))
    assert street.find().circuit.state is CircuitState.CLOSED
    with pytest.raises(NotAllowed, match="has its work already"):
        street.act(ZHOU, actions.ResumeProvider(CARE, "a new contract was signed"))


def test_the_committee_vetoes_and_it_is_on_record(store: Store) -> None:
    street = Street(store)
    answer = ask_api(street, "providers/care-co/suspend", body={"reason": "the committee voted on Monday", "is_veto": True})
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["state"], shown["cause"], shown["reason"]) == ("open", "committee", "the committee voted on Monday")
    assert street.ask_providers() == {THE_RELIEF}
    assert {who for _, who, _ in street.pass_minutes(1)} <= {THE_BOSS}
    stale = ask_api(street, "providers/care-co/resume", body={"reason": "they apologised", "version": 0})
    assert stale.status_code == 409
    for role in (Role.DESK, Role.NURSE, Role.ADMIN):
        assert ask_api(street, "providers/care-co/suspend", role, {"reason": "because I say so"}).status_code == 403
    with street.store.read(EVERYTHING) as reader:
        entry = reader.audit.read_page(limit=50).items
    found = [(one.action, one.about, one.detail.get("cause")) for one in entry if one.action == "suspend_provider"]
    assert found == [("suspend_provider", "provider:care-co", "committee")]
    assert "voted" not in str([one.detail for one in entry])
    resumed = ask_api(street, "providers/care-co/resume", body={"reason": "the committee took it back", "version": 1})
    assert (resumed.status_code, resumed.json()["state"]) == (200, "closed")
    assert street.ask_providers() == {THE_CARE}


def test_where_nobody_can_stand_in_the_first_one_is_told_all_the_same(store: Store) -> None:
    street = Street(store)
    for provider in (CARE, RELIEF):
        street.act(ZHOU, actions.SuspendProvider(provider, "nobody came for a week"))
    alert = street.find_alert()
    assert alert is not None
    home = street.happens(quiet("sos", priority=Priority.CRITICAL))
    said = {who for _, who, _ in street.pass_minutes(3.5)}
    assert said & {THE_CARE, THE_RELIEF} == {THE_CARE}
    assert street.detail(home).history[-1].reason.code == "nobody_answered_no_standby"
    # one alert is about both: it is over when both have their work again
    street.act(ZHOU, actions.ResumeProvider(RELIEF, "they came back to us"))
    assert street.alert(alert).condition is Condition.FIRING
    street.act(ZHOU, actions.ResumeProvider(CARE, "they came back to us"))
    assert street.alert(alert).condition is Condition.CLEARED


def test_a_contract_that_has_ended_gives_the_work_to_the_standby(store: Store) -> None:
    last = datetime.fromtimestamp(T0 / 1000, UTC).date()
    street = Street(store, replace(TERMS, last_day=last, zone="Asia/Shanghai"))
    assert street.ask_providers() == {THE_CARE}
    street.now += DAY_MS
    assert street.ask_providers() == {THE_RELIEF}


def test_who_says_nothing_cannot_or_is_late_has_failed(store: Store) -> None:
    street = Street(store, replace(TERMS, least_visits=100))
    silent = street.happens(replace(quiet("sos", priority=Priority.CRITICAL), onset=street.now))
    street.pass_minutes(3.5)
    street.pass_minutes(3.5)
    assert street.verdicts() == [OrderVerdict.UNANSWERED]
    street.act(CHEN, actions.Acknowledge(silent))
    street.act(CHEN, actions.Resolve(silent, Outcome.FINE, note="she answered"))
    street.pass_minutes(60)
    declined = street.send()
    street.visitor(THE_CARE, declined, VisitReport.CANNOT)
    street.watch()
    street.act(CHEN, actions.Acknowledge(declined))
    street.act(CHEN, actions.Resolve(declined, Outcome.FINE, note="she answered"))
    street.pass_minutes(1)
    late = street.send()
    street.pass_minutes(9)
    street.visitor(THE_CARE, late, VisitReport.GO)
    street.pass_minutes(38)
    assert street.verdicts()[-1] is OrderVerdict.MISSED
    assert street.verdicts() == [OrderVerdict.UNANSWERED, OrderVerdict.DECLINED, OrderVerdict.MISSED]
    street.act(ZHOU, actions.Acknowledge(late))
    street.act(ZHOU, actions.Resolve(late, Outcome.FINE, note="she answered"))
    called_off = street.send()
    street.pass_minutes(1)
    street.act(CHEN, actions.Resolve(called_off, Outcome.FINE, note="she answered the telephone"))
    street.pass_minutes(1)
    assert street.verdicts()[-1] is OrderVerdict.EXCUSED
    assert street.find().circuit.state is CircuitState.CLOSED


def test_two_who_decide_at_once_and_who_may_not(store: Store) -> None:
    street = Street(store)
    street.act(ZHOU, actions.SuspendProvider(CARE, "nobody came for a week", version=0))
    with pytest.raises(StaleVersion):
        street.act(ZHOU, actions.SuspendProvider(CARE, "nobody came for a week", version=0))
    with pytest.raises(NotAllowed):
        street.act(ZHOU, actions.SuspendProvider(CARE, "nobody came for a week"))
    # a veto goes above what a supervisor decided
    street.act(ZHOU, actions.SuspendProvider(CARE, "the committee voted", is_veto=True))
    with pytest.raises(NotPermitted, match="other areas"):
        street.act(person("li", Role.SUPERVISOR, "lane"), actions.ResumeProvider(CARE, "they came back to us"))
    with pytest.raises(NotFound):
        street.act(ZHOU, actions.SuspendProvider(ResponderId("wang"), "is no provider"))
    with pytest.raises(Incomplete, match="say why"):
        street.act(ZHOU, actions.ResumeProvider(CARE, "ok"))
    street.act(make_command("ops"), actions.ResumeProvider(CARE, "they came back to us"))
    assert street.find().circuit.version == 3


def test_looking_twice_changes_nothing_more(store: Store) -> None:
    street = Street(store)
    for _ in range(2):
        street.keep()
    for _ in range(2):
        street.miss()
    alert = street.find_alert()
    assert alert is not None
    version = street.find().circuit.version, street.alert(alert).version
    for _ in range(3):
        street.act(actions.PROVIDERS, actions.WatchProviders())
    assert (street.find().circuit.version, street.alert(alert).version) == version
    assert street.alert(alert).answer is Answer.UNACKNOWLEDGED


def test_why_is_sealed(store: Store) -> None:
    street = Street(store)
    street.act(ZHOU, actions.SuspendProvider(CARE, "their driver Zhao was drunk"))
    with store._database.begin_read() as connection:
        rows = connection.execute(select(METADATA.tables["circuit_step"])).all()
    assert len(rows) == 1
    assert "Zhao" not in repr(rows)
    with store.read(EVERYTHING) as reader:
        assert [one.reason for one in reader.providers.list_steps(CARE)] == ["their driver Zhao was drunk"]
    shown = ask_api(street, "providers/care-co", Role.DESK).json()
    assert (shown["reason"], shown["history"][0]["reason"]) == ("[hidden]", "[hidden]"), "who decides sees why"
    asks = make_holder(ActorKind.PERSON, "li", (Grant(Role.DESK, AreaId("town")), Grant(Role.SUPERVISOR, AreaId("other"))))
    with store.read(asks.find_scope(Operation.READ_DUTY)) as reader:
        assert not get_provider_sight(reader, asks, street.now, CARE).may_decide, "they decide on others"
        assert get_provider_sight(reader, ZHOU, street.now, CARE).may_decide
