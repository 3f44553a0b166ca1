"""Values of the audit; times in epoch milliseconds UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action.

    Attributes:
        id: Counts up in the order of commit; 0 before it is written.
        at: When, by the database's clock.
        actor: Who did it: `user:chen`, `engine`, `service:deliver`.
        role: The role that a person had then; empty where the actor is no person.
        action: The verb, such as `acknowledge`.
        about: What it concerned, such as `alert:a3f0...`; empty where it concerned many.
        detail: Ids, codes and counts; nothing that names a person, and no free text.
    """

    at: int
    actor: str
    role: str
    action: str
    about: str
    detail: Mapping[str, str | int | float | bool | None]
    id: int = 0
