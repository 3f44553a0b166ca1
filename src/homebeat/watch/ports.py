"""What the loop needs from a source of messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from homebeat.domain.inbound import Message

#: Called with the name of the point that is passed; a crash test dies there.
Failpoints = Callable[[str], None]


def no_failpoints(_name: str) -> None:
    """Pass every point."""


class SourceState(Protocol):
    """How a source is."""

    @property
    def wrong(self) -> str | None:
        """What is wrong, for an operator; None while messages can arrive."""


class Source(Protocol):
    """Messages in arrival order, kept by whoever sent them until they are acknowledged."""

    def drain(self, limit: int, timeout_s: float) -> list[Message]:
        """Take what has arrived: at once when a device raises an alarm, else after up to `timeout_s`; at most `limit`."""

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Say that these are safe. Called after the commit only."""

    def state(self) -> SourceState:
        """How the source is; does not wait."""
