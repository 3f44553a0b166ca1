"""Stores sign-ins that have begun at an identity provider, until the browser comes back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, func, insert, select

from homebeat.domain.personal import Illegible
from homebeat.identity.oidc.values import PendingSignIn
from homebeat.store.access import tables
from homebeat.store.access.values import KeptSignIn
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
        secrets = json.dumps([own.nonce, own.verifier, kept.target]).encode()
        sealed = self._keys.seal_bytes(INSTALLATION, *_PLACE, own.state_digest, secrets)
        values = {"id": own.state_digest, "link": kept.link_id, "begun_at": own.begun_at, "ends_at": own.ends_at}
        self._connection.execute(insert(_pending).values(secrets_sealed=sealed, **values))
        self._make_room()

    def take(self, state_digest: str) -> KeptSignIn | None:
        """Take one out; None where there is none, or somebody else was quicker. One that cannot be opened is gone, too."""
        mine = delete(_pending).where(_pending.c.id == state_digest).returning(_pending)
        row = self._connection.execute(mine).first()
        if row is None:
            return None
        secrets = self._keys.open_bytes(INSTALLATION, *_PLACE, row.id, bytes(row.secrets_sealed))
        if isinstance(secrets, Illegible):
            return None
        nonce, verifier, target = json.loads(secrets)
        return KeptSignIn(PendingSignIn(row.id, nonce, verifier, row.begun_at, row.ends_at), target, row.link)

    def count(self) -> int:
        """Count those that wait, also those that are over."""
        return self._connection.scalar(select(func.count()).select_from(_pending)) or 0

    def _make_room(self) -> None:
        too_many = self.count() - MOST_PENDING
        if too_many > 0:
            oldest = select(_pending.c.id).order_by(_pending.c.ends_at).limit(too_many + _CROWDED)
            self._connection.execute(delete(_pending).where(_pending.c.id.in_(oldest)))
