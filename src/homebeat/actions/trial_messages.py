"""Writes test messages: what trying a contact's and a responder's channels share. They go through the outbox like any other."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from homebeat.domain.channel import SMS, TEST_EVENT, VOICE, SendLimit
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound
from homebeat.domain.instants import format_instant
from homebeat.domain.notice import Notice

if TYPE_CHECKING:
    from homebeat.actions.work import Work
    from homebeat.domain.ids import ContactId

#: What was not sent so long after somebody asked for it is not sent any more: nobody waits for it.
LASTS_MS: Final = 5 * MINUTE_MS
#: So many tests go to one person, and so many are sent by one person.
TO_ONE: Final = SendLimit(3, 600)
BY_ONE: Final = SendLimit(20, 3_600)
#: Here a provider says what was approved, which may be that somebody needs help: whoever gets it has to know that it comes.
ANNOUNCED: Final = frozenset({SMS, VOICE})


@dataclass(frozen=True, slots=True)
class Trial:
    """Test messages that wait in the outbox: their ids, and the kinds of channel they go over, in the order of the list."""

    contact: ContactId
    notices: tuple[str, ...]
    kinds: tuple[str, ...]


def write_trial(work: Work, contact: ContactId, place: int | None, *, is_expected: bool) -> Trial:
    """Write a test message for each channel of somebody, or for one.

    Args:
        work: Of the action.
        contact: As they are notified (`domain.contact_id`).
        place: Of the channel in their list, from 0; None for all.
        is_expected: They know that it comes.

    Raises:
        NotFound: Nobody has this id, or no such channel.
        Incomplete: A call or a text message that nobody expects.
        NotAllowed: Too many were sent lately.
    """
    ways = work.tx.outbox.find_ways([contact]).get(contact, [])
    chosen = [way for way in ways if place is None or way[2] == place]
    if not chosen:
        raise NotFound(f"{contact} has no channel" + (f" at place {place}, counted from 0" if ways else ""))
    if not is_expected and any(kind in ANNOUNCED for _, kind, _ in chosen):
        raise Incomplete("a call or a text message may say that somebody needs help: tell them before that it comes")
    _count(work, contact)
    payload = {"expires_at": format_instant(work.now + LASTS_MS), "challenge": secrets.token_hex(16)}
    cause = hashlib.sha256(f"trial {work.now} {work.actor} {contact} {place}".encode()).hexdigest()
    notices = [Notice(None, *way, TEST_EVENT, work.now, payload, cause) for way in chosen]
    work.tx.outbox.add(notices, work.now)
    return Trial(contact, tuple(one.id for one in notices), tuple(one.channel_kind for one in notices))


def _count(work: Work, contact: ContactId) -> None:
    for name, limit in ((f"to {contact}", TO_ONE), (f"by {work.actor}", BY_ONE)):
        if work.tx.sendings.reserve("trial", name, (limit,), work.now, is_urgent=True) is not None:
            raise NotAllowed(
                f"at most {TO_ONE.most} tests go to one person in {TO_ONE.within_s // 60} minutes, and one person sends at most "
                f"{BY_ONE.most} in an hour"
            )
