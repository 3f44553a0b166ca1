"""Stores sign-ins that have begun at an identity provider, until the browser comes back."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select

from homebeat.domain.personal import Illegible
from homebeat.identity.oidc.values import PendingSignIn
from homebeat.store.access import tables
from homebeat.store.access.values import KeptSignIn, WaitingIdentity
from homebeat.store.sealing.values import INSTALLATION

if TYPE_CHECKING:
    from homebeat.store.sealing.owner_keys import OwnerKeyWrites

_pending = tables.pending_sign_in
#: How many may wait at the same time. Above that the oldest are deleted: refusing new ones would let a stranger who fills the
#: table keep everybody out for ten minutes, and deleting old ones takes thousands of requests while one person signs in.
MOST_PENDING: Final = 10_000
_CROWDED: Final = 100
_PLACE: Final = ("pending_sign_in", "secrets_sealed")


class PendingSignIns:
    """Sign-ins that have begun, in a writing transaction: even finding one deletes it."""

    def __init__(self, connection: Connection, keys: OwnerKeyWrites) -> None:
        self._connection = connection
        self._keys = keys

    def add(self, kept: KeptSignIn) -> None:
        """Store one."""
        own = kept.sign_in
        self._add(own.state_digest, [own.nonce, own.verifier, kept.target], kept.link_id, own.begun_at, own.ends_at)

    def take(self, state_digest: str) -> KeptSignIn | None:
        """Take one out; None where there is none, or somebody else was quicker. One that cannot be opened is gone, too."""
        found = self._take(state_digest)
        if found is None:
            return None
        row, (nonce, verifier, target) = found
        return KeptSignIn(PendingSignIn(row.id, nonce, verifier, row.begun_at, row.ends_at), target, row.link)

    def add_identity(self, waiting: WaitingIdentity, now: int) -> None:
        """Store an identity that waits for a second factor; `now` is epoch ms."""
        secrets = [waiting.issuer, waiting.subject]
        self._add(_name_identity(waiting.code_link_id), secrets, waiting.link_id, now, waiting.ends_at)

    def take_identity(self, code_link_id: str) -> WaitingIdentity | None:
        """Take out the identity that waits for the code which is typed with this link; None as for `take`."""
        found = self._take(_name_identity(code_link_id))
        if found is None:
            return None
        row, (issuer, subject) = found
        return WaitingIdentity(code_link_id, issuer, subject, row.link, row.ends_at)

    def count(self) -> int:
        """Count those that wait, also those that are over."""
        return self._connection.scalar(select(func.count()).select_from(_pending)) or 0

    def _add(self, key: str, secrets: list[str], link: str, at: int, ends_at: int) -> None:
        sealed = self._keys.seal_bytes(INSTALLATION, *_PLACE, key, json.dumps(secrets).encode())
        values = {"id": key, "link": link, "begun_at": at, "ends_at": ends_at}
        self._connection.execute(insert(_pending).values(secrets_sealed=sealed, **values))
        self._make_room()

    def _take(self, key: str) -> tuple[Row[Any], list[str]] | None:
        """Take a row out, with what is sealed in it."""
        row = self._connection.execute(delete(_pending).where(_pending.c.id == key).returning(_pending)).first()
        if row is None:
            return None
        secrets = self._keys.open_bytes(INSTALLATION, *_PLACE, row.id, bytes(row.secrets_sealed))
        return None if isinstance(secrets, Illegible) else (row, json.loads(secrets))

    def _make_room(self) -> None:
        too_many = self.count() - MOST_PENDING
        if too_many > 0:
            oldest = select(_pending.c.id).order_by(_pending.c.ends_at).limit(too_many + _CROWDED)
            self._connection.execute(delete(_pending).where(_pending.c.id.in_(oldest)))


def _name_identity(code_link_id: str) -> str:
    """The key of an identity that waits: no state of a browser has this digest."""
    return hashlib.sha256(f"identity|{code_link_id}".encode()).hexdigest()
