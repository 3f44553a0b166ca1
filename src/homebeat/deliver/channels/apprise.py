"""The channel through Apprise, for a service that has no channel of its own here. It proves nothing, and is off by default.

Apprise opens its own connections, and says yes to HTTP 200 whatever stands in the answer. So it runs in a process of its own,
which is confined to what our policy for outgoing calls allows, and what it says yes to counts as handed over, never as arrived.
"""

from __future__ import annotations

import importlib.util
import json
import ssl
import subprocess
import sys
import threading
import time
from typing import Final

from homebeat.deliver.message import write_message
from homebeat.deliver.ports import NO_CHANNEL, Receipt
from homebeat.deliver.poster import Poster
from homebeat.domain.apprise_address import find_apprise_fault, find_apprise_server
from homebeat.egress.apprise_courier import HandOver
from homebeat.store import Leased

#: So many processes at a time: each takes about 60 MB and half a second of a processor.
MOST_PROCESSES: Final = 8
_COMMAND: Final = (sys.executable, "-I", "-m", "homebeat.egress.apprise_courier")
_NOT_ALLOWED: Final = Receipt(
    ok=False,
    error="nothing goes through Apprise before [channels.apprise] allows it, and its package is installed",
    is_final=True,
    needs_operator=True,
)
# the same for refused, unknown, silent and not allowed: the answer must not map our own network
_NOT_TAKEN: Final = Receipt(ok=False, error="Apprise could not hand it over: the service refused it or could not be reached")
_TOO_LONG: Final = Receipt(ok=False, error="the service took too long")


def is_installed() -> bool:
    """Whether the package of the extra `homebeat[apprise]` is there; it is not loaded for that."""
    return importlib.util.find_spec("apprise") is not None


class AppriseChannel:
    """Hands the message to `channel_params["url"]`, a process for each attempt.

    Args:
        poster: With the policy, and the time that an attempt may take.
        is_allowed: Whether the settings allow it.
        authorities: A file of certificate authorities; by default those that this machine trusts.
    """

    def __init__(self, poster: Poster, *, is_allowed: bool, authorities: str | None = None) -> None:
        self._policy = poster.policy
        self._timeout_s = poster.timeout_s
        self._is_allowed = is_allowed
        trusted = authorities or ssl.get_default_verify_paths().cafile
        # nothing of our own environment: a proxy in it would be called in place of the service
        self._environment = {"LANG": "C.UTF-8"} | ({"REQUESTS_CA_BUNDLE": trusted} if trusted else {})
        self._free = threading.BoundedSemaphore(MOST_PROCESSES)

    def close(self) -> None:
        """Nothing stays open between attempts."""

    def send(self, notice: Leased, now: int) -> Receipt:  # noqa: ARG002 -- no clock is asked
        """Make one attempt; that Apprise says yes proves nothing, so the next channel of the person begins all the same."""
        if notice.channel_params is None:
            return NO_CHANNEL
        if not self._is_allowed:
            return _NOT_ALLOWED
        url = notice.channel_params.get("url", "")
        if fault := find_apprise_fault(url):
            return Receipt(ok=False, error=f"the address {fault}", is_final=True)
        if (server := find_apprise_server(url)) and (fault := self._policy.find_fault(server)):
            return Receipt(ok=False, error=fault, is_final=True)
        ends = time.monotonic() + self._timeout_s
        if not self._free.acquire(timeout=self._timeout_s):
            return Receipt(ok=False, error=f"{MOST_PROCESSES} other messages were being handed to Apprise")
        try:
            return self._hand_over(url, write_message(notice).text, ends - time.monotonic())
        finally:
            self._free.release()

    def _hand_over(self, url: str, text: str, seconds: float) -> Receipt:
        ports = None if self._policy.ports is None else sorted(self._policy.ports)
        allowed = {"allow_private": self._policy.allow_private, "allow_http": self._policy.allow_http, "ports": ports}
        asked = json.dumps({"url": url, "text": text, "seconds": seconds, **allowed})
        try:
            ended = subprocess.run(  # noqa: S603 -- a constant command; the message goes through its input
                _COMMAND,
                input=asked.encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                env=self._environment,
                cwd="/",
                check=False,
            )
        except subprocess.TimeoutExpired:
            return _TOO_LONG
        except OSError:
            return Receipt(ok=False, error="no process could be started for Apprise")
        return _judge(ended.stdout.decode("ascii", "replace") if ended.returncode == 0 else "")


def _judge(word: str) -> Receipt:
    if word == HandOver.HANDED_OVER:
        return Receipt(ok=True, awaits_proof=True)
    if word == HandOver.UNUSABLE:
        return Receipt(ok=False, error="Apprise does not take this address", is_final=True)
    return _NOT_TAKEN
