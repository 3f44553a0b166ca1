"""Make a key for another system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.make_account import write_grants
from homebeat.actions.people import check_grants, clean_name
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.principal import Grant
from homebeat.domain.role import Operation
from homebeat.store import ApiKey


@dataclass(frozen=True, slots=True)
class MakeKey:
    """Make a key with roles. Only its hash is kept.

    1. Refuse a name that cannot be shown, no role at all, and roles that the actor may not give.
    2. Write the key; refuse a name that is in use.
    3. Write its roles.

    Attributes:
        key_id: The public part of the key.
        digest: SHA-256 of the whole key, lower-case hex.
        ends_at: Epoch ms; None for never.
    """

    name: ClassVar = "make_key"
    operation: ClassVar = Operation.MANAGE_PEOPLE

    who: str
    grants: tuple[Grant, ...]
    key_id: str
    digest: str
    ends_at: int | None

    def run(self, work: Work) -> ApiKey:
        """Returns the key."""
        name = clean_name(self.who)
        check_grants(work, self.grants)
        key = ApiKey(self.key_id, name, self.digest, str(work.actor), work.now, self.ends_at, grants=self.grants)
        work.tx.keys.add(key)
        for grant in self.grants:
            work.tx.accounts.give(f"key:{name}", grant, str(work.actor), work.now)
        return key

    def record(self, result: ApiKey) -> Record:
        """The key, its roles and its end."""
        return Record(f"key:{result.name}", {"roles": write_grants(result.grants), "ends_at": result.ends_at})
