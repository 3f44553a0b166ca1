"""Writes payloads of Sparkplug B from their JSON view, byte by byte, with the field numbers of the specification."""

from __future__ import annotations

import struct
from typing import Any, Final

#: Number of a type by its name, and number of the field in which its value stands.
_TYPES: Final = {
    "Int8": (1, 10), "Int16": (2, 10), "Int32": (3, 10), "Int64": (4, 11), "UInt8": (5, 10), "UInt16": (6, 10), "UInt32": (7, 10),
    "UInt64": (8, 11), "Float": (9, 12), "Double": (10, 13), "Boolean": (11, 14), "String": (12, 15), "DateTime": (13, 11),
}  # fmt: skip
_32_BITS: Final = 2**32 - 1
_64_BITS: Final = 2**64 - 1


def encode_payload(view: dict[str, Any]) -> bytes:
    """Encode `{"timestamp": ms, "metrics": [...], "seq": n}`; each part may be left out."""
    parts = [_write_number(1, view["timestamp"])] if "timestamp" in view else []
    parts += [_write_bytes(2, _encode_metric(one)) for one in view.get("metrics", [])]
    parts += [_write_number(3, view["seq"])] if "seq" in view else []
    return b"".join(parts)


def _encode_metric(view: dict[str, Any]) -> bytes:
    kind, place = _TYPES[view["dataType"]]
    parts = [_write_bytes(1, view["name"].encode())] if "name" in view else []
    for number, name in ((2, "alias"), (3, "timestamp"), (5, "isHistorical"), (7, "isNull")):
        parts += [_write_number(number, int(view[name]))] if name in view else []
    parts += [] if view.get("isTypeless") else [_write_number(4, kind)]
    return b"".join(parts) + (_write_value(place, view["value"]) if view.get("value") is not None else b"")


def _write_value(place: int, value: Any) -> bytes:
    if place == 12:
        return _write_varint(place << 3 | 5) + struct.pack("<f", value)
    if place == 13:
        return _write_varint(place << 3 | 1) + struct.pack("<d", value)
    if place == 15:
        return _write_bytes(place, value.encode())
    return _write_number(place, int(value) & (_64_BITS if place == 11 else _32_BITS))


def _write_number(field: int, value: int) -> bytes:
    return _write_varint(field << 3) + _write_varint(value)


def _write_bytes(field: int, value: bytes) -> bytes:
    return _write_varint(field << 3 | 2) + _write_varint(len(value)) + value


def _write_varint(value: int) -> bytes:
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    return bytes([*written, value])
