"""How roles with their areas are shown on a page, and chosen in a form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from homebeat.domain.errors import HomebeatError, Incomplete, NotPermitted
from homebeat.domain.fleet import Area
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Grant
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

if TYPE_CHECKING:
    from homebeat.actions.directory import Directory

#: A list of more areas than this helps nobody: then the id of the area is typed.
MOST_AREAS: Final = 500
NAME: Final = msg(
    "Nothing was made: this name cannot be used. It is in use, or was; or it has a colon or a slash, or more than 64 letters."
)
GRANT: Final = msg("Nothing was changed: there is no such role or area.")
NOT_YOURS: Final = msg("Nothing was changed: this takes a role that you may not give.")
_INDENT: Final = "\u2003"


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One role in its area. `role` and `area` are what a form sends, `area` empty for the whole installation."""

    role: str
    area: str
    name: str
    place: str


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a list to choose from."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class GrantChoice:
    """What a form offers.

    Attributes:
        areas: Empty where there are too many: then the form has a field to type an id into.
        is_everywhere: Whether a role may be given for the whole installation.
    """

    roles: Sequence[Option]
    areas: Sequence[Option]
    is_everywhere: bool


def explain_refusal(refused: HomebeatError, otherwise: str) -> tuple[str, int]:
    """Explain why an action on people was refused: a text of the catalogue, and the status. A state in its way is `otherwise`."""
    if isinstance(refused, NotPermitted):
        return NOT_YOURS, refused.status
    return (GRANT if isinstance(refused, Incomplete) else otherwise), refused.status


def make_grant(role: str, area: str) -> Grant:
    """Make a grant of what a form sent."""
    return Grant(role, AreaId(area) if area else None)


def make_grant_lines(grants: Iterable[Grant], areas: Mapping[AreaId, str], words: Wording) -> list[GrantLine]:
    """Make the lines of roles; `areas` has the names of areas by their ids."""
    return [
        GrantLine(grant.role, grant.area or "", words.role(grant.role), _name_place(grant.area, areas, words)) for grant in grants
    ]


def make_grant_choice(directory: Directory, words: Wording) -> GrantChoice | None:
    """Make what somebody may choose from; None for who may give nothing."""
    roles, areas, is_everywhere = directory.list_given()
    if not roles:
        return None
    return GrantChoice([Option(role, words.role(role)) for role in roles], make_area_options(areas), is_everywhere)


def make_area_options(areas: Sequence[Area]) -> list[Option]:
    """Make what a form offers of areas, what lies in an area after it; empty where there are too many."""
    if len(areas) > MOST_AREAS:
        return []
    return [Option(area.id, _INDENT * depth + area.name) for area, depth in _climb_down(areas)]


def _name_place(area: AreaId | None, areas: Mapping[AreaId, str], words: Wording) -> str:
    return words.text("Whole installation") if area is None else areas.get(area, area)


def _climb_down(areas: Sequence[Area]) -> list[tuple[Area, int]]:
    """Each area with its depth, what lies in it after it."""
    listed = {area.id for area in areas}
    below: dict[AreaId | None, list[Area]] = defaultdict(list)
    for area in areas:
        below[area.parent if area.parent in listed else None].append(area)
    found: list[tuple[Area, int]] = []
    waiting = [(area, 0) for area in reversed(below[None])]
    while waiting:
        area, depth = waiting.pop()
        found.append((area, depth))
        waiting += [(inner, depth + 1) for inner in reversed(below[area.id])]
    return found
