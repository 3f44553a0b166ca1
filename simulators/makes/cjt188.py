"""Water meters that speak CJ/T 188 behind a modem: a frame for each reading, with the total in steps of ten litres."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from simulators.makes.make import METER, Entry, Make, read_number

_COLD: Final = 0x10
_REPLY: Final = 0x81
_PRESENT: Final = b"\x90\x1f\x00"
_CUBIC_METRES: Final = b"\x2c"
_MOST: Final = 99_999_999


def _make_address(device: str) -> str:
    return f"{read_number(device):014d}"


def _write(address: str, _kind: str, entries: Sequence[Entry], at: int) -> Iterator[tuple[str, bytes]]:
    now = entries[-1]
    total = now.get("volume_m3")
    written = (
        b"\xff" * 4 if not isinstance(total, float | int) or total < 0 else _write_bcd(min(int(total * 100 + 1e-6), _MOST), 4)
    )
    clock = _write_bcd(int(datetime.fromtimestamp(now.get("at", at) // 1000, UTC).strftime("%Y%m%d%H%M%S")), 7)
    body = _PRESENT + written + _CUBIC_METRES + bytes(4) + _CUBIC_METRES + clock + bytes(2)
    frame = bytes((0x68, _COLD)) + bytes.fromhex(address)[::-1] + bytes((_REPLY, len(body))) + body
    yield f"cjt188/dtu-{address[-6:]}", b"\xfe" * 4 + frame + bytes((sum(frame) & 0xFF, 0x16))


def _write_bcd(number: int, length: int) -> bytes:
    """Write decimal digits, two in a byte, the low byte first."""
    return bytes.fromhex(f"{number:0{2 * length}d}")[::-1]


MAKE: Final = Make(
    "cjt188", frozenset({METER}), _make_address, _write, keeps=False, fleet_fields=lambda _device: {"resolution_litres": 10.0}
)
