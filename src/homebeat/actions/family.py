"""What a family's link shows: how things stand about one alert, and values only where that was agreed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from homebeat.actions.family_words import FamilyWord, list_last_words
from homebeat.actions.give_up import RULE as DELIVERY_FAILED
from homebeat.actions.identify import LinkCaller
from homebeat.actions.look import Look, show_with_record
from homebeat.actions.pulse import read_as_of
from homebeat.actions.view import View
from homebeat.domain.alert import Alert, Answer, Outcome, Queue, Reason, TransitionKind
from homebeat.domain.as_of import AsOf
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import NotFound
from homebeat.domain.follow_up import FollowUp
from homebeat.domain.ids import AlertId, AreaId, ContactId, HouseholdId
from homebeat.domain.role import Field, Operation
from homebeat.domain.visit import Visit, find_furthest
from homebeat.store import AlertDetail, AlertFilter, HouseholdDetail, ReadingEntry, ResidentEntry, Store

_CARE: Final = frozenset({Queue.CARE})
_MOST: Final = 20
#: Closed with one of these, somebody was found well. A device that was the cause says nothing about a person.
_WELL: Final = frozenset({Outcome.FINE, Outcome.AWAY, Outcome.FALSE})
#: Closed with one of these, the alert is over, and nothing is normal.
_STILL_GRAVE: Final = frozenset({Outcome.HOSPITAL, Outcome.DECEASED})
_HELPED: Final = frozenset({Outcome.HELPED, Outcome.HOSPITAL})


class FamilyState(StrEnum):
    """The one word for the family."""

    ATTENTION = "attention"
    NORMAL = "normal"
    UNKNOWN = "unknown"  # nothing is proven: it must never read as normal


class FamilyEnding(StrEnum):
    """With what the alert was closed, as far as the family is told."""

    WELL = "well"
    HELPED = "helped"
    UNSAID = ""  # it is open, or was closed with something that says nothing about a person


@dataclass(frozen=True, slots=True)
class FamilySight:
    """All that the page shows. Times are epoch ms.

    Attributes:
        names: Of the person whom the alert is about, or of everybody in the home.
        since: Since when `state` holds; None where that is not known.
        now: When this was so.
        taken_at: Since when somebody answers for the alert; None while nobody does.
        closed_at: When it was closed; None while it is open.
        other_at: Since when another alert about them is open; None where there is none.
        reason: Why the alert was opened, with values; None where they are not shown.
        readings: The latest of each device, of the last day; empty where they are not shown.
        litres: Water of the home in the last 24 hours; None where it is not shown or not known.
        phones: Of the people in `names`, as they stand in the fleet file; empty where there are none.
        replies: What the family has answered, each contact's last word, in order.
        is_stopped: Whoever looks wants no more messages.
        is_resident: Whoever looks lives there: they are asked how they are.
        is_grave: Somebody may be in danger of their life.
        follow_up: What is asked after the closing, and was answered; None while nothing is asked.
        visit: Who goes to the door, without a name: how far the visit that has come furthest is; None where there is none, and
            once the alert is closed.
    """

    names: tuple[str, ...]
    timezone: str
    state: FamilyState
    since: int | None
    now: int
    taken_at: int | None
    closed_at: int | None
    ending: FamilyEnding
    other_at: int | None
    reason: Reason | None
    readings: tuple[ReadingEntry, ...]
    litres: float | None
    phones: tuple[str, ...] = ()
    replies: tuple[FamilyWord, ...] = ()
    is_stopped: bool = False
    is_resident: bool = False
    is_grave: bool = False
    follow_up: FollowUp | None = None
    visit: Visit | None = None


def read_family_sight(store: Store, caller: LinkCaller, clock: Callable[[], int]) -> FamilySight:
    """Read what a family's link shows. That it was shown goes on record before it leaves.

    It is shown also while the database cannot record it: they may be about to go there.

    Raises:
        NotFound: The alert or the home is gone, or the link is not for it.
        Unavailable: The database is away.
    """
    with store.read(caller.principal.find_scope(Operation.FOLLOW)) as reader:
        view = _FamilyView(reader, caller.principal, clock())
        sight = view.read_sight(caller.alert)
    show_with_record(store, caller.principal.actor, view.looks, clock())
    return sight


class _FamilyView(View):
    """As `View`, for one alert."""

    def read_sight(self, alert_id: AlertId) -> FamilySight:
        """Raises `NotFound`."""
        detail = self.get_alert(alert_id)
        household = None if detail is None else detail.entry.alert.subject.household
        home = (
            None if detail is None or household is None else self.find_household(household, detail.entry.alert.subject.resident)
        )
        if detail is None or household is None or home is None or not self._may_follow(detail.entry.alert, home):
            raise NotFound("there is no such alert")
        alert, as_of = detail.entry.alert, read_as_of(self.reader, self.now)
        self.looks.append(Look(f"alert:{alert_id}", frozenset({Field.NAME})))
        other_at = self._find_other(alert, household)
        state, since = _find_state(alert, other_at, home, as_of)
        return FamilySight(
            names=tuple(one.resident.name for one in home.entry.residents),
            timezone=home.entry.timezone,
            state=state,
            since=since,
            now=self.now,
            taken_at=alert.acknowledged_at if alert.answer is not Answer.UNACKNOWLEDGED else None,
            closed_at=alert.resolved_at if alert.answer is Answer.RESOLVED else None,
            ending=_find_ending(alert),
            other_at=other_at,
            reason=self._find_reason(alert, household, home.entry.area),
            readings=tuple(reading for device in home.devices for reading in device.latest),
            litres=self._add_litres(home),
            phones=tuple(one.resident.phone for one in home.entry.residents if Field.PHONE not in one.hidden),
            replies=self._list_replies(detail, household),
            is_stopped=self.reader.fleet.is_stopped(ContactId(self.principal.actor.name)),
            is_resident=self.reader.fleet.is_resident_contact(ContactId(self.principal.actor.name)),
            is_grave=alert.is_grave,
            follow_up=self._find_follow_up(alert_id),
            visit=None if alert.answer is Answer.RESOLVED else find_furthest(self.reader.visits.list_of([alert_id])),
        )

    def _mask_resident(self, entry: ResidentEntry) -> ResidentEntry:
        """Keep that they are away: it is not shown, but who is away is `unknown`, and never `normal`."""
        return replace(super()._mask_resident(entry), state=entry.state)

    def _may_follow(self, alert: Alert, home: HouseholdDetail) -> bool:
        household, area = home.entry.household, home.entry.area
        found = self._standings.find_relations(Field.NAME, household, area, alert.subject.resident)
        return self.principal.may_on(Operation.FOLLOW, self._standings.get_line(household, area), found)

    def _find_follow_up(self, alert_id: AlertId) -> FollowUp | None:
        found = self.reader.follow_ups.find(alert_id)
        return found if found is not None and self.now >= found.due_at else None

    def _find_other(self, alert: Alert, household: HouseholdId) -> int | None:
        """Since when another alert about the same people waits at the care desk. A message that did not arrive is none."""
        where = AlertFilter(is_open=True, household=household, queues=_CARE)
        who = alert.subject.resident
        found, cursor = list[Alert](), None
        while True:
            # a home of many may have more of them than a page holds: one that is overlooked would read as normal
            page = self.reader.alerts.read_plain_page(where, _MOST, cursor)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        others = [one for one in found if one.id != alert.id and one.rule != DELIVERY_FAILED]
        about = [one for one in others if None in {who, one.subject.resident} or one.subject.resident == who]
        return min((one.opened_at for one in about), default=None)

    def _list_replies(self, detail: AlertDetail, household: HouseholdId) -> tuple[FamilyWord, ...]:
        """Of the others it gives the relation alone, and that to the family: it is no more than what they know."""
        if all(step.kind is not TransitionKind.REPLIED for step in detail.history):
            return ()
        contacts = self.reader.fleet.find_contacts([household]).get(household, [])
        said = (step for step in detail.history if step.kind is TransitionKind.REPLIED)
        return list_last_words(said, contacts, str(self.principal.actor))

    def _find_reason(self, alert: Alert, household: HouseholdId, area: AreaId) -> Reason | None:
        """The sentence may hold values of both kinds, so it takes both."""
        needs = {Field.VITALS: alert.subject.resident, Field.WATER: None}
        if any(self._find_begin(field, household, area, who) is None for field, who in needs.items()):
            return None
        self.note(f"resident:{alert.subject.resident}" if alert.subject.resident else f"household:{household}", needs)
        return alert.reason

    def _add_litres(self, home: HouseholdDetail) -> float | None:
        known = [use.litres for use in self.compute_hourly_litres(home, self.now - DAY_MS, self.now) if use.litres is not None]
        return sum(known) if known else None


def _find_state(alert: Alert, other_at: int | None, home: HouseholdDetail, as_of: AsOf) -> tuple[FamilyState, int | None]:
    """Find the word, and since when it holds. An alert that is open is a fact, however old everything else is."""
    if alert.answer is not Answer.RESOLVED or other_at is not None:
        mine = alert.opened_at if alert.answer is not Answer.RESOLVED else None
        return FamilyState.ATTENTION, min(at for at in (mine, other_at) if at is not None)
    if alert.outcome in _STILL_GRAVE:
        return FamilyState.ATTENTION, alert.opened_at
    known = [one.state for one in home.entry.residents]
    states = [as_of.find_state(None if one is None or one.away else one.state) for one in known]
    if states and "unknown" not in states:
        return FamilyState.NORMAL, alert.resolved_at
    one = known[0] if len(known) == 1 else None
    return FamilyState.UNKNOWN, as_of.find_since(None if one is None or one.away else one.since_at)


def _find_ending(alert: Alert) -> FamilyEnding:
    return (
        FamilyEnding.WELL if alert.outcome in _WELL else FamilyEnding.HELPED if alert.outcome in _HELPED else FamilyEnding.UNSAID
    )
