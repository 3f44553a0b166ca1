"""Recording what a source delivers: acknowledged when it is on the disk, stopped by count, time or hand."""

import threading
from collections.abc import Sequence
from pathlib import Path

from homebeat.domain.inbound import Message
from homebeat.ingest.recorder import record
from homebeat.ingest.recording import Recording
from homebeat.ingest.source import SourceState

NOW = 1_772_352_000_000


class ListedSource:
    """A source over a list; when it is empty, it tells whoever wants to know."""

    def __init__(self, messages: Sequence[Message], on_empty: threading.Event | None = None) -> None:
        self._waiting = list(messages)
        self._on_empty = on_empty
        self.acknowledged: list[Message] = []

    def drain(self, limit: int, timeout_s: float) -> list[Message]:
        assert timeout_s > 0
        found, self._waiting = self._waiting[:limit], self._waiting[limit:]
        if not self._waiting and self._on_empty is not None:
            self._on_empty.set()
        return found

    def acknowledge(self, messages: Sequence[Message]) -> None:
        self.acknowledged += messages

    def follow(self, topics: Sequence[str]) -> None:
        pass

    def publish(self, topic: str, payload: bytes) -> None:
        pass

    def get_state(self) -> SourceState:
        return SourceState(True, True, (), None, 0, 1, 0, 0, 0, False, 0, "")

    def close(self) -> None:
        self._waiting = []


def messages(count: int) -> list[Message]:
    return [Message("homebeat/v1/m1/readings", b'{"steps":%d}' % n, NOW + n, n + 1) for n in range(count)]


def test_until_stopped(tmp_path: Path) -> None:
    stop = threading.Event()
    source = ListedSource(messages(12_000), stop)
    seen: list[int] = []
    assert record(source, tmp_path / "a.jsonl.gz", stop, on_progress=seen.append) == 12_000
    found = [message for block in Recording(tmp_path / "a.jsonl.gz").read_blocks() for message in block]
    assert found == messages(12_000)
    assert source.acknowledged == messages(12_000)
    assert seen == [5_000, 10_000, 12_000]
    assert not (tmp_path / "a.jsonl.gz.part").exists()


def test_until_enough(tmp_path: Path) -> None:
    source = ListedSource(messages(50))
    assert record(source, tmp_path / "a.jsonl", threading.Event(), count=20) == 20
    assert source.acknowledged == messages(20)


def test_until_the_time_is_over(tmp_path: Path) -> None:
    source = ListedSource(messages(5))
    assert record(source, tmp_path / "a.jsonl", threading.Event(), duration_s=0.05) == 5
    assert len((tmp_path / "a.jsonl").read_text().splitlines()) == 5
