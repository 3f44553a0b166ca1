"""The codes that are printed at the doors of homes."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Table, select

from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.store.base.database import insert_into
from homebeat.store.home import tables
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homebeat.domain.scope import Scope
    from homebeat.store.sealing.owner_keys import OwnerKeys

#: Of the digest that a code is made of.
_PURPOSE: Final = "door_code"
_LENGTH: Final = 8
_home: Final[Table] = tables.household
_code: Final[Table] = tables.door_code
_line: Final[Table] = tables.area_above


class DoorCodes:
    """The codes at doors, for writing: eight letters and digits each, from a key that never leaves the database."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def find(self, household: HouseholdId) -> str:
        """Find the code that holds at a home's door now."""
        query = narrow(select(_code.c.number).where(_code.c.household == household), _code.c.household, self._scope)
        return self._make(household, self._connection.scalar(query) or 0)

    def list_of(self, area: AreaId | None, household: HouseholdId | None, most: int) -> Mapping[HouseholdId, str]:
        """List the codes of the homes of an area and all below it, or of one home, in the order of the fleet file.

        Args:
            area: None for everywhere.
            household: None for all of them.
            most: No more than so many.
        """
        query = select(_home.c.id, _code.c.number).select_from(_home.outerjoin(_code, _code.c.household == _home.c.id))
        query = query.where(_home.c.retired_at.is_(None))
        if area is not None:
            query = query.where(_home.c.area.in_(select(_line.c.area).where(_line.c.above == area)))
        if household is not None:
            query = query.where(_home.c.id == household)
        rows = self._connection.execute(narrow(query, _home.c.area, self._scope).order_by(_home.c.place).limit(most))
        return {HouseholdId(row.id): self._make(row.id, row.number or 0) for row in rows}

    def renew(self, household: HouseholdId, by: str, now: int) -> None:
        """Give a home its next code at `now` (epoch ms): the one before holds no more."""
        row = {"household": household, "number": 1, "renewed_at": now, "renewed_by": by}
        insert = insert_into(self._connection, _code).values(row)
        new = {"number": _code.c.number + 1, "renewed_at": now, "renewed_by": by}
        self._connection.execute(insert.on_conflict_do_update(index_elements=["household"], set_=new))

    def _make(self, household: str, number: int) -> str:
        digest = self._keys.compute_digest(_PURPOSE, f"{household}/{number}")
        return base64.b32encode(digest)[:_LENGTH].decode()
