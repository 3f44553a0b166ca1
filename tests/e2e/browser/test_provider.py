"""Signing in through an identity provider in a real browser, which keeps cookies as browsers do, and follows no form elsewhere.

The provider is `127.0.0.1`, homebeat is `localhost`: two sites, as in a city.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.test_page import DeskServer, browser, clock, open_page, pytestmark, serious_of, street
from tests.identity_provider.fixtures import identity_provider, identity_provider_process
from tests.identity_provider.process import SUBJECT, RunningProvider
from tests.people import add_account, add_identity, add_link
from tests.unit.api.street import Street

__all__ = ["browser", "identity_provider", "identity_provider_process", "open_page", "pytestmark", "server", "street"]


@pytest.fixture
def server(street: Street, tmp_path: Path, identity_provider: RunningProvider) -> Iterator[DeskServer]:
    found = DeskServer(f"sqlite:///{tmp_path}/street.db", "--provider", identity_provider.issuer)
    found.address = f"http://localhost:{found.port}"
    identity_provider.set_faults(redirects=[f"{found.address}/sign-in/back"])
    add_account(street.store, "chen", "desk@lane")
    try:
        yield found
    finally:
        found.stop()


@pytest.fixture
def visit(open_page: Callable[..., Page], server: DeskServer) -> Callable[..., Page]:
    def visited(path: str, **more: object) -> Page:
        page = open_page(wait=False, **more)
        page.context.clear_cookies()
        page.goto(server.address + path)
        return page

    return visited


def test_one_signs_in_there_and_lands_where_one_wanted_to(
    visit: Callable[..., Page], street: Street, identity_provider: RunningProvider
) -> None:
    add_identity(street.store, "chen", identity_provider.issuer, SUBJECT)
    page = visit("/digest")
    page.get_by_role("button", name="Sign in with").press("Enter")
    page.wait_for_url("**/digest")
    page.goto(page.url.removesuffix("/digest"))
    expect(page.locator(".who-am-i")).to_have_text("chen")
    cookies = {one["name"]: one["sameSite"] for one in page.context.cookies()}
    assert cookies == {"homebeat_session": "Strict"}


def test_a_link_connects_and_the_next_time_needs_none(
    visit: Callable[..., Page], street: Street, identity_provider: RunningProvider
) -> None:
    page = visit(f"/sign-in?link={add_link(street.store, 'chen', now=clock())}")
    page.get_by_role("button", name="Connect with").click()
    expect(page.locator(".who-am-i")).to_have_text("chen")
    page = visit("/", java_script_enabled=False)
    page.get_by_role("button", name="Sign in with").click()
    expect(page.locator(".who-am-i")).to_have_text("chen")


def test_whom_nobody_knows_here_sees_their_id(visit: Callable[..., Page]) -> None:
    page = visit("/sign-in")
    page.get_by_role("button", name="Sign in with").click()
    expect(page.get_by_role("alert")).to_contain_text("no account of homebeat belongs to you yet")
    expect(page.locator(".subject")).to_have_text(SUBJECT)
    expect(page.get_by_label("Password")).to_be_visible()


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_readable_and_fits_a_phone(
    visit: Callable[..., Page], street: Street, locale: str, scheme: Literal["light", "dark"]
) -> None:
    for path in ("/sign-in", f"/sign-in?link={add_link(street.store, 'chen', now=clock())}"):
        page = visit(path, locale=locale, color_scheme=scheme)
        assert page.locator("html").get_attribute("lang") == locale
        serious_of(page)
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page = visit("/sign-in", locale=locale, color_scheme=scheme)
    page.locator("button.primary").click()
    expect(page.locator(".subject")).to_be_visible()
    serious_of(page)
