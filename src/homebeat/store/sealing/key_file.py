"""The key file: one line with the key that wraps all owner keys. It stands outside the database, and outside its backups."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import shlex
import stat
from pathlib import Path
from typing import Final

from homebeat.domain.errors import BadSettings
from homebeat.store.sealing.record import KEY_BYTES, KEY_ID_BYTES, SealingKey, make_key

_FORM: Final = "homebeat-key-1"
_LARGEST: Final = 4_096
_TEXT: Final = """\
# The key to names, addresses, telephone numbers and remarks in homebeat's database. Nobody can read them without it.
# Keep a copy of this file, apart from the backups of the database (docs/backup.md). Show it to nobody.
"""


class KeyFile:
    """The key file at one path. Safe to share between threads.

    While a key is being replaced (`homebeat db rekey`), the new one stands beside it under `PATH.new`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.new_path = self.path.with_name(f"{self.path.name}.new")
        self.old_path = self.path.with_name(f"{self.path.name}.old")
        self._known: SealingKey | None = None

    def find(self, key_id: bytes) -> SealingKey | None:
        """Find the key with this id: the one read last, else what the file says now, else the new one beside it; None for none.

        A process that runs on while the key is replaced comes to the new one by this.

        Raises:
            BadSettings: The file is missing, too open, or no key file.
        """
        if self._known is not None and self._known.id == key_id:
            return self._known
        for path in (self.path, self.new_path):
            if path == self.path or path.exists():
                key = read_key_file(path)
                if key.id == key_id:
                    self._known = key
                    return key
        return None

    def read(self) -> SealingKey:
        """Read the key file.

        Raises:
            BadSettings: It is missing, too open, or no key file.
        """
        return read_key_file(self.path)

    @property
    def is_being_replaced(self) -> bool:
        """Whether a new key stands beside it: the command that replaces it is running, or did not come to its end."""
        return self.new_path.exists()

    def make_next(self) -> SealingKey:
        """Make a new key beside the one in use; one that is there already is taken.

        Raises:
            BadSettings: It cannot be made or read.
        """
        if not self.new_path.exists():
            write_key_file(self.new_path)
        return read_key_file(self.new_path)

    def put_next_in_place(self) -> None:
        """Put the new key in the place of the one in use, which stays beside it as `PATH.old`.

        Raises:
            BadSettings: The folder cannot be written.
        """
        try:
            self.old_path.unlink(missing_ok=True)
            os.link(self.path, self.old_path)
            self.new_path.replace(self.path)
            sync_folder(self.path)
        except OSError as error:
            raise BadSettings(f"{self.new_path} cannot be put in the place of {self.path}: {error.strerror}") from None

    def make(self) -> SealingKey:
        """Read the key file; where there is none, make it.

        Raises:
            BadSettings: It cannot be made, or what is there cannot be used.
        """
        if not self.path.exists():
            write_key_file(self.path)
        return self.read()


def read_key_file(path: Path) -> SealingKey:
    """Read a key file.

    Raises:
        BadSettings: It is missing, others may read it, or it is not whole. The text says what to do.
    """
    try:
        with path.open("rb") as file:
            _check_owner_and_mode(path, os.fstat(file.fileno()))
            text = file.read(_LARGEST).decode("ascii", errors="replace")
    except FileNotFoundError:
        raise BadSettings(
            f"there is no key file at {path}. Without it names, addresses and telephone numbers in the database cannot be read: "
            "put the copy of it back (docs/backup.md), or say where it is with the setting key_file"
        ) from None
    except OSError as error:
        raise BadSettings(f"the key file {path} cannot be read: {error.strerror}") from None
    words = [word for line in text.splitlines() if not line.startswith("#") for word in line.split()]
    if len(words) == 3 and words[0] == _FORM:
        with contextlib.suppress(ValueError):
            name, secret = bytes.fromhex(words[1]), base64.b64decode(words[2], validate=True)
            if len(secret) == KEY_BYTES and name == _compute_id(secret):
                return make_key(name, secret)
    raise BadSettings(
        f"the key file {path} is not whole, or is no key file of homebeat: put the copy of it back (docs/backup.md)"
    )


def write_key_file(path: Path) -> None:
    """Write a new key into a file that its owner alone may read, whole or not at all. One that is there already stays.

    Raises:
        BadSettings: It cannot be written there.
    """
    secret = os.urandom(KEY_BYTES)
    line = f"{_FORM} {_compute_id(secret).hex()} {base64.b64encode(secret).decode()}\n"
    fresh = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(_TEXT + line)
            file.flush()
            os.fsync(file.fileno())
        # unlike a rename, a link fails where another process was faster
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        sync_folder(path)
    except OSError as error:
        raise BadSettings(f"the key file {path} cannot be made: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink()


def sync_folder(path: Path) -> None:
    """Make the names in the folder of `path` durable: a key that is gone after a power cut is data that is gone.

    Raises:
        OSError: The folder cannot be opened.
    """
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _check_owner_and_mode(path: Path, found: os.stat_result) -> None:
    """Refuse a file that others than its owner may read. Where root owns it, the group may: so services get their secrets."""
    mode = stat.S_IMODE(found.st_mode)
    allowed = 0o750 if found.st_uid == 0 else 0o700
    if mode & ~allowed:
        raise BadSettings(
            f"the key file {path} is open to others (mode {mode:04o}). Run: chmod 0600 {shlex.quote(str(path))}. "
            "If somebody may have read it, replace the key afterwards: homebeat db rekey"
        )
    us = os.geteuid()
    if found.st_uid not in {us, 0} and us != 0:
        raise BadSettings(
            f"the key file {path} belongs to another user (uid {found.st_uid}); give it to the one that homebeat runs as"
        )


def _compute_id(secret: bytes) -> bytes:
    """Compute the id of a key from the key: a file that was cut or mistyped does not pass for another."""
    return hashlib.sha256(b"homebeat key file" + secret).digest()[:KEY_ID_BYTES]
