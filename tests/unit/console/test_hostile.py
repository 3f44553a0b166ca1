"""Eighty hostile texts, as names, addresses, remarks and reasons: on every page, in the table and in the log they stay text."""

from __future__ import annotations

import csv
import io
import itertools
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from homebeat.domain.alert import add_note
from homebeat.domain.fleet import Area, Away, Fleet, Household, Responder, ResponderKind
from homebeat.domain.ids import AreaId, ResponderId
from homebeat.domain.inbound import Quarantined, QuarantineReason
from homebeat.domain.role import Role
from homebeat.store.alert.writes import AlertWrites
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import web
from tests.unit.api.street import NOON, Clock, Street, fleet
from tests.unit.console.fixtures import console_app, list_pages

BODIES = [
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "javascript:alert(1)"),
    *("{{7*7}}", "{% include 'base.html' %}", "%(name)s %s %d %%", "=HYPERLINK(1)", "@SUM(1)", "+1-1", "-2+3"),
    *("</textarea><b onclick=alert(1)>", "<!-- x", "&lt;b&gt;&amp;", "' OR 1=1 --", "\u202egnp.exe"),
]
TEXTS = [before + body for before in ("", '">', "' ", "x\tSet-Cookie: a=b ", "</title></p>") for body in BODIES]
DANGEROUS = ("javascript:", "data:", "vbscript:")


class Page(HTMLParser):
    """What a browser would make of a page: its text, and whatever in it could act."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.faults: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # lint: allow word the library's name
        known = {name: value or "" for name, value in attrs}
        if tag == "script" and not known.get("src", "").startswith("/static/"):
            self.faults.append("a script")
        self.faults += [f"{tag} {name}" for name in known if name.startswith("on")]
        for name in known.keys() & {"href", "src", "action", "formaction"}:
            if known[name].strip().lower().startswith(DANGEROUS):
                self.faults.append(f"{tag} {name}")
        self.texts += [value for name, value in known.items() if name in {"value", "aria-label", "title"}]
        if tag in {"img", "iframe", "object", "embed"}:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:  # lint: allow word the library's name
        self.texts.append(data)


def squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def make_hostile(home: Household, texts: Iterator[str]) -> Household:
    away = Away(datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 3, 6, tzinfo=UTC), next(texts))
    return replace(
        home,
        address=next(texts),
        access=next(texts),
        building=next(texts),
        away=(away,),
        residents=tuple(replace(one, name=next(texts), notes=next(texts)) for one in home.residents),
        contacts=tuple(replace(one, name=next(texts), relation=next(texts)) for one in home.contacts),
        devices=tuple(replace(one, model=next(texts)) for one in home.devices),
    )


@pytest.fixture
def alerts(street: Street) -> list[str]:
    """The street with hostile texts wherever somebody can write one, and an alert in each home."""
    texts, before = itertools.cycle(TEXTS), fleet(street.homes)
    homes = tuple(make_hostile(home, texts) for home in before.households)
    areas = (Area(AreaId("far"), next(texts), AreaId("lane")), *(replace(area, name=next(texts)) for area in before.areas))
    going = tuple(Responder(ResponderId(f"s-{n}"), next(texts), kind) for n, kind in enumerate(ResponderKind))
    aside = [Quarantined(text[:60], text.encode(), NOON, QuarantineReason.NOT_JSON, text) for text in itertools.islice(texts, 10)]
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(areas, homes, going), NOON)
        tx.quarantine.add(aside)
        for n in range(street.homes):
            tx.glass.add("user:one", homes[n].id, next(texts), NOON, NOON + 60_000_000)
    found = [street.open("no_sign_of_life", n) for n in range(street.homes)]
    with street.store.begin() as tx:
        for alert in found:
            AlertWrites(tx).apply(*add_note(alert, NOON, "user:desk-1", next(texts)))
    return [alert.id for alert in found]


def test_on_every_page_they_stay_text(alerts: list[str], street: Street, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    app = console_app(street, clock)
    add_account(street.store, "one", *Role)
    shown, faults = "", []
    with web(app, follow_redirects=False) as browser:
        sign_in(browser, street.store, "one")
        for path, names in list_pages(app).items():
            for n in range(street.homes if "{" in path else 1):
                address = path.format_map(Known(n, alerts[n]))
                for query in ({}, dict.fromkeys(names, TEXTS[1])):
                    answer = browser.get(address, params=query)
                    assert answer.status_code < 500, address
                    assert "a=b" not in str(answer.headers), address
                    if "html" in answer.headers.get("content-type", ""):
                        page = Page(answer.text)
                        faults += [f"{address}: {one}" for one in page.faults]
                        shown += " | ".join(map(squeeze, page.texts))
    assert not faults
    assert [text for text in TEXTS if squeeze(text) not in shown] == [], "each is seen somewhere, letter by letter"
    assert not [one for one in ("alert(1)", "OR 1=1", "SUM(1)") if one in caplog.text]


class Known(dict[str, str]):
    """What stands in the address of a page of one home."""

    def __init__(self, n: int, alert: str) -> None:
        super().__init__(resident_id=f"r-{n}", household_id=f"h-{n}", alert_id=alert, name="one")

    def __missing__(self, key: str) -> str:
        return "x"


def test_a_spreadsheet_takes_no_cell_for_a_formula(alerts: list[str], street: Street, clock: Clock) -> None:
    assert alerts
    add_account(street.store, "one", *Role)
    with web(console_app(street, clock), follow_redirects=False) as browser:
        sign_in(browser, street.store, "one")
        for _ in range(100):
            answer = browser.get("/supervisor/report.csv?month=2026-03")
            if answer.status_code == 200:
                break
            threading.Event().wait(0.05)
        else:
            raise AssertionError("it is never ready")
    cells = [cell for row in csv.reader(io.StringIO(answer.text)) for cell in row]
    assert len(cells) > 20
    assert [cell for cell in cells if re.match(r"[=+@\t\r]|-[^0-9]", cell)] == []
