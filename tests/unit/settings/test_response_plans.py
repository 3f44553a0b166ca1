"""How long one channel of a person has before the next one begins: what may stand there, and what is said of the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from homebeat.settings.response_plans import read_book


def read(value: object) -> tuple[timedelta, list[tuple[str, str]]]:
    said: list[tuple[str, str]] = []
    book = read_book({"next_channel_after": value}, {}, {}, lambda key, text: said.append((key, text)))
    return book.next_channel_after, said


def test_it_is_a_minute_unless_the_settings_say_otherwise() -> None:
    assert read_book({}, {}, {}, lambda *_: pytest.fail("nothing is wrong")).next_channel_after == timedelta(seconds=60)
    assert read("PT10S") == (timedelta(seconds=10), [])
    assert read("PT10M") == (timedelta(minutes=10), [])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("PT9S", "is not between PT10S and PT10M"),
        ("PT601S", "is not between PT10S and PT10M"),
        (60, "60 is not a duration; write PT12H, PT15M, PT90S or P1DT6H"),
    ],
)
def test_what_cannot_be_is_said_and_a_minute_stays(value: object, text: str) -> None:
    assert read(value) == (timedelta(seconds=60), [("response.next_channel_after", text)])
