"""Signing in and out: cookies, forged forms, links that lead elsewhere."""

from __future__ import annotations

import pytest

from homebeat.actions.sign_in import LIFETIME_MS
from homebeat.console.web.session import is_csrf, make_csrf
from tests.people import add_account, add_link, sign_in
from tests.unit.api.fixtures import TestClient, web
from tests.unit.api.street import HOUR, Clock, Street
from tests.unit.console.fixtures import console_app, csrf_of


def test_strangers_are_sent_to_sign_in_and_back(guest: TestClient, street: Street) -> None:
    answer = guest.get("/?alert=abc")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2F%3Falert%3Dabc")
    form = guest.get("/sign-in?next=%2F%3Falert%3Dabc").text
    assert 'value="/?alert=abc"' in form
    signed = sign_in(guest, street.store, "desk-1", next="/?alert=abc")
    assert (signed.status_code, signed.headers["location"]) == (303, "/?alert=abc")


@pytest.mark.parametrize("path", ["/console/live", "/console/card/x", "/console/signed-in"])
def test_scripts_are_told_401(guest: TestClient, path: str) -> None:
    assert guest.get(path).status_code == 401


def test_the_cookie_is_for_this_site_and_no_script(guest: TestClient, street: Street, clock: Clock) -> None:
    cookie = sign_in(guest, street.store, "desk-1").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "desk-1" not in cookie
    with web(console_app(street, clock, is_secure=True), follow_redirects=False) as secure:
        assert "secure" in sign_in(secure, street.store, "desk-1").headers["set-cookie"].lower()


def test_a_wrong_link_signs_nobody_in(guest: TestClient) -> None:
    answer = guest.post("/sign-in", data={"link": "guess"}, headers={"Accept-Language": "en"})
    assert answer.status_code == 401
    assert "Ask for a new one" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_a_sign_in_link_leads_nowhere_else(guest: TestClient, target: str, street: Street) -> None:
    signed = sign_in(guest, street.store, "desk-1", next=target)
    assert signed.headers["location"] == "/"
    assert guest.get("/language", params={"to": "en", "next": target}).headers["location"] == "/"


def test_a_sign_in_link_with_control_characters_is_refused(guest: TestClient, street: Street) -> None:
    target = "/x\r\nSet-Cookie: a=b"
    for answer in (
        sign_in(guest, street.store, "desk-1", next=target),
        guest.get("/language", params={"to": "en", "next": target}),
    ):
        assert (answer.status_code, "set-cookie" in answer.headers) == (422, False)


def test_signing_in_from_another_site_is_refused(guest: TestClient, street: Street) -> None:
    assert (
        guest.post(
            "/sign-in", data={"link": add_link(street.store, "desk-1")}, headers={"Sec-Fetch-Site": "cross-site"}
        ).status_code
        == 403
    )


def test_a_form_of_another_session_is_refused(desk: TestClient, street: Street) -> None:
    alert = street.sos(0)
    for csrf in ("", "forged"):
        answer = desk.post(f"/console/alerts/{alert.id}/take", data={"csrf": csrf, "version": "1"})
        assert answer.status_code == 403
    assert street.alert(alert.id).owner == ""


def test_signing_out_ends_it(desk: TestClient) -> None:
    csrf = csrf_of(desk.get("/").text)
    assert desk.post("/sign-out", data={"csrf": "forged"}).status_code == 403
    assert desk.post("/sign-out", data={"csrf": csrf}).status_code == 303
    assert desk.get("/").status_code == 303


def test_a_session_opened_while_the_clock_ran_ahead_is_not_valid(desk: TestClient, clock: Clock, street: Street) -> None:
    clock.now += 172_800_000
    sign_in(desk, street.store, "desk-1", now=clock.now)
    assert desk.get("/").status_code == 200
    clock.now -= 172_800_000
    assert desk.get("/").status_code == 303


def test_a_cookie_that_was_kept_opens_nothing_after_signing_out(desk: TestClient, street: Street, clock: Clock) -> None:
    kept = desk.cookies["homebeat_session"]
    desk.post("/sign-out", data={"csrf": csrf_of(desk.get("/").text)})
    for app in (console_app(street, clock), console_app(street, clock)):  # and after a restart
        with web(app, follow_redirects=False, cookies={"homebeat_session": kept}) as thief:
            assert thief.get("/console/signed-in").status_code == 401
            assert thief.get("/console/live").status_code == 401
            assert thief.get("/").status_code == 303
    sign_in(desk, street.store, "desk-1")
    assert desk.get("/").status_code == 200


def test_signing_in_again_ends_the_session_before(desk: TestClient, street: Street, clock: Clock) -> None:
    kept = desk.cookies["homebeat_session"]
    sign_in(desk, street.store, "desk-1")
    assert desk.get("/console/signed-in").status_code == 204
    with web(console_app(street, clock), cookies={"homebeat_session": kept}) as thief:
        assert thief.get("/console/signed-in").status_code == 401


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://testserver:81"}, 403),
        ({"Origin": "http://testserver"}, 303),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({}, 303),
    ],
)
def test_a_browser_that_says_where_from_is_heard(guest: TestClient, headers: dict[str, str], status: int, street: Street) -> None:
    assert guest.post("/sign-in", data={"link": add_link(street.store, "desk-1")}, headers=headers).status_code == status


def test_a_session_ends_with_the_shift(desk: TestClient, clock: Clock) -> None:
    for _ in range(LIFETIME_MS // HOUR - 1):
        clock.now += HOUR
        assert desk.get("/account").status_code == 200
    clock.now += HOUR - 1
    assert desk.get("/account").status_code == 200
    clock.now += 1
    assert desk.get("/account").status_code == 303


def test_a_session_that_nobody_uses_ends(desk: TestClient, clock: Clock) -> None:
    clock.now += 2 * HOUR - 1
    assert desk.get("/account").status_code == 200
    clock.now += 2 * HOUR
    assert desk.get("/account").status_code == 303


def test_a_disabled_account_is_out_at_once_and_so_is_one_without_a_role(desk: TestClient, street: Street, clock: Clock) -> None:
    with street.store.begin() as tx:
        tx.accounts.set_disabled("desk-1", clock.now)
    assert desk.get("/").status_code == 303
    assert sign_in(desk, street.store, "desk-1").status_code == 401
    add_account(street.store, "idle")
    assert sign_in(desk, street.store, "idle").status_code == 401


def test_a_link_signs_in_once(guest: TestClient, street: Street, clock: Clock) -> None:
    link = add_link(street.store, "desk-1")
    assert f'value="{link}"' in guest.get(f"/sign-in?link={link}").text  # looking at it uses nothing up
    assert guest.post("/sign-in", data={"link": link}).status_code == 303
    assert guest.post("/sign-in", data={"link": link}).status_code == 401
    older, newer = add_link(street.store, "desk-1"), add_link(street.store, "desk-1")
    assert guest.post("/sign-in", data={"link": older}).status_code == 401
    clock.now += 24 * HOUR
    answer = guest.post("/sign-in", data={"link": newer}, headers={"Accept-Language": "en"})
    assert (answer.status_code, "This link has ended" in answer.text) == (401, True)


def test_a_form_needs_the_cookie_that_its_csrf_was_made_from() -> None:
    csrf = make_csrf("a-cookie")
    assert is_csrf("a-cookie", csrf)
    for wrong in (None, "", csrf[:-1], csrf + "0", csrf[::-1], "ä", make_csrf("another-cookie")):
        assert not is_csrf("a-cookie", wrong)


@pytest.mark.parametrize("cookie", ["", ".", "x" * 5_000, "%00", "user:desk-1", "a" * 43])
def test_a_cookie_cannot_be_made_up(guest: TestClient, cookie: str) -> None:
    guest.cookies["homebeat_session"] = cookie
    assert guest.get("/").status_code == 303


def test_a_session_is_not_fixed_by_whoever_set_the_cookie_before(guest: TestClient, street: Street) -> None:
    fixed = {"Cookie": "homebeat_session=set-by-somebody-else"}
    answer = guest.post("/sign-in", data={"link": add_link(street.store, "desk-1")}, headers=fixed)
    assert "set-by-somebody-else" not in answer.headers["set-cookie"]
    guest.cookies.clear()
    assert guest.get("/", headers=fixed).status_code == 303
