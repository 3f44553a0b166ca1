"""A photo is made small, keeps what it shows, and loses whatever else stands in it. What is none is refused, and harms nobody."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib

import pytest
from PIL import Image

from homebeat.photos.fault import PhotoFault
from homebeat.photos.shrink import LONGEST, TooManyPixels, shrink
from homebeat.photos.shrinker import MOST_BYTES, PhotoShrinker
from tests.unit.photos.pictures import HELD, open_picture, take_photo, take_with_position


def show(picture: Image.Image, across: float, down: float) -> str:
    """The colour at a place of a picture, by parts of its width and height."""
    red, green, blue = picture.convert("RGB").getpixel((int(picture.width * across), int(picture.height * down)))  # type: ignore[misc]
    names = {(1, 0, 0): "red", (0, 0, 1): "blue", (1, 1, 1): "white", (0, 0, 0): "black"}
    return names.get((round(red / 255), round(green / 255), round(blue / 255)), "other")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "MPO"])
def test_each_kind_becomes_a_small_jpeg_that_shows_the_same(kind: str) -> None:
    made = open_picture(shrink(take_photo(kind=kind)))
    assert (made.format, made.size) == ("JPEG", (LONGEST, 1_200))
    assert (show(made, 0.25, 0.5), show(made, 0.75, 0.5)) == ("red", "blue")


def test_a_small_photo_is_not_made_larger() -> None:
    assert open_picture(shrink(take_photo(64, 48))).size == (64, 48)


def test_nothing_is_left_of_where_and_with_what_it_was_taken() -> None:
    sent = take_with_position()
    assert b"Pangolin" in sent
    assert b"Narwhal7" in sent
    made = shrink(sent)
    assert b"Pangolin" not in made
    assert b"Narwhal7" not in made
    assert b"Exif" not in made
    assert not open_picture(made).getexif()


def test_a_telephone_that_was_held_upside_down_or_on_its_side_shows_it_upright() -> None:
    over = open_picture(shrink(take_with_position(held=3)))
    assert (show(over, 0.25, 0.5), show(over, 0.75, 0.5)) == ("blue", "red")
    side = open_picture(shrink(take_with_position(held=6)))
    assert (side.size, show(side, 0.5, 0.25), show(side, 0.5, 0.75)) == ((1_200, LONGEST), "red", "blue")
    assert HELD not in side.getexif()


def test_what_is_clear_becomes_white() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (40, 30), (0, 0, 0, 0)).save(written, "PNG")
    assert show(open_picture(shrink(written.getvalue())), 0.5, 0.5) == "white"


def test_grey_of_sixteen_bits_keeps_its_shades() -> None:
    written, row = io.BytesIO(), struct.pack("<H", 64 * 256) * 20 + struct.pack("<H", 192 * 256) * 20
    Image.frombytes("I;16", (40, 30), row * 30).save(written, "PNG")
    made = open_picture(shrink(written.getvalue())).convert("L")
    assert [round(made.getpixel((x, 15)) / 8) for x in (10, 30)] == [8, 24]  # type: ignore[operator]


def test_an_odd_tag_costs_nothing() -> None:
    text, short = 2, 3  # a unit that is a text: the library would fail to write it again
    tags = struct.pack("<HHHIHHHHI4s", 2, HELD, short, 1, 6, 0, 0x0128, text, 4, b"odd")
    sent = take_photo(exif=b"Exif\0\0II*\0" + struct.pack("<I", 8) + tags + bytes(4))
    assert open_picture(shrink(sent)).size == (1_200, LONGEST)


def test_of_a_moving_picture_the_first_is_kept() -> None:
    written = io.BytesIO()
    first, second = Image.new("RGB", (40, 30), "red"), Image.new("RGB", (40, 30), "blue")
    first.save(written, "WEBP", save_all=True, append_images=[second], lossless=True)
    made = open_picture(shrink(written.getvalue()))
    assert (show(made, 0.5, 0.5), getattr(made, "n_frames", 1)) == ("red", 1)


def make_bomb(side: int) -> bytes:
    """A PNG of some hundred bytes that says that it has `side` pixels each way."""

    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(bytes(1_000))) + part(b"IEND", b"")


@pytest.mark.parametrize("side", [5_001, 40_000, 2_000_000_000])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_read(side: int) -> None:
    with pytest.raises((TooManyPixels, ValueError)):
        shrink(make_bomb(side))


def write_as(kind: str) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (40, 30)).save(written, kind)
    return written.getvalue()


@pytest.fixture(scope="module")
def shrinker() -> PhotoShrinker:
    return PhotoShrinker()


UNREADABLE = {
    "nothing": b"",
    "a text": b"<script>alert(1)</script>",
    "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "cut off": take_photo()[:5_000],
    "a GIF": write_as("GIF"),
    "a TIFF": write_as("TIFF"),
    "a PDF": write_as("PDF"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_such_picture_is_refused(name: str) -> None:
    with pytest.raises(Exception) as refused:  # noqa: PT011 -- whatever the library says; its process ends with a code
        shrink(UNREADABLE[name])
    assert not isinstance(refused.value, TooManyPixels)


def test_the_process_answers_with_a_picture_or_says_why_not(shrinker: PhotoShrinker) -> None:
    made = shrinker.shrink(take_photo(9_000, 6_700))  # 60 million pixels, as the largest camera of a telephone makes them
    assert isinstance(made, bytes)
    assert open_picture(made).size[0] == LONGEST
    assert shrinker.shrink(UNREADABLE["cut off"]) is PhotoFault.UNREADABLE
    assert shrinker.shrink(make_bomb(40_000)) is PhotoFault.TOO_LARGE
    assert shrinker.shrink(bytes(MOST_BYTES + 1)) is PhotoFault.TOO_LARGE


def test_the_largest_picture_that_is_read_fits_into_the_memory_of_the_process(shrinker: PhotoShrinker) -> None:
    clear = io.BytesIO()
    Image.new("RGBA", (5_000, 5_000), (255, 0, 0, 128)).save(clear, "PNG")
    assert isinstance(shrinker.shrink(clear.getvalue()), bytes)
    assert isinstance(shrinker.shrink(take_photo(11_000, 9_000, progressive=True, quality=20, subsampling=0)), bytes)


def test_the_process_opens_no_file_and_no_connection_once_it_reads_a_picture() -> None:
    tries = (
        "import socket; from homebeat.photos.shrink import confine; confine()\n"
        "for go in (lambda: open('/etc/passwd'), lambda: socket.socket()):\n"
        "    try: go()\n"
        "    except OSError: print('refused')\n"
    )
    said = subprocess.run([sys.executable, "-I", "-c", tries], capture_output=True, text=True, timeout=60, check=True)
    assert said.stdout.split() == ["refused", "refused"]
