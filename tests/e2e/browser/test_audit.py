"""The page of the audit in a real browser: by keyboard, without script, on a phone, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from homebeat.actions.look import Look, record_looks
from homebeat.domain.actor import Actor, ActorKind
from tests.e2e.browser.test_page import browser, clock, open_page, pytestmark, serious_of, server, street
from tests.people import add_account, name_link
from tests.unit.api.street import Street

__all__ = ["browser", "open_page", "pytestmark", "server", "street"]


@pytest.fixture
def auditor(open_page: Callable[..., Page], street: Street) -> Iterator[Callable[..., Page]]:
    add_account(street.store, "he", "auditor")
    chen, screen = Actor(ActorKind.PERSON, "chen", "desk"), Actor(ActorKind.KEY, "screen", "nurse")
    for n in range(6):
        record_looks(street.store, chen, [Look(f"resident:r-{n}", frozenset({"address", "phone", "vitals"}))], clock())
    record_looks(street.store, screen, [Look("household:a-very-long-id-of-a-home-" + "x" * 80, frozenset({"water"}))], clock())

    said: list[str] = []

    def opened(path: str = "/audit", **more: object) -> Page:
        page = open_page(wait=False, **more)
        page.context.clear_cookies()
        page.goto("/".join(page.url.split("/", 3)[:3]) + name_link(street.store, "he", clock()))
        page.click("main button")
        page.wait_for_url("**/supervisor")
        page.on("console", lambda message: said.append(message.text))
        page.goto("/".join(page.url.split("/", 3)[:3]) + path)
        return page

    yield opened
    assert said == [], "the console of the browser has messages"


@pytest.mark.parametrize("script", [True, False])
def test_read_searched_verified_and_saved(auditor: Callable[..., Page], script: bool) -> None:
    page = auditor("/people", java_script_enabled=script)
    page.get_by_text("Pages", exact=True).click()
    page.get_by_role("link", name="Audit").click()
    expect(page.locator("main li")).to_have_count(9)  # with the sign-ins of the desk and of the auditor
    page.get_by_label("Who: a name").fill("chen")
    page.get_by_label("What").select_option("look")
    page.get_by_label("Who: a name").press("Enter")
    expect(page.locator("main li")).to_have_count(6)
    expect(page.get_by_label("What")).to_have_value("look")
    page.get_by_role("link", name="resident:r-3").click()
    expect(page.locator("main li")).to_have_count(1)
    page.get_by_role("button", name="Verify the newest 10,000 rows").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("All well: the newest rows follow each other (9 checked).")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save all as a file").press("Enter")
    assert download.value.suggested_filename == "audit.jsonl"
    assert download.value.path().read_text(encoding="utf-8").count("\n") == 9 + 1 + 2, "with the look at all of it"


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_that_axe_calls_serious(auditor: Callable[..., Page], locale: str, scheme: Literal["light", "dark"]) -> None:
    page = auditor(locale=locale, color_scheme=scheme)
    assert page.locator("html").get_attribute("lang") == locale
    serious_of(page)
    page.locator("form[action$='/verify'] button").click()
    serious_of(page)
    page.goto(page.url.replace("/console/audit/verify", "/audit?since=x"))
    serious_of(page)


def test_on_a_phone_nothing_sticks_out_and_every_target_is_large_enough(auditor: Callable[..., Page]) -> None:
    page = auditor()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        """[...document.querySelectorAll('button, header a, select, input:not([type=hidden])')]
        .filter(e => e.offsetParent && e.getBoundingClientRect().height < 36).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert small == []
