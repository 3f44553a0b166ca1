"""What the loop needs from a source of messages, and the state that a source reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from homebeat.codecs.catalogue import SUBSCRIPTIONS
from homebeat.domain.inbound import Message


@dataclass(frozen=True, slots=True)
class MqttOptions:
    """The broker, and our session there.

    Attributes:
        client_id: Names the persistent session; two processes must not share one.
        keepalive_s: A connection silent for longer is pinged, then given up.
        queue_bound: How many messages may wait to be drained; beyond it the socket is not read.
        tls: Whether to speak TLS; `ca_file` None trusts the system's authorities.
        retry_s: Shortest and longest wait before the broker is tried again.
    """

    host: str = "127.0.0.1"
    port: int = 1883
    client_id: str = "homebeat-watch"
    topics: tuple[str, ...] = SUBSCRIPTIONS
    username: str = ""
    password: str = ""
    tls: bool = False
    ca_file: Path | None = None
    keepalive_s: int = 60
    queue_bound: int = 20_000
    retry_s: tuple[float, float] = (0.5, 5.0)  # an SOS waits at the broker meanwhile


@dataclass(frozen=True, slots=True)
class SourceState:
    """How the source stands, for `/readyz`, the metrics and the log. Times are epoch ms.

    Attributes:
        subscribed: The broker has confirmed every subscription of the settings; behind a backlog larger than the queue this
            comes late.
        refused: Topics the broker would not let us subscribe to, or the reason it would not let us in.
        delivered: Messages ever received; `acknowledged` those confirmed to the broker.
        kicks: Connections that ended soon after they began, within the last minute.
        contested: Another client seems to use our client id.
        sessions_lost: How often the broker had forgotten our session on a reconnect: what devices sent meanwhile is gone.
        failure: Why the source is dead; empty while it lives.
        denied: The broker does not accept our user name or password.
        session: What our session is called at the broker: the client id.
        is_new_session: The broker did not know that session when this process first connected.
        pending: Filters that the registry needs besides, and that the broker has neither confirmed nor refused yet.
    """

    connected: bool
    subscribed: bool
    refused: tuple[str, ...]
    last_message_at: int | None
    queue_depth: int
    queue_bound: int
    delivered: int
    acknowledged: int
    kicks: int
    contested: bool
    sessions_lost: int
    failure: str
    denied: bool = False
    session: str = ""
    is_new_session: bool = False
    pending: tuple[str, ...] = ()

    @property
    def is_healthy(self) -> bool:
        """Whether messages can arrive."""
        return self.connected and self.subscribed and not self.contested and not self.failure

    @property
    def wrong(self) -> str | None:
        """What keeps messages from arriving, for an operator; None when nothing does."""
        if self.failure:
            return self.failure
        if self.contested:
            return "another process seems to use our client id: each takes the session from the other"
        if self.denied:
            return "the broker refuses our user name or password: mend mqtt.username and mqtt.password"
        if self.refused:
            return f"the broker refused: {', '.join(self.refused)}"
        if not self.connected:
            return "the broker is away"
        return None if self.subscribed else "not subscribed yet"

    @property
    def unready(self) -> str | None:
        """What is `wrong`; else the filters for which the broker's answer has not come yet. None when nothing is."""
        return self.wrong or (f"not subscribed yet to {', '.join(self.pending)}" if self.pending else None)


class Source(Protocol):
    """Where messages come from; at least once, in arrival order."""

    def drain(self, limit: int, timeout_s: float) -> list[Message]:
        """Up to `limit` messages; waits at most `timeout_s`, returns at once when a device raised an alarm."""
        ...

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """These are committed: they need not come again."""
        ...

    def follow(self, topics: Sequence[str]) -> None:
        """Subscribe to these filters too, and no more to those followed before that are not among them."""
        ...

    def publish(self, topic: str, payload: bytes) -> None:
        """Send this once, at QoS 0, when the connection stands; what cannot be sent soon is dropped."""
        ...

    def get_state(self) -> SourceState:
        """How things stand now."""
        ...

    def close(self) -> None:
        """Let go of the source; what was not acknowledged comes again."""
        ...
