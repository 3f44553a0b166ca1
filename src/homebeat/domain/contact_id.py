"""As whom somebody is notified.

A contact's identity, wherever they stand in the list: the id from the fleet file, else one derived from home and name. And a
responder's, in the place where contacts are named.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from homebeat.domain.fleet import Channel, Contact, Household, Responder
from homebeat.domain.ids import ContactId, HouseholdId, ResponderId

_DIGITS: Final = 12


def make_contact_id(household: HouseholdId, own: str) -> ContactId:
    """Make the id of a contact in the whole registry. `own` is unique in the home only, and may stand in the fleet file."""
    return ContactId(f"{household}/{own}")


def make_responder_contact(responder: ResponderId) -> ContactId:
    """Make the id under which a responder is notified: `/ID`. A contact's begins with a home, so that the two never meet."""
    return ContactId(f"/{responder}")


def find_responder(contact: ContactId) -> ResponderId | None:
    """Find whose id it is that a notice goes to; None for a contact or a device."""
    return ResponderId(contact[1:]) if contact.startswith("/") else None


def list_channels(
    contacts: Iterable[Contact], responders: Iterable[Responder]
) -> Iterator[tuple[ContactId, tuple[Channel, ...]]]:
    """List everybody's channels, each with as whom they are notified."""
    yield from ((contact.id, contact.channels) for contact in contacts)
    yield from ((make_responder_contact(one.id), one.channels) for one in responders)


def derive_own_id(name: str) -> str:
    """Derive the id within the home for a contact without one in the fleet file: same name, same id, and it hides the name."""
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    return f"n-{hashlib.sha256(plain.encode()).hexdigest()[:_DIGITS]}"


def is_derived(contact: Contact) -> bool:
    """Whether a contact's id was derived from the name."""
    return contact.id.endswith(f"/{derive_own_id(contact.name)}")


def find_newly_given(homes: Iterable[Household], known: Collection[ContactId]) -> dict[ContactId, ContactId]:
    """Contacts who had no id and are given one under the same name: the new id by the id that was derived from their name.

    Args:
        homes: As they are to be.
        known: The ids of contacts in the registry, retired ones included.
    """
    found: dict[ContactId, ContactId] = {}
    for home in homes if known else ():
        wanted = {contact.id for contact in home.contacts}
        for contact in (contact for contact in home.contacts if contact.id not in known):
            old = make_contact_id(home.id, derive_own_id(contact.name))
            if old in known and old not in wanted:
                found.setdefault(old, contact.id)
    return found
