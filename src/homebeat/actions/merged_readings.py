"""Readings of several metrics as one list by time."""

from __future__ import annotations

from homebeat.domain.errors import BadCursor
from homebeat.domain.ids import DeviceId
from homebeat.domain.metric import Metric
from homebeat.store import Page, ReadingEntry, ReadSession


def merge_readings(
    reader: ReadSession, device: DeviceId, starts: dict[Metric, int], end: int, limit: int, cursor: str | None
) -> Page[ReadingEntry]:
    """Merge readings of several metrics by time; the cursor is `observed_at.metric` of the last one.

    Args:
        reader: In the scope of whoever asks.
        device: Whose readings.
        starts: The metrics, each with the time from which on it is read, epoch ms.
        end: Observed before.
        limit: Most entries of the page.
        cursor: Goes on after a page.

    Raises:
        BadCursor: The cursor is not one of ours.
    """
    after = (-1, -1)
    if cursor is not None:
        at, dot, number = cursor.partition(".")
        if not dot or not (at.isdecimal() and number.isdecimal() and len(at) < 17):
            raise BadCursor("this cursor is not one of ours")
        after = (int(at), int(number))
    entries = [
        entry
        for metric, start in starts.items()
        for entry in reader.readings.read_page(device, metric, max(start, after[0]), end, limit + 2).items
        if (entry.observed_at, int(entry.metric)) > after
    ]
    entries.sort(key=lambda e: (e.observed_at, int(e.metric)))
    shown = tuple(entries[:limit])
    return Page(shown, f"{shown[-1].observed_at}.{int(shown[-1].metric)}" if len(entries) > limit else None)
