"""Reads and writes recordings: JSON lines of `{"at", "topic", "payload"}` in arrival order.

The payload of a line is the message's JSON as it came (objects, lists, numbers, booleans, null), or a text. A message that is
not JSON, or is a JSON string, is written as the text of its bytes. Bytes that are not UTF-8 are written as Latin-1 text and
the line says so with `"encoding": "latin-1"`. So reading gives back what arrived, but for line breaks between JSON tokens.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final, Self, cast

import msgspec

from homebeat.codecs.times import read_device_ms
from homebeat.domain.inbound import Message

_BLOCK_BYTES: Final = 1 << 20
_REPORTED: Final = 100
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT: Final = 0x22  # a double quote


class _Line(msgspec.Struct, gc=False):
    at: int | float | str
    topic: str
    payload: msgspec.Raw
    encoding: str = "utf-8"


class _Written(msgspec.Struct, gc=False, omit_defaults=True):
    at: str
    topic: str
    payload: msgspec.Raw | str
    encoding: str = "utf-8"


_LINES: Final = msgspec.json.Decoder(_Line)
_STRING: Final = msgspec.json.Decoder(str)
_ENCODER: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that could not be read; counted from 1."""

    number: int
    why: str


class Recording:
    """One pass over a recording file, plain or `.gz`.

    Attributes:
        lines: Lines seen so far, empty ones not counted.
        bad: The first bad lines, at most 100; `bad_count` counts them all.
        disordered: Lines whose arrival lay before the line above; they are given that line's arrival, to keep the order.
        total_bytes: Size of the file on disk.
        read_bytes: How much of it has been read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.total_bytes = path.stat().st_size
        self.read_bytes = 0
        self.lines = 0
        self.bad: list[BadLine] = []
        self.bad_count = 0
        self.disordered = 0
        self._number = 0
        self._latest = -(2**63)
        self._minute = "none yet"
        self._minute_at = 0

    def read_blocks(self, block_bytes: int = _BLOCK_BYTES) -> Iterator[list[Message]]:
        """Read messages in arrival order, about `block_bytes` of text at a time; tokens are line numbers.

        Raises:
            OSError: The file cannot be read.
        """
        with self._path.open("rb") as raw:
            text = cast("IO[bytes]", gzip.GzipFile(fileobj=raw, mode="rb")) if self._path.suffix == ".gz" else raw
            rest = b""
            while block := self._read_next(text, block_bytes):
                head, newline, tail = block.rpartition(b"\n")
                self.read_bytes = min(raw.tell(), self.total_bytes)
                if not newline:
                    rest += tail
                    continue
                whole, rest = rest + head, tail
                yield self._parse_block(whole)
            self.read_bytes = self.total_bytes
            if rest:
                yield self._parse_block(rest)

    def _read_next(self, text: IO[bytes], block_bytes: int) -> bytes:
        try:
            return text.read(block_bytes)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            # What was read of a file cut short is still good; the rest is gone either way.
            self._refuse(self._number + 1, f"the file ends in the middle: {error}")
            return b""

    def _parse_block(self, block: bytes) -> list[Message]:
        found: list[Message] = []
        try:
            lines = _LINES.decode_lines(block)
        except (msgspec.DecodeError, UnicodeDecodeError):
            lines = None
        if lines is not None and len(lines) == block.count(b"\n") + 1:
            self.lines += len(lines)
            for line in lines:
                self._number += 1
                given = line.at
                payload = bytes(line.payload)
                if given.__class__ is int and given >= self._latest and payload[0] != _TEXT:
                    self._latest = given
                    found.append(Message(line.topic, payload, given, self._number))
                else:
                    self._add(found, line)
            return found
        for raw in block.split(b"\n"):
            self._number += 1
            if not raw.strip():
                continue
            self.lines += 1
            try:
                self._add(found, _LINES.decode(raw))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                self._refuse(self._number, str(error))
        return found

    def _add(self, found: list[Message], line: _Line) -> None:
        at = self._parse_time(line.at)
        if at is None:
            self._refuse(self._number, f"at: neither epoch ms nor a time with a zone: {ascii(line.at)[:60]}")
            return
        payload = bytes(line.payload)
        if payload[0] == _TEXT:
            try:
                payload = _STRING.decode(payload).encode(line.encoding)
            except (LookupError, UnicodeEncodeError) as error:
                self._refuse(self._number, f"payload: {error}")
                return
        if at < self._latest:
            self.disordered += 1
            at = self._latest
        self._latest = at
        found.append(Message(line.topic, payload, at, self._number))

    def _parse_time(self, given: float | str) -> int | None:
        """Parse an arrival time. Times of one minute share their first 17 characters, so only the seconds are parsed again."""
        if isinstance(given, str) and len(given) == 24 and given.startswith(self._minute) and given[23] == "Z":
            seconds, thousandths = given[17:19], given[20:23]
            if seconds.isdecimal() and thousandths.isdecimal() and seconds < "60" and given[19] == ".":
                return self._minute_at + int(seconds) * 1000 + int(thousandths)
        at = read_device_ms(given)
        if at is not None and isinstance(given, str) and len(given) == 24 and given[23] == "Z" and given[16] == ":":
            self._minute, self._minute_at = given[:17], at - at % 60_000
        return at

    def _refuse(self, number: int, why: str) -> None:
        self.bad_count += 1
        if len(self.bad) < _REPORTED:
            self.bad.append(BadLine(number, why))


class RecordingWriter:
    """Writes a recording under the name `NAME.part`, and gives it its final name on `close`; `.gz` by name.

    If it is never closed, what was flushed stays in `NAME.part`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._raw: IO[bytes] = self._part.open("wb")
        self._file: IO[bytes] = self._raw
        if path.suffix == ".gz":
            self._file = cast("IO[bytes]", gzip.GzipFile(path.name, "wb", 6, cast("Any", self._raw), mtime=0))
        self.count = 0

    def write(self, messages: Sequence[Message]) -> None:
        """Append messages in their order."""
        lines = [_ENCODER.encode(_make_line(message)) for message in messages]
        if lines:
            self._file.write(b"\n".join(lines) + b"\n")
            self.count += len(lines)

    def flush(self) -> None:
        """Sync what was written to the disk."""
        self._file.flush()
        self._raw.flush()
        os.fsync(self._raw.fileno())

    def close(self) -> None:
        """Finish the file and give it its name."""
        if self._raw.closed:
            return
        self._file.flush()
        if self._file is not self._raw:
            self._file.close()
        self._raw.flush()
        os.fsync(self._raw.fileno())
        self._raw.close()
        self._part.replace(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _make_line(message: Message) -> _Written:
    at = (_EPOCH + timedelta(milliseconds=message.received_at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    payload = message.payload
    try:
        value = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = ""
    if not isinstance(value, str):
        # Between JSON tokens a line break is white space; inside a JSON text it cannot stand.
        return _Written(at, message.topic, msgspec.Raw(payload.replace(b"\r", b" ").replace(b"\n", b" ").strip()))
    try:
        return _Written(at, message.topic, payload.decode("utf-8"))
    except UnicodeDecodeError:
        return _Written(at, message.topic, payload.decode("latin-1"), "latin-1")
