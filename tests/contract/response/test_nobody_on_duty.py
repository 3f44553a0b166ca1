"""Golden scenario `nobody_on_duty`: through actions, deadlines, store, outbox and API, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

from homebeat import actions
from homebeat.api import create_app
from homebeat.domain.alert import Answer, Condition, Outcome, Priority
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import AlertId, AreaId, ResponderId, RotaId
from homebeat.domain.leave import Leave
from homebeat.domain.principal import make_command
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Role
from homebeat.domain.rota import EVERY_DAY, DutyHours, Rota, ShiftPattern
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, Store
from tests.contract.response.street import STAFF, Town, make_fleet, quiet, responder
from tests.contract.store.conftest import T0
from tests.people import add_account, add_key, person
from tests.unit.api.fixtures import TestClient, api_context, web

ANN, BO = (responder(name, ResponderKind.DESK, "lane", f"{name}.w") for name in ("ann", "bo"))
#: T0 is 08:00 in Shanghai, on Thursday the 1st of January 2026: Ann's day begins.
DAY, NIGHT = DutyHours(EVERY_DAY, 8 * 60, 20 * 60), DutyHours(EVERY_DAY, 20 * 60, 8 * 60)
ROTA: Final = Rota(
    *(RotaId("lane-desk"), AreaId("lane"), ResponderKind.DESK, "Asia/Shanghai", date(2026, 1, 1)),
    (ShiftPattern("day", DAY, (ANN.id,)), ShiftPattern("night", NIGHT, (BO.id,))),
)
SUPERVISOR, THE_BOSS = person("zhou", Role.SUPERVISOR, "town"), "/zhou"
HOUR: Final = 60.0


class Office(Town):
    """The town with a desk in the lane, and duty looked after once a minute, as the thread of deadlines does it."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, PlanBook())
        with store.begin() as tx:
            tx.fleet.apply(replace(make_fleet(), responders=(*STAFF, ANN, BO)), T0)
        self.act(make_command("ops"), actions.SetRotas((ROTA,), {}))

    def pass_to(self, minute: float) -> list[tuple[float, str, str]]:
        """Let time pass to a minute after the start."""
        said = self.minute(minute, 60 if minute - (self.now - T0) / 60_000 < HOUR else 600)
        actions.watch_duty(self.store, self.perform, self.now)
        return said + self.take_notices()

    def find_alert(self) -> AlertId | None:
        with self.store.read(EVERYTHING) as reader:
            found = reader.alerts.read_page(AlertFilter(is_open=True, rule="nobody_on_duty")).items
        return found[0].alert.id if found else None


def ask_api(office: Office, path: str) -> Any:
    secret = f"key-{office.now}-{path}"
    add_key(office.store, secret, Role.DESK, area="lane")
    with web(create_app(api_context(office.store, lambda: office.now))) as client:
        assert isinstance(client, TestClient)
        answer = client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_nobody_on_duty(store: Store) -> None:
    """Bo takes leave, Ann has the days, and nobody else is of the desk: two nights stand empty."""
    office = Office(store)
    assert ask_api(office, "duty?area=lane")["now"][0]["who"] == "ann"
    # Friday and Saturday night; Ann is free at night, and the fewest hours are hers: she gets both
    nights = Leave(BO.id, T0 + 36 * HOUR_MS, T0 + 61 * HOUR_MS)
    found = office.act(person("bo.w", Role.DESK, "lane"), actions.TakeLeave(nights))
    assert [(each.shift.day.day, each.shift.name, each.who) for each in found] == [(2, "night", "ann"), (3, "night", "ann")]
    # two days and a night at a stretch are too much: the supervisor leaves Friday night open, and means to find somebody
    (gap,) = office.act(SUPERVISOR, actions.GiveShift(ROTA.id, date(2026, 1, 2), "night", None))
    assert (gap.starts_at, gap.ends_at) == (T0 + 36 * HOUR_MS, T0 + 48 * HOUR_MS)
    said = office.pass_to(11 * HOUR)
    assert {(who, event) for _, who, event in said} == {(who, "shifts.changed") for who in ("/ann", "/bo")}
    assert office.find_alert() is None, "more than a day ahead it is in the rota, and no alert"

    # a day ahead the care desk is told, and the supervisor when nobody there answers
    office.pass_to(12 * HOUR + 1)
    alert = office.find_alert()
    assert alert is not None
    ahead = office.alert(alert)
    assert (ahead.priority, ahead.subject.area, ahead.reason.code) == (Priority.MEDIUM, "lane", "nobody_on_duty_ahead")
    assert "Nobody will be on duty from" in ask_api(office, f"alerts/{alert}")["reason"]
    told = office.pass_to(36 * HOUR - 1)
    assert THE_BOSS in {who for _, who, _ in told}

    # nobody has done anything: now it is urgent, and the plan begins again
    office.pass_to(36 * HOUR)
    now = office.alert(alert)
    assert (now.priority, now.condition, now.answer) == (Priority.HIGH, Condition.FIRING, Answer.UNACKNOWLEDGED)
    assert ask_api(office, "duty?area=lane")["now"] == []
    assert THE_BOSS in {who for _, who, _ in office.pass_to(38 * HOUR)}

    # somebody's alert in such a night waits for nobody: of the desk, everybody is told who could be
    sos = quiet("sos", priority=Priority.CRITICAL)
    office.happens(sos)
    everybody = {who for _, who, _ in office.pass_to(38 * HOUR + 6)}
    assert {"h1/son", "h1/daughter", "/wang", THE_BOSS} <= everybody
    office.act(SUPERVISOR, actions.Acknowledge(sos.alert_id))
    office.act(SUPERVISOR, actions.Resolve(sos.alert_id, Outcome.HELPED, note="helped up"))

    # the supervisor sits down herself: she gives the shift to Ann after all, and the condition is over; she closes the alert
    office.act(SUPERVISOR, actions.Acknowledge(alert))
    office.act(SUPERVISOR, actions.GiveShift(ROTA.id, date(2026, 1, 2), "night", ANN.id))
    office.pass_to(38 * HOUR + 10)
    assert (office.alert(alert).condition, office.alert(alert).owner) == (Condition.CLEARED, "user:zhou")
    (running,) = ask_api(office, "duty?area=lane")["now"]
    assert (running["who"], running["starts_at"]) == ("ann", "2026-01-02T14:06:00Z")
    office.act(SUPERVISOR, actions.Resolve(alert, Outcome.HELPED, note="Ann came at ten"))
    office.pass_to(60 * HOUR)
    assert office.find_alert() is None
    kinds = [what for _, what, _ in office.history(alert) if what not in {"escalated", "noted"}]
    assert kinds == ["opened", "raised", "acknowledged", "cleared", "resolved"]
    closed_at = office.alert(alert).resolved_at
    assert closed_at is not None
    with store.read(EVERYTHING) as reader:  # each minute asks: what was closed long ago is not read again
        since = (closed_at, closed_at + 1)
        assert [len(reader.rotas.list_closed("nobody_on_duty", [AreaId("lane")], at)) for at in since] == [1, 0]


def test_the_open_alerts_of_a_day_go_over_at_its_end(store: Store) -> None:
    """The hand-over at eight in the evening: what Ann has in hand is Bo's with one word of his, and its deadlines begin again."""
    office = Office(store)
    ann, bo = person("ann.w", Role.DESK, "lane"), person("bo.w", Role.DESK, "lane")
    add_account(store, "bo.w", "desk@lane")
    fall, silent = quiet("fall", priority=Priority.CRITICAL), quiet(home="h2")
    for edge in (fall, silent):
        office.happens(edge)
        office.act(ann, actions.Acknowledge(edge.alert_id))
    office.pass_to(1)
    offered = office.act(ann, actions.OfferHandOver(AreaId("lane"), "bo.w"))
    assert {alert.id for alert in offered.alerts} == {fall.alert_id, silent.alert_id}
    taken = office.act(bo, actions.AcceptHandOver(offered.offer))
    assert len(taken.alerts) == 2
    for edge in (fall, silent):
        assert (office.alert(edge.alert_id).owner, office.alert(edge.alert_id).answer) == ("user:bo.w", Answer.ACKNOWLEDGED)
        assert office.history(edge.alert_id)[-1][1:] == ("acknowledged", "user:bo.w")
    # Bo says nothing more of the fall: as of everything that is taken, it waits for somebody again in time
    office.pass_to(30)
    assert office.alert(fall.alert_id).owner == ""


def test_who_takes_over_counts_on_whoever_was_sent_to_the_door(store: Store) -> None:
    """Ann has sent Wang and goes home; Wang does not set off. Bo has not to find that out: it is back in the queue at once."""
    office = Office(store)
    ann, bo = person("ann.w", Role.DESK, "lane"), person("bo.w", Role.DESK, "lane")
    add_account(store, "bo.w", "desk@lane")
    alert = office.happens(quiet())
    office.act(ann, actions.AssignVisit(alert, ResponderId("wang")))
    offered = office.act(ann, actions.OfferHandOver(AreaId("lane"), "bo.w"))
    office.act(bo, actions.AcceptHandOver(offered.offer))
    office.minute(9)
    assert office.alert(alert).owner == "user:bo.w"
    office.minute(10.5)
    assert (office.alert(alert).owner, office.alert(alert).answer) == ("", Answer.UNACKNOWLEDGED)
