"""The bounded queue between the network thread and the loop: it blocks its producer and drops nothing."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Final

from homebeat.codecs.catalogue import PREFIX
from homebeat.domain.inbound import Message

#: Bytes that every form of an alarm on our topics holds. A false hit costs one early tick.
_ALARM_HINT: Final = b'"alarm'
#: The same for messages of makers: bytes of their words for alarms and presses, and the ends of their topics.
_MAKERS_HINTS: Final = (b"alarm", b"sos", b"SOS", b"action", b"button", b"press", b"fall", b"smoke", b"gas", b"emergency")
_MAKERS_TOPICS: Final = ("/sos", "/fallDown")


class Inbox:
    """One producer, one consumer. The producer asks `is_full` before it reads on; `bound` may be passed by one burst's rest."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._messages: deque[Message] = deque()
        self._arrived = 0
        self._drained = 0
        self._last_alarm = 0
        self._changed = threading.Condition()
        self._closed = self._is_woken = False

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def is_full(self) -> bool:
        """Whether the producer must stop reading."""
        return len(self._messages) >= self._bound

    @property
    def arrived(self) -> int:
        """How many messages were put in so far."""
        return self._arrived

    def put(self, message: Message) -> None:
        """Add one message; `announce` wakes the consumer."""
        self._messages.append(message)
        self._arrived += 1
        if _ALARM_HINT in message.payload or (not message.topic.startswith(PREFIX) and _may_call(message)):
            self._last_alarm = self._arrived

    def announce(self) -> None:
        """Wake the consumer: a burst has been put in."""
        with self._changed:
            self._changed.notify()

    def wake(self) -> None:
        """Let the consumer return from its wait, or from its next one, with what there is."""
        with self._changed:
            self._is_woken = True
            self._changed.notify()

    def close(self) -> None:
        """Wake a waiting consumer; the messages inside can still be drained."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def drain(self, limit: int, timeout_s: float, settle_s: float) -> list[Message]:
        """Drain up to `limit` messages in arrival order.

        Returns at once with an alarm, with `limit` messages or with a full queue; else as soon as nothing has arrived for
        `settle_s` (a broker that sends only a window of unacknowledged messages is waiting for us then), and after
        `timeout_s` with what there is.
        """
        deadline = time.monotonic() + timeout_s
        seen = -1
        with self._changed:
            while not self._is_ready(limit):
                left = deadline - time.monotonic()
                count = len(self._messages)
                if left <= 0 or self._closed or self._is_woken or (count and count == seen):
                    break
                seen = count
                self._changed.wait(min(left, settle_s) if count else left)
            self._is_woken = False
        count = min(limit, len(self._messages))
        self._drained += count
        return [self._messages.popleft() for _ in range(count)]

    def _is_ready(self, limit: int) -> bool:
        return self._last_alarm > self._drained or len(self._messages) >= min(limit, self._bound)


def _may_call(message: Message) -> bool:
    """Whether a message of a maker may hold an alarm. What only a number says (Sparkplug) waits for the tick."""
    return any(hint in message.payload for hint in _MAKERS_HINTS) or message.topic.endswith(_MAKERS_TOPICS)
