"""Says when so much glass is broken that whoever reviews it must be told at once, and not when they next look at their page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from homebeat.domain.durations import HOUR_MS
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.store import GlassTime

RULE: Final = "glass_broken_often"
#: Of so many homes one person may break the glass within an hour before it is told. An emergency is of one home, a fire in a
#: house of some; ours to choose.
MOST_HOMES: Final = 5
#: The same for all together in one area.
MOST_HOMES_IN_AREA: Final = 15
#: How far back everything lies that matters here, ms: an hour before the clock's hour that is running.
REACHES_BACK_MS: Final = 2 * HOUR_MS


class AreasToTell(NamedTuple):
    """Areas where it was too much just now.

    Attributes:
        first: Those where it is so for the first time in this hour of the clock.
        again: Those that were told in this hour. They are told again only where nobody has that alert open any more.
    """

    first: frozenset[AreaId] = frozenset()
    again: frozenset[AreaId] = frozenset()


def find_areas_to_tell(broken: Sequence[GlassTime], most: int) -> AreasToTell:
    """Find the areas where the last one makes it more homes than `most` within an hour.

    Args:
        broken: Oldest first, from `REACHES_BACK_MS` ago on; the last one is what happened just now.
        most: So many homes are not told.
    """
    if not broken:
        return AreasToTell()
    begins = broken[-1].at // HOUR_MS * HOUR_MS
    homes: Counter[HouseholdId] = Counter()
    areas: Counter[AreaId] = Counter()
    first, alerted, found = 0, set[AreaId](), set[AreaId]()
    for one in broken:
        alerted |= found
        homes[one.household] += 1
        areas[one.area] += 1
        while broken[first].at <= one.at - HOUR_MS:
            homes[broken[first].household] -= 1
            areas[broken[first].area] -= 1
            first += 1
        homes, areas = +homes, +areas
        found = set(areas) if one.at >= begins and len(homes) > most else set()
    return AreasToTell(frozenset(found - alerted), frozenset(found & alerted))


def count_homes(broken: Iterable[GlassTime], now: int) -> int:
    """Count the homes of the hour before `now` (epoch ms)."""
    return len({one.household for one in broken if one.at > now - HOUR_MS})
