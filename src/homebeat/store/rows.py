"""What the writing side of the store takes and returns; plain values, times in epoch milliseconds UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from homebeat.domain.ids import AlertId, ContactId, DeviceId, ResidentId
from homebeat.domain.role import Operation, is_permitted
from homebeat.stream.batch import Bool


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch.

    Attributes:
        accepted: How many readings were new.
        mask: Which readings were new, bool[n]; None when all were.
        position: The end of the log after the append; what a checkpoint of the folded state stores.
    """

    accepted: int
    mask: Bool | None
    position: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Engine state and the log position it includes. `version` says which code can read `state`."""

    position: int
    at: int
    version: str
    state: bytes


@dataclass(frozen=True, slots=True)
class Balance:
    """Cumulative counts since the database began; the first four count messages."""

    delivered: int = 0
    accepted: int = 0
    duplicate: int = 0
    quarantined: int = 0
    readings_accepted: int = 0
    readings_duplicate: int = 0

    @property
    def missing(self) -> int:
        """Delivered messages that are accounted for nowhere: 0, or something was lost (positive) or counted twice."""
        return self.delivered - self.accepted - self.duplicate - self.quarantined

    @property
    def is_balanced(self) -> bool:
        """Whether accepted + duplicate + quarantined = delivered."""
        return self.missing == 0


@dataclass(frozen=True, slots=True)
class ClockStep:
    """A step of the clock that the engine followed; times epoch ms.

    Attributes:
        no: How many it had followed with this one.
        position: The end of the log then.
        before: Up to where the engine had judged. after: what the clock said.
        noted_at: When, by the database's clock.
        accepted_at: When a person said that the clock is right; None when nobody did.
    """

    no: int
    position: int
    before: int
    after: int
    noted_at: int
    accepted_at: int | None = None

    @property
    def is_back(self) -> bool:
        """Whether the clock went back."""
        return self.after < self.before


class OutboxState(StrEnum):
    """Where a notice stands."""

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
        attempts: Attempts settled before this one.
        channel_params: The address and secret as they are now; None when the contact or channel is gone.
        created_at: When the cause was committed: the start of the retry schedule.
        endpoint: The receiver: what it shares its fate with.
        priority_rank: 0 is the most urgent.
    """

    id: str
    alert_id: AlertId
    contact: ContactId
    channel_kind: str
    channel_index: int
    channel_params: Mapping[str, str] | None
    event: str
    payload: Mapping[str, str | int]
    created_at: int
    due_at: int
    attempts: int
    lease_until: int
    endpoint: str = ""
    priority_rank: int = 0


@dataclass(frozen=True, slots=True)
class Shares:
    """How many notices of one endpoint a claim may take, so that nobody's dead receiver keeps others waiting.

    Attributes:
        each: Of an endpoint that is not named below.
        answering: Endpoints that answer, and `answering_each` how many of one of those.
        full: Endpoints of which none is taken.
        first_only: Whether only notices that were never tried are taken.
    """

    each: int = 1_000
    answering: frozenset[str] = frozenset()
    answering_each: int = 1_000
    full: frozenset[str] = frozenset()
    first_only: bool = False


EVERYTHING: Final = Shares()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a delivery, as it ended.

    Attributes:
        status: HTTP status, None when none came.
        error: What went wrong, free of addresses and personal data; empty when `ok`.
        at: When it began, by the database's clock, epoch ms.
        next_due_at: When to try again, reckoned from `at`; None and not `ok` makes it a dead letter.
        superseded: Nothing was sent, because a later message tells the end of the story; `ok` as well.
    """

    at: int
    duration_ms: int
    ok: bool
    status: int | None = None
    error: str = ""
    next_due_at: int | None = None
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token as stored: `hash` is the SHA-256 of the secret in lower-case hex, the secret is nowhere."""

    hash: str
    name: str
    role: str
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None

    def may(self, operation: Operation) -> bool:
        """Whether its owner's role permits `operation`; a role that is none of ours permits nothing."""
        return is_permitted(self.role, operation)

    def is_valid(self, now: int) -> bool:
        """Whether it opens anything at `now`."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class ResidentState:
    """What is known of a resident now. `state` is active, quiet or unknown.

    Attributes:
        since_at: Since when this state holds; None when it never changed.
        life_at: The last sign of life; None for never.
        proven_at: Up to when some device has proven that it would have shown one; None for never.
    """

    resident: ResidentId
    state: str
    since_at: int | None
    life_at: int | None
    proven_at: int | None
    away: bool
    updated_at: int


@dataclass(frozen=True, slots=True)
class DeviceState:
    """What is known of a device now.

    Attributes:
        beats_every_s: Seconds between the movements that it shows by itself; None where it shows none.
    """

    device: DeviceId
    heard_at: int | None
    battery_pct: float | None
    silent: bool
    updated_at: int
    beats_every_s: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What `fleet.apply` did to one kind of thing, by id, in file order."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class FleetChange:
    """What `fleet.apply` did. Removed things are retired, their history stays."""

    areas: Difference = field(default_factory=Difference)
    households: Difference = field(default_factory=Difference)
    residents: Difference = field(default_factory=Difference)
    contacts: Difference = field(default_factory=Difference)
    devices: Difference = field(default_factory=Difference)
    away: Difference = field(default_factory=Difference)

    def __bool__(self) -> bool:
        return any((self.areas, self.households, self.residents, self.contacts, self.devices, self.away))
