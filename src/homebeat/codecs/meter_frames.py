"""Reads frames of CJ/T 188: what water meters of China say on their bus, and their gateways and modems pass on as bytes.

A frame: `68`, the type of the meter, seven bytes of address, a control, a length, so many bytes, a checksum, `16`. Numbers are
BCD with the low byte first. A present reading has the data identifier `90 1F` by the edition of 2004, `1F 90` by that of 2018.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, NamedTuple

from homebeat.codecs.plain import LARGEST
from homebeat.codecs.reports import put, show, take_number
from homebeat.codecs.values import add_fault, add_heartbeat
from homebeat.codecs.wire import Limits, Mark, Raw, Readings
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric

_START: Final = 0x68
_END: Final = 0x16
#: Bytes of a frame around its body, and in front of it.
_AROUND: Final = 13
_BEFORE: Final = 11
#: Cold, hot, drinking and reclaimed water; 20H are meters of heat, 30H of gas, 40H of electricity.
_WATER: Final = range(0x10, 0x20)
#: Bits of the control: a reply of the meter, and one that refuses.
_REPLY: Final = 0x80
_REFUSES: Final = 0x40
_READ: Final = 0x81
_PRESENT: Final = (b"\x90\x1f", b"\x1f\x90")
_CUBIC_METRES: Final = 0x2C
_LITRES: Final = 0x29
#: Places in a body: the present total and its unit, the meter's clock, its state.
_TOTAL: Final = slice(3, 7)
_UNIT: Final = 7
_CLOCK: Final = slice(13, 20)
_STATE: Final = 20
_WHOLE: Final = 22
#: Bytes that fill what is not measured.
_FILLS: Final = (b"\xff" * 4, b"\x99" * 4)
_VALVES: Final = ("open", "closed", "reserved", "fault")
_LOW_BATTERY: Final = 0x04
#: Bytes that begin as a frame does, and are looked at, at most.
_MOST_TRIED: Final = 2_000


_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2}[\s,:-]?){13,}")
_BREAKS: Final = re.compile(r"[\s,:-]")


class MeterFrame(NamedTuple):
    """One frame whose length and checksum are right.

    Attributes:
        meter: The address of the meter, 14 digits.
        kind: Its type, as the frame has it.
        control: What the frame is.
        body: What stands between its length and its checksum.
    """

    meter: str
    kind: int
    control: int
    body: bytes

    @property
    def is_reply(self) -> bool:
        """Whether a meter said it; otherwise somebody asks or orders."""
        return bool(self.control & _REPLY)


def read_hex(text: str) -> bytes | None:
    """Read hex digits, with breaks between the bytes or without; None where it is something else, or too short for a frame."""
    return None if _HEX.fullmatch(text.strip()) is None else bytes.fromhex(_BREAKS.sub("", text))


def find_frames(raw: bytes, most: int) -> tuple[list[MeterFrame], int]:
    """Find the frames in bytes: a modem may have put a text in front, and `FE` stands before most frames.

    Args:
        raw: The bytes.
        most: So many frames at most; further ones are left.

    Returns:
        The good ones, and how many others end where a frame should, with a wrong checksum.
    """
    found: list[MeterFrame] = []
    at, tried, broken = raw.find(_START), 0, 0
    while at >= 0 and len(found) < most and tried < _MOST_TRIED:
        tried += 1
        end = _find_end(raw, at)
        if end is None:
            at = raw.find(_START, at + 1)
        elif sum(raw[at:end]) & 0xFF != raw[end]:
            broken += 1
            at = raw.find(_START, at + 1)
        else:
            address = raw[at + 2 : at + 9][::-1].hex()
            if address.isdigit():
                found.append(MeterFrame(address, raw[at + 1], raw[at + 9], raw[at + _BEFORE : end]))
            at = raw.find(_START, end + 2)
    return found, broken


def _find_end(raw: bytes, at: int) -> int | None:
    """Find the checksum of the frame that begins here; None where it does not end as a frame does."""
    end = at + _BEFORE + raw[at + _BEFORE - 1] if len(raw) >= at + _AROUND else len(raw)
    return end if end + 1 < len(raw) and raw[end + 1] == _END else None


def take_frame(readings: Readings, frame: MeterFrame, at: int, mark: Mark, limits: Limits) -> None:
    """Take what a meter said; that it lives where that is no present reading of water.

    Its clock is shown only: it has no zone, and is often not set. Of the state two things are the same in all meters: the valve,
    and a low battery. Litres (unit `29`) are written with two decimals by some makers and without by others, so they come out as
    pulses: how many litres one is says the registry.
    """
    body = frame.body
    if frame.control & _REFUSES:
        add_fault(readings, QuarantineReason.WRONG_SHAPE, "frame", f"the meter refused: control {frame.control:02x}")
    elif frame.control == _READ and frame.kind in _WATER and body[:2] in _PRESENT and len(body) > _UNIT:
        _take_total(readings, body[_TOTAL], body[_UNIT], at, mark, limits)
        if len(body) >= _WHOLE:
            _take_state(readings, body, at, mark, limits)
    if not readings.metric:
        add_heartbeat(readings, at, mark)


def _take_total(readings: Readings, written: bytes, unit: int, at: int, mark: Mark, limits: Limits) -> None:
    digits = written[::-1].hex()
    if written in _FILLS:
        readings.unmeasured += 1
    elif not digits.isdigit():
        add_fault(readings, QuarantineReason.ABSURD_VALUE, "total", f"no digits: {digits}")
    elif unit == _CUBIC_METRES:
        take_number(readings, Metric.VOLUME_M3, int(digits) / 100, at, mark, limits)
    elif unit == _LITRES and int(digits) < LARGEST:
        put(readings, Raw.PULSES, float(int(digits)), at, mark)
    else:
        add_fault(readings, QuarantineReason.ABSURD_VALUE, "total", f"unknown unit {unit:02x}: {digits}")


def _take_state(readings: Readings, body: bytes, at: int, mark: Mark, limits: Limits) -> None:
    state = body[_STATE]
    show(readings, "meter_state", body[_STATE:_WHOLE].hex(), at, limits)
    if state != 0xFF:  # filled
        show(readings, "valve", _VALVES[state & 3], at, limits)
        if state & _LOW_BATTERY:
            put(readings, Metric.BATTERY_LOW, 1.0, at, mark)
    show(readings, "meter_clock", _read_clock(body[_CLOCK]), at, limits)


def _read_clock(written: bytes) -> str | None:
    """Read a clock, seconds first and the century last; None where it is none: some makers write it the other way round."""
    clock = written[::-1].hex()
    text = f"{clock[:4]}-{clock[4:6]}-{clock[6:8]} {clock[8:10]}:{clock[10:12]}:{clock[12:]}"
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return None
    return text
