"""Who a contact is, whatever their place in the list: by the id that the fleet file gives them, else by home and name."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Container, Iterable
from typing import Final

from homebeat.domain.fleet import Contact, Household
from homebeat.domain.ids import ContactId, HouseholdId

_DIGITS: Final = 12


def make_contact_id(household: HouseholdId, own: str) -> ContactId:
    """The id of a contact in the whole registry. `own` is unique in the home only, and may be written into the fleet file."""
    return ContactId(f"{household}/{own}")


def derive_own_id(name: str) -> str:
    """The id within the home of a contact to whom the fleet file gives none: the same for the same name, without showing it."""
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    return f"n-{hashlib.sha256(plain.encode()).hexdigest()[:_DIGITS]}"


def is_derived(contact: Contact) -> bool:
    """Whether a contact is known by name, for want of an id."""
    return contact.id.endswith(f"/{derive_own_id(contact.name)}")


def find_newly_given(homes: Iterable[Household], known: Container[ContactId]) -> dict[ContactId, ContactId]:
    """Contacts who had no id and are given one under the same name: the new id by the id that was derived from their name.

    Args:
        homes: As they are to be.
        known: The ids of contacts in the registry, retired ones included.
    """
    found: dict[ContactId, ContactId] = {}
    for home in homes:
        wanted = {contact.id for contact in home.contacts}
        for contact in (contact for contact in home.contacts if contact.id not in known):
            old = make_contact_id(home.id, derive_own_id(contact.name))
            if old in known and old not in wanted:
                found.setdefault(old, contact.id)
    return found
