"""Meters and bands that speak Sparkplug B: each is a node that connects, is born, and says what it measured, by numbers alone.

The bytes are written here with the field numbers of the specification, by no library: so a reader can be held against them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from simulators.makes.make import BAND, METER, Entry, Make

#: Number of a type by its name, and number of the field in which its value stands.
_TYPES: Final = {
    "Int8": (1, 10), "Int16": (2, 10), "Int32": (3, 10), "Int64": (4, 11), "UInt8": (5, 10), "UInt16": (6, 10), "UInt32": (7, 10),
    "UInt64": (8, 11), "Float": (9, 12), "Double": (10, 13), "Boolean": (11, 14), "String": (12, 15), "DateTime": (13, 11),
}  # fmt: skip
#: What a node may say, as its birth names it.
_ALIASES: Final[Mapping[str, dict[str, Any]]] = {
    name: {"name": name, "alias": n, "dataType": kind}
    for n, (name, kind) in enumerate(
        {"volume_m3": "Double", "battery_pct": "Double", "steps": "Double", "heart_rate_bpm": "Double", "spo2_pct": "Double",
         "worn": "Boolean", "at_home": "Boolean", "asleep": "Boolean", "alarm": "String"}.items(), 1)
}  # fmt: skip
_SEQUENCE: Final = 256
_SILENCE: Final = 3_600_001
_FLOAT: Final = 12
_DOUBLE: Final = 13
_TEXT: Final = 15
_MORE: Final = 0x80
_32_BITS: Final = 2**32 - 1
_64_BITS: Final = 2**64 - 1


def encode_payload(view: Mapping[str, Any]) -> bytes:
    """Encode the JSON view `{"timestamp": ms, "metrics": [...], "seq": n}`; each part may be left out."""
    parts = [_write_number(1, view["timestamp"])] if "timestamp" in view else []
    parts += [_write_bytes(2, _encode_metric(one)) for one in view.get("metrics", [])]
    parts += [_write_number(3, view["seq"])] if "seq" in view else []
    return b"".join(parts)


def _encode_metric(view: Mapping[str, Any]) -> bytes:
    kind, place = _TYPES[view["dataType"]]
    parts = [_write_bytes(1, view["name"].encode())] if "name" in view else []
    for number, name in ((2, "alias"), (3, "timestamp"), (5, "isHistorical"), (7, "isNull")):
        parts += [_write_number(number, int(view[name]))] if name in view else []
    parts += [] if view.get("isTypeless") else [_write_number(4, kind)]
    return b"".join(parts) + (_write_value(place, view["value"]) if view.get("value") is not None else b"")


def _write_value(place: int, value: Any) -> bytes:
    if place == _FLOAT:
        return _write_varint(place << 3 | 5) + struct.pack("<f", value)
    if place == _DOUBLE:
        return _write_varint(place << 3 | 1) + struct.pack("<d", value)
    if place == _TEXT:
        return _write_bytes(place, value.encode())
    return _write_number(place, int(value) & (_64_BITS if _TYPES["Int64"][1] == place else _32_BITS))


def _write_number(number: int, value: int) -> bytes:
    return _write_varint(number << 3) + _write_varint(value)


def _write_bytes(number: int, value: bytes) -> bytes:
    return _write_varint(number << 3 | 2) + _write_varint(len(value)) + value


def _write_varint(value: int) -> bytes:
    written = bytearray()
    while value >= _MORE:
        written.append(value % _MORE + _MORE)
        value //= _MORE
    return bytes([*written, value])


class Nodes:
    """Writes what nodes say. One that was silent for an hour has to connect again, and is born anew."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[int, int]] = {}  # when, and the number of that message

    def write(self, address: str, _kind: str, entries: Sequence[Entry], at: int) -> Iterator[tuple[str, bytes]]:
        """Write a birth where it is due, and what was measured."""
        group, _, node = address.partition("/")
        last, number = self._said.get(address, (at, 0))
        if not last < at < last + _SILENCE:
            number = 0
            born = [{"name": "bdSeq", "dataType": "Int64", "value": 0}, *({"isNull": True, **one} for one in _ALIASES.values())]
            yield f"spBv1.0/{group}/NBIRTH/{node}", encode_payload({"timestamp": at, "seq": 0, "metrics": born})
        measured = [_write_entry(name, value, entry.get("at", at), is_kept=len(entries) > 1)
                    for entry in entries for name, value in entry.items() if name != "at" and _find_type(value)]  # fmt: skip
        number = (number + 1) % _SEQUENCE
        self._said[address] = at, number
        yield f"spBv1.0/{group}/NDATA/{node}", encode_payload({"timestamp": at, "seq": number, "metrics": measured})


def _write_entry(name: str, value: object, at: int, *, is_kept: bool) -> dict[str, Any]:
    kind, known = _find_type(value), _ALIASES.get(name)
    same = known is not None and known["dataType"] == kind
    called = {"alias": known["alias"], "isTypeless": True} if known is not None and same else {"name": name}
    return called | {"timestamp": at, "dataType": kind, "value": value} | ({"isHistorical": True} if is_kept else {})


def _find_type(value: object) -> str:
    if isinstance(value, bool):
        return "Boolean"
    return "Double" if isinstance(value, float | int) else "String" if isinstance(value, str) else ""


MAKE: Final = Make("sparkplug", frozenset({METER, BAND}), lambda device: f"street/{device}", Nodes().write)
