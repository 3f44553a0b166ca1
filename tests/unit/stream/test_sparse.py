"""Rows only for those who have something to say, and nobody can tell the difference."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from homebeat.stream.batch import NEVER
from homebeat.stream.features.movement import Flags

DEVICES = 40


@given(
    st.lists(st.tuples(st.integers(0, DEVICES - 1), st.integers(1, 1000)), max_size=100),
    st.lists(st.integers(0, DEVICES - 1), max_size=20),
    st.tuples(st.integers(0, DEVICES), st.integers(0, DEVICES)),
)
def test_it_is_as_if_every_device_had_a_row(written: list[tuple[int, int]], asked: list[int], ends: tuple[int, int]) -> None:
    flags, dense = Flags(), np.full(DEVICES, NEVER)
    for device, value in written:
        row = flags.add_row(device)
        dense[device] = flags.first_at[row] = value
    some, block = np.array(asked, np.int32), slice(min(ends), max(ends))
    assert flags.spread(flags.first_at, some, NEVER).tolist() == dense[some].tolist()
    assert flags.spread(flags.first_at, block, NEVER).tolist() == dense[block].tolist()
    loaded = Flags()
    loaded.load(flags.list_arrays())
    assert loaded.spread(loaded.first_at, slice(0, DEVICES), NEVER).tolist() == dense.tolist()
    assert {device for device in range(DEVICES) if loaded.find(device) is not None} == {device for device, _ in written}


def test_who_never_said_anything_costs_nothing() -> None:
    flags = Flags()
    assert flags.spread(flags.first_at, slice(0, 1_000_000), NEVER).max() == NEVER
    assert flags.nbytes == 0
