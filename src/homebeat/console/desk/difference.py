"""Computes what must change on a page so that it shows the present queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

#: One operation for the page's script: its name and its texts.
Operation = tuple[str, ...] | tuple[str, str, list[str]]


@dataclass(slots=True)
class ShownPage:
    """What one page shows by what the server has sent it: per list the rows in order with their looks, and single texts."""

    lists: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def note_text(self, name: str, value: str) -> bool:
        """Note a text; returns whether it is new to the page."""
        if self.texts.get(name) == value:
            return False
        self.texts[name] = value
        return True


@dataclass(frozen=True, slots=True)
class Placement:
    """The place of a row that must be drawn: in which list, after which row (empty: first)."""

    list: str
    after: str
    id: str
    look: str


def find_differences(shown: ShownPage, wanted: Mapping[str, Sequence[tuple[str, str]]]) -> tuple[list[str], list[Placement]]:
    """Compare what the page shows with what it should show, and note the latter in `shown`.

    Args:
        shown: What the page shows; updated.
        wanted: Per list the rows in order, as (id, look).

    Returns:
        Rows to remove, which are in no list any more, and rows to place, in the order in which to place them.
    """
    everywhere = {id_ for rows in wanted.values() for id_, _ in rows}
    dropped = [id_ for rows in shown.lists.values() for id_, _ in rows if id_ not in everywhere]
    placed: list[Placement] = []
    for name, rows in wanted.items():
        kept = {id_ for id_, _ in rows}
        there = [pair for pair in shown.lists.get(name, []) if pair[0] in kept]
        after = ""
        for index, (id_, look) in enumerate(rows):
            if index >= len(there) or there[index][0] != id_:
                there = [*there[:index], (id_, ""), *(pair for pair in there[index:] if pair[0] != id_)]
            if there[index][1] != look:
                placed.append(Placement(name, after, id_, look))
                there[index] = (id_, look)
            after = id_
        shown.lists[name] = there
    return dropped, placed
