"""What somebody sees of a home as it is written down, and of what it was before: tables of the fleet file, with masks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from homebeat.actions.view import View
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import HouseholdId
from homebeat.domain.personal import Illegible
from homebeat.domain.role import Field
from homebeat.registry.home_difference import HomeDifference, compare_homes
from homebeat.registry.home_tree import write_home
from homebeat.store import HomeChange, HouseholdDetail

#: What hides a part, or a field of the entries of a part.
_HIDES: Final[Mapping[tuple[str, str], frozenset[Field]]] = {
    **{(part, ""): frozenset({Field.ADDRESS}) for part in ("address", "access", "building", "position")},
    ("contacts", ""): frozenset({Field.CONTACTS}),
    ("contacts", "phone"): frozenset({Field.PHONE}),
    ("away", ""): frozenset({Field.HABITS}),
    ("away", "reason"): frozenset({Field.ADDRESS}),
    ("residents", "name"): frozenset({Field.NAME}),
    ("residents", "birth_year"): frozenset({Field.NAME}),
    ("residents", "need"): frozenset({Field.NAME}),
    ("residents", "phone"): frozenset({Field.PHONE}),
    ("residents", "notes"): frozenset({Field.NOTES}),
}


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One change of a home, with the fields that differ; a home that was added or retired has none.

    Attributes:
        change: Its `before` and `after` have no masks: they are for whether it can be undone, and shown to nobody.
    """

    change: HomeChange
    differences: tuple[HomeDifference, ...]


def require_household(view: View, household: HouseholdId) -> HouseholdDetail:
    """Find one home with everything in it, also a retired one.

    Raises:
        NotFound: There is none.
    """
    detail = view.find_household(household)
    if detail is None:
        raise NotFound("there is no such household")
    return detail


def find_hidden(detail: HouseholdDetail) -> frozenset[Field]:
    """Find which fields of a home, or of anybody who lives there, are not shown, because of the role or of consent."""
    return detail.entry.hidden.union(detail.withdrawn, *(one.hidden for one in detail.entry.residents))


def show_home(view: View, detail: HouseholdDetail) -> dict[str, Any]:
    """Show a home that this view has found as a table of the fleet file; empty for a retired one."""
    found = view.reader.fleet.load_home(detail.entry.household)
    return {} if found is None else mask_home(write_home(found), find_hidden(detail))


def show_changes(view: View, detail: HouseholdDetail, most: int) -> list[ShownChange]:
    """Show what was changed of a home that this view has found, the newest first, with what it was before; `most` of them."""
    hidden = find_hidden(detail)
    shown = []
    for one in view.reader.home_changes.list_of(detail.entry.household)[:most]:
        differences = [] if one.before is None or one.after is None else compare_homes(one.before, one.after)
        masked = [mask_difference(each, hidden) for each in differences]
        kept = tuple(each for at, each in enumerate(masked) if each not in masked[:at])
        shown.append(ShownChange(one, kept))
    # a number that stands nowhere any more is one all the same
    past = {(each.part, each.field) for one in shown for each in one.differences}
    fields = {field for part, name in past for place in ((part, ""), (part, name)) for field in _HIDES.get(place, ())}
    view.note(f"household:{detail.entry.household}", fields - hidden)
    return shown


def mask_home(tree: Mapping[str, Any], hidden: frozenset[Field]) -> dict[str, Any]:
    """Mask a table of a home. A list is empty where all of it is hidden; addresses of channels are shown to nobody."""
    return {part: _mask_part(part, value, hidden) for part, value in tree.items()}


def mask_difference(one: HomeDifference, hidden: frozenset[Field]) -> HomeDifference:
    """Mask what was and what is in a difference; of a part that is hidden no entry is named either."""
    if _is_hidden(one.part, "", hidden):
        return HomeDifference(one.part, "", "", _mask(one.before is not None), _mask(one.after is not None))
    if one.field == "channels":
        return replace(one, before=_mask_channels(one.before), after=_mask_channels(one.after))
    entry = Illegible.HIDDEN.value if one.part == "residents" and Field.NAME in hidden else one.entry
    if _is_hidden(one.part, one.field, hidden):
        return replace(one, entry=entry, before=_mask(one.before), after=_mask(one.after))
    return replace(one, entry=entry)


def _is_hidden(part: str, field: str, hidden: frozenset[Field]) -> bool:
    return bool(_HIDES.get((part, field), frozenset()) & hidden)


def _mask_part(part: str, value: Any, hidden: frozenset[Field]) -> Any:
    if _is_hidden(part, "", hidden):
        return [] if isinstance(value, list) else _mask(value)
    if part not in {"residents", "contacts", "away"}:
        return value
    return [{name: _mask_field(part, name, each, hidden) for name, each in one.items()} for one in value]


def _mask_field(part: str, name: str, value: Any, hidden: frozenset[Field]) -> Any:
    if name == "channels":
        return _mask_channels(value)
    return _mask(value) if _is_hidden(part, name, hidden) else value


def _mask(value: Any) -> str | None:
    return Illegible.HIDDEN.value if value else None


def _mask_channels(channels: Any) -> Any:
    if channels is None:
        return None
    return [{name: each if name == "kind" else Illegible.HIDDEN.value for name, each in one.items()} for one in channels]
