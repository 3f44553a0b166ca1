"""Makes and reads cursors: opaque texts that hold the place of the last item of a page."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from homebeat.domain.errors import BadCursor
from homebeat.domain.text import has_control

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
#: What a column of 2, 4 or 8 bytes can hold.
INT2: Final = range(-(2**15), 2**15)
INT4: Final = range(-(2**31), 2**31)
INT8: Final = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list. `next_cursor` is opaque; None at the end."""

    items: tuple[T, ...]
    next_cursor: str | None = None


def make_page(items: Sequence[T], limit: int, place: Callable[[T], tuple[int | str, ...]]) -> Page[T]:
    """Make a page of at most `limit` of `items`. The caller has selected one more, to know whether another page follows."""
    if len(items) <= limit:
        return Page(tuple(items))
    return Page(tuple(items[:limit]), write(*place(items[limit - 1])))


def write(*place: int | str) -> str:
    """Write a cursor for what comes after `place`."""
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).rstrip(b"=").decode()


def read(cursor: str, *kinds: type[str] | range) -> tuple[Any, ...]:
    """Read the place that a cursor names.

    Args:
        cursor: As `write` made it.
        *kinds: The type of each part: a text, or a whole number that the column can hold.

    Raises:
        BadCursor: `write` did not make it.
    """
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise BadCursor("this cursor is not one of ours") from None
    if not isinstance(place, list) or len(place) != len(kinds) or not all(map(_is_of, place, kinds)):
        raise BadCursor("this cursor is not one of ours")
    return tuple(place)


def _is_of(part: object, kind: type[str] | range) -> bool:
    if isinstance(kind, range):
        return type(part) is int and part in kind
    return isinstance(part, str) and not has_control(part)
