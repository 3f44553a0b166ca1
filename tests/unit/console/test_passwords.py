"""Signing in with a password and a second factor, wrong tries, and the page of one's own account."""

from __future__ import annotations

import re
from typing import Any

import pyotp
import pytest

from homebeat.actions.sign_in import LIFETIME_MS
from homebeat.domain.scope import EVERYTHING
from homebeat.identity.totp import STEP_MS
from tests.people import add_account, cheap_sign_in, sign_in
from tests.unit.api.fixtures import TestClient, api_context, web
from tests.unit.api.street import HOUR, MINUTE, Clock, Street
from tests.unit.console.fixtures import console_app, csrf_of

PHRASE = "the plum tree blooms twice"
OTHER = "an umbrella for eleven cats"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def known(street: Street, clock: Clock) -> Street:
    """The street, where desk-1 has a password."""
    hashed = cheap_sign_in(street.store, api_context(street.store, clock).perform, clock).passwords.hash_password(PHRASE)
    with street.store.begin() as tx:
        tx.accounts.set_password("desk-1", hashed)
    return street


def enter(guest: TestClient, name: str = "desk-1", password: str = PHRASE, **more: str) -> Any:
    return guest.post("/sign-in", data={"name": name, "password": password, **more}, headers=ENGLISH)


def own(guest: TestClient, path: str = "", **form: str) -> Any:
    csrf = csrf_of(guest.get("/account", headers=ENGLISH).text)
    return guest.post(f"/account{path}", data={"csrf": csrf, **form}, headers=ENGLISH)


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def set_up(guest: TestClient, clock: Clock, old: str = PHRASE) -> tuple[str, list[str]]:
    """Set up a second factor; returns its secret and the recovery codes."""
    page = own(guest, "/second-factor/begin", old=old)
    assert page.status_code == 200, page.text
    secret = hidden(page.text, "secret")
    done = own(guest, "/second-factor", secret=secret, proof=hidden(page.text, "proof"), code=code_of(secret, clock))
    assert done.status_code == 200, done.text
    codes = re.findall(r"<li><code>([A-Z0-9-]+)</code>", done.text)
    assert len(codes) == 10
    return secret, codes


def code_of(secret: str, clock: Clock, steps: int = 0) -> str:
    return pyotp.TOTP(secret).generate_otp(clock.now // STEP_MS + steps)


def test_the_right_password_signs_in(guest: TestClient, known: Street) -> None:
    answer = enter(guest, next="/digest")
    assert (answer.status_code, answer.headers["location"]) == (303, "/digest")
    assert guest.get("/").status_code == 200
    with known.store.read(EVERYTHING) as reader:
        (session,) = reader.sessions.list_of(["desk-1"], known.clock())
    assert (session.how, session.ends_at - session.begun_at) == ("password", LIFETIME_MS)


@pytest.mark.parametrize(
    "name, password",
    [
        ("desk-1", "wrong"),
        ("desk-1", ""),
        ("nobody", PHRASE),
        ("", ""),
        ("desk-2", PHRASE),
        ("desk-1", PHRASE + "!"),
        ("desk-1", "\ud83d" * 3),
    ],
)
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(
    guest: TestClient, known: Street, name: str, password: str
) -> None:
    add_account(known.store, "desk-2", "desk")  # has no password
    answer = enter(guest, name, password.encode("utf-8", "replace").decode())
    assert answer.status_code == 401
    assert "The name or the password is not right." in answer.text
    assert guest.get("/").status_code == 303


def test_ten_wrong_passwords_lock_the_pair_and_nobody_else(guest: TestClient, known: Street, clock: Clock) -> None:
    assert [enter(guest, password="wrong").status_code for _ in range(11)] == [401] * 10 + [429]
    refused = enter(guest)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "300")
    assert "Wait 5 minutes" in refused.text
    with web(console_app(known, clock), follow_redirects=False, client=("198.51.100.7", 5000)) as elsewhere:
        assert enter(elsewhere).status_code == 303
    add_account(known.store, "li", "desk")
    assert enter(guest, "li").status_code == 401  # wrong, and heard
    clock.now += 5 * MINUTE
    assert enter(guest).status_code == 303
    assert [enter(guest, password="wrong").status_code for _ in range(10)] == [401] * 10  # success has forgotten


def test_many_names_from_one_network_are_slowed_and_those_known_there_are_not(guest: TestClient, known: Street) -> None:
    assert enter(guest).status_code == 303
    for n in range(100):
        enter(guest, f"guess-{n}", "wrong")
    assert enter(guest, "guess-100").status_code == 429
    assert enter(guest).status_code == 303


def test_a_second_factor_is_set_up_asked_for_and_good_once(guest: TestClient, known: Street, clock: Clock) -> None:
    enter(guest)
    secret, codes = set_up(guest, clock)
    asked = enter(guest)
    assert (asked.status_code, "set-cookie" in asked.headers) == (200, False)
    pending = hidden(asked.text, "pending")

    def send(code: str, pending: str = pending) -> Any:
        return guest.post("/sign-in/code", data={"pending": pending, "code": code}, headers=ENGLISH)

    replayed = send(code_of(secret, clock))  # it has proved the set-up
    assert (replayed.status_code, "has been used before" in replayed.text) == (401, True)
    assert send("000000").status_code == 401
    clock.now += STEP_MS
    assert send(code_of(secret, clock)).status_code == 303
    assert send(code_of(secret, clock, 1)).status_code == 401  # the page of the code is used up
    again = hidden(enter(guest).text, "pending")
    assert send(codes[0], again).status_code == 303
    again = hidden(enter(guest).text, "pending")
    assert send(codes[0], again).status_code == 401
    assert send(codes[1].lower().replace("-", " "), again).status_code == 303
    assert "Recovery codes left: 8" in guest.get("/account", headers=ENGLISH).text


def test_where_the_secret_cannot_be_opened_no_code_is_right_and_a_recovery_code_is(
    guest: TestClient, known: Street, clock: Clock
) -> None:
    enter(guest)
    _, codes = set_up(guest, clock)
    with known.store.begin() as tx:
        tx.owner_keys.erase("account:desk-1")
    clock.now += HOUR
    pending = hidden(enter(guest).text, "pending")
    for secret in ("A" * 32, "B" * 32):
        code = pyotp.TOTP(secret).generate_otp(clock.now // STEP_MS)
        assert guest.post("/sign-in/code", data={"pending": pending, "code": code}).status_code == 401
    assert guest.post("/sign-in/code", data={"pending": pending, "code": codes[0]}).status_code == 303


def test_a_clock_off_by_a_minute_is_said(guest: TestClient, known: Street, clock: Clock) -> None:
    enter(guest)
    secret, _ = set_up(guest, clock)
    clock.now += HOUR
    pending = hidden(enter(guest).text, "pending")
    for steps, said in ((3, "differ by about 2 minutes"), (-2, "differ by about 1 minutes")):
        answer = guest.post("/sign-in/code", data={"pending": pending, "code": code_of(secret, clock, steps)}, headers=ENGLISH)
        assert (answer.status_code, said in answer.text) == (401, True), answer.text
    answer = guest.post("/sign-in/code", data={"pending": pending, "code": code_of(secret, clock, -1)})
    assert answer.status_code == 303


def test_wrong_codes_lock_the_account_and_a_recovery_code_still_works(guest: TestClient, known: Street, clock: Clock) -> None:
    enter(guest)
    secret, codes = set_up(guest, clock)
    clock.now += HOUR
    pending = hidden(enter(guest).text, "pending")

    def send(code: str) -> int:
        return int(guest.post("/sign-in/code", data={"pending": pending, "code": code}).status_code)

    assert [send("000000") for _ in range(11)] == [401] * 10 + [429]
    assert send(code_of(secret, clock)) == 429
    assert send(codes[0]) == 303


def test_the_page_that_asks_for_the_code_is_over_after_ten_minutes_and_is_no_link(
    guest: TestClient, known: Street, clock: Clock
) -> None:
    enter(guest)
    secret, _ = set_up(guest, clock)
    pending = hidden(enter(guest).text, "pending")
    assert guest.post("/sign-in", data={"link": pending}).status_code == 401
    clock.now += 10 * MINUTE
    answer = guest.post("/sign-in/code", data={"pending": pending, "code": code_of(secret, clock)}, headers=ENGLISH)
    assert (answer.status_code, "This link has ended" in answer.text) == (401, True)
    for wrong in ("", "hb_x_y", "hb_" + "a" * 12 + "_" + "b" * 43):
        assert guest.post("/sign-in/code", data={"pending": wrong or "x", "code": "1"}).status_code == 401


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(guest: TestClient, known: Street, clock: Clock) -> None:
    enter(guest)
    with web(console_app(known, clock), follow_redirects=False) as elsewhere:
        enter(elsewhere)
        for form, said in (
            ({"old": "wrong", "new": OTHER, "again": OTHER}, "is not right. Nothing was changed"),
            ({"old": PHRASE, "new": OTHER, "again": OTHER + "!"}, "differ. Nothing was changed"),
            ({"old": PHRASE, "new": "short", "again": "short"}, "too short"),
            ({"old": PHRASE, "new": "my name is desk-1", "again": "my name is desk-1"}, "contains the login name"),
            ({"old": PHRASE, "new": "password1234", "again": "password1234"}, "Many people take this password"),
        ):
            answer = own(guest, "/password", **form)
            assert (answer.status_code, said in answer.text) == (422, True), answer.text
        assert elsewhere.get("/").status_code == 200
        assert "is saved" in own(guest, "/password", old=PHRASE, new=OTHER, again=OTHER).text
        assert elsewhere.get("/").status_code == 303
    assert guest.get("/").status_code == 200
    assert enter(guest).status_code == 401
    assert enter(guest, password=OTHER).status_code == 303


def test_whoever_came_by_a_link_chooses_a_password_without_the_old_one(guest: TestClient, known: Street) -> None:
    sign_in(guest, known.store, "desk-1")
    assert "The password that you have now" not in guest.get("/account", headers=ENGLISH).text
    assert "is saved" in own(guest, "/password", new=OTHER, again=OTHER).text
    assert enter(guest, password=OTHER).status_code == 303


def test_a_second_factor_is_not_changed_by_a_browser_left_open(guest: TestClient, known: Street, clock: Clock) -> None:
    enter(guest)
    secret, _ = set_up(guest, clock)
    for path in ("/second-factor/begin", "/second-factor/remove"):
        assert own(guest, path, old="wrong").status_code == 422
    forged = own(guest, "/second-factor", secret=pyotp.random_base32(), code="123456", proof="made-up")
    assert forged.status_code == 422
    with known.store.read(EVERYTHING) as reader:
        account = reader.accounts.find("desk-1")
    assert account is not None
    assert account.totp_secret == secret
    assert "There is no second factor any more" in own(guest, "/second-factor/remove", old=PHRASE).text
    assert enter(guest).status_code == 303


def test_one_sees_where_one_is_signed_in_and_ends_it(guest: TestClient, known: Street, clock: Clock) -> None:
    enter(guest)
    with web(console_app(known, clock), follow_redirects=False) as elsewhere:
        enter(elsewhere)
        page = guest.get("/account", headers=ENGLISH).text
        assert page.count('badge">this one') == 1
        other = hidden(page, "session")
        assert own(guest, "/sessions/end", session=other[:4]).status_code == 404
        assert own(guest, "/sessions/end", session="f" * 12).status_code == 404
        assert elsewhere.get("/").status_code == 200
        assert own(guest, "/sessions/end", session=other).status_code == 303
        assert elsewhere.get("/").status_code == 303
    assert guest.get("/").status_code == 200


def test_what_is_changed_about_signing_in_is_on_record_without_a_secret(guest: TestClient, known: Street, clock: Clock) -> None:
    enter(guest)
    secret, codes = set_up(guest, clock)
    own(guest, "/password", old=PHRASE, new=OTHER, again=OTHER)
    with known.store.read(EVERYTHING) as reader:
        rows = reader.audit.read_page(20).items
    assert [row.action for row in rows][:3] == ["set_password", "set_second_factor", "begin_session"]
    assert {row.actor for row in rows[:3]} == {"user:desk-1"}
    text = repr(rows)
    assert not any(hidden_one in text for hidden_one in (secret, PHRASE, OTHER, *codes))
