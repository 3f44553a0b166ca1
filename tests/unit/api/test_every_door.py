"""Every role sends nonsense to every route: it is refused or answered, and never an error of ours.

`test_document.py` sends what can be made from the document. Here is what cannot: bytes that are no text, halves of characters,
cursors of the right form that are none of ours, and everything on pages, which are not in the document.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from homebeat.domain.role import Role
from tests.people import add_account, add_key, sign_in
from tests.unit.api.fixtures import TestClient, web
from tests.unit.api.golden_document import read_golden
from tests.unit.api.street import Clock, Street
from tests.unit.console.fixtures import console_app, csrf_of, list_pages
from tests.unit.console.test_roles import ACTS

ROUTES = read_golden()["paths"]
#: In paths: nothing, half a character, a number that no database holds, a path, bytes that are no text, a pattern.
IDS = ["%00", "%ED%A0%80", "9" * 30, "..%2f", "h-3%00", "%C3%28", "%25"]
#: In cursors and filters as well: numbers in other scripts, lists that are no cursor of ours, a text where a number stands.
TEXTS = ["%00", "9" * 400, "%D9%A1.%D9%A1", "%C2%B2.1", "W10", "WzEsMSwiXHUwMDAwIl0", "WzEsMSwiXHVkODAwIl0", "W3RydWVd"]
BODIES: list[object] = [
    [],
    {"reason": "\0\0\0\0\0", "note": "\0", "outcome": "fine"},
    {"note": "\ud800", "reason": "a\ud800bcde"},
    {"version": 10**30, "note": "x"},
    {"reason": "she called for help", "note": "she called", "false_alarms_a_month": 1},
]


@pytest.fixture
def browser(street: Street, clock: Clock) -> Iterator[TestClient]:
    with web(console_app(street, clock), follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("role", Role)
def test_nonsense_at_the_api_is_never_our_mistake(role: Role, street: Street, browser: TestClient) -> None:
    add_key(street.store, "its-secret", role, "of-it", area="lane")
    alert = street.sos(3)
    names = {"alert_id": alert.id, "household_id": "h-3", "resident_id": "r-3", "device_id": "b-3", "glass_id": "1"}
    names |= {"offer_id": "1", "silence_id": "1", "feed_id": "f0"}
    faults = []

    def send(method: str, path: str, body: object = None) -> None:
        content = None if body is None else json.dumps(body)
        headers = {"Authorization": "Bearer its-secret", "Content-Type": "application/json"}
        answer = browser.request(method, path, content=content, headers=headers)
        if answer.status_code >= 500:
            faults.append((method, path, body, answer.status_code))

    for path, methods in ROUTES.items():
        known = re.sub(r"{(\w+)}", lambda found: names.get(found[1], "x"), path)
        wrong = [re.sub(r"{\w+}", one, path) for one in IDS] if "{" in path else []
        for method in (name.upper() for name in methods if not path.endswith("stream")):
            for one in wrong:
                send(method, one, None if method == "GET" else BODIES[-1])
            if method == "GET":
                for one in TEXTS:
                    send(method, f"{known}?cursor={one}")
                send(method, f"{known}?area=%00&household=%00&about=%00&alert=%00&rule=%00")
                send(method, f"{known}?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z&since=0001-01-01T00:00:00Z")
                send(method, f"{known}?from=9999-12&to=9999-12")
                send(method, f"{known}?after=%C3%28&limit=200")
            else:
                for body in BODIES:
                    send(method, known, body)
    assert not faults


@pytest.mark.parametrize("role", Role)
def test_nonsense_on_a_page_is_never_our_mistake(role: Role, street: Street, clock: Clock) -> None:
    """Every page and every form that there is: in what it asks for, in its address, and in all its fields."""
    app = console_app(street, clock)
    add_account(street.store, "visitor", f"{role}@lane")
    with web(app, follow_redirects=False) as browser:
        sign_in(browser, street.store, "visitor")
        csrf = csrf_of(browser.get("/account").text)
        alert = street.sos(3)
        texts, faults = itertools.cycle(TEXTS), []

        def send(method: str, path: str, **more: Any) -> None:
            answer = browser.request(method, path, **more)
            if answer.status_code >= 500:
                faults.append((method, path, more, answer.status_code))

        for path, names in list_pages(app).items():
            for _ in range(3):
                send("GET", f"{fill(path, 'h-3')}?" + "&".join(f"{name}={next(texts)}" for name in names))
            for one in IDS if "{" in path else ():
                send("GET", fill(path, one))
        for path, (_, fields) in ACTS.items():
            for at, one in enumerate((alert.id, "h-3", *IDS[:3])):
                nonsense = "\0" * 5 if at % 2 else "9" * 400
                for sent in (fields, dict.fromkeys(fields, nonsense) | {"back": "/é\0", "note": nonsense}):
                    send("POST", fill(path, one), data={**sent, "csrf": csrf})
    assert not faults


def fill(path: str, text: str) -> str:
    return re.sub(r"{\w+}", lambda _: text, path)
