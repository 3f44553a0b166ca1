"""Cursors come back as they were written; foreign ones are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.errors import BadCursor
from homebeat.store.base import cursors


@given(st.integers(-(2**63), 2**63 - 1), st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_a_cursor_names_the_place_it_was_written_for(number: int, name: str) -> None:
    assert cursors.read(cursors.write(number, name), cursors.INT8, str) == (number, name)


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        cursors.read(text, cursors.INT8, cursors.INT8, cursors.INT8, str, str)


def test_a_page_ends_when_there_is_no_more() -> None:
    assert cursors.make_page([1, 2], 2, lambda n: (n,)).next_cursor is None
    page = cursors.make_page([1, 2, 3], 2, lambda n: (n,))
    assert page.items == (1, 2)
    assert page.next_cursor is not None
    assert cursors.read(page.next_cursor, cursors.INT8) == (2,)
