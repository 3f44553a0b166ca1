"""Verifies the whole chain: of a database, or of an export without one. Writes and reads exports and files of checkpoints."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from homebeat.store.audit.chain import NO_HASH, write_detail, write_row
from homebeat.store.audit.chain_check import AuditFault, ChainCheck, ChainSummary, IsSigned
from homebeat.store.audit.values import ChainPoint, ChainRow, SignedCheckpoint

if TYPE_CHECKING:
    from homebeat.store.audit.reads import AuditQueries

#: A checkpoint, and where it is from; None for what could not be read as one.
FoundCheckpoint = tuple[SignedCheckpoint | None, str]
#: How many rows are checked between two calls of `on_progress`.
_PROGRESS_ROWS: Final = 5_000
#: Rows in one part of an export.
_EXPORTED_AT_ONCE: Final = 2_000
_ROW: Final = {"id": int, "at": int, "actor": str, "role": str, "action": str, "about": str, "detail": dict, "hash": str}
_CHECKPOINT: Final = {"number": int, "hash": str, "at": int, "key_id": str, "signature": str}
_POINT: Final = {"number": int, "hash": str}


class Verification:
    """Verifies one chain.

    Args:
        is_signed: Checks signatures.
        tell: Called with each fault as it is found.
        outside: Checkpoints that were kept elsewhere, in the order of their numbers.
        on_progress: Called now and then with how many rows are checked.
    """

    def __init__(
        self,
        is_signed: IsSigned,
        tell: Callable[[AuditFault], None],
        outside: Iterable[FoundCheckpoint] = (),
        on_progress: Callable[[int], None] = lambda _rows: None,
    ) -> None:
        self._is_signed, self._tell, self._outside, self._on_progress = is_signed, tell, outside, on_progress

    def check_database(self, audit: AuditQueries) -> ChainSummary:
        """Check the chain of a database, on the one state that `audit` reads.

        Raises:
            Unavailable: The database is away.
        """
        check = ChainCheck(audit.find_cut(), self._is_signed, self._tell)
        with audit.accept_any_text():
            stored = ((checkpoint, "the database") for checkpoint in audit.iterate_checkpoints())
            self._take(check, ((row.id, 0, row, "") for row in audit.iterate_rows()), _sort_out(stored, check))
        return check.finish(audit.find_head())

    def check_newest(self, audit: AuditQueries, most: int) -> ChainSummary:
        """Check the newest `most` rows against the row before them; where there are no more, as `check_database`.

        It reads no more rows than that, whatever somebody did to the head.

        Raises:
            Unavailable: The database is away.
        """
        start, after = audit.find_cut(), audit.find_newest_number() - most
        is_whole = after <= start.number
        with audit.accept_any_text():
            if not is_whole:
                before = audit.list_rows(after - 1, 1)
                is_there = bool(before) and before[0].id == after
                start = ChainPoint(after, str(before[0].hash) if is_there else NO_HASH)
            check = ChainCheck(start, self._is_signed, self._tell, is_whole=is_whole)
            stored = ((checkpoint, "the database") for checkpoint in audit.iterate_checkpoints(after))
            rows = ((row.id, 0, row, "") for row in audit.list_rows(after, most))
            self._take(check, rows, _sort_out(stored, check))
        return check.finish(audit.find_head())

    def check_export(self, lines: Iterable[str], name: str) -> ChainSummary:
        """Check the chain of an export; `name` is that of its file."""
        export = _Export(iter(lines), name)
        check = ChainCheck(export.start, self._is_signed, self._tell)
        if not export.has_begun:
            check.tell_unreadable(f"line 1 of {name}")
        self._take(check, export.read(check), iter(()))
        return check.finish(export.head)

    def _take(self, check: ChainCheck, inside: Iterator[_Item], stored: Iterator[_Item]) -> None:
        rows = 0
        for _number, _kind, item, where in heapq.merge(inside, stored, _sort_out(self._outside, check), key=itemgetter(0, 1)):
            if isinstance(item, SignedCheckpoint):
                check.take_checkpoint(item, where)
                continue
            check.take_row(item)
            rows += 1
            if rows % _PROGRESS_ROWS == 0:
                self._on_progress(rows)


#: Number, 0 for a row and 1 for a checkpoint, which is it, and where a checkpoint is from.
_Item = tuple[int, int, ChainRow | SignedCheckpoint, str]


class _Export:
    """Reads an export as `write_export` writes it."""

    def __init__(self, lines: Iterator[str], name: str) -> None:
        self._lines, self._name = lines, name
        begin = _read_object(next(lines, ""), {"start": dict})
        self.has_begun = begin is not None and _has_form(begin["start"], _POINT)
        self.start = ChainPoint(**begin["start"]) if begin is not None and self.has_begun else ChainPoint(0, NO_HASH)
        self.head: ChainPoint | None = None

    def read(self, check: ChainCheck) -> Iterator[_Item]:
        for number, line in enumerate(self._lines, 2):
            where = f"line {number} of {self._name}"
            row = read_row(line)
            found = None if row is not None else _read_object(line, {"checkpoint": dict})
            if self.head is not None:
                check.tell_unreadable(where)  # nothing comes after the head
            elif row is not None:
                yield row.id, 0, row, ""
            elif found is not None and _has_form(found["checkpoint"], _CHECKPOINT):
                yield found["checkpoint"]["number"], 1, SignedCheckpoint(**found["checkpoint"]), where
            elif (end := _read_object(line, {"head": dict})) is not None and _has_form(end["head"], _POINT):
                self.head = ChainPoint(**end["head"])
            else:
                check.tell_unreadable(where)


def write_export(audit: AuditQueries) -> Iterator[str]:
    """Write the whole chain as lines of JSON: where it starts, rows with their hashes, signed checkpoints, and the head."""
    start, head = audit.find_cut(), audit.find_head() or ChainPoint(0, NO_HASH)
    yield write_export_start(start)
    with audit.accept_any_text():
        rows: Iterator[_Item] = ((row.id, 0, row, "") for row in audit.iterate_rows())
        # one that was tampered with is left out: verifying the database tells of it
        stored: Iterator[_Item] = ((one.number, 1, one, "") for one in audit.iterate_checkpoints() if _is_checkpoint(one))
        for _number, _kind, item, _where in heapq.merge(rows, stored, key=itemgetter(0, 1)):
            yield _write_item(item)
    yield write_export_end(head)


def write_export_start(start: ChainPoint) -> str:
    """Write the first line of an export: the last row that retention has deleted."""
    return _dump({"start": {"number": start.number, "hash": start.hash}})


def write_export_part(audit: AuditQueries, after: int, last: int) -> tuple[list[str], int]:
    """Write the next lines of an export, for whoever writes it in parts.

    Args:
        audit: Reads the database.
        after: The number of the row that was written last.
        last: That of the last row of the export.

    Returns:
        The lines, and the number of the row that is now written last: `last` at the end.
    """
    with audit.accept_any_text():
        rows = [row for row in audit.list_rows(after, _EXPORTED_AT_ONCE) if row.id <= last]
        upto = rows[-1].id if len(rows) == _EXPORTED_AT_ONCE else last
        stored = takewhile(lambda one: one.number <= upto, filter(_is_checkpoint, audit.iterate_checkpoints(after)))
        items: Iterator[_Item] = heapq.merge(
            ((row.id, 0, row, "") for row in rows), ((one.number, 1, one, "") for one in stored), key=itemgetter(0, 1)
        )
        return [_write_item(item) for _number, _kind, item, _where in items], upto


def write_export_end(head: ChainPoint) -> str:
    """Write the last line of an export: the head of the chain."""
    return _dump({"head": {"number": head.number, "hash": head.hash}})


def _write_item(item: ChainRow | SignedCheckpoint) -> str:
    return write_checkpoint(item, "checkpoint") if isinstance(item, SignedCheckpoint) else _write_hashed(item)


def write_checkpoint(checkpoint: SignedCheckpoint, key: str = "") -> str:
    """Write a checkpoint as a line of JSON; with `key`, as an object that has it under that key."""
    said = {name: getattr(checkpoint, name) for name in _CHECKPOINT}
    return _dump({key: said} if key else said)


def read_checkpoints(lines: Iterable[str], name: str) -> Iterator[FoundCheckpoint]:
    """Read a file of checkpoints, one a line; `name` is that of the file. Empty lines are passed over."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            said = _read_object(line, _CHECKPOINT)
            yield None if said is None else SignedCheckpoint(**said), f"line {number} of {name}"


def read_row(line: str) -> ChainRow | None:
    """Read a row of an export; None where the line is not exactly as an export has it."""
    said = _read_object(line, _ROW)
    if said is None:
        return None
    try:
        row = ChainRow(**{**said, "detail": write_detail(said["detail"])})
    except (TypeError, ValueError):
        return None
    # a line with a name twice says one thing to one reader and another to the next
    return row if _write_hashed(row) == line.rstrip("\n") else None


def _write_hashed(row: ChainRow) -> str:
    return f'{write_row(row)[:-1]},"hash":{json.dumps(str(row.hash))}}}'


def _sort_out(found: Iterable[FoundCheckpoint], check: ChainCheck) -> Iterator[_Item]:
    for checkpoint, where in found:
        if checkpoint is not None and _is_checkpoint(checkpoint):
            yield checkpoint.number, 1, checkpoint, where
        else:
            check.tell_unreadable(f"a checkpoint in {where}" if checkpoint is not None else where)


def _is_checkpoint(checkpoint: SignedCheckpoint) -> bool:
    return _has_form({name: getattr(checkpoint, name) for name in _CHECKPOINT}, _CHECKPOINT)


def _read_object(line: str, form: dict[str, type]) -> dict[str, Any] | None:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return said if _has_form(said, form) else None


def _has_form(said: Any, form: dict[str, type]) -> bool:
    return isinstance(said, dict) and said.keys() == form.keys() and all(type(said[name]) is kind for name, kind in form.items())


def _dump(said: Any) -> str:
    return json.dumps(said, sort_keys=True, separators=(",", ":"))
