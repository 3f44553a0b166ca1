"""Values of the outbox; times in epoch milliseconds UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from homebeat.domain.fleet import USUAL_LANGUAGE
from homebeat.domain.ids import AlertId, ContactId
from homebeat.domain.message_proof import MessageProof


@dataclass(frozen=True, slots=True)
class DeliveryEntry:
    """One delivery attempt with its notice. `due_at` is when the notice is (or was) next due.

    Attributes:
        arrival: What the provider says became of it; None where it says nothing.
        arrived_at: When it said so.
        arrival_code: Its own word for it.
    """

    id: int
    notice_id: str
    alert_id: AlertId | None
    contact: ContactId
    channel_kind: str
    event: str
    state: OutboxState
    attempt: int
    at: int
    duration_ms: int
    ok: bool
    status: int | None
    error: str
    next_due_at: int | None
    arrival: MessageProof | None = None
    arrived_at: int | None = None
    arrival_code: str = ""


@dataclass(frozen=True, slots=True)
class MessageEntry:
    """One message about an alert, and how far it is.

    Attributes:
        created_at: When its cause was.
        tried_at: When its last attempt began; None before the first.
        arrival, arrived_at, arrival_code: What the provider says became of that, when, and its own word for it.
        index: Of the channel in the list of its recipient.
        error: What was wrong at last, or why nothing was sent; free of addresses.
    """

    contact: ContactId
    channel_kind: str
    event: str
    state: OutboxState
    created_at: int
    attempts: int
    tried_at: int | None
    arrival: MessageProof | None
    arrived_at: int | None
    arrival_code: str
    index: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class ChannelAttempt:
    """How one attempt over a kind of channel ended.

    Attributes:
        is_needless: Nothing was sent, because nobody waited for it any more.
        arrival: What the provider says became of it; None where it says nothing.
    """

    kind: str
    at: int
    ok: bool
    is_needless: bool
    error: str
    arrival: MessageProof | None


@dataclass(frozen=True, slots=True)
class OutboxHealth:
    """How far behind the outbox is. `oldest_due_at` is None when nothing waits."""

    waiting: int
    dead: int
    oldest_due_at: int | None


class OutboxState(StrEnum):
    """The state of a notice."""

    PENDING = "pending"
    LEASED = "leased"
    DELIVERED = "delivered"
    SUPERSEDED = "superseded"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Leased:
    """A notice claimed for one attempt; nobody else gets it before `lease_until`.

    Attributes:
        id: `Notice.id`: the webhook id, the same for every attempt.
        alert_id: What it is about; None for no alert.
        attempts: Attempts settled before this one.
        channel_params: The address and secret as they are now; None when the contact or channel is gone.
        is_retired: Whether the contact is no longer in the registry, or wants no messages any more.
        created_at: When the cause was committed: the start of the retry schedule.
        endpoint: The receiver (see `endpoints`).
        priority_rank: 0 is the most urgent: what is critical, and every call for help.
        language: The tag of the language that the recipient reads.
        chain: What the channels of one person have in common over which it goes one after the other; empty where nothing follows.
        place: Which of them this one is, from 0.
    """

    id: str
    alert_id: AlertId | None
    contact: ContactId
    channel_kind: str
    channel_index: int
    channel_params: Mapping[str, str] | None = field(repr=False)
    event: str
    payload: Mapping[str, str | int] = field(repr=False)
    created_at: int
    due_at: int
    attempts: int
    lease_until: int
    endpoint: str = ""
    priority_rank: int = 0
    is_retired: bool = False
    language: str = USUAL_LANGUAGE
    chain: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class Shares:
    """How many notices of one endpoint a claim may take, so that one dead receiver does not delay the others.

    Attributes:
        each: How many of an endpoint that is not named below.
        answering: Endpoints that answer; `answering_each` says how many of one of those.
        full: Endpoints of which the claim takes none.
        first_only: Whether the claim takes only notices that were never tried.
    """

    each: int = 1_000
    answering: frozenset[str] = frozenset()
    answering_each: int = 1_000
    full: frozenset[str] = frozenset()
    first_only: bool = False


UNLIMITED: Final = Shares()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a delivery, as it ended.

    Attributes:
        status: HTTP status, None when none came.
        error: What went wrong, free of addresses and personal data; empty when `ok`.
        at: When it began, by the database's clock, epoch ms.
        next_due_at: When to try again, counted from `at`; None and not `ok` makes it a dead letter.
        superseded: Nothing was sent, because nobody waits for it any more; `error` says why, and `ok` is true.
        reference: The provider's own name of what it accepted; empty for none.
        awaits_proof: Whether the provider will say later what became of it.
        ask_at: When to ask it for that, epoch ms; None where it is not asked.
    """

    at: int
    duration_ms: int
    ok: bool
    status: int | None = None
    error: str = ""
    next_due_at: int | None = None
    superseded: bool = False
    reference: str = ""
    awaits_proof: bool = False
    ask_at: int | None = None


@dataclass(frozen=True, slots=True)
class AskedMessage:
    """A message that a provider had accepted, and of which it is asked what became of it.

    Attributes:
        reference: The provider's own name of it.
        at: When it was accepted, epoch ms.
    """

    notice: Leased
    reference: str
    at: int
