"""Looks: that somebody saw a telephone number, an address or a vital sign. Each is a row of the audit, like an act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from homebeat.domain.actor import Actor
from homebeat.store import AuditEntry, Store
from homebeat.store.audit.writes import add_entry

#: The verb of a look in the audit.
LOOK = "look"


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody saw of one object.

    Attributes:
        about: The object, such as `resident:r-0042`.
        fields: The names of the fields that were shown, such as `phone` or `vitals`. Never their values.
    """

    about: str
    fields: frozenset[str]


def record_looks(store: Store, actor: Actor, looks: Iterable[Look], now: int) -> None:
    """Record that somebody saw something: a row for each object, in one transaction. Call it before the answer leaves.

    Looks at the same object become one row. Without looks, nothing is written.

    Args:
        store: Where the audit is.
        actor: Who sees it.
        looks: What is about to be shown.
        now: By the database's clock, epoch ms.

    Raises:
        Unavailable: The database is away. Nothing was recorded, so nothing may be shown.
    """
    seen: dict[str, frozenset[str]] = {}
    for look in looks:
        seen[look.about] = seen.get(look.about, frozenset()) | look.fields
    if not seen:
        return
    with store.begin() as tx:
        for about, fields in seen.items():
            add_entry(tx, AuditEntry(now, str(actor), actor.role, LOOK, about, {"fields": ",".join(sorted(fields))}))
