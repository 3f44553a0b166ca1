"""Draws tiles as SVG: what a place is called, what waits there, and whose state is not known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from homebeat.domain.alert import Priority
from homebeat.domain.as_of import AsOf
from homebeat.store import PlaceCount
from homebeat.wording import Wording

#: The size of a tile, and of the gap beside it, in units of the picture.
_WIDE, _HIGH, _GAP = 184, 74, 8
_COLUMNS: Final = 5
#: The same of a flat in its floor.
_FLAT_WIDE, _FLAT_HIGH, _FLOOR = 176, 52, 84
#: Longer names end in dots; the whole one is the tile's title.
_LONGEST: Final = 18
#: The number of a flat, at the end of an address: 1203 is on floor 12.
_FLAT: Final = re.compile(r"(?<!\d)(\d{3,4})\D{0,2}$")
_RANKS: Final = tuple(Priority)


@dataclass(frozen=True, slots=True)
class PlaceTile:
    """One tile: where it leads, what it is called and what its lines say.

    Attributes:
        look: `critical`, `high`, `medium` or `low` where alerts wait; `unknown` where nothing does and somebody's state is not
            known; `quiet` of a home; else `calm`.
    """

    href: str
    name: str
    lines: Sequence[str]
    look: str

    @property
    def text(self) -> str:
        """All that it says, for a title and for a table."""
        return " · ".join((self.name, *self.lines))


@dataclass(frozen=True, slots=True)
class FloorRow:
    """The homes of one floor; `name` is empty where the floor is not known."""

    name: str
    tiles: Sequence[PlaceTile]


def make_tile(name: str, href: str, count: PlaceCount, as_of: AsOf, words: Wording) -> PlaceTile:
    """Make the tile of a place. Where monitoring is silent, nobody's state is known."""
    worst = min(count.waiting, default=None)
    unknown = as_of.count_states({"active": 0, "quiet": 0, "unknown": 0} | dict(count.states))["unknown"]
    people = words.text("%(people)s people, %(unknown)s unknown", people=count.residents, unknown=unknown)
    return PlaceTile(href, name, [_write_waiting(count, words), people], find_look(worst, unknown))


def make_flat(name: str, href: str, count: PlaceCount, as_of: AsOf, words: Wording) -> PlaceTile:
    """Make the tile of a home: what waits there, or else how its people are known; the one who is known least counts."""
    if count.waiting:
        return PlaceTile(href, name, [_write_waiting(count, words)], find_look(min(count.waiting), 0))
    known = {as_of.find_state(state) for state in count.states.elements()}
    state = next((one for one in ("unknown", "quiet", "active") if one in known), "unknown")
    return PlaceTile(href, name, [words.home_state(state)], {"active": "calm"}.get(state, state))


def _write_waiting(count: PlaceCount, words: Wording) -> str:
    if not count.waiting:
        return words.text("nothing open")
    worst = words.priority(_RANKS[min(count.waiting)])
    return words.text("%(count)s open (%(priority)s)", count=count.waiting.total(), priority=worst)


def find_look(worst: int | None, unknown: int) -> str:
    """Find how a tile looks, by the rank of its most urgent alert and by how many people's state is not known."""
    return _RANKS[worst].value if worst is not None else "unknown" if unknown else "calm"


def read_flat(address: str) -> tuple[int, str] | None:
    """Read the floor and the number of a flat from the end of an address; None where there is no such number."""
    found = _FLAT.search(address)
    return None if found is None else (int(found[1]) // 100, found[1])


def draw_tiles(tiles: Sequence[PlaceTile], label: str) -> str:
    """Draw tiles in rows of five, in their order, as one SVG element. `label` says what the picture shows."""
    rows = -(-len(tiles) // _COLUMNS)
    across, down = _WIDE + _GAP, _HIGH + _GAP
    drawn = [_draw_tile(tile, at % _COLUMNS * across, at // _COLUMNS * down, (_WIDE, _HIGH)) for at, tile in enumerate(tiles)]
    return _draw(drawn, (_COLUMNS * across, rows * down), label)


def draw_floors(floors: Sequence[FloorRow], label: str) -> str:
    """Draw floors above each other, the highest on top, each with its flats."""
    most = max((len(floor.tiles) for floor in floors), default=0)
    width, height = _FLOOR + most * (_FLAT_WIDE + _GAP), len(floors) * (_FLAT_HIGH + _GAP)
    parts = []
    across, size = _FLAT_WIDE + _GAP, (_FLAT_WIDE, _FLAT_HIGH)
    for at, floor in enumerate(floors):
        y = at * (_FLAT_HIGH + _GAP)
        parts.append(f'<text class="floor" x="0" y="{y + 30}">{escape(floor.name)}</text>')
        parts += [_draw_tile(tile, _FLOOR + place * across, y, size) for place, tile in enumerate(floor.tiles)]
    return _draw(parts, (width, height), label)


def _draw(parts: Sequence[str], size: tuple[int, int], label: str) -> str:
    box = f'viewBox="0 0 {size[0]} {size[1]}" width="{size[0]}"'
    return f'<svg class="map" {box} role="group" aria-label="{escape(label)}">{"".join(parts)}</svg>'


def _draw_tile(tile: PlaceTile, x: int, y: int, size: tuple[int, int]) -> str:
    wide, high = size
    name = tile.name if len(tile.name) <= _LONGEST else tile.name[: _LONGEST - 1] + "…"
    lines = "".join(
        f'<text class="line" x="{x + 8}" y="{y + 38 + 16 * at}">{escape(line)}</text>' for at, line in enumerate(tile.lines)
    )
    return (
        f'<a href="{escape(tile.href)}" class="{tile.look}"><title>{escape(tile.text)}</title>'
        f'<rect x="{x + 1}" y="{y + 1}" width="{wide - 2}" height="{high - 2}" rx="5"/>'
        f'<text class="name" x="{x + 8}" y="{y + 20}">{escape(name)}</text>{lines}</a>'
    )
