"""The loop that asks providers for what became of messages that they had accepted and of which they brought nothing.

It is a thread of its own: a provider that does not answer delays no message. What it dies over is asked again at the next turn
of that message, and after the last one the message stays without proof, as it was.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from homebeat.actions import EnterReceipts, Perform
from homebeat.deliver.accounts import CloudAccount
from homebeat.deliver.poster import NoAnswer, NotCalled, Poster
from homebeat.deliver.receipt_query import QueryResult, make_query
from homebeat.deliver.twilio import ANSWERS
from homebeat.domain.errors import NotAllowed, Unavailable
from homebeat.domain.principal import make_service
from homebeat.response.setup import ResponseSetup
from homebeat.store import AskedMessage, Store

#: So many are asked in one turn, one after the other; the next turn follows at once while there are more.
MOST: Final = 20
BEAT_EVERY_MS: Final = 5_000
#: The name of its heartbeat.
SERVICE: Final = "receipts"
_EVERY_S: Final = 5.0
_ACTOR: Final = make_service("deliver")
_log = logging.getLogger(__name__)


class ReceiptAsker:
    """Asks for receipts.

    Args:
        store: The database.
        accounts: By kind of channel; those that are not to be asked are left out.
        poster: Makes the calls.
        clock: The database's clock, epoch ms.
        setup: The response plans: a pressed key is an answer, and the plan follows it.
    """

    def __init__(
        self, store: Store, accounts: Mapping[str, CloudAccount], poster: Poster, clock: Callable[[], int], setup: ResponseSetup
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._poster = poster
        self._clock = clock
        self._perform = Perform(store, clock, setup)
        self._said = ""
        self._beat_at = 0
        self._last_fault = ""
        #: How many questions ended how: `entered`, `open` (the provider does not know yet), `failed`;
        #: and the unforeseen errors, `faults`.
        self.counts: Counter[str] = Counter()

    def run(self, stop: threading.Event) -> None:
        """Ask until `stop` is set."""
        while not stop.is_set():
            asked = 0
            try:
                now = self._clock()
                asked = self.step(now, stop)
                # also when the clock went back
                if not 0 <= now - self._beat_at < BEAT_EVERY_MS:
                    self.beat(now)
                    self._beat_at = now
            except Unavailable as away:
                _log.warning("receipts cannot be asked for: %s", away)
            except Exception as error:  # noqa: BLE001 -- the thread's edge: counted; what was asked has its next turn
                self._note_fault(error)
            if asked < MOST:
                stop.wait(_EVERY_S)

    def step(self, now: int, stop: threading.Event | None = None) -> int:
        """Ask for what is due at `now` (epoch ms); returns of how many messages.

        Raises:
            Unavailable: The database is away.
        """
        with self._store.begin() as tx:
            due = tx.arrivals.take_asked(now, MOST)
        for asked in due:
            if stop is not None and stop.is_set():
                break
            try:
                outcome = self._ask(asked, now)
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 -- one message costs no other its turn; it has its next one
                self._note_fault(error)
                outcome = "failed"
            self.counts[outcome] += 1
        return len(due)

    def beat(self, now: int) -> None:
        """Write the heartbeat at `now` (epoch ms), with how many questions ended how since the start of this process.

        Raises:
            Unavailable: The database is away.
        """
        faults = self.counts["faults"]
        noted = f"{faults} receipts could not be asked for ({self._last_fault}); they are asked for again" if faults else None
        detail = {name: self.counts[name] for name in ("entered", "open", "failed", "faults")}
        with self._store.begin() as tx:
            tx.heartbeats.beat(SERVICE, now, {**detail, "noted": noted})

    def _note_fault(self, error: Exception) -> None:
        _log.error("asking for receipts met an unforeseen error", exc_info=error)
        self.counts["faults"] += 1
        self._last_fault = type(error).__name__

    def _ask(self, asked: AskedMessage, now: int) -> str:
        account = self._accounts.get(asked.notice.channel_kind)
        query = None if account is None else make_query(account, asked, now)
        if query is None:
            return "failed"
        try:
            found = query.read(self._poster.post(query.call, now))
        except (NoAnswer, NotCalled) as error:
            found = QueryResult(error=str(error))
        if found.error and found.error != self._said:
            _log.warning("a receipt cannot be asked for: %s", found.error)
        self._said = found.error
        if found.receipt is None:
            return "failed" if found.error else "open"
        try:
            self._perform(_ACTOR, EnterReceipts([found.receipt], ANSWERS))
        except NotAllowed:  # somebody changed the same alert: at the next turn it is asked again
            return "failed"
        return "entered"
