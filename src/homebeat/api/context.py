"""What the API is given: everything it needs, as values; it reaches for nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from homebeat.actions import ChangeFeed, Perform
from homebeat.api.live import LivePlaces
from homebeat.api.site import Site
from homebeat.backtest.request import Backtests
from homebeat.store import Store

#: Says what is wrong with a part, or None when it works. Must not raise and must not wait.
Check = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class ApiContext:
    """What the API is given.

    Attributes:
        clock: Epoch ms UTC.
        feed: Shared with the console where both run in one process.
        perform: Performs actions; shared likewise.
        checks: Further parts that /readyz asks, by name.
        services: Which services must beat in the database, and how old a beat may be.
        outbox_late: How long a notice may be due before /readyz says so.
        places: For live streams; where there is none, the answer is 503.
        tick_s: How often a live stream says that it lives.
        backtests: Who runs backtests; None where this process runs none.
        site: Under which names it is reached.
    """

    store: Store
    clock: Callable[[], int]
    feed: ChangeFeed
    perform: Perform
    version: str
    checks: Mapping[str, Check] = field(default_factory=dict)
    services: Mapping[str, timedelta] = field(
        default_factory=lambda: {"watch": timedelta(seconds=30), "deliver": timedelta(seconds=30)}
    )
    outbox_late: timedelta = timedelta(seconds=60)
    max_body_bytes: int = 256 * 1024
    places: LivePlaces = field(default_factory=LivePlaces)
    tick_s: float = 5.0
    backtests: Backtests | None = None
    site: Site = field(default_factory=Site)
