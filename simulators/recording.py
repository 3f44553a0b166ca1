"""Recordings: messages as JSON lines in arrival order, gzipped where the name ends in `.gz`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Final, cast

import msgspec

from simulators.localdays import format_iso
from simulators.street import Message

#: Lines written at once.
_BLOCK: Final = 20_000


def make_line(at: int, topic: str, payload: bytes) -> bytes:
    """One line: `{"at", "topic", "payload"}`; a payload that is no JSON object or list is written as a text."""
    return b'{"at":%d,"topic":"%b","payload":%b}\n' % (at, topic.encode(), _convert_to_json(payload))


def _convert_to_json(payload: bytes) -> bytes:
    """Convert a payload to its form in a line, with its encoding."""
    if payload[:1] in {b"{", b"["} and payload[-1:] in {b"}", b"]"}:
        try:
            msgspec.json.decode(payload)
        except msgspec.MsgspecError:
            pass
        else:
            return payload
    try:
        return msgspec.json.encode(payload.decode("utf-8"))
    except UnicodeDecodeError:
        return msgspec.json.encode(payload.decode("latin-1")) + b',"encoding":"latin-1"'


def write_recording(path: Path, messages: Iterable[Message], progress: Callable[[int], None] | None = None) -> int:
    """Write messages and return how many; `progress` gets the count now and then. The same messages give the same bytes."""
    count = 0
    block: list[bytes] = []
    with path.open("wb") as raw, _open_packed(raw, path) as file:
        for at, topic, payload in messages:
            block.append(make_line(at, topic, payload))
            if len(block) >= _BLOCK:
                file.write(b"".join(block))
                count += len(block)
                block.clear()
                if progress is not None:
                    progress(count)
        file.write(b"".join(block))
    return count + len(block)


def write_truth(path: Path, truth: Iterable[dict[str, str]], start: int, end: int) -> None:
    """Write what really happened, one JSON object per line; the first and the last say from when until when (epoch ms)."""
    rows = [{"at": format_iso(start), "kind": "began"}, *truth, {"at": format_iso(end), "kind": "ended"}]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _open_packed(raw: IO[bytes], path: Path) -> IO[bytes]:
    if path.suffix != ".gz":
        return raw
    # no name and no time in the header: the same recording is the same file
    return cast("IO[bytes]", gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=4, mtime=0))
