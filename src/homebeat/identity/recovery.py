"""Recovery codes: ten, on paper, each good once, for whoever has lost the telephone with the second factor."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from typing import Final

HOW_MANY: Final = 10
#: Without 0 and O, 1, I and L, U and V: they are read wrongly from paper.
_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTWXYZ"
_GROUPS: Final = 3
_IN_GROUP: Final = 6
_CODE: Final = re.compile(rf"[{_ALPHABET}]{{{_GROUPS * _IN_GROUP}}}")
_LONGEST_INPUT: Final = 64
_BETWEEN: Final = re.compile(r"[\s\-_.\u2010-\u2015\u2212]")


def make_recovery_codes() -> tuple[str, ...]:
    """Make ten codes such as `K7MXQ2-9FTRWA-4HCNBP`, all different. They are shown once; only their digests are stored.

    Each holds 87 bits. That many cannot be guessed, so a quick hash is enough.
    """
    codes: set[str] = set()
    while len(codes) < HOW_MANY:
        letters = "".join(secrets.choice(_ALPHABET) for _ in range(_GROUPS * _IN_GROUP))
        codes.add("-".join(letters[begin : begin + _IN_GROUP] for begin in range(0, len(letters), _IN_GROUP)))
    return tuple(codes)


def digest_recovery_code(typed: str) -> str | None:
    """The digest by which a code is stored and found: SHA-256 in hex. None when it cannot be a code at all.

    Capitals, spaces and hyphens do not matter. A code is used once: whoever deletes the digest of this account has used it.

    Args:
        typed: As somebody typed it, or as `make_recovery_codes` gave it.
    """
    if len(typed) > _LONGEST_INPUT:
        return None
    code = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed).upper())
    return hashlib.sha256(f"recovery|{code}".encode()).hexdigest() if _CODE.fullmatch(code) else None
