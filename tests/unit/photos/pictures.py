"""Pictures as a telephone sends them, made here."""

from __future__ import annotations

import io

from PIL import Image

#: Tags of EXIF: how the telephone was held, its name, and where a block with the position begins.
HELD, MODEL, POSITION = 0x0112, 0x0110, 0x8825


def take_photo(width: int = 2_400, height: int = 1_800, kind: str = "JPEG", **more: object) -> bytes:
    """A photo, red on its left half and blue on its right."""
    made = Image.new("RGB", (width, height), "blue")
    made.paste("red", (0, 0, width // 2, height))
    written = io.BytesIO()
    made.save(written, kind, **more)
    return written.getvalue()


def take_with_position(held: int = 1) -> bytes:
    """A photo that says where it was taken and with which telephone, with a comment, held in one of eight ways."""
    exif = Image.Exif()
    exif[HELD], exif[MODEL] = held, "Pangolin 12"
    exif.get_ifd(POSITION)[1] = "N"
    return take_photo(exif=exif, comment=b"Narwhal7")


def open_picture(content: bytes) -> Image.Image:
    """Open a picture."""
    return Image.open(io.BytesIO(content))
