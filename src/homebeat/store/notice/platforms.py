"""How far each city platform has come in the events; one row for each, and at most one process sends to it at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, and_, delete, func, or_, select, update

from homebeat.store.alert.tables import alert_event
from homebeat.store.base.database import insert_into
from homebeat.store.notice import tables

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import RowMapping

_platform = tables.platform
#: The error of a platform to which nothing can be sent.
UNUSABLE: Final = "its settings cannot be used: homebeat check says what is wrong"


@dataclass(frozen=True, slots=True)
class PlatformPlace:
    """How far one platform has come. Times are epoch ms by the database's clock.

    Attributes:
        position: The number of the last event that it has got, or did not want.
        proven: A digest of the address that has answered the challenge; empty for none.
        attempts: How often the next event was tried.
        refusals: How often in a row the platform refused that very event.
        due_at: When it may be tried again.
        failing_since: Since when nothing gets through; None while all is well.
        error: What was wrong last.
        refused: How many events it refused for good.
    """

    name: str
    position: int
    proven: str
    attempts: int
    refusals: int
    due_at: int
    failing_since: int | None
    error: str
    refused: int


class PlatformQueries:
    """Places of platforms, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, name: str) -> PlatformPlace | None:
        """Find how far a platform has come; None before it was first met."""
        row = self._connection.execute(select(_platform).where(_platform.c.name == name)).mappings().first()
        return None if row is None else _read(row)

    def list_all(self) -> list[PlatformPlace]:
        """List how far each platform has come, by name."""
        rows = self._connection.execute(select(_platform).order_by(_platform.c.name)).mappings()
        return [_read(row) for row in rows]


class Platforms(PlatformQueries):
    """Places of platforms, for writing."""

    def claim(self, name: str, owner: str, now: int, lease_ms: int, longest_wait_ms: int) -> PlatformPlace | None:
        """Claim a platform, so that nobody else sends to it; a new one begins with the next event.

        Args:
            name: Which one.
            owner: Who claims it.
            now: Epoch ms.
            lease_ms: For how long.
            longest_wait_ms: A `due_at` further ahead than this was reckoned by a clock that was ahead, and does not hold.

        Returns:
            How far it has come; None where somebody else has it, or it is not due.
        """
        self._meet(name, now)
        free = or_(_platform.c.owner == owner, _platform.c.lease_until <= now, _platform.c.lease_until > now + lease_ms)
        due = or_(_platform.c.due_at <= now, _platform.c.due_at > now + longest_wait_ms)
        taken = update(_platform).where(and_(_platform.c.name == name, free, due))
        claimed = self._connection.execute(taken.values(owner=owner, lease_until=now + lease_ms)).rowcount
        return self.find(name) if claimed else None

    def note_unusable(self, names: Collection[str], now: int) -> None:
        """Note from `now` (epoch ms) on to which platforms nothing can be sent, by the settings; to all others it can be."""
        usable = (_platform.c.error == UNUSABLE, _platform.c.name.not_in(list(names)))
        self._connection.execute(update(_platform).where(*usable).values(failing_since=None, error=""))
        for name in names:
            self._meet(name, now)
            is_new = _platform.c.name == name, _platform.c.failing_since.is_(None)
            self._connection.execute(update(_platform).where(*is_new).values(failing_since=now, error=UNUSABLE))

    def _meet(self, name: str, now: int) -> None:
        newest = select(func.coalesce(func.max(alert_event.c.id), 0)).scalar_subquery()
        begin = {"name": name, "position": newest, "proven": "", "attempts": 0, "refusals": 0, "due_at": now, "error": ""}
        insert = insert_into(self._connection, _platform).values(**begin, failing_since=None, refused=0, owner="", lease_until=0)
        self._connection.execute(insert.on_conflict_do_nothing(index_elements=["name"]))

    def keep(self, names: Collection[str]) -> None:
        """Forget the places of all other platforms: whoever is taken out of the settings begins anew."""
        self._connection.execute(delete(_platform).where(_platform.c.name.not_in(list(names))))

    def put(self, place: PlatformPlace, owner: str, lease_until: int) -> bool:
        """Write how far a platform has come; False, and nothing is written, where the lease was lost to somebody else."""
        values = {name: getattr(place, name) for name in place.__slots__ if name != "name"}
        mine = update(_platform).where(_platform.c.name == place.name, _platform.c.owner == owner)
        return self._connection.execute(mine.values(**values, lease_until=lease_until)).rowcount == 1


def _read(row: RowMapping) -> PlatformPlace:
    return PlatformPlace(**{name: row[name] for name in PlatformPlace.__slots__})
