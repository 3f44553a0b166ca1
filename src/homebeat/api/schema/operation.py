"""Quarantine, deliveries, the ledger and health, as the API shows them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from homebeat.api.times import Instant, format_instant, format_or_none
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.message_proof import MessageProof
from homebeat.store import Balance, DeliveryEntry, OutboxState, QuarantineEntry

_SHOWN_BYTES = 4096


class QuarantineItem(BaseModel):
    """A message that was set aside. `payload` is text, at most 4 KiB of it, with what is not UTF-8 escaped."""

    id: int
    topic: str
    payload: str
    payload_bytes: int
    received_at: Instant
    reason: QuarantineReason
    detail: str
    partial: bool = Field(description="Whether other readings of the same message were used.")
    retried_at: Instant | None
    retried_outcome: str | None


class DeliveryItem(BaseModel):
    """One attempt to deliver a notice."""

    id: int
    notice: str
    alert_id: str | None = Field(description="Null for what is about no alert, as that somebody's shifts have changed.")
    contact: str
    channel: str
    event: str
    state: OutboxState = Field(description="Where the notice stands now.")
    attempt: int
    at: Instant
    duration_ms: int
    ok: bool
    status: int | None
    error: str
    next_due_at: Instant | None
    arrival: MessageProof | None = Field(description="What the provider says became of it, where it brings receipts.")
    arrived_at: Instant | None
    arrival_code: str = Field(description="The provider's own word for it.")


class LedgerItem(BaseModel):
    """Every message that was delivered to us is accounted for once: `missing` is 0, or something is wrong."""

    delivered: int
    accepted: int
    duplicate: int
    quarantined: int
    missing: int
    balanced: bool
    readings_accepted: int
    readings_duplicate: int
    readings_withheld: int = Field(description="Left out because a resident withdrew consent to them.")


class Alive(BaseModel):
    """The process answers; that proves nothing more."""

    status: Literal["alive"] = "alive"
    version: str


class Note(BaseModel):
    """Something to look at."""

    part: str = Field(examples=["messages"])
    note: str = Field(description="What it is; without a token only that there is something.")


class Ready(BaseModel):
    """Every part works."""

    status: Literal["ready"] = "ready"
    parts: list[str] = Field(examples=[["database", "watch", "deliver", "outbox"]])
    notes: list[Note] = Field(description="What a person should look at although every part works.")


def make_quarantine_item(entry: QuarantineEntry) -> QuarantineItem:
    """Make the item of a quarantined message."""
    return QuarantineItem(
        id=entry.id,
        topic=entry.topic,
        payload=entry.payload[:_SHOWN_BYTES].decode(errors="backslashreplace"),
        payload_bytes=len(entry.payload),
        received_at=format_instant(entry.received_at),
        reason=entry.reason,
        detail=entry.detail,
        partial=entry.partial,
        retried_at=format_or_none(entry.retried_at),
        retried_outcome=entry.retried_outcome,
    )


def make_delivery_item(entry: DeliveryEntry) -> DeliveryItem:
    """Make the item of a delivery."""
    return DeliveryItem(
        id=entry.id,
        notice=entry.notice_id,
        alert_id=entry.alert_id,
        contact=entry.contact,
        channel=entry.channel_kind,
        event=entry.event,
        state=entry.state,
        attempt=entry.attempt,
        at=format_instant(entry.at),
        duration_ms=entry.duration_ms,
        ok=entry.ok,
        status=entry.status,
        error=entry.error,
        next_due_at=format_or_none(entry.next_due_at),
        arrival=entry.arrival,
        arrived_at=format_or_none(entry.arrived_at),
        arrival_code=entry.arrival_code,
    )


def make_ledger_item(balance: Balance) -> LedgerItem:
    """Make the item of the ledger."""
    return LedgerItem(
        delivered=balance.delivered,
        accepted=balance.accepted,
        duplicate=balance.duplicate,
        quarantined=balance.quarantined,
        missing=balance.missing,
        balanced=balance.is_balanced,
        readings_accepted=balance.readings_accepted,
        readings_duplicate=balance.readings_duplicate,
        readings_withheld=balance.readings_withheld,
    )
