"""Verifies, lists and exports the audit, for `homebeat audit`."""

from __future__ import annotations

import getpass
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from homebeat.actions.look import Look, record_looks
from homebeat.bootstrap.audit_key import PUBLIC_FILE, list_key_files, read_keys
from homebeat.domain.actor import ActorKind
from homebeat.domain.errors import BadSettings
from homebeat.domain.instants import format_instant
from homebeat.domain.principal import make_command
from homebeat.domain.scope import EVERYTHING
from homebeat.settings.model import Settings
from homebeat.store import AuditFilter, Store
from homebeat.store.audit.chain_check import AuditFault, ChainSummary
from homebeat.store.audit.verification import FoundCheckpoint, Verification, read_checkpoints, write_export

#: So many faults are told one by one; of the others, how many there are.
_TOLD: Final = 20
_PAGE: Final = 200
_SHOW_EVERY_S: Final = 0.5


def verify_database(settings: Settings, store: Store, checkpoints: Path | None, keys: Sequence[Path]) -> int:
    """Verify the audit of a database, and print what was found.

    Args:
        settings: What is in force: where keys and checkpoints are, unless they are named.
        store: The database.
        checkpoints: A file of checkpoints that were kept elsewhere.
        keys: The files of the keys whose signatures count.

    Returns:
        Exit status: 1 where anything is wrong.

    Raises:
        BadSettings: A file cannot be read.
        Unavailable: The database is away.
    """
    if checkpoints is None and settings.audit.checkpoints is not None and settings.audit.checkpoints.exists():
        checkpoints = settings.audit.checkpoints
    with store.read(EVERYTHING) as reader:
        head = reader.audit.find_head()
        total = head.number - reader.audit.find_cut().number if head is not None else 0
        report = _Report(total)
        verification = _make_verification(settings, checkpoints, keys, report)
        return report.finish(verification.check_database(reader.audit))


def verify_export(settings: Settings, file: Path, checkpoints: Path | None, keys: Sequence[Path]) -> int:
    """As `verify_database`, of a file that `export` wrote."""
    report = _Report(None)
    verification = _make_verification(settings, checkpoints, keys, report)
    return report.finish(verification.check_export(_read_lines(file), file.name))


def list_entries(store: Store, who: str, about: str, action: str, span: tuple[int | None, int | None], limit: int) -> int:
    """Print entries, newest first.

    Args:
        store: The database.
        who: An actor; a bare name is that of a person. Empty for all, as the next two.
        about: The object.
        action: The verb.
        span: From when until before when, epoch ms; None for no end.
        limit: How many at most.
    """
    wanted = AuditFilter(_name_actor(who), about, action, *span)
    cursor, left = None, limit
    while left > 0:
        with store.read(EVERYTHING) as reader:
            page = reader.audit.read_page(min(left, _PAGE), cursor, wanted)
        for entry in page.items:
            role = f" ({entry.role})" if entry.role else ""
            detail = " ".join(f"{name}={value}" for name, value in entry.detail.items())
            print(f"{entry.id}  {format_instant(entry.at)}  {entry.actor}{role}  {entry.action}  {entry.about or '-'}  {detail}")
        cursor, left = page.next_cursor, left - len(page.items)
        if cursor is None:
            return 0
    print(f"there are more: raise --limit, or name an --until before the last of these {limit}", file=sys.stderr)
    return 0


def export(store: Store, out: Path) -> int:
    """Write the whole audit into a file, or nothing where that fails. That somebody did goes on record before the file is there.

    Raises:
        BadSettings: The file cannot be written.
        Unavailable: The database is away.
    """
    part = out.with_name(f"{out.name}.part")
    lines = 0
    try:
        with store.read(EVERYTHING) as reader, part.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            for line in write_export(reader.audit):
                file.write(f"{line}\n")
                lines += 1
        record_looks(store, make_command(getpass.getuser()).actor, [Look("audit", frozenset({"export"}))], store.read_now())
        part.replace(out)
    except OSError as error:
        raise BadSettings(f"{out}: cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    print(f"wrote {lines:,} lines to {out}; to verify them elsewhere, take {PUBLIC_FILE} with them")
    return 0


def _make_verification(settings: Settings, checkpoints: Path | None, keys: Sequence[Path], report: _Report) -> Verification:
    is_signed = read_keys(keys or list_key_files(settings.state_dir))
    outside = _read_in_order(checkpoints) if checkpoints is not None else iter(())
    return Verification(is_signed, report.tell, outside, report.show_progress)


def _read_in_order(file: Path) -> Iterator[FoundCheckpoint]:
    """Read a file of checkpoints in the order of their numbers. One that is not in order, as of two machines, is sorted."""
    last, is_sorted = 0, True
    for checkpoint, _where in read_checkpoints(_read_lines(file), file.name):
        if checkpoint is not None:
            is_sorted = is_sorted and checkpoint.number >= last
            last = checkpoint.number
    found = read_checkpoints(_read_lines(file), file.name)
    return found if is_sorted else iter(sorted(found, key=lambda one: one[0].number if one[0] is not None else 0))


def _read_lines(file: Path) -> Iterator[str]:
    try:
        with file.open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
            yield from lines
    except OSError as error:
        raise BadSettings(f"{file} cannot be read: {error.strerror}") from None


def _name_actor(who: str) -> str:
    return who if not who or ":" in who or who in set(ActorKind) else f"{ActorKind.PERSON}:{who}"


class _Report:
    """Prints faults as they are found, progress on a terminal, and the summary.

    Args:
        total: How many rows there should be; None where that is not known.
    """

    def __init__(self, total: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._total, self._clock = total, clock
        self._shown_at = clock()
        self._faults = 0

    def tell(self, fault: AuditFault) -> None:
        self._faults += 1
        if self._faults <= _TOLD:
            self._clear()
            print(f"WRONG: {fault.text}.")

    def show_progress(self, rows: int) -> None:
        if not sys.stderr.isatty() or self._clock() - self._shown_at < _SHOW_EVERY_S:
            return
        self._shown_at = self._clock()
        sys.stderr.write(f"\r{rows:,} rows" + (f" of {self._total:,}" if self._total else "") + "      ")
        sys.stderr.flush()

    def finish(self, summary: ChainSummary) -> int:
        self._clear()
        if self._faults > _TOLD:
            print(f"... and {self._faults - _TOLD:,} more.")
        span = f"{summary.rows:,} rows" + (f" ({summary.first} to {summary.last})" if summary.rows else "")
        if summary.cut_to:
            print(f"Rows 1 to {summary.cut_to} were deleted for their age.")
        if summary.checkpoints:
            print(f"{summary.checkpoints:,} signed checkpoints agree, the last at row {summary.signed_to}.")
            print(f"{summary.last - summary.signed_to:,} rows are not signed yet.")
        elif summary.rows:
            print("No signed checkpoint agrees: nothing shows whether rows were cut off at the end.")
        print(f"{self._faults:,} wrong in {span}" if self._faults else f"all well: {span}")
        return 1 if self._faults else 0

    @staticmethod
    def _clear() -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\r" + " " * 60 + "\r")
