"""Make the picture of the README: `python -m tests.docs.picture` starts the demo and writes docs/desk.png.

It needs Chromium, and a Chinese font (Debian: fonts-wqy-microhei) for the link to the page in Chinese.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import expect, sync_playwright

from tests.brokers import Mosquitto
from tests.docs.pages import DOCS
from tests.e2e.browser.test_page import CHROMIUM, FLAGS
from tests.e2e.installation import Homebeat, Running
from tests.e2e.waiting import until

PICTURE: Final = DOCS / "desk.png"
#: A page with a larger picture loads slowly where the line is slow.
MOST_BYTES: Final = 200_000
_SCENES: Final = {"sos", "fall", "water_running", "no_sign_of_life", "device_silent"}
_UP_WITHIN_S: Final = 180
_KEY: Final = re.compile(r"^  key +(\S+)$", re.MULTILINE)
_LINK: Final = re.compile(r"^    Desk operator \w+: (\S+)$", re.MULTILINE)


def main() -> int:
    """Run the demo until its five scenes are alerts, and take the picture."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        homebeat = Homebeat(place / "state", "", Mosquitto("", place))
        demo = homebeat.begin("demo", "--port", "0", "--state-dir", place / "demo")
        try:
            link = until(lambda: _LINK.findall(demo.said()), "the demo has said its links", _UP_WITHIN_S)[0]
            homebeat.key = _KEY.findall(demo.said())[0]
            until(lambda: open_alerts(demo).keys() >= _SCENES, "the five scenes are alerts", _UP_WITHIN_S)
            take(link, open_alerts(demo)["no_sign_of_life"])
        finally:
            demo.interrupt()
            demo.child.wait(30)
    size = PICTURE.stat().st_size
    print(f"{PICTURE.name}: {size:,} bytes")
    return 0 if size < MOST_BYTES else 1


def open_alerts(demo: Running) -> dict[str, str]:
    """The id of one open alert for each rule that has any."""
    return {item["rule"]: item["alert_id"] for item in demo.items("/api/v1/alerts", limit=200, open="true")}


def take(link: str, alert: str) -> None:
    """Sign in, open one alert, and write what the screen shows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(locale="en", viewport={"width": 1440, "height": 700}).new_page()
        page.goto(f"{link}&next=/?alert={alert}")
        page.click("main button")
        expect(page.locator("#light")).to_have_class(re.compile(r"\bon\b"), timeout=20_000)
        expect(page.locator(f"#card article[data-alert='{alert}']")).to_be_visible(timeout=20_000)
        page.screenshot(path=PICTURE, animations="disabled")
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
