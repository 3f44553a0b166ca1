"""Complaints: entered about an alert or a responder, answered once, counted for the circuit, sealed, never deleted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from homebeat import actions
from homebeat.domain.alert import Condition, Outcome
from homebeat.domain.circuit import CircuitState
from homebeat.domain.complaint import ComplaintState
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound, NotPermitted
from homebeat.domain.ids import AlertId, HouseholdId, ResponderId
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, Store
from homebeat.store.base.metadata import METADATA
from tests.contract.response.street import quiet
from tests.contract.response.test_provider_circuit_opens import CARE, CHEN, RELIEF, TERMS, ZHOU, Street, ask_api
from tests.contract.store.conftest import T0
from tests.people import person


def test_complaints_open_a_circuit_as_visits_that_failed_do(store: Store) -> None:
    """Two visits were kept, by the provider's own word. The family says of one that nobody came."""
    street = Street(store, replace(TERMS, least_visits=2))
    alerts = [street.keep(), street.keep()]
    assert street.find().circuit.state is CircuitState.CLOSED
    made = ask_api(street, "complaints", Role.DESK, {"what": "her son says nobody came", "alert_id": alerts[0]})
    assert made.status_code == 201, made.text
    said = made.json()
    assert (said["responder"], said["household"], said["area"], said["state"]) == ("care-co", "h1", "lane", "open")
    street.watch()
    circuit = street.find().circuit
    assert (circuit.state, circuit.failed, circuit.visits) == (CircuitState.OPEN, 1, 2)
    assert street.find_alert() is not None


def test_what_was_rejected_does_not_count(store: Store) -> None:
    street = Street(store, replace(TERMS, least_visits=2))
    alerts = [street.keep(), street.keep()]
    first = street.act(CHEN, actions.FileComplaint("nobody came", alerts[0]))
    answered = ask_api(street, f"complaints/{first.id}/answer", body={"is_upheld": False, "word": "the door camera shows them"})
    assert (answered.status_code, answered.json()["state"]) == (200, "rejected")
    street.watch()
    assert street.find().circuit.state is CircuitState.CLOSED
    assert ask_api(street, f"complaints/{first.id}/answer", body={"is_upheld": True, "word": "after all"}).status_code == 409
    assert (
        ask_api(street, f"complaints/{first.id}/answer", Role.DESK, {"is_upheld": True, "word": "it is right"}).status_code == 403
    )
    with pytest.raises(NotFound):
        street.act(ZHOU, actions.AnswerComplaint(99, is_upheld=True, word="it is right"))
    with pytest.raises(NotAllowed):
        street.act(ZHOU, actions.AnswerComplaint(first.id, is_upheld=True, word="it is right"))
    # one about no visit counts as one more that failed, however often it is entered about the same alert
    other = street.happens(quiet("no_water", "h2"))
    for what in ("they shouted at the neighbour", "they shouted at her"):
        street.act(CHEN, actions.FileComplaint(what, other, CARE))
        street.now += 1
    street.watch()
    circuit = street.find().circuit
    assert (circuit.state, circuit.failed, circuit.visits) == (CircuitState.OPEN, 1, 3)


def test_whom_it_concerns_and_who_may(store: Store) -> None:
    street = Street(store)
    alert = street.happens(quiet())
    nobody = street.act(CHEN, actions.FileComplaint("nobody came", alert))
    assert (nobody.responder, nobody.state) == (None, ComplaintState.OPEN)
    other = street.act(CHEN, actions.FileComplaint("he was rude", alert, ResponderId("wang")))
    assert other.responder == "wang"
    street.act(ZHOU, actions.Resolve(alert, Outcome.FINE))
    for wrong, fault in (
        (actions.FileComplaint("he was rude"), Incomplete),
        (actions.FileComplaint("no", alert), Incomplete),
        (actions.FileComplaint("he was rude", AlertId("no-such")), NotFound),
        (actions.FileComplaint("he was rude", None, ResponderId("no-such")), NotFound),
    ):
        with pytest.raises(fault):
            street.act(CHEN, wrong)
    with pytest.raises(NotFound):
        street.act(person("li", Role.DESK, "hill"), actions.FileComplaint("he was rude", alert))
    with pytest.raises(NotPermitted):
        street.act(person("ann", Role.MANAGER, "town"), actions.FileComplaint("he was rude", alert))
    shown = ask_api(street, "complaints?open_only=true", Role.DESK).json()["items"]
    assert [one["what"] for one in shown] == ["he was rude", "nobody came"]
    assert {one["what"] for one in ask_api(street, "complaints", Role.RESPONDER).json()["items"]} == {"[hidden]"}


def test_supervisors_hear_of_each_complaint_once(store: Store) -> None:
    """The family, the desk and another system complain: one alert, one notice for each alert that is complained of."""
    street = Street(store)
    first, second = street.happens(quiet()), street.happens(quiet("no_water", "h2"))
    street.pass_minutes(1)

    def look() -> list[tuple[str, str]]:
        actions.watch_complaints(store, street.perform)
        return [(who, what) for _, who, what in street.pass_minutes(1) if who == "/zhou"]

    street.act(CHEN, actions.FileComplaint("nobody came", first))
    assert look() == [("/zhou", "alert.opened")]
    assert look() == []
    street.act(CHEN, actions.FileComplaint("and nobody called", first))
    assert look() == [], "of one alert it is one matter"
    street.act(CHEN, actions.FileComplaint("he shouted at her", second, CARE))
    assert look() == [("/zhou", "alert.reopened")]
    with store.read(EVERYTHING) as reader:
        (entry,) = reader.alerts.read_page(AlertFilter(is_open=True, rule="complaint_waits")).items
        detail = reader.alerts.get(entry.alert.id)
    assert detail is not None
    assert (entry.alert.desk, entry.alert.subject.area) == ("care", "lane"), "the desk has it in its queue"
    said = [(step.reason.code, step.reason.params.get("waiting")) for step in detail.history if "complaint" in step.reason.code]
    assert said == [("complaint_new", 1), ("complaint_again", 2), ("complaint_new", 3)]
    for number in (1, 2, 3):
        street.act(ZHOU, actions.AnswerComplaint(number, is_upheld=True, word="they have apologised"))
    look()
    with store.read(EVERYTHING) as reader:
        (entry,) = reader.alerts.read_page(AlertFilter(is_open=True, rule="complaint_waits")).items
    assert entry.alert.condition is Condition.CLEARED


def test_whom_it_concerns_is_said_later_and_counts_from_then(store: Store) -> None:
    street = Street(store, replace(TERMS, least_visits=1))
    alert = street.happens(quiet())
    made = street.act(CHEN, actions.FileComplaint("nobody came", alert))
    street.now += 40 * DAY_MS
    street.watch()
    assert (made.responder, made.counts_from, street.find().circuit.state) == (None, None, CircuitState.CLOSED)
    path = f"complaints/{made.id}/responder"
    assert ask_api(street, path, Role.DESK, {"responder": "care-co"}).status_code == 403
    assert ask_api(street, path, body={"responder": "no-such"}).status_code == 404
    said = ask_api(street, path, body={"responder": "care-co"})
    assert (said.status_code, said.json()["responder"], said.json()["counts_from"] is None) == (200, "care-co", False)
    assert ask_api(street, path, body={"responder": "care-co"}).status_code == 409, "it concerns them already"
    street.watch()
    assert (street.find().circuit.state, street.find().circuit.failed) == (CircuitState.OPEN, 1)
    with store.read(EVERYTHING) as reader:
        before, now = (
            reader.evidence.compute_report(span, street.now) for span in ((T0, T0 + DAY_MS), (T0 + DAY_MS, street.now + 1))
        )
        acts = [(one.about, one.detail) for one in reader.audit.read_page(50).items if one.action == "attribute_complaint"]
    assert [sum(one.complaints or 0 for one in report.providers) for report in (before, now)] == [0, 1]
    assert acts == [(f"complaint:{made.id}", {"responder": "care-co"})]


def test_whom_it_concerns_is_corrected_until_somebody_answers(store: Store) -> None:
    street = Street(store, replace(TERMS, least_visits=1))
    made = street.act(CHEN, actions.FileComplaint("nobody came", street.happens(quiet()), CARE))
    street.now += DAY_MS
    path = f"complaints/{made.id}/responder"
    assert ask_api(street, path, body={"responder": "relief-co"}).json()["responder"] == "relief-co"
    street.watch()
    assert street.find().circuit.state is CircuitState.CLOSED, "for the one before it counts no more"
    with store.read(EVERYTHING) as reader:
        tallies = [reader.providers.tally(who, T0) for who in (CARE, RELIEF)]
        report = reader.evidence.compute_report((T0, street.now + 1), street.now)
        acts = [(one.action, one.detail["responder"]) for one in reader.audit.read_page(50).items if "complaint" in one.action]
    assert [(one.visits, one.failed) for one in tallies] == [(0, 0), (1, 1)]
    assert sum(one.complaints or 0 for one in report.providers) == 1
    assert acts == [("attribute_complaint", "relief-co"), ("file_complaint", "care-co")]
    # two at once: the second has looked at what is not so any more
    with store.begin() as tx:
        assert not tx.complaints.attribute(made, CARE, street.now)
    street.act(ZHOU, actions.AnswerComplaint(made.id, is_upheld=True, word="they have apologised"))
    answer = ask_api(street, path, body={"responder": "care-co"})
    assert (answer.status_code, "answered this complaint already" in answer.text) == (409, True)


def test_what_others_wrote_leaves_a_look(store: Store) -> None:
    """Every list and page of the API that opens remarks; roles that are shown none of them leave none."""
    street = Street(store)
    alert = street.happens(quiet())
    street.act(CHEN, actions.AddNote(alert, "her daughter is away"))
    street.act(CHEN, actions.FileComplaint("he was rude", alert))
    street.act(CHEN, actions.Shelve(alert, "the family is told", 3_600_000))
    street.act(CHEN, actions.BreakGlass(HouseholdId("h1"), "the door is locked"))
    street.act(ZHOU, actions.SuspendProvider(CARE, "their driver was drunk"))
    street.act(ZHOU, actions.CorrectHours(ResponderId("wang"), "2026-03", 60, "the form of March"))
    reads = {
        "complaints": "complaints",
        "silences": "silences",
        "glass": "glass",
        "providers": "providers",
        "providers/care-co": "responder:care-co",
        "volunteers/hours?from=2026-03": "hours",
        "volunteers/hours.csv?from=2026-03": "hours",
        f"alerts/{alert}": f"alert:{alert}",
    }

    def list_looks(role: Role, path: str) -> list[str]:
        with store.read(EVERYTHING) as reader:
            before = {one.id for one in reader.audit.read_page(200).items}
        assert ask_api(street, path, role).status_code == 200, path
        with store.read(EVERYTHING) as reader:
            after = [one for one in reader.audit.read_page(200).items if one.id not in before and one.action == "look"]
        return [str(one.about) for one in after if "notes" in str(one.detail["fields"]).split(",")]

    assert {path: list_looks(Role.SUPERVISOR, path) for path in reads} == {path: [about] for path, about in reads.items()}
    assert [path for path in reads if path != "glass" and list_looks(Role.INTEGRATOR, path)] == []


def test_it_is_sealed_and_stays_when_its_alert_is_deleted(store: Store) -> None:
    street = Street(store)
    alert = street.keep()
    made = street.act(CHEN, actions.FileComplaint("the driver Zhao was drunk", alert))
    street.act(ZHOU, actions.AnswerComplaint(made.id, is_upheld=True, word="Zhao drives no more"))
    with store._database.begin_read() as connection:
        rows = repr(connection.execute(select(METADATA.tables["complaint"])).all())
    assert "Zhao" not in rows
    with store.read(EVERYTHING) as reader:
        found = reader.complaints.find(made.id)
    assert found is not None
    assert (found.what, found.word, found.answered_by) == ("the driver Zhao was drunk", "Zhao drives no more", "user:zhou")
    assert all(key.column.table.name != "alert" for key in METADATA.tables["complaint"].foreign_keys)
