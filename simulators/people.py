"""Invented people and places, as a fleet file holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from simulators import chance
from simulators.chance import U64
from simulators.names import HOMES_A_COMMUNITY, Elder, Names

#: Makes the channels of a contact from the home's number.
Channels = Callable[[int], list[dict[str, str]]]

COMMUNITIES_A_STREET: Final = 4
STREETS_A_DISTRICT: Final = 10
_WOMEN: Final = 0.65  # share of elders living alone


def make_household_id(home: int) -> str:
    """The id of home number `home`."""
    return f"h{home:05d}"


def make_resident_id(home: int, person: int = 1) -> str:
    """The id of the first or second resident of a home."""
    return f"h{home:05d}-r{person}"


def make_meter_id(home: int) -> str:
    """The id of a home's water meter."""
    return f"wm-{home:05d}"


def make_band_id(home: int) -> str:
    """The id of the first resident's wristband."""
    return f"wb-{home:05d}"


def _make_phone(home: int, person: int) -> str:
    return f"139-{home // 1000 % 10000:04d}-{home % 1000 * 10 + person:04d}"


def list_areas(first_home: int, homes: int, names: Names) -> list[dict[str, str]]:
    """List the tree city > district > street > community over these homes."""
    out = [{"id": "city", "name": names.make_city()}]
    first, last = first_home // HOMES_A_COMMUNITY, (first_home + homes - 1) // HOMES_A_COMMUNITY
    seen: set[str] = set()
    for community in range(first, last + 1):
        street = community // COMMUNITIES_A_STREET
        district = street // STREETS_A_DISTRICT
        levels = (
            (f"d{district + 1}", names.make_district(district), "city"),
            (f"s{street + 1}", names.make_street(street), f"d{district + 1}"),
            (find_area(community * HOMES_A_COMMUNITY), names.make_community(community), f"s{street + 1}"),
        )
        for area, name, parent in levels:
            if area not in seen:
                seen.add(area)
                out.append({"id": area, "name": name, "parent": parent})
    return out


def find_area(home: int) -> str:
    """The community in which a home stands."""
    return f"c{home // HOMES_A_COMMUNITY + 1}"


def find_building(home: int) -> str:
    """The building in which a home stands: ten homes each, as addresses have it."""
    return f"b{home % HOMES_A_COMMUNITY // 10 + 1}"


def make_household(
    home: int,
    key: U64,
    couple: bool,  # noqa: FBT001 (a fact of the home like the others)
    zone: str,
    devices: list[Mapping[str, Any]],
    away: list[Mapping[str, str]],
    channels: Channels | None,
    names: Names,
) -> dict[str, Any]:
    """One household as the fleet file has it. `key` is the home's, u64[1]."""
    draw = chance.draw_uniform(key, 70, 24)[0]
    first_is_woman = bool(draw[19] < _WOMEN)
    elders = [
        Elder(int(1934 + 20 * draw[4 * person + 3]), first_is_woman == (person == 1)) for person in range(1, 3 if couple else 2)
    ]
    named = [(names.make_elder(draw, 4 * person, elder), elder) for person, elder in enumerate(elders, start=1)]
    residents = [
        {
            "id": make_resident_id(home, person),
            "name": name,
            "birth_year": elder.birth_year,
            "phone": _make_phone(home, person),
            "language": "zh-CN",
        }
        for person, (name, elder) in enumerate(named, start=1)
    ]
    reached_by = channels(home) if channels else []
    contact, relation = names.make_contact(draw, named)
    return {
        "id": make_household_id(home),
        "area": find_area(home),
        "timezone": zone,
        "address": names.make_address(home, draw),
        "residents": residents,
        "contacts": [
            {"id": "family", "name": contact, "relation": relation, "phone": _make_phone(home, 5), "channels": reached_by}
        ],
        "devices": list(devices),
        "away": list(away),
    }
