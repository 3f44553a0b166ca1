"""How a person, a home and an actor are named on the page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Protocol

from homebeat.domain.actor import ActorKind
from homebeat.domain.personal import Illegible
from homebeat.domain.role import Field
from homebeat.domain.service_alerts import MISREAD
from homebeat.store import AlertEntry
from homebeat.wording import Wording


def write_age(birth_year: int | None, now: int, words: Wording) -> str:
    """The age by year of birth; empty when it is not known."""
    if birth_year is None:
        return ""
    return words.text("%(age)s years old", age=datetime.fromtimestamp(now / 1000, UTC).year - birth_year)


def format_iso(at: int) -> str:
    """Epoch ms for a `datetime` attribute."""
    return datetime.fromtimestamp(at // 1000, UTC).isoformat().replace("+00:00", "Z")


class Place(Protocol):
    """Somewhere in an area, with what that lies in; names are empty where there is none."""

    @property
    def address(self) -> str:
        """As the fleet file has it."""
        ...

    @property
    def area_name(self) -> str:
        """Of the area that it lies in."""
        ...

    @property
    def above_name(self) -> str:
        """Of the area above that."""
        ...


def join_parts(*parts: str) -> str:
    """The parts that say something, with a dot between."""
    return " · ".join(part for part in parts if part)


def write_address(place: Place, *, above: bool) -> str:
    """An address with its area before it, and that area's own with `above`, as far as the address does not say them itself.

    Of an address that is masked, the areas are left.
    """
    names = (place.above_name if above else "", place.area_name)
    address = drop_mask(place.address)
    return join_parts(*(name for name in names if name not in address), address)


def drop_mask(text: str) -> str:
    """Leave out what is masked: a page says once which fields are."""
    return "" if text == Illegible.HIDDEN else text


def show_masked(text: str, words: Wording) -> str:
    """A text, or in words that it is masked."""
    return words.text("[hidden from your role]") if text == Illegible.HIDDEN else text


def list_hidden(hidden: Iterable[Field], words: Wording) -> str:
    """What is masked on a page, in words; empty for nothing."""
    return words.join_list(*(words.field(field) for field in Field if field in set(hidden)))


def write_place(entry: AlertEntry, words: Wording, *, above: bool = False) -> str:
    """Where the alert is: the home's area and address, or what it is about instead of a home."""
    about = entry.alert.subject
    if about.household is not None:
        return write_address(entry, above=above) or about.household
    if about.area is not None:
        return entry.area_name or about.area
    if about.device is not None:
        return words.text("no home: device %(device)s", device=about.device)
    if entry.alert.rule == MISREAD:
        model = str(entry.alert.reason.params.get("model", ""))
        return words.text("devices of the model %(model)s", model=model) if model else words.text("devices of one model")
    return words.text("homebeat itself")


def name_actor(actor: str, words: Wording) -> str:
    """Who did it: a user by name, a contact by its id, the resident, and homebeat itself by whichever part."""
    kind, _, name = actor.partition(":")
    match kind:
        case ActorKind.RESIDENT:
            return words.text("the resident")
        case ActorKind.COMMAND:
            return words.text("%(name)s at the command line", name=name)
        case ActorKind.ENGINE | ActorKind.CLOCK | ActorKind.SERVICE:
            return words.text("recorded past") if name == "history" else words.text("homebeat (automatic)")
    return name or actor
