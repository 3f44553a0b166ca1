"""The picture of the desk: made by `python -m tests.docs.picture`, small enough for a slow line, and shown."""

from __future__ import annotations

import struct

from tests.docs.pages import ROOT
from tests.docs.picture import MOST_BYTES, PICTURE

_PNG = b"\x89PNG\r\n\x1a\n"


def test_the_picture_is_there_and_small_enough() -> None:
    raw = PICTURE.read_bytes()
    assert raw.startswith(_PNG)
    assert len(raw) < MOST_BYTES == 200_000
    width, height = struct.unpack(">II", raw[16:24])
    assert width > height > 500, "a screen, and large enough to be read"


def test_both_readmes_show_it() -> None:
    assert "](docs/desk.png)" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "](../desk.png)" in (ROOT / "docs" / "zh-CN" / "README.md").read_text(encoding="utf-8")
