"""Months of hours that volunteers gave: which spans can be asked for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from homebeat.domain.errors import Incomplete
from homebeat.domain.service_hours import find_month_span


def read(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def test_a_span_is_from_the_first_month_to_the_end_of_the_last_in_its_zone() -> None:
    begin, end = find_month_span("2025-12", "2026-02", "Asia/Shanghai")
    assert (read(begin), read(end)) == (datetime(2025, 11, 30, 16, tzinfo=UTC), datetime(2026, 2, 28, 16, tzinfo=UTC))
    begin, end = find_month_span("2999-12", "2999-12", "UTC")
    assert (read(begin), read(end)) == (datetime(2999, 12, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "first, last",
    [
        ("2026-03", "2026-02"),
        ("2016-03", "2026-03"),
        ("9999-12", "9999-12"),
        ("0001-01", "0001-01"),
        ("2026-13", "2026-13"),
        ("٢٠٢٦-03", "2026-03"),
        ("2026-3", "2026-03"),
        ("2026-03\n", "2026-03"),
        ("", ""),
    ],
)
def test_what_is_no_span_of_months_is_refused(first: str, last: str) -> None:
    with pytest.raises(Incomplete):
        find_month_span(first, last, "Asia/Shanghai")
