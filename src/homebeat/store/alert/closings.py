"""Keeps what the closing of an alert ended, for as long as it can be undone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Table, delete, select

from homebeat.domain.arrival import Nearness
from homebeat.domain.response_plan import Deadline, DeadlineKind, Position
from homebeat.domain.visit import DoorProof, Visit, VisitState
from homebeat.store.alert import tables
from homebeat.store.base.database import insert_into
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from homebeat.domain.ids import AlertId
    from homebeat.domain.scope import Scope

_closing: Final[Table] = tables.closing


@dataclass(frozen=True, slots=True)
class EndedByClosing:
    """What the closing of an alert ended. Times are epoch ms.

    Attributes:
        at: When it was closed.
        deadline: As it stood; None where there was none.
        visits: Those whose visitors were expected at the door, as they stood.
        absence: Which absence the family had told of; None for none, or where it goes on.
    """

    at: int
    deadline: Deadline | None = None
    visits: tuple[Visit, ...] = ()
    absence: tuple[int, int] | None = None


class Closings:
    """What closings ended, for writing. Whoever writes or takes one has locked its alert."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def keep(self, alert: AlertId, closing: EndedByClosing) -> None:
        """Keep what the closing of an alert ended; it takes the place of an earlier one."""
        row = {"at": closing.at, "ended": asdict(closing)}
        insert = insert_into(self._connection, _closing).values(row | {"alert_id": alert})
        self._connection.execute(insert.on_conflict_do_update(index_elements=["alert_id"], set_=row))

    def take(self, alert: AlertId) -> EndedByClosing | None:
        """Take what the last closing of an alert ended, so that nobody takes it a second time; None where nothing is kept."""
        query = narrow(select(_closing.c.ended).where(_closing.c.alert_id == alert), _closing.c.alert_id, self._scope)
        ended = self._connection.scalar(query)
        self._connection.execute(delete(_closing).where(_closing.c.alert_id == alert))
        return None if ended is None else _read(ended)


def _read(ended: dict[str, Any]) -> EndedByClosing:
    deadline, absence = ended["deadline"], ended["absence"]
    return EndedByClosing(
        ended["at"],
        None if deadline is None else _read_deadline(deadline),
        tuple(_read_visit(one) for one in ended["visits"]),
        None if absence is None else (absence[0], absence[1]),
    )


def _read_deadline(row: dict[str, Any]) -> Deadline:
    place = row["position"]
    position = Position(**place | {"notified": tuple(place["notified"])})
    return Deadline(**row | {"kind": DeadlineKind(row["kind"]), "position": position})


def _read_visit(row: dict[str, Any]) -> Visit:
    enums = {"state": VisitState(row["state"]), "proof": DoorProof(row["proof"]), "nearness": Nearness(row.get("nearness", ""))}
    return Visit(**row | enums)
