"""The form of a sealed value: `algorithm (1 byte) | key id (8) | nonce (12) | ciphertext and tag`.

The algorithm and the key id are authenticated with the rest, and so is the place: a value that is moved to another row, column or
owner does not open there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 8
#: AES-256-GCM. Another algorithm (SM4-GCM, where an office must use it) gets the next number.
_ALGORITHM: Final = b"\x01"
#: Random, and never a counter: a restored backup would count from where it was.
_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = 1 + KEY_ID_BYTES
_CONTENT_AT: Final = _HEAD_BYTES + _NONCE_BYTES


class BadRecord(ValueError):
    """A sealed value that does not open: it was changed, cut, or moved from another place. The text says which."""


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A key that is ready to use.

    Attributes:
        head: What each record begins with that was sealed with it: the algorithm and the id of the key.
    """

    head: bytes
    cipher: AESGCM

    @property
    def id(self) -> bytes:
        """Tells keys apart; 8 bytes."""
        return self.head[1:]


def make_key(key_id: bytes, secret: bytes) -> SealingKey:
    """Make a key from its id (8 bytes) and its 32 secret bytes."""
    return SealingKey(_ALGORITHM + key_id, AESGCM(secret))


def seal(key: SealingKey, place: bytes, content: bytes) -> bytes:
    """Seal `content`; it opens at `place` only."""
    head, nonce = key.head, os.urandom(_NONCE_BYTES)
    return head + nonce + key.cipher.encrypt(nonce, content, head + place)


def read_key_id(record: bytes) -> bytes:
    """Read the id of the key that a record was sealed with."""
    return record[1:_HEAD_BYTES]


def open_record(key: SealingKey, place: bytes, record: bytes) -> bytes:
    """Open a record.

    Raises:
        BadRecord: It was not sealed with this key at this place, or was changed since.
    """
    head = key.head
    if record[:_HEAD_BYTES] != head:
        raise BadRecord(_explain_head(record, head))
    try:
        return key.cipher.decrypt(record[_HEAD_BYTES:_CONTENT_AT], record[_CONTENT_AT:], head + place)
    except (InvalidTag, ValueError):
        # a nonce that is cut short is a ValueError
        raise BadRecord("it was changed or cut, or moved here from another place") from None


def _explain_head(record: bytes, head: bytes) -> str:
    if len(record) < _HEAD_BYTES:
        return "it is cut short"
    if record[:1] != head[:1]:
        return f"it was sealed by algorithm {record[0]}, which this version does not know"
    return "it was sealed with another key"
