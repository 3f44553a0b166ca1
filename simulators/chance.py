"""Chance that depends on keys, not on order: the same (seed, home, day, purpose) always gives the same numbers.

A stream generator would make a resident's life depend on how many homes were drawn before. Here every number is the hash of
its key (the finishing steps of SplitMix64 over 64-bit keys), so that any home and any day can be computed alone, in any
order, and thousands at once as numpy arrays.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)
_TO_UNIT: Final = 2.0**-53


def mix(keys: U64) -> U64:
    """Mix each key over all 64 bits; the shape stays."""
    out = keys + _STEP
    out ^= out >> np.uint64(30)
    out *= _FIRST
    out ^= out >> np.uint64(27)
    out *= _SECOND
    out ^= out >> np.uint64(31)
    return out


def make_home_keys(seed: int, homes: I64) -> U64:
    """One key per home, u64[n]; `homes` are home numbers."""
    root = mix(np.array([seed % 2**64], np.uint64))
    return mix(root ^ (homes.astype(np.uint64) + np.uint64(1)) * _SECOND)


def make_day_keys(keys: U64, day: int | I64) -> U64:
    """The key of each home on local day number `day` (days since 1970-01-01)."""
    days = np.atleast_1d(np.asarray(day, np.int64)).astype(np.uint64)
    return mix(keys ^ (days + np.uint64(1)) * _FIRST)


def draw_uniform(keys: U64, purpose: int, width: int) -> F64:
    """Numbers in (0, 1), shape [n, width]; `purpose` keeps one use of chance apart from another."""
    slots = (np.arange(width, dtype=np.uint64) + np.uint64(purpose * 4096)) * _STEP
    bits = mix(keys[:, None] ^ slots[None, :])
    unit: F64 = (bits >> np.uint64(11)).astype(np.float64)
    unit += 0.5
    unit *= _TO_UNIT
    return unit


def draw_one(keys: U64, purpose: int) -> F64:
    """One number in (0, 1) per key, shape of `keys` whatever it is."""
    bits = mix(keys ^ np.uint64((purpose * 4096 * int(_STEP)) % 2**64))
    unit: F64 = ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * _TO_UNIT
    return unit


def draw_normal(keys: U64, purpose: int, width: int) -> F64:
    """Standard normal numbers, shape [n, width] (Box and Muller's method, one of the pair)."""
    pair = draw_uniform(keys, purpose, 2 * width)
    radius = np.sqrt(-2.0 * np.log(pair[:, :width]))
    out: F64 = radius * np.cos(2.0 * np.pi * pair[:, width:])
    return out
