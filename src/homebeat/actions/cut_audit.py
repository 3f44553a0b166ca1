"""Cut the audit: delete its oldest rows, and say in it up to where, signed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.durations import DAY_MS
from homebeat.domain.role import Operation
from homebeat.store import OldRows, Signer
from homebeat.store.audit.chain import CUT, state_cut
from homebeat.store.audit.writes import cut, find_old_rows


@dataclass(frozen=True, slots=True)
class CutAudit:
    """Delete the oldest rows of the audit.

    1. Find the oldest rows, up to the first that is young enough to stay. Where none of them has been old for a day, nothing
       changes: else each hour would leave a row that says so.
    2. Delete them, with the signed checkpoints before the last of them.
    3. Sign which row was the last of them. The row of this action carries that: `homebeat audit verify` tells by it what was
       deleted for its age from what somebody took.

    Attributes:
        before: Rows from before this time are old, epoch ms.
        limit: How many rows at most.
        at: When it is done, epoch ms.
    """

    name: ClassVar = CUT
    operation: ClassVar = Operation.FORGET

    before: int
    limit: int
    at: int
    signer: Signer = field(repr=False)

    def run(self, work: Work) -> OldRows | None:
        """Returns which rows are deleted; None where none is."""
        if find_old_rows(work.tx, self.before - DAY_MS, 1) is None:
            return None
        old = find_old_rows(work.tx, self.before, self.limit)
        if old is not None:
            cut(work.tx, old.last)
        return old

    def record(self, result: OldRows | None) -> Record | None:
        """Up to which row, that row's hash, and the signature."""
        if result is None:
            return None
        last, key_id = result.last, self.signer.key_id
        signature = self.signer.sign(state_cut(last, self.at, key_id))
        said: dict[str, str | int] = {
            "number": last.number,
            "hash": last.hash,
            "at": self.at,
            "key_id": key_id,
            "signature": signature,
        }
        return Record("", said)
