"""Reads names and values out of a broken message: cut off, wrongly quoted, wrongly encoded, compressed, or binary.

It has one purpose: to see whether a refused message says that somebody needs help (`need`). It never raises. It reads a bounded
part of the message, in time proportional to that part. Its values are not used as measurements.
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

#: How many bytes of a message are read, compressed or not.
MOST_BYTES: Final = 65_536
_MOST_PAIRS: Final = 4_000
_PACKED: Final = (b"\x1f\x8b", b"x\x01", b"x^", b"x\x9c", b"x\xda")
#: As zlib counts: a window of 32 KiB, with the header of gzip or of zlib.
_EITHER_HEADER: Final = 47
_TOKEN: Final = re.compile(
    r"""[\s\0]*+(?:(?P<mark>[{}\[\]:=,;&])|"(?P<double>(?:[^"\\]|\\.)*+)(?P<end>"?)"""
    r"""|'(?P<single>(?:[^'\\]|\\.)*+)(?P<stop>'?)|(?P<bare>[^\s\0{}\[\]:=,;&"']++)|(?P<rest>.))""",
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_PERCENT: Final = re.compile(rb"%([0-9a-fA-F]{2})")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
#: Names whose value is itself the name of a value beside it, as in SenML and in many clouds' lists of properties.
_NAMING: Final = frozenset({"n", "name", "key", "k", "id", "metric", "identifier"})
_VALUED: Final = frozenset({"v", "vs", "vb", "vd", "value", "val"})

Scalar = str | float | bool | None


@dataclass(frozen=True, slots=True)
class Pair:
    """One value with its name.

    Attributes:
        name: Empty where there is none; a value in a list has the name of the list.
        parent: The name of the object that holds it.
        group: The number of that object in the message.
        is_whole: False for a text that is cut off by the end of the message.
    """

    name: str
    parent: str
    value: Scalar
    group: int = 0
    is_whole: bool = True


@dataclass(slots=True)
class _Level:
    """An object or a list that has not ended yet."""

    name: str
    group: int
    is_list: bool
    key: str = ""
    naming: str = ""
    value: Pair | None = None
    base: str = ""


def read_pairs(payload: bytes) -> list[Pair]:
    """Read names and values of a payload, in order, in each encoding that it may have."""
    payload = _unpack(cut_middle(payload))
    found, is_done = _read_cbor(payload)
    for text in () if is_done else _decode_texts(payload):
        if len(found) < _MOST_PAIRS:
            found += _read_text(text, _MOST_PAIRS - len(found))
    return found + _read_inner(found)


def cut_middle(payload: bytes, most: int = MOST_BYTES) -> bytes:
    """Cut a payload down to what is read of it: all of it, or its two ends (`most` bytes together)."""
    half = most // 2
    return payload if len(payload) <= most else payload[:half] + b" " + payload[-half:]


def format_payload(payload: bytes, longest: int) -> str:
    """Format the readable text of a payload for people: one line, without control characters, at most `longest` long."""
    text = next(_decode_texts(_unpack(cut_middle(payload))), "")
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * longest]).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _unpack(payload: bytes) -> bytes:
    if not payload.startswith(_PACKED):
        return payload
    try:
        return zlib.decompressobj(_EITHER_HEADER).decompress(payload, MOST_BYTES) or payload
    except zlib.error:
        return payload


def _decode_texts(payload: bytes) -> Iterator[str]:
    """Decode the payload in the encodings that it may have, the likeliest first."""
    if payload.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield payload.decode("utf-16", "replace")
        return
    start = payload.rstrip(b"\0")[:64]
    if start.count(0) > len(start) // 4:
        yield payload.decode("utf-16-le" if payload[1:2] == b"\0" else "utf-16-be", "replace").lstrip("\ufeff")
        return
    if b"%" in payload and b"{" not in payload:
        payload = _PERCENT.sub(lambda found: bytes.fromhex(found[1].decode()), payload).replace(b"+", b" ")
    try:
        yield payload.decode("utf-8").lstrip("\ufeff")
    except UnicodeDecodeError:
        # perhaps a note in GBK or Latin-1 in an otherwise plain message: read both
        yield payload.decode("gb18030", "replace")
        yield payload.decode("latin-1")


def _read_text(text: str, most: int) -> list[Pair]:
    if not any(mark in text for mark in "{[=:"):
        return [Pair("", "", text.strip(" \t\r\n\0\"'"))]
    reader = _Reader()
    for token in _TOKEN.finditer(text):
        reader.take(token)
        if len(reader.found) >= most:
            break
    reader.finish()
    return reader.found


@dataclass(slots=True)
class _Reader:
    """Collects pairs from marks and texts, in whatever order they come."""

    found: list[Pair] = field(default_factory=list)
    open: list[_Level] = field(default_factory=lambda: [_Level("", 0, is_list=False)])
    groups: int = 0
    #: A text that may turn out to be a name.
    held: tuple[Scalar, bool] | None = None

    def take(self, token: re.Match[str]) -> None:
        mark = token["mark"]
        if mark is None:
            self._hold(token)
        elif mark in "{[":
            self._release()
            here = self.open[-1]
            name = here.name if here.is_list else here.key
            self.groups += mark == "{"
            self.open.append(_Level(name, self.groups if mark == "{" else here.group, is_list=mark == "["))
        elif mark in "}]":
            self._release()
            self._close()
        elif mark in ":=" and self.held is not None and not self.open[-1].is_list:
            self.open[-1].key = str(self.held[0])
            self.held = None
        elif mark in ",;&":
            self._release()
            self.open[-1].key = ""

    def finish(self) -> None:
        """End the text; what is still open counts as closed."""
        self._release()
        while self.open:
            self._close(at_end=True)

    def _hold(self, token: re.Match[str]) -> None:
        self._release()
        if token["bare"] is not None:
            self.held = token["bare"], True
        elif token["double"] is not None:
            self.held = _unescape(token["double"]), bool(token["end"])
        elif token["single"] is not None:
            self.held = _unescape(token["single"]), bool(token["stop"])

    def _release(self) -> None:
        """Add the held text as a value."""
        if self.held is None:
            return
        (value, is_whole), self.held, here = self.held, None, self.open[-1]
        name, parent = (here.name, self.open[-2].name) if here.is_list else (here.key, here.name)
        pair = Pair(name, parent, value, here.group, is_whole)
        self.found.append(pair)
        key = here.key.lower()
        if key == "bn":
            here.base = str(value)
        elif key in _NAMING:
            here.naming = str(value)
        elif key in _VALUED:
            here.value = pair
        here.key = here.key if here.is_list else ""

    def _close(self, *, at_end: bool = False) -> None:
        done = self.open.pop()
        if done.value is not None and (done.naming or done.base):
            name = re.split("[/:]", done.base + done.naming)[-1]
            self.found.append(Pair(name, done.name, done.value.value, done.group, done.value.is_whole))
        if not self.open and not at_end:
            self.open.append(_Level("", 0, is_list=False))
        elif self.open and not self.open[-1].is_list:
            self.open[-1].key = ""


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text) if "\\" in text else text


def _read_inner(found: list[Pair]) -> list[Pair]:
    """Read texts that themselves hold a message, plain or in base64."""
    inner: list[Pair] = []
    for pair in found:
        if not isinstance(pair.value, str) or len(inner) >= _MOST_PAIRS:
            continue
        if "{" in pair.value:
            inner += _read_text(pair.value, _MOST_PAIRS - len(inner))
        elif _BASE64.fullmatch(pair.value):
            try:
                text = binascii.a2b_base64(pair.value.replace("-", "+").replace("_", "/") + "===").decode("utf-8")
            except (binascii.Error, ValueError):
                continue
            if text.isprintable():
                inner += _read_text(text, _MOST_PAIRS - len(inner))
    return inner


class _NotCbor(Exception):
    pass


def _read_cbor(payload: bytes) -> tuple[list[Pair], bool]:
    """Read the pairs of a CBOR map or list; also returns whether it took the whole payload."""
    if not payload or payload[0] >> 5 not in {4, 5, 6}:
        return [], False
    reader = _CborReader(payload)
    try:
        reader.read_item("", "", 0)
    except (_NotCbor, IndexError):
        return reader.found, False  # cut off, or something else: what was read so far counts
    return reader.found, reader.at == len(payload)


@dataclass(slots=True)
class _CborReader:
    """Reads the part of RFC 8949 that devices use: integers, texts, lists, maps, tags, simple values. Floats give no value."""

    payload: bytes
    at: int = 0
    found: list[Pair] = field(default_factory=list)
    _DEEPEST: Final = 16

    def read_item(self, name: str, parent: str, depth: int) -> Scalar:
        """Read one item. A scalar is returned, and added to `found`."""
        if depth > self._DEEPEST or len(self.found) > _MOST_PAIRS:
            raise _NotCbor
        kind, size = self._read_head()
        value: Scalar = None
        match kind:
            case 0 | 1:
                value = float(size if kind == 0 else -1 - size)
            case 2 | 3:
                value = self._read_bytes(size).decode("utf-8", "replace")
            case 4:
                for _ in range(size):
                    self.read_item(name, parent, depth + 1)
                return None
            case 5:
                for _ in range(size):
                    key = _CborReader(self.payload, self.at)
                    said = key.read_item("", "", depth + 1)
                    self.at = key.at
                    self.read_item(str(said), name, depth + 1)
                return None
            case 6:
                return self.read_item(name, parent, depth + 1)
            case _:
                value = {20: False, 21: True}.get(size)
        self.found.append(Pair(name, parent, value))
        return value

    def _read_head(self) -> tuple[int, int]:
        first = self.payload[self.at]
        self.at += 1
        kind, low = first >> 5, first & 31
        if low < 24:
            return kind, low
        if low > 27:
            raise _NotCbor
        size = 1 << low - 24
        number = int.from_bytes(self._read_bytes(size))
        return kind, -1 if kind == 7 else number

    def _read_bytes(self, size: int) -> bytes:
        taken = self.payload[self.at : self.at + size]
        self.at += size
        if len(taken) < size:
            raise _NotCbor
        return taken
