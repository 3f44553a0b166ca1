"""Passwords that are tried first: common words with digits, runs of keys, and a few characters again and again.

A list of our own, not one with a million entries: of those, nearly all are shorter than the twelve characters that we ask for.
"""

from __future__ import annotations

import math
import re
from typing import Final

#: What people take most often, in China and elsewhere, without digits and signs at either end. A phrase with more in it is fine.
_WORDS: Final = frozenset({
    "abc", "abcd", "admin", "administrator", "asd", "asdasd", "asdf", "asdfgh", "asdfghjkl", "baidu", "baseball", "beijing",
    "changeme", "china", "default", "dragon", "football", "guest", "hello", "homebeat", "huawei", "iloveyou", "letmein",
    "login", "love", "loveyou", "manager", "master", "monkey", "nihao", "p@ssw0rd", "p@ssword", "passw0rd", "password",
    "passwort", "princess", "qazwsx", "qwer", "qwert", "qwerty", "qwertyuiop", "root", "secret", "shanghai", "superman",
    "sunshine", "sysadmin", "system", "taobao", "temp", "test", "user", "welcome", "woaini", "woaiwojia", "woaizhongguo",
    "xiaomi", "zhongguo", "zxcvbn", "zxcvbnm",
})  # fmt: skip
#: The same, with what stands between their digits.
_WITH_DIGITS: Final = frozenset({
    "0o9i8u7y6t5r", "1a2b3c4d5e6f", "1q2w3e4r5t6y", "1q2w3e4r5t6y7u", "1qaz2wsx3edc", "1qaz2wsx3edc4rfv", "a1b2c3d4e5f6",
    "a1s2d3f4g5h6", "q1w2e3r4t5y6",
})  # fmt: skip
_RUNS: Final = tuple(
    text
    for row in ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "qazwsxedcrfvtgbyhnujmikolp")
    for text in (row, row[::-1])
)
_SHORTEST_RUN: Final = 4
_LONGEST_PATTERN: Final = 4
_OUTER_SIGNS: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def is_guessable(folded: str) -> bool:
    """Whether a password, as `str.casefold` gives it, is one that is tried first."""
    word, unit = _find_unit(_OUTER_SIGNS.sub("", folded)), _find_unit(folded)
    has_run = any(len(part) >= _SHORTEST_RUN and part in run for part in (word, unit) for run in _RUNS)
    return has_run or word in _WORDS or folded in _WITH_DIGITS or len(unit) <= _LONGEST_PATTERN


def _find_unit(text: str) -> str:
    """Find the shortest beginning of which `text` is a repetition, perhaps cut at the end; `text` itself when there is none."""
    for length in range(1, len(text) // 2 + 1):
        if (text[:length] * math.ceil(len(text) / length))[: len(text)] == text:
            return text[:length]
    return text
