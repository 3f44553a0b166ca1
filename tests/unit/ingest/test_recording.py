"""Recordings give back what arrived, and name what they cannot read."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homebeat.domain.inbound import Message
from homebeat.ingest.recording import Recording, RecordingWriter

NOW = 1_772_352_000_000


def whole(recording: Recording, block_bytes: int = 1 << 20) -> list[Message]:
    return [message for block in recording.read_blocks(block_bytes) for message in block]


def written(path: Path, messages: list[Message]) -> Path:
    with RecordingWriter(path) as writer:
        writer.write(messages)
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_what_was_written_is_read_back(tmp_path: Path, name: str) -> None:
    payloads = [
        b'{"volume_m3":1.5}',
        b'[{"at":1},2]',
        b"12",
        b'"a JSON text"',
        b"plain words",
        b"",
        b'{"x":NaN}',
        b'{"a":1,"a":2}',
        b"\xff\xfe\x00",
        "水".encode(),
        b'{"alarm":"sos"',
    ]
    sent = [Message("homebeat/v1/m1/readings", payload, NOW + n, n + 1) for n, payload in enumerate(payloads)]
    recording = Recording(written(tmp_path / name, sent))
    assert whole(recording) == sent
    assert (recording.lines, recording.bad_count, recording.disordered) == (len(sent), 0, 0)
    assert recording.read_bytes == recording.total_bytes


def test_lines_are_the_documented_form(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", [Message("t", b'{\n "steps": 1\r\n}', NOW + 5), Message("t", b"x", NOW + 6)])
    first, second = path.read_text().splitlines()
    assert json.loads(first) == {"at": "2026-03-01T08:00:00.005Z", "topic": "t", "payload": {"steps": 1}}
    assert json.loads(second) == {"at": "2026-03-01T08:00:00.006Z", "topic": "t", "payload": "x"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payloads=st.lists(st.binary(max_size=30) | st.text(max_size=10).map(lambda t: json.dumps(t).encode()), max_size=6))
def test_any_bytes_survive(tmp_path: Path, payloads: list[bytes]) -> None:
    sent = [Message("t", payload, NOW, n + 1) for n, payload in enumerate(payloads)]
    found = whole(Recording(written(tmp_path / "any.jsonl", sent)))
    assert [m.payload.split() for m in found] == [m.payload.split() for m in sent]


def test_bad_lines_are_numbered_and_not_fatal(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    good = '{"at": %d, "topic": "t", "payload": {}}'
    lines = [
        good % NOW,
        "not json",
        "",
        '{"topic": "t", "payload": 1}',
        '{"at": "noon", "topic": "t", "payload": 1}',
        good % (NOW + 1),
    ]
    path.write_text("\n".join(lines))
    recording = Recording(path)
    assert [m.token for m in whole(recording)] == [1, 6]
    assert [bad.number for bad in recording.bad] == [2, 4, 5]
    assert (recording.lines, recording.bad_count) == (5, 3)


@pytest.mark.parametrize("block_bytes", [1, 7, 64, 1000])
def test_blocks_of_any_size(tmp_path: Path, block_bytes: int) -> None:
    sent = [Message(f"t/{n}", b'{"steps":%d}' % n, NOW + n, n + 1) for n in range(50)]
    path = written(tmp_path / "a.jsonl", sent)
    assert whole(Recording(path), block_bytes) == sent
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert whole(Recording(path), block_bytes) == sent


def test_both_forms_of_time_and_their_order(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    times = ['"2026-03-01T08:00:00Z"', "1772352000001", "1772352000000.0", '"2026-03-01T16:00:01+08:00"', '"2026-03-01T08:00:00"']
    path.write_text("".join(f'{{"at": {at}, "topic": "t", "payload": 1}}\n' for at in times))
    recording = Recording(path)
    assert [m.received_at for m in whole(recording)] == [NOW, NOW + 1, NOW + 1, NOW + 1000]
    assert recording.disordered == 1
    assert recording.bad_count == 1


def test_times_of_one_minute_are_each_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    # the second 60 is a leap second, which is the next minute's first; no clock shows a second 61
    seconds = ("00:00.000", "00:59.123", "00:60.000", "00:61.000", "01:00.500")
    times = [f"2026-03-01T08:{second}Z" for second in seconds]
    path.write_text("".join(f'{{"at": "{at}", "topic": "t", "payload": 1}}\n' for at in times))
    recording = Recording(path)
    assert [m.received_at for m in whole(recording)] == [NOW, NOW + 59_123, NOW + 60_000, NOW + 60_500]
    assert [bad.number for bad in recording.bad] == [4]


def test_a_compressed_file_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    text = b"".join(b'{"at": %d, "topic": "t", "payload": %d}\n' % (NOW + n, n * 7919 % 1000) for n in range(5000))
    path.write_bytes(gzip.compress(text)[:-2000])
    recording = Recording(path)
    found = whole(recording, 4096)
    assert 0 < len(found) < 5000
    assert recording.bad_count == 2  # the line that was cut, and the end that is missing
    assert "ends in the middle" in recording.bad[0].why + recording.bad[1].why


def test_a_writer_that_never_closed_leaves_its_part(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    writer = RecordingWriter(path)
    writer.write([Message("t", b"1", NOW)])
    writer.flush()
    assert not path.exists()
    assert len((tmp_path / "a.jsonl.part").read_bytes().splitlines()) == 1
    writer.close()
    writer.close()
    assert path.exists()
