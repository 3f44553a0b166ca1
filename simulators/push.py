"""Pushes messages over HTTP as a supplier's cloud does: each again until it is answered with 200."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import httpx2

from simulators.makes.make import PushAccount, Sign
from simulators.publish import NotPublished, read_wall_clock
from simulators.street import Message

#: How long between two tries, seconds, and how many there are: 30 s in all.
_AGAIN_S: Final = 0.5
_TRIES: Final = 60
_PATIENCE_S: Final = 15.0
_SHOWN_EVERY: Final = 1000


@dataclass(frozen=True, slots=True)
class CloudSender:
    """A cloud that pushes.

    Attributes:
        address: Of the intake, with the secret at its end where the cloud has one.
        sign: How the cloud signs, with `account`.
    """

    address: str
    sign: Sign
    account: PushAccount

    def post(self, client: httpx2.Client, body: bytes) -> int:
        """Post one message, signed now, and return the status of the answer."""
        signed = self.sign(self.address, body, self.account, read_wall_clock())
        headers = {"content-type": "application/json"} | dict(signed.headers)
        return client.post(signed.address, content=signed.body, headers=headers).status_code


def push(
    cloud: CloudSender, messages: Iterable[Message], stop: threading.Event, progress: Callable[[int], None] | None = None
) -> int:
    """Push until the messages end or `stop` is set, one after the other, and return how many were answered with 200.

    Args:
        cloud: Who pushes, and where to.
        messages: When due, topic and body; the topic is not sent.
        stop: Ends it.
        progress: Gets the count now and then.

    Raises:
        NotPublished: One was not taken for 30 s; the text has the last answer.
    """
    count = 0
    with httpx2.Client(timeout=_PATIENCE_S) as client:
        for _, _, body in messages:
            if stop.is_set() or not _push_one(client, cloud, body, stop):
                break
            count += 1
            if progress is not None and count % _SHOWN_EVERY == 0:
                progress(count)
    return count


def _push_one(client: httpx2.Client, cloud: CloudSender, body: bytes, stop: threading.Event) -> bool:
    """Push one until it is taken; false when stopped before."""
    answered = ""
    for _ in range(_TRIES):
        try:
            status = cloud.post(client, body)
        except httpx2.HTTPError as away:
            answered = type(away).__name__
        else:
            if status == httpx2.codes.OK:
                return True
            answered = str(status)
            if status in {401, 403, 404, 405}:
                break
        if stop.wait(_AGAIN_S):
            return False
    raise NotPublished(f"the intake does not take a push ({answered}): is the address right, with its secret? See docs/push.md")
