"""The people of the simulation: a desk, families, and those who go to the door. They answer, sleep, refuse, and press twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from homebeat import actions
from homebeat.actions.family import read_family_sight
from homebeat.actions.identify import LinkCaller, identify_family, identify_visitor
from homebeat.actions.report_visit import VisitReport
from homebeat.actions.visitor import read_visit_sight
from homebeat.domain.alert import Outcome
from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.follow_up import FollowUpAnswer
from homebeat.domain.ids import AlertId, ResponderId
from homebeat.domain.role import Role
from homebeat.store import Leased
from tests.people import person
from tests.simulation.invariants import HARMLESS
from tests.simulation.staff import WHY
from tests.simulation.street import DESK, HOMES, PROVIDER, address_of, name_of
from tests.simulation.violation import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World

_OUTCOMES: Final = (Outcome.FINE, Outcome.HELPED, Outcome.FALSE, Outcome.DEVICE, Outcome.OTHER)
_RESPONDERS: Final = ("wang", "grid", PROVIDER, PROVIDER, "zhou")
#: Of those who answer by a link, so many look at its page first: to make it takes longer than to answer.
_LOOKS: Final = 0.4
#: How often somebody at the desk does what, of all that they do.
_HABITS: Final = {"take": 10, "note": 2, "close": 5, "give back": 2, "send": 3, "shelve": 1}
_HABITS_OF_OWNER: Final = {"take": 1, "note": 3, "close": 8, "give back": 3, "send": 4, "call off": 2, "shelve": 1}
_HABITS_AFTERWARDS: Final = {"undo": 3, "note": 1, "close": 1}


class People:
    """Everybody on the street who answers for somebody."""

    def __init__(self, world: World) -> None:
        self._world, self._chance = world, world.chance
        self._messages = 0
        self._visits: dict[str, str] = {}
        world.channels.on_message = self.get_message

    def begin_shifts(self) -> None:
        """The desk looks at its queue from now on."""
        for name in DESK:
            self._look_later(name)

    def get_message(self, notice: Leased) -> None:
        """Somebody reads a message, or sleeps."""
        self._messages += 1
        path = urlsplit(str(notice.payload.get("link", ""))).path
        if self._chance.random() < 0.45:
            return
        _, kind, token = (path + "//").split("/", 3)[:3]
        if token and notice.event == "alert.follow_up":
            self._say_afterwards(f"{notice.contact}.{self._messages}", token)
        elif token and kind == "f":
            self._answer(f"{notice.contact}.{self._messages}", token)
        elif token and kind == "v":
            self._visit(f"{notice.contact}.{self._messages}", token)

    # ---------------------------------------------------------------- the desk

    def _look_later(self, name: str) -> None:
        minutes = self._chance.choice((3, 10, 30, 60, 480))
        self._world.plan(minutes * MINUTE_MS * self._chance.uniform(0.5, 1.5), name, lambda: self._look(name))

    def _look(self, name: str) -> None:
        """Look at the queue, and decide on what is seen now; it is done a little later, or much later."""
        self._look_later(name)
        stands = self._world.invariants.current
        waiting = sorted(stands.list_open(), key=lambda one: (one.priority_rank, one.id))
        closed = [one for one in stands.alerts.values() if one.resolved_by == f"user:{name}"]
        for alert in [*waiting[:4], *(one for one in closed[-1:] if self._world.now() - (one.resolved_at or 0) < HOUR_MS)]:
            habits = {"acknowledged": _HABITS_OF_OWNER, "resolved": _HABITS_AFTERWARDS}.get(alert.answer, _HABITS)
            (what,) = self._chance.choices(list(habits), list(habits.values()))
            for _ in range(1 + (self._chance.random() < 0.15)):  # some press twice
                delay = self._chance.choice((2, 20, 60, 400)) * 1_000 * self._chance.uniform(0.5, 1.5)
                self._world.plan(delay, name, self._decide(name, what, alert))

    def _decide(self, name: str, what: str, alert: Any) -> Callable[[], None]:
        alert_id, version = AlertId(alert.id), int(alert.version)
        match what:
            case "take":
                action: Any = actions.Acknowledge(alert_id, version)
            case "note":
                action = actions.AddNote(alert_id, f"called, {self._chance.randrange(1_000)}", version)
            case "close":
                note = self._chance.choice(("", "seen at the window"))
                action = actions.Resolve(alert_id, self._chance.choice(_OUTCOMES), version, note)
            case "give back":
                action = actions.Release(alert_id, version)
            case "send":
                action = actions.AssignVisit(alert_id, ResponderId(self._chance.choice(_RESPONDERS)), version)
            case "undo":
                action = actions.Reopen(alert_id, version)
            case "shelve":
                lasts = self._chance.choice((30, 120, 480)) * MINUTE_MS
                return lambda: self._shelve(name, actions.Shelve(alert_id, WHY, lasts))
            case _:
                return lambda: self._call_off(name, alert_id)
        harmless = HARMLESS | ({"replied"} if what == "take" else set())

        def act() -> None:
            known = len(self._world.invariants.steps[alert_id])
            self._world.perform(person(name, Role.DESK), action)
            self._world.invariants.check_version(alert_id, version, f"user:{name}", known, frozenset(harmless))

        return act

    def _shelve(self, name: str, action: actions.Shelve) -> None:
        self._world.perform(person(name, Role.DESK), action)

    def _call_off(self, name: str, alert_id: AlertId) -> None:
        for visit in sorted(self._world.invariants.current.visits.values(), key=lambda one: str(one.id)):
            if visit.alert_id == alert_id:
                self._world.perform(person(name, Role.DESK), actions.CancelVisit(alert_id, visit.id))
                return

    def close_everything(self) -> None:
        """Somebody at the desk closes whatever is open."""
        chen = person("chen", Role.DESK)
        for alert in sorted(self._world.invariants.current.list_open(), key=lambda one: str(one.id)):
            if not alert.owner:
                self._world.perform(chen, actions.Acknowledge(AlertId(alert.id)))
            self._world.perform(chen, actions.Resolve(AlertId(alert.id), Outcome.FINE, note="seen"))

    # ---------------------------------------------------------------- by the link in a message

    def _plan(self, minutes: float, who: str, act: Callable[[], None]) -> None:
        self._world.plan(minutes * MINUTE_MS * self._chance.uniform(0.2, 2), who, act)

    def _answer(self, who: str, token: str) -> None:
        answers = self._chance.choices(tuple(FamilyReply), k=self._chance.choice((1, 1, 2)))
        minutes = self._chance.choice((1, 5, 20, 120))
        for answer in answers:
            self._plan(minutes, who, lambda answer=answer: self._reply(token, answer))  # type: ignore[misc]
        if self._chance.random() < 0.06:
            self._plan(minutes, who, lambda: self._stop(token, is_wanted=False))
            self._plan(60 * 30, who, lambda: self._stop(token, is_wanted=True))

    def _say_afterwards(self, who: str, token: str) -> None:
        for answer in self._chance.choices(tuple(FollowUpAnswer), k=self._chance.choice((0, 1, 2))):
            self._plan(300, who, lambda answer=answer: self._say(token, answer))  # type: ignore[misc]

    def _say(self, token: str, answer: FollowUpAnswer) -> None:
        caller = self._find_family(token)
        if caller is not None:
            self._world.perform(caller.principal, actions.SayAfterwards(caller.link_id, answer))

    def _find_family(self, token: str) -> LinkCaller | None:
        return identify_family(self._world.store, token, self._world.now())

    def _reply(self, token: str, answer: FamilyReply) -> None:
        caller = self._find_family(token)
        if caller is None:
            return
        if self._chance.random() < _LOOKS:
            self._check_sight(read_family_sight(self._world.store, caller, self._world.now), str(caller.principal.actor.name))
        until = self._world.now() + 24 * HOUR_MS if answer is FamilyReply.WITH_ME else None
        self._world.perform(caller.principal, actions.Reply(caller.link_id, answer, until))

    def _stop(self, token: str, *, is_wanted: bool) -> None:
        caller = self._find_family(token)
        if caller is None:
            return
        contact = str(caller.principal.actor.name)
        self._world.channels.stopped.discard(contact)  # whatever comes of this, nobody is sure before it is done
        self._world.perform(caller.principal, actions.StopWriting(caller.link_id, is_wanted))
        if not is_wanted:
            self._world.channels.stopped.add(contact)

    def _visit(self, who: str, token: str) -> None:
        will = self._chance.choice(("cannot", "comes", "comes", "does not come", "is seen at once"))
        minutes = self._chance.choice((1, 5, 20))
        if will == "cannot":
            self._plan(minutes, who, lambda: self._report(token, VisitReport.CANNOT))
            return
        reports = [VisitReport.SEEN] if will == "is seen at once" else [VisitReport.GO]
        if will == "comes":
            reports += [VisitReport.GO, VisitReport.AT_DOOR, VisitReport.SEEN]
        outcome = self._chance.choice(_OUTCOMES)
        for number, report in enumerate(reports, 1):
            delay = minutes * number
            self._plan(delay, who, lambda report=report: self._report(token, report, outcome))  # type: ignore[misc]

    def _report(self, token: str, report: VisitReport, outcome: Outcome | None = None) -> None:
        caller = identify_visitor(self._world.store, token, self._world.now())
        if caller is None:
            return
        home = self._world.invariants.current.alerts[caller.alert].household
        if self._chance.random() < _LOOKS:
            self._check_sight(read_visit_sight(self._world.store, caller, self._world.now), home)
        found = outcome if report is VisitReport.SEEN else None
        self._world.perform(caller.principal, actions.ReportVisit(caller.link_id, report, found))

    def _check_sight(self, sight: object, who: str) -> None:
        """Whoever opens a link sees its home, and no other."""
        home, shown = who.split("/", maxsplit=1)[0], repr(sight)
        for other in HOMES:
            if other != home and (name_of(other) in shown or address_of(other) in shown):
                raise Violation(f"a link of {home} shows {other}")
