"""Reads rows as dicts of their own, for what is changed row by row before it leaves the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Select


#: Rows that are fetched together: one by one they take half as long again.
_AT_ONCE: Final = 500


def iterate_dicts(connection: Connection, query: Select[Any]) -> Iterator[dict[str, Any]]:
    """Yield one dict for each row; four times as fast as making them from the mappings of a result."""
    result = connection.execute(query)
    names = list(result.keys())
    return (dict(zip(names, row, strict=True)) for rows in result.partitions(_AT_ONCE) for row in rows)
