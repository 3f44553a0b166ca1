"""How the chain is computed, and what exactly is signed. Pure: `homebeat audit verify` uses the same on an export."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from homebeat.store.audit.values import ChainPoint, ChainRow

#: What the first row has for the hash of the row before.
NO_HASH: Final = "0" * 64
#: The verb of the row that says up to where retention has deleted.
CUT: Final = "cut_audit"


def write_detail(detail: Mapping[str, str | int | float | bool | None]) -> str:
    """Write an entry's detail as canonical JSON: keys in order, no space, ASCII.

    Raises:
        ValueError: A number is not finite.
    """
    return json.dumps(dict(detail), sort_keys=True, separators=(",", ":"), allow_nan=False)


def write_row(row: ChainRow) -> str:
    """Write a row as the canonical JSON that is hashed: keys in order, no space, ASCII, without its hash."""
    about, action, actor, role = (_quote(text) for text in (row.about, row.action, row.actor, row.role))
    return (
        f'{{"about":{about},"action":{action},"actor":{actor},"at":{row.at},"detail":{row.detail},"id":{row.id},"role":{role}}}'
    )


def compute_hash(before: str, row: str) -> str:
    """Compute the hash of a row, in hex, from the hash of the row before and the row as `write_row` writes it."""
    return hashlib.sha256((before + row).encode()).hexdigest()


def state_checkpoint(point: ChainPoint, at: int, key_id: str) -> str:
    """What a signed checkpoint says, as the text that is signed; `at` in epoch ms."""
    return _state("checkpoint", point, at, key_id)


def state_cut(point: ChainPoint, at: int, key_id: str) -> str:
    """What retention says of the last row that it deleted, as the text that is signed; `at` in epoch ms."""
    return _state("cut", point, at, key_id)


def _state(what: str, point: ChainPoint, at: int, key_id: str) -> str:
    said = {"at": at, "hash": point.hash, "key_id": key_id, "number": point.number}
    return f"homebeat-audit-{what}-1\n{json.dumps(said, sort_keys=True, separators=(',', ':'))}"


def _quote(text: Any) -> str:
    # what is no text was tampered with: any form will do that no text has
    return json.dumps(text) if isinstance(text, str) else repr(text)
