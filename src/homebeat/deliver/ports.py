"""What the deliverer needs from others: an outbox to drain, and channels to send through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from homebeat.store import EVERYTHING, Attempt, Leased, OutboxHealth, OutboxState, Shares


@dataclass(frozen=True, slots=True)
class Receipt:
    """How one attempt ended.

    Attributes:
        status: HTTP status; None when no answer came or the channel has none.
        error: What went wrong, without address, secret or personal data; empty when `ok`.
        retry_after_s: What the receiver asked for, in seconds from now.
        is_final: Trying again cannot help: the receiver said so, or the channel cannot be used as it is set up.
    """

    ok: bool
    status: int | None = None
    error: str = ""
    retry_after_s: float | None = None
    is_final: bool = False


class Channel(Protocol):
    """One kind of channel. Safe to use from many threads; takes a bounded time; never raises for what a receiver does."""

    def send(self, notice: Leased, now: int) -> Receipt:
        """Make one attempt. `now` is epoch ms."""

    def close(self) -> None:
        """Let go of what stays open between attempts. May be called twice."""


class OutboxPort(Protocol):
    """The committed intents. Every method may raise `Unavailable`; asking again is harmless."""

    def claim(self, now: int, limit: int, shares: Shares = EVERYTHING) -> list[Leased]:
        """Take due notices, the most urgent and then the longest due first, and of each endpoint no more than its share.

        Nobody else gets one before its lease ends.
        """

    def is_superseded(self, notice: Leased) -> bool:
        """Whether a later message to the same channel makes this one untrue: closed since, or open again since."""

    def settle(self, notice: Leased, attempt: Attempt) -> OutboxState | None:
        """Write an attempt; a dead letter opens an alert in the same transaction. None: the lease went to somebody else."""

    def release(self, notices: Sequence[Leased]) -> None:
        """Give claimed notices back unattempted; ones that somebody else has by now are left alone."""

    def health(self) -> OutboxHealth:
        """How much waits, and since when."""

    def beat(self, now: int, detail: Mapping[str, str | int | float | bool | None]) -> None:
        """Show other processes that deliveries are being made."""
