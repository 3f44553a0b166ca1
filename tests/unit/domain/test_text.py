"""What a cell of a table may hold."""

from __future__ import annotations

import pytest

from homebeat.domain.text import is_plain, make_inert


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_takes_for_a_formula_is_a_text(first: str) -> None:
    assert make_inert(f"{first}1+1") == f"'{first}1+1"


@pytest.mark.parametrize("cell", ["", "h-0001", "a=b", "'=1", "12"])
def test_anything_else_stays_as_it_is(cell: str) -> None:
    assert make_inert(cell) == cell


def test_what_is_not_plain_is_known_to_the_character() -> None:
    spans = ((0, 0x20), (0x7F, 0xA0), (0x61C, 0x61D), (0x200E, 0x2010), (0x2028, 0x202F), (0x2066, 0x206A), (0xD800, 0xE000))
    refused = {code for first, end in spans for code in range(first, end)}
    assert {code for code in range(0x110000) if not is_plain(chr(code))} == refused
    assert not is_plain("Lin\u202eWei")
    assert is_plain("林阿婆\u00a0\u200d")
