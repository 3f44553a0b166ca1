"""Contacts that flip in the same moment: nobody's hand."""

from __future__ import annotations

import numpy as np
import pytest

from homebeat.stream.features.contacts import TOGETHER_MS, find_moved_alone

T0 = 1_772_352_000_000
#: Devices 0 and 1 hang in one home, 2 in another.
HOME = np.array([7, 7, 8], np.int32)


@pytest.mark.parametrize(
    "moved, alone",
    [
        ([], []),
        ([(0, 0)], [True]),
        ([(0, 0), (1, 0)], [False, False]),
        ([(1, TOGETHER_MS), (0, 0)], [False, False]),
        ([(0, 0), (1, TOGETHER_MS + 1)], [True, True]),
        ([(0, 0), (2, 0)], [True, True]),  # of two homes
        ([(0, 0), (0, 500)], [True, True]),  # the same door twice
        ([(0, 0), (2, 1), (1, 2), (0, 90_000)], [False, True, False, True]),
    ],
)
def test_a_contact_moved_alone(moved: list[tuple[int, int]], alone: list[bool]) -> None:
    device, after = np.array([d for d, _ in moved], np.intp), np.array([a for _, a in moved], np.int64)
    assert find_moved_alone(device, T0 + after, HOME).tolist() == alone
