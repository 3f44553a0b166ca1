"""Splits long lists into pieces that a statement can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

T = TypeVar("T")
#: Names in one IN list.
CHUNK: Final = 500


def split_chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Yield the items in order, at most `size` at a time."""
    everything = list(items)
    for start in range(0, len(everything), size):
        yield everything[start : start + size]
