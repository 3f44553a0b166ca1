"""Publish messages to a broker when they are due, in real or accelerated time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion

from simulators.answers import COMMANDS, BandAnswers
from simulators.lamps import TOPICS, LampAnswers
from simulators.street import Message

#: Messages handed to the client and not yet confirmed; more would only fill memory.
IN_FLIGHT: Final = 1000
#: How long a broker may leave a message unconfirmed.
PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Broker:
    """Where to publish."""

    host: str = "127.0.0.1"
    port: int = 1883
    username: str | None = None
    password: str | None = None
    client_id: str = "homebeat-simulators"


class NotPublished(Exception):
    """The broker did not confirm all messages."""


def read_wall_clock() -> int:
    """The clock on the wall, epoch ms."""
    return time.time_ns() // 1_000_000


def pace(
    messages: Iterable[Message], now: Callable[[], int], wait: Callable[[float], bool], *, start: int, speed: float = 1.0
) -> Iterator[Message]:
    """Give each message when it is due.

    Args:
        messages: In arrival order.
        now: The wall clock, epoch ms.
        wait: Waits that many seconds; true when it is time to stop.
        start: The simulated time (epoch ms) at which the clock begins to run.
        speed: Simulated seconds for each real one; 0 gives everything at once.
    """
    began = now()
    for message in messages:
        if speed > 0:
            due = began + (message[0] - start) / speed
            left = (due - now()) / 1000
            if left > 0 and wait(left):
                return
        yield message


def publish(
    broker: Broker, messages: Iterable[Message], stop: threading.Event, progress: Callable[[int], None] | None = None
) -> int:
    """Publish with QoS 1 until the messages end or `stop` is set, and return how many the broker confirmed.

    Raises:
        OSError: The broker cannot be reached.
        NotPublished: It does not confirm.
    """
    client = Client(CallbackAPIVersion.VERSION2, client_id=broker.client_id)
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    client.max_inflight_messages_set(IN_FLIGHT)
    client.connect(broker.host, broker.port)
    client.loop_start()
    waiting: list[MQTTMessageInfo] = []
    count = 0
    try:
        for _, topic, payload in messages:
            waiting.append(client.publish(topic, payload, qos=1))
            if len(waiting) >= IN_FLIGHT:
                count += _wait_for_confirmed(waiting)
                if progress is not None:
                    progress(count)
            if stop.is_set():
                break
        count += _wait_for_confirmed(waiting)
    finally:
        client.disconnect()
        client.loop_stop()
    return count


@contextmanager
def answer_commands(broker: Broker, answers: BandAnswers, lamps: LampAnswers | None = None) -> Iterator[None]:
    """Let the bands of a street answer commands, in a session of their own, until the block ends; and its lamps and sirens.

    Raises:
        OSError: The broker cannot be reached.
    """
    client = Client(CallbackAPIVersion.VERSION2, client_id=f"{broker.client_id}-answers")
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)

    def on_message(client: Client, _userdata: object, message: MQTTMessage) -> None:
        payload, now = bytes(message.payload), read_wall_clock()
        answer = answers.answer(message.topic, payload, now)
        for follows in lamps.answer(message.topic, payload, now) if lamps is not None and answer is None else [answer]:
            if follows is not None:
                client.publish(*follows, qos=1)

    topics = [(COMMANDS, 1), *((topic, 1) for topic in (TOPICS if lamps is not None else ()))]
    client.on_connect = lambda client, *_: client.subscribe(topics)
    client.on_message = on_message
    client.connect(broker.host, broker.port)
    client.loop_start()
    try:
        yield
    finally:
        client.disconnect()
        client.loop_stop()


def _wait_for_confirmed(waiting: list[MQTTMessageInfo]) -> int:
    """Wait until the broker has confirmed the messages, and forget them."""
    for info in waiting:
        info.wait_for_publish(PATIENCE_S)
        if not info.is_published():
            raise NotPublished("the broker has not confirmed a message for 30 s; is it full, or does it refuse the topic?")
    count = len(waiting)
    waiting.clear()
    return count
