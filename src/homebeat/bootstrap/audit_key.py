"""The key that signs the audit's checkpoints: Ed25519, in a file of `state_dir`, with its public half beside it to give away."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from homebeat.bootstrap.private_files import make_private
from homebeat.domain.errors import BadSettings
from homebeat.store import Signer
from homebeat.store.audit.chain_check import IsSigned

KEY_FILE: Final = "audit.key"
PUBLIC_FILE: Final = "audit.pub"


def open_signer(state_dir: Path) -> Signer:
    """Open the key of this installation; where there is none yet, make it.

    Raises:
        BadSettings: Its file cannot be read, made or used.
    """
    file = state_dir / KEY_FILE
    if not file.exists():
        key = Ed25519PrivateKey.generate()
        # another process may make one at the same time: the first stays, and both use it
        make_private(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
    key = _read_private(file)
    public = state_dir / PUBLIC_FILE
    if not public.exists():
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        make_private(public, pem.decode())
    return Signer(compute_key_id(key.public_key()), lambda statement: base64.b64encode(key.sign(statement.encode())).decode())


def read_keys(files: Iterable[Path]) -> IsSigned:
    """Read keys, private or public, and make the function that checks signatures by them.

    Raises:
        BadSettings: A file cannot be read, or is no Ed25519 key.
    """
    keys = {compute_key_id(key): key for key in map(_read_public, files)}

    def is_signed(key_id: str, statement: str, signature: str) -> bool | None:
        key = keys.get(key_id)
        if key is None:
            return None
        try:
            key.verify(base64.b64decode(signature, validate=True), statement.encode())
        except (InvalidSignature, ValueError):
            return False
        return True

    return is_signed


def list_key_files(state_dir: Path) -> list[Path]:
    """List the key files of this installation that are there: the private one, else its public half, else none."""
    return [file for file in (state_dir / KEY_FILE, state_dir / PUBLIC_FILE) if os.access(file, os.R_OK)][:1]


def find_key_id(state_dir: Path) -> str | None:
    """Find the id of the key of this installation; None where it has none yet.

    Raises:
        BadSettings: Its file cannot be read, or is no key.
    """
    file = state_dir / KEY_FILE
    return compute_key_id(_read_private(file).public_key()) if file.exists() else None


def compute_key_id(key: Ed25519PublicKey) -> str:
    """Compute the id of a key: the first 16 hex digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def _read_private(file: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(_read(file), None)
    except (TypeError, ValueError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadSettings(f"{file} is no Ed25519 key. Put back the one that was there, or take the file away: a new one is made")
    return key


def _read_public(file: Path) -> Ed25519PublicKey:
    raw = _read(file)
    if b"PRIVATE KEY" in raw:
        return _read_private(file).public_key()
    try:
        key = load_pem_public_key(raw)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise BadSettings(f"{file} is no Ed25519 key. Name the file {PUBLIC_FILE} of the installation that signed, or a copy")
    return key


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadSettings(f"{file} cannot be read: {error.strerror}") from None
