"""The pages of accounts: who sees and changes whom, links that are shown once, and ways back."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from homebeat.console.web import grants
from homebeat.domain.fleet import Area, Fleet
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Grant
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Account
from tests.people import add_account, add_session, sign_in
from tests.unit.api.fixtures import TestClient, web
from tests.unit.api.street import HOUR, Clock, Street
from tests.unit.console.fixtures import console_app, csrf_of
from tests.unit.console.test_desk import CHINESE, ENGLISH, page

CHEN = "/console/people/chen"


@pytest.fixture
def boss(guest: TestClient, street: Street) -> TestClient:
    """The supervisor of one of two communities, each with people."""
    for name, roles in {
        "boss": ["supervisor@lane"], "chen": ["desk@lane"], "li": ["desk@other"], "both": ["desk@lane", "nurse@other"],
        "root": ["admin"],
    }.items():  # fmt: skip
        add_account(street.store, name, *roles)
    assert sign_in(guest, street.store, "boss").status_code == 303
    return guest


def found(street: Street, name: str) -> Account:
    with street.store.read(EVERYTHING) as reader:
        account = reader.accounts.find(name)
    assert account is not None
    return account


def send(client: TestClient, path: str, **form: str) -> tuple[int, str]:
    csrf = csrf_of(client.get("/people").text)
    answer = client.post(path, data={"csrf": csrf, **form}, headers=ENGLISH)
    return answer.status_code, answer.text


def names_of(html: str) -> list[str]:
    return re.findall(r'<li><a href="/people/([^"]+)"', html)


def secret_of(html: str) -> str:
    shown = re.findall(r'<p class="secret">([^<]+)</p>', html)
    assert len(shown) == 1
    return str(shown[0])


def test_a_supervisor_sees_the_people_of_their_community_and_nobody_else(boss: TestClient) -> None:
    html = page(boss, "/people")
    assert names_of(html) == ["boss", "both", "chen"]
    assert "Nurse</option>" in html
    assert "Nurse <span" not in html, "a role in another community"
    assert "and roles outside your areas" in html
    for text in ("Other", "Administrator", "Whole installation"):
        assert text not in html
    for name in ("li", "root", "nobody"):
        answer = boss.get(f"/people/{name}", headers=ENGLISH)
        assert (answer.status_code, "No account of this name has a role in your areas." in answer.text) == (404, True)


def test_who_has_roles_elsewhere_is_shown_without_forms(boss: TestClient, street: Street) -> None:
    html = page(boss, "/people/both")
    assert "you may look, and an administrator changes it" in html
    assert "/console/people/both" not in html
    status, html = send(boss, "/console/people/both/disable")
    assert (status, "this takes a role that you may not give" in html) == (403, True)
    assert found(street, "both").disabled_at is None
    assert send(boss, "/console/people/li/disable")[0] == 404
    assert found(street, "li").disabled_at is None


def test_a_new_account_and_its_link_that_is_shown_once(boss: TestClient, street: Street, clock: Clock) -> None:
    form = {"name": " Zhou Min ", "language": "zh-CN", "role": "responder", "area": "lane"}
    status, html = send(boss, "/console/people", **form)
    link = urlsplit(secret_of(html))
    assert (status, link.netloc, link.path) == (200, "testserver", "/sign-in")
    assert "until 2 Mar 12:00" in html
    assert found(street, "Zhou Min") == Account("Zhou Min", "zh-CN", clock.now, grants=(Grant("responder", AreaId("lane")),))
    again = page(boss, "/people/Zhou%20Min")
    assert 'class="secret"' not in again
    assert "A link was given out and not used yet." in again
    assert "Link not used yet" in page(boss, "/people")
    with web(console_app(street, clock), follow_redirects=False) as new:
        assert new.post("/sign-in", data={"link": link.query.removeprefix("link=")}).status_code == 303
        assert new.get("/").status_code == 200
    assert "Last sign-in just now" in page(boss, "/people/Zhou%20Min")


@pytest.mark.parametrize(
    "form, status, said",
    [
        ({"name": "chen"}, 409, "this name cannot be used"),
        ({"name": "a:b"}, 409, "this name cannot be used"),
        ({"role": "supervisor"}, 403, "a role that you may not give"),
        ({"role": "god"}, 422, "no such role or area"),
        ({"area": "other"}, 422, "no such role or area"),
        ({"area": ""}, 403, "a role that you may not give"),
        ({"language": "fr"}, 422, "That request was not valid"),
    ],
)
def test_an_account_that_cannot_be_made_is_said(
    boss: TestClient, street: Street, form: dict[str, str], status: int, said: str
) -> None:
    given, html = send(boss, "/console/people", **{"name": "new", "language": "en", "role": "desk", "area": "lane"} | form)
    assert (given, said in html) == (status, True)
    with street.store.read(EVERYTHING) as reader:
        assert reader.accounts.find("new") is None


def test_a_role_is_given_taken_and_given_back_with_one_click(boss: TestClient, street: Street) -> None:
    assert "The last role cannot be taken away" in page(boss, "/people/chen")
    assert f"{CHEN}/take" not in page(boss, "/people/chen")
    assert send(boss, f"{CHEN}/give", role="nurse", area="lane")[0] == 303
    assert f"{CHEN}/take" in page(boss, "/people/chen")
    status, html = send(boss, f"{CHEN}/take", role="desk", area="lane")
    assert (status, "Taken away: Desk operator, Plum Lane." in html) == (200, True)
    assert found(street, "chen").grants == (Grant("nurse", AreaId("lane")),)
    undo = re.search(r'class="notice undo".*?action="([^"]+)".*?name="role" value="([^"]+)".*?name="area" value="([^"]+)"', html)
    assert undo is not None
    assert send(boss, undo[1], role=undo[2], area=undo[3])[0] == 303
    assert {grant.role for grant in found(street, "chen").grants} == {"desk", "nurse"}
    assert "Taken away" not in page(boss, "/people/chen")
    assert send(boss, f"{CHEN}/give", role="admin", area="lane")[0] == 403


def test_the_last_role_stays(boss: TestClient, street: Street) -> None:
    status, html = send(boss, f"{CHEN}/take", role="desk", area="lane")
    assert (status, "this is the last role" in html) == (409, True)
    assert found(street, "chen").grants == (Grant("desk", AreaId("lane")),)


def test_an_address_cannot_offer_to_give_a_role(boss: TestClient) -> None:
    assert "Undo" not in page(boss, "/people/chen?taken=nurse&area=lane")


def test_disabling_ends_sessions_and_is_taken_back_with_one_click(boss: TestClient, street: Street, clock: Clock) -> None:
    add_session(street.store, "chen", "of-chen", clock.now)
    assert send(boss, f"{CHEN}/disable")[0] == 303
    html = page(boss, "/people/chen")
    assert "since 1 Mar 12:00: nobody can sign in under this name." in html
    assert f"{CHEN}/link" not in html
    assert "Disabled" in page(boss, "/people")
    status, html = send(boss, f"{CHEN}/link")
    assert (status, "Enable it first" in html) == (409, True)
    assert send(boss, f"{CHEN}/enable")[0] == 303
    assert found(street, "chen").disabled_at is None
    assert "Nowhere." in page(boss, "/people/chen")


def test_sessions_are_shown_and_ended_one_by_one(boss: TestClient, street: Street, clock: Clock) -> None:
    for cookie, at in (("one", clock.now - HOUR), ("two", clock.now - 60_000), ("idle", clock.now - 3 * HOUR)):
        add_session(street.store, "chen", cookie, at)
    html = page(boss, "/people/chen")
    ends = re.findall(rf'action="({CHEN}/sessions/[0-9a-f]+/end)"', html)
    assert len(ends) == 2
    assert "since 1 Mar 11:59" in html
    assert "used 1 min ago, from 192.0.2.0/24" in html
    assert send(boss, ends[0])[0] == 303
    assert "since 1 Mar 11:59" not in page(boss, "/people/chen")
    status, html = send(boss, ends[0])
    assert (status, "This session was over already." in html) == (404, True)
    assert "since 1 Mar 11:00" in page(boss, "/people/chen")


def test_ones_own_account_has_no_way_to_lock_oneself_out(guest: TestClient, street: Street) -> None:
    add_account(street.store, "admin-1", "admin", "desk@lane")
    sign_in(guest, street.store, "admin-1")
    html = page(guest, "/people/admin-1")
    assert "This one" in html
    assert "/people/admin-1/disable" not in html
    assert "/people/admin-1/take" not in html
    status, html = send(guest, "/console/people/admin-1/disable")
    assert (status, "You cannot disable your own account" in html) == (409, True)


def test_an_administrator_gives_roles_for_the_whole_installation(guest: TestClient, street: Street) -> None:
    add_account(street.store, "root", "admin")
    sign_in(guest, street.store, "root")
    html = page(guest, "/people")
    assert re.findall(r'<option value="([^"]*)">(\u2003*)', html)[-4:] == [
        ("town", ""), ("lane", "\u2003"), ("other", "\u2003"), ("", ""),
    ]  # fmt: skip
    form = {"name": "sun", "language": "en", "role": "auditor", "area": ""}
    assert send(guest, "/console/people", **form)[0] == 200
    assert found(street, "sun").grants == (Grant("auditor"),)


def test_an_auditor_looks_and_has_no_forms(guest: TestClient, street: Street) -> None:
    add_account(street.store, "he", "auditor@lane")
    add_account(street.store, "chen", "desk@lane")
    sign_in(guest, street.store, "he")
    html = page(guest, "/people")
    assert names_of(html) == ["chen", "he"]
    assert re.findall(r'action="([^"]+)"', html + page(guest, "/people/chen")) == ["/sign-out", "/sign-out"]
    assert "Back to the queue" not in html


def test_a_responder_is_told_that_their_role_does_not_show_it(guest: TestClient, street: Street) -> None:
    add_account(street.store, "wang", "responder@lane")
    sign_in(guest, street.store, "wang")
    for path in ("/people", "/people/wang", "/keys"):
        answer = guest.get(path, headers=ENGLISH)
        assert (answer.status_code, "Your role does not show this page." in answer.text) == (403, True)
    html = page(guest)
    assert 'href="/people"' not in html
    assert 'href="/keys"' not in html


def test_the_desk_leads_to_the_pages_that_one_may_open(boss: TestClient) -> None:
    html = page(boss)
    assert 'href="/people">People</a>' in html
    assert 'href="/keys">Keys</a>' in html
    assert "aria-current=page>People</a>" in page(boss, "/people")


def test_names_cannot_break_the_page(guest: TestClient, street: Street) -> None:
    add_account(street.store, "root", "admin")
    add_account(street.store, '<b>&"%?#', "desk")
    sign_in(guest, street.store, "root")
    html = page(guest, "/people")
    assert "<b>" not in html
    assert names_of(html)[0] == "%3Cb%3E%26%22%25%3F%23"
    assert "&lt;b&gt;" in page(guest, "/people/%3Cb%3E%26%22%25%3F%23")
    assert send(guest, "/console/people/%3Cb%3E%26%22%25%3F%23/disable")[0] == 303
    assert found(street, '<b>&"%?#').disabled_at is not None


def test_more_people_than_a_page_holds(guest: TestClient, street: Street) -> None:
    add_account(street.store, "root", "admin")
    for number in range(120):
        add_account(street.store, f"p-{number:03d}", "desk@lane")
    sign_in(guest, street.store, "root")
    html = page(guest, "/people")
    more = re.search(r'<a href="(/people\?cursor=[^"]+)">More', html)
    assert more is not None
    rest = page(guest, more[1])
    assert sorted(names_of(html) + names_of(rest)) == sorted(["desk-1", "root", *(f"p-{n:03d}" for n in range(120))])
    assert guest.get("/people?cursor=nonsense").status_code == 422


def test_where_there_are_very_many_areas_the_id_is_typed(boss: TestClient, street: Street) -> None:
    lane = Area(AreaId("lane"), "Plum Lane")
    below = tuple(Area(AreaId(f"a-{n}"), f"A {n}", AreaId("lane")) for n in range(grants.MOST_AREAS))
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet((lane, *below), ()), street.clock())
    html = page(boss, "/people")
    assert "Id of the area" in html
    assert '<select name="area">' not in html
    form = {"name": "new", "language": "en", "role": "desk", "area": " a-7 "}
    assert send(boss, "/console/people", **form)[0] == 200
    assert found(street, "new").grants == (Grant("desk", AreaId("a-7")),)


def test_forged_forms_do_nothing(boss: TestClient, street: Street) -> None:
    for csrf in ("", "forged"):
        assert boss.post(f"{CHEN}/disable", data={"csrf": csrf}).status_code == 403
    assert found(street, "chen").disabled_at is None


def test_in_chinese(boss: TestClient) -> None:
    html = page(boss, "/people/chen", **CHINESE)
    for text in ("角色", "给这个角色", "停用", "值班"):
        assert text in html, text
    assert "Take" not in html
