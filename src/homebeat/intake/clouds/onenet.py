"""OneNET: `base64(md5(token + nonce + msg))` over a message that stands in the body, encrypted where that was chosen."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from homebeat.intake.push import Greeting, Push, PushFault, PushRefused, Taken, compute_md5, is_same, require_post

#: The length of the key that OneNET makes, bytes.
KEY_BYTES: Final = 16


class _Wrapped(msgspec.Struct):
    """A body; older products have `msg` as an object, which is signed as it is written."""

    msg: msgspec.Raw
    nonce: str = ""
    signature: str = ""
    msg_signature: str = ""


@dataclass(frozen=True, slots=True)
class OnenetCheck:
    """A GET is the handshake, which gets back its own `msg`; a POST has `msg`, `nonce` and `signature` (or `msg_signature`).

    Attributes:
        token: As set in OneNET's console.
        key: The AES key of its safe mode, 16 bytes; empty for the plain one.
    """

    token: str
    key: bytes = b""

    def check(self, push: Push, now_s: float) -> Taken | Greeting:
        """See `CloudCheck.check`. OneNET signs no time."""
        del now_s
        if push.method == "GET":
            message, nonce, signature = (push.query.get(name, "") for name in ("msg", "nonce", "signature"))
            self._check_signature(message, nonce, signature)
            return Greeting(message)
        require_post(push)
        try:
            body = msgspec.json.decode(push.body, type=_Wrapped)
            is_text = bytes(body.msg).startswith(b'"')
            text = msgspec.json.decode(body.msg, type=str) if is_text else bytes(body.msg).decode()
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise PushRefused(PushFault.SHAPE, "the body must be an object with msg, nonce and signature") from None
        self._check_signature(text, body.nonce, body.signature or body.msg_signature)
        return Taken(self._open(text) if self.key else text.encode(), nonce=body.nonce)

    def _check_signature(self, message: str, nonce: str, signature: str) -> None:
        expected = base64.b64encode(compute_md5(self.token + nonce + message)).decode()
        # in an address a plus sign may come as a blank
        given = (signature, unquote(signature), signature.replace(" ", "+"))
        if not any(is_same(one, expected) for one in given):
            raise PushRefused(PushFault.SIGNATURE, "the signature is not the right one")

    def _open(self, text: str) -> bytes:
        """Decrypt: AES in CBC mode, whose first vector is the key itself."""
        try:
            sealed = base64.b64decode(text, validate=True)
            opener = Cipher(AES(self.key), CBC(self.key)).decryptor()
            padded = opener.update(sealed) + opener.finalize()
            stripper = PKCS7(AES.block_size).unpadder()
            return stripper.update(padded) + stripper.finalize()
        except (binascii.Error, ValueError):
            raise PushRefused(PushFault.SHAPE, "the message cannot be decrypted with aes_key") from None
