"""What has to change on a page for it to show the queue as it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

#: One operation for the page's script: its name and its texts.
Operation = tuple[str, ...] | tuple[str, str, list[str]]


@dataclass(slots=True)
class Shown:
    """What one page shows, as far as the server has told it: per list the rows in order with their looks, and single texts."""

    lists: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, value: str) -> bool:
        """Note a text; whether it is new to the page."""
        if self.texts.get(name) == value:
            return False
        self.texts[name] = value
        return True


@dataclass(frozen=True, slots=True)
class Placed:
    """A row that must be drawn: into which list, after which row (empty: first)."""

    list: str
    after: str
    id: str
    look: str


def differences(shown: Shown, wanted: Mapping[str, Sequence[tuple[str, str]]]) -> tuple[list[str], list[Placed]]:
    """Compare, and take note of what the page will show.

    Args:
        shown: What the page shows; updated.
        wanted: Per list the rows in order, as (id, look).

    Returns:
        Rows to drop that are in no list any more, and rows to place, in the order in which to place them.
    """
    everywhere = {id_ for rows in wanted.values() for id_, _ in rows}
    dropped = [id_ for rows in shown.lists.values() for id_, _ in rows if id_ not in everywhere]
    placed: list[Placed] = []
    for name, rows in wanted.items():
        kept = {id_ for id_, _ in rows}
        there = [pair for pair in shown.lists.get(name, []) if pair[0] in kept]
        after = ""
        for index, (id_, look) in enumerate(rows):
            if index >= len(there) or there[index][0] != id_:
                there = [*there[:index], (id_, ""), *(pair for pair in there[index:] if pair[0] != id_)]
            if there[index][1] != look:
                placed.append(Placed(name, after, id_, look))
                there[index] = (id_, look)
            after = id_
        shown.lists[name] = there
    return dropped, placed
