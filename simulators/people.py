"""Invented people and places: names put together from syllables, and a fleet file that holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from simulators import chance
from simulators.chance import U64

#: Makes the channels of a contact from the home's number.
Channels = Callable[[int], list[dict[str, str]]]

_FAMILY: Final = ("Lan", "Bo", "Teng", "Min", "Gao", "Rui", "Sheng", "Qiu", "Yao", "Wen", "Duo", "Heng")
_FIRST: Final = ("an", "lei", "shu", "mei", "guo", "hua", "xin", "yun", "de", "fang", "ping", "zhi")
_SECOND: Final = ("", "lan", "ming", "ya", "zhen", "li", "qin", "rong", "bao", "wei")
_PLACE: Final = (
    "Willow",
    "Heron",
    "Lantern",
    "Ginkgo",
    "Lotus",
    "Ferry",
    "Plum",
    "Bamboo",
    "Crane",
    "Osmanthus",
    "Bridge",
    "Pine",
)
_RELATION: Final = ("daughter", "son", "neighbour", "niece", "nephew")
HOMES_A_COMMUNITY: Final = 50
COMMUNITIES_A_STREET: Final = 4
STREETS_A_DISTRICT: Final = 10


def household_id(home: int) -> str:
    """The id of home number `home`."""
    return f"h{home:05d}"


def resident_id(home: int, person: int = 1) -> str:
    """The id of the first or second resident of a home."""
    return f"h{home:05d}-r{person}"


def meter_id(home: int) -> str:
    """The id of a home's water meter."""
    return f"wm-{home:05d}"


def band_id(home: int) -> str:
    """The id of the first resident's wristband."""
    return f"wb-{home:05d}"


def _name(draw: chance.F64, at: int) -> str:
    first = _FIRST[int(draw[at] * len(_FIRST))] + _SECOND[int(draw[at + 1] * len(_SECOND))]
    return f"{_FAMILY[int(draw[at + 2] * len(_FAMILY))]} {first.capitalize()}"


def _phone(home: int, person: int) -> str:
    return f"139-{home // 1000 % 10000:04d}-{home % 1000 * 10 + person:04d}"


def areas(first_home: int, homes: int) -> list[dict[str, str]]:
    """The tree city > district > street > community over these homes."""
    out = [{"id": "city", "name": "Linhe City"}]
    first, last = first_home // HOMES_A_COMMUNITY, (first_home + homes - 1) // HOMES_A_COMMUNITY
    seen: set[str] = set()
    for community in range(first, last + 1):
        street = community // COMMUNITIES_A_STREET
        district = street // STREETS_A_DISTRICT
        levels = (
            (f"d{district + 1}", _PLACE[district % len(_PLACE)] + " District", "city"),
            (f"s{street + 1}", f"{_PLACE[(street * 5 + 1) % len(_PLACE)]} Street", f"d{district + 1}"),
            (
                area_of(community * HOMES_A_COMMUNITY),
                f"{_PLACE[(community * 7 + 2) % len(_PLACE)]} Court {community + 1}",
                f"s{street + 1}",
            ),
        )
        for area, name, parent in levels:
            if area not in seen:
                seen.add(area)
                out.append({"id": area, "name": name, "parent": parent})
    return out


def area_of(home: int) -> str:
    """The community in which a home stands."""
    return f"c{home // HOMES_A_COMMUNITY + 1}"


def household(
    home: int,
    key: U64,
    couple: bool,  # noqa: FBT001 (a fact of the home like the others)
    zone: str,
    devices: list[Mapping[str, Any]],
    away: list[Mapping[str, str]],
    channels: Channels | None,
) -> dict[str, Any]:
    """One household as the fleet file has it. `key` is the home's, u64[1]."""
    draw = chance.uniform(key, 70, 24)[0]
    residents = [
        {
            "id": resident_id(home, person),
            "name": _name(draw, 4 * person),
            "birth_year": int(1934 + 20 * draw[4 * person + 3]),
            "phone": _phone(home, person),
            "language": "zh-CN",
        }
        for person in range(1, 3 if couple else 2)
    ]
    contact = {
        "id": "family",
        "name": _name(draw, 13),
        "relation": _RELATION[int(draw[16] * len(_RELATION))],
        "phone": _phone(home, 5),
        "channels": channels(home) if channels else [],
    }
    door = np.floor(1 + 17 * draw[17]) * 100 + np.floor(1 + 4 * draw[18])
    return {
        "id": household_id(home),
        "area": area_of(home),
        "timezone": zone,
        "address": f"Building {home % HOMES_A_COMMUNITY // 10 + 1}, door {int(door)}",
        "residents": residents,
        "contacts": [contact],
        "devices": list(devices),
        "away": list(away),
    }
