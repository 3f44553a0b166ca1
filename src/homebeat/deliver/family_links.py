"""Puts the family's link into what contacts are sent: one of its own for each attempt, stored before anything leaves."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from homebeat.domain.channel import is_for_contact
from homebeat.domain.contact_id import find_responder
from homebeat.domain.errors import Refused
from homebeat.identity.family_link import FAMILY_LINK_LASTS_MS, digest_family_token, make_family_token
from homebeat.store import FamilyLink, Leased, UnitOfWork

#: Where the page is, after what the family's links begin with.
FAMILY_PATH: Final = "/f/"
_log = logging.getLogger(__name__)


def add_family_links(tx: UnitOfWork, claimed: Sequence[Leased], now: int, base: str) -> list[Leased]:
    """Give each of these notices that goes to a contact a link to the family's page, in place of the desk's.

    A link that was made for an earlier attempt goes on: the receiver may have kept that message. If the database refuses the
    links, the notices go as they are: nobody is told later because of a link.

    Args:
        tx: The transaction of the claim.
        claimed: What was claimed in it.
        now: Epoch ms, by the database's clock.
        base: What links begin with.
    """
    tokens = {notice.id: make_family_token() for notice in claimed if _is_for_family(notice)}
    links = [
        FamilyLink(digest_family_token(tokens[notice.id]), notice.id, notice.contact, now, now + FAMILY_LINK_LASTS_MS)
        for notice in claimed
        if notice.id in tokens
    ]
    if not links:
        return list(claimed)
    try:
        with tx.begin_part():
            tx.family_links.add(links)
    except Refused as refused:
        _log.error("messages go without the family's link: %s", refused)
        return list(claimed)
    return [_put_link(notice, base, tokens.get(notice.id)) for notice in claimed]


def _is_for_family(notice: Leased) -> bool:
    is_family = is_for_contact(notice.channel_kind) and find_responder(notice.contact) is None
    return is_family and notice.channel_params is not None


def _put_link(notice: Leased, base: str, token: str | None) -> Leased:
    return notice if token is None else replace(notice, payload={**notice.payload, "link": f"{base}{FAMILY_PATH}{token}"})
