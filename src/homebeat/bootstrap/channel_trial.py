"""`homebeat channel test`: sends somebody a test message on their channels, and prints what each provider says.

It is the test of the console: the same action writes the same notices. Here they are sent at once, so that it works while no
`homebeat serve` runs.
"""

from __future__ import annotations

import getpass
import random
import secrets
import threading
from collections.abc import Mapping
from typing import Final

from homebeat.actions import TryContact, TryResponder, perform_in
from homebeat.bootstrap.channel_accounts import list_account_limits, open_accounts
from homebeat.bootstrap.parts import make_command_options, make_egress_policy, make_unique_name
from homebeat.deliver import ChannelResources, Receipt, Sender, StoreOutbox, open_channels
from homebeat.deliver.attempt import Attempts
from homebeat.deliver.outbox import LEASE_MS
from homebeat.domain.channel import is_provable
from homebeat.domain.contact_id import find_responder
from homebeat.domain.failpoints import pass_failpoint
from homebeat.domain.ids import ContactId
from homebeat.domain.principal import make_command
from homebeat.domain.scope import EVERYTHING
from homebeat.settings.model import Settings
from homebeat.store import Leased, MessageEntry, Store

_TAKEN_ELSEWHERE: Final = "homebeat serve sends it: the console and GET /api/v1/deliveries say how that went"


class _Heard:
    """Sends as another sender does, and keeps what the provider said."""

    def __init__(self, sender: Sender, receipts: dict[str, Receipt]) -> None:
        self._sender = sender
        self._receipts = receipts

    def send(self, notice: Leased, now: int) -> Receipt:
        self._receipts[notice.id] = receipt = self._sender.send(notice, now)
        return receipt

    def close(self) -> None:
        self._sender.close()


def try_channels(settings: Settings, store: Store, who: str, place: int | None, *, is_expected: bool) -> int:
    """Send a test message on each channel of somebody, or on one; returns exit status 1 where one was not taken.

    Args:
        settings: With the accounts at providers.
        store: With the registry. What is sent counts for the limits of providers.
        who: A contact, or a responder, as they are notified (`domain.contact_id`).
        place: Of the channel in their list, from 0; None for all.
        is_expected: They know that it comes.

    Raises:
        NotFound: Nobody has this id, or no such channel.
        Incomplete: A call or a text message that nobody expects.
        NotAllowed: Too many were sent lately.
    """
    contact, principal, now, owner = ContactId(who), make_command(getpass.getuser()), store.read_now(), make_unique_name()
    responder = find_responder(contact)
    action = TryContact(contact, place, is_expected) if responder is None else TryResponder(responder, place, is_expected)
    with store.begin() as tx:
        trial = perform_in(tx, principal, action, now)
        claimed = tx.outbox.take(trial.notices, now, owner, LEASE_MS)
    receipts: dict[str, Receipt] = {}
    senders: Mapping[str, Sender] = {
        kind: _Heard(sender, receipts)
        for kind, sender in open_channels(
            ChannelResources(make_egress_policy(settings), make_command_options(settings), open_accounts(settings.channels))
        ).items()
    }
    outbox = StoreOutbox(store, owner, accounts=list_account_limits(settings.channels))
    chance = random.Random(secrets.randbits(64))  # noqa: S311 -- spreads retries, guards nothing
    attempts = Attempts(outbox, senders, store.read_now, chance, pass_failpoint, threading.Event())
    try:
        for notice in claimed:
            attempts.make(notice)
    finally:
        for sender in senders.values():
            sender.close()
    with store.read(EVERYTHING) as reader:
        entries = reader.outbox.list_tests(trial.notices)
    by_index = {notice.channel_index: receipts.get(notice.id) for notice in claimed}
    for entry in entries:
        print(f"{entry.index} {entry.channel_kind}: {_describe(entry, by_index.get(entry.index))}")
    return 1 if any((found := by_index.get(entry.index)) is None or not found.ok for entry in entries) else 0


def _describe(entry: MessageEntry, receipt: Receipt | None) -> str:
    if receipt is None:
        return f"not sent: {entry.error}" if entry.error else _TAKEN_ELSEWHERE
    words = [f"HTTP {receipt.status}"] if receipt.status is not None else []
    words += [f"code {receipt.provider_code}"] if receipt.provider_code else []
    said = f" ({', '.join(words)})" if words else ""
    if receipt.ok and not is_provable(entry.channel_kind):
        return "handed over, which proves nothing; ask whether it arrived"
    if receipt.ok:
        return f"taken{said}; ask whether it arrived"
    end = "; " + ("you have to act first" if receipt.needs_operator else "final") if receipt.is_final else ""
    return f"NOT taken{said}: {receipt.error}{end}"
