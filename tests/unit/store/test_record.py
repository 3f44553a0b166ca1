"""A sealed value opens with its key at its place, and nothing else does: whatever is changed in it, it is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.store.sealing.record import KEY_BYTES, KEY_ID_BYTES, BadRecord, make_key, open_record, read_key_id, seal
from homebeat.store.sealing.values import encode_place

KEY = make_key(b"k" * KEY_ID_BYTES, b"s" * KEY_BYTES)
NAMES = st.text(max_size=12)
PLACES = st.tuples(NAMES, NAMES, NAMES, NAMES)


@given(st.binary(max_size=200), PLACES)
def test_what_is_sealed_opens_at_its_place(content: bytes, place: tuple[str, str, str, str]) -> None:
    record = seal(KEY, encode_place(*place), content)
    assert open_record(KEY, encode_place(*place), record) == content
    assert read_key_id(record) == KEY.id
    assert len(record) == 1 + KEY_ID_BYTES + 12 + len(content) + 16


@given(st.binary(min_size=8, max_size=60))
def test_it_does_not_show_and_is_never_the_same_twice(content: bytes) -> None:
    one, two = seal(KEY, b"p", content), seal(KEY, b"p", content)
    assert one != two
    assert content not in one


@given(st.binary(max_size=40), st.data())
def test_one_bit_changed_is_refused(content: bytes, data: st.DataObject) -> None:
    record = bytearray(seal(KEY, b"p", content))
    bit = data.draw(st.integers(0, 8 * len(record) - 1))
    record[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadRecord):
        open_record(KEY, b"p", bytes(record))


@given(st.binary(max_size=40), st.data())
def test_cut_or_lengthened_is_refused(content: bytes, data: st.DataObject) -> None:
    record = seal(KEY, b"p", content)
    for wrong in (record[: data.draw(st.integers(0, len(record) - 1))], record + b"\0"):
        with pytest.raises(BadRecord):
            open_record(KEY, b"p", wrong)


@given(PLACES, PLACES)
def test_moved_to_another_place_is_refused(here: tuple[str, str, str, str], there: tuple[str, str, str, str]) -> None:
    record = seal(KEY, encode_place(*here), b"x")
    if here != there:
        with pytest.raises(BadRecord, match="moved here"):
            open_record(KEY, encode_place(*there), record)


@pytest.mark.parametrize(
    "key, why",
    [
        (make_key(b"other id", b"s" * KEY_BYTES), "another key"),
        (make_key(b"k" * KEY_ID_BYTES, b"t" * KEY_BYTES), "changed or cut"),
    ],
)
def test_another_key_is_refused(key: object, why: str) -> None:
    with pytest.raises(BadRecord, match=why):
        open_record(key, b"p", seal(KEY, b"p", b"x"))  # type: ignore[arg-type]


def test_an_algorithm_of_tomorrow_is_named() -> None:
    record = b"\x02" + seal(KEY, b"p", b"x")[1:]
    with pytest.raises(BadRecord, match="algorithm 2, which this version does not know"):
        open_record(KEY, b"p", record)


@given(st.binary(max_size=80))
def test_any_bytes_are_refused(record: bytes) -> None:
    with pytest.raises(BadRecord):
        open_record(KEY, b"p", record)
