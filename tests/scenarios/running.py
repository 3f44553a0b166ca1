"""Runs a tale through codecs, engine and response on a manual clock, and beside that through the store."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from homebeat.domain.alert import Alert, Answer, Edge, Priority, Transition, acknowledge, resolve
from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import AreaId
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.notice import Notice
from homebeat.engine.engine import Engine
from homebeat.engine.rulebook import RuleBook
from homebeat.ingest.reading import read
from homebeat.response.book import Book
from homebeat.response.receivers import Receivers
from homebeat.response.situation import Pair
from homebeat.rules.catalogue import RULES
from homebeat.stream.batch import EMPTY
from homebeat.stream.roster import Roster
from tests.scenarios.tale import Act, Tale


@dataclass
class Told:
    """What came of a tale."""

    steps: list[tuple[Alert, Transition]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    set_aside: Counter[QuarantineReason] = field(default_factory=Counter)
    alerts: dict[str, Alert] = field(default_factory=dict)
    failures: dict[tuple[str, str], int] = field(default_factory=dict)
    book: Book = field(default_factory=Book)

    def standing(self) -> dict[Pair, Alert]:
        return self.book.situation.standing

    def keep(self, alert: Alert, step: Transition) -> None:
        self.book.enter(alert)
        self.alerts[alert.id] = alert
        self.steps.append((alert, step))


class Shadow:
    """Does beside the memory what happens in it; this one does nothing."""

    def follow(self, fleet: Fleet, now: int) -> None:
        """The registry is this now."""

    def decide(self, edges: list[Edge], now: int) -> None:
        """The engine has said this."""

    def answer(self, alert: Alert, act: Act) -> None:
        """Somebody takes or closes an alert."""


def tell(tale: Tale, shadow: Shadow | None = None) -> Told:
    """Run it to its end; what happens in memory happens in `shadow` too."""
    book = RuleBook([tale.rule_set(RULES, own_area=own) for own in (False, True)], {AreaId("lane"): 1})
    fleet = tale.fleet(tale.starts_at)
    engine = Engine(Roster().with_registry(fleet, tale.starts_at), book)
    engine.resume(tale.starts_at)
    told, shadow = Told(), shadow or Shadow()
    shadow.follow(fleet, tale.starts_at)
    messages = sorted(tale.messages, key=lambda m: m.received_at)
    done, deaf = 0, False
    for act in [*sorted(tale.acts, key=lambda a: a.at), Act(tale.ends_at, "end")]:
        upto = done
        while upto < len(messages) and messages[upto].received_at < act.at:
            upto += 1
        if not deaf:
            _tick(engine, tale, told, shadow, messages[done:upto], max(act.at - 1, engine.now))
        done, deaf = upto, act.what == "deaf"
        _act(engine, tale, told, shadow, act, book)
    told.failures = dict(engine.blind.failures)
    return told


def _tick(engine: Engine, tale: Tale, told: Told, shadow: Shadow, messages: list, now: int) -> None:  # type: ignore[type-arg]
    intake = read(messages, engine.roster.device_row)
    told.set_aside.update(q.reason for q in intake.quarantined)
    edges = engine.advance(intake.batch if messages else EMPTY, now)
    told.book.situation.receivers = {
        (home.id, None): Receivers([(who.id, way.kind, n) for who in home.contacts for n, way in enumerate(who.channels)])
        for home in tale.fleet(now).households
    }
    decision = told.book.decide(edges)
    for alert, step in decision.changes:
        told.keep(alert, step)
    told.notices += decision.notices
    shadow.decide(edges, now)


def _act(engine: Engine, tale: Tale, told: Told, shadow: Shadow, act: Act, book: RuleBook) -> None:
    match act.what:
        case "registry":
            engine.follow(engine.roster.with_registry(tale.fleet(act.at), act.at), book)
            shadow.follow(tale.fleet(act.at), act.at)
        case "resume":
            engine.resume(act.at)
        case "take" | "close":
            (alert,) = (a for a in told.standing().values() if a.rule == act.rule)
            if act.what == "close" and alert.priority is Priority.CRITICAL and alert.answer is Answer.UNACKNOWLEDGED:
                _act(engine, tale, told, shadow, replace(act, what="take"), book)  # nobody closes a critical alert untaken
                (alert,) = (a for a in told.standing().values() if a.rule == act.rule)
            actor = f"user:{act.who}"
            told.keep(*(acknowledge(alert, act.at, actor) if act.what == "take" else resolve(alert, act.at, actor, act.outcome)))
            shadow.answer(alert, act)
