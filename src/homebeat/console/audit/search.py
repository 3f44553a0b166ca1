"""What somebody looks for in the audit, as a form sends it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from homebeat.domain.actor import ActorKind
from homebeat.domain.errors import Incomplete
from homebeat.store import AuditFilter

#: What a field for day and time sends. Anything else it cannot show again.
_FIELD: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", re.ASCII)
_HOW_TO_WRITE: Final = "a time is written as 2026-03-01T08:00"


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """One search; empty for all.

    Attributes:
        who: The name of an account, or an actor as the audit has it: `key:platform`, `engine`.
        about: Such as `alert:a3f0...`, `user:chen`.
        action: The verb.
        since: Day and time on the clock of the homes, as `2026-03-01T08:00`; `until` likewise, and not itself.
    """

    who: str = ""
    about: str = ""
    action: str = ""
    since: str = ""
    until: str = ""

    def make_filter(self, timezone: str) -> AuditFilter:
        """Make the filter of the store.

        Raises:
            Incomplete: A time cannot be read.
        """
        who = self.who.strip()
        actor = who if not who or ":" in who or who in set(ActorKind) else f"{ActorKind.PERSON}:{who}"
        since, until = (_read_moment(text, timezone) for text in (self.since, self.until))
        return AuditFilter(actor, self.about.strip(), self.action, since, until)

    def drop_times(self) -> AuditSearch:
        """The same without its times: where one cannot be read, the form begins anew with both."""
        return replace(self, since="", until="")

    def write_query(self, cursor: str) -> str:
        """Write the part of an address that goes on with this search."""
        said = {name: getattr(self, name) for name in ("who", "about", "action", "since", "until")} | {"cursor": cursor}
        return urlencode({name: value for name, value in said.items() if value})


def _read_moment(text: str, timezone: str) -> int | None:
    if not text:
        return None
    if _FIELD.fullmatch(text) is None:
        raise Incomplete(_HOW_TO_WRITE)
    try:
        return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Incomplete(_HOW_TO_WRITE) from None
