"""A resident's limits in a real browser: readable by everybody, on a phone too, and the choice is made with the mouse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from homebeat.domain.ids import ResidentId
from homebeat.domain.scope import EVERYTHING
from tests.e2e.browser.test_page import browser, clock, open_page, pytestmark, serious_of, server, street
from tests.people import add_account, name_link
from tests.unit.api.learning import learn, learned, poor
from tests.unit.api.street import HOUR, Street

__all__ = ["browser", "open_page", "pytestmark", "server", "street"]
SUPERVISOR = "of-a-supervisor"


@pytest.fixture
def boss(open_page: Callable[..., Page], street: Street) -> Callable[..., Page]:
    add_account(street.store, "boss-1", "supervisor")
    learn(street, replace(learned(2), learned_at=clock() - 20 * HOUR), poor(1))
    street.water(2, silent_hours=12)

    def opened(path: str, **more: object) -> Page:
        page = open_page(wait=False, **more)
        page.context.clear_cookies()
        page.goto("/".join(page.url.split("/", 3)[:3]) + name_link(street.store, "boss-1", clock()))
        page.click("main button")
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + path)
        return page

    return opened


def test_a_carer_moves_along_the_curve_and_back(boss: Callable[..., Page], street: Street) -> None:
    page = boss("/resident/r-2")
    page.get_by_label("About one false alarm in 4 months").check()
    page.get_by_role("button", name="Choose", exact=True).click()
    expect(page.locator("main")).to_contain_text("Chosen, and not in force yet")
    expect(page.get_by_label("About one false alarm in 4 months")).to_be_checked()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("As in the settings")).to_be_checked()
    with street.store.read(EVERYTHING) as reader:
        assert [(c.actor, c.chosen) for c in reader.learned.list_choices(ResidentId("r-2"))] == [
            ("user:boss-1", None),
            ("user:boss-1", 0.25),
        ]


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_that_axe_calls_serious(
    boss: Callable[..., Page], street: Street, locale: str, scheme: Literal["light", "dark"]
) -> None:
    page = boss("/resident/r-2", locale=locale, color_scheme=scheme)
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    assert page.locator("table:visible").count() == 3, "water, limits, and what a budget is worth"
    serious_of(page)
    page.goto(page.url.replace("/resident/r-2", "/digest"))
    serious_of(page)
    alert = street.open("no_sign_of_life", 2, minutes_ago=1)
    page.goto(page.url.replace("/digest", f"/?alert={alert.id}"))
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    serious_of(page)


@pytest.mark.parametrize("path", ["/resident/r-1", "/resident/r-2", "/digest"])
def test_on_a_phone_nothing_sticks_out_and_every_target_is_large_enough(boss: Callable[..., Page], path: str) -> None:
    page = boss(path)
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        """[...document.querySelectorAll('button, summary, header a, fieldset label, select')]
        .filter(e => e.offsetParent && e.getBoundingClientRect().height < 36).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert small == []
    letters = page.evaluate(
        """[...document.querySelectorAll('.chart text')].map(e => e.getBoundingClientRect().height)
        .filter(height => height < 11)"""
    )
    assert letters == []
