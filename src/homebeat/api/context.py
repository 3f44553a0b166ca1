"""The context of the API: everything that it needs, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from homebeat.actions import ChangeFeed, Perform
from homebeat.actions.home_writing import HomeRules
from homebeat.actions.view import View, open_view
from homebeat.api.live import LivePlaces
from homebeat.api.site import Site
from homebeat.backtest.request import Backtests
from homebeat.domain.channel import ChannelNeed
from homebeat.domain.platform import Platform
from homebeat.domain.principal import Principal
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Operation
from homebeat.response.setup import PLAIN, ResponseSetup
from homebeat.rules.catalogue import RULES
from homebeat.settings.model import InForce, Settings
from homebeat.settings.plan import RulePlan
from homebeat.store import ReadSession, Store

#: A service that has said nothing for so long does not work.
_SILENT: Final = timedelta(seconds=30)
#: Returns what is wrong with a part, or None when it works. It must not raise and must not block.
Check = Callable[[], str | None]


def list_services(*, has_intake: bool = False) -> dict[str, timedelta]:
    """List the services that must send heartbeats, and how old the last one may be."""
    return dict.fromkeys(("watch", "deliver", "deadlines", *(("intake",) if has_intake else ())), _SILENT)


@dataclass(frozen=True, slots=True)
class ApiContext:
    """Everything that the API needs.

    Attributes:
        clock: Epoch ms UTC.
        feed: Says what changed; shared with the console where both run in one process.
        perform: Performs actions; shared likewise.
        checks: Further parts that /readyz checks, by name.
        services: The services that must send heartbeats, and how old the last one may be.
        outbox_late: How long a notice may be due before /readyz reports it.
        places: Places for live streams; without a free one the answer is 503.
        tick_s: How often a live stream sends a tick, seconds.
        backtests: Runs back-tests; None where this process runs none.
        site: The names of this server.
        issuer: The identity provider, as it names itself; empty where none is set up.
        setup: The response plans.
        platforms: City platforms, by the name of the key with which they report back.
        base: What file and environment say; what is changed in the console lies over it.
        home_rules: By what a home is judged that is changed.
        absent_accounts: The accounts of channels through which nothing can be sent.
    """

    store: Store
    clock: Callable[[], int]
    feed: ChangeFeed
    perform: Perform
    version: str
    checks: Mapping[str, Check] = field(default_factory=dict)
    services: Mapping[str, timedelta] = field(default_factory=list_services)
    outbox_late: timedelta = timedelta(seconds=60)
    max_body_bytes: int = 256 * 1024
    places: LivePlaces = field(default_factory=LivePlaces)
    tick_s: float = 5.0
    backtests: Backtests | None = None
    site: Site = field(default_factory=Site)
    issuer: str = ""
    setup: ResponseSetup = PLAIN
    platforms: Mapping[str, Platform] = field(default_factory=dict)
    home_rules: HomeRules = field(default_factory=HomeRules)
    absent_accounts: frozenset[ChannelNeed] = frozenset()
    base: InForce = field(default_factory=lambda: InForce(Settings(), RulePlan(RULES)))

    def find_book(self, reader: ReadSession) -> PlanBook:
        """Find the response plans that hold now, as this transaction sees them."""
        return self.setup.settle(reader).book

    def open_view(self, principal: Principal, operation: Operation) -> AbstractContextManager[View]:
        """Open a view for whoever asks: what it has shown goes on record at the end of the block."""
        return open_view(self.store, principal, operation, self.clock)
