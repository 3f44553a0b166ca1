"""The pages that add and change a home, in a real browser: readable by everybody, and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.e2e.browser.test_page import browser, open_page, pytestmark, serious_of, server, street
from tests.e2e.browser.test_people import boss
from tests.unit.api.street import Street

__all__ = ["boss", "browser", "open_page", "pytestmark", "server", "street"]
PATHS = ("/homes/h-0/edit", "/homes/h-0/trial", "/homes/new")


@pytest.mark.parametrize("locale, scheme", [("en", "light"), ("zh-CN", "dark")])
def test_nothing_that_axe_calls_serious_and_nothing_sticks_out_on_a_phone(
    boss: Callable[..., Page], street: Street, locale: str, scheme: str
) -> None:
    street.sos(0, minutes_ago=3)  # with an alert all is shown that can be changed
    page = boss(PATHS[0], locale=locale, color_scheme=scheme)
    assert page.locator("html").get_attribute("lang") == locale
    base = page.url.removesuffix(PATHS[0])
    for path in PATHS:
        page.set_viewport_size({"width": 1366, "height": 800})
        page.goto(base + path)
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        serious_of(page)
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
