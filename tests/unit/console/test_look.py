"""Light, dark or as the system: chosen by a link, without a script; paper stays white."""

from __future__ import annotations

import re

import pytest

from homebeat.console.web.look import Brightness, draw_style, read_look
from homebeat.console.web.page import STATIC
from tests.unit.api.fixtures import TestClient


def test_a_reader_chooses_dark_and_every_page_has_it(desk: TestClient) -> None:
    assert 'href="/look?to=dark&amp;next=%2Faccount"' in desk.get("/account").text
    chosen = desk.get("/look", params={"to": "dark", "next": "/account"})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/account")
    style = desk.get("/look.css")
    assert style.text.startswith("@media screen {")
    assert ".to-dark { display: none" in style.text
    assert style.headers["vary"] == "Cookie"
    for path in ("/", "/account", "/nowhere"):
        assert '<link rel="stylesheet" href="/look.css">' in desk.get(path, headers={"accept": "text/html"}).text


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example"])
def test_the_switch_leads_nowhere_else(guest: TestClient, target: str) -> None:
    assert guest.get("/look", params={"to": "light", "next": target}).headers["location"] == "/"


def test_no_other_look_can_be_chosen_and_a_strange_cookie_is_as_the_system(guest: TestClient) -> None:
    assert guest.get("/look", params={"to": "*{}"}).status_code == 422
    assert read_look("*{}") is Brightness.SYSTEM
    assert "prefers-color-scheme: dark" in draw_style(Brightness.SYSTEM, "")
    assert draw_style(Brightness.LIGHT, "x").startswith("@media not all")


def test_both_palettes_name_the_same_colours() -> None:
    light, dark = ((STATIC / name).read_text() for name in ("console.css", "dark.css"))
    named = set(re.findall(r"(--[\w-]+):", light.partition("@media")[0]))
    assert set(re.findall(r"(--[\w-]+):", dark)) == named
    assert set(re.findall(r"var\((--[\w-]+)\)", light)) <= named


def test_letters_grow_with_the_browsers_own() -> None:
    """In pixels are only the texts of pictures, which grow with their picture."""
    style = (STATIC / "console.css").read_text()
    fixed = re.findall(r"[^{}]+\{[^{}]*font(?:-size)?: ?[\d.]+px[^{}]*\}", style)
    assert all(re.search(r"\.(chart|heat|map|trial svg) ", rule) for rule in fixed)
    assert re.search(r"body \{ font: 1rem/", style)
