"""Stores what residents agreed to or withdrew. Nothing here is ever changed or deleted: the newest row of a purpose counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, and_, func, select

from homebeat.domain.consent import HOLDS_UNENTERED, ConsentDecision, Purpose
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import HouseholdId, ResidentId
from homebeat.store.access import tables
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.database import insert_into
from homebeat.store.home.tables import resident as resident_table
from homebeat.store.scoping import narrow
from homebeat.store.sealing.values import Sealed, SealedColumn, SealedTable, name_resident

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homebeat.domain.scope import Scope
    from homebeat.store.operation.changes import Changes
    from homebeat.store.sealing.owner_keys import OwnerKeys, OwnerKeyWrites

_consent = tables.consent
_PAPER: Final = SealedColumn("consent", "paper_sealed", {"paper": ""})
PAPERS: Final = SealedTable((_PAPER,), lambda row: name_resident(row["resident"]), lambda row: row["key"])
_Withdrawn = dict[ResidentId, frozenset[Purpose]]


class ConsentQueries:
    """Decisions, for reading: of the residents whom the scope reaches."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def list_decisions(self, resident: ResidentId) -> tuple[ConsentDecision, ...]:
        """List all decisions of a resident, the newest first."""
        query = select(_consent).where(_consent.c.resident == resident).order_by(_consent.c.id.desc())
        rows = self._connection.execute(narrow(query, _consent.c.resident, self._scope)).mappings().all()
        owner = name_resident(resident)
        papers = self._keys.open([Sealed(_PAPER, owner, row["key"], row["paper_sealed"]) for row in rows])
        return tuple(
            ConsentDecision(
                resident, Purpose(row["purpose"]), row["agreed"], row["decided_on"], paper, row["actor"], row["at"], row["id"]
            )
            for row, (paper,) in zip(rows, papers, strict=True)
        )

    def find_withdrawn(self, households: Iterable[HouseholdId]) -> dict[HouseholdId, _Withdrawn]:
        """Find which purposes the residents of homes have withdrawn, retired ones too; homes where nobody did are left out.

        A retired resident counts, for what was measured while they lived there is still stored.
        """
        found: dict[HouseholdId, _Withdrawn] = {}
        for some in split_chunks(households):
            newest = select(func.max(_consent.c.id)).join(resident_table, resident_table.c.id == _consent.c.resident)
            newest = newest.where(match_any(resident_table.c.household, some)).group_by(_consent.c.resident, _consent.c.purpose)
            newest = narrow(newest, resident_table.c.household, self._scope)
            query = select(resident_table.c.household, _consent.c.resident, _consent.c.purpose)
            query = query.join(resident_table, resident_table.c.id == _consent.c.resident)
            query = query.where(_consent.c.id.in_(newest), _consent.c.agreed.is_(False))
            for row in self._connection.execute(narrow(query, resident_table.c.household, self._scope)):
                home = found.setdefault(HouseholdId(row.household), {})
                who = ResidentId(row.resident)
                home[who] = home.get(who, frozenset()) | {Purpose(row.purpose)}
        return found

    def find_family_values(self, household: HouseholdId) -> dict[ResidentId, bool]:
        """Find for each resident of a home whether they agreed that the family sees values; retired ones are left out."""
        newest = select(func.max(_consent.c.id)).where(_consent.c.purpose == Purpose.FAMILY_VALUES.value)
        newest = narrow(newest.group_by(_consent.c.resident), _consent.c.resident, self._scope)
        is_it = and_(_consent.c.resident == resident_table.c.id, _consent.c.id.in_(newest))
        query = select(resident_table.c.id, _consent.c.agreed).select_from(resident_table).outerjoin(_consent, is_it)
        query = query.where(resident_table.c.household == household, resident_table.c.retired_at.is_(None))
        default = HOLDS_UNENTERED[Purpose.FAMILY_VALUES]
        rows = self._connection.execute(narrow(query, resident_table.c.household, self._scope))
        return {ResidentId(row.id): default if row.agreed is None else bool(row.agreed) for row in rows}


class Consents(ConsentQueries):
    """Decisions, for writing."""

    def __init__(self, connection: Connection, keys: OwnerKeyWrites, changes: Changes, scope: Scope) -> None:
        super().__init__(connection, keys, scope)
        self._writes = keys
        self._changes = changes

    def add(self, decision: ConsentDecision) -> None:
        """Add a decision. A form that was sent twice in one millisecond is one.

        Raises:
            NotFound: No resident in the scope has this id.
        """
        who = decision.resident
        query = select(resident_table.c.id).where(resident_table.c.id == who)
        if self._connection.execute(narrow(query, resident_table.c.household, self._scope).with_for_update()).first() is None:
            raise NotFound("there is no such resident")
        owner, key = name_resident(who), f"{who}/{decision.purpose}/{decision.agreed}/{decision.actor}/{decision.at}"
        self._writes.make_keys([owner], decision.at)
        values = {name: getattr(decision, name) for name in ("purpose", "agreed", "decided_on", "actor", "at")}
        sealed = self._writes.seal(_PAPER, owner, key, {"paper": decision.paper})
        row = insert_into(self._connection, _consent).values(**values, resident=who, key=key, paper_sealed=sealed)
        self._connection.execute(row.on_conflict_do_nothing())
        self._changes.add("resident", who, decision.at)
