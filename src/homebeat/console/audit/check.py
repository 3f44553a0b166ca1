"""Verifies the newest rows of the audit, one visitor at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from homebeat.console.web.context import know_no_key
from homebeat.domain.errors import BadSettings, Busy
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store
from homebeat.store.audit.chain_check import AuditFault, AuditFaultKind, ChainSummary, IsSigned
from homebeat.store.audit.verification import Verification

#: So many rows take less than a second. The command goes through all of them.
NEWEST: Final = 10_000
#: So many faults are shown one by one.
_SHOWN: Final = 20
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found.

    Attributes:
        faults: The first of them.
        more: How many faults there are beside them.
        knows_key: Whether signatures were checked: this process may have no key.
    """

    summary: ChainSummary
    faults: tuple[AuditFault, ...]
    more: int
    knows_key: bool


class AuditCheck:
    """Verifies the newest rows.

    Args:
        store: Where the audit is.
        open_keys: Opens the keys whose signatures count.
    """

    def __init__(self, store: Store, open_keys: Callable[[], IsSigned]) -> None:
        self._store = store
        self._open_keys = open_keys
        self._running = Lock()

    def verify(self) -> Verified:
        """Verify them.

        Raises:
            Busy: Somebody else's verification is running.
            Unavailable: The database is away.
        """
        if not self._running.acquire(blocking=False):
            raise Busy("the audit is being verified already; try again in some seconds")
        faults: list[AuditFault] = []
        try:
            with self._store.read(EVERYTHING) as reader:
                summary = Verification(self._find_keys(), faults.append).check_newest(reader.audit, NEWEST)
        finally:
            self._running.release()
        real = [fault for fault in faults if fault.kind is not AuditFaultKind.UNKNOWN_KEY]
        return Verified(summary, tuple(real[:_SHOWN]), len(real[_SHOWN:]), len(real) == len(faults))

    def _find_keys(self) -> IsSigned:
        try:
            return self._open_keys()
        except BadSettings as error:
            # the rows are verified all the same, and the page says that signatures were not
            _log.warning("the signatures of the audit were not checked: %s", error)
            return know_no_key
