"""Who answers in the demo, and what they do: responders, a rota, a plan with short waits, moments that play by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from homebeat import actions
from homebeat.actions.identify import identify_family
from homebeat.actions.visiting import name_visitor
from homebeat.domain.actor import ActorKind
from homebeat.domain.alert import Alert, Answer, Outcome
from homebeat.domain.contact_id import find_responder
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound, NotPermitted
from homebeat.domain.event import AlertEvent, EventType
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import AreaId, ContactId, ResponderId, RotaId
from homebeat.domain.principal import Grant, Principal, make_command, make_holder
from homebeat.domain.response_plan import Party, PlanBook, PlanChoice, PlanStep, ResponsePlan
from homebeat.domain.role import Role
from homebeat.domain.rota import EVERY_DAY, DutyHours, Rota, ShiftPattern
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store
from homebeat.wording import Language, Wording
from homebeat.wording.catalogue import msg

#: Nobody answers for this rule in the demo, so its plan goes through to its end: in a minute, not in half an hour.
ESCALATES: Final = "no_sign_of_life"
PLAN: Final = ResponsePlan(
    "demo",
    (
        PlanStep(Party.FAMILY, timedelta(seconds=10)),
        PlanStep(Party.WORKER, timedelta(seconds=10)),
        PlanStep(Party.PROVIDER, timedelta(seconds=10)),
        PlanStep(Party.SUPERVISOR, timedelta(minutes=5)),
        PlanStep(Party.DESK, timedelta(minutes=5), together=True),
    ),
)
#: For whom a visit is missed; and for whom the family's link is printed and answered, and a shift is handed over.
_FALL, CALL = "fall", "sos"
_CITY: Final = AreaId("city")
VOLUNTEER: Final = ResponderId("volunteer")
#: When each moment comes, after what it waits for, and how long a volunteer has who does not come.
_AFTER_MS: Final = 8_000
_SHIFT_MS: Final = 20_000
_NO_SHOW_MS: Final = 20_000
#: How long after the last scene the case of the fall is closed: whoever looks has seen all of them open.
_CLOSE_MS: Final = 80_000
_SCENES: Final = frozenset({_FALL, CALL, ESCALATES, "water_running", "device_silent"})
_NAMES: Final[Mapping[Language, Mapping[str, str]]] = {
    Language.ENGLISH: {VOLUNTEER: "Wang Hong", "provider": "Plum Home Care"},
    Language.CHINESE: {VOLUNTEER: "王红", "provider": "梅园护理站"},
}
_KINDS: Final = {
    "desk-1": (ResponderKind.DESK, Role.DESK),
    "desk-2": (ResponderKind.DESK, Role.RESPONDER),
    VOLUNTEER: (ResponderKind.VOLUNTEER, None),
    "provider": (ResponderKind.PROVIDER, None),
    "supervisor": (ResponderKind.SUPERVISOR, Role.SUPERVISOR),
}
_SHOWN: Final = frozenset(EventType) - {EventType.OPENED, EventType.CLEARED, EventType.CONTRADICTED, EventType.NOTED}
_BATCH: Final = 100
#: What the desk writes when it closes the case of the fall.
_FOUND: Final = msg("Helped up; nothing is broken.")
_MOMENTS: Final = (
    msg("somebody of the family answers on the page of the link that is printed"),
    msg("%(home)s: nobody answers; the plan notifies one after the other, to its end"),
    msg("%(home)s: a volunteer is sent to the door, and has not set off after 20 s"),
    msg("%(home)s: the desk takes it, and hands it over at the end of the shift"),
    msg("%(home)s: at the end it is closed, and the family is asked at once, not a day later, whether somebody came"),
)


def add_responders(
    fleet: dict[str, Any], people: Mapping[Role, str], channels: list[dict[str, str]], language: str, homes: list[str]
) -> None:
    """Add who answers to a fleet file; the volunteer is paired with `homes`."""
    names = _NAMES[Language(language)]
    fleet["responders"] = [
        {
            "id": ident,
            "name": names.get(ident) or people[role or Role.DESK],
            "kind": kind.value,
            "areas": [_CITY],
            "language": language,
            "channels": channels,
            **({"account": people[role]} if role else {}),
        }
        for ident, (kind, role) in _KINDS.items()
    ]
    for home in fleet["households"]:
        if home["id"] in homes:
            home["paired"] = [VOLUNTEER]


def set_rota(store: Store, zone: str, now: int, words: Wording) -> None:
    """Write a rota of the desk: two people, twelve hours each."""
    turns = ((words.text("day shift"), 480, 1200, "desk-1"), (words.text("night shift"), 1200, 480, "desk-2"))
    shifts = tuple(
        ShiftPattern(name, DutyHours(EVERY_DAY, starts, ends), (ResponderId(who),)) for name, starts, ends, who in turns
    )
    started = datetime.fromtimestamp(now / 1000, UTC).date() - timedelta(days=7)
    rota = Rota(RotaId("desk"), _CITY, ResponderKind.DESK, zone, started, shifts)
    actions.Perform(store, lambda: now)(make_command("demo"), actions.SetRotas((rota,), {}, accepts_gaps=True))


def hurry_plan(book: PlanBook) -> PlanBook:
    """Give the one rule its plan with short waits; the rest stays as the settings say."""
    everywhere = PlanChoice(book.everywhere.plan, {**book.everywhere.rules, ESCALATES: PLAN.name})
    return replace(book, plans={**book.plans, PLAN.name: PLAN}, everywhere=everywhere)


def list_moments(words: Wording, homes: Mapping[str, str]) -> list[str]:
    """List what people will do, as lines; `homes` are those of the scenes, by rule."""
    of = ("", homes[ESCALATES], homes[_FALL], homes[CALL], homes[_FALL])
    return [words.text(moment, home=home) for moment, home in zip(_MOMENTS, of, strict=True)]


@dataclass
class Moments:
    """Plays the moments, each once, and says every step that people and the clock take, with its address.

    Attributes:
        people: The names of the accounts, by role.
        base: What the addresses of pages begin with.
        clock: The database's, epoch ms.
        done: Which moments have been; kept by whoever made this.
        say: Gets one line for each step.
    """

    store: Store
    perform: actions.Perform
    words: Wording
    people: Mapping[Role, str]
    base: str
    zone: str
    clock: Callable[[], int]
    done: set[str]
    say: Callable[[str], None]
    _position: int | None = field(default=None, init=False)
    _link: str = field(default="", init=False)
    _linked_at: int = field(default=0, init=False)

    def find_link(self, link: str) -> None:
        """Note the family's link that was printed."""
        if link and not self._link:
            self._link, self._linked_at = link, self.clock()

    def play(self, alerts: list[Alert]) -> None:
        """Play what is due; `alerts` are the open ones. Whoever tries the pages may have been quicker: then it is left out."""
        now, of = self.clock(), {alert.rule: alert for alert in alerts if alert.rule in {_FALL, CALL}}
        if self._link and now >= self._linked_at + _AFTER_MS:
            self._once("answered", lambda: self._answer(now))
        if (fall := of.get(_FALL)) is not None and now >= fall.opened_at + _AFTER_MS:
            self._once("visit", lambda: self._send_volunteer(fall, now))
            if "followed_up" not in self.done and _have_been_long(alerts, now) and self._has_family(fall):
                self._once("followed_up", lambda: self._close(fall, now))
        if (sos := of.get(CALL)) is not None and now >= sos.opened_at + _AFTER_MS:
            self._once("taken", lambda: self.perform(self._find(Role.DESK), actions.Acknowledge(sos.id)))
            if sos.answer is Answer.ACKNOWLEDGED and now >= sos.opened_at + _AFTER_MS + _SHIFT_MS:
                self._once("handed_over", self._hand_over)

    def tell(self) -> None:
        """Say what has happened since the last look."""
        with self.store.read(EVERYTHING) as reader:
            newest = reader.events.find_last()
            events = [] if self._position is None else reader.events.read_after(self._position, newest, _BATCH)
        self._position = events[-1].number if len(events) == _BATCH else newest
        for event in events:
            if event.type in _SHOWN:
                self.say(self._write(event))

    def _write(self, event: AlertEvent) -> str:
        address = self._link if event.type is EventType.FAMILY_ANSWERED and self._link else f"{self.base}/?alert={event.alert_id}"
        about = event.household or event.area or ""
        return f"  step    {event.type:<20}{about:<10} {self.words.sentence(event.reason, timezone=self.zone)} {address}"

    def _once(self, name: str, act: Callable[[], object]) -> None:
        if name in self.done:
            return
        self.done.add(name)
        try:
            act()
        except (Incomplete, NotAllowed, NotFound, NotPermitted) as error:
            self.say(f"  ({error})")

    def _find(self, role: Role) -> Principal:
        return make_holder(ActorKind.PERSON, self.people[role], [Grant(role)])

    def _answer(self, now: int) -> None:
        caller = identify_family(self.store, self._link.rpartition("/")[2], now)
        if caller is not None:
            self.perform(caller.principal, actions.Reply(caller.link_id, FamilyReply.CALLING))

    def _send_volunteer(self, alert: Alert, now: int) -> None:
        """Send the volunteer, who has seconds in place of minutes to set off."""
        self.perform(self._find(Role.RESPONDER), actions.AssignVisit(alert.id, VOLUNTEER))
        with self.store.begin() as tx:
            visit = tx.visits.find_live(alert.id, name_visitor(ContactId(f"/{VOLUNTEER}")))
            if visit is not None:
                tx.visits.put(replace(visit, due_at=now + _NO_SHOW_MS), now)

    def _has_family(self, alert: Alert) -> bool:
        """Whether somebody of the family was notified of an alert."""
        with self.store.begin() as tx:
            return any(find_responder(who) is None for who, _, _ in tx.outbox.find_recipients(alert.id))

    def _close(self, alert: Alert, now: int) -> None:
        """Close a case, whose follow-up is due at once."""
        self.perform(self._find(Role.RESPONDER), actions.Acknowledge(alert.id))
        self.perform(self._find(Role.RESPONDER), actions.Resolve(alert.id, Outcome.HELPED, note=self.words.text(_FOUND)))
        with self.store.begin() as tx:
            follow_up = tx.follow_ups.find(alert.id)
            if follow_up is not None:
                tx.follow_ups.put(replace(follow_up, due_at=now))

    def _hand_over(self) -> None:
        offered = self.perform(self._find(Role.DESK), actions.OfferHandOver(_CITY, self.people[Role.RESPONDER]))
        self.perform(self._find(Role.RESPONDER), actions.AcceptHandOver(offered.offer))


def _have_been_long(alerts: list[Alert], now: int) -> bool:
    """Whether every scene is an open alert, and has been for a while at `now` (epoch ms)."""
    opened: dict[str, int] = {}
    for alert in alerts:
        if alert.rule in _SCENES:
            opened[alert.rule] = max(alert.opened_at, opened.get(alert.rule, 0))
    return opened.keys() == _SCENES and now >= max(opened.values()) + _CLOSE_MS
