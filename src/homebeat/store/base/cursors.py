"""Where a list goes on: opaque texts made of the last item's place in the order."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from homebeat.domain.errors import BadCursor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list. `next_cursor` is opaque; None at the end."""

    items: tuple[T, ...]
    next_cursor: str | None = None


def page(items: Sequence[T], limit: int, place: Callable[[T], tuple[int | str, ...]]) -> Page[T]:
    """A page of at most `limit` of `items`, which were asked for one more than that."""
    if len(items) <= limit:
        return Page(tuple(items))
    return Page(tuple(items[:limit]), write(*place(items[limit - 1])))


def write(*place: int | str) -> str:
    """A cursor for what comes after `place`."""
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).rstrip(b"=").decode()


def read(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The place a cursor names.

    Raises:
        BadCursor: It is none of ours.
    """
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise BadCursor("this cursor is not one of ours") from None
    if not isinstance(place, list) or [type(part) for part in place] != list(kinds):
        raise BadCursor("this cursor is not one of ours")
    return tuple(place)
