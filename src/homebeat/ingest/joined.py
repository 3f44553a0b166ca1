"""Joins the broker's messages and those of the journal into one source for the watch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from homebeat.domain.inbound import Message
from homebeat.ingest.journal.reader import JournalReader, JournalState
from homebeat.ingest.source import Source, SourceState

#: The journal has at most one in so many of the messages of a tick: what waits there never keeps the broker's waiting.
_SHARE: Final = 4


class WakingSource(Source, Protocol):
    """A source that is started, and whose wait can be ended."""

    def start(self) -> None:
        """Begin to receive."""
        ...

    def wake(self) -> None:
        """Let a waiting `drain` return at once."""
        ...


class JoinedSource:
    """The broker first, and a share of each tick for the journal. Messages of the journal have tokens below zero."""

    def __init__(self, broker: WakingSource, journal: JournalReader) -> None:
        self._broker, self._journal = broker, journal

    def start(self) -> None:
        """Begin to receive from both."""
        self._broker.start()
        self._journal.start()

    def drain(self, limit: int, timeout_s: float) -> list[Message]:
        """Drain up to `limit` messages; waits for the broker's, and is woken by the journal's."""
        share = max(1, limit // _SHARE)
        waits = self._journal.get_state().waiting
        first = self._broker.drain(limit - min(share, waits) or 1, 0.0 if waits else timeout_s)
        second = self._journal.drain(min(share, limit - len(first)))
        return sorted([*first, *second], key=_get_arrival) if second else first

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Acknowledge committed messages where each came from."""
        self._broker.acknowledge([message for message in messages if message.token >= 0])
        self._journal.acknowledge([message for message in messages if message.token < 0])

    def follow(self, topics: Sequence[str]) -> None:
        """Subscribe to further topics of the broker; of the journal everything is read."""
        self._broker.follow(topics)

    def publish(self, topic: str, payload: bytes) -> None:
        """Send this over the broker."""
        self._broker.publish(topic, payload)

    def get_state(self) -> SourceState:
        """Get how the broker stands: what is wrong with the journal makes nobody else's devices unheard."""
        return self._broker.get_state()

    def get_journal_state(self) -> JournalState:
        """Get how the journal stands."""
        return self._journal.get_state()

    def close(self) -> None:
        """Let go of both."""
        self._broker.close()
        self._journal.close()


def _get_arrival(message: Message) -> int:
    return message.received_at
