"""Which columns are sealed, what is in them, and whose they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from homebeat.domain.personal import Illegible

if TYPE_CHECKING:
    from homebeat.store.sealing.owner_keys import OwnerKeys

#: Owns what belongs to no home: answers to requests, the key of the telephone index.
INSTALLATION: Final = "installation"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def name_resident(resident: str) -> str:
    """Name the owner of what is about one resident."""
    return f"resident:{resident}"


def name_household(household: str) -> str:
    """Name the owner of what belongs to a home; with an empty id, that of what belongs to no home."""
    return f"household:{household}" if household else INSTALLATION


def name_responder(responder: str) -> str:
    """Name the owner of what is about one responder."""
    return f"responder:{responder}"


def encode_place(table: str, column: str, owner: str, row: str) -> bytes:
    """Encode the place where a value may be opened."""
    return _encode((table, column, owner, row))


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed records. One record holds some fields of a row, as JSON; an empty one means that all of them are empty.

    Attributes:
        name: Ends in `_sealed`.
        empty: The fields in their order, each with its empty value.
    """

    table: str
    name: str
    empty: Mapping[str, Any]

    @property
    def blank(self) -> tuple[Any, ...]:
        """The fields of an empty record."""
        return tuple(self.empty.values())

    def encode(self, fields: Mapping[str, Any]) -> bytes:
        """Encode the fields of a row; nothing where all of them are empty."""
        values = [fields[name] for name in self.empty]
        return _encode(values) if any(values) else b""

    def decode(self, content: bytes) -> tuple[Any, ...]:
        """Decode what `encode` made.

        A field that the column did not have yet when it was sealed is empty; one that it has no more is left out.

        Raises:
            msgspec.DecodeError: It is not JSON.
        """
        found = _decode(content)
        if len(found) == len(self.empty):
            return tuple(found)
        return (*found, *self.blank[len(found) :])[: len(self.empty)]

    def explain(self, why: Illegible) -> tuple[Any, ...]:
        """Make the fields of a record that cannot be opened: the first says why, if it is a text."""
        first, *rest = self.blank
        return (why if isinstance(first, str) else first, *rest)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed record with its place.

    Attributes:
        owner: Whose owner key it was sealed with.
        row: Which row of the table, by a name that it keeps.
        record: Empty where the fields are empty; None where a join found no row.
    """

    column: SealedColumn
    owner: str
    row: str
    record: bytes | None


def _derive_nothing(_keys: OwnerKeys, _row: Mapping[Any, Any]) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class SealedTable:
    """The sealed columns of a table.

    Attributes:
        owner: Whose owner key the values of a row are sealed with.
        row: The name of a row, which it keeps.
        derive: Makes the columns that are derived from a row's personal fields and stand beside them.
    """

    columns: tuple[SealedColumn, ...]
    owner: Callable[[Mapping[Any, Any]], str]
    row: Callable[[Mapping[Any, Any]], str]
    derive: Callable[[OwnerKeys, Mapping[Any, Any]], dict[str, Any]] = _derive_nothing
