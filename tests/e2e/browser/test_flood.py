"""A thousand open alerts, twenty changes a second: the most urgent are shown, the rest is counted, nobody loses their place."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from homebeat.domain.alert import Alert, Desk, Edge, Priority, Reason, Subject, TransitionKind, follow_edge, open_alert
from homebeat.domain.ids import HouseholdId, ResidentId
from homebeat.store import open_store
from homebeat.store.alert.writes import AlertWrites
from tests.e2e.browser.test_page import browser, clock, open_page, pytestmark, server
from tests.keys import KEY_FILE
from tests.unit.api.street import MINUTE, Street

__all__ = ["browser", "open_page", "pytestmark", "server"]
HOMES, CHANGES, CRITICAL = 1_000, 60, 50
#: Of the 200 rows of all lists, those that wait at the care desk.
SHOWN = 160


@pytest.fixture
def street(sqlite_model: Path, tmp_path: Path) -> Iterator[Street]:
    shutil.copy(sqlite_model, tmp_path / "street.db")
    store = open_store(f"sqlite:///{tmp_path}/street.db", KEY_FILE, create=False)
    yield Street(store, clock, homes=HOMES).lay()
    store.close()


def make_edge(n: int, at: int) -> Edge:
    priority = Priority.CRITICAL if n < CRITICAL else Priority.HIGH
    why = Reason("no_sign_of_life", {"quiet_s": 43_200, "limit_s": 43_200, "life_at": at - 43_200_000, "proven_at": at})
    subject = Subject(HouseholdId(f"h-{n}"), ResidentId(f"r-{n}"))
    return Edge(at, "no_sign_of_life", subject, TransitionKind.OPENED, priority, Desk.CARE, at, why, at)


def test_a_thousand_open_alerts_and_twenty_changes_a_second(open_page: Callable[..., Page], street: Street) -> None:
    began = clock() - 30 * MINUTE
    steps = [open_alert(make_edge(n, began + n)) for n in range(HOMES)]
    with street.store.begin() as tx:
        AlertWrites(tx).apply_all(steps)
    standing: list[Alert] = [alert for alert, _ in steps]
    page = open_page()
    page.evaluate("window.sameDocument = true")
    rows = page.locator("#queue .row")
    expect(rows).to_have_count(SHOWN)
    expect(page.locator("#queue .row.critical")).to_have_count(CRITICAL)
    expect(page.locator("#queue")).to_contain_text(re.compile(r"and 840 more"))
    page.locator(f"#row-{standing[7].id} .what").click()
    expect(page.locator("#card article")).to_have_attribute("data-alert", standing[7].id)
    typed = page.locator("#card form.note input[name=note]")
    typed.fill("her neighbour goes")
    for change in range(CHANGES):
        page.wait_for_timeout(50)
        n = change % CRITICAL
        kind = TransitionKind.CLEARED if standing[n].condition == "firing" else TransitionKind.REOPENED
        edge = make_edge(n, clock())
        after, step = follow_edge(standing[n], Edge(edge.at, edge.rule, edge.subject, kind, *list_rest(edge, standing[n])))
        with street.store.begin() as tx:
            AlertWrites(tx).apply(after, step)
        standing[n] = after
    for n in range(CRITICAL):
        expect(page.locator(f"#row-{standing[n].id}")).to_have_attribute("data-version", str(standing[n].version))
    expect(rows).to_have_count(SHOWN)
    expect(typed).to_have_value("her neighbour goes")
    expect(typed).to_be_focused()
    expect(page.locator("#light")).to_have_class(re.compile(r"\bon\b"))
    assert page.evaluate("window.sameDocument") is True


def list_rest(edge: Edge, before: Alert) -> tuple[Priority, Desk, int, Reason, int]:
    return before.priority, before.desk, edge.at, edge.reason, before.since
