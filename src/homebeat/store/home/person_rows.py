"""Everything that is stored about one resident, to be counted before it is erased, and to be erased."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, delete, func, or_, select, update

from homebeat.domain.alert import Subject
from homebeat.domain.ids import DeviceId, HouseholdId, ResidentId
from homebeat.store.access import tables as access_tables
from homebeat.store.alert import tables as alert_tables
from homebeat.store.alert.deleting import delete_alerts, delete_notices
from homebeat.store.base.among import match_any
from homebeat.store.base.database import get_driver_connection, overwrite_deleted
from homebeat.store.duty import tables as duty_tables
from homebeat.store.home import tables
from homebeat.store.home.erasing import erase_people
from homebeat.store.learned import tables as learned_tables
from homebeat.store.notice import tables as notice_tables
from homebeat.store.reading import tables as reading_tables
from homebeat.store.scoping import require_everything
from homebeat.store.sealing.tables import owner_key
from homebeat.store.sealing.values import name_resident

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homebeat.domain.scope import Scope
    from homebeat.store.sealing.owner_keys import OwnerKeyWrites

_resident, _home, _device, _alert = tables.resident, tables.household, tables.device, alert_tables.alert
#: Rows about a resident.
_OF_RESIDENT: Final = (
    *(access_tables.consent, tables.first_sign, tables.resident_state),
    *(learned_tables.disregarded, learned_tables.limit_choice, learned_tables.learned),
)
#: Rows about a home, which go with its last resident.
_OF_HOME: Final = (
    *(access_tables.broken_glass, alert_tables.held_edge, alert_tables.alert_home, alert_tables.silence),
    *(tables.away, tables.door_code, tables.home_change, tables.search_pending, tables.contact),
)
#: Rows about a device.
_OF_DEVICE: Final = (
    *(reading_tables.extra_reading, reading_tables.quarantine, reading_tables.last_message, tables.device_state),
)


@dataclass(frozen=True, slots=True)
class PersonRows:
    """What is stored about a resident.

    Attributes:
        household: Where they lived last.
        is_watched: They are still in the registry.
        with_home: Nobody else has lived in that home, so that it goes with them.
        open_alerts: Alerts that nobody has closed.
        devices: Those whose readings go.
        key: The id of the key that seals what is personal, in hex; empty where it is gone.
    """

    household: HouseholdId
    is_watched: bool
    with_home: bool
    open_alerts: int
    alerts: Sequence[str]
    devices: Sequence[DeviceId]
    readings: int
    key: str


class PeopleErasing:
    """Erases residents, in a writing transaction."""

    def __init__(self, connection: Connection, keys: OwnerKeyWrites, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def find(self, resident: ResidentId) -> PersonRows | None:
        """Find what is stored about a resident; None where nobody has this id."""
        require_everything(self._scope)
        query = select(_resident.c.household, _resident.c.retired_at).where(_resident.c.id == resident)
        row = self._connection.execute(query).first()
        if row is None:
            return None
        others = select(func.count()).where(_resident.c.household == row.household, _resident.c.id != resident)
        with_home = not self._connection.scalar(others)
        about = _alert.c.resident == resident
        if with_home:
            about = or_(about, _alert.c.household == row.household)
        found = self._connection.execute(select(_alert.c.id, _alert.c.answer).where(about)).all()
        devices = self._list_devices(resident, row.household, with_home=with_home)
        key = select(owner_key.c.key_id).where(owner_key.c.owner == name_resident(resident))
        key_id = self._connection.scalar(key)
        return PersonRows(
            row.household,
            row.retired_at is None,
            with_home,
            sum(one.answer != "resolved" for one in found),
            tuple(one.id for one in found),
            tuple(device for _, device in devices),
            sum(self._count_readings(no) for no, _ in devices),
            "" if key_id is None else bytes(key_id).hex(),
        )

    def erase(self, resident: ResidentId, rows: PersonRows) -> None:
        """Destroy the keys, and delete the rows that `find` has found in this transaction."""
        require_everything(self._scope)
        overwrite_deleted(self._connection)
        homes = [rows.household] if rows.with_home else []
        erase_people(self._keys, self._connection, [resident], homes)
        delete_alerts(self._connection, rows.alerts)
        self._delete_devices(resident, rows)
        self._delete_silences([Subject(rows.household, resident), *(Subject(rows.household, device=one) for one in rows.devices)])
        for table in _OF_RESIDENT:
            self._connection.execute(delete(table).where(table.c.resident == resident))
        self._connection.execute(delete(_resident).where(_resident.c.id == resident))
        if rows.with_home:
            self._delete_home(rows.household)

    def _delete_devices(self, resident: ResidentId, rows: PersonRows) -> None:
        for no, device in self._list_devices(resident, rows.household, with_home=rows.with_home):
            self._delete_readings(no)
            for table in _OF_DEVICE:
                self._connection.execute(delete(table).where(table.c.device == device))
            self._connection.execute(delete(_device).where(_device.c.id == device))

    def _delete_silences(self, subjects: Sequence[Subject]) -> None:
        """Delete what is silenced or held back about a person and their devices."""
        held, silence = alert_tables.held_edge, alert_tables.silence
        keys = [one.key for one in subjects]
        theirs = select(silence.c.id).where(match_any(silence.c.subject_key, keys))
        self._connection.execute(delete(held).where(or_(match_any(held.c.subject_key, keys), held.c.silence.in_(theirs))))
        self._connection.execute(delete(silence).where(match_any(silence.c.subject_key, keys)))

    def _delete_home(self, household: HouseholdId) -> None:
        contact, complaint, notice = tables.contact, duty_tables.complaint, notice_tables.outbox
        people = self._connection.scalars(select(contact.c.id).where(contact.c.household == household)).all()
        theirs = self._connection.scalars(select(notice.c.id).where(match_any(notice.c.contact, people))).all()
        delete_notices(self._connection, theirs)
        for table in (notice_tables.reach, notice_tables.family_note):
            self._connection.execute(delete(table).where(match_any(table.c.contact, people)))
        # that somebody complained counts for whom it is about; what they wrote can be read no more
        emptied = update(complaint).where(complaint.c.household == household)
        self._connection.execute(emptied.values(household=None, what_sealed=b"", word_sealed=b""))
        for table in _OF_HOME:
            self._connection.execute(delete(table).where(table.c.household == household))
        self._connection.execute(delete(_home).where(_home.c.id == household))

    def _list_devices(self, resident: ResidentId, household: str, *, with_home: bool) -> list[tuple[int, DeviceId]]:
        theirs = _device.c.resident == resident
        if with_home:
            theirs = or_(theirs, _device.c.household == household)
        return [(row.no, DeviceId(row.id)) for row in self._connection.execute(select(_device.c.no, _device.c.id).where(theirs))]

    def _count_readings(self, number: int) -> int:
        return sum(int(self._execute(f"SELECT count(*) {which}", number).fetchone()[0]) for which in self._list_readings())

    def _delete_readings(self, number: int) -> None:
        for which in self._list_readings():
            self._execute(f"DELETE {which}", number)

    def _list_readings(self) -> tuple[str, ...]:
        """The readings of a device: on SQLite those in the index by device, and the end of the log, which is not there yet."""
        if self._connection.dialect.name == "postgresql":
            return ("FROM reading WHERE device_no = %s",)
        tail = "position > (SELECT value FROM meta WHERE name = 'settled_position')"
        return (
            "FROM reading WHERE settled = 1 AND device_no = ?",
            f"FROM reading WHERE {tail} AND settled = 0 AND device_no = ?",
        )

    def _execute(self, statement: str, number: int) -> Any:
        return get_driver_connection(self._connection).execute(statement, (number,))
