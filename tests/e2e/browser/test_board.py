"""The example of a board, as it is shipped, in a real browser against a running service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from homebeat.domain.alert import Outcome, resolve
from homebeat.store.alert.writes import AlertWrites
from tests.e2e.browser.test_page import DeskServer, browser, clock, pytestmark, server, street
from tests.people import add_key
from tests.unit.api.street import Street

__all__ = ["browser", "pytestmark", "server", "street"]

BOARD: Final = Path(__file__).parents[3] / "deploy" / "examples" / "board.html"
KEY: Final = "of-the-board-on-the-wall"
#: The page says that it is blind after 12 s.
PATIENCE_MS: Final = 20_000


@pytest.fixture
def board(browser: Browser, server: DeskServer, street: Street) -> Iterator[Callable[[str], Page]]:
    """Opens the page as a proxy would give it, under the address of the service, and types a key."""
    add_key(street.store, KEY, "integrator", area="lane")
    context = browser.new_context(locale="en")

    def opened(key: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"the page's script failed: {error}"))
        page.route("**/board.html*", lambda route: route.fulfill(path=BOARD, content_type="text/html; charset=utf-8"))
        page.goto(f"{server.address}/board.html")
        page.get_by_label("Key of the API").fill(key)
        page.get_by_role("button", name="Show").click()
        return page

    yield opened
    context.close()


def close(street: Street, alert_id: str) -> None:
    with street.store.begin() as tx:
        found = tx.alerts.get(alert_id)  # type: ignore[arg-type]
        assert found is not None
        AlertWrites(tx).apply(*resolve(found, clock(), "user:ann", Outcome.FINE))


def test_what_is_open_is_listed_and_what_happens_appears(board: Callable[[str], Page], street: Street) -> None:
    first = street.sos(0)
    page = board(KEY)
    expect(page.get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_role("status")).to_contain_text("Watched")
    expect(page.get_by_role("listitem")).to_contain_text("critical · sos · h-0")
    street.sos(1)
    expect(page.get_by_role("listitem")).to_have_count(2)
    close(street, first.id)
    expect(page.get_by_role("listitem")).to_have_count(1)
    assert "Lin Yue" not in page.content()
    assert KEY not in page.url


def test_it_says_that_it_is_blind_and_sees_again(board: Callable[[str], Page], server: DeskServer, street: Street) -> None:
    page = board(KEY)
    expect(page.get_by_role("status")).to_contain_text("Watched")
    expect(page.get_by_role("alert")).to_be_hidden()
    server.stop()
    expect(page.get_by_role("alert")).to_contain_text("No word from homebeat", timeout=PATIENCE_MS)
    street.sos(2)
    server.start()
    expect(page.get_by_role("listitem")).to_have_count(1, timeout=PATIENCE_MS)
    expect(page.get_by_role("alert")).to_be_hidden()


@pytest.mark.parametrize("locale, query", [("zh-CN", ""), ("en", "?lang=zh")])
def test_it_speaks_chinese(browser: Browser, server: DeskServer, street: Street, locale: str, query: str) -> None:
    add_key(street.store, KEY, "integrator", area="lane")
    street.sos(0)
    context = browser.new_context(locale=locale)
    page = context.new_page()
    page.route("**/board.html*", lambda route: route.fulfill(path=BOARD, content_type="text/html; charset=utf-8"))
    page.goto(f"{server.address}/board.html{query}")
    page.get_by_label("API 密钥").fill(KEY)
    page.get_by_role("button", name="显示").click()
    expect(page.get_by_role("heading")).to_have_text("未办结的告警")
    expect(page.get_by_role("listitem")).to_contain_text("紧急 · sos · h-0 · 始于")
    expect(page.get_by_role("listitem")).to_contain_text("无人接单")
    expect(page.get_by_role("status")).to_contain_text("监测中")
    context.close()


def test_a_key_that_opens_nothing_is_said(board: Callable[[str], Page]) -> None:
    page = board("wrong")
    expect(page.get_by_role("alert")).to_contain_text("This key opens nothing here.")
    expect(page.get_by_label("Key of the API")).to_be_visible()
