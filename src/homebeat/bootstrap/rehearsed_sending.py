"""Which messages of a rehearsal really leave: without the operator's word, none that could reach a family."""

from __future__ import annotations

import ipaddress
import threading
from typing import Final
from urllib.parse import urlsplit

from homebeat.deliver import Receipt, Sender
from homebeat.domain.channel import WEBHOOK
from homebeat.domain.notice import COMMAND
from homebeat.store import Leased

_TAKEN: Final = Receipt(ok=True)


class RehearsedSending:
    """Sends webhooks to this machine; all others count as taken, and are not sent unless the operator says so.

    A question to a band is never sent: the band is on somebody's wrist, on the broker of the settings.

    Attributes:
        withheld: How many were not sent.
    """

    def __init__(self, *, to_others: bool) -> None:
        self.withheld = 0
        self._to_others, self._lock = to_others, threading.Lock()

    def wrap(self, sender: Sender) -> Sender:
        """Put this in front of a sender."""
        return _Gate(self, sender)

    def may_leave(self, notice: Leased) -> bool:
        """Whether a message leaves; one that does not is counted."""
        address = (notice.channel_params or {}).get("url", "")
        leaves = notice.channel_kind != COMMAND and (
            self._to_others or (notice.channel_kind == WEBHOOK and _is_of_this_machine(address))
        )
        with self._lock:
            self.withheld += not leaves
        return leaves


class _Gate:
    def __init__(self, sending: RehearsedSending, sender: Sender) -> None:
        self._sending, self._sender = sending, sender

    def send(self, notice: Leased, now: int) -> Receipt:
        """Send it, or count it as taken."""
        return self._sender.send(notice, now) if self._sending.may_leave(notice) else _TAKEN

    def close(self) -> None:
        """Close the sender behind it."""
        self._sender.close()


def _is_of_this_machine(address: str) -> bool:
    try:
        host = urlsplit(address).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
