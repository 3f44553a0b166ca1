"""The page in a real browser: live, honest when blind, usable by keyboard, readable by everybody."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from homebeat.domain.alert import Desk, Outcome, Priority, Reason, TransitionKind
from homebeat.domain.errors import Unavailable
from homebeat.domain.ids import HouseholdId
from homebeat.domain.principal import Grant
from homebeat.store import Store, open_store
from tests.e2e.browser import desk_server
from tests.keys import KEY_FILE
from tests.people import name_link
from tests.unit.api.street import Street

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: apt-get install chromium")


def clock() -> int:
    return time.time_ns() // 1_000_000


#: What a server imports is imported once for all of them: a process that is forked from it is up in a moment.
_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.e2e.browser.desk_server"])


class DeskServer:
    """The server as a process of its own, so that it can be frozen, killed and started again."""

    def __init__(self, url: str, *flags: str) -> None:
        with closing(socket.socket()) as door:
            door.bind(("127.0.0.1", 0))
            self.port: int = door.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._arguments = (url, self.port, *flags)
        self.start()

    def start(self) -> None:
        self.process = _FORKS.Process(target=desk_server.main, args=self._arguments)
        self.process.start()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.is_alive():
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            self.process.join(0.02)
        self.stop()
        raise AssertionError("the server did not start")

    def signal(self, number: signal.Signals) -> None:
        if self.process.pid is not None:
            os.kill(self.process.pid, number)

    def stop(self) -> None:
        if self.process.is_alive():
            self.signal(signal.SIGCONT)
            self.process.terminate()
        self.process.join(15)


@pytest.fixture
def street(sqlite_model: Path, tmp_path: Path) -> Iterator[Street]:
    shutil.copy(sqlite_model, tmp_path / "street.db")
    store: Store = open_store(f"sqlite:///{tmp_path}/street.db", KEY_FILE, create=False)
    try:
        yield Street(store, clock).lay()
    finally:
        store.close()


@pytest.fixture
def server(street: Street, tmp_path: Path) -> Iterator[DeskServer]:
    found = DeskServer(f"sqlite:///{tmp_path}/street.db")
    try:
        yield found
    finally:
        found.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def open_page(browser: Browser, server: DeskServer, street: Street) -> Iterator[Callable[..., Page]]:
    contexts: list[BrowserContext] = []

    def opened(path: str = "/", *, locale: str = "en", wait: bool = True, **more: Any) -> Page:
        context = browser.new_context(locale=locale, viewport={"width": 1440, "height": 900}, **more)
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"the page's script failed: {error}"))
        page.goto(server.address + name_link(street.store, "desk-1", clock(), path))
        page.click("main button")
        if wait:
            expect(page.locator("#light")).to_have_class(re.compile(r"\bon\b"), timeout=15_000)
        return page

    yield opened
    for context in contexts:
        context.close()


def is_shown(page: Page, alert_id: str) -> None:
    expect(page.locator(f"#row-{alert_id}")).to_be_visible(timeout=5_000)


def test_a_new_alert_appears_is_taken_and_closed_without_a_reload(open_page: Callable[..., Page], street: Street) -> None:
    page = open_page()
    page.evaluate("window.sameDocument = true")
    expect(page.locator("#queue")).to_contain_text("Nobody is waiting.")
    alert = street.sos(0)
    is_shown(page, alert.id)
    expect(page).to_have_title(re.compile(r"^\(1\)"))
    page.locator(f"#row-{alert.id} .what").click()
    expect(page.locator("#card .person")).to_have_text("Lin Yue")
    page.locator(f"#row-{alert.id} button").click()
    expect(page.locator(f"#list-taken #row-{alert.id} .owner")).to_have_text("desk-1")
    page.locator("#card input[value=helped]").check()
    page.locator("#card .close input[name=note]").fill("slipped, unhurt")
    page.locator("#card .close button").click()
    expect(page.locator(f"#row-{alert.id}")).to_have_count(0)
    expect(page.locator("#card .history")).to_contain_text("slipped, unhurt")
    expect(page).to_have_title(re.compile(r"^Care desk"))
    closed = street.alert(alert.id)
    assert (closed.outcome, closed.owner) == (Outcome.HELPED, "user:desk-1")
    assert page.evaluate("window.sameDocument") is True


def test_what_somebody_else_does_is_seen_and_focus_and_half_typed_text_stay(
    open_page: Callable[..., Page], street: Street
) -> None:
    alert, other = street.open("no_sign_of_life", 0), street.open("no_sign_of_life", 1, minutes_ago=50)
    page = open_page(f"/?alert={alert.id}")
    page.locator("#card .close-fold summary").click()
    page.locator("#card .close input[name=note]").fill("she said she")
    page.locator(f"#row-{other.id} .what").focus()
    street.step(alert, TransitionKind.CLEARED, Reason("life_again", {"life_at": clock()}))
    street.step(other, TransitionKind.CLEARED, Reason("life_again", {"life_at": clock()}))
    expect(page.locator(f"#row-{other.id} .owner")).to_have_text("Over, not checked")
    expect(page.locator("#card article")).to_have_attribute("data-version", "2")
    expect(page.locator(f"#row-{other.id} .what")).to_be_focused()
    expect(page.locator("#card .close input[name=note]")).to_have_value("she said she")


def test_when_the_time_of_broken_glass_is_over_the_open_card_hides_it_too(open_page: Callable[..., Page], street: Street) -> None:
    alert, now = street.sos(0), clock()
    with street.store.begin() as tx:
        tx.accounts.take("user:desk-1", Grant("desk"))
        tx.accounts.give("user:desk-1", Grant("admin"), "command:test", now)
        tx.glass.add("user:desk-1", HouseholdId("h-0"), "she called for help", now, now + 8_000)
    page = open_page(f"/?alert={alert.id}")
    expect(page.locator("#card .calls")).to_contain_text("139-0000-0000")
    expect(page.locator(f"#row-{alert.id} .about")).not_to_contain_text("1-100", timeout=20_000)
    expect(page.locator("#card .calls")).not_to_contain_text("139-0000-0000")
    expect(page.locator("#card article")).to_contain_text("Your role does not show this here")


def test_acting_on_an_old_picture_is_refused_in_words(open_page: Callable[..., Page], street: Street, server: DeskServer) -> None:
    alert = street.open("no_sign_of_life", 0)
    page = open_page(f"/?alert={alert.id}")
    page.evaluate("document.querySelector('#card .close input[name=version]').value = '7'")
    page.locator("#card .close-fold summary").click()
    page.locator("#card input[value=fine]").check()
    page.locator("#card .close button").click()
    expect(page.locator("#card .notice")).to_contain_text("has changed since you looked")
    assert street.alert(alert.id).outcome is None


def test_by_keyboard_alone(open_page: Callable[..., Page], street: Street) -> None:
    first, second = street.sos(0, 9), street.sos(1, 5)
    page = open_page()
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    expect(page.locator(f"#row-{second.id} .what")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#card article")).to_have_attribute("data-alert", second.id)
    page.keyboard.press("t")
    expect(page.locator(f"#list-taken #row-{second.id}")).to_be_visible()
    page.locator("#card .close input[name=note]").click()
    page.keyboard.type("just t")
    assert street.alert(first.id).owner == ""
    page.keyboard.press("Escape")
    expect(page.locator(f"#row-{second.id} .what")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(f"#row-{first.id} .what")).to_be_focused()


@pytest.mark.parametrize("is_late", [False, True], ids=["live", "rows lag behind"])
def test_after_a_closing_the_next_of_the_case_opens_then_the_next_that_waits(
    open_page: Callable[..., Page], street: Street, is_late: bool
) -> None:
    sos, quiet, other = street.sos(0), street.open("no_sign_of_life", 0, minutes_ago=50), street.open("no_sign_of_life", 1)
    page = open_page(f"/?alert={sos.id}")
    article, closing = page.locator("#card article"), page.locator("#card .close input[name=note]")
    page.keyboard.press("t")
    expect(page.locator(f"#list-taken #row-{sos.id}")).to_be_visible()
    if is_late:
        page.evaluate("source.close()")  # the row goes on naming what was closed here
    for alert, following in ((sos, quiet), (quiet, other)):
        expect(article).to_have_attribute("data-alert", alert.id)
        page.keyboard.press("c")
        page.keyboard.press("Space")
        closing.fill("she answered")
        closing.press("Enter")
        expect(article).to_have_attribute("data-alert", following.id)
        assert street.alert(alert.id).outcome is Outcome.FINE
    if is_late:
        page.evaluate("connect()")
    page.locator("#done a").click()
    expect(article).to_have_attribute("data-alert", quiet.id)
    page.get_by_role("button", name="Closed by mistake: reopen").click()
    expect(page.locator(f"#list-taken #row-{quiet.id}")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#keys p")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("#card form.note input[name=note]")).to_be_focused()


def test_an_untaken_critical_alert_rings_until_it_is_taken(open_page: Callable[..., Page], street: Street) -> None:
    alert = street.sos(0)
    page = open_page()
    page.evaluate(
        """() => { const make = AudioContext.prototype.createOscillator; window.tones = 0;
        AudioContext.prototype.createOscillator = function () { window.tones += 1; return make.call(this); }; }"""
    )
    button = page.locator("#sound > button").first
    expect(button).to_have_text("Start shift: sound on")
    button.click()
    expect(button).to_have_text("Sound on")
    for _ in range(60):  # until the click's own two tones, and twice the four of a ring
        if page.evaluate("window.tones") >= 10:
            break
        page.wait_for_timeout(100)
    else:
        raise AssertionError("it does not ring")
    page.locator(f"#row-{alert.id} button").click()
    expect(page.locator(f"#list-taken #row-{alert.id}")).to_be_visible()
    rung = page.evaluate("window.tones")
    page.wait_for_timeout(2_700)
    assert page.evaluate("window.tones") == rung
    page.reload()
    expect(button).to_have_text("Sound is off: click to start it again")


def frozen_without_a_lock(server: DeskServer, street: Street) -> None:
    """Stop the server, but not in the middle of a transaction: what happens meanwhile must still be written down."""
    for _ in range(3):
        server.signal(signal.SIGSTOP)
        try:
            with street.store.begin():
                return
        except Unavailable:
            server.signal(signal.SIGCONT)
    raise AssertionError("the server is always in the middle of a transaction")


def test_a_frozen_server_turns_the_page_red_and_it_comes_back_by_itself(
    open_page: Callable[..., Page], street: Street, server: DeskServer
) -> None:
    page = open_page()
    frozen_without_a_lock(server, street)
    began = time.monotonic()
    expect(page.locator("#banner")).to_be_visible(timeout=16_000)
    assert time.monotonic() - began > 5
    expect(page.locator("#light")).to_have_class(re.compile(r"\boff\b"))
    expect(page.locator("#banner")).to_contain_text("Connection lost")
    missed = street.sos(3)
    server.signal(signal.SIGCONT)
    expect(page.locator("#light")).to_have_class(re.compile(r"\bon\b"), timeout=20_000)
    expect(page.locator("#banner")).to_be_hidden()
    is_shown(page, missed.id)


@contextmanager
def bad_gateway(port: int) -> Iterator[None]:
    """What stands in front of a server that restarts: it answers every request with 502."""
    answer = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    code = (
        "import socket,sys\n"
        "s=socket.create_server(('127.0.0.1',int(sys.argv[1])),reuse_port=False)\n"
        "print('up',flush=True)\n"
        "while True:\n"
        " c,_=s.accept(); c.settimeout(2)\n"
        " try:\n"
        f"  c.recv(65536); c.sendall({answer!r}.encode())\n"
        " except OSError: pass\n"
        " c.close()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(port)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "up"
        yield
    finally:
        process.kill()
        process.communicate()


def test_after_a_bad_gateway_the_page_connects_again_and_shows_what_it_missed(
    open_page: Callable[..., Page], street: Street, server: DeskServer
) -> None:
    page = open_page()
    server.stop()
    with bad_gateway(server.port):
        expect(page.locator("#banner")).to_be_visible(timeout=15_000)
        expect(page.locator("#light")).to_have_class(re.compile(r"\boff\b"))
        missed = street.sos(4)
        with page.expect_response(lambda r: r.status == 502, timeout=15_000):
            pass
    server.start()
    is_shown_late(page, missed.id)
    expect(page.locator("#banner")).to_be_hidden(timeout=15_000)


def is_shown_late(page: Page, alert_id: str) -> None:
    expect(page.locator(f"#row-{alert_id}")).to_be_visible(timeout=20_000)


def test_a_watch_that_stands_still_makes_the_page_say_so(browser: Browser, street: Street, tmp_path: Path) -> None:
    street.beat(at=clock() - 600_000)
    blind = DeskServer(f"sqlite:///{tmp_path}/street.db", "--no-watch")
    context = browser.new_context(locale="zh-CN")
    try:
        page = context.new_page()
        page.goto(blind.address + name_link(street.store, "desk-1", clock()))
        page.click("main button")
        expect(page.locator("#banner")).to_be_visible(timeout=15_000)
        expect(page.locator("#light")).to_have_class(re.compile(r"\boff\b"), timeout=15_000)
    finally:
        context.close()
        blind.stop()


def test_without_javascript_everything_works_with_reloads(open_page: Callable[..., Page], street: Street) -> None:
    alert = street.sos(0)
    page = open_page(java_script_enabled=False, wait=False)
    page.locator(f"#row-{alert.id} button").click()
    expect(page.locator(f"#list-taken #row-{alert.id}")).to_be_visible()
    page.locator("#card input[value=fine]").check()
    page.locator("#card .close input[name=note]").fill("she answered")
    page.locator("#card .close button").click()
    expect(page.locator("#queue")).to_contain_text("Nobody is waiting.")
    assert street.alert(alert.id).outcome is Outcome.FINE


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_nothing_that_axe_calls_serious(
    open_page: Callable[..., Page], street: Street, server: DeskServer, locale: str, scheme: Literal["light", "dark"]
) -> None:
    quiet = street.open("no_sign_of_life", 2, minutes_ago=40)
    street.water(2, days=14, silent_hours=12, missing=(60, 40))
    street.sos(0)
    street.open(
        "water_running", 1, priority=Priority.MEDIUM, desk=Desk.PROPERTY, reason=Reason("water_running", {"run_s": 130_000})
    )
    street.open(
        "device_silent",
        4,
        priority=Priority.LOW,
        desk=Desk.DEVICES,
        device="m-4",
        reason=Reason("device_silent", {"silent_s": 9000}),
    )
    page = open_page(f"/?alert={quiet.id}", locale=locale, color_scheme=scheme)
    assert page.locator("html").get_attribute("lang") == locale
    serious_of(page)
    page.locator("header form button").click()
    page.wait_for_url("**/sign-in")
    serious_of(page)


def serious_of(page: Page) -> None:
    page.wait_for_load_state("load")  # colours are judged with the style sheet
    found = Axe().run(page).response["violations"]
    bad = [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found if v["impact"] in {"serious", "critical"}]
    assert bad == []


@pytest.mark.parametrize("width", [390, 960, 1440])
def test_nothing_sticks_out_and_every_target_is_large_enough(open_page: Callable[..., Page], street: Street, width: int) -> None:
    alert = street.open("no_sign_of_life", 2, minutes_ago=40)
    page = open_page(f"/?alert={alert.id}")
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    who = page.locator(f"#row-{alert.id} strong.about")
    assert who.evaluate("one => one.scrollWidth <= one.clientWidth"), "person, address and door are never cut off"
    small = page.evaluate(
        """[...document.querySelectorAll('button, .button, .contacts a, fieldset label, input[name=note]')]
        .filter(e => e.offsetParent && e.getBoundingClientRect().height < 36).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert small == []
