"""Device times: one reader, and the table of forms that it reads, the same on every version of Python."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.codecs.times import parse_iso_ms

EIGHT = 1_772_352_000_000  # 2026-03-01T08:00:00Z, a Sunday
HOUR = 3_600_000
MIDNIGHT = EIGHT + 16 * HOUR

READ = {
    # as nearly everybody writes it
    "2026-03-01T08:00:00Z": EIGHT,
    "2026-03-01T08:00:00.5Z": EIGHT + 500,
    "2026-03-01T08:00:00,5Z": EIGHT + 500,
    "2026-03-01T08:00:00.123456789Z": EIGHT + 123,
    "2026-03-01T08:00:00.Z": EIGHT,
    "20260301T080000.Z": EIGHT,
    "2026060T08Z": EIGHT,
    "2026-03-01T20:00:00Z": EIGHT + 12 * HOUR,
    # RFC 3339 allows these
    "2026-03-01t08:00:00z": EIGHT,
    "2026-03-01 08:00:00Z": EIGHT,
    "2026-03-01_08:00:00Z": EIGHT,
    "2026-03-01T08:00:00-00:00": EIGHT,
    # zones
    "2026-03-01T16:00:00+08:00": EIGHT,
    "2026-03-01T16:00:00+0800": EIGHT,
    "2026-03-01T16:00:00+08": EIGHT,
    "2026-03-01T16:00:00 +08:00": EIGHT,
    "2026-03-01T02:30:00-05:30": EIGHT,
    "2026-03-01T03:00:00\N{MINUS SIGN}05:00": EIGHT,
    "2026-03-01T08:00:30+00:00:30": EIGHT,
    # the basic form, and mixtures of it
    "20260301T080000Z": EIGHT,
    "20260301T0800Z": EIGHT,
    "20260301T160000+0800": EIGHT,
    "20260301T080000.250Z": EIGHT + 250,
    "2026-03-01T080000Z": EIGHT,
    "20260301T08:00:00Z": EIGHT,
    # parts left out, and fractions of the last one
    "2026-03-01T08:00Z": EIGHT,
    "2026-03-01T08Z": EIGHT,
    "2026-03-01T08:30.5Z": EIGHT + 30 * 60_000 + 30_000,
    "2026-03-01T08.25Z": EIGHT + 15 * 60_000,
    # the midnight that ends a day, and leap seconds
    "2026-03-01T24:00:00Z": MIDNIGHT,
    "2026-03-01T24:00Z": MIDNIGHT,
    "2026-03-01T24Z": MIDNIGHT,
    "2026-03-01T24:00:00.000Z": MIDNIGHT,
    "20260301T240000Z": MIDNIGHT,
    "2026-03-01T24:00:00+08:00": MIDNIGHT - 8 * HOUR,
    "2026-12-31T24:00:00Z": 1_798_761_600_000,
    "2026-03-01T23:59:60Z": MIDNIGHT,
    # days of the week and of the year
    "2026-W09-7T08:00:00Z": EIGHT,
    "2026W097T080000Z": EIGHT,
    "2026-W09T08:00:00Z": EIGHT - 6 * 24 * HOUR,
    "2026-060T08:00:00Z": EIGHT,
    "2026060T080000Z": EIGHT,
    "2024-366T08:00:00Z": 1_735_632_000_000,
}
REFUSED = [
    "", "Z", "T", "yesterday", "1772352000000", "2026-03-01", "2026-03-01Z", "2026-03Z",
    "2026-03-01T08:00:00", "20260301T080000", "2026-03-01T08:00:00 Asia/Shanghai",
    "2026-02-29T08:00:00Z", "2026-13-01T08:00:00Z", "2026-00-10T08:00:00Z", "2026-03-32T08:00:00Z", "0000-03-01T08:00:00Z",
    "2026-366T08:00:00Z", "2026-000T08:00:00Z", "2026-W54-1T08:00:00Z", "2026-W09-8T08:00:00Z", "2026-W09-0T08:00:00Z",
    "2026-03-01T24:00:01Z", "2026-03-01T24:01Z", "2026-03-01T24:00:00.001Z", "2026-03-01T25:00:00Z", "2026-03-01T08:60:00Z",
    "2026-03-01T08:00:61Z", "2026-03-01T8:00:00Z", "2026-03-01T08:00:00+24:00",
    "2026-03-01T08000:00Z", "2026-03-01T08:00:00ZZ", "2026-03-01T08:00:00Z ", "\N{FULLWIDTH DIGIT TWO}026-03-01T08:00:00Z",
    "9999-12-31T24:00:00Z", "2026-03-01T08:00:00." + "1" * 40 + "Z", "26-03-01T08:00:00Z",
]  # fmt: skip


@pytest.mark.parametrize(("text", "at"), READ.items())
def test_a_form_of_the_table_is_read(text: str, at: int) -> None:
    assert parse_iso_ms(text) == at


@pytest.mark.parametrize("text", REFUSED)
def test_what_names_no_moment_is_refused(text: str) -> None:
    assert parse_iso_ms(text) is None


@given(
    st.datetimes(datetime(1970, 1, 3), datetime(2100, 1, 1)),  # noqa: DTZ001 - the zone is added below
    st.integers(-23 * 60, 23 * 60),
    st.sampled_from(("auto", "seconds", "milliseconds")),
)
def test_what_python_writes_is_read_as_it_was_meant(moment: datetime, ahead: int, spec: str) -> None:
    whole = moment.replace(microsecond=0 if spec == "seconds" else moment.microsecond // 1000 * 1000)
    there = whole.replace(tzinfo=UTC).astimezone(timezone(timedelta(minutes=ahead)))
    wanted = round(there.timestamp() * 1000)
    assert parse_iso_ms(there.isoformat(timespec=spec)) == wanted
    assert parse_iso_ms(whole.isoformat(timespec=spec) + "Z") == wanted


@given(st.text(max_size=45) | st.from_regex(r"[0-9TWZ:.,+-]{1,40}"))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    at = parse_iso_ms(text)
    assert at is None or isinstance(at, int)
