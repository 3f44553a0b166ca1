"""Times that people enter in forms, on the clock of the homes."""

from __future__ import annotations

from datetime import datetime

from homebeat.domain.errors import Incomplete
from homebeat.domain.wall_clock import find_instant, find_zone


def read_local_time(text: str, timezone: str) -> int | None:
    """Read ``2026-03-02T08:00`` as a browser sends it, as epoch ms; None where nothing was entered.

    Raises:
        Incomplete: It is no such time.
    """
    if not text.strip():
        return None
    try:
        given = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Incomplete(f"{text!r} is not a time such as 2026-03-02T08:00") from None
    if given.tzinfo is not None or not 2000 <= given.year <= 2999:
        raise Incomplete("a time of these years, on the clock of the homes")
    return find_instant(given.date(), given.hour * 60 + given.minute, find_zone(timezone))
