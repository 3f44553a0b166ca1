"""Signs checkpoints of the audit, beside the loop: what was signed cannot be written again, or cut off, without a trace."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from itertools import islice
from typing import Final, Protocol

from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import Unavailable
from homebeat.domain.scope import EVERYTHING
from homebeat.store import ChainPoint, ChainRow, SignedCheckpoint, Signer, Store
from homebeat.store.audit.chain import compute_hash, state_checkpoint, write_row

#: A checkpoint is signed when so many rows were added since the last one, or so much time has passed and any was added.
SIGN_ROWS: Final = 1_000
SIGN_MS: Final = MINUTE_MS
_LOOK_S: Final = 5.0
_log = logging.getLogger(__name__)


class CheckpointSink(Protocol):
    """Where checkpoints are kept outside the database."""

    def find_last(self) -> int:
        """The highest number in it; 0 for none. Raises OSError."""
        ...

    def append(self, checkpoints: list[SignedCheckpoint]) -> None:
        """Add checkpoints at its end, durably. Raises OSError."""
        ...


class AuditSigner:
    """Follows the chain row by row, and signs it. It runs in a thread of its own; no tick waits for it.

    It signs only what follows from the last checkpoint. Where a row is not as it was written, it says so and goes on from there:
    rows that come later must be signed too.

    Args:
        signer: Has the key.
        clock: The database's clock, epoch ms.
        steady: A monotone clock, ms.
        sink: Where checkpoints are kept elsewhere; None for nowhere.
        note: Called with what a person should look at; None when there is nothing (any more).
    """

    def __init__(
        self,
        store: Store,
        signer: Signer,
        *,
        clock: Callable[[], int],
        steady: Callable[[], int],
        sink: CheckpointSink | None = None,
        note: Callable[[str | None], None] = lambda _text: None,
    ) -> None:
        self._store, self._signer, self._clock, self._steady = store, signer, clock, steady
        self._sink, self._note = sink, note
        self._signed: ChainPoint | None = None  # the last checkpoint; None before the first turn
        self._read = ChainPoint(0, "")  # up to where the chain was followed
        self._signed_at: int | None = None
        self._appended: int | None = None
        self._broken: str | None = None

    def run(self, stop: threading.Event) -> None:
        """Sign until `stop` is set, and what is left then."""
        while not stop.is_set():
            if not self._try_turn():
                stop.wait(_LOOK_S)
        self._try_turn(is_last=True)

    def turn(self, *, is_last: bool = False) -> bool:
        """Follow the chain for at most `SIGN_ROWS` rows, and sign when it is time to; with `is_last`, at once.

        Returns:
            Whether there may be more to follow.

        Raises:
            Unavailable: The database is away.
            OSError: What is kept elsewhere cannot be written.
        """
        rows, wanted = self._read_on()
        for row in rows:
            if row.id != self._read.number + 1 or compute_hash(self._read.hash, write_row(row)) != row.hash:
                self._tell_broken(row.id)
            self._read = ChainPoint(row.id, str(row.hash))
        self._sign(is_last=is_last)
        if self._sink is not None:
            self._append(self._sink)
        return len(rows) == wanted

    def _try_turn(self, *, is_last: bool = False) -> bool:
        has_more, fails = False, None
        try:
            has_more = self.turn(is_last=is_last)
        except Unavailable as away:
            _log.info("signing the audit waits: %s", away)
        except Exception as error:  # noqa: BLE001 -- the thread's edge: noted and tried again; the watch must not end because of it
            fails = (
                f"the checkpoints of the audit cannot be kept: {error if isinstance(error, OSError) else type(error).__name__}"
            )
            _log.warning("%s", fails)
        self._note("; ".join(text for text in (self._broken, fails) if text) or None)
        return has_more

    def _read_on(self) -> tuple[list[ChainRow], int]:
        """Read the next rows, and how many were asked for. The last signed row is read again: is it still what was signed?"""
        with self._store.read(EVERYTHING) as reader:
            audit, head, cut = reader.audit, reader.audit.find_head(), reader.audit.find_cut()
            if self._signed is None:
                last = audit.find_checkpoint()
                self._signed = self._read = cut if last is None else ChainPoint(last.number, last.hash)
            if self._signed.number > cut.number:
                found = audit.list_rows(self._signed.number - 1, 1)
                self._compare(self._signed, ChainPoint(found[0].id, str(found[0].hash)) if found else None, head)
            if head is not None and head.number < self._read.number:
                self._tell_broken(head.number + 1)
                self._read = self._signed
            wanted = SIGN_ROWS - (self._read.number - self._signed.number)
            return audit.list_rows(self._read.number, wanted), wanted

    def _compare(self, signed: ChainPoint, found: ChainPoint | None, head: ChainPoint | None) -> None:
        if found == signed:
            return
        self._tell_broken(signed.number)
        if found is not None and found.number == signed.number:
            self._signed = self._read = found
        elif head is not None and head.number < signed.number:
            self._signed = self._read = head

    def _sign(self, *, is_last: bool) -> None:
        signed, point, now = self._signed, self._read, self._steady()
        if signed is None or point.number <= signed.number:
            return
        is_due = self._signed_at is None or now - self._signed_at >= SIGN_MS
        if not (is_due or is_last or point.number - signed.number >= SIGN_ROWS):
            return
        at, key_id = self._clock(), self._signer.key_id
        signature = self._signer.sign(state_checkpoint(point, at, key_id))
        with self._store.begin() as tx:
            tx.signed_checkpoints.add(SignedCheckpoint(point.number, point.hash, at, key_id, signature))
        self._signed, self._signed_at = point, now

    def _append(self, sink: CheckpointSink) -> None:
        """Keep elsewhere what is not there yet: also what could not be written before, and what another process has signed."""
        if self._appended is None:
            self._appended = sink.find_last()
        if self._signed is None or self._signed.number <= self._appended:
            return
        with self._store.read(EVERYTHING) as reader:
            fresh = list(islice(reader.audit.iterate_checkpoints(self._appended), SIGN_ROWS))
        if fresh:
            sink.append(fresh)
            self._appended = fresh[-1].number

    def _tell_broken(self, number: int) -> None:
        """Tell of a row; the first one is noted, until this process ends."""
        text = f"row {number} of the audit is not as it was written: run `homebeat audit verify`"
        if text != self._broken:
            _log.error("%s", text)
        self._broken = self._broken or text
