"""What a responder sees on the page of a visit: whom it is about, where, and how far the visit has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from homebeat.actions.identify import LinkCaller
from homebeat.actions.look import Look, show_with_record
from homebeat.actions.shared_homes import SharedHome, SharedHomes, list_shared_homes
from homebeat.actions.view import View
from homebeat.actions.visiting import find_visitor
from homebeat.domain.alert import Alert, Answer, Priority, can_undo_resolve
from homebeat.domain.cause import HOLDS
from homebeat.domain.contact_id import find_responder
from homebeat.domain.errors import NotFound
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.home_mark import HomeMark
from homebeat.domain.ids import AlertId, HouseholdId
from homebeat.domain.responder import HomeResponder
from homebeat.domain.role import Field, Operation
from homebeat.domain.visit import Visit
from homebeat.domain.visit_photo import MOST_PHOTOS, VisitPhoto, takes_photos
from homebeat.store import Store


@dataclass(frozen=True, slots=True)
class VisitHome:
    """One home of an alert about many homes.

    Attributes:
        names, phones: Of each person, in the same order; empty where it is not known.
        mark: What somebody who was there has said; None for nothing.
        marked_at: When, epoch ms.
    """

    household: HouseholdId
    names: tuple[str, ...]
    address: str
    phones: tuple[str, ...]
    mark: HomeMark | None
    marked_at: int | None


@dataclass(frozen=True, slots=True)
class VisitSight:
    """All that the page shows. Times are epoch ms.

    Attributes:
        names: Of the person whom the alert is about, or of everybody in the home; empty once the alert is closed, as are
            `address` and `phones`.
        closed_at: When the alert was closed; None while it is open.
        is_own_closing: They closed it themselves.
        can_undo: They may still take that back.
        visit: Theirs, the newest one; None where they have none.
        is_other: Somebody else is on the way or at the door.
        asks_position: It is known where the home is, so that a telephone's position at the door would prove something.
        is_grave: Somebody may be in danger of their life.
        rule: Of an alert about many homes: which. What was found at one of them closes nothing.
        homes: Of an alert about many homes: those that are theirs to look after, those first that need somebody most.
        homes_left_out: How many more of these there are.
        is_owner: They have the alert.
        photos: What they have sent from the door, oldest first.
        takes_photo: One more may be sent now.
    """

    names: tuple[str, ...]
    address: str
    phones: tuple[str, ...]
    timezone: str
    priority: Priority
    opened_at: int
    closed_at: int | None
    visit: Visit | None
    is_other: bool
    asks_position: bool
    now: int
    is_grave: bool
    is_own_closing: bool
    can_undo: bool
    rule: str = ""
    homes: tuple[VisitHome, ...] = ()
    homes_left_out: int = 0
    is_owner: bool = False
    photos: tuple[VisitPhoto, ...] = ()
    takes_photo: bool = False


def read_visit_sight(store: Store, caller: LinkCaller, clock: Callable[[], int]) -> VisitSight:
    """Read what the page of a visit shows. That it was shown goes on record before it leaves.

    Raises:
        NotFound: The alert or the home is gone, or the link is not for it.
        Unavailable: The database is away.
    """
    with store.read(caller.principal.find_scope(Operation.FOLLOW)) as reader:
        view = _VisitorView(reader, caller.principal, clock())
        sight = view.read_sight(caller.alert, caller.timezone)
    show_with_record(store, caller.principal.actor, view.looks, clock())
    return sight


def may_send_photo(store: Store, caller: LinkCaller, now: int) -> bool:
    """Whether a photo is taken of this responder at `now` (epoch ms): they are at the door, or were, and have not sent enough.

    Raises:
        Unavailable: The database is away.
    """
    with store.read(caller.principal.find_scope(Operation.FOLLOW)) as reader:
        visitor = str(caller.principal.actor)
        mine = [one for one in reader.visits.list_of([caller.alert]) if one.visitor == visitor]
        return bool(mine) and _takes_photo(mine[-1], reader.photos.list_of([caller.alert]), now)


def _takes_photo(visit: Visit, photos: Sequence[VisitPhoto], now: int) -> bool:
    return takes_photos(visit, now) and sum(one.visit == visit.id for one in photos) < MOST_PHOTOS


class _VisitorView(View):
    """As `View`, for one alert."""

    def read_sight(self, alert_id: AlertId, timezone: str) -> VisitSight:
        """Raises `NotFound`. `timezone`: of the home, also where nothing else of it is shown any more."""
        alert = self.reader.alerts.find_plain(alert_id)
        if alert is None or (alert.subject.household is None and alert.rule not in HOLDS):
            raise NotFound("there is no such alert")
        visits = self.reader.visits.list_of([alert_id])
        mine = [one for one in visits if one.visitor == str(self.principal.actor)]
        is_closed = alert.answer is Answer.RESOLVED
        if alert.subject.household is None:
            return self._read_many(alert, visits, mine)
        # once it is closed nobody has to go there any more: where somebody lives is not shown for longer than that
        home = None if is_closed else self.find_household(alert.subject.household, alert.subject.resident)
        residents = () if home is None else home.entry.residents
        if home is not None:
            self.looks.append(Look(f"alert:{alert_id}", frozenset({Field.NAME})))
        photos = tuple(one for one in self.reader.photos.list_of([alert_id]) if one.visitor == str(self.principal.actor))
        return VisitSight(
            names=tuple(one.resident.name for one in residents),
            address="" if home is None else home.entry.address,
            phones=tuple(one.resident.phone for one in residents),
            timezone=timezone,
            priority=alert.priority,
            opened_at=alert.opened_at,
            closed_at=alert.resolved_at if is_closed else None,
            visit=mine[-1] if mine else None,
            asks_position=home is not None and self.reader.fleet.find_position(alert.subject.household) is not None,
            is_other=any(one.is_live for one in visits if one not in mine),
            now=self.now,
            is_grave=alert.is_grave,
            is_own_closing=is_closed and alert.resolved_by == str(self.principal.actor),
            can_undo=can_undo_resolve(alert, self.now, str(self.principal.actor)),
            photos=photos,
            takes_photo=bool(mine) and _takes_photo(mine[-1], photos, self.now),
        )

    def _read_many(self, alert: Alert, visits: list[Visit], mine: list[Visit]) -> VisitSight:
        """Read what the page of an alert about many homes shows: the homes that are paired with them, or with nobody.

        A provider is called where those did not come: it sees all that lie in its areas.
        """
        is_closed, me = alert.answer is Answer.RESOLVED, str(self.principal.actor)
        who = find_responder(find_visitor(me))

        def shows(responders: Sequence[HomeResponder]) -> bool:
            paired = [one.responder for one in responders if one.is_paired]
            providers = [one.responder for one in responders if one.kind is ResponderKind.PROVIDER]
            return not paired or who in {*paired, *providers}

        shared = SharedHomes([]) if is_closed else list_shared_homes(self, alert, shows)
        theirs = shared.homes
        if theirs:
            self.looks.append(Look(f"alert:{alert.id}", frozenset({Field.NAME})))
        return VisitSight(
            names=(),
            address="",
            phones=(),
            timezone=theirs[0].home.timezone if theirs else "UTC",
            priority=alert.priority,
            opened_at=alert.opened_at,
            closed_at=alert.resolved_at if is_closed else None,
            visit=mine[-1] if mine else None,
            asks_position=False,
            is_other=any(one.is_live for one in visits if one not in mine),
            now=self.now,
            is_grave=alert.is_grave,
            is_own_closing=False,
            can_undo=False,
            rule=alert.rule,
            homes=tuple(map(make_visit_home, theirs)),
            homes_left_out=shared.left_out,
            is_owner=alert.owner == me,
        )


def make_visit_home(shared: SharedHome) -> VisitHome:
    """Make what the page shows of one home of an alert about many."""
    people = [one.resident for one in shared.home.residents]
    return VisitHome(
        shared.home.household,
        tuple(one.name for one in people),
        shared.home.address,
        tuple(one.phone for one in people),
        shared.mark,
        shared.marked_at,
    )
