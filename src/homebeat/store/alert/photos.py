"""Stores photos of visits, each sealed with the key of the home."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Table, delete, select

from homebeat.domain.ids import AlertId
from homebeat.domain.personal import Illegible
from homebeat.domain.visit_photo import VisitPhoto
from homebeat.store.alert import tables
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.database import insert_into, overwrite_deleted
from homebeat.store.scoping import narrow
from homebeat.store.sealing.values import name_household

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import RowMapping

    from homebeat.domain.ids import HouseholdId
    from homebeat.domain.scope import Scope
    from homebeat.domain.visit import Visit
    from homebeat.store.sealing.owner_keys import OwnerKeys, OwnerKeyWrites

_photo: Final[Table] = tables.visit_photo
_PLACE: Final = ("visit_photo", "content_sealed")
_SHOWN: Final = (_photo.c.id, _photo.c.alert_id, _photo.c.visit, _photo.c.visitor, _photo.c.at)


class PhotoQueries:
    """Photos, for reading."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def list_of(self, alerts: Iterable[AlertId]) -> list[VisitPhoto]:
        """List the photos of these alerts, oldest first; no picture is opened."""
        found: list[VisitPhoto] = []
        for some in split_chunks(set(alerts)):
            query = narrow(select(*_SHOWN).where(match_any(_photo.c.alert_id, some)), _photo.c.alert_id, self._scope)
            rows = self._connection.execute(query.order_by(_photo.c.at, _photo.c.id)).mappings()
            found += [_read(row) for row in rows]
        return found

    def open(self, alert: AlertId, photo: str, household: HouseholdId) -> bytes | Illegible | None:
        """Open the picture of a photo of an alert about this home, a JPEG; None where there is none.

        Raises:
            Unavailable: The key file is not there.
        """
        query = select(_photo.c.content_sealed).where(_photo.c.id == photo, _photo.c.alert_id == alert)
        record = self._connection.scalar(narrow(query, _photo.c.alert_id, self._scope))
        if record is None:
            return None
        return self._keys.open_bytes(name_household(household), *_PLACE, photo, bytes(record))


class Photos(PhotoQueries):
    """Photos, for writing. Whoever writes one has locked its alert."""

    def __init__(self, connection: Connection, keys: OwnerKeyWrites, scope: Scope) -> None:
        super().__init__(connection, keys, scope)
        self._sealing = keys

    def add(self, visit: Visit, household: HouseholdId, picture: bytes, now: int) -> VisitPhoto | None:
        """Add the picture (a JPEG) of a visit to a home at `now` (epoch ms); None where this visit has the same one already."""
        owner, digest = name_household(household), hashlib.sha256(picture).hexdigest()
        name = self._sealing.compute_digest("visit_photo", f"{visit.id} {digest}").hex()
        self._sealing.make_keys((owner,), now)
        row = {"id": name, "alert_id": visit.alert_id, "visit": visit.id, "visitor": visit.visitor, "at": now}
        sealed = self._sealing.seal_bytes(owner, *_PLACE, name, picture)
        insert = insert_into(self._connection, _photo).values(**row, content_sealed=sealed)
        added = insert.on_conflict_do_nothing(index_elements=["id"]).returning(_photo.c.id)
        is_new = self._connection.scalar(added) is not None
        return VisitPhoto(name, visit.alert_id, visit.id, visit.visitor, now) if is_new else None

    def remove(self, photo: VisitPhoto) -> None:
        """Remove a photo for good; on SQLite it is overwritten."""
        overwrite_deleted(self._connection)
        self._connection.execute(delete(_photo).where(_photo.c.id == photo.id, _photo.c.alert_id == photo.alert_id))


def _read(row: RowMapping) -> VisitPhoto:
    return VisitPhoto(row["id"], AlertId(row["alert_id"]), row["visit"], row["visitor"], row["at"])
