"""What the deliverer needs from others: an outbox to drain, and channels to send through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

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
        reference: The provider's own name of what it accepted.
        awaits_proof: Whether the provider will say later what became of it: until then nothing proves that it arrived.
        ask_after_s: So long after it the provider is asked for that; None where it is not asked.
    """

    ok: bool
    status: int | None = None
    error: str = ""
    retry_after_s: float | None = None
    is_final: bool = False
    provider_code: str = ""
    needs_operator: bool = False
    reference: str = ""
    awaits_proof: bool = False
    ask_after_s: float | None = None


SUPERSEDED: Final = "superseded by a later message"
#: After so many failed attempts the next channel of a person begins.
FAILED_TRIES: Final = 3
NO_CHANNEL: Final = Receipt(ok=False, error="the contact has this channel no more", is_final=True)


class Sender(Protocol):
    """Sends through one kind of channel. Safe to share between threads; takes a bounded time; raises for no receiver's fault."""

    def send(self, notice: Leased, now: int) -> Receipt:
        """Make one attempt. `now` is epoch ms."""

    def close(self) -> None:
        """Close what stays open between attempts. It may be called twice."""


@runtime_checkable
class TemplateSender(Sender, Protocol):
    """A sender that says only what a provider has approved."""

    def can_say(self, notice: Leased) -> bool:
        """Whether it can say what the notice does. One that cannot leaves the closing of an alert unsaid."""


class OutboxPort(Protocol):
    """The committed notices. Every method may raise `Unavailable`; calling it again is harmless."""

    def claim(self, now: int, limit: int, shares: Shares = UNLIMITED) -> list[Leased]:
        """Claim due notices, the most urgent and then the longest due first, and of each endpoint no more than its share.

        Nobody else can claim one before its lease ends.
        """

    def find_needless(self, notice: Leased) -> str:
        """Find why a message need not be sent any more; empty where it must be.

        It is `SUPERSEDED` where a later message makes it wrong (resolved since, or open again since), and
        `actions.enter_receipts.ARRIVED` where another channel of the same person has brought it.
        """

    def reserve(self, notice: Leased, limits: Sequence[SendLimit], now: int) -> int | None:
        """Count one message more to the address of a notice, unless its provider's limits forbid it now (`now`: epoch ms).

        `limits` are those to one address; the outbox knows those of our account.

        Where they forbid it for longer than the next channel of the person would wait, that one begins at once.

        Returns:
            None where it may be sent. Else when it may be: the notice was put off until then, with its reason and without an
            attempt.
        """

    def settle(self, notice: Leased, attempt: Attempt) -> OutboxState | None:
        """Store an attempt, in one transaction with what follows from it. None: somebody else has the lease.

        A dead letter opens an alert. After it, and after `FAILED_TRIES`, the next channel of the person begins at once; after a
        success that awaits no more proof it is not needed.
        """

    def release(self, notices: Sequence[Leased]) -> None:
        """Give claimed notices back without an attempt, except those that somebody else has claimed since."""

    def read_health(self) -> OutboxHealth:
        """Read how much waits, and since when."""

    def write_heartbeat(self, now: int, detail: Mapping[str, str | int | float | bool | None]) -> None:
        """Write the heartbeat that shows other processes that deliveries are made."""
