"""Payloads that no device should send: good ones, mutated. The same seed gives the same payloads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from random import Random

NOW = 1_772_352_000_000
#: What devices send when all is well: every form that a codec reads.
GOOD: list[bytes] = [
    json.dumps(value).encode()
    for value in (
        {"volume_m3": 866.335},
        {"at": "2026-03-01T08:00:00Z", "volume_m3": 866.335, "flow_m3h": 0.2, "battery_pct": 80, "meter_status": "ok"},
        {"at": NOW, "heart_rate_bpm": 71, "spo2_pct": 97, "steps": 4120, "worn": True, "asleep": False},
        {"alarm": "sos"},
        {"at": NOW, "alarm": "fall", "lat": 31.2, "lon": 121.4, "firmware": "1.2", "note": "\u8001\u4eba"},
        {"motion": 3, "door_open": True, "bed_occupied": False, "at_home": True, "rssi_dbm": -71, "body_temperature_c": 36.5},
        [{"at": NOW - 60_000, "steps": 1}, {"at": NOW, "steps": 2}, {"heart_rate_bpm": 0}],
        [{"at": NOW, "alarm": "ok"}, {"alarm": "help_cancelled"}],
        [{"bn": "urn:dev:mac:1:", "bt": 1772352000, "n": "volume_m3", "u": "m3", "v": 866.335}],
        [{"bn": "a/", "bt": 1772352000.5}, {"n": "heart_rate_bpm", "u": "beat/min", "v": 71}, {"n": "worn", "vb": True}],
        [{"n": "steps", "v": 3, "t": -20}, {"n": "alarm", "vs": "sos"}, {"n": "flow_m3h", "u": "l/min", "s": 5}],
        [{"bver": 10, "bu": "Cel", "bv": 30, "bs": 1, "n": "body_temperature_c", "v": 6.5}, {"n": "note", "vs": "x"}],
    )
]  # fmt: skip
#: What takes the place of a value.
ODD: list[bytes] = [
    b"1e308", b"-1e308", b"1e306", b"1e400", b"-1e400", b"1e-400", b"NaN", b"Infinity", b"-Infinity", b"-0", b"-0.0",
    b"9007199254740993", b"18446744073709551616", b"9" * 400, b"9" * 5000, b"-" + b"9" * 400, b"0.1e1", b"1E5", b"true",
    b"false", b"null", b'""', b'"sos"', b'"\\ud800"', b'"\\u0000"', b'"\\u202e"', b'"2026-03-01T24:00:00Z"',
    b'"0001-01-01T00:00:00+23:59"', b'"9999-12-31T23:59:59-23:59"', b'"2026-03-01"', b'"2026-W09-7T08:00:00Z"', b"[]", b"{}",
    b'["sos"]', b'{"sos": true}', b"0x1F", b"+7", b"31,23", b"undefined", b"'sos'", b'"' + b"a" * 300 + b'"', b'"\xff\xfe"',
]  # fmt: skip
NAMES: list[bytes] = [
    b"at", b"alarm", b"volume_m3", b"heart_rate_bpm", b"worn", b"meter_status", b"alarm_sos", b"n", b"v", b"vs", b"vb", b"vd",
    b"s", b"t", b"u", b"bn", b"bt", b"bu", b"bv", b"bs", b"bver", b"must_", b"heartbeat", b"", b"\\u0000", b"x" * 65,
]  # fmt: skip


def mutated(random: Random, count: int, good: Sequence[bytes] = GOOD) -> Iterator[bytes]:
    """So many payloads, most of them wrong in one to three ways."""
    for _ in range(count):
        payload = random.choice(good)
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            payload = random.choice(_WAYS)(random, payload)
        yield payload


def _flip(random: Random, payload: bytes) -> bytes:
    at = random.randrange(len(payload) + 1)
    return payload[:at] + bytes([random.randrange(256)]) + payload[at + 1 :]


def _cut(random: Random, payload: bytes) -> bytes:
    a, b = sorted(random.randrange(len(payload) + 1) for _ in range(2))
    return payload[:a] if random.random() < 0.3 else payload[:a] + payload[b:]


def _repeat(random: Random, payload: bytes) -> bytes:
    a, b = sorted(random.randrange(len(payload) + 1) for _ in range(2))
    return (payload[:b] + payload[a:])[:70_000]


def _wrap(random: Random, payload: bytes) -> bytes:
    before, after = random.choice(
        [(b"[", b"]"), (b'{"data": ', b"}"), (b"\xef\xbb\xbf", b""), (b"", b"\0"), (b"\n ", b"\r\n"), (b"", b" x"), (b'"', b'"')]
    )
    return before + payload + after


def _recode(random: Random, payload: bytes) -> bytes:
    text = payload.decode("utf-8", "replace")
    return text.encode(random.choice(["utf-16", "utf-32", "gbk", "latin-1", "utf-7"]), "replace")


def _put(random: Random, payload: bytes, value: bytes) -> bytes:
    """Something in the place of a value that follows a colon."""
    colons = [i for i, byte in enumerate(payload) if byte == ord(":")]
    if not colons:
        return value
    begin = random.choice(colons) + 1
    end = min((i for i in (payload.find(b",", begin), payload.find(b"}", begin)) if i >= 0), default=len(payload))
    return payload[:begin] + b" " + value + payload[end:]


def _odd_value(random: Random, payload: bytes) -> bytes:
    return _put(random, payload, random.choice(ODD))


def _deep_value(random: Random, payload: bytes) -> bytes:
    """Nested as deep as Python recurses, and deeper; names given twice at each level among them."""
    depth = random.choice((3, 30, 150, 198, 300, 600, 981, 1_500, 5_000))
    begin, middle, end = random.choice(
        [(b"[", b"1", b"]"), (b'{"a":', b"1", b"}"), (b'{"a":1,"a":', b"1", b"}"), (b'[{"x":2,"x":[', b'"sos"', b"]}]")]
    )
    return _put(random, payload, begin * depth + middle + end * depth)


def _odd_name(random: Random, payload: bytes) -> bytes:
    extra = b'"' + random.choice(NAMES) + b'": ' + random.choice(ODD) + b", "
    braces = [i for i, byte in enumerate(payload) if byte == ord("{")]
    if not braces:
        return extra + payload
    at = random.choice(braces) + 1
    return payload[:at] + extra * random.choice((1, 1, 2, 70)) + payload[at:]


_WAYS: tuple[Callable[[Random, bytes], bytes], ...] = (
    _flip, _flip, _cut, _repeat, _wrap, _recode, _odd_value, _odd_value, _odd_value, _deep_value, _odd_name, _odd_name,
)  # fmt: skip
