"""Who wants notes about a home although nothing has happened, and whether one may be sent now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, case, func, or_, select

from homebeat.domain.alert import Answer, Desk, Outcome
from homebeat.domain.consent import Purpose
from homebeat.domain.family_note import DAILY, WEEK_DAYS, WEEKLY, WeekSeen
from homebeat.domain.ids import ContactId, HouseholdId
from homebeat.domain.quiet_hours import QuietHours
from homebeat.domain.scope import Scope
from homebeat.store.access.tables import consent
from homebeat.store.alert import tables as alert_tables
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.database import insert_into
from homebeat.store.home import tables as home_tables
from homebeat.store.home.rows import read_quiet_hours
from homebeat.store.notice import tables
from homebeat.store.scoping import require_everything

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import ColumnElement, Select

_contact, _home, _resident = home_tables.contact, home_tables.household, home_tables.resident
_sign, _note = home_tables.first_sign, tables.family_note
_alert, _alert_home, _held = alert_tables.alert, alert_tables.alert_home, alert_tables.held_edge


@dataclass(frozen=True, slots=True)
class DueNote:
    """A note that a contact may be sent now.

    Attributes:
        day: For which it is, days since 1970-01-01; of a weekly one the Monday.
        first_at: Of a daily one: the first sign of life of the day, epoch ms.
    """

    contact: ContactId
    household: HouseholdId
    timezone: str
    day: int
    quiet_hours: QuietHours | None
    first_at: int = 0


class FamilyNoteQueries:
    """Notes, for reading. Each look is one statement, for however many homes."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def list_zones(self) -> list[str]:
        """List the time zones of homes of which somebody wants notes."""
        require_everything(self._scope)
        query = select(_home.c.timezone).join(_contact, _contact.c.household == _home.c.id).where(home_tables.WANTS_NOTES)
        return sorted(self._connection.scalars(query.where(_contact.c.retired_at.is_(None)).distinct()))

    def find_daily(self, days: Mapping[str, int], limit: int) -> list[DueNote]:
        """Find daily notes that may be sent and were not: life was seen that day, and nothing speaks against it.

        Args:
            days: Which day it is, by time zone; homes of other zones are left out.
            limit: How many at most.
        """
        require_everything(self._scope)
        if not days:
            return []
        first_at = select(func.min(_sign.c.at)).join(_resident, _resident.c.id == _sign.c.resident)
        seen = first_at.where(
            _resident.c.household == _contact.c.household,
            _resident.c.retired_at.is_(None),
            _sign.c.day == _match_zones(days),
            _sign.c.is_night.is_(False),
        ).scalar_subquery()
        query = _select_due(DAILY, days).add_columns(seen.label("first_at")).where(seen.is_not(None))
        return self._read(query, days, limit)

    def find_weekly(self, mondays: Mapping[str, int], limit: int) -> list[DueNote]:
        """Find weekly notes that may be sent and were not; arguments as above."""
        require_everything(self._scope)
        if not mondays:
            return []
        return self._read(_select_due(WEEKLY, mondays), mondays, limit)

    def may_send(self, kind: str, contact: ContactId) -> bool:
        """Whether a note of this kind may still be sent to a contact: an alert may have opened since it was written."""
        require_everything(self._scope)
        query = select(_contact.c.id).join(_home, _home.c.id == _contact.c.household).where(_contact.c.id == contact)
        return self._connection.scalar(query.where(*_list_conditions(kind))) is not None

    def read_weeks(self, homes: Collection[HouseholdId], monday: int) -> dict[HouseholdId, WeekSeen]:
        """Read what was seen of homes in the seven days before a Monday."""
        require_everything(self._scope)
        days: dict[HouseholdId, dict[int, int]] = {home: {} for home in homes}
        nights: dict[HouseholdId, set[int]] = {home: set() for home in homes}
        still_open: dict[HouseholdId, int] = {}
        for some in split_chunks(homes):
            in_week = _sign.c.day >= monday - WEEK_DAYS, _sign.c.day < monday
            signs = select(_resident.c.household, _sign.c.day, _sign.c.is_night, _sign.c.at).join_from(_sign, _resident)
            for row in self._connection.execute(signs.where(match_any(_resident.c.household, some), *in_week)):
                if row.is_night:
                    nights[row.household].add(row.day)
                else:
                    days[row.household][row.day] = min(row.at, days[row.household].get(row.day, row.at))
            count = select(_alert.c.household, func.count()).where(match_any(_alert.c.household, some), _is_open())
            still_open |= {
                HouseholdId(home): number for home, number in self._connection.execute(count.group_by(_alert.c.household))
            }
        return {home: WeekSeen(days[home], len(nights[home]), still_open.get(home, 0)) for home in homes}

    def _read(self, query: Select[Any], days: Mapping[str, int], limit: int) -> list[DueNote]:
        return [
            DueNote(
                row["id"],
                row["household"],
                row["timezone"],
                days[row["timezone"]],
                read_quiet_hours(row["quiet_hours"]),
                row.get("first_at") or 0,
            )
            for row in self._connection.execute(query.order_by(_contact.c.id).limit(limit)).mappings()
        ]


class FamilyNotes(FamilyNoteQueries):
    """Notes, for writing."""

    def enter(self, kind: str, notes: Sequence[DueNote]) -> list[DueNote]:
        """Enter that these are sent; returns those of which no note for that day, or a later one, was entered before.

        One for a day that lies further ahead than a week was entered by a clock that has been corrected since: it holds up none.
        """
        require_everything(self._scope)
        entered: set[str] = set()
        for some in split_chunks(notes):
            add = insert_into(self._connection, _note)
            newer = add.on_conflict_do_update(
                index_elements=["contact", "kind"], set_={"day": add.excluded.day}, where=~_was_sent(add.excluded.day)
            )
            rows = [{"contact": one.contact, "kind": kind, "day": one.day} for one in some]
            entered.update(self._connection.scalars(newer.values(rows).returning(_note.c.contact)))
        return [one for one in notes if one.contact in entered]


def _match_zones(days: Mapping[str, int]) -> ColumnElement[int]:
    return case(*((_home.c.timezone == zone, day) for zone, day in days.items()), else_=-1)


def _select_due(kind: str, days: Mapping[str, int]) -> Select[Any]:
    had = select(_note.c.contact).where(_note.c.contact == _contact.c.id, _note.c.kind == kind, _was_sent(_match_zones(days)))
    query = select(_contact.c.id, _contact.c.household, _contact.c.quiet_hours, _home.c.timezone)
    query = query.join(_home, _home.c.id == _contact.c.household)
    return query.where(
        home_tables.WANTS_NOTES,
        _home.c.timezone.in_(days),
        _contact.c.stopped_at.is_(None),
        ~had.exists(),
        *_list_conditions(kind),
    )


def _was_sent(day: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(_note.c.day >= day, _note.c.day < day + WEEK_DAYS)


def _list_conditions(kind: str) -> list[ColumnElement[bool]]:
    """What must hold when a note is written, and still when it leaves."""
    wants = _contact.c.wants_daily if kind == DAILY else _contact.c.wants_weekly
    of_home = _list_well() if kind == DAILY else [~_has_open(Desk.CARE)]
    return [wants.is_(True), _contact.c.retired_at.is_(None), _all_agree(), ~_has_died(), *of_home]


def _list_well() -> list[ColumnElement[bool]]:
    """What must hold so that it may be said that life was seen: of everybody in the home it is known now, and nothing is open."""
    state = home_tables.resident_state
    unknown = or_(state.c.resident.is_(None), state.c.state != "active", state.c.away.is_(True))
    doubtful = select(_resident.c.id).outerjoin(state, state.c.resident == _resident.c.id)
    doubtful = doubtful.where(_resident.c.household == _home.c.id, _resident.c.retired_at.is_(None), unknown)
    held = select(_held.c.rule).where(_held.c.household == _home.c.id)
    return [~doubtful.exists(), ~_has_open(), ~held.exists()]


def _is_open() -> ColumnElement[bool]:
    return _alert.c.answer != Answer.RESOLVED.value


def _has_open(desk: Desk | None = None) -> ColumnElement[bool]:
    """Whether an alert of the home is open, or one about an area that names it; with `desk`, of that desk."""
    own = select(_alert.c.id).where(_alert.c.household == _home.c.id, _is_open())
    shared = select(_alert.c.id).join(_alert_home, _alert_home.c.alert_id == _alert.c.id)
    shared = shared.where(_alert_home.c.household == _home.c.id, _is_open())
    if desk is not None:
        own, shared = own.where(_alert.c.desk == desk.value), shared.where(_alert.c.desk == desk.value)
    return or_(own.exists(), shared.exists())


def _has_died() -> ColumnElement[bool]:
    """Whether somebody was found dead who is not taken out of the fleet file yet: their family hears of no use at home."""
    found = select(_alert.c.id).where(_alert.c.household == _home.c.id, _alert.c.outcome == Outcome.DECEASED.value)
    left = select(_resident.c.id).where(_resident.c.id == _alert.c.resident, _resident.c.retired_at.is_not(None))
    return found.where(~left.exists()).exists()


def _all_agree() -> ColumnElement[bool]:
    """Everybody in the home has agreed that the family sees values: a time of day is one."""
    newer = consent.alias()
    about = consent.c.resident == _resident.c.id, consent.c.purpose == Purpose.FAMILY_VALUES.value
    overtaken = select(newer.c.id).where(
        newer.c.resident == consent.c.resident, newer.c.purpose == consent.c.purpose, newer.c.id > consent.c.id
    )
    agreed = select(consent.c.id).where(*about, consent.c.agreed.is_(True), ~overtaken.exists())
    against = select(_resident.c.id).where(
        _resident.c.household == _home.c.id, _resident.c.retired_at.is_(None), ~agreed.exists()
    )
    return ~against.exists()
