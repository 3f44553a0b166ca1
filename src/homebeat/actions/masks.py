"""Puts masks where a role does not show something."""

from __future__ import annotations

from dataclasses import replace

from homebeat.domain.personal import Illegible
from homebeat.domain.role import Field
from homebeat.store import AlertEntry, ResidentEntry


def mask_text(text: str) -> str:
    """Mask a text; what is empty says nothing and stays so."""
    return Illegible.HIDDEN if text else ""


def mask_resident(entry: ResidentEntry, hidden: frozenset[Field]) -> ResidentEntry:
    """Mask what is hidden of a resident."""
    person, state = entry.resident, entry.state
    if Field.HABITS in hidden and state is not None:
        state = replace(state, away=False)
    if Field.NAME in hidden:
        person = replace(person, name=mask_text(person.name), birth_year=None, need=None)
    if Field.PHONE in hidden:
        person = replace(person, phone=mask_text(person.phone))
    if Field.NOTES in hidden:
        person = replace(person, notes=mask_text(person.notes))
    address = mask_text(entry.address) if Field.ADDRESS in hidden else entry.address
    return replace(entry, resident=person, address=address, state=state, hidden=hidden)


def mask_alert(entry: AlertEntry, hidden: frozenset[Field]) -> AlertEntry:
    """Mask what is hidden of the resident and the home of an alert."""
    if not hidden:
        return entry
    name, birth_year, address = entry.resident_name, entry.birth_year, entry.address
    if Field.NAME in hidden:
        name, birth_year = mask_text(name), None
    if Field.ADDRESS in hidden:
        address = mask_text(address)
    return replace(entry, resident_name=name, birth_year=birth_year, address=address, hidden=hidden)
