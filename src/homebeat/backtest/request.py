"""What the API asks of whoever runs backtests: one at a time, in a process of its own, so that the API stays live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol

from homebeat.backtest import Comparison


class BacktestState(StrEnum):
    """Where a backtest stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Request:
    """What to compare: `settings` by dotted key, `rules` as a table; both are laid over the settings in force."""

    area: str | None
    last: timedelta
    warm_up: timedelta | None
    settings: Mapping[str, str | float | bool] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Backtest:
    """One backtest; times epoch ms, `share` 0 to 1."""

    id: str
    request: Request
    asked_by: str
    state: BacktestState
    share: float
    started_at: int
    ended_at: int | None = None
    error: str | None = None
    result: Comparison | None = None


class Backtests(Protocol):
    """Runs backtests."""

    def start(self, request: Request, asked_by: str) -> Backtest:
        """Begin one.

        Raises:
            NotAllowed: One runs already.
            BadSettings: What is asked for cannot be used.
        """
        ...

    def get(self, name: str) -> Backtest | None:
        """How one stands; None for one that was never asked for, or long ago."""
        ...

    def stop(self, name: str) -> Backtest | None:
        """End one; None for one that was never asked for."""
        ...
