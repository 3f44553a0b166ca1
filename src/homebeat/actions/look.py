"""Looks: that somebody saw a telephone number, an address, a vital sign or a remark. Each is a row of the audit, like an act."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from homebeat.domain.actor import Actor
from homebeat.domain.errors import Unavailable
from homebeat.domain.metric import Metric
from homebeat.store import AuditEntry, ResidentEntry, Store
from homebeat.store.audit.writes import add_entry

#: The verb of a look in the audit.
LOOK: Final = "look"
_CONTACT: Final = frozenset({"address", "phone"})
_WATER: Final = frozenset({Metric.VOLUME_M3, Metric.FLOW_M3H})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody saw of one object.

    Attributes:
        about: The object, such as `resident:r-0042`.
        fields: The names of the fields that were shown, such as `phone` or `vitals`. Never their values.
    """

    about: str
    fields: frozenset[str]


def look_at_home(residents: Iterable[ResidentEntry], household: str = "", *more: str) -> list[Look]:
    """Look at how to reach the residents of a home, and at the fields in `more`; of a home without residents, at the home."""
    fields = _CONTACT | set(more)
    looks = [Look(f"resident:{entry.resident.id}", fields) for entry in residents]
    return looks or ([Look(f"household:{household}", fields)] if household else [])


def look_at_list(what: str) -> list[Look]:
    """Look at a page of a list with addresses and telephone numbers: one row for the page. `what`: `residents`, `households`."""
    return [Look(what, _CONTACT)]


def name_objects(household: str, residents: Iterable[ResidentEntry]) -> list[str]:
    """Name what a look at a home is about: its residents, or the home where nobody is."""
    return [f"resident:{one.resident.id}" for one in residents] or [f"household:{household}"]


def look_at_readings(resident: str | None, household: str, metrics: Iterable[Metric | int]) -> list[Look]:
    """Look at readings: water, or what a band and other devices measure of a person."""
    fields = frozenset("water" if metric in _WATER else "vitals" for metric in metrics)
    return [Look(f"resident:{resident}" if resident else f"household:{household}", fields)] if fields else []


def show_with_record(store: Store, actor: Actor, looks: Iterable[Look], now: int) -> None:
    """As `record_looks`, for what people need to help somebody: it is shown also while the database cannot record it."""
    try:
        record_looks(store, actor, looks, now)
    except Unavailable as away:
        _log.error("a look of %s could not be recorded: %s", actor, away)


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
