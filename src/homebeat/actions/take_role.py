"""Take a role away from an account or a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.make_account import write_grants
from homebeat.actions.people import check_grants, is_oneself, load_account, load_key
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.actor import ActorKind
from homebeat.domain.errors import NotAllowed
from homebeat.domain.principal import Grant
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class TakeRole:
    """Take a role away from an account or a key. What they have open shows nothing more of it.

    1. Refuse where the actor may not give this role, or one that the holder has already.
    2. Refuse to take a role of one's own, and the last role: nobody would find the holder in their area any more.
    3. Write it. Where they do not have it, nothing changes.

    Attributes:
        kind: PERSON for an account, KEY for a key.
        who: Its name.
    """

    name: ClassVar = "take_role"
    operation: ClassVar = Operation.MANAGE_PEOPLE

    kind: ActorKind
    who: str
    grant: Grant

    def run(self, work: Work) -> bool:
        """Returns whether something changed."""
        check_grants(work, [self.grant])
        holder = (load_key if self.kind is ActorKind.KEY else load_account)(work, self.who)
        if self.grant not in holder.grants:
            return False
        if is_oneself(work, self.kind, self.who):
            raise NotAllowed("you cannot take a role of your own: somebody else has to")
        if len(holder.grants) == 1:
            instead = "revoke the key" if self.kind is ActorKind.KEY else "disable the account"
            raise NotAllowed(f"this is the last role of {self.who}: {instead}, or give another role first")
        return work.tx.accounts.take(f"{self.kind}:{self.who}", self.grant)

    def record(self, result: bool) -> Record:  # noqa: FBT001 -- what `run` returned
        """The holder, the role, and whether it changed anything."""
        return Record(f"{self.kind}:{self.who}", {"role": write_grants((self.grant,)), "changed": result})
