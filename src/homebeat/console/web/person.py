"""How a person, a home and an actor are named on the page."""

from __future__ import annotations

from datetime import UTC, datetime

from homebeat.store import AlertEntry
from homebeat.wording import Wording


def age_text(birth_year: int | None, now: int, words: Wording) -> str:
    """The age by year of birth; empty when it is not known."""
    if birth_year is None:
        return ""
    return words.text("%(age)s years old", age=datetime.fromtimestamp(now / 1000, UTC).year - birth_year)


def iso(at: int) -> str:
    """Epoch ms for a `datetime` attribute."""
    return datetime.fromtimestamp(at // 1000, UTC).isoformat().replace("+00:00", "Z")


def joined(*parts: str) -> str:
    """The parts that say something, with a dot between."""
    return " · ".join(part for part in parts if part)


def place_of(entry: AlertEntry, words: Wording) -> str:
    """Where the alert is: the home's address, or what it is about instead of a home."""
    about = entry.alert.subject
    if about.household is not None:
        return entry.address or about.household
    if about.area is not None:
        return entry.area_name or about.area
    return words.text("no home: device %(device)s", device=about.device) if about.device else words.text("homebeat itself")


def actor_name(actor: str, words: Wording) -> str:
    """Who did it: a user by token name, a contact by its id, the engine as such."""
    kind, _, name = actor.partition(":")
    if kind == "engine":
        return words.text("homebeat")
    return name or actor
