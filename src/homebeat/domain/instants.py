"""Times as texts for the outside: epoch milliseconds become ISO 8601 with `Z`."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(at: int) -> str:
    """Epoch ms as `2026-03-01T08:00:00Z`; milliseconds only where there are any."""
    whole = datetime.fromtimestamp(at / 1000, UTC)
    text = whole.isoformat(timespec="milliseconds" if at % 1000 else "seconds")
    return text.replace("+00:00", "Z")
