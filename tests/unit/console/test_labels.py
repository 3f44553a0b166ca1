"""The page of door labels: what is on a label, who prints it, and what a renewed code does."""

from __future__ import annotations

import re

import pytest

from homebeat.domain.scope import EVERYTHING
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Street
from tests.unit.console.fixtures import csrf_of

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def boss(guest: TestClient, street: Street) -> TestClient:
    add_account(street.store, "boss", "supervisor@lane")
    assert sign_in(guest, street.store, "boss").status_code == 303
    return guest


def post(boss: TestClient, path: str, status: int = 200, **fields: str) -> str:
    csrf = csrf_of(boss.get("/labels").text)
    answer = boss.post(path, data={"csrf": csrf, **fields}, headers=ENGLISH)
    assert answer.status_code == status, answer.text
    return str(answer.text)


def codes(html: str) -> list[str]:
    return re.findall(r'<p class="code">(.*?)</p>', html)


def test_a_sheet_tells_nothing_of_anybody(boss: TestClient, street: Street) -> None:
    html = post(boss, "/console/labels", area="lane")
    assert len(codes(html)) == len(set(codes(html))) == street.homes
    assert html.count("<svg") == street.homes
    for never in ("Lin Yue", "赵德明", "Plum Lane", "139-0000", "<script", "style="):
        assert never not in html
    assert "上门人员请在门口扫码签到" in html
    assert "Visitors: scan this at the door" in html
    labels = re.findall(r'<div class="cut">.*?</div></div>', html, re.DOTALL)
    assert len(labels) == street.homes
    shown = [re.sub(r"<svg.*?</svg>", "", label) for label in labels]
    assert not any(re.search(r"\bh-\d", label) for label in shown), "which home it is for stands outside the line"
    with street.store.read(EVERYTHING) as reader:
        (row,) = [row for row in reader.audit.read_page(20).items if row.action == "print_door_labels"]
    assert (row.actor, row.about, row.detail["labels"]) == ("user:boss", "area:lane", street.homes)


def test_the_code_of_the_label_is_that_of_the_door_and_can_be_renewed(boss: TestClient, street: Street) -> None:
    (before,) = codes(post(boss, "/console/labels", household="h-3"))
    answer = boss.post(
        "/console/labels/renew", data={"household": "h-3", "csrf": csrf_of(boss.get("/labels").text)}, headers=ENGLISH
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/labels?renewed=h-3"), "loading it again renews nothing"
    page = boss.get(answer.headers["location"], headers=ENGLISH).text
    assert "The door of h-3 has another code." in page
    assert 'name="household" value="h-3"' in page
    (after,) = codes(post(boss, "/console/labels", household="h-3"))
    assert before != after
    assert after.replace("-", "") in boss.get("/door/" + after.replace("-", "")).text


@pytest.mark.parametrize(
    ("path", "fields", "status", "says"),
    [
        ("/console/labels", {}, 422, "Name an area or a home"),
        ("/console/labels", {"area": "lane", "household": "h-3"}, 422, "Name an area or a home"),
        ("/console/labels", {"area": "nowhere"}, 404, "There is no home there."),
        ("/console/labels/renew", {"household": "h-999"}, 404, "There is no home there."),
    ],
)
def test_what_cannot_be_printed_is_said(path: str, fields: dict[str, str], status: int, says: str, boss: TestClient) -> None:
    assert says in post(boss, path, status, **fields)


@pytest.mark.parametrize("named", ["h-999", "call 139-0000-0001 now", ""])
def test_the_page_repeats_nothing_that_is_no_home(named: str, boss: TestClient) -> None:
    page = boss.get("/labels", params={"renewed": named}, headers=ENGLISH).text
    assert "has another code" not in page
    assert not named or named not in page


def test_in_another_area_there_is_no_home(guest: TestClient, street: Street) -> None:
    add_account(street.store, "other", "supervisor@other")
    assert sign_in(guest, street.store, "other").status_code == 303
    assert "has another code" not in guest.get("/labels?renewed=h-3", headers=ENGLISH).text
    assert "There is no home there." in post(guest, "/console/labels", 404, area="lane")
    assert "There is no home there." in post(guest, "/console/labels/renew", 404, household="h-3")


def test_the_page_is_linked_for_who_may_print(boss: TestClient) -> None:
    assert 'href="/labels"' in boss.get("/people", headers=ENGLISH).text
