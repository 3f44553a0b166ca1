"""What homebeat keeps on disk is about people: nobody else on the machine may read it."""

from __future__ import annotations

import os
import shlex
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from homebeat.domain.errors import BadSettings
from homebeat.settings.findings import Finding
from homebeat.settings.model import InForce

#: Everything is made for its owner alone: directories 0700, files 0600.
_UMASK: Final = 0o077
#: Settings that make their file a secret.
SECRETS: Final = (
    "mqtt.password",
    "home_assistant.password",
    "database_url",
    "oidc.client_secret",
    "channels.email.password",
    "channels.sms.key_secret",
    "channels.sms.url",
    "channels.sms.headers",
    "channels.sms.body",
    "channels.sms.receipts_secret",
    "channels.voice.key_secret",
    "channels.voice.receipts_secret",
    "channels.wecom_app.secret",
)
_OF_A_PLATFORM: Final = ("url", "secret", "next_secret")
_OF_A_CLOUD: Final = ("secret", "aes_key")


@contextmanager
def restrict_files() -> Iterator[None]:
    """Make files and directories for their owner alone, until the block ends."""
    before = os.umask(_UMASK)
    try:
        yield
    finally:
        os.umask(before)


def find_readable_by_others(force: InForce, database: Path | None) -> list[Finding]:
    """What any user of this machine may read or change and should not.

    Args:
        force: What is in force.
        database: The SQLite file in use; None where a server keeps the database.
    """
    return [_make_finding(path, mode) for path in _list_kept(force, database) if (mode := _open_mode(path))]


def _list_kept(force: InForce, database: Path | None) -> Iterator[Path]:
    state = force.settings.state_dir.absolute()
    yield state
    for name in ("backtests", "broker", "intake", "demo.json", "audit.key"):
        yield state / name
    if database is not None:
        for ending in ("", "-wal", "-shm"):
            yield Path(f"{database}{ending}")
    of_platforms = (file for one in force.settings.platforms.values() for file in (one.secret_file, one.next_secret_file))
    cloud_files = force.settings.intake.list_secret_files()
    for file in (
        force.settings.oidc.client_secret_file,
        *force.settings.channels.list_secret_files(),
        *of_platforms,
        *cloud_files,
    ):
        if file is not None:
            yield file.absolute()
    of_clouds = (f"intake.clouds.{name}.{key}" for name in force.settings.intake.clouds for key in _OF_A_CLOUD)
    keys = [*SECRETS, *of_clouds, *(f"platforms.{name}.{key}" for name in force.settings.platforms for key in _OF_A_PLATFORM)]
    if force.file is not None and any(force.sources.get(key, "").startswith(force.file.name) for key in keys):
        yield force.file.absolute()


def _open_mode(path: Path) -> int:
    """The permissions of something that others may read or write; 0 when they may not, or when there is nothing.

    The group is the operator's own choice: a backup may have to read.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0
    return mode if mode & stat.S_IRWXO else 0


def _make_finding(path: Path, mode: int) -> Finding:
    wanted = mode & ~stat.S_IRWXO
    return Finding(
        f"{path} is open to every user of this machine (mode {mode:04o})", f"Run: chmod {wanted:04o} {shlex.quote(str(path))}"
    )


def write_private(file: Path, text: str) -> None:
    """Write a file that its owner alone may read, whole or not at all; one that is there keeps its owner and mode.

    Raises:
        BadSettings: Its place cannot be written.
    """
    fresh = file.with_name(f".{file.name}.new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as sink:
            sink.write(text)
            sink.flush()
            os.fsync(sink.fileno())
        if file.exists():
            there = file.stat()
            os.chmod(fresh, stat.S_IMODE(there.st_mode))  # noqa: PTH101 -- beside chown, which pathlib has only by name
            os.chown(fresh, there.st_uid, there.st_gid)
        fresh.replace(file)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise BadSettings(f"{file}: cannot be written: {error.strerror}") from None


def make_private(file: Path, text: str) -> bool:
    """Make a file that its owner alone may read, whole or not at all, where there is none; False where there is one.

    Raises:
        BadSettings: Its place cannot be written.
    """
    fresh = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_private(fresh, text)
        file.hardlink_to(fresh)  # fails where there is one; a rename would replace it
    except FileExistsError:
        return False
    except OSError as error:
        raise BadSettings(f"{file}: cannot be made: {error.strerror}") from None
    finally:
        fresh.unlink(missing_ok=True)
    return True
