"""Reads what is stored about one resident, without what is about others: for whoever asks what is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, literal, or_, select

from homebeat.domain.ids import HouseholdId, ResidentId
from homebeat.store.access import tables as access_tables
from homebeat.store.alert import tables as alert_tables
from homebeat.store.audit import tables as audit_tables
from homebeat.store.home import tables
from homebeat.store.learned import tables as learned_tables
from homebeat.store.portable.nouns import NOUNS, Noun
from homebeat.store.reading import tables as reading_tables
from homebeat.store.scoping import require_everything

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Table

    from homebeat.domain.scope import Scope
    from homebeat.store.portable.reads import PortableQueries

_resident, _device, _alert, _audit = tables.resident, tables.device, alert_tables.alert, audit_tables.audit
_OF_RESIDENT: Final = (
    *(access_tables.consent, learned_tables.disregarded, learned_tables.limit_choice, learned_tables.learned),
    *(tables.resident_state, tables.first_sign),
)
_OF_HOME: Final = (tables.away, access_tables.broken_glass)
_OF_ALERT: Final = (alert_tables.transition, alert_tables.visit, alert_tables.suppression)
_OF_DEVICE: Final = (tables.device_state, reading_tables.extra_reading, reading_tables.last_message)
#: The nouns that are about a person, in the order in which they are read.
PERSON_NOUNS: Final = tuple(
    noun
    for noun in NOUNS
    if noun.table in {_resident, tables.household, _device, _alert, _audit, *_OF_RESIDENT, *_OF_HOME, *_OF_ALERT, *_OF_DEVICE}
)
#: Columns that name who did something: only what kind of actor it was is told.
_ACTORS: Final = ("actor", "owner", "resolved_by", "assigned_by", "visitor", "taught_by", "kept_by", "test_by", "seen_by")


class PersonQueries:
    """What is stored about one resident, for reading."""

    def __init__(self, connection: Connection, portable: PortableQueries, scope: Scope) -> None:
        self._connection = connection
        self._portable = portable
        self._scope = scope

    def find_home(self, resident: ResidentId) -> HouseholdId | None:
        """Find the home of a resident, also of one who is watched no more; None where nobody has this id."""
        require_everything(self._scope)
        found: HouseholdId | None = self._connection.scalar(select(_resident.c.household).where(_resident.c.id == resident))
        return found

    def read_rows(self, noun: Noun, resident: ResidentId, household: HouseholdId) -> Iterator[list[dict[str, Any]]]:
        """Read the open rows of a noun of `PERSON_NOUNS`; who did something is told as a kind of actor, such as `user`."""
        where = self._match(noun.table, resident, household)
        for rows in self._portable.read_matching(noun, where):
            for row in rows:
                row.pop("key", None)  # derived from the others, with the name of who did it
                row.update({name: _tell_kind(row[name]) for name in _ACTORS if row.get(name)})
            yield rows

    def _match(self, table: Table, resident: ResidentId, household: HouseholdId) -> ColumnElement[bool]:
        require_everything(self._scope)
        devices = select(_device.c.id).where(
            _device.c.household == household, or_(_device.c.resident.is_(None), _device.c.resident == resident)
        )
        of_home = (_alert.c.household == household) & _alert.c.resident.is_(None)
        alerts = select(_alert.c.id).where(or_(_alert.c.resident == resident, of_home))
        if table in {_resident, tables.household}:
            return table.c.id == (resident if table is _resident else household)
        if table is _audit:
            return or_(
                _audit.c.about == f"resident:{resident}", _audit.c.about.in_(select(literal("alert:") + alerts.subquery().c.id))
            )
        if table in {_device, _alert}:
            return table.c.id.in_(devices if table is _device else alerts)
        if table in _OF_ALERT:
            return table.c.alert_id.in_(alerts)
        if table in _OF_DEVICE:
            return table.c.device.in_(devices)
        return table.c.household == household if table in _OF_HOME else table.c.resident == resident


def _tell_kind(actor: str) -> str:
    """Tell what kind of actor it was: `user:chen` was a user, `/walker` a responder."""
    return "responder" if actor.startswith("/") else actor.split(":", 1)[0]
