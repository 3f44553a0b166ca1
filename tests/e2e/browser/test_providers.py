"""The page of providers in a real browser: a supervisor suspends one by keyboard, and everybody can read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from playwright.sync_api import Page, expect

from homebeat.domain.contract import Contract
from homebeat.domain.fleet import Responder, ResponderKind
from homebeat.domain.ids import ResponderId
from tests.contract.response.street import webhook
from tests.e2e.browser.test_page import browser, clock, open_page, pytestmark, serious_of, server, street
from tests.people import add_account, name_link
from tests.unit.api.street import Street, fleet

__all__ = ["browser", "open_page", "pytestmark", "server", "street"]


def test_a_veto_is_entered_by_keyboard(open_page: Callable[..., Page], street: Street) -> None:
    area = (fleet(1).areas[0].id,)
    relief = Responder(ResponderId("relief-co"), "Relief", ResponderKind.PROVIDER, area, channels=webhook("relief"))
    care = replace(relief, id=ResponderId("care-co"), contract=Contract((relief.id,)), channels=webhook("care"))
    with street.store.begin() as tx:
        tx.fleet.apply(replace(fleet(12), responders=(care, relief)), clock())
    add_account(street.store, "boss-1", "supervisor@town")
    page = open_page(wait=False)
    page.context.clear_cookies()
    start = "/".join(page.url.split("/", 3)[:3])
    page.goto(start + name_link(street.store, "boss-1", clock()))
    page.click("main button")
    page.goto(start + "/providers")
    page.get_by_text("Suspend care-co …").focus()
    page.keyboard.press("Enter")
    form = page.locator("form[action$='care-co/suspend']")
    form.get_by_label("Why").fill("the committee voted on Monday")
    form.get_by_label("The residents' supervising committee decided so").press("Space")
    serious_of(page)
    form.get_by_role("button", name="Suspend it").press("Enter")
    expect(page.locator("main .state.quiet")).to_have_text("care-co Its work goes to: relief-co")
    page.get_by_text("What was decided").click()
    expect(page.locator("details[open] li")).to_contain_text("vetoed by the residents' committee")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
