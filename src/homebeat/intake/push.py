"""One request of a cloud, and what becomes of it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class PushFault(StrEnum):
    """Why a request is refused; the counts of the intake are by these words."""

    SIGNATURE = "signature"
    LATE = "late"  # signed at another time than now
    REPLAY = "replay"  # signed before, for something else
    ADDRESS = "address"
    SHAPE = "shape"
    METHOD = "method"
    LARGE = "large"
    RATE = "rate"


#: The HTTP status of each refusal.
STATUS: dict[PushFault, int] = {
    PushFault.SIGNATURE: 401,
    PushFault.LATE: 401,
    PushFault.REPLAY: 409,
    PushFault.ADDRESS: 403,
    PushFault.SHAPE: 400,
    PushFault.METHOD: 405,
    PushFault.LARGE: 413,
    PushFault.RATE: 429,
}


class PushRefused(Exception):
    """A request is refused; the text is its answer."""

    def __init__(self, why: PushFault, text: str) -> None:
        self.why = why
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Push:
    """A request.

    Attributes:
        method: `GET` or `POST`.
        rest: What stands in the path behind the name of the cloud, level by level.
        query: The first value of each parameter, decoded.
        headers: The first value of each, by its name in small letters.
    """

    method: str
    rest: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that is a message.

    Attributes:
        payload: What is read later: the body, or what was wrapped in it.
        answer: The text that the cloud waits for.
        nonce: What the cloud uses once; empty where it has nothing of the kind.
    """

    payload: bytes
    answer: str = "ok"
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class Greeting:
    """A request by which the cloud makes sure that somebody is here; `answer` is all that it gets."""

    answer: str


class CloudCheck(Protocol):
    """Checks the requests of one cloud. Pure: the same request at the same time has the same result."""

    def check(self, push: Push, now_s: float) -> Taken | Greeting:
        """Check a request at `now_s`, epoch seconds.

        Raises:
            PushRefused: It is refused.
        """
        ...


def is_same(given: str, expected: str) -> bool:
    """Compare what must stay secret, in a time that says nothing of it."""
    return hmac.compare_digest(given.encode(), expected.encode())


def compute_md5(text: str) -> bytes:
    """Compute the MD5 that a cloud signs by: weak, and not ours to choose."""
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()


def require_post(push: Push) -> None:
    """Require a message.

    Raises:
        PushRefused: The method is another.
    """
    if push.method != "POST":
        raise PushRefused(PushFault.METHOD, "messages are POSTed here")
