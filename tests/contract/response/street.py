"""A street with everybody who answers for somebody, on one manual clock: what happens, told as it happens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from homebeat.actions import FollowEdges, Perform, Reply, ReportVisit, perform_in
from homebeat.actions.identify import identify_family, identify_visitor
from homebeat.actions.perform import Action
from homebeat.actions.report_visit import VisitReport
from homebeat.deadlines.keeper import DeadlineKeeper
from homebeat.domain.alert import Alert, Edge, Priority, TransitionKind
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.fleet import Channel, Contact, Fleet, Household, Responder, ResponderKind
from homebeat.domain.ids import AlertId, AreaId, ContactId, ResponderId
from homebeat.domain.principal import ENGINE, Principal
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.scope import EVERYTHING
from homebeat.response.setup import ResponseSetup
from homebeat.store import AlertDetail, Attempt, Store
from tests.contract.store.conftest import STREET, T0, edge
from tests.people import add_family_link

MINUTE: Final = 60_000


def webhook(host: str) -> tuple[Channel, ...]:
    return (Channel("webhook", {"url": f"https://{host}.example/hook"}),)


def responder(name: str, kind: ResponderKind, area: str = "town", account: str = "") -> Responder:
    return Responder(
        ResponderId(name), name.title(), kind, (AreaId(area),), channels=webhook(name), language="en", account=account
    )


STAFF: Final = (
    responder("wang", ResponderKind.VOLUNTEER),
    responder("grid", ResponderKind.FIELD),
    responder("care-co", ResponderKind.PROVIDER),
    responder("zhou", ResponderKind.SUPERVISOR),
)
FAMILY: Final = (
    Contact(ContactId("h1/son"), "Lin Wei", "son", webhook("son"), "139-0000-0001", "en"),
    Contact(ContactId("h1/daughter"), "Lin Mei", "daughter", webhook("daughter"), "139-0000-0002", "zh-CN"),
)


def make_fleet(*, plan: str = "family_first", paired: tuple[str, ...] = ("wang",)) -> Fleet:
    first: Household = replace(STREET.households[0], contacts=FAMILY, plan=plan, paired=tuple(map(ResponderId, paired)), away=())
    return replace(STREET, households=(first, *STREET.households[1:]), responders=STAFF)


def quiet(rule: str = "no_sign_of_life", home: str = "h1", priority: Priority = Priority.HIGH) -> Edge:
    return edge(home, rule, priority=priority)


@dataclass
class Town:
    """Everything of a day, step by step. `minute` moves the clock, and the deadlines with it."""

    store: Store
    book: PlanBook
    now: int = T0

    def __post_init__(self) -> None:
        self.setup = ResponseSetup("https://desk.example", self.book)
        self.perform = Perform(self.store, lambda: self.now, self.setup)
        self.keeper = DeadlineKeeper(self.store, self.setup, lambda: self.now)
        with self.store.begin() as tx:
            tx.fleet.apply(make_fleet(), T0)

    def happens(self, *edges: Edge) -> AlertId:
        with self.store.begin() as tx:
            perform_in(tx, ENGINE, FollowEdges(edges), self.now, self.setup)
        return edges[0].alert_id

    def over(self, of: Edge) -> None:
        self.happens(replace(of, kind=TransitionKind.CLEARED, at=self.now))

    def act(self, who: Principal, action: Action[Any]) -> Any:
        return self.perform(who, action)

    def family(self, contact: str, alert: AlertId, answer: FamilyReply, until: int | None = None) -> None:
        """What a contact presses on the page of the link that they got."""
        token = add_family_link(self.store, alert, contact, self.now)
        self.take_notices()  # the one that carries the link
        caller = identify_family(self.store, token, self.now)
        assert caller is not None
        self.perform(caller.principal, Reply(caller.link_id, answer, until))

    def visitor(self, responder: str, alert: AlertId, report: VisitReport, **more: Any) -> None:
        """What a responder presses on the page of a visit."""
        token = add_family_link(self.store, alert, responder, self.now)
        self.take_notices()  # the one that carries the link
        caller = identify_visitor(self.store, token, self.now)
        assert caller is not None
        self.perform(caller.principal, ReportVisit(caller.link_id, report, **more))

    def minute(self, until: float, step_s: int = 10) -> list[tuple[float, str, str]]:
        """Let time pass until so many minutes after the start: (minute, who is written to, event), in order."""
        said, end = self.take_notices(), T0 + round(until * MINUTE)
        while self.now < end:
            self.now = min(self.now + step_s * 1_000, end)
            self.keeper.step(self.now)
            said += self.take_notices()
        return said

    def take_notices(self) -> list[tuple[float, str, str]]:
        """What leaves now: each message once, all of them delivered."""
        with self.store.begin() as tx:
            leased = tx.outbox.claim(self.now, "test", 1_000, 60_000)
            for notice in leased:
                tx.outbox.settle(notice.id, "test", Attempt(self.now, 1, ok=True))
        return sorted(((self.now - T0) / MINUTE, notice.contact, notice.event) for notice in leased)

    def detail(self, alert: AlertId) -> AlertDetail:
        with self.store.read(EVERYTHING) as reader:
            found = reader.alerts.get(alert)
        assert found is not None
        return found

    def alert(self, alert: AlertId) -> Alert:
        return self.detail(alert).entry.alert

    def history(self, alert: AlertId) -> list[tuple[float, str, str]]:
        """(minute, what, who) of each step."""
        return [((step.at - T0) / MINUTE, step.kind.value, step.actor) for step in self.detail(alert).history]
