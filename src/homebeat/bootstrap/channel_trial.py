"""`homebeat channel test`: sends somebody a test message on their channels, and prints what each provider says."""

from __future__ import annotations

import secrets
from typing import Final

from homebeat.bootstrap.channel_accounts import open_accounts
from homebeat.bootstrap.parts import make_command_options, make_egress_policy
from homebeat.deliver import ChannelResources, Receipt, open_channels
from homebeat.domain.channel import TEST_EVENT, get_address, get_limits, is_provable
from homebeat.domain.contact_id import list_channels, make_responder_contact
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import NotFound
from homebeat.domain.fleet import Channel
from homebeat.domain.ids import AlertId, ContactId
from homebeat.domain.instants import format_instant
from homebeat.domain.scope import EVERYTHING
from homebeat.settings.model import Settings
from homebeat.store import Leased, Store

#: A test message is about no alert.
_NO_ALERT: Final = AlertId("test")


def try_channels(settings: Settings, store: Store, who: str, place: int | None) -> int:
    """Send a test message on each channel of somebody, or on one; returns exit status 1 where one was not taken.

    Args:
        settings: With the accounts at providers.
        store: With the registry. What is sent counts for the limits of providers.
        who: A contact, or a responder, as they are notified (`domain.contact_id`).
        place: Of the channel in their list, from 0; None for all.

    Raises:
        NotFound: Nobody has this id, or no such channel.
    """
    channels, language = _find_channels(store, ContactId(who))
    places = [n for n in range(len(channels)) if place is None or n == place]
    if not places:
        raise NotFound(f"{who} has no channel" + (f" at place {place}, counted from 0" if channels else ""))
    senders = open_channels(
        ChannelResources(make_egress_policy(settings), make_command_options(settings), open_accounts(settings.channels))
    )
    failed = 0
    try:
        for n in places:
            notice = _make_notice(store, ContactId(who), n, channels[n], language, settings.link_base)
            if (due := _reserve(store, channels[n], notice.created_at)) is not None:
                print(
                    f"{n} {channels[n].kind}: not sent: the provider takes no more to this address before {format_instant(due)}"
                )
                failed += 1
                continue
            receipt = senders[channels[n].kind].send(notice, notice.created_at)
            print(f"{n} {channels[n].kind}: {_describe(channels[n].kind, receipt)}")
            failed += not receipt.ok
    finally:
        for sender in senders.values():
            sender.close()
    return 1 if failed else 0


def _find_channels(store: Store, who: ContactId) -> tuple[tuple[Channel, ...], str]:
    """Find somebody's channels, and the tag of the language that they read."""
    with store.read(EVERYTHING) as reader:
        contacts, responders = list(reader.fleet.iterate_contacts()), reader.duty.list_responders()
    languages = {contact.id: contact.language for contact in contacts}
    languages |= {make_responder_contact(one.id): one.language for one in responders}
    found = dict(list_channels(contacts, responders))
    if who not in found:
        raise NotFound(f"nobody in the registry has the id {who!r}: write HOME/ID for a contact, /ID for a responder")
    return found[who], languages[who]


def _reserve(store: Store, channel: Channel, now: int) -> int | None:
    limits = get_limits(channel.kind)
    if not limits:
        return None
    with store.begin() as tx:
        address = get_address(channel.kind, channel.params)
        return tx.sendings.reserve(channel.kind, address, limits, now, is_urgent=False)


def _make_notice(store: Store, who: ContactId, place: int, channel: Channel, language: str, link: str) -> Leased:
    now = store.read_now()
    return Leased(
        id=f"msg_{secrets.token_hex(12)}",
        alert_id=_NO_ALERT,
        contact=who,
        channel_kind=channel.kind,
        channel_index=place,
        channel_params=channel.params,
        event=TEST_EVENT,
        payload={"challenge": secrets.token_hex(16), "link": link},
        created_at=now,
        due_at=now,
        attempts=0,
        lease_until=now + MINUTE_MS,
        language=language,
    )


def _describe(kind: str, receipt: Receipt) -> str:
    words = [f"HTTP {receipt.status}"] if receipt.status is not None else []
    words += [f"code {receipt.provider_code}"] if receipt.provider_code else []
    said = f" ({', '.join(words)})" if words else ""
    if receipt.ok and not is_provable(kind):
        return "handed over, which proves nothing; ask whether it arrived"
    if receipt.ok:
        return f"taken{said}; ask whether it arrived"
    end = "; " + ("you have to act first" if receipt.needs_operator else "final") if receipt.is_final else ""
    return f"NOT taken{said}: {receipt.error}{end}"
