"""Consent in a real browser: entered by keyboard and without script, and readable by everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.test_page import browser, clock, open_page, pytestmark, serious_of, server, street
from tests.people import add_account, name_link
from tests.unit.api.street import Street

__all__ = ["browser", "open_page", "pytestmark", "server", "street"]


@pytest.fixture
def nurse(open_page: Callable[..., Page], street: Street) -> Callable[..., Page]:
    add_account(street.store, "nurse-1", "nurse@lane")

    def opened(**more: Any) -> Page:
        page = open_page(wait=False, **more)
        page.context.clear_cookies()
        base = "/".join(page.url.split("/", 3)[:3])
        page.goto(base + name_link(street.store, "nurse-1", clock()))
        page.click("main button")
        page.goto(base + "/resident/r-3")
        return page

    return opened


@pytest.mark.parametrize("script", [True, False])
def test_a_withdrawal_is_entered_and_taken_back(nurse: Callable[..., Page], script: bool) -> None:
    page = nurse(java_script_enabled=script)
    for decision, shown in (("Withdrawn", 1), ("Agreed", 0)):
        page.locator("summary", has_text="Enter an agreement").focus()
        page.keyboard.press("Enter")
        page.get_by_label("What it is about").select_option("band")
        page.get_by_role("radio", name=decision).check()
        page.get_by_label("Date on the paper").fill("2026-02-27")
        page.get_by_label("Where the paper is").fill("folder 12")
        page.get_by_role("button", name="Enter", exact=True).press("Enter")
        expect(page.locator("#consent + ul .badge", has_text="Withdrawn")).to_have_count(shown)
    expect(page.locator(".history", has_text="folder 12").locator("li")).to_have_count(2)


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_that_axe_calls_serious(nurse: Callable[..., Page], locale: str, scheme: Literal["light", "dark"]) -> None:
    page = nurse(locale=locale, color_scheme=scheme)
    page.locator("details:has(select[name=purpose]) summary").click()
    page.locator("select[name=purpose]").select_option("water")
    page.locator("input[value=withdrawn]").check()
    page.locator("input[name=decided_on]").fill("2026-02-27")
    page.locator("input[name=paper]").fill("folder 12, sheet 3")
    page.locator("form[action$='/consent'] button").click()
    page.locator("details:has(select[name=purpose]) summary").click()
    serious_of(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
