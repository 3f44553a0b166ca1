"""The queue between the network and the loop: bounded, in order, quick for alarms."""

import threading
import time

import pytest

from homebeat.domain.inbound import Message
from homebeat.ingest.inbox import Inbox

LONG_S = 20.0


def filled(bound: int, count: int, payload: bytes = b"{}") -> Inbox:
    inbox = Inbox(bound)
    for n in range(count):
        inbox.put(Message("t", payload, n))
    return inbox


def test_in_order_and_no_more_than_asked() -> None:
    inbox = filled(10, 5)
    assert [m.received_at for m in inbox.drain(3, 0, 0)] == [0, 1, 2]
    assert [m.received_at for m in inbox.drain(3, 0, 0)] == [3, 4]
    assert inbox.drain(3, 0, 0) == []
    assert inbox.arrived == 5


def test_full_says_so_and_is_drained_at_once() -> None:
    inbox = filled(4, 4)
    assert inbox.is_full
    started = time.monotonic()
    assert len(inbox.drain(100, LONG_S, LONG_S)) == 4
    assert time.monotonic() - started < LONG_S / 2
    assert not inbox.is_full


def test_an_alarm_is_not_kept_waiting() -> None:
    inbox = filled(100, 3)
    inbox.put(Message("t", b'{"alarm": "sos"}', 3))
    started = time.monotonic()
    assert len(inbox.drain(100, LONG_S, LONG_S)) == 4
    assert time.monotonic() - started < LONG_S / 2


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("zigbee2mqtt/pendant", b'{"action": "single"}'),
        ("application/a/device/d/event/up", b'{"object": {"button_event": {"status": "short press"}}}'),
        ("wmbusmeters/00010204", b'{"status": "SMOKE", "media": "smoke detector"}'),
        ("iMEDE_watch/sos", b"{..."),
    ],
)
def test_an_alarm_in_the_words_of_its_maker_is_not_kept_waiting(topic: str, payload: bytes) -> None:
    inbox = filled(100, 3)
    inbox.put(Message(topic, payload, 3))
    started = time.monotonic()
    assert len(inbox.drain(100, LONG_S, LONG_S)) == 4
    assert time.monotonic() - started < LONG_S / 2


def test_an_alarm_behind_the_limit_keeps_its_hurry() -> None:
    inbox = filled(100, 3)
    inbox.put(Message("t", b'{"alarm": "sos"}', 3))
    assert len(inbox.drain(2, LONG_S, LONG_S)) == 2
    started = time.monotonic()
    assert [m.received_at for m in inbox.drain(50, LONG_S, LONG_S)] == [2, 3]
    assert time.monotonic() - started < LONG_S / 2


def test_it_settles_when_nothing_more_comes() -> None:
    inbox = filled(100, 3)
    started = time.monotonic()
    assert len(inbox.drain(100, LONG_S, 0.01)) == 3
    assert time.monotonic() - started < LONG_S / 2


def test_a_waiting_loop_is_woken() -> None:
    inbox = Inbox(10)
    found: list[Message] = []
    loop = threading.Thread(target=lambda: found.extend(inbox.drain(10, LONG_S, 0.001)))
    loop.start()
    inbox.put(Message("t", b"{}", 1))
    inbox.announce()
    loop.join(LONG_S / 2)
    assert not loop.is_alive()
    assert len(found) == 1


def test_closing_lets_go() -> None:
    inbox = Inbox(10)
    loop = threading.Thread(target=lambda: inbox.drain(10, LONG_S, 0.001))
    loop.start()
    inbox.close()
    loop.join(LONG_S / 2)
    assert not loop.is_alive()
