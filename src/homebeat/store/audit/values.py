"""Values of the audit; times in epoch milliseconds UTC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action, or one look.

    Attributes:
        id: Its number in the chain, from 1 on without gaps, in the order of commit; 0 before it is written.
        at: When, by the database's clock.
        actor: Who did it: `user:chen`, `engine`, `service:deliver`.
        role: The role that a person had then; empty where the actor is no person.
        action: The verb, such as `acknowledge`.
        about: What it concerned, such as `alert:a3f0...`; empty where it concerned many.
        detail: Ids, codes and counts; nothing that names a person, and no free text.
        hash: SHA-256 over the hash of the row before and this row, in hex; empty before it is written.
    """

    at: int
    actor: str
    role: str
    action: str
    about: str
    detail: Mapping[str, str | int | float | bool | None]
    id: int = 0
    hash: str = ""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries; empty or None for all.

    Attributes:
        actor: Exactly this one, such as `user:chen`.
        about: Exactly this one, such as `alert:a3f0...`.
        action: Exactly this verb.
        since: At this time or later.
        until: Before this time.
    """

    actor: str = ""
    about: str = ""
    action: str = ""
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class ChainPoint:
    """One place in the chain: a row's number, and its hash in hex."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class OldRows:
    """Rows at the beginning of the chain that are too old: how many, and the last of them."""

    count: int
    last: ChainPoint


@dataclass(frozen=True, slots=True)
class ChainRow:
    """One row as the database has it, for whoever verifies. Somebody may have tampered with it, so no type is certain.

    Attributes:
        detail: The text, not what it says.
    """

    id: Any
    at: Any
    actor: Any
    role: Any
    action: Any
    about: Any
    detail: Any
    hash: Any


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A signed word that the row `number` had this hash at the time `at`.

    Attributes:
        key_id: Which key signed it.
        signature: Ed25519 over `chain.state_checkpoint`, in base64.
    """

    number: int
    hash: str
    at: int
    key_id: str
    signature: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for the audit.

    Attributes:
        key_id: The id of its key.
        sign: Signs a statement; returns the signature in base64.
    """

    key_id: str
    sign: Callable[[str], str]
