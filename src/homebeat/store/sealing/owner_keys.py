"""Owner keys: fetched, made, erased. This is the one place where sealed values are opened."""

from __future__ import annotations

import hmac
import os
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, bindparam, delete, select, text, update

from homebeat.domain.errors import BadSettings, Unavailable
from homebeat.domain.personal import Illegible
from homebeat.store.base.bulk import execute_compiled, read_rows_by_key, write_columns
from homebeat.store.base.database import overwrite_deleted
from homebeat.store.sealing import tables
from homebeat.store.sealing.record import KEY_BYTES, KEY_ID_BYTES, BadRecord, SealingKey, make_key, open_record, read_key_id, seal
from homebeat.store.sealing.values import INSTALLATION, Sealed, SealedColumn, encode_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from homebeat.store.sealing.key_file import KeyFile

_owner_key, _check = tables.owner_key, tables.key_check
_WRAPPED_BY: Final = select(_check.c.key_id)
#: How many owner keys one session keeps unwrapped: 2 MB. Unwrapping one takes 3 us.
_MOST: Final = 8_192
_DIGEST_BYTES: Final = 16
#: How many owner keys are wrapped anew together.
_AT_ONCE: Final = 2_000


class OwnerKeys:
    """Owner keys of one session, for opening.

    A row that was erased by somebody else is gone for the next session: no key is kept for longer than a transaction.
    """

    def __init__(self, connection: Connection, key_file: KeyFile) -> None:
        self._connection = connection
        self._key_file = key_file
        self._known: dict[str, tuple[SealingKey, bytes] | Illegible] = {}
        self._digest_keys: dict[str, bytes] = {}

    def open(self, values: Sequence[Sealed]) -> list[tuple[Any, ...]]:
        """Open sealed values: the fields of each, in the order of its column.

        What cannot be opened costs no other value: `Illegible` stands in place of its first text, and the rest is empty.

        Raises:
            Unavailable: The key file is not there, or is not the one that wraps the owner keys.
        """
        self.fetch({value.owner for value in values if value.record})
        return [self.open_fields(value.column, value.owner, value.row, value.record) for value in values]

    def open_fields(self, column: SealedColumn, owner: str, row: str, record: bytes | None) -> tuple[Any, ...]:
        """Open one sealed value of an owner whose owner key was fetched; else as `open`."""
        if not record:
            return column.blank
        content = self._open_record(owner, encode_place(column.table, column.name, owner, row), record)
        return column.explain(content) if isinstance(content, Illegible) else column.decode(content)

    def open_bytes(self, owner: str, table: str, column: str, row: str, record: bytes) -> bytes | Illegible:
        """Open one record that is not the fields of a row.

        Raises:
            Unavailable: As `open`.
        """
        self.fetch((owner,))
        return self._open_record(owner, encode_place(table, column, owner, row), record)

    def compute_digest(self, purpose: str, plain: str) -> bytes:
        """Compute a keyed digest, 16 bytes of HMAC-SHA-256: equal texts have equal ones.

        Its key is derived from the owner key of the installation, not from the key file: so it outlives a new key file.

        Raises:
            Unavailable: As `open`.
        """
        if purpose not in self._digest_keys:
            self.fetch((INSTALLATION,))
            found = self._known[INSTALLATION]
            if isinstance(found, Illegible):
                raise Unavailable("the key of the installation is not in the table owner_key: restore it (docs/backup.md)")
            derive = HKDF(SHA256(), KEY_BYTES, salt=None, info=f"homebeat {purpose}".encode())
            self._digest_keys[purpose] = derive.derive(found[1])
        return hmac.digest(self._digest_keys[purpose], plain.encode(), "sha256")[:_DIGEST_BYTES]

    def has(self, owner: str) -> bool:
        """Whether an owner has an owner key that can be unwrapped."""
        self.fetch((owner,))
        return not isinstance(self._known[owner], Illegible)

    def _open_record(self, owner: str, place: bytes, record: bytes) -> bytes | Illegible:
        found = self._known[owner]
        if isinstance(found, Illegible):
            return found
        try:
            return open_record(found[0], place, record)
        except BadRecord:
            # with another key: the one that this owner had until it was erased
            return Illegible.DAMAGED if read_key_id(record) == found[0].id else Illegible.ERASED

    def fetch(self, owners: Iterable[str]) -> None:
        """Fetch the owner keys of these owners, if they are not known yet: some thousands at most.

        Raises:
            Unavailable: As `open`.
        """
        missing = [owner for owner in owners if owner not in self._known]
        if not missing:
            return
        if len(self._known) + len(missing) > _MOST:
            self._known.clear()
            missing = list(owners)
        self._known.update(dict.fromkeys(missing, Illegible.ERASED))
        for owner, key_id, wrapped in read_rows_by_key(self._connection, _owner_key, ("owner", "key_id", "wrapped"), missing):
            self._known[owner] = self._unwrap(owner, bytes(key_id), bytes(wrapped))

    def _unwrap(self, owner: str, key_id: bytes, wrapped: bytes) -> tuple[SealingKey, bytes] | Illegible:
        wrapping = self._find_in_file(read_key_id(wrapped))
        if wrapping is None:
            # the row is damaged, or the key file is another one: then nothing can be opened at all
            self._find_wrapping_key()
            return Illegible.DAMAGED
        try:
            secret = open_record(wrapping, encode_key_place(owner, key_id), wrapped)
        except BadRecord:
            return Illegible.DAMAGED
        return make_key(key_id, secret), secret

    def _find_wrapping_key(self) -> SealingKey:
        """Find the key that this database's owner keys are wrapped by."""
        ((found,),) = execute_compiled(self._connection, _WRAPPED_BY, {}).fetchall()
        key_id = bytes(found)
        key = self._find_in_file(key_id)
        if key is None:
            raise Unavailable(
                f"the key file {self._key_file.path} is not the one that this database is sealed with (key {key_id.hex()}): "
                "put the right one there (docs/backup.md)"
            )
        return key

    def _find_in_file(self, key_id: bytes) -> SealingKey | None:
        try:
            return self._key_file.find(key_id)
        except BadSettings as error:
            raise Unavailable(str(error)) from None


class OwnerKeyWrites(OwnerKeys):
    """Owner keys of a writing transaction, for opening and sealing."""

    def make_keys(self, owners: Iterable[str], now: int) -> None:
        """Make owner keys for those of the owners who have none that can be unwrapped, and fetch those of the others.

        Args:
            owners: As `values.name_resident` and `name_household` name them; some thousands at most.
            now: Epoch ms, by the database's clock.

        Raises:
            Unavailable: As `open`.
        """
        missing = self._find_missing(list(dict.fromkeys(owners)))
        if not missing:
            return
        self.lock()
        # somebody else may have made them before the lock was ours
        for owner in missing:
            del self._known[owner]
        missing = self._find_missing(missing)
        if not missing:
            return
        wrapping = self._find_wrapping_key()
        ids = [os.urandom(KEY_ID_BYTES) for _ in missing]
        secrets = [os.urandom(KEY_BYTES) for _ in missing]
        wrapped = [
            seal(wrapping, encode_key_place(owner, key_id), secret)
            for owner, key_id, secret in zip(missing, ids, secrets, strict=True)
        ]
        columns: dict[str, Sequence[Any]] = {"owner": missing, "key_id": ids, "wrapped": wrapped, "made_at": [now] * len(missing)}
        write_columns(self._connection, _owner_key, columns, replaces="owner")
        self._known.update(
            (owner, (make_key(key_id, secret), secret)) for owner, key_id, secret in zip(missing, ids, secrets, strict=True)
        )

    def lock(self) -> None:
        """Keep others from changing owner keys until the transaction ends. Every change of the table begins with this.

        On SQLite there is one writer anyway; there no copy of a key must stay behind in a free part of a page.
        """
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(text("LOCK TABLE owner_key IN SHARE ROW EXCLUSIVE MODE"))
        overwrite_deleted(self._connection)

    def seal(self, column: SealedColumn, owner: str, row: str, fields: Mapping[str, Any]) -> bytes:
        """Seal the fields of a row that belong into a column; nothing where all of them are empty.

        The owner needs an owner key (`make_keys`).

        Raises:
            Unavailable: The owner's owner key cannot be unwrapped.
        """
        content = column.encode(fields)
        return self.seal_bytes(owner, column.table, column.name, row, content) if content else b""

    def seal_bytes(self, owner: str, table: str, column: str, row: str, content: bytes) -> bytes:
        """Seal one record that is not the fields of a row.

        Raises:
            Unavailable: As `seal`.
        """
        found = self._known.get(owner)
        if found is None:
            self.fetch((owner,))
            found = self._known[owner]
        if isinstance(found, Illegible):
            raise Unavailable(f"the owner key of {owner} cannot be unwrapped: restore the table owner_key (docs/backup.md)")
        return seal(found[0], encode_place(table, column, owner, row), content)

    def erase(self, owner: str) -> bool:
        """Delete an owner key: what was sealed with it can never be read again. False where there was none.

        `Store.erase` also removes what the row leaves behind on the disk.
        """
        self.lock()
        self._known.pop(owner, None)
        return self._connection.execute(delete(_owner_key).where(_owner_key.c.owner == owner)).rowcount == 1

    def wrap_again(self, fresh: SealingKey) -> tuple[int, int]:
        """Wrap every owner key by another key; returns how many were, and how many could not be unwrapped and stay as they are.

        Raises:
            Unavailable: The key file does not fit.
        """
        self.lock()
        self._find_wrapping_key()
        done = damaged = 0
        last = ""
        query = select(_owner_key.c.owner).order_by(_owner_key.c.owner).limit(_AT_ONCE)
        while owners := self._connection.scalars(query.where(_owner_key.c.owner > last)).all():
            self._known.clear()
            self.fetch(owners)
            known = {owner: found for owner in owners if not isinstance(found := self._known[owner], Illegible)}
            wrapped = [seal(fresh, encode_key_place(owner, key.id), secret) for owner, (key, secret) in known.items()]
            rows = [{"whose": owner, "record": record} for owner, record in zip(known, wrapped, strict=True)]
            if rows:
                whose = update(_owner_key).where(_owner_key.c.owner == bindparam("whose"))
                self._connection.execute(whose.values(wrapped=bindparam("record")), rows)
            done, damaged, last = done + len(known), damaged + len(owners) - len(known), owners[-1]
        self._known.clear()
        return done, damaged

    def _find_missing(self, owners: Sequence[str]) -> list[str]:
        self.fetch(owners)
        return [owner for owner in owners if isinstance(self._known[owner], Illegible)]


def encode_key_place(owner: str, key_id: bytes) -> bytes:
    """Encode the place of a wrapped owner key."""
    return encode_place("owner_key", "wrapped", owner, key_id.hex())
