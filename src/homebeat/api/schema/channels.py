"""Channels and test messages, as the API shows them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from homebeat.actions.channel_health import ChannelSight
from homebeat.actions.shown_messages import find_standing
from homebeat.api.times import Instant, format_or_none
from homebeat.domain.message_proof import MessageProof
from homebeat.store import MessageEntry, OutboxState

Place = Annotated[int, Field(ge=0, le=99, description="Of the channel in their list, from 0; left out: all of them.")]
Expected = Annotated[
    bool, Field(description="They know that it comes. A call or a text message needs it: it may say that somebody needs help.")
]


class ChannelItem(BaseModel):
    """One kind of channel."""

    channel: str
    is_set_up: bool = Field(description="Whether messages can be sent over it.")
    needs: str = Field(description="The section of the settings with its account; empty where it needs none.")
    taken: int = Field(description="Attempts of the last 24 hours in the caller's areas that were taken.")
    failed: int = Field(description="The others that were made.")
    taken_at: Instant | None = Field(description="When the last of those that were taken was.")
    failed_at: Instant | None = Field(description="When the last of the others was; after `taken_at`, the channel is failing.")
    error: str = Field(description="What was wrong then.")


class ContactTrial(BaseModel):
    """A test message to a contact."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"contact": "h-0001/wei", "place": 0}})

    contact: Annotated[str, Field(max_length=200)]
    place: Place | None = None
    is_expected: Expected = False


class ResponderTrial(BaseModel):
    """A test message to a responder."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"responder": "li", "is_expected": True}})

    responder: Annotated[str, Field(max_length=200)]
    place: Place | None = None
    is_expected: Expected = False


class TrialSent(BaseModel):
    """Test messages that wait in the outbox: their ids."""

    notices: list[str]


class TrialItem(BaseModel):
    """How far a test message is."""

    contact: str
    channel: str
    place: int
    state: OutboxState
    standing: str = Field(description="In one word: `waits`, `taken`, `awaited`, `delivered`, `given_up` and their like.")
    tried_at: Instant | None
    arrival: MessageProof | None
    error: str


def make_channel_item(one: ChannelSight) -> ChannelItem:
    """Make the item of a kind of channel."""
    return ChannelItem(
        channel=one.kind,
        is_set_up=one.is_set_up,
        needs=one.needs,
        taken=one.taken,
        failed=one.failed,
        taken_at=format_or_none(one.taken_at),
        failed_at=format_or_none(one.failed_at),
        error=one.error,
    )


def make_trial_item(one: MessageEntry) -> TrialItem:
    """Make the item of a test message."""
    return TrialItem(
        contact=one.contact,
        channel=one.channel_kind,
        place=one.index,
        state=one.state,
        standing=find_standing(one)[0],
        tried_at=format_or_none(one.tried_at),
        arrival=one.arrival,
        error=one.error,
    )
