"""Puts links into what contacts, and those who go to the door, are sent: one for each attempt, stored before anything leaves."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from homebeat.domain.channel import SMS, TEST_EVENT, VOICE, is_for_contact
from homebeat.domain.contact_id import find_responder
from homebeat.domain.errors import Refused
from homebeat.domain.family_note import FAMILY_NOTES
from homebeat.domain.notice import VISIT_PATH
from homebeat.identity.message_link import LINK_LASTS_MS, digest_link_token, make_link_code, make_link_token
from homebeat.store import Leased, MessageLink, UnitOfWork

#: Where the page is, after what the family's links begin with.
FAMILY_PATH: Final = "/f/"
#: Kinds of channel over which a link cannot be followed: a code is typed instead.
_TYPED: Final = frozenset({SMS, VOICE})
_log = logging.getLogger(__name__)


def add_message_links(tx: UnitOfWork, claimed: Sequence[Leased], now: int, base: str) -> list[Leased]:
    """Give each of these notices that goes to somebody without an account a link of its own, in place of the desk's.

    A contact's leads to the family's page, that of whoever goes to the door to the page of the visit. A text message or a call
    gets a code besides. A link that was made for an earlier attempt goes on: the receiver may have kept that message. If the
    database refuses the links, the notices go as they are: nobody is told later because of a link.

    Args:
        tx: The transaction of the claim.
        claimed: What was claimed in it.
        now: Epoch ms, by the database's clock.
        base: What links begin with.
    """
    tokens = {notice.id: make_link_token() for notice in claimed if _find_path(notice)}
    codes = {notice.id: make_link_code() for notice in claimed if notice.id in tokens and notice.channel_kind in _TYPED}
    links = [
        MessageLink(
            digest_link_token(tokens[notice.id]),
            notice.id,
            notice.contact,
            now,
            now + LINK_LASTS_MS,
            code=codes.get(notice.id, ""),
        )
        for notice in claimed
        if notice.id in tokens
    ]
    if not links:
        return list(claimed)
    try:
        with tx.begin_part():
            tx.message_links.add(links)
    except Refused as refused:
        _log.error("messages go without links of their own: %s", refused)
        return list(claimed)
    return [_put_link(notice, base, tokens.get(notice.id), codes.get(notice.id, "")) for notice in claimed]


def _find_path(notice: Leased) -> str:
    """Find which page a notice leads to; empty for the desk's, and for what leads nowhere."""
    if not is_for_contact(notice.channel_kind) or notice.channel_params is None or notice.event == TEST_EVENT:
        return ""
    if find_responder(notice.contact) is None:
        return "" if notice.event in FAMILY_NOTES else FAMILY_PATH
    return VISIT_PATH if str(notice.payload.get("link", "")).endswith(VISIT_PATH) else ""


def _put_link(notice: Leased, base: str, token: str | None, code: str) -> Leased:
    if token is None:
        return notice
    more: dict[str, str] = {"link": f"{base}{_find_path(notice)}{token}"} | ({"code": code} if code else {})
    return replace(notice, payload={**notice.payload, **more})
