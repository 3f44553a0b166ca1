"""Opens frames of CJ/T 188 as gateways and modems pass them on: as bytes, as hex digits, or as hex digits inside of JSON.

A message may hold frames of many meters. What a master asks for or orders is passed over, and nothing is ever sent: between the
frame that opens a valve and the one that closes it there is one byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.meter_frames import find_frames, read_hex, take_frame
from homebeat.codecs.reports import check_size, decode_json, hear
from homebeat.codecs.values import add_fault, format_value
from homebeat.codecs.wire import Limits, Mark, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason

NAME: Final = "cjt188"
TOPICS: Final = ("cjt188/+",)
#: What clouds call the device of which they pass something on.
_OF_A_CLOUD: Final = frozenset({"dev_id", "deviceId", "deviceName", "devicename", "notifyType"})
#: Texts of a JSON object that are looked through for a frame.
_MOST_TEXTS: Final = 64


def make_format() -> Format:
    """Make the format."""
    return Format(NAME, TOPICS, open_frames, recognises)


def recognises(found: object) -> bool:
    """Whether bytes hold a frame, or decoded JSON in hex digits that is not what a cloud wrote around it."""
    if isinstance(found, bytes):
        return bool(find_frames(_read_bytes(found), 1)[0])
    if not isinstance(found, dict) or not _OF_A_CLOUD.isdisjoint(found):
        return False
    return any(find_frames(raw, 1)[0] for raw in _list_raw(found))


def open_frames(_topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
    """Open one message.

    Args:
        _topic: Says nothing that the frames do not.
        payload: The bytes as they came.
        received_at: Arrival, epoch ms: the clock of a meter is not used.
        limits: Sizes beyond which it is refused.

    Raises:
        Unreadable: No frame is in it whose length and checksum are right.
    """
    check_size(payload, limits)
    found = decode_json(payload, limits) if payload[:1] == b"{" else None
    raws = [_read_bytes(payload)] if found is None else _list_raw(found)
    found_in = [find_frames(raw, limits.max_reports) for raw in raws]
    frames = [frame for good, _ in found_in for frame in good][: limits.max_reports]
    if not frames:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, f"no frame with a right checksum: {format_value(payload[:40].hex())}")
    reports = []
    for frame in frames:
        if frame.is_reply:
            readings = Readings()
            take_frame(readings, frame, received_at, Mark.UNTIMED, limits)
            reports.append(Report(frame.meter, readings))
    broken = sum(count for _, count in found_in)
    if broken and reports:
        add_fault(reports[0].readings, QuarantineReason.WRONG_SHAPE, "frame", f"{broken} beside it with a wrong checksum")
    if isinstance(found, dict) and reports:
        hear(reports[0].readings, {name: value for name, value in found.items() if not _holds_frame(value)}, received_at)
    return reports


def _list_raw(found: object) -> list[bytes]:
    """List what the texts of an object are as bytes, where they are hex digits."""
    if not isinstance(found, dict):
        return []
    texts = [value for value in found.values() if isinstance(value, str)][:_MOST_TEXTS]
    return [raw for text in texts if (raw := read_hex(text)) is not None]


def _holds_frame(value: object) -> bool:
    return isinstance(value, str) and read_hex(value) is not None


def _read_bytes(payload: bytes) -> bytes:
    """Read bytes that may be written as hex digits."""
    written = None if not payload.isascii() else read_hex(payload.decode("ascii"))
    return payload if written is None else written
