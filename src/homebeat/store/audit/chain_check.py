"""Checks the chain row by row: finds what was changed, removed, moved or put in, and says where. It needs no database."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homebeat.domain.instants import format_instant
from homebeat.store.audit.chain import CUT, compute_hash, state_checkpoint, state_cut, write_row
from homebeat.store.audit.values import ChainPoint, ChainRow, SignedCheckpoint

#: Whether the key of this id has signed a statement: (key id, statement, signature). None where that key is not known.
IsSigned = Callable[[str, str, str], bool | None]


class AuditFaultKind(StrEnum):
    """What is wrong at a place of the chain."""

    CHANGED = "changed"  # a row and its hash do not belong together
    MISSING = "missing"  # rows between two others
    MISPLACED = "misplaced"  # a row that is before the first, or there twice
    CUT = "cut"  # rows at the end
    BEGINNING = "beginning"  # rows at the beginning, without a signed note of retention
    HEAD = "head"  # the head of the chain, or rows behind it
    REWRITTEN = "rewritten"  # rows that fit together, but not what was signed
    SIGNATURE = "signature"  # a signature that is not genuine
    UNKNOWN_KEY = "unknown_key"  # a key that was not given
    UNREADABLE = "unreadable"  # a line of a file


@dataclass(frozen=True, slots=True)
class AuditFault:
    """One thing that is wrong.

    Attributes:
        first: The number of the row where it begins; last: where it ends. 0 where it is about no row.
        text: One sentence without its full stop: where, and what.
    """

    kind: AuditFaultKind
    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class ChainSummary:
    """What was checked.

    Attributes:
        rows: How many rows.
        first, last: Their numbers; last is 0 where there is none.
        faults: How many faults.
        checkpoints: How many signed checkpoints agree with the chain.
        signed_to: The highest row that a signed checkpoint agrees with; 0 where none does.
        cut_to: The last row that retention has deleted; 0 where it has deleted none.
    """

    rows: int
    first: int
    last: int
    faults: int
    checkpoints: int
    signed_to: int
    cut_to: int


class ChainCheck:
    """Takes rows and checkpoints in the order of their numbers, a row before the checkpoint about it. Memory is bounded.

    Args:
        start: The last row that retention has deleted, as the database or the export claims it; number 0 for none.
        is_signed: Checks signatures.
        tell: Called with each fault.
        is_whole: Whether this is the whole chain; a later part of it needs no word of retention about the rows before.
    """

    def __init__(
        self, start: ChainPoint, is_signed: IsSigned, tell: Callable[[AuditFault], None], *, is_whole: bool = True
    ) -> None:
        self._start: Final = start
        self._is_whole: Final = is_whole
        self._is_signed, self._tell_of = is_signed, tell
        self._last = start
        self._follows = True  # whether the hash of the row before is known
        self._broken: ChainPoint | None = None  # the row before, if its hash is not the one it should have: what that is
        self._agreed, self._differs = start.number, False
        self._beyond: SignedCheckpoint | None = None
        self._cut: ChainPoint | None = None
        self._unknown: Counter[str] = Counter()
        self._rows = self._faults = self._checkpoints = 0

    def take_row(self, row: ChainRow) -> None:
        """Take the next row."""
        number = row.id
        self._rows += 1
        if number <= self._last.number:
            where = f"before the first row, which is {self._start.number + 1}" if number <= self._start.number else "twice"
            self._tell(AuditFaultKind.MISPLACED, number, number, f"row {number} is there {where}")
            return
        if number > self._last.number + 1:
            self._settle(None)
            first, last = self._last.number + 1, number - 1
            self._tell(AuditFaultKind.MISSING, first, last, f"{_name(first, last)} {_say(first, last)} missing")
            self._follows = False
        self._check_hash(row)
        self._last, self._follows = ChainPoint(number, str(row.hash)), True
        if row.action == CUT:
            self._take_cut(row)

    def take_checkpoint(self, checkpoint: SignedCheckpoint, where: str) -> None:
        """Take a checkpoint; `where` says where it is from, such as `the database` or `line 7 of FILE`."""
        point = ChainPoint(checkpoint.number, checkpoint.hash)
        said = state_checkpoint(point, checkpoint.at, checkpoint.key_id)
        what = f"the checkpoint of row {point.number} in {where}"
        if not self._is_genuine(checkpoint.key_id, said, checkpoint.signature, point.number, what):
            return
        if point.number > self._last.number:
            self._beyond = checkpoint
            return
        if point.number < self._last.number:
            return  # of a row that retention has deleted, or that is missing
        if point.hash == self._last.hash:
            self._agreed, self._differs = point.number, False
            self._checkpoints += 1
        elif not self._differs:
            self._differs = True
            first, at = self._agreed + 1, format_instant(checkpoint.at)
            text = (
                f"row {point.number} is not the row that was signed at {at} (in {where}): "
                f"{_name(first, point.number)} {_say(first, point.number, 'was', 'were')} written again later, or some of them"
            )
            self._tell(AuditFaultKind.REWRITTEN, first, point.number, text)

    def tell_unreadable(self, where: str) -> None:
        """Tell that something is no row and no checkpoint; `where` as `line 7 of FILE`."""
        self._tell(AuditFaultKind.UNREADABLE, 0, 0, f"{where} cannot be read: it is not as homebeat writes it")

    def finish(self, head: ChainPoint | None) -> ChainSummary:
        """Compare the end with the head of the chain, None where there is no head, and tell what is left to tell."""
        self._check_end(head)
        if self._is_whole:
            self._check_beginning()
        for key_id, count in self._unknown.items():
            text = f"{count} signatures are by the key {key_id}, which was not given: name its file with --key"
            self._tell(AuditFaultKind.UNKNOWN_KEY, 0, 0, text)
        first = self._start.number + 1 if self._rows else 0
        signed_to = self._agreed if self._checkpoints else 0
        return ChainSummary(self._rows, first, self._last.number, self._faults, self._checkpoints, signed_to, self._start.number)

    def _check_end(self, head: ChainPoint | None) -> None:
        last, broken = self._last.number, self._broken
        self._settle(head)
        if self._beyond is not None and (head is None or self._beyond.number >= head.number):
            self._tell_end(self._beyond.number, f"row {self._beyond.number} was signed at {format_instant(self._beyond.at)}")
        elif head is not None and head.number > last:
            self._tell_end(head.number, f"the head of the chain is row {head.number}")
        if head is None:
            self._tell(AuditFaultKind.HEAD, last, last, "the head of the chain is missing")
        elif head.number < last:
            first = head.number + 1
            text = f"{_name(first, last)} {_say(first, last, 'stands', 'stand')} behind the head of the chain, row {head.number}"
            self._tell(AuditFaultKind.HEAD, first, last, text)
        elif head.number == last and head.hash != self._last.hash and head != broken:
            self._tell(AuditFaultKind.HEAD, last, last, f"the head of the chain has another hash than row {last}")

    def _check_hash(self, row: ChainRow) -> None:
        text, has = write_row(row), str(row.hash)
        should = compute_hash(self._last.hash, text) if self._follows else has
        if self._broken is not None:
            is_chained = compute_hash(self._broken.hash, text) == has
            self._settle(self._broken if is_chained else None)
            should = has if is_chained else should
        if should != has:
            self._broken = ChainPoint(row.id, should)

    def _settle(self, after: ChainPoint | None) -> None:
        """Tell of the row before, if its hash is wrong; `after` is what follows it is chained to."""
        if self._broken is None:
            return
        broken, self._broken = self._broken, None
        if after == broken:
            text = f"the hash of row {broken.number} was changed; its contents are as they were"
        else:
            text = f"row {broken.number} was changed: its contents do not give its hash"
        self._tell(AuditFaultKind.CHANGED, broken.number, broken.number, text)

    def _take_cut(self, row: ChainRow) -> None:
        """Take the word of retention about the last row that it has deleted."""
        try:
            said = json.loads(row.detail)
            point, at = ChainPoint(int(said["number"]), str(said["hash"])), int(said["at"])
            key_id, signature = str(said["key_id"]), str(said["signature"])
        except (KeyError, TypeError, ValueError):
            self._tell(
                AuditFaultKind.SIGNATURE, row.id, row.id, f"row {row.id} says that old rows were deleted, and is not signed"
            )
            return
        what = f"what row {row.id} says of rows that were deleted"
        if self._is_genuine(key_id, state_cut(point, at, key_id), signature, row.id, what):
            self._cut = point

    def _check_beginning(self) -> None:
        start, noted = self._start, self._cut
        if start.number > 0 and (noted is None or noted.number < start.number):
            first = noted.number + 1 if noted is not None else 1
            gone = f"{_name(first, start.number)} {_say(first, start.number)} missing"
            text = f"{gone}, and nothing signed says that retention has deleted them"
            self._tell(AuditFaultKind.BEGINNING, first, start.number, text)
        elif noted is not None and noted != start:
            text = f"retention has deleted the rows up to {noted.number} and signed that, but the chain begins otherwise"
            self._tell(AuditFaultKind.BEGINNING, 1, noted.number, text)

    def _is_genuine(self, key_id: str, statement: str, signature: str, number: int, what: str) -> bool:
        genuine = self._is_signed(key_id, statement, signature)
        if genuine is None:
            self._unknown[key_id] += 1
        elif not genuine:
            self._tell(AuditFaultKind.SIGNATURE, number, number, f"{what} is not signed by the key {key_id}, which it names")
        return genuine is True

    def _tell_end(self, number: int, because: str) -> None:
        first = self._last.number + 1
        self._tell(
            AuditFaultKind.CUT, first, number, f"{_name(first, number)} {_say(first, number)} missing at the end: {because}"
        )

    def _tell(self, kind: AuditFaultKind, first: int, last: int, text: str) -> None:
        self._faults += 1
        self._tell_of(AuditFault(kind, first, last, text))


def _name(first: int, last: int) -> str:
    return f"row {first}" if first == last else f"rows {first} to {last}"


def _say(first: int, last: int, one: str = "is", many: str = "are") -> str:
    return one if first == last else many
