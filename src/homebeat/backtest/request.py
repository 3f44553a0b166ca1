"""What the API needs from the runner of back-tests. One runs at a time, in a process of its own, so that the API stays live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol

from homebeat.backtest import Comparison


class BacktestState(StrEnum):
    """How far a back-test is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class BacktestRequest:
    """What to compare: `settings` by dotted key, `rules` as a table; both are laid over the settings in force."""

    area: str | None
    last: timedelta
    warm_up: timedelta | None
    settings: Mapping[str, str | float | bool] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Backtest:
    """One back-test; times epoch ms, `share` (how much is done) 0 to 1."""

    id: str
    request: BacktestRequest
    asked_by: str
    state: BacktestState
    share: float
    started_at: int
    ended_at: int | None = None
    error: str | None = None
    result: Comparison | None = None


class Backtests(Protocol):
    """Runs back-tests."""

    def start(self, request: BacktestRequest, asked_by: str) -> Backtest:
        """Start a back-test.

        Raises:
            NotAllowed: One runs already.
            BadSettings: The request cannot be used.
        """
        ...

    def get(self, name: str) -> Backtest | None:
        """The back-test with this id; None if it is unknown or too old."""
        ...

    def stop(self, name: str) -> Backtest | None:
        """Stop the back-test with this id; None if it is unknown."""
        ...
