"""Stores what providers were asked, what became of it, and who gets their work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Table, bindparam, case, func, insert, or_, select, update

from homebeat.domain.alert import Answer, Priority
from homebeat.domain.circuit import Circuit, CircuitCause, CircuitState, Tally
from homebeat.domain.complaint import ComplaintState
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import AlertId, AreaId, ResponderId
from homebeat.domain.provider_order import COUNTED, FAILED, OrderVerdict, ProviderOrder
from homebeat.store.alert import tables as alert_tables
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.database import insert_into
from homebeat.store.duty import tables
from homebeat.store.duty.values import OpenOrder, ProviderEntry
from homebeat.store.home import tables as home_tables
from homebeat.store.home.contracts import read_contract
from homebeat.store.scoping import narrow, require_everything
from homebeat.store.sealing.values import Sealed, SealedColumn, SealedTable, name_responder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import RowMapping

    from homebeat.domain.scope import Scope
    from homebeat.store.sealing.owner_keys import OwnerKeys, OwnerKeyWrites

_circuit: Final[Table] = tables.circuit
_step: Final[Table] = tables.circuit_step
_order: Final[Table] = tables.provider_order
_complaint: Final[Table] = tables.complaint
_responder: Final[Table] = home_tables.responder
_alert: Final[Table] = alert_tables.alert
_PRIORITIES: Final = {one.rank: one for one in Priority}
_REASON: Final = SealedColumn("circuit_step", "reason_sealed", {"reason": ""})
#: What is sealed of a step of a circuit.
CIRCUIT_TEXTS: Final = SealedTable(
    (_REASON,), lambda row: name_responder(row["provider"]), lambda row: f"{row['provider']}/{row['version']}"
)


class ProviderQueries:
    """Providers, for reading."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def list_providers(self, only: Iterable[ResponderId] | None = None) -> list[ProviderEntry]:
        """List the providers that are not retired, or those of them that `only` names, in the order of the fleet file.

        Nothing that is sealed is opened.
        """
        columns = (_responder.c.id, _responder.c.areas, _responder.c.contract, _responder.c.ways)
        is_provider = _responder.c.kind == ResponderKind.PROVIDER.value
        query = narrow(select(*columns).where(is_provider, _responder.c.retired_at.is_(None)), _responder.c.id, self._scope)
        wanted = None if only is None else set(only)
        if wanted is not None:
            query = query.where(_responder.c.id.in_(wanted))
        rows = self._connection.execute(query.order_by(_responder.c.place, _responder.c.id)).all()
        circuits = self.find_circuits(row.id for row in rows)
        return [
            ProviderEntry(
                who := ResponderId(row.id),
                tuple(map(AreaId, row.areas)),
                read_contract(row.contract),
                circuits.get(who, Circuit(who)),
                is_reachable=bool(row.ways),
            )
            for row in rows
        ]

    def find_circuits(self, providers: Iterable[ResponderId]) -> dict[ResponderId, Circuit]:
        """Find the circuits of these providers that have ever changed, without what people said."""
        found: dict[ResponderId, Circuit] = {}
        for some in split_chunks(set(providers)):
            query = narrow(select(_circuit).where(match_any(_circuit.c.provider, some)), _circuit.c.provider, self._scope)
            found.update((row["provider"], _make_circuit(row, "")) for row in self._connection.execute(query).mappings())
        return found

    def list_unsettled(self) -> list[ResponderId]:
        """List the providers whose circuits may change with time alone: they are open, or on trial."""
        require_everything(self._scope)
        query = select(_circuit.c.provider).where(_circuit.c.state != CircuitState.CLOSED.value)
        return list(map(ResponderId, self._connection.scalars(query.order_by(_circuit.c.provider))))

    def list_steps(self, provider: ResponderId) -> list[Circuit]:
        """List every state that a circuit has been in, the newest first, with what people said."""
        query = narrow(select(_step).where(_step.c.provider == provider), _step.c.provider, self._scope)
        rows = self._connection.execute(query.order_by(_step.c.version.desc())).mappings().all()
        sealed = [Sealed(_REASON, name_responder(provider), _name_row(row), row["reason_sealed"]) for row in rows]
        return [_make_circuit(row, reason) for row, (reason,) in zip(rows, self._keys.open(sealed), strict=True)]

    def list_open_orders(self, limit: int) -> list[OpenOrder]:
        """List orders that nobody has judged yet, the oldest first."""
        require_everything(self._scope)
        query = select(_order, _alert.c.priority_rank, _alert.c.answer).join(_alert, _alert.c.id == _order.c.alert_id)
        query = query.where(tables.OPEN_ORDER).order_by(_order.c.asked_at, _order.c.provider, _order.c.alert_id).limit(limit)
        return [
            OpenOrder(_make_order(row), _PRIORITIES[row["priority_rank"]], row["answer"] != Answer.UNACKNOWLEDGED)
            for row in self._connection.execute(query).mappings()
        ]

    def list_orders(self, provider: ResponderId, since: int, limit: int) -> list[ProviderOrder]:
        """List what was asked of a provider at `since` (epoch ms) or later, the newest first."""
        query = select(_order).where(_order.c.provider == provider, _order.c.asked_at >= since)
        query = narrow(query.order_by(_order.c.asked_at.desc(), _order.c.alert_id).limit(limit), _order.c.alert_id, self._scope)
        return [_make_order(row) for row in self._connection.execute(query).mappings()]

    def count_verdicts(self, provider: ResponderId, since: int) -> dict[OrderVerdict, int]:
        """Count how what was asked of a provider at `since` (epoch ms) or later has ended."""
        query = select(_order.c.verdict, func.count()).where(_order.c.provider == provider, _order.c.asked_at >= since)
        query = narrow(query.where(_order.c.verdict.is_not(None)), _order.c.alert_id, self._scope)
        return {OrderVerdict(verdict): count for verdict, count in self._connection.execute(query.group_by(_order.c.verdict))}

    def tally(self, provider: ResponderId, since: int) -> Tally:
        """Count the visits that count, of what was asked at `since` (epoch ms) or later, and those of them that failed.

        One that was complained of failed, whatever its verdict. A complaint about no such visit is one more that failed; several
        about the same alert are one.
        """
        require_everything(self._scope)
        counts = _order.c.verdict.in_([one.value for one in COUNTED])
        mine = _order.c.provider == provider, _order.c.asked_at >= since, counts
        holds = _complaint.c.responder == provider, _complaint.c.state != ComplaintState.REJECTED.value
        complained = select(_complaint.c.id).where(*holds, _complaint.c.alert_id == _order.c.alert_id).exists()
        has_failed = case((or_(_order.c.verdict.in_([one.value for one in FAILED]), complained), 1), else_=0)
        query = select(func.count(), func.coalesce(func.sum(has_failed), 0)).select_from(_order).where(*mine)
        visits, failed = self._connection.execute(query).one()
        counted = select(_order.c.alert_id).where(*mine, _order.c.alert_id == _complaint.c.alert_id).exists()
        about = func.count(func.distinct(func.coalesce(_complaint.c.alert_id, _complaint.c.key)))
        others = select(about).select_from(_complaint).where(*holds, _complaint.c.counts_from >= since, ~counted)
        more = self._connection.scalar(others) or 0
        return Tally(visits + more, failed + more)

    def list_complained(self, since: int) -> list[ResponderId]:
        """List whom complaints concern that count since `since` (epoch ms) or later."""
        require_everything(self._scope)
        query = select(_complaint.c.responder).where(_complaint.c.counts_from >= since).distinct()
        return list(map(ResponderId, self._connection.scalars(query.order_by(_complaint.c.responder))))


class Providers(ProviderQueries):
    """Providers, for writing."""

    def __init__(self, connection: Connection, keys: OwnerKeyWrites, scope: Scope) -> None:
        super().__init__(connection, keys, scope)
        self._writes = keys

    def enter_orders(self, orders: Sequence[ProviderOrder]) -> None:
        """Enter what was asked; what was asked before about the same alert is one order with it.

        One that was excused begins anew.
        """
        rows = [{"provider": one.provider, "alert_id": one.alert_id, "asked_at": one.asked_at} for one in orders]
        if not rows:
            return
        new = insert_into(self._connection, _order)
        again = {"asked_at": new.excluded.asked_at, "verdict": None, "settled_at": None, "answered_at": None, "door_at": None}
        is_excused = _order.c.verdict == OrderVerdict.EXCUSED.value
        kept = new.on_conflict_do_update(index_elements=["provider", "alert_id"], set_=again, where=is_excused)
        self._connection.execute(kept, rows)

    def settle(self, orders: Iterable[ProviderOrder]) -> None:
        """Write what became of orders that are open, in one statement."""
        place = _order.c.provider == bindparam("who"), _order.c.alert_id == bindparam("about"), tables.OPEN_ORDER
        rows = [
            {
                "who": one.provider,
                "about": one.alert_id,
                "said": None if one.verdict is None else one.verdict.value,
                "settled": one.settled_at,
                "answered": one.answered_at,
                "door": one.door_at,
            }
            for one in orders
        ]
        if rows:
            names = {"verdict": "said", "settled_at": "settled", "answered_at": "answered", "door_at": "door"}
            change = update(_order).where(*place).values({name: bindparam(param) for name, param in names.items()})
            self._connection.execute(change, rows)

    def change_circuit(self, after: Circuit) -> bool:
        """Write a circuit in its next state, `after.version` being one more than before.

        Returns:
            False where somebody else has changed it since: then nothing was written.
        """
        row: dict[str, Any] = {
            "provider": after.provider,
            "state": after.state.value,
            "cause": after.cause.value,
            "since": after.since,
            "actor": after.actor,
            "version": after.version,
            "visits": after.visits,
            "failed": after.failed,
        }
        if after.version == 1:
            new = insert_into(self._connection, _circuit).values(row).on_conflict_do_nothing().returning(_circuit.c.version)
            is_written = self._connection.execute(new).first() is not None
        else:
            same = _circuit.c.provider == after.provider, _circuit.c.version == after.version - 1
            is_written = self._connection.execute(update(_circuit).where(*same).values(row)).rowcount == 1
        if not is_written:
            return False
        owner = name_responder(after.provider)
        self._writes.make_keys([owner], after.since)
        sealed = self._writes.seal(_REASON, owner, _name_row(row), {"reason": after.reason})
        self._connection.execute(insert(_step).values(**row, reason_sealed=sealed))
        return True


def _name_row(row: RowMapping | dict[str, Any]) -> str:
    return f"{row['provider']}/{row['version']}"


def _make_circuit(row: RowMapping, reason: Any) -> Circuit:
    return Circuit(
        ResponderId(row["provider"]),
        CircuitState(row["state"]),
        CircuitCause(row["cause"]),
        row["since"],
        row["actor"],
        row["version"],
        row["visits"],
        row["failed"],
        reason,
    )


def _make_order(row: RowMapping) -> ProviderOrder:
    return ProviderOrder(
        ResponderId(row["provider"]),
        AlertId(row["alert_id"]),
        row["asked_at"],
        None if row["verdict"] is None else OrderVerdict(row["verdict"]),
        row["settled_at"],
        row["answered_at"],
        row["door_at"],
    )
