"""Every page that a role may open, in a real browser: nothing that axe calls serious, nothing that sticks out on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import pytest
from playwright.sync_api import Page

from homebeat.console.web.pages import PAGES
from tests.e2e.browser.test_page import browser, clock, open_page, pytestmark, serious_of, server, street
from tests.people import add_account, name_link
from tests.unit.api.street import Street

__all__ = ["browser", "open_page", "pytestmark", "server", "street"]

#: Pages that no header leads to.
MORE: Final = (
    *("/settings/guides", "/settings/rules?area=lane", "/settings/rules/no_water?area=lane"),
    *("/", "/resident/r-3", "/account", "/map?area=lane", "/map?area=lane&building=", "/devices/set-aside", "/devices/fields"),
    *("/devices/fields/edit", "/homes/new", "/homes/h-3/edit", "/homes/h-3/trial", "/duty/roster", "/digest"),
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("role", "locale", "scheme"),
    [
        ("supervisor", "zh-CN", "dark"),
        ("supervisor", "en", "light"),
        ("desk", "zh-CN", "light"),
        ("admin", "en", "dark"),
        ("installer", "zh-CN", "light"),
        ("auditor", "en", "light"),
    ],
)
def test_every_page_of_a_role(
    role: str, locale: str, scheme: Literal["light", "dark"], open_page: Callable[..., Page], street: Street
) -> None:
    add_account(street.store, "one", f"{role}@town")
    street.sos(3)
    page = open_page(wait=False, locale=locale, color_scheme=scheme)
    base = "/".join(page.url.split("/", 3)[:3])
    page.context.clear_cookies()
    page.goto(base + name_link(street.store, "one", clock()))
    page.click("main button")
    shown = []
    for path in (*MORE, *PAGES):
        answer = page.goto(base + path, wait_until="domcontentloaded")
        assert answer is not None
        assert answer.status in {200, 403}, path
        if answer.status == 200:
            shown.append(path)
            assert page.locator("html").get_attribute("lang") == locale
            serious_of(page)
            page.set_viewport_size({"width": 390, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
            page.set_viewport_size({"width": 1366, "height": 800})
    assert len(shown) > 2, "the role opens some pages"
