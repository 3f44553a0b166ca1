"""The journal: safe before anybody is told so, in order, again after a crash, bounded, and gone once committed."""

from __future__ import annotations

import errno
import random
import threading
from pathlib import Path

import pytest

from homebeat.domain.errors import BadSettings
from homebeat.ingest.journal.reader import JournalReader
from homebeat.ingest.journal.segments import (
    BEGINNING,
    hold_alone,
    list_segments,
    measure,
    read_position,
    read_records,
    write_position,
    write_record,
)
from homebeat.ingest.journal.writer import FULL, STOPPING, JournalLimits, JournalWriter
from tests.unit.ingest.journals import T0, Outcomes, drain, entry, reading, write, writing

reader_waits = threading.Event()

#: So small that nearly each group begins another segment.
SMALL = JournalLimits(segment_bytes=200)


def payloads(count: int) -> list[bytes]:
    """Messages of many lengths, some of them empty or with the bytes of a record in them."""
    chance = random.Random(count)
    return [bytes(chance.randrange(256) for _ in range(chance.choice([0, 1, 30, 400]))) + b"%d" % n for n in range(count)]


def test_records_come_back_as_they_were_written() -> None:
    block = b"".join(write_record(f"intake/云{n}", payload, T0 + n) for n, payload in enumerate(payloads(50)))
    found = read_records(block, 1_000)
    assert [(one.topic, one.payload, one.received_at) for one in found.records] == [
        (f"intake/云{n}", payload, T0 + n) for n, payload in enumerate(payloads(50))
    ]
    assert (found.end, found.is_damaged) == (1_000 + len(block), False)
    assert found.records[-1].end == found.end


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_record_that_is_cut_anywhere_is_no_record(cut: int) -> None:
    first, second = write_record("intake/a", b"{}", T0), write_record("intake/a", b'{"x": 1, "y": [1, 2, 3]}', T0)
    found = read_records(first + second[:cut], 0)
    assert [one.payload for one in found.records] == [b"{}"] + ([b'{"x": 1, "y": [1, 2, 3]}'] if cut >= len(second) else [])
    assert found.is_damaged is False


@pytest.mark.parametrize("place", range(8, 40))
def test_a_changed_bit_is_found(place: int) -> None:
    record = bytearray(write_record("intake/a", b'{"x": 1, "y": [1, 2, 3]}', T0))
    record[place] ^= 4
    assert read_records(bytes(record), 0) == ([], 0, True)


def test_what_was_written_is_read_in_order_and_deleted_when_it_is_committed(tmp_path: Path) -> None:
    sent = payloads(300)
    for n in range(0, 300, 10):
        write(tmp_path, sent[n : n + 10], SMALL)
    with reading(tmp_path) as (reader, _):
        found = drain(reader, 300)
        assert [message.payload for message in found] == sent
        assert all(message.token < 0 for message in found)
        before = measure(tmp_path)
        reader.acknowledge(found)
    assert len(list_segments(tmp_path)) == 1
    assert measure(tmp_path) < before
    assert read_position(tmp_path) == -found[-1].token


def test_what_is_not_committed_comes_again_and_what_is_does_not(tmp_path: Path) -> None:
    write(tmp_path, payloads(100), SMALL)
    with reading(tmp_path) as (reader, _):
        found = drain(reader, 100)
        reader.acknowledge(found[:60])
    with reading(tmp_path) as (reader, _):
        assert drain(reader, 40) == found[60:]
        assert not reader.drain(1)


def test_a_reader_sees_what_is_written_while_it_reads(tmp_path: Path) -> None:
    outcomes = Outcomes()
    with reading(tmp_path / "journal") as (reader, woken):
        with writing(tmp_path / "journal", outcomes, SMALL) as writer:
            for n in range(200):
                assert not writer.put(entry(n, b"%d" % n))
                if n % 20 == 0:
                    outcomes.wait(n + 1)
            assert [message.payload for message in drain(reader, 200)] == [b"%d" % n for n in range(200)]
        assert woken.is_set()


def test_one_sync_answers_many(tmp_path: Path) -> None:
    outcomes = Outcomes()
    writer = JournalWriter(tmp_path, JournalLimits(), outcomes.note)
    for n in range(1_000):
        assert not writer.put(entry(n))
    writer.close()
    writer.run()
    assert (len(outcomes.told), writer.groups) == (1_000, 1)
    assert writer.put(entry(0)) == STOPPING


def test_a_torn_tail_is_cut_and_counted_and_nothing_before_it_is_lost(tmp_path: Path) -> None:
    write(tmp_path, payloads(20))
    (segment,) = list_segments(tmp_path)
    torn = write_record("intake/aep", b"nobody was told that this had arrived", T0)[:-5]
    with segment.path.open("ab") as file:
        file.write(torn)
    outcomes = Outcomes()
    with writing(tmp_path, outcomes) as writer:
        assert not writer.put(entry(0, b"after"))
        outcomes.wait(1)
        assert writer.cut == len(torn)
    with reading(tmp_path) as (reader, _):
        assert [message.payload for message in drain(reader, 21)] == [*payloads(20), b"after"]
        assert reader.get_state().damaged == 0


def test_no_position_ever_means_two_messages(tmp_path: Path) -> None:
    """A tail that was read and committed, and then lost with the power: what is written next must not pass for it."""
    write(tmp_path, payloads(10))
    with reading(tmp_path) as (reader, _):
        reader.acknowledge(drain(reader, 10))
    committed = read_position(tmp_path)
    (segment,) = list_segments(tmp_path)
    with segment.path.open("r+b") as file:
        file.truncate(len(BEGINNING) + 40)
    write(tmp_path, [b"new"])
    assert list_segments(tmp_path)[-1].first == committed
    with reading(tmp_path) as (reader, _):
        assert [message.payload for message in drain(reader, 1)] == [b"new"]


def test_damage_within_an_old_segment_costs_its_rest_and_is_counted(tmp_path: Path) -> None:
    write(tmp_path, [b"one"])
    write(tmp_path, [b"two"])
    first = list_segments(tmp_path)[0]
    content = bytearray(first.path.read_bytes())
    content[-1] ^= 1
    first.path.write_bytes(bytes(content))
    with reading(tmp_path) as (reader, _):
        assert [message.payload for message in drain(reader, 1)] == [b"two"]
        assert reader.get_state().damaged == len(content) - len(BEGINNING)


def test_a_lost_position_costs_a_second_reading_and_no_message(tmp_path: Path) -> None:
    write(tmp_path, payloads(5))
    for text in ("", "x", "9" * 40):
        (tmp_path / "position").write_text(text)
        with reading(tmp_path) as (reader, _):
            assert len(drain(reader, 5)) == 5


def test_a_full_journal_takes_nothing_until_it_is_read(tmp_path: Path) -> None:
    limits = JournalLimits(most_bytes=2_000, segment_bytes=500)
    outcomes = Outcomes()
    with writing(tmp_path, outcomes, limits) as writer:
        taken = 0
        while not (why := writer.put(entry(taken, b"x" * 100))):
            taken += 1
            outcomes.wait(taken)
        assert (why, 10 < taken < 20) == (FULL, True)
        with reading(tmp_path) as (reader, _):
            found = drain(reader, taken)
            reader.acknowledge(found)
        for _ in range(500):
            if not writer.put(entry(999)):
                break
            reader_waits.wait(0.01)
        outcomes.wait(taken + 1)


def test_messages_of_one_burst_keep_the_order_of_arrival_though_the_clock_steps_back(tmp_path: Path) -> None:
    outcomes = Outcomes()
    with writing(tmp_path, outcomes) as writer:
        for n, at in enumerate([T0, T0 - 2_000, T0 + 5, T0 - 3_600_000]):
            writer.put(entry(n, at=at))
            outcomes.wait(n + 1)
    with reading(tmp_path) as (reader, _):
        assert [message.received_at for message in drain(reader, 4)] == [T0, T0, T0 + 5, T0 - 3_600_000]


def test_two_processes_never_write_or_read_one_journal(tmp_path: Path) -> None:
    with hold_alone(tmp_path, "writer"), pytest.raises(BadSettings, match="another process is the writer"):
        JournalWriter(tmp_path, JournalLimits(), lambda _waiting, _fault: None).run()
    write(tmp_path, [b"{}"])
    with hold_alone(tmp_path, "reader"), reading(tmp_path) as (reader, _):
        reader_waits.wait(0.1)
        assert "another process is the reader" in (reader.get_state().wrong or "")


class Failing(JournalWriter):
    """A writer whose disk takes the first half of what it is given and then fails, while `fails` is set."""

    fails = False

    def _write_all(self, block: bytes) -> None:
        super()._write_all(block[: len(block) // 2] if self.fails else block)
        if self.fails:
            raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_takes_nothing_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    outcomes = Outcomes()
    writer = Failing(tmp_path, JournalLimits(), outcomes.note)
    thread = threading.Thread(target=writer.run)
    thread.start()
    for n, fails in enumerate([False, True, True, False]):
        writer.fails = fails
        assert not writer.put(entry(n, b"%d" % n))
        assert outcomes.wait(n + 1)[n] == ("disk" if fails else "")
        assert bool(writer.wrong) == fails
    writer.close()
    thread.join(20)
    with reading(tmp_path) as (reader, _):
        assert [message.payload for message in drain(reader, 2)] == [b"0", b"3"]
        assert reader.get_state().damaged == 0


def test_where_there_is_no_journal_yet_the_reader_says_so_and_begins_when_there_is(tmp_path: Path) -> None:
    folder = tmp_path / "intake"
    with reading(folder) as (reader, _):
        reader_waits.wait(0.1)
        assert "no journal yet" in (reader.get_state().wrong or "")
        write(folder, [b"{}"])
        assert len(drain(reader, 1)) == 1
        assert reader.get_state().wrong is None


def test_positions_are_kept_whole(tmp_path: Path) -> None:
    write_position(tmp_path, 123_456)
    assert read_position(tmp_path) == 123_456
    assert JournalReader(tmp_path, 1, lambda: None).get_state().waiting == 0
