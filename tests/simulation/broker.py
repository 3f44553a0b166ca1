"""The broker of the simulation: it keeps each message until it is acknowledged, and gives it again to whoever connects next."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from homebeat.domain.inbound import Message
from homebeat.ingest.source import SourceState


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as a device sent it; `call` names the call for help in it, empty for none."""

    number: int
    topic: str
    payload: bytes
    call: str = ""


@dataclass
class Broker:
    """One queue, with one session at a time.

    Attributes:
        is_away: Nobody reaches it.
        on_done: Called with each call for help whose message was acknowledged.
    """

    is_away: bool = False
    on_done: Callable[[str], None] = lambda _call: None
    queue: list[Sent] = field(default_factory=list)
    in_hand: dict[int, Sent] = field(default_factory=dict)
    session: Session | None = None
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def has_news(self) -> bool:
        """Whether a watch that asks, or connects, gets a message."""
        return bool(self.queue or (self.in_hand and self.session is None)) and not self.is_away

    def publish(self, topic: str, payload: bytes, call: str = "") -> None:
        """A device, or a gateway, has sent a message."""
        self.queue.append(Sent(next(self._numbers), topic, payload, call))

    def connect(self, session: Session) -> None:
        """A watch connects: whoever was connected is not any more, and what was not acknowledged comes again, in order."""
        self.queue = [*self.in_hand.values(), *self.queue]
        self.in_hand = {}
        self.session = session


@dataclass(eq=False)
class Session:
    """One connection; implements `Source`."""

    broker: Broker
    now: Callable[[], int]

    def drain(self, limit: int, _timeout_s: float) -> list[Message]:
        broker = self.broker
        if broker.session is not self or broker.is_away:
            return []
        taken, broker.queue = broker.queue[:limit], broker.queue[limit:]
        broker.in_hand |= {sent.number: sent for sent in taken}
        return [Message(sent.topic, sent.payload, self.now(), sent.number) for sent in taken]

    def acknowledge(self, messages: Sequence[Message]) -> None:
        if self.broker.session is not self:
            return
        for message in messages:
            sent = self.broker.in_hand.pop(message.token, None)
            if sent is not None and sent.call:
                self.broker.on_done(sent.call)

    def follow(self, topics: Sequence[str]) -> None:
        pass

    def publish(self, topic: str, payload: bytes) -> None:
        pass

    def get_state(self) -> SourceState:
        is_on = self.broker.session is self and not self.broker.is_away
        return SourceState(is_on, is_on, (), None, len(self.broker.queue), 1_000, 0, 0, 0, False, 0, "")

    def close(self) -> None:
        """Nothing is open."""
