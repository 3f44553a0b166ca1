"""Make an account: from now on somebody can sign in under this name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.people import check_grants, clean_name
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.principal import Grant
from homebeat.domain.role import Operation
from homebeat.store import Account


@dataclass(frozen=True, slots=True)
class MakeAccount:
    """Make an account with roles. It has no password yet: a link that works once lets its owner choose one.

    1. Refuse a name that cannot be shown, no role at all, and roles that the actor may not give.
    2. Write the account; refuse a name that is in use.
    3. Write its roles.
    """

    name: ClassVar = "make_account"
    operation: ClassVar = Operation.MANAGE_PEOPLE

    who: str
    grants: tuple[Grant, ...]
    language: str = "zh-CN"

    def run(self, work: Work) -> Account:
        """Returns the account."""
        name = clean_name(self.who)
        check_grants(work, self.grants)
        account = Account(name, self.language, work.now, grants=self.grants)
        work.tx.accounts.add(account)
        for grant in self.grants:
            work.tx.accounts.give(f"user:{name}", grant, str(work.actor), work.now)
        return account

    def record(self, result: Account) -> Record:
        """The account and its roles."""
        return Record(f"user:{result.name}", {"roles": write_grants(result.grants)})


def write_grants(grants: tuple[Grant, ...]) -> str:
    """Write roles with their areas for the audit: `desk@lane, nurse@*`."""
    return ", ".join(f"{grant.role}@{grant.area or '*'}" for grant in grants)
