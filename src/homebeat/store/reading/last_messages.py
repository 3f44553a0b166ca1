"""Stores the last message of each device that was kept, and what was understood of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from homebeat.domain.last_message import DeviceHint, HintCode, LastMessage
from homebeat.store.base.bulk import write_columns
from homebeat.store.reading import tables
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from homebeat.domain.ids import DeviceId
    from homebeat.domain.scope import Scope

_last: Final = tables.last_message
#: As in quarantine: an index holds no longer topic.
_LONGEST_TOPIC: Final = 500


class LastMessageWrites:
    """Last messages, for writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, messages: Sequence[LastMessage]) -> None:
        """Write them in the place of those before; at most one of each device."""
        if not messages:
            return
        rows = [_make_row(one) for one in messages]
        columns = {column.name: [row[column.name] for row in rows] for column in _last.c}
        write_columns(self._connection, _last, columns, replaces="device")


class LastMessageQueries:
    """Last messages, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def find(self, device: DeviceId) -> LastMessage | None:
        """Find that of a device; None where none was kept yet."""
        query = narrow(select(_last).where(_last.c.device == device), _last.c.device, self._scope)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else _make_message(row)

    def list_hints(self, devices: Sequence[DeviceId]) -> dict[DeviceId, DeviceHint]:
        """List what may be wrong with each of these devices, where something is."""
        query = select(_last.c.device, _last.c.hint, _last.c.hint_params).where(_last.c.device.in_(devices), _last.c.hint != "")
        found = self._connection.execute(narrow(query, _last.c.device, self._scope))
        return {row.device: _make_hint(row.hint, row.hint_params) for row in found}

    def list_misread(self) -> list[tuple[DeviceId, DeviceHint, int]]:
        """List the devices with which something may be wrong: what, and when the message was received that shows it, epoch ms."""
        query = select(_last.c.device, _last.c.hint, _last.c.hint_params, _last.c.received_at).where(_last.c.hint != "")
        found = self._connection.execute(narrow(query, _last.c.device, self._scope))
        return [(row.device, _make_hint(row.hint, row.hint_params), row.received_at) for row in found]


def _make_row(one: LastMessage) -> dict[str, Any]:
    return {
        "device": one.device,
        "topic": one.topic.replace("\0", "\N{REPLACEMENT CHARACTER}")[:_LONGEST_TOPIC],
        "payload": one.payload,
        "received_at": one.received_at,
        "read_by": one.read_by,
        "understood": json.dumps(one.understood),
        "unknown": json.dumps(one.unknown),
        "detail": one.detail.replace("\0", "\N{REPLACEMENT CHARACTER}"),
        "hint": "" if one.hint is None else one.hint.code.value,
        "hint_params": json.dumps({} if one.hint is None else dict(one.hint.params), sort_keys=True),
    }


def _make_message(row: Any) -> LastMessage:
    return LastMessage(
        row["device"],
        row["topic"],
        bytes(row["payload"]),
        row["received_at"],
        row["read_by"],
        tuple(json.loads(row["understood"])),
        tuple(json.loads(row["unknown"])),
        row["detail"],
        _make_hint(row["hint"], row["hint_params"]) if row["hint"] else None,
    )


def _make_hint(code: str, params: str) -> DeviceHint:
    return DeviceHint(HintCode(code), json.loads(params))
