"""What the evidence reads of alerts: each alert once, page by page, in the scope; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from homebeat.domain.alert import (
    Alert,
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
    reply,
    resolve,
    run_out,
)
from homebeat.domain.durations import DAY_MS, HOUR_MS, MINUTE_MS
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId, ResponderId, RotaId
from homebeat.domain.rota import EVERY_DAY, DutyHours, Holidays, Rota, ShiftPattern
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.domain.visit import VisitState, assign_visit, move_visit
from homebeat.evidence.course import AlertCourse
from homebeat.evidence.report import CountedAnswers, EvidenceReport, LoadSource
from homebeat.store import FleetChange, Store
from homebeat.store.alert.writes import AlertWrites
from homebeat.store.base.chunks import CHUNK
from tests.contract.store.conftest import STREET, T0, Street
from tests.contract.store.test_responders import FLEET

SPAN = (T0, T0 + 31 * DAY_MS)
NOW = SPAN[1]


def write(store: Store, home: str, rule: str, at: int = T0, *, device: str | None = None, desk: Desk = Desk.CARE) -> Alert:
    subject = Subject(HouseholdId(home), ResidentId(f"{home}-r"), DeviceId(device) if device else None)
    return open_about(store, subject, rule, at, desk)


def open_about(store: Store, subject: Subject, rule: str, at: int, desk: Desk = Desk.CARE) -> Alert:
    edge = Edge(at, rule, subject, TransitionKind.OPENED, Priority.HIGH, desk, at, Reason(rule), at)
    alert, step = open_alert(edge)
    with store.begin() as tx:
        AlertWrites(tx).apply(alert, step)
    return alert


def answer(store: Store, alert: Alert, taken: int, resolved: int | None = None, outcome: Outcome = Outcome.FINE) -> Alert:
    """Take it, and close it; ms after the opening."""
    with store.begin() as tx:
        after, step = acknowledge(alert, alert.opened_at + taken, "user:ann")
        AlertWrites(tx).apply(after, step)
        if resolved is not None:
            after, step = resolve(after, alert.opened_at + resolved, "user:wu", outcome)
            AlertWrites(tx).apply(after, step)
    return after


def compute(store: Store, scope: Scope = EVERYTHING, area: str | None = None) -> EvidenceReport:
    with store.read(scope) as reader:
        return reader.evidence.compute_report(SPAN, NOW, AreaId(area) if area else None)


def stream(store: Store, scope: Scope = EVERYTHING) -> list[AlertCourse]:
    with store.read(scope) as reader:
        return list(reader.evidence.stream_courses(SPAN))


def test_a_course_is_what_was_written(street: Street) -> None:
    alert = write(street.store, "h1", "fall", device="h1-band")
    acts: tuple[Callable[[Alert], tuple[Alert, Transition]], ...] = (
        lambda one: escalate(one, T0 + 1, Reason("step")),
        lambda one: reply(one, T0 + 2, "contact:h1/0", Reason("family_fine")),
        lambda one: acknowledge(one, T0 + 3, "user:ann"),
        lambda one: add_note(one, T0 + 4, "user:ann", "rang"),
        lambda one: run_out(one, T0 + 5),
        lambda one: resolve(one, T0 + 6, "user:wu", Outcome.DEVICE),
    )
    for act in acts:
        with street.store.begin() as tx:
            alert, step = act(alert)
            AlertWrites(tx).apply(alert, step)
    (course,) = stream(street.store)
    assert (course.opened_at, course.rule, course.priority, course.area) == (T0, "fall", Priority.HIGH, "lane")
    assert (course.source, course.device_kind, course.timezone) == ("device:h1-band", "wristband", "Asia/Shanghai")
    assert (course.resolved_at, course.outcome) == (T0 + 6, Outcome.DEVICE)
    assert [(one.kind, one.at, one.actor, one.code) for one in course.steps] == [
        (TransitionKind.ESCALATED, T0 + 1, "clock", "step"),
        (TransitionKind.REPLIED, T0 + 2, "contact:h1/0", "family_fine"),
        (TransitionKind.ACKNOWLEDGED, T0 + 3, "user:ann", "taken"),
        (TransitionKind.RELEASED, T0 + 5, "clock", "taken_no_outcome"),
        (TransitionKind.RESOLVED, T0 + 6, "user:wu", "answered"),
    ]


def test_a_course_names_the_models_on_whose_word_it_opened(street: Street) -> None:
    first = STREET.households[0]
    meter, band = (replace(one, model=model) for one, model in zip(first.devices, ("Tarn M1", "Waveband W2"), strict=True))
    named = replace(STREET, households=(replace(first, devices=(meter, band)), *STREET.households[1:]))
    with street.store.begin() as tx:
        assert tx.fleet.apply(named, T0).devices.changed == ("h1-meter", "h1-band")
        assert tx.fleet.apply(named, T0) == FleetChange()
        assert tx.fleet.load().households[0].devices == (meter, band)
    write(street.store, "h1", "fall", device="h1-band")
    write(street.store, "h1", "no_sign_of_life")
    write(street.store, "h1", "no_water")
    write(street.store, "h1", "delivery_failed")
    write(street.store, "h2", "no_sign_of_life")
    open_about(street.store, Subject(device=DeviceId("stray")), "unregistered_alarm", T0)
    with street.store.begin() as tx:
        tx.fleet.apply(replace(named, households=(replace(first, devices=(meter,)), *STREET.households[1:])), T0 + 1)
    write(street.store, "h1", "unknown_too_long", T0 + 2)
    assert {(one.source, one.rule): one.device_models for one in stream(street.store)} == {
        ("device:h1-band", "fall"): ("Waveband W2",),
        ("household:h1", "no_sign_of_life"): ("Tarn M1", "Waveband W2"),
        ("household:h1", "no_water"): ("Tarn M1",),
        ("household:h1", "delivery_failed"): (),
        ("household:h2", "no_sign_of_life"): ("",),
        ("device:stray", "unregistered_alarm"): (),
        ("household:h1", "unknown_too_long"): ("Tarn M1",),
    }


def test_the_first_at_the_door_counts_and_who_was_called_off_does_not(street: Street) -> None:
    away, late, called_off, at_once = (write(street.store, "h1", rule) for rule in ("sos", "fall", "gas", "smoke"))

    def go(alert: Alert, who: str, *states: VisitState) -> None:
        visit = assign_visit(alert.id, who, "user:wu", alert.priority, T0)
        for n, state in enumerate(states, 1):
            visit = move_visit(visit, state, alert.priority, T0 + n * MINUTE_MS)
        with street.store.begin() as tx:
            tx.visits.put(visit, T0 + HOUR_MS)

    go(away, "user:ann", VisitState.EN_ROUTE, VisitState.AT_DOOR, VisitState.SEEN)
    go(away, "user:bo", VisitState.AT_DOOR, VisitState.SEEN)
    go(at_once, "user:ann", VisitState.EN_ROUTE, VisitState.SEEN)
    go(late, "user:ann", VisitState.EN_ROUTE)
    go(called_off, "user:ann", VisitState.CANCELLED)
    found = {course.rule: (course.is_visited, course.door_at) for course in stream(street.store)}
    there = {"sos": (True, T0 + MINUTE_MS), "smoke": (True, T0 + 2 * MINUTE_MS)}
    assert found == {**there, "fall": (True, None), "gas": (False, None)}


def test_each_alert_comes_once_however_many_pages_there_are(street: Street) -> None:
    many = 2 * CHUNK
    with street.store.begin() as tx:
        for i in range(many):
            subject, at, why = Subject(device=DeviceId(f"stray-{i}")), T0 + i // 3, Reason("x")
            edge = Edge(at, "unregistered_alarm", subject, TransitionKind.OPENED, Priority.HIGH, Desk.DEVICES, T0, why, T0)
            AlertWrites(tx).apply(*open_alert(edge))
    found = stream(street.store)
    assert len({course.source for course in found}) == len(found) == many


def test_what_was_open_before_the_span_is_streamed_too(street: Street) -> None:
    write(street.store, "h1", "sos", T0 - DAY_MS)
    answer(street.store, write(street.store, "h1", "fall", T0 - DAY_MS), HOUR_MS, DAY_MS)
    answer(street.store, write(street.store, "h1", "gas", T0 - DAY_MS), HOUR_MS, DAY_MS - 1)
    write(street.store, "h1", "smoke", SPAN[1])
    assert {course.rule for course in stream(street.store)} == {"sos", "fall"}
    found = compute(street.store)
    assert found.total.alerts == 0
    assert found.answers == [CountedAnswers("user:wu", "", 1, 0, 1, 0)]


def test_a_report_says_what_was_done(street: Street) -> None:
    answer(street.store, write(street.store, "h1", "sos"), 30_000, HOUR_MS)
    answer(street.store, write(street.store, "h1", "fall", device="h1-band"), 90_000, 5 * HOUR_MS, Outcome.FALSE)
    write(street.store, "h3", "sos")
    open_about(street.store, Subject(device=DeviceId("stray")), "unregistered_alarm", T0, Desk.DEVICES)
    found = compute(street.store)
    assert (found.timezone, found.residents, found.resident_months) == ("Asia/Shanghai", 3, 3.1)
    assert (found.total.alerts, found.total.open, found.total.false) == (4, 2, 1)
    assert [(one.decided, one.within) for one in found.total.targets] == [(3, 1), (3, 2), (3, 1), (0, 0)]
    (of_area,) = (one for one in found.breakdowns if one.by == "area")
    assert {group.group: group.alerts for group in of_area.groups} == {"town": 3, "hill": 1, "lane": 2}
    assert found.load.top[0] == LoadSource("device:h1-band", 1, 0.25)
    assert {one.source for one in found.load.top} == {"device:h1-band", "device:stray", "household:h1", "household:h3"}


@pytest.mark.parametrize(("area", "alerts", "residents"), [("lane", 1, 2), ("hill", 1, 1), ("town", 2, 3)])
def test_an_area_and_a_scope_hold_the_same(street: Street, area: str, alerts: int, residents: int) -> None:
    answer(street.store, write(street.store, "h1", "sos"), MINUTE_MS, HOUR_MS)
    answer(street.store, write(street.store, "h3", "sos"), MINUTE_MS, HOUR_MS)
    asked, seen = compute(street.store, area=area), compute(street.store, Scope(frozenset({AreaId(area)})))
    for found in (asked, seen):
        assert (found.total.alerts, found.residents, len(found.load.top)) == (alerts, residents, alerts)
    assert compute(street.store, Scope(frozenset({AreaId("hill")})), "lane").total.alerts == 0
    assert compute(street.store, Scope(frozenset())).total.alerts == 0


def test_shifts_are_those_of_the_desk_and_accounts_those_of_responders(street: Street) -> None:
    day, night = DutyHours(EVERY_DAY, 8 * 60, 20 * 60), DutyHours(EVERY_DAY, 20 * 60, 8 * 60)
    who = (ResponderId("town"),)
    desk = Rota(
        *(RotaId("of-town"), AreaId("town"), ResponderKind.DESK, "Asia/Shanghai", date(2025, 12, 29)),
        (ShiftPattern("day", day, who), ShiftPattern("night", night, who)),
        (),
        {},
        Holidays(frozenset(), frozenset(), frozenset()),
    )
    with street.store.begin() as tx:
        tx.fleet.apply(FLEET, T0)
        tx.rotas.set_all([desk], "user:wu", T0)
        tx.rotas.refresh({desk.id: desk}, T0)
    write(street.store, "h1", "sos", T0 + HOUR_MS)
    write(street.store, "h1", "fall", T0 + 13 * HOUR_MS)
    (shifts,) = (one for one in compute(street.store).breakdowns if one.by == "shift")
    assert {group.group: group.alerts for group in shifts.groups} == {"of-town/day": 1, "of-town/night": 1}
    (narrow,) = (one for one in compute(street.store, Scope(frozenset({AreaId("lane")}))).breakdowns if one.by == "shift")
    assert narrow == shifts, "a rota of an area above is on duty here"
    with street.store.read(EVERYTHING) as reader:
        around = reader.evidence.read_surroundings(SPAN)
    assert around.responders == {one.account: one.id for one in FLEET.responders if one.account}
