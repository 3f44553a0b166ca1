"""Enter what providers had brought before the attempt that it is about was stored."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import ClassVar, Final

from homebeat.actions.enter_receipts import enter_receipt
from homebeat.actions.perform import Perform, Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotAllowed
from homebeat.domain.principal import make_service
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store

_ACTOR: Final = make_service("deliver")
#: How many are looked at at once; the others have the next second.
_MOST: Final = 50
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EarlyCounts:
    """What became of them.

    Attributes:
        entered: Kept with their attempt.
        late: Dropped: no attempt of ours ever had that name.
    """

    entered: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class EnterEarlyReceipts:
    """Enter receipts whose attempt is stored by now.

    1. Drop those that have waited in vain for ten minutes: they are of messages that are not ours.
    2. Enter the others as if they came now (`EnterReceipts`).

    Attributes:
        numbers: Of those whose attempt is stored.
    """

    name: ClassVar = "enter_early_receipts"
    operation: ClassVar = Operation.ENTER_RECEIPTS

    numbers: Sequence[int] = ()

    def run(self, work: Work) -> EarlyCounts:
        """Returns how many there were of which kind."""
        late = work.tx.early_receipts.drop_late(work.now)
        taken = [one for number in self.numbers if (one := work.tx.early_receipts.take(number)) is not None]
        return EarlyCounts(sum(enter_receipt(work, *one) for one in taken), late)

    def record(self, result: EarlyCounts) -> Record | None:
        """How many there were of which kind; None where there was none."""
        return Record("", asdict(result)) if result.entered or result.late else None


def list_early_receipts(store: Store, now: int) -> list[list[int]]:
    """List what is to be done about them at `now` (epoch ms): those to enter, each by itself; none to drop some."""
    with store.read(EVERYTHING) as reader:
        found = [[number] for number in reader.early_receipts.list_matched(_MOST)]
        return [[], *found] if reader.early_receipts.has_late(now) else found


def enter_early_receipts(perform: Perform, numbers: Sequence[int]) -> None:
    """Enter these; a thread calls it for each that `list_early_receipts` has found, so that one that fails costs no other.

    Raises:
        Unavailable: The database is away: the next second tries again.
    """
    with suppress(NotAllowed):  # somebody changes the same alert right now: it has the next second
        if late := perform(_ACTOR, EnterEarlyReceipts(numbers)).late:
            _log.warning("%d receipts of providers were dropped: no message of ours has their names", late)
