"""Hands one message to Apprise, in a process of its own: `python -I -m homebeat.egress.apprise_courier`.

It reads one JSON object from its input and writes one word to its output. The address, which holds secrets, stands neither in its
arguments nor in its environment, and whatever Apprise logs goes nowhere.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import sysconfig
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from homebeat.egress.confinement import Confinement
from homebeat.egress.policy import EgressPolicy

#: Bytes of address space; without a message it takes 200 MB. An answer that does not end is cut off by it.
_MOST_MEMORY: Final = 1 << 29
_INSTALLED: Final = ("stdlib", "platstdlib", "purelib", "platlib")
_READABLE: Final = ("/etc/mime.types", "/usr/share/zoneinfo")


class HandOver(StrEnum):
    """How it ended. That a service has answered proves nothing: Apprise says yes to HTTP 200 whatever stands in the answer."""

    HANDED_OVER = "handed_over"
    NOT_TAKEN = "not_taken"
    UNUSABLE = "unusable"  # the address is none that Apprise takes, or that it may be given


def hand_over(asked: dict[str, Any]) -> HandOver:
    """Hand over the message of `asked`: `url`, `text`, `seconds`, and the policy as `allow_private`, `allow_http`, `ports`."""
    import apprise  # noqa: PLC0415 -- an extra, and loaded in its own process alone
    from urllib3.connection import HTTPSConnection  # noqa: PLC0415 -- it comes with it

    ports = None if asked["ports"] is None else frozenset(asked["ports"])
    policy = EgressPolicy(allow_private=asked["allow_private"], allow_http=asked["allow_http"], ports=ports)
    folders = [Path(sysconfig.get_path(name)) for name in _INSTALLED]
    Confinement(policy, [*folders, *map(Path, _READABLE)], lambda one: isinstance(one, HTTPSConnection)).begin()
    asset = apprise.AppriseAsset(async_mode=False, http_redirects=False, secure_logging=True, plugin_paths=[])
    service = apprise.Apprise.instantiate(asked["url"], asset=asset)
    if service is None or not service.verify_certificate:
        return HandOver.UNUSABLE
    service.redirects = False
    messenger = apprise.Apprise(asset=asset)
    messenger.add(service)
    is_taken = messenger.notify(body=asked["text"], body_format=apprise.NotifyFormat.TEXT)
    return HandOver.HANDED_OVER if is_taken else HandOver.NOT_TAKEN


def main() -> int:
    """Hand over one message, within the time and memory that a message may take."""
    asked = json.load(sys.stdin)
    signal.alarm(int(asked["seconds"]) + 1)  # where whoever started it is gone
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    sys.stdout.write(hand_over(asked))
    return 0


if __name__ == "__main__":
    sys.exit(main())
