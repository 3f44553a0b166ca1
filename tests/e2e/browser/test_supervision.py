"""The supervisor's pages in a real browser: readable by everybody, and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Page, expect

from homebeat.domain.rota import Rota
from homebeat.domain.scope import EVERYTHING
from tests.e2e.browser.test_page import browser, clock, open_page, pytestmark, serious_of, server, street
from tests.e2e.browser.test_people import boss
from tests.unit.api.street import Street, fleet
from tests.unit.console.test_duty_page import PEOPLE, ROTA

__all__ = ["boss", "browser", "open_page", "pytestmark", "server", "street"]
PATHS = ("/supervisor", "/duty", "/silences", "/hand-over", "/duty/roster?area=lane")


@pytest.fixture
def manned(street: Street) -> Rota:
    """The rota of the lane, from before now on, with a gap in each week."""
    with street.store.read(EVERYTHING) as reader:
        assert not reader.rotas.list_rotas()
    today = datetime.fromtimestamp(clock() / 1000, UTC).date()
    rota = replace(ROTA, starts_on=date(today.year - 1, 1, 1))
    with street.store.begin() as tx:
        tx.fleet.apply(replace(fleet(street.homes), responders=PEOPLE), clock())
        tx.rotas.set_all([rota], "command:ops", clock())
        tx.rotas.refresh({rota.id: rota}, clock())
    street.sos(0, minutes_ago=3)
    return rota


@pytest.mark.parametrize("locale, scheme", [("en", "light"), ("zh-CN", "dark")])
def test_nothing_that_axe_calls_serious_and_nothing_sticks_out_on_a_phone(
    boss: Callable[..., Page], manned: Rota, locale: str, scheme: str
) -> None:
    page = boss("/supervisor", locale=locale, color_scheme=scheme)
    assert page.locator("html").get_attribute("lang") == locale
    expect(page.locator(".late li")).to_have_count(1)
    base = page.url.removesuffix("/supervisor")
    for path in PATHS:
        page.set_viewport_size({"width": 1366, "height": 800})
        page.goto(base + path)
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        serious_of(page)
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    page.goto(f"{base}/duty?rota={manned.id}")
    expect(page.locator(".gap-cell")).to_have_count(1)
