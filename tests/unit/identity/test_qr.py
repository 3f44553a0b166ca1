"""The picture holds what was asked for, and nothing that a page must not carry."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from homebeat.identity.qr import draw_qr
from homebeat.identity.totp import make_totp_secret, make_totp_uri

SVG = "{http://www.w3.org/2000/svg}"


def read_modules(svg: str) -> list[list[int]]:
    """Paint the path on a grid again."""
    root = ET.fromstring(svg)
    size = int(root.attrib["viewBox"].split()[2])
    grid = [[0] * size for _ in range(size)]
    dark = root.findall(f"{SVG}path")[1].attrib["d"]
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", dark):
        for column in range(int(x), int(x) + int(length)):
            assert not grid[int(y)][column], "painted twice"
            grid[int(y)][column] = 1
    return grid


@pytest.mark.parametrize("text", ["x", make_totp_uri(make_totp_secret(), "陈雨", "homebeat care.example"), "长" * 300])
def test_the_picture_is_the_code_with_room_around_it(text: str) -> None:
    grid = read_modules(draw_qr(text, "set up"))
    code = segno.make(text, error="m", micro=False).matrix
    assert [row[4:-4] for row in grid[4:-4]] == [[int(dark) for dark in row] for row in code]
    assert not any(map(any, grid[:4] + grid[-4:]))
    assert not any(any(row[:4] + row[-4:]) for row in grid)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40))
def test_the_label_is_text_and_never_markup(label: str) -> None:
    root = ET.fromstring(draw_qr("x", label))
    assert root.attrib["aria-label"] == label
    assert [child.tag for child in root] == [f"{SVG}path"] * 2


def test_it_loads_nothing_and_has_no_style_of_its_own() -> None:
    svg = draw_qr("https://care.example/x", 'a "quoted" <b>')
    assert not re.search(r"style|href|url\(|<script|care\.example", svg)
    assert len(draw_qr(make_totp_uri(make_totp_secret(), "chen", "homebeat care.example"), "set up")) < 20_000


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="Data too large"):
        draw_qr("x" * 5000, "set up")
