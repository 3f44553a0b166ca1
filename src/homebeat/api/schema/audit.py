"""The audit, as the API shows it."""

from __future__ import annotations

import math

from pydantic import BaseModel, Field

from homebeat.api.times import Instant, format_instant
from homebeat.store import AuditEntry


class AuditItem(BaseModel):
    """Something that was done, or seen."""

    id: int = Field(description="Its number: 1 and so on, without gaps.")
    at: Instant
    actor: str = Field(examples=["user:chen", "engine", "service:deliver"])
    role: str = Field(description="The role that a person had then; empty for others.")
    action: str = Field(description="The verb; `look` where somebody only saw something.", examples=["acknowledge", "look"])
    about: str = Field(description="Empty where it concerned many.", examples=["alert:a3f0", "resident:r-0042"])
    detail: dict[str, str | int | float | bool | None] = Field(description="Ids, codes and counts. Never a name or a value.")
    hash: str = Field(description="SHA-256 over the hash of the row before and this row, in hex.")


def make_audit_item(entry: AuditEntry) -> AuditItem:
    """Make the item of an entry."""
    return AuditItem(
        id=entry.id,
        at=format_instant(entry.at),
        actor=entry.actor,
        role=entry.role,
        action=entry.action,
        about=entry.about,
        detail={_clean(name): _show(value) for name, value in entry.detail.items()},
        hash=entry.hash,
    )


def _show(value: object) -> str | int | float | bool | None:
    """As it is, where homebeat could have written it; what somebody else wrote there must not stop the list."""
    if value is None or isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return _clean(str(value))


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # halves of characters are no text that an answer can carry
