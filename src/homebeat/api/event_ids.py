"""The ids of events in the live stream: numbers of changes, enciphered.

Changes are numbered over the whole installation. By plain numbers, somebody who sees one community could count what happens in
all others. All processes of a database share the key, so that a stream goes on at any of them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

#: One block of AES: eight bytes of zero, by which an id that nobody has written is known, and the number.
_BLOCK: Final = 16
_LARGEST: Final = 2**63 - 1


class EventIds:
    """Writes and reads ids with one key. The same number has the same id in every stream.

    Args:
        key: Of the database.
        use: What is numbered; the id of one use is none of another.
    """

    def __init__(self, key: int, use: str = "") -> None:
        secret = hashlib.sha256(key.to_bytes(8, "big", signed=True) + use.encode()).digest()[:_BLOCK]
        # a block for itself: nothing is chained, and no two numbers are one block
        self._cipher: Final = Cipher(algorithms.AES(secret), modes.ECB())  # noqa: S305

    def write(self, number: int) -> str:
        """Write the id of a change: 22 letters, digits, `-` and `_`; `number` is 0 to 2**63 - 1."""
        encryptor = self._cipher.encryptor()
        content = encryptor.update(number.to_bytes(_BLOCK, "big")) + encryptor.finalize()
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    def read(self, text: str) -> int | None:
        """Read the number of a change; None where nobody has written this with the key."""
        try:
            content = base64.b64decode(text.encode("ascii") + b"==", altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            return None
        if len(content) != _BLOCK:
            return None
        decryptor = self._cipher.decryptor()
        number = int.from_bytes(decryptor.update(content) + decryptor.finalize(), "big")
        return number if number <= _LARGEST else None
