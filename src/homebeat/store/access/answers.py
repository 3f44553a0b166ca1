"""Stores answers to requests with an `Idempotency-Key`: a repeated request gets the same answer, and is done once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, delete, func, select, update

from homebeat.domain.durations import HOUR_MS
from homebeat.domain.personal import Illegible
from homebeat.store.access import tables
from homebeat.store.base.database import insert_into
from homebeat.store.sealing.values import INSTALLATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row

    from homebeat.store.sealing.owner_keys import OwnerKeyWrites

_answered = tables.answered
#: How long a key is kept.
REMEMBERED_MS: Final = 24 * HOUR_MS
#: How many keys of one credential are kept; above that the oldest are deleted.
MOST_PER_CREDENTIAL: Final = 10_000
_CROWDED: Final = 100
_PLACE: Final = ("answered", "body_sealed")


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What is stored for a key.

    Attributes:
        request: SHA-256 of the request that used it first.
        status: None while the answer is not known: the request still runs, or its process died.
    """

    request: str
    status: int | None
    headers: Mapping[str, str]
    body: bytes


class Answers:
    """Stored answers. `key_id` is the SHA-256 of credential and key."""

    def __init__(self, connection: Connection, keys: OwnerKeyWrites) -> None:
        self._connection = connection
        self._keys = keys

    def claim(self, key_id: str, credential: str, request: str, now: int) -> StoredAnswer | None:
        """Claim a key for a request at `now` (epoch ms).

        Returns:
            None when the claim succeeds: do the request, then `keep` or `drop` the key. Else what is stored of its first use.
        """
        mine = _answered.c.id == key_id
        self._connection.execute(delete(_answered).where(mine, _answered.c.at <= now - REMEMBERED_MS))
        fresh = insert_into(self._connection, _answered).values(
            id=key_id, credential=credential, request=request, at=now, status=None, headers={}, body_sealed=b""
        )
        while self._connection.scalar(fresh.on_conflict_do_nothing().returning(_answered.c.id)) is None:
            row = self._connection.execute(select(_answered).where(mine)).first()
            if row is not None:
                return self._open(row)
            # The first use was refused, and its key deleted, between the two statements. Then the key can be claimed.
        self._make_room(credential)
        return None

    def keep(self, key_id: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Store the answer for a claimed key."""
        sealed = self._keys.seal_bytes(INSTALLATION, *_PLACE, key_id, body)
        values = {"status": status, "headers": dict(headers), "body_sealed": sealed}
        self._connection.execute(update(_answered).where(_answered.c.id == key_id).values(values))

    def drop(self, key_id: str) -> None:
        """Delete a key whose request was not carried out."""
        self._connection.execute(delete(_answered).where(_answered.c.id == key_id))

    def _open(self, row: Row[Any]) -> StoredAnswer:
        """Open a stored answer. Where that is not possible, it counts as not known: whoever asks must look what was done."""
        if row.status is None:
            return StoredAnswer(row.request, None, row.headers, b"")
        body = self._keys.open_bytes(INSTALLATION, *_PLACE, row.id, bytes(row.body_sealed))
        if isinstance(body, Illegible):
            return StoredAnswer(row.request, None, row.headers, b"")
        return StoredAnswer(row.request, row.status, row.headers, body)

    def _make_room(self, credential: str) -> None:
        mine = _answered.c.credential == credential
        count = self._connection.scalar(select(func.count()).select_from(_answered).where(mine)) or 0
        if count > MOST_PER_CREDENTIAL:
            oldest = select(_answered.c.id).where(mine).order_by(_answered.c.at).limit(count - MOST_PER_CREDENTIAL + _CROWDED)
            self._connection.execute(delete(_answered).where(_answered.c.id.in_(oldest)))
