"""The context of the console: everything that it needs, as values."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from starlette.responses import StreamingResponse

from homebeat.actions import ChangeFeed, Perform, ProviderSignIn, SignIn
from homebeat.actions.home_writing import HomeRules
from homebeat.actions.view import View, open_view
from homebeat.backtest.request import Backtests
from homebeat.deliver.accounts import NO_ACCOUNTS, ProviderAccounts
from homebeat.domain.channel import ChannelNeed
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.principal import Principal
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Operation
from homebeat.response.setup import PLAIN, ResponseSetup
from homebeat.rules.catalogue import RULES
from homebeat.settings.model import InForce, Settings
from homebeat.settings.plan import RulePlan
from homebeat.store import ReadSession, Store
from homebeat.store.audit.chain_check import IsSigned


class Places(Protocol):
    """Gives live pages their places."""

    def open_stream(self, caller_id: str, events: AsyncIterator[str]) -> StreamingResponse | None:
        """Make an answer that streams these events; None when no place is free, or none for this caller."""
        ...


def know_no_key(_key_id: str, _statement: str, _signature: str) -> bool | None:
    """Say of each signature that its key is not known."""
    return None


@dataclass(frozen=True, slots=True)
class ConsoleContext:
    """What the console is given.

    Attributes:
        clock: Epoch ms UTC.
        link_base: What links begin with that people are given; empty for the address of the request.
        emergency_numbers: Of `ambulance`, `fire` and `police`: what the pages about an alert say to call.
        open_audit_keys: Opens the keys whose signatures of the audit count; by default none.
        is_secure: Whether the console is reached over https: then its cookies never travel without.
        blind_after: How old the watch's heartbeat may be before every page says that it is blind.
        outbox_late: How long a notice may be due before every page says so.
        sign_in: Signs people in.
        provider: Signs them in through the identity provider; None where none is set up.
        places: For live pages; a page that gets none is answered with 503 and asks again.
        tick_s: How often a live page is told that all is well; it goes red after 12 s without.
        flush_s: Changes closer together than this reach the page together.
        accounts: At providers, who bring receipts.
        broker: Where it does, as `host:port`; empty where that is not known.
        late_ms: A reading that comes later than this after it was measured is late.
        home_rules: By what a home is judged that is changed.
        absent_accounts: The accounts of channels through which nothing can be sent.
        backtests: Runs back-tests; None where this process runs none.
        base: What file and environment say; what is changed in the console lies over it.
        setup: The response plans: the queue says who is next, and a home may have one.
    """

    store: Store
    clock: Callable[[], int]
    feed: ChangeFeed
    perform: Perform
    places: Places
    sign_in: SignIn
    provider: ProviderSignIn | None = None
    link_base: str = ""
    emergency_numbers: Mapping[str, str] = field(default_factory=dict)
    open_audit_keys: Callable[[], IsSigned] = lambda: know_no_key
    is_secure: bool = False
    blind_after: timedelta = timedelta(seconds=30)
    outbox_late: timedelta = timedelta(seconds=60)
    tick_s: float = 5.0
    flush_s: float = 0.2
    accounts: ProviderAccounts = NO_ACCOUNTS
    broker: str = ""
    late_ms: int = MINUTE_MS
    home_rules: HomeRules = field(default_factory=HomeRules)
    absent_accounts: frozenset[ChannelNeed] = frozenset()
    setup: ResponseSetup = PLAIN
    backtests: Backtests | None = None
    base: InForce = field(default_factory=lambda: InForce(Settings(), RulePlan(RULES)))

    def find_book(self, reader: ReadSession) -> PlanBook:
        """Find the response plans that hold now, as this transaction sees them."""
        return self.setup.settle(reader).book

    def open_view(self, principal: Principal, operation: Operation) -> AbstractContextManager[View]:
        """Open a view for whoever asks: what it has shown goes on record at the end of the block."""
        return open_view(self.store, principal, operation, self.clock)
