"""The joined source: the broker's messages first, a share for the journal, and an alarm in either wakes the watch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from homebeat.domain.inbound import Message
from homebeat.ingest.inbox import Inbox
from homebeat.ingest.joined import JoinedSource
from homebeat.ingest.journal.reader import JournalReader
from homebeat.ingest.journal.segments import read_position
from homebeat.ingest.source import SourceState
from tests.unit.ingest.journals import T0, Outcomes, entry, write, writing

LONG_S = 20.0


class Broker:
    """A broker's side of the source: what is put into its inbox."""

    def __init__(self) -> None:
        self.inbox = Inbox(10_000)
        self.acknowledged: list[Message] = []

    def start(self) -> None:
        pass

    def wake(self) -> None:
        self.inbox.wake()

    def drain(self, limit: int, timeout_s: float) -> list[Message]:
        return self.inbox.drain(limit, timeout_s, 0.003)

    def acknowledge(self, messages: Sequence[Message]) -> None:
        self.acknowledged += messages

    def follow(self, topics: Sequence[str]) -> None:
        pass

    def publish(self, topic: str, payload: bytes) -> None:
        pass

    def get_state(self) -> SourceState:
        return SourceState(True, True, (), None, 0, 1, 0, 0, 0, False, 0, "")

    def close(self) -> None:
        self.inbox.close()


def join(folder: Path) -> tuple[Broker, JoinedSource]:
    broker = Broker()
    return broker, JoinedSource(broker, JournalReader(folder, 10_000, broker.wake))


def wait_for_journal(source: JoinedSource, count: int) -> None:
    deadline = time.monotonic() + LONG_S
    while source.get_journal_state().waiting < count:
        assert time.monotonic() < deadline, source.get_journal_state()


def test_the_journal_has_a_quarter_of_a_tick_and_the_broker_the_rest(tmp_path: Path) -> None:
    write(tmp_path, [b"{}"] * 300)
    broker, source = join(tmp_path)
    source.start()
    wait_for_journal(source, 300)
    for n in range(200):
        broker.inbox.put(Message("homebeat/v1/m/readings", b"{}", T0 + n, n + 1))
    ticks = [source.drain(100, 0.0) for _ in range(3)]
    assert [sum(message.token > 0 for message in tick) for tick in ticks] == [75, 75, 50]
    assert [sum(message.token < 0 for message in tick) for tick in ticks] == [25, 25, 25]
    assert all(tick == sorted(tick, key=lambda one: one.received_at) for tick in ticks)
    source.close()


def test_each_message_is_acknowledged_where_it_came_from(tmp_path: Path) -> None:
    write(tmp_path, [b"{}"] * 2)
    broker, source = join(tmp_path)
    source.start()
    wait_for_journal(source, 2)
    broker.inbox.put(Message("homebeat/v1/m/readings", b"{}", T0, 7))
    drained = source.drain(100, 0.0)
    source.acknowledge(drained)
    source.close()
    assert [message.token for message in broker.acknowledged] == [7]
    assert read_position(tmp_path) == max(-message.token for message in drained)


def test_an_alarm_in_the_journal_ends_the_wait_for_the_broker(tmp_path: Path) -> None:
    outcomes = Outcomes()
    _, source = join(tmp_path)
    with writing(tmp_path, outcomes) as writer:
        source.start()
        assert source.drain(100, 0.3) == []
        began_s = time.monotonic()
        writer.put(entry(1, b'{"deviceId": "w", "flag": "AL", "data": "x"}'))
        found: list[Message] = []
        while not found:
            found = source.drain(100, LONG_S)
        assert time.monotonic() - began_s < LONG_S / 2
    source.close()
    assert [message.topic for message in found] == ["intake/aep"]
