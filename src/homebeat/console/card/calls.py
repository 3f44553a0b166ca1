"""Whom to call about an alert, in order, with what became of each call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from homebeat.console.web.person import drop_mask, join_parts, show_masked
from homebeat.domain.call import Callee, CallResult, EnteredCall, find_call
from homebeat.domain.fleet import Contact
from homebeat.domain.phone import make_dial_uri
from homebeat.store import ResidentEntry, Step
from homebeat.wording import Wording

#: The buttons of a call, in the order in which they are needed.
RESULTS: Final = (CallResult.SPOKE, CallResult.NO_ANSWER, CallResult.OFF, CallResult.WRONG_NUMBER)


@dataclass(frozen=True, slots=True)
class CallLine:
    """Somebody to call.

    Attributes:
        callee: A resident or a contact, as `domain.call.Callee` names them.
        id: Of them.
        about: How they are related, and what else is known of them.
        href: Dials the number; empty where there is none, or it is hidden.
        holds_key: They have a key to the home.
        ways: The channels by which they are told.
        last: What became of the newest call; empty for none.
    """

    callee: str
    id: str
    name: str
    about: str
    number: str
    href: str
    holds_key: bool = False
    ways: str = ""
    last: str = ""


def list_call_lines(
    concerned: Sequence[ResidentEntry], contacts: Sequence[Contact], history: Iterable[Step], words: Wording, zone: str
) -> list[CallLine]:
    """List everybody to call: the residents, then the contacts in call order. Who lives in the home stands there once."""
    last = _list_last(history, words, zone)
    lines = [
        CallLine(
            callee=Callee.RESIDENT.value,
            id=one.resident.id,
            name=drop_mask(one.resident.name) or one.resident.id,
            about=words.text("the resident"),
            number=show_masked(one.resident.phone, words),
            href=make_dial_uri(one.resident.phone),
            last=last.get((Callee.RESIDENT, one.resident.id), ""),
        )
        for one in concerned
    ]
    return lines + [_make_contact_line(one, last.get((Callee.CONTACT, one.id), ""), words) for one in contacts]


def name_callee(call: EnteredCall, names: Mapping[str, str], words: Wording) -> str:
    """Name whom somebody called, as far as `names` (by id) shows it."""
    if call.callee is Callee.EMERGENCY:
        return call.id
    return names.get(call.id, "") or words.callee(call.callee.value)


def _make_contact_line(contact: Contact, last: str, words: Wording) -> CallLine:
    kinds = words.join_list(*dict.fromkeys(words.channel(way.kind) for way in contact.channels))
    about = join_parts(
        show_masked(contact.relation, words), words.text("answers for the family") if contact.is_representative else ""
    )
    return CallLine(
        callee=Callee.CONTACT.value,
        id=contact.id,
        name=show_masked(contact.name, words),
        about=about,
        number=show_masked(contact.phone, words),
        href=make_dial_uri(contact.phone),
        holds_key=contact.holds_key,
        ways=words.text("told by %(ways)s", ways=kinds) if kinds else "",
        last=last,
    )


def _list_last(history: Iterable[Step], words: Wording, zone: str) -> dict[tuple[Callee, str], str]:
    found: dict[tuple[Callee, str], str] = {}
    for step in history:
        if (call := find_call(step.reason)) is not None:
            found[call.callee, call.id] = join_parts(words.call_result(call.result.value), words.clock(step.at, zone))
    return found
