"""What the deliverer needs from others: an outbox to drain, and channels to send through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from homebeat.domain.channel import SendLimit
from homebeat.store import UNLIMITED, Attempt, Leased, OutboxHealth, OutboxState, Shares


@dataclass(frozen=True, slots=True)
class Receipt:
    """How one attempt ended.

    Attributes:
        status: HTTP status; None when no answer came or the channel has none.
        error: What went wrong, without address, secret or personal data; empty when `ok`.
        retry_after_s: How long the receiver asks us to wait, in seconds from now.
        is_final: Whether trying again cannot help: the receiver said so, or the channel is not usable as it is set up.
        provider_code: The provider's own word in the body of its answer, such as `0`, `OK` or `isv.AMOUNT_NOT_ENOUGH`.
        needs_operator: Whether whoever runs homebeat must do something at the provider, such as pay; it is also final.
    """

    ok: bool
    status: int | None = None
    error: str = ""
    retry_after_s: float | None = None
    is_final: bool = False
    provider_code: str = ""
    needs_operator: bool = False


NO_CHANNEL: Final = Receipt(ok=False, error="the contact has this channel no more", is_final=True)


class Sender(Protocol):
    """Sends through one kind of channel. Safe to share between threads; takes a bounded time; raises for no receiver's fault."""

    def send(self, notice: Leased, now: int) -> Receipt:
        """Make one attempt. `now` is epoch ms."""

    def close(self) -> None:
        """Close what stays open between attempts. It may be called twice."""


class OutboxPort(Protocol):
    """The committed notices. Every method may raise `Unavailable`; calling it again is harmless."""

    def claim(self, now: int, limit: int, shares: Shares = UNLIMITED) -> list[Leased]:
        """Claim due notices, the most urgent and then the longest due first, and of each endpoint no more than its share.

        Nobody else can claim one before its lease ends.
        """

    def is_superseded(self, notice: Leased) -> bool:
        """Whether a later message to the same channel makes this one wrong: resolved since, or open again since."""

    def reserve(self, notice: Leased, limits: Sequence[SendLimit], now: int) -> int | None:
        """Count one message more to the address of a notice, unless its provider's limits forbid it now (`now`: epoch ms).

        Returns:
            None where it may be sent. Else when it may be: the notice was put off until then, with its reason and without an
            attempt.
        """

    def settle(self, notice: Leased, attempt: Attempt) -> OutboxState | None:
        """Store an attempt; a dead letter opens an alert in the same transaction. None: somebody else has the lease."""

    def release(self, notices: Sequence[Leased]) -> None:
        """Give claimed notices back without an attempt, except those that somebody else has claimed since."""

    def read_health(self) -> OutboxHealth:
        """Read how much waits, and since when."""

    def write_heartbeat(self, now: int, detail: Mapping[str, str | int | float | bool | None]) -> None:
        """Write the heartbeat that shows other processes that deliveries are made."""
