"""Draws the map: the areas below one, the buildings of a community, or the floors of a building, as tiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from markupsafe import Markup

from homebeat.actions.pulse import read_as_of
from homebeat.actions.view import View
from homebeat.console.map.tiles import FloorRow, PlaceTile, draw_floors, draw_tiles, make_flat, make_tile, read_flat
from homebeat.console.web.access import Visitor
from homebeat.console.web.blind import check_sight
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import drop_mask, join_parts
from homebeat.console.web.recent import RecentValues
from homebeat.domain.as_of import AsOf
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import NotFound
from homebeat.domain.fleet import Area
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.domain.scope import Scope
from homebeat.store import PlaceCount
from homebeat.wording import Wording

PATH: Final = "/map"
#: Most areas, buildings and homes of one picture.
_MOST: Final = 300
#: Most flats beside each other.
_ROW: Final = 5
#: Counts of areas read every resident below; so long they are kept.
_KEPT_MS: Final = MINUTE_MS // 2


@dataclass(frozen=True, slots=True)
class _Picture:
    """What the page shows of a place: the drawing, the same as lines, and how many were left out."""

    drawing: str
    tiles: Sequence[PlaceTile]
    left_out: int = 0


class MapPages:
    """Draws the page for one request. The counts of areas are kept for half a minute, whoever asks within the same scope."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates
        self._kept = RecentValues[tuple[Scope, tuple[AreaId, ...]], dict[AreaId, PlaceCount]](_KEPT_MS)

    def render(self, visitor: Visitor, words: Wording, area: str, building: str | None) -> str:
        """Render the map of an area, or of one of its buildings; an empty `area` is all that the visitor sees.

        Raises:
            NotFound: They see no such area, or it has no such building.
        """
        scope = visitor.find_scope(Operation.READ_HOMES)
        with self._context.open_view(visitor.principal, Operation.READ_HOMES) as view:
            areas = {one.id: one for one in view.reader.homes.list_areas()}
            area = area or find_first(areas)
            here, as_of = areas.get(AreaId(area)), read_as_of(view.reader, view.now)
            if area and here is None:
                raise NotFound("there is no such area")
            below = [one for one in areas.values() if (one.parent == area if area else one.parent not in areas)]
            if below:
                picture = self._draw_areas(view, below, scope, as_of, words)
            elif building is None:
                picture = _draw_buildings(view, AreaId(area), as_of, words)
            else:
                picture = _draw_building(view, AreaId(area), building, as_of, words)
        link = urlencode({"area": area} | ({"building": building} if building else {}))
        return self._templates.render(
            "map.html",
            words,
            title=join_parts(here.name if here else words.text("Map"), building or ""),
            path=_list_way(areas, here, is_inside=building is not None),
            picture=picture,
            drawing=Markup(picture.drawing),  # noqa: S704 - every text in it is escaped where it is drawn
            banner=check_sight(self._context, words, scope).banner,
            **make_frame(visitor, words, PATH, f"{PATH}?{link}" if area else ""),
        )

    def _draw_areas(self, view: View, below: Sequence[Area], scope: Scope, as_of: AsOf, words: Wording) -> _Picture:
        shown = below[:_MOST]
        wanted = tuple(one.id for one in shown)
        counts = self._kept.get((scope, wanted), view.now, lambda: view.reader.place_counts.count_areas(wanted))
        tiles = [make_tile(one.name, _link(one.id), counts[one.id], as_of, words) for one in shown]
        return _Picture(draw_tiles(tiles, words.text("Areas")), tiles, len(below) - len(shown))


def _draw_buildings(view: View, area: AreaId, as_of: AsOf, words: Wording) -> _Picture:
    counts = view.reader.place_counts.count_buildings(area)
    if set(counts) == {""}:
        return _draw_building(view, area, "", as_of, words)
    names = sorted(counts, key=lambda name: (not name, len(name), name))
    tiles = [
        make_tile(name or words.text("building not known"), _link(area, name), counts[name], as_of, words)
        for name in names[:_MOST]
    ]
    return _Picture(draw_tiles(tiles, words.text("Buildings")), tiles, max(0, len(names) - _MOST))


def _draw_building(view: View, area: AreaId, building: str, as_of: AsOf, words: Wording) -> _Picture:
    counts, left_out = view.reader.place_counts.count_homes(area, building, _MOST)
    if not counts and building:
        raise NotFound("there is no such building")
    homes = view.find_households("map", counts)
    floors: dict[int | None, list[tuple[str, PlaceTile]]] = {}
    for household, count in counts.items():
        home = homes.get(household)
        flat = read_flat(drop_mask(home.address)) if home is not None else None
        who = drop_mask(home.residents[0].resident.name) if home is not None and home.residents else ""
        name = " ".join(part for part in ("" if flat is None else flat[1], who) if part) or household
        href = f"/resident/{home.residents[0].resident.id}" if home is not None and home.residents else ""
        floors.setdefault(None if flat is None else flat[0], []).append((name, make_flat(name, href, count, as_of, words)))
    order = sorted(floors, key=lambda floor: (floor is None, -(floor or 0)))
    rows = [
        FloorRow(
            words.text("Floor %(floor)s", floor=floor) if floor is not None else words.text("Others"),
            [tile for _, tile in sorted(row, key=lambda one: one[0])][at : at + _ROW],
        )
        for floor in order
        for row in [floors[floor]]
        for at in range(0, len(row), _ROW)
    ]
    return _Picture(draw_floors(rows, words.text("Floors")), [tile for row in rows for tile in row.tiles], left_out)


def _link(area: AreaId, building: str | None = None) -> str:
    return f"{PATH}?" + urlencode({"area": area} | ({} if building is None else {"building": building}))


def _list_way(areas: dict[AreaId, Area], here: Area | None, *, is_inside: bool) -> list[tuple[str, str]]:
    """List the areas above a place, the topmost first: names and addresses."""
    way: list[tuple[str, str]] = []
    at = here if is_inside or here is None else areas.get(here.parent or AreaId(""))
    while at is not None and len(way) < len(areas):
        way.insert(0, (at.name, _link(at.id)))
        at = areas.get(at.parent or AreaId(""))
    return way


def find_first(areas: Mapping[AreaId, Area]) -> str:
    """Find the area with which the map begins: the first one below which there is more than one, or none; empty for all."""
    first = ""
    below = [one.id for one in areas.values() if one.parent not in areas]
    while len(below) == 1:
        first = below[0]
        below = [one.id for one in areas.values() if one.parent == first]
    return first
