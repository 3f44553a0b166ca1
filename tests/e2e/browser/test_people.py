"""Accounts and keys in a real browser: readable by everybody, by keyboard, on a phone, and with nothing lost without script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.test_page import browser, clock, open_page, pytestmark, serious_of, server, street
from tests.people import add_account, add_key, add_session, name_link
from tests.unit.api.street import Street

__all__ = ["browser", "open_page", "pytestmark", "server", "street"]


@pytest.fixture
def boss(open_page: Callable[..., Page], street: Street) -> Callable[..., Page]:
    add_account(street.store, "boss-1", "supervisor@town")
    for name, roles in (("chen", ["desk@lane"]), ("li", ["desk@lane", "nurse@other"]), ("sun", ["auditor@town"])):
        add_account(street.store, name, *roles)
    add_session(street.store, "chen", "of-chen", clock() - 300_000)
    add_key(street.store, "secret-screen", "desk", "screen", area="lane", at=clock())

    def opened(path: str, **more: object) -> Page:
        page = open_page(wait=False, **more)
        page.context.clear_cookies()
        page.goto("/".join(page.url.split("/", 3)[:3]) + name_link(street.store, "boss-1", clock()))
        page.click("main button")
        page.goto("/".join(page.url.split("/", 3)[:3]) + path)
        return page

    return opened


def test_somebody_new_gets_a_link_and_signs_in_with_it(boss: Callable[..., Page]) -> None:
    page = boss("/")
    page.get_by_text("Pages").click()
    page.get_by_role("link", name="People").click()
    page.get_by_label("Name").fill("zhou min")
    page.get_by_label("Role").select_option("responder")
    page.get_by_label("In the area").select_option("lane")
    page.get_by_role("button", name="Make the account").click()
    link = page.locator(".secret").inner_text()
    assert link not in page.url
    page.context.clear_cookies()
    page.goto(link)
    page.click("main button")
    expect(page.locator(".who-am-i")).to_have_text("zhou min")


def test_a_slip_is_taken_back_by_keyboard(boss: Callable[..., Page], street: Street) -> None:
    page = boss("/people/li")
    page.get_by_role("button", name="Take away: Nurse, Other").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".undo")).to_contain_text("Taken away: Nurse, Other.")
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Take away: Nurse, Other")).to_be_visible()
    page.get_by_role("button", name="Disable").press("Enter")
    expect(page.locator(".state")).to_contain_text("nobody can sign in under this name")
    page.get_by_role("button", name="Enable again").press("Enter")
    expect(page.get_by_role("button", name="Disable")).to_be_visible()


def test_a_key_is_revoked_after_one_more_question_without_any_script(boss: Callable[..., Page]) -> None:
    page = boss("/keys", java_script_enabled=False)
    button = page.get_by_role("button", name="Revoke it for good")
    expect(button).to_be_hidden()
    page.locator("main summary").focus()
    page.keyboard.press("Enter")
    button.click()
    expect(page.locator(".badge")).to_have_text("Revoked")


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_that_axe_calls_serious(boss: Callable[..., Page], locale: str, scheme: Literal["light", "dark"]) -> None:
    page = boss("/people", locale=locale, color_scheme=scheme)
    assert page.locator("html").get_attribute("lang") == locale
    serious_of(page)
    base = page.url.removesuffix("/people")
    people = ("/people/chen", "/people/sun", "/keys", "/residents?q=lin", "/resident/r-3")
    settings = ("guides", "channels", "plans", "plans/own", "rotas", "rotas/edit?area=lane")
    for path in (*people, *(f"/settings/{one}" for one in settings)):
        page.goto(base + path)
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        serious_of(page)
    page.goto(f"{base}/people/chen")
    page.locator("form[action$='/link'] button").click()
    serious_of(page)
    page.goto(f"{base}/people/li")
    page.locator("form[action$='/take'] button").first.click()
    serious_of(page)


@pytest.mark.parametrize("path", ["/people", "/people/chen", "/people/sun", "/keys", "/residents?q=lin"])
def test_on_a_phone_nothing_sticks_out_and_every_target_is_large_enough(boss: Callable[..., Page], path: str) -> None:
    page = boss(path)
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        """[...document.querySelectorAll('button, summary, header a, select, input:not([type=hidden])')]
        .filter(e => e.offsetParent && e.getBoundingClientRect().height < 36).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert small == []
