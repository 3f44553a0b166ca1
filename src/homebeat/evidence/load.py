"""Computes how much was asked of whoever answers, as ISA-18.2 and EEMUA 191 measure it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np

from homebeat.domain.durations import DAY_MS, MINUTE_MS
from homebeat.evidence.columns import I64, AlertColumns, Flags
from homebeat.evidence.figures import divide, split_rows
from homebeat.evidence.report import DayLoad, LoadFigures, LoadSource
from homebeat.evidence.shifts import shift_to_zone

FLOOD_ALERTS: Final = 10
WINDOW_MS: Final = 10 * MINUTE_MS
_TOP: Final = 10


def measure_load(
    columns: AlertColumns, stale: Flags, span: tuple[int, int], timezone: str, resident_months: float
) -> LoadFigures:
    """Measure the load of a span.

    Args:
        columns: The alerts, in any order.
        stale: Which of them were open for longer than 24 hours.
        span: From, and until before, epoch ms.
        timezone: Whose days are counted.
        resident_months: Of everybody who was watched; 0 gives no rate.
    """
    many, days = len(columns), (span[1] - span[0]) / DAY_MS
    sources = np.bincount(columns.get_codes("source"), minlength=0)
    floods, flooded_ms = _measure_floods(columns, span)
    chattering = int(columns.get_flags("chattering").sum())
    return LoadFigures(
        per_day=round(many / days, 2),
        per_resident_month=divide(many, resident_months),
        peak=count_peak(np.sort(columns.opened_at)),
        floods=floods,
        flood_share=divide(flooded_ms, span[1] - span[0]),
        stale_share=divide(int(stale.sum()), many),
        chattering=chattering,
        chattering_share=divide(chattering, many),
        sources=len(sources),
        top=_list_top(sources, columns.get_names("source")),
        days=_count_days(columns, span, timezone),
    )


def count_peak(at: I64) -> int:
    """Count the most of `at` (ascending) that lie within any 10 minutes."""
    if not len(at):
        return 0
    return int((np.arange(len(at)) - np.searchsorted(at, at - WINDOW_MS, side="right")).max()) + 1


def find_floods(at: I64) -> list[tuple[int, int]]:
    """Find the floods among `at` (ascending): the spans at each instant of which ten or more lie in the 10 minutes before it."""
    last = at[FLOOD_ALERTS - 1 :]
    first = at[: len(last)]
    is_flood = last - first < WINDOW_MS
    return merge_spans(list(zip(last[is_flood].tolist(), (first[is_flood] + WINDOW_MS).tolist(), strict=True)))


def merge_spans(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Merge spans that overlap or touch; they come out in order, and those that are empty are left out."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _measure_floods(columns: AlertColumns, span: tuple[int, int]) -> tuple[int, int]:
    """Count the floods of all areas, and how long there was one in at least one area, ms."""
    found: list[tuple[int, int]] = []
    for rows in split_rows(columns.get_codes("area"), columns.get_names("area")).values():
        if len(rows) >= FLOOD_ALERTS:
            found += find_floods(np.sort(columns.opened_at[rows]))
    within = merge_spans([(start, min(end, span[1])) for start, end in found])
    return len(found), sum(end - start for start, end in within)


def _list_top(counts: I64, names: Sequence[str]) -> list[LoadSource]:
    total = int(counts.sum())
    order = sorted(np.argsort(-counts, kind="stable")[: 10 * _TOP].tolist(), key=lambda i: (-int(counts[i]), names[i]))
    return [LoadSource(names[i], int(counts[i]), round(int(counts[i]) / total, 4)) for i in order[:_TOP]]


def _count_days(columns: AlertColumns, span: tuple[int, int], timezone: str) -> list[DayLoad]:
    edges = shift_to_zone(np.array([span[0], span[1] - 1], np.int64), timezone) // DAY_MS
    days = shift_to_zone(columns.opened_at, timezone) // DAY_MS - edges[0]
    counts = np.bincount(days, minlength=int(edges[1] - edges[0]) + 1)
    return [DayLoad(_format_day(int(edges[0]) + i), int(count)) for i, count in enumerate(counts)]


def _format_day(day: int) -> str:
    return datetime.fromtimestamp(day * DAY_MS / 1000, UTC).date().isoformat()
