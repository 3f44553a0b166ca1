"""Shrinks one photo, in a process of its own: `python -I -m homebeat.photos.shrink`.

It reads a picture from its input and writes a JPEG to its output. What is sent may be made to harm whoever opens it: so the
process opens no file and no connection, takes bounded memory and time, and nothing else of homebeat runs in it.
"""

from __future__ import annotations

import io
import os
import resource
import signal
import sys
from typing import Final

from PIL import Image, ImageOps

from homebeat.photos.fault import PhotoFault

#: The longer side of what is kept, pixels: a door plate and a face can be read.
LONGEST: Final = 1_600
#: Of what is sent: a JPEG is read at a part of its size, so that more fits into memory.
MOST_PIXELS: Final = {"JPEG": 100_000_000, "MPO": 100_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
_QUALITY: Final = 80
#: Bytes of address space, seconds of processor time, seconds by the clock.
_MOST_MEMORY: Final = 640 << 20
_MOST_CPU_S: Final = 8
_MOST_S: Final = 30


class TooManyPixels(ValueError):
    """It has more pixels than are read."""


def shrink(content: bytes) -> bytes:
    """Make a JPEG of at most `LONGEST` pixels a side of a JPEG, PNG or WebP; of several pictures the first.

    Only the picture is carried over: not where and when it was taken, with which telephone, nor a smaller picture inside it.

    Raises:
        TooManyPixels: It has more pixels than are read.
        Exception: Whatever else the library says of what is no such picture.
    """
    Image.MAX_IMAGE_PIXELS = None  # ours is the limit below, which goes by the kind
    with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as sent:
        if sent.width * sent.height > MOST_PIXELS.get(sent.format or "", 0):
            raise TooManyPixels
        sent.draft("RGB", (LONGEST, LONGEST))
        sent.getexif()  # how the telephone was held; the rest is not written again, where one odd tag would be an error
        sent.info.pop("exif", None)
        sent.thumbnail((LONGEST, LONGEST))
        upright = ImageOps.exif_transpose(sent)
    if upright.mode.startswith("I"):  # 16 bits of grey, of which the library would make white
        upright = upright.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    upright = upright.convert("RGBA")
    made = Image.new("RGB", upright.size, "white")  # a new picture: the library would write a comment along with the old one
    made.paste(upright, mask=upright)
    written = io.BytesIO()
    made.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()


def confine() -> None:
    """Let this process open nothing more, and end by itself. What it needs is loaded by now."""
    Image.init()
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_CPU_S, _MOST_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    signal.alarm(_MOST_S)  # where whoever started it is gone


def main() -> int:
    """Shrink one photo; returns the exit code."""
    os.nice(19)  # nobody waits for a photo: the alarm path runs beside it
    content = sys.stdin.buffer.read()
    confine()
    try:
        made = shrink(content)
    except (TooManyPixels, MemoryError):
        return PhotoFault.TOO_LARGE
    except Exception:  # noqa: BLE001 -- whatever a library says of bytes that somebody made
        return PhotoFault.UNREADABLE
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
