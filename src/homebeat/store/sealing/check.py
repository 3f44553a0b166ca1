"""Does this key file fit this database? Asked before anything is written; and both are made together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, insert, select, update

from homebeat.domain.errors import BadSettings
from homebeat.store.sealing import tables
from homebeat.store.sealing.owner_keys import OwnerKeyWrites
from homebeat.store.sealing.record import BadRecord, SealingKey, open_record, seal
from homebeat.store.sealing.values import INSTALLATION, encode_place

if TYPE_CHECKING:
    from homebeat.store.sealing.key_file import KeyFile

_check, _owner_key = tables.key_check, tables.owner_key
_KNOWN_TEXT: Final = b"homebeat"
_PLACE: Final = encode_place("key_check", "sealed", INSTALLATION, "1")


def make_keys_once(connection: Connection, key_file: KeyFile, now: int) -> OwnerKeyWrites:
    """Make the check value and the installation's owner key, and the key file too if there is none; once for each database.

    Raises:
        BadSettings: The key file cannot be made or used, or does not fit.
    """
    keys = OwnerKeyWrites(connection, key_file)
    if read_check(connection) is None:
        key = key_file.make()
        connection.execute(insert(_check).values(make_check_row(key, now)))
        keys.make_keys((INSTALLATION,), now)
    else:
        check_key_file(connection, key_file)
    return keys


def check_key_file(connection: Connection, key_file: KeyFile) -> None:
    """Open the check value with the key file.

    Raises:
        BadSettings: There is no key file, it is not usable, or it is another one; or the owner keys are not there.
    """
    row = read_check(connection)
    if row is None:
        raise BadSettings("nothing in this database was sealed yet, and it has no key: run `homebeat db upgrade`")
    key_id, sealed = row
    key = key_file.find(key_id)
    if key is None:
        raise BadSettings(
            f"the key file {key_file.path} is another one (key {key_file.read().id.hex()}) than this database is sealed with "
            f"(key {key_id.hex()}). Nothing was written. Put the right one there (docs/backup.md), or say where it is with the "
            "setting key_file"
        )
    try:
        open_record(key, _PLACE, sealed)
    except BadRecord as error:
        raise BadSettings(f"the check value in the table key_check does not open: {error}. Restore the database") from None
    if connection.scalar(select(_owner_key.c.owner).where(_owner_key.c.owner == INSTALLATION)) is None:
        raise BadSettings(
            "the table owner_key is empty, and without it names, addresses and telephone numbers cannot be read. Nothing was "
            "written. Restore it from its own backup (docs/backup.md)"
        )


def replace_key(connection: Connection, key_file: KeyFile, fresh: SealingKey, now: int) -> tuple[int, int]:
    """Wrap all owner keys by `fresh`, and seal the check value with it.

    Returns:
        How many owner keys were wrapped anew, and how many are damaged and stay as they are.

    Raises:
        BadSettings: The key file in use does not fit this database.
    """
    check_key_file(connection, key_file)
    counts = OwnerKeyWrites(connection, key_file).wrap_again(fresh)
    connection.execute(update(_check).values(make_check_row(fresh, now)))
    return counts


def read_check(connection: Connection) -> tuple[bytes, bytes] | None:
    """Read the id of the key file that fits, and the check value; None before the first start."""
    row = connection.execute(select(_check.c.key_id, _check.c.sealed)).first()
    return None if row is None else (bytes(row.key_id), bytes(row.sealed))


def make_check_row(key: SealingKey, now: int) -> dict[str, object]:
    """Make the row of the check value."""
    return {"no": 1, "key_id": key.id, "sealed": seal(key, _PLACE, _KNOWN_TEXT), "made_at": now}
