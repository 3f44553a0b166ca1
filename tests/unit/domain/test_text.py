"""What a cell of a table may hold."""

from __future__ import annotations

import pytest

from homebeat.domain.text import make_inert


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_takes_for_a_formula_is_a_text(first: str) -> None:
    assert make_inert(f"{first}1+1") == f"'{first}1+1"


@pytest.mark.parametrize("cell", ["", "h-0001", "a=b", "'=1", "12"])
def test_anything_else_stays_as_it_is(cell: str) -> None:
    assert make_inert(cell) == cell
