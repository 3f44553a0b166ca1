"""Finds the registered device that an unknown id was probably meant to be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Final

_LETTERS: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._:"
_DIGITS: Final = "0123456789"
_LONGEST: Final = 40


def find_nearest(device: str, known: Mapping[str, object]) -> str | None:
    """Find a known id that differs in case or separators, in one character, or in two digits; the id itself if it is known.

    It takes a few thousand look-ups, however many devices there are. Of several it returns the first in that order; None if there
    is none.
    """
    if device in known:
        return device
    if len(device) > _LONGEST:
        return None
    return next((one for one in _list_spellings(device) if one in known), None)


def _list_spellings(device: str) -> Iterator[str]:
    others = {device, device.lower(), device.upper()}
    others |= {re.sub("[-._:]", between, one) for one in others for between in ("-", "_", ":", ".", "")}
    yield from sorted(others)
    for one in sorted(others):
        yield from _list_one_apart(one)
    digits = [i for i, letter in enumerate(device) if letter in _DIGITS]
    for i, j in combinations(digits, 2):
        for a in _DIGITS:
            for b in _DIGITS:
                yield device[:i] + a + device[i + 1 : j] + b + device[j + 1 :]


def _list_one_apart(device: str) -> Iterator[str]:
    """Yield ids with one character replaced, removed or added, or two neighbours swapped."""
    for i in range(len(device)):
        before, after = device[:i], device[i + 1 :]
        yield before + after
        if after:
            yield before + after[0] + device[i] + after[1:]
        for letter in _LETTERS:
            yield before + letter + after
    for i in range(len(device) + 1):
        for letter in _LETTERS:
            yield device[:i] + letter + device[i:]
