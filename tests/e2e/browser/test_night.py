"""One night, and everybody who has a part in it: each by their own pages, in one browser, until the audit has it all."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from homebeat.domain.fleet import Channel, Fleet, Responder, ResponderKind
from homebeat.domain.ids import ResponderId
from tests.e2e.browser.test_page import DeskServer, browser, clock, pytestmark, server, street
from tests.people import add_account, add_family_link, add_key, name_link
from tests.unit.api.street import NAMES, Street, fleet

__all__ = ["browser", "pytestmark", "server", "street"]
ELDER = NAMES[3]
NUMBER = "139-0000-0003"
FOUND = "fell in the bathroom, unhurt"
Enter = Callable[[str, str, str], Page]


@pytest.fixture
def enter(browser: Browser, server: DeskServer, street: Street) -> Iterator[Enter]:
    """Opens a page for somebody new of a role, who signs in; for who has a link (role `link`), the page of that link."""
    contexts: list[BrowserContext] = []

    def entered(name: str, role: str, path: str) -> Page:
        context = browser.new_context(locale="en", viewport={"width": 1366, "height": 800})
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        if role != "link":
            add_account(street.store, name, f"{role}@lane" if role != "auditor" else role)
            path = name_link(street.store, name, clock(), path)
        page.goto(server.address + path)
        if role != "link":
            page.click("main button")
        return page

    yield entered
    for context in contexts:
        context.close()


def test_a_night_from_the_first_device_to_the_audit(enter: Enter, server: DeskServer, street: Street) -> None:
    before = fleet(street.homes)
    channels = (Channel("webhook", {"url": "https://w.example/x"}),)
    wang = Responder(ResponderId("wang"), "Wang", ResponderKind.VOLUNTEER, channels=channels, language="en")
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, before.households, (wang,)), clock())
    fit_a_device(enter("fitter", "installer", "/homes/h-3/edit"))
    alert = street.sos(3)
    desk = enter("night-desk", "desk", "/")
    card = take_and_send(desk, alert.id)
    door = enter("", "link", "/v/" + add_family_link(street.store, alert.id, "/wang", clock()))
    family = enter("", "link", "/f/" + add_family_link(street.store, alert.id, "h-3/lin", clock()))
    expect(family.locator("body")).to_contain_text("was asked at")
    door.get_by_role("button", name="I am going", exact=True).click()
    door.get_by_role("button", name="I am at the door", exact=True).click()
    expect(door.locator("body")).to_contain_text("You are at the door.")
    family.reload()
    expect(family.locator("body")).to_contain_text("at the door since")
    door.get_by_label("Confirmed safe and well").check()
    door.get_by_role("button", name="Report it").click()
    expect(card).to_contain_text("Was there")  # before: what somebody else has changed meanwhile is not closed unseen
    card.locator("input[value=helped]").check()
    card.locator(".close input[name=note]").fill(FOUND)
    card.locator(".close button").click()
    expect(desk.locator(f"#row-{alert.id}")).to_have_count(0)
    family.reload()
    expect(family.locator("body")).to_contain_text("somebody has helped")
    expect(family.locator("body")).not_to_contain_text(FOUND)
    read_afterwards(enter, server, street, alert.id)


def fit_a_device(page: Page) -> None:
    page.locator("summary", has_text="Add a device").click()
    page.locator("details[open] input[name='devices[0].id']").fill("door-3")
    page.get_by_role("button", name="Add it").click()
    expect(page.locator("main")).to_contain_text("door-3")
    expect(page.locator("body")).not_to_contain_text(NUMBER)


def take_and_send(desk: Page, alert: str) -> Locator:
    """By keys: take it; then enter a call, and send somebody. Returns the card."""
    expect(desk.locator(f"#row-{alert}")).to_contain_text(ELDER)
    for key in ("j", "Enter", "t"):
        desk.keyboard.press(key)
    card = desk.locator("#card article")
    expect(desk.locator(f"#list-taken #row-{alert}")).to_be_visible()
    card.locator(".calls .results button").first.click()
    expect(card.locator(".calls .after b").first).to_be_visible()
    card.locator("select[name=responder]").select_option("wang")
    card.get_by_role("button", name="Send").click()
    expect(card.get_by_role("button", name="Call off")).to_be_visible()
    return card


def read_afterwards(enter: Enter, server: DeskServer, street: Street, alert: str) -> None:
    """What is left of it for everybody else: each reads what their role shows, and no more."""
    expect(enter("nurse", "nurse", "/resident/r-3").locator("main")).to_contain_text("was helped")
    expect(enter("boss", "supervisor", f"/?alert={alert}").locator("#card")).to_contain_text(FOUND)
    district = enter("district", "manager", "/supervisor").locator("body")
    expect(district.locator("h1")).to_be_visible()
    for hidden in (ELDER, NUMBER, FOUND):
        expect(district).not_to_contain_text(hidden)
    admin = enter("admin", "admin", "/people")
    expect(admin.locator("main")).to_contain_text("night-desk")
    add_key(street.store, "city-platform", "integrator", at=clock())
    key = {"Authorization": "Bearer city-platform", "Cookie": ""}
    answer = admin.request.get(f"{server.address}/api/v1/alerts/{alert}", headers=key)
    assert (answer.status, answer.json()["outcome"]) == (200, "helped")
    assert ELDER not in answer.text()
    audit = enter("auditor", "auditor", "/audit").locator("body")
    for somebody in ("night-desk", "fitter", "wang", "h-3/lin"):
        expect(audit).to_contain_text(somebody)
    expect(audit).not_to_contain_text(NUMBER)
