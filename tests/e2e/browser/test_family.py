"""The family's page in a real browser: on a small telephone, without script, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from homebeat.domain.alert import Reason, acknowledge
from homebeat.domain.arrival import GeoPoint, Nearness
from homebeat.domain.consent import ConsentDecision, Purpose
from homebeat.domain.fleet import Channel, Fleet, Responder, ResponderKind
from homebeat.domain.ids import AlertId, HouseholdId, ResidentId, ResponderId
from homebeat.domain.metric import Metric
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.visit import DoorProof, VisitState
from homebeat.store.alert.writes import AlertWrites
from tests.e2e.browser.test_page import DeskServer, browser, clock, open_page, pytestmark, serious_of, server, street
from tests.people import add_account, add_family_link, name_link
from tests.unit.api.street import Street, fleet
from tests.unit.photos.pictures import open_picture, take_photo

__all__ = ["browser", "open_page", "pytestmark", "server", "street"]
CONTACT = {"en": "h-3/lin", "zh-CN": "h-3/plum"}
SAYS = {"en": "Attention", "zh-CN": "需关注"}
Opener = Callable[..., Page]


@pytest.fixture
def telephone(browser: Browser, server: DeskServer) -> Iterator[Opener]:
    contexts = []

    def opened(token: str, scheme: Literal["light", "dark"] = "light") -> Page:
        size = {"width": 320, "height": 568}
        context = browser.new_context(viewport=size, java_script_enabled=False, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{server.address}/f/{token}")
        return page

    yield opened
    for context in contexts:
        context.close()


def measure(street: Street) -> str:
    """An alert that somebody has taken, about a person who agreed that values are shown; returns its id."""
    now = clock()
    agreed = ConsentDecision(ResidentId("r-3"), Purpose.FAMILY_VALUES, True, date(2026, 2, 1), "folder 12", "user:nurse", now)
    with street.store.begin() as tx:
        tx.consents.add(agreed)
    street.water(3, days=2)
    for metric, value in ((Metric.HEART_RATE_BPM, 71.0), (Metric.SPO2_PCT, 97.0), (Metric.STEPS, 4210.0)):
        street.readings("b-3", metric, [(now - 60_000, value)])
    why = {"quiet_s": 44_000, "limit_s": 43_200, "life_at": now - 44_000_000, "proven_at": now - 60_000}
    alert = street.open("no_sign_of_life", 3, reason=Reason("no_sign_of_life", why))
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*acknowledge(street.alert(alert.id), now, "user:desk-1"))
    return alert.id


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", CONTACT)
def test_it_is_read_on_a_small_telephone(
    language: str, scheme: Literal["light", "dark"], telephone: Opener, street: Street, tmp_path: Path
) -> None:
    page = telephone(add_family_link(street.store, measure(street), CONTACT[language], clock()), scheme)
    expect(page.locator("h1")).to_have_text(SAYS[language])
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert page.locator("li").count() == 5
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, "it does not scroll sideways"
    assert page.locator("h1").evaluate("one => parseFloat(getComputedStyle(one).fontSize)") > 40, "the style was loaded"
    page.screenshot(path=tmp_path / "family.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("token", ["good", "gone"])
def test_nothing_that_axe_calls_serious(
    token: str, scheme: Literal["light", "dark"], browser: Browser, server: DeskServer, street: Street
) -> None:
    if token == "good":
        token = add_family_link(street.store, measure(street), CONTACT["en"], clock())
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(f"{server.address}/f/{token}")
        expect(page.locator("p").first).to_be_visible()
        serious_of(page)


def test_a_nurse_ends_the_links_of_a_contact(open_page: Opener, telephone: Opener, street: Street) -> None:
    token = add_family_link(street.store, street.sos(3).id, CONTACT["en"], clock())
    add_account(street.store, "nurse-1", "nurse@lane")
    page = open_page(wait=False)
    page.context.clear_cookies()
    base = "/".join(page.url.split("/", 3)[:3])
    page.goto(base + name_link(street.store, "nurse-1", clock()))
    page.click("main button")
    page.goto(base + "/resident/r-3")
    button = page.get_by_role("button", name="End all links sent to this contact (1)")
    expect(button).to_have_count(1)
    serious_of(page)
    button.press("Enter")
    expect(button).to_have_count(0)
    assert page.url.endswith("/resident/r-3#contacts")
    expect(telephone(token).locator("p").first).to_contain_text("This link shows nothing")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_family_answers_without_script(language: Literal["en", "zh-CN"], telephone: Opener, street: Street) -> None:
    alert = street.open("no_sign_of_life", 3)
    page = telephone(add_family_link(street.store, alert.id, CONTACT[language], clock()))
    texts = {"en": ("All is well", "With me until then"), "zh-CN": ("平安无事", "在我这里住到那天")}[language]
    page.get_by_role("button", name=texts[0]).click()
    expect(page.locator("li").first).to_contain_text({"en": "you: says that all is well", "zh-CN": "您：说平安无事"}[language])
    page.locator("input[type=date]").fill(page.locator("input[type=date]").get_attribute("max") or "")
    page.get_by_role("button", name=texts[1]).click()
    expect(page.locator("li").first).to_contain_text({"en": "says: with me until", "zh-CN": "说：在我这里"}[language])
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44, "large enough for a thumb"
        assert box["x"] + box["width"] <= 320, "nothing lies outside a small telephone"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_visit_from_setting_off_to_what_was_found(
    language: Literal["en", "zh-CN"], browser: Browser, server: DeskServer, street: Street
) -> None:
    wang = Responder(
        ResponderId("wang"), "Wang", ResponderKind.VOLUNTEER, channels=(Channel("webhook", {"url": "https://w.example/x"}),),
        language=language,
    )  # fmt: skip
    before = fleet(street.homes)
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, before.households, (wang,)), clock())
        code = tx.door_codes.find(HouseholdId("h-3"))
    alert = street.open("no_sign_of_life", 3)
    token = add_family_link(street.store, alert.id, "/wang", clock())
    words = {
        "en": ("I am going", "I am at this door", "Confirmed safe and well", "Report it", "You have closed this alert"),
        "zh-CN": ("出发", "我已到这家门口", "确认平安", "提交", "您已按现场情况办结这条告警"),
    }[language]
    context = browser.new_context(viewport={"width": 320, "height": 568}, locale=language)
    page = context.new_page()
    page.goto(f"{server.address}/v/{token}")
    expect(page.locator("body")).to_contain_text("Plum Lane 4-103")
    page.get_by_role("button", name=words[0], exact=True).click()
    serious_of(page)
    page.goto(f"{server.address}/door/{code}")  # what the camera of the telephone opens
    page.get_by_role("button", name=words[1]).click()
    page.get_by_label(words[2]).check()
    serious_of(page)
    page.get_by_role("button", name=words[3]).click()
    expect(page.locator("body")).to_contain_text(words[4])
    with street.store.read(EVERYTHING) as reader:
        (visit,) = reader.visits.list_of([alert.id])
    assert (visit.state, visit.proof) == (VisitState.SEEN, DoorProof.CODE)
    context.close()


@pytest.mark.parametrize("granted", [True, False])
def test_at_the_door_the_telephone_says_how_far_it_is(
    granted: bool, browser: Browser, server: DeskServer, street: Street
) -> None:
    """The small script asks for the position and sends the report, also where that is refused."""
    channels = (Channel("webhook", {"url": "https://w.example/x"}),)
    wang = Responder(ResponderId("wang"), "Wang", ResponderKind.VOLUNTEER, channels=channels, language="en")
    before = fleet(street.homes)
    homes = tuple(replace(home, position=GeoPoint(31.2304, 121.4737)) for home in before.households)
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, homes, (wang,)), clock())
    alert = street.open("no_sign_of_life", 3)
    token = add_family_link(street.store, alert.id, "/wang", clock())
    context = browser.new_context(
        viewport={"width": 320, "height": 568},
        geolocation={"latitude": 31.2306, "longitude": 121.4737, "accuracy": 12},
        permissions=["geolocation"] if granted else [],
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto(f"{server.address}/v/{token}")
    page.get_by_role("button", name="I am at the door", exact=True).click()
    expect(page.locator("body")).to_contain_text("You are at the door.", timeout=15_000)
    with street.store.read(EVERYTHING) as reader:
        (visit,) = reader.visits.list_of([alert.id])
    found = (Nearness.NEAR, 30, 20) if granted else (Nearness.UNSAID, None, None)
    assert (visit.nearness, visit.distance_m, visit.accuracy_m) == found
    assert not [said for said in faults if "Content Security Policy" in said], "the strict policy stands"
    context.close()


def follow_link_of_visit(browser: Browser, server: DeskServer, street: Street) -> tuple[BrowserContext, Page, AlertId]:
    """The page of a visit to home 3, on a small telephone."""
    channels = (Channel("webhook", {"url": "https://w.example/x"}),)
    wang = Responder(ResponderId("wang"), "Wang", ResponderKind.VOLUNTEER, channels=channels, language="en")
    before = fleet(street.homes)
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, before.households, (wang,)), clock())
    alert = street.open("no_sign_of_life", 3)
    token = add_family_link(street.store, alert.id, "/wang", clock())
    context = browser.new_context(viewport={"width": 320, "height": 568})
    page = context.new_page()
    page.goto(f"{server.address}/v/{token}")
    return context, page, alert.id


def test_over_a_bad_line_a_report_is_kept_and_sent_later(browser: Browser, server: DeskServer, street: Street) -> None:
    """Pressed without a connection, twice; a network's own page in between takes nothing; then all arrives, in order."""
    context, page, alert = follow_link_of_visit(browser, server, street)
    context.set_offline(True)
    page.get_by_role("button", name="I am going", exact=True).click()
    page.get_by_role("button", name="I am at the door", exact=True).click()
    kept = page.locator("#unsent")
    expect(kept).to_contain_text("not sent yet: 2")
    page.route(
        "**/v/*", lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>Sign in to this network</h1>")
    )
    context.set_offline(False)
    page.wait_for_timeout(500)
    expect(kept).to_contain_text("not sent yet: 2")
    page.unroute("**/v/*")
    expect(page.locator("#visit")).to_contain_text("You are at the door.", timeout=12_000)
    expect(kept).to_be_hidden()
    with street.store.read(EVERYTHING) as reader:
        (visit,) = reader.visits.list_of([alert])
    assert (visit.en_route_at is not None, visit.state) == (True, VisitState.AT_DOOR)
    context.close()


def test_a_photo_is_kept_too_and_nothing_waits_for_it(browser: Browser, server: DeskServer, street: Street) -> None:
    context, page, alert = follow_link_of_visit(browser, server, street)
    page.get_by_role("button", name="I am at the door", exact=True).click()
    kept = page.locator("#unsent")
    expect(page.locator("#visit")).to_contain_text("You are at the door.")
    context.set_offline(True)
    page.get_by_label("A photo, if it helps").set_input_files(
        {"name": "IMG_1.png", "mimeType": "image/png", "buffer": take_photo(2_400, 1_800, "PNG")}
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the telephone"
    serious_of(page)
    page.get_by_role("button", name="Send the photo").click()
    page.get_by_role("button", name="I cannot go").click()  # it is sent before the photo
    expect(kept).to_contain_text("not sent yet: 2")
    context.set_offline(False)
    expect(page.locator("#visit")).to_contain_text("Photo sent at", timeout=12_000)
    expect(kept).to_be_hidden()
    with street.store.read(EVERYTHING) as reader:
        (photo,) = reader.photos.list_of([alert])
        picture = reader.photos.open(alert, photo.id, HouseholdId("h-3"))
        history = reader.alerts.get(alert).history  # type: ignore[union-attr]
    assert isinstance(picture, bytes)
    assert open_picture(picture).size == (1_600, 1_200)
    assert [step.reason.code for step in history][-2:] == ["visit_cannot", "photo_sent"]
    page.route("**/photo", lambda _: None)  # a photo that does not get through
    page.get_by_label("A photo, if it helps").set_input_files(
        {"name": "IMG_2.jpg", "mimeType": "image/jpeg", "buffer": take_photo(80, 60)}
    )
    page.get_by_role("button", name="Send the photo").click()
    page.get_by_role("button", name="I am at the door", exact=True).click()
    expect(page.locator("#visit")).to_contain_text("You are at the door.")  # the report has not waited
    page.get_by_label("In some words").fill("She lies in the kitchen")
    page.unroute("**/photo")
    expect(page.get_by_text("Photo sent at")).to_have_count(2, timeout=12_000)
    expect(page.get_by_label("In some words")).to_have_value("She lies in the kitchen")
    context.close()
