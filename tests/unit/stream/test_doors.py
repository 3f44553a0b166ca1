"""Passages of a door since the last sign from inside."""

from __future__ import annotations

import numpy as np
import pytest

from homebeat.stream.features.doors import count_passages


def words_of(slots: str, letters: str) -> np.ndarray:
    """uint64[3, 1]: the slots, newest first, that hold one of these letters."""
    out = np.zeros((3, 1), np.uint64)
    for k, letter in enumerate(slots):
        if letter in letters:
            out[k // 64, 0] |= np.uint64(1) << np.uint64(k % 64)
    return out


def passages(slots: str) -> int:
    """`d` a door alone, `i` a sign from inside, `.` nothing; newest first."""
    return int(count_passages(words_of(slots, "di"), words_of(slots, "d"))[0])


@pytest.mark.parametrize(
    "slots, times",
    [
        ("", 0),
        ("..i..d", 0),
        ("..d..i", 1),
        ("..dd.i", 1),
        ("..d.d.i", 2),
        ("d..d..d..i..d", 3),
        ("." * 62 + "dddd" + "." * 10 + "i", 1),  # one passage over the edge of a word
        ("." * 63 + "d" + ".d" + "i", 2),
        ("d" * 192, 1),
        ("d." * 90, 90),
        ("." * 130 + "d.i.d", 1),
        ("." * 127 + "i" + "d", 0),
    ],
)
def test_passages_are_counted_from_the_last_sign_inside(slots: str, times: int) -> None:
    assert passages(slots) == times


def test_as_counted_slot_by_slot() -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        slots = "".join(rng.choice(list("di..."), 192, p=[0.1, 0.02, 0.3, 0.3, 0.28]))
        since = slots.partition("i")[0]
        assert passages(slots) == len([one for one in since.replace(".", " ").split() if one])
