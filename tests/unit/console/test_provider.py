"""Signing in through a real identity provider, over the pages: whose account it is, and everybody who gets none."""

from __future__ import annotations

import logging
import re
import time
import urllib.parse
from dataclasses import replace
from typing import Any

import pytest

from homebeat.actions import ConnectIdentity, ConnectOwnIdentity, ProviderSignIn
from homebeat.actions.provider_sign_in import CameBack, ProviderRefusal, SentAway
from homebeat.actions.sign_in import Refusal, Signed
from homebeat.console.web.session import SECURE_COOKIE, SECURE_STATE
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import Busy, IdentityProviderAway
from homebeat.domain.scope import EVERYTHING
from homebeat.identity.oidc.values import BegunSignIn, Identity, PendingSignIn, digest_identity, digest_state
from homebeat.identity.totp import STEP_MS
from homebeat.store import KeptSignIn
from homebeat.store.access.pending import MOST_PENDING
from tests.identity_provider.process import CLIENT_SECRET, SUBJECT, change_query
from tests.people import add_account, add_identity, add_link, cheap_sign_in
from tests.unit.api.fixtures import TestClient, api_context
from tests.unit.console.fixtures import csrf_of
from tests.unit.console.provider_desk import DISCOVERY, Desk, browser, come_back, counter, go, is_in, leave, refuse
from tests.unit.console.test_passwords import PHRASE, code_of, hidden, set_up

__all__ = ["browser", "counter"]


def test_the_owner_of_an_account_signs_in(counter: Desk, browser: TestClient) -> None:
    counter.connect()
    answer = go(browser, counter.provider, next="/digest")
    assert answer.status_code == 200
    assert 'content="0; url=/digest"' in answer.text
    assert is_in(browser)
    (row,) = counter.read_audit()[:1]
    assert (row.actor, row.action, row.about, row.detail["how"]) == ("user:desk-1", "begin_session", "user:desk-1", "provider")
    with counter.street.store.read(EVERYTHING) as reader:
        (session,) = reader.sessions.list_of(["desk-1"], counter.clock())
    assert (session.how, session.network) == ("provider", "203.0.113.0/24")
    assert "through the identity provider" in browser.get("/account").text
    assert counter.count_pending() == 0


def test_the_cookies_are_of_this_host_alone_and_the_state_is_good_once(counter: Desk, browser: TestClient) -> None:
    counter.connect()
    page = browser.post("/sign-in/provider")
    (cookie,) = page.headers.get_list("set-cookie")
    assert re.fullmatch(rf"{SECURE_STATE}=[\w-]{{43}}; HttpOnly; Max-Age=600; Path=/; SameSite=lax; Secure", cookie)
    answer = go(browser, counter.provider)
    cookies = {one.partition("=")[0]: one for one in answer.headers.get_list("set-cookie")}
    assert cookies.keys() == {SECURE_COOKIE, SECURE_STATE}
    assert "SameSite=strict" in cookies[SECURE_COOKIE]
    assert "Max-Age=0" in cookies[SECURE_STATE]


def test_who_begins_anew_leaves_no_session_behind(counter: Desk, browser: TestClient) -> None:
    counter.connect()
    go(browser, counter.provider)
    kept = browser.cookies[SECURE_COOKIE]
    leave(browser)  # a browser does not send the session's cookie when the provider leads back
    with counter.open_browser() as copied:
        copied.cookies.set(SECURE_COOKIE, kept, domain="care.example")
        assert not is_in(copied)


class Overrun:
    """A provider that is away, or asked by too many."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def begin_sign_in(self, now: int) -> BegunSignIn:
        raise self.error

    def finish_sign_in(self, pending: PendingSignIn | None, cookie_state: str | None, query: str, now: int) -> Identity:
        raise self.error


@pytest.mark.parametrize(
    "error, refused, wait_s", [(Busy("too many"), Refusal.BUSY, 5), (IdentityProviderAway("gone"), ProviderRefusal.AWAY, 0)]
)
def test_what_the_provider_is_to_blame_for_is_no_try_of_a_network(
    counter: Desk, error: Exception, refused: str, wait_s: int
) -> None:
    store, perform = counter.street.store, api_context(counter.street.store, counter.clock).perform
    signs_in = cheap_sign_in(store, perform, counter.clock)
    ours = ProviderSignIn(store, perform, counter.clock, signs_in, Overrun(error), issuer="https://id.example", title="City")
    assert {ours.begin("/", "", "203.0.113.7") for _ in range(102)} == {SentAway(refused=refused, wait_s=wait_s)}
    now = counter.clock()
    with store.begin() as tx:
        tx.pending_sign_ins.add(KeptSignIn(PendingSignIn(digest_state("s"), "n", "v", now, now + MINUTE_MS)))
    assert ours.finish("s", "code=x&state=s", "203.0.113.7").signed == Signed(refused=refused, wait_s=wait_s)
    assert counter.count_pending() == 0


def test_what_is_on_its_way_shows_no_secret_in_a_traceback() -> None:
    shown = repr((SentAway("https://id.example?secret-1", "secret-2"), CameBack(Signed(), "/", "secret-3")))
    shown += repr(
        (ConnectOwnIdentity("https://id.example", "secret-4", "a"), ConnectIdentity("chen", "https://id.example", "secret-5"))
    )
    assert "secret" not in shown


def test_nothing_secret_is_stored_shown_or_logged(counter: Desk, browser: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "homebeat")
    counter.connect()
    address = leave(browser)
    state = browser.cookies[SECURE_STATE]
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
    with counter.street.store.begin() as tx:
        kept = tx.pending_sign_ins.take(digest_state(state))
        assert kept is not None
        tx.pending_sign_ins.add(kept)
    stored = b"".join(file.read_bytes() for file in counter.street.store.path.parent.glob("street.db*"))  # type: ignore[union-attr]
    answer = come_back(browser, counter.provider.visit(address))
    assert is_in(browser)
    secrets = {state, kept.sign_in.verifier, kept.sign_in.nonce}
    assert not any(secret.encode() in stored for secret in secrets)
    assert (asked["state"], asked["nonce"], kept.sign_in.verifier in address) == (state, kept.sign_in.nonce, False)
    said = answer.text + caplog.text + repr(counter.read_audit())
    assert not any(secret in said for secret in (*secrets, SUBJECT, CLIENT_SECRET, "ada@city.example"))
    assert "refused" not in caplog.text


@pytest.mark.parametrize("verifier, status, said", [("w" * 43, 401, "Begin again"), ("", 503, "cannot be used at the moment")])
def test_a_wrong_or_missing_verifier_is_refused_by_the_provider(
    counter: Desk, browser: TestClient, verifier: str, status: int, said: str
) -> None:
    counter.connect()
    query = counter.provider.visit(leave(browser))
    with counter.street.store.begin() as tx:
        kept = tx.pending_sign_ins.take(digest_state(browser.cookies[SECURE_STATE]))
        assert kept is not None
        tx.pending_sign_ins.add(KeptSignIn(replace(kept.sign_in, verifier=verifier)))
    asked = counter.provider.count_requests("/token")
    refuse(come_back(browser, query), said, status)
    assert counter.provider.count_requests("/token") == asked + 1, "the provider itself has refused it"
    assert not is_in(browser)


def test_who_comes_back_twice_is_refused(counter: Desk, browser: TestClient) -> None:
    counter.connect()
    address = leave(browser)
    state, query = browser.cookies[SECURE_STATE], counter.provider.visit(address)
    assert come_back(browser, query).status_code == 200
    asked = counter.provider.count_requests("/token")
    with counter.open_browser() as again:
        again.cookies.set(SECURE_STATE, state, domain="care.example")
        refuse(come_back(again, query), "was begun in another window")
        assert not is_in(again)
    refuse(come_back(browser, query), "Begin again")
    assert counter.provider.count_requests("/token") == asked, "nobody is asked about what was not begun here"
    assert is_in(browser), "their own session goes on"


def test_another_browser_does_not_get_in(counter: Desk, browser: TestClient) -> None:
    counter.connect()
    query = counter.provider.visit(leave(browser))
    with counter.open_browser("198.51.100.9") as stranger:
        refuse(come_back(stranger, query), "was begun in another window")
        leave(stranger)
        refuse(come_back(stranger, query), "was begun in another window")
        assert not is_in(stranger)
    assert come_back(browser, query).status_code == 200, "and takes nothing from who began"


@pytest.mark.parametrize("name", ["state", "code", "iss"])
def test_a_changed_answer_is_refused(counter: Desk, browser: TestClient, name: str) -> None:
    counter.connect()
    query = counter.provider.visit(leave(browser))
    refuse(come_back(browser, change_query(query, **{name: "x"})), "")
    assert not is_in(browser)
    refuse(come_back(browser, query), "Begin again")


def test_one_that_took_too_long_is_refused(counter: Desk, browser: TestClient) -> None:
    counter.connect()
    address = leave(browser)
    counter.clock.now += 10 * MINUTE_MS
    refuse(come_back(browser, counter.provider.visit(address)), "took too long")
    assert counter.read_audit()[0].detail == {"reason": "oidc_begin_again"}


def test_a_provider_that_is_away_is_said_and_passwords_work(
    counter: Desk, browser: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    counter.connect()
    with counter.street.store.begin() as tx:
        tx.accounts.set_password("desk-1", counter.passwords.hash_password(PHRASE))
    counter.provider.set_faults(answers={DISCOVERY: "503"})
    refuse(browser.post("/sign-in/provider"), "You can sign in with a password of homebeat", 503)
    assert "answers 503" in caplog.text
    counter.provider.set_faults(answers={"/token": "hang"})
    query = counter.provider.visit(leave(browser))
    begun = time.monotonic()
    refuse(come_back(browser, query), "You can sign in with a password of homebeat", 503)
    assert time.monotonic() - begun < 10
    answer = browser.post("/sign-in", data={"name": "desk-1", "password": PHRASE})
    assert (answer.status_code, is_in(browser)) == (303, True)


def test_whom_no_account_belongs_to_is_told_their_id_and_makes_none(counter: Desk, browser: TestClient) -> None:
    add_account(counter.street.store, "ada", "desk")  # what they are called there finds no account
    answer = go(browser, counter.provider)
    refuse(answer, "no account of homebeat belongs to you yet")
    assert f'<code class="subject">{SUBJECT}</code>' in answer.text
    assert "ada@city.example" not in answer.text
    row = counter.read_audit()[0]
    assert (row.actor, row.action, row.about) == ("service:sign_in", "refuse_sign_in", "sign-in")
    assert row.detail == {"reason": "oidc_unknown", "identity": digest_identity(counter.provider.issuer, SUBJECT)}


@pytest.mark.parametrize("change", ["disabled", "no role", "another issuer"])
def test_who_may_not_enter_is_refused_with_a_row(counter: Desk, browser: TestClient, change: str) -> None:
    add_account(counter.street.store, "chen", *([] if change == "no role" else ["desk"]))
    issuer = "https://old.example" if change == "another issuer" else counter.provider.issuer
    add_identity(counter.street.store, "chen", issuer, SUBJECT)
    if change == "disabled":
        with counter.street.store.begin() as tx:
            tx.accounts.set_disabled("chen", 1)
    is_unknown = change == "another issuer"
    said = "no account of homebeat belongs to you" if is_unknown else "was disabled, or has no role"
    refuse(go(browser, counter.provider), said)
    row = counter.read_audit()[0]
    assert (row.about, row.detail["reason"]) == (("sign-in", "oidc_unknown") if is_unknown else ("user:chen", "oidc_no_entry"))
    assert not is_in(browser)


def test_who_cancels_there_is_told_and_leaves_no_row(counter: Desk, browser: TestClient) -> None:
    leave(browser)
    before = counter.read_audit()
    query = urllib.parse.urlencode(
        {"error": "access_denied", "state": browser.cookies[SECURE_STATE], "iss": counter.provider.issuer}
    )
    refuse(come_back(browser, query), "You did not sign in at the identity provider")
    assert counter.read_audit() == before


def test_a_token_that_proves_nothing_is_refused_with_a_row(counter: Desk, browser: TestClient) -> None:
    counter.connect()
    counter.provider.set_faults(signed_by_a_stranger=True)
    refuse(go(browser, counter.provider), "did not prove who you are")
    assert counter.read_audit()[0].detail == {"reason": "oidc_unproven"}


def test_a_link_connects_its_account_once(counter: Desk, browser: TestClient) -> None:
    add_account(counter.street.store, "chen", "desk")
    link = add_link(counter.street.store, "chen", now=counter.clock())
    page = browser.get(f"/sign-in?link={link}").text
    assert "Connect with City &lt;sign-in&gt;" in page
    address = leave(browser, link=link, next="/digest")
    assert link not in address
    assert 'url=/digest"' in come_back(browser, counter.provider.visit(address)).text
    assert is_in(browser)
    assert [(row.actor, row.action) for row in counter.read_audit()[:2]] == [
        ("user:chen", "begin_session"), ("user:chen", "connect_own_identity"),
    ]  # fmt: skip
    refuse(browser.post("/sign-in/provider", data={"link": link}), "was used before")
    with counter.open_browser() as another:
        assert go(another, counter.provider).status_code == 200
        assert "You are connected since" in another.get("/account").text


def test_a_link_is_not_used_up_by_who_does_not_come_back(counter: Desk, browser: TestClient) -> None:
    add_account(counter.street.store, "chen", "desk")
    link = add_link(counter.street.store, "chen", now=counter.clock())
    leave(browser, link=link)
    counter.provider.set_faults(claims={"nonce": "x"})
    refuse(go(browser, counter.provider, link=link), "did not prove")
    assert browser.post("/sign-in", data={"link": link}).status_code == 303


def test_a_link_that_is_replaced_meanwhile_connects_nobody(counter: Desk, browser: TestClient) -> None:
    add_account(counter.street.store, "chen", "desk")
    address = leave(browser, link=add_link(counter.street.store, "chen", now=counter.clock()))
    newer = add_link(counter.street.store, "chen", now=counter.clock())
    refuse(come_back(browser, counter.provider.visit(address)), "This link is not known")
    assert browser.post("/sign-in", data={"link": newer}).status_code == 303


def test_a_link_over_meanwhile_connects_nobody(counter: Desk, browser: TestClient) -> None:
    add_account(counter.street.store, "chen", "desk")
    link = add_link(counter.street.store, "chen", counter.clock() + MINUTE_MS, counter.clock())
    address = leave(browser, link=link)
    query = counter.provider.visit(address)
    counter.clock.now += MINUTE_MS
    refuse(come_back(browser, query), "This link is not known")
    assert not is_in(browser)


def test_an_identity_is_of_one_account_and_the_link_stays_good(counter: Desk, browser: TestClient) -> None:
    counter.connect()
    add_account(counter.street.store, "chen", "desk")
    link = add_link(counter.street.store, "chen", now=counter.clock())
    refuse(go(browser, counter.provider, link=link), "another account of homebeat belongs to you already")
    assert counter.read_audit()[0].detail["reason"] == "oidc_taken"
    assert browser.post("/sign-in", data={"link": link}).status_code == 303


def find_identity(counter: Desk, name: str) -> str:
    """The id at the provider that an account belongs to; empty for none."""
    with counter.street.store.read(EVERYTHING) as reader:
        held = reader.identities.find_of(name, counter.provider.issuer)
    return held.subject if held is not None else ""


@pytest.mark.parametrize("before", ["", "of-a-lost-card"])
def test_who_has_a_second_factor_is_connected_only_with_its_code(before: str, counter: Desk, browser: TestClient) -> None:
    store = counter.street.store
    browser.post("/sign-in", data={"link": add_link(store, "desk-1", now=counter.clock())})
    secret, _codes = set_up(browser, counter.clock, "")
    browser.post("/sign-out", data={"csrf": csrf_of(browser.get("/account").text)})
    if before:
        counter.connect(subject=before)
    link = add_link(store, "desk-1", now=counter.clock())
    asked = go(browser, counter.provider, link=link, next="/digest")
    form = {"pending": hidden(asked.text, "pending"), "next": hidden(asked.text, "next")}
    assert (asked.status_code, is_in(browser), find_identity(counter, "desk-1")) == (200, False, before)
    assert browser.post("/sign-in/code", data={**form, "code": "000000"}).status_code == 401
    assert find_identity(counter, "desk-1") == before
    counter.clock.now += STEP_MS
    answer = browser.post("/sign-in/code", data={**form, "code": code_of(secret, counter.clock)})
    assert (answer.status_code, answer.headers["location"], is_in(browser)) == (303, "/digest", True)
    assert find_identity(counter, "desk-1") == SUBJECT
    refuse(browser.post("/sign-in/provider", data={"link": link}), "was used before")
    assert counter.count_pending() == 0


def test_what_waits_for_a_code_connects_nobody_once_the_link_is_replaced(counter: Desk, browser: TestClient) -> None:
    store = counter.street.store
    browser.post("/sign-in", data={"link": add_link(store, "desk-1", now=counter.clock())})
    secret, _codes = set_up(browser, counter.clock, "")
    browser.post("/sign-out", data={"csrf": csrf_of(browser.get("/account").text)})
    asked = go(browser, counter.provider, link=add_link(store, "desk-1", now=counter.clock()))
    add_link(store, "desk-1", now=counter.clock())
    counter.clock.now += STEP_MS
    sent = {"pending": hidden(asked.text, "pending"), "code": code_of(secret, counter.clock)}
    refuse(browser.post("/sign-in/code", data=sent), "This link is not known")
    assert (find_identity(counter, "desk-1"), is_in(browser)) == ("", False)


def test_without_a_second_factor_a_link_replaces_no_identity(counter: Desk, browser: TestClient) -> None:
    counter.connect(subject="of-somebody-else")
    link = add_link(counter.street.store, "desk-1", now=counter.clock())
    refuse(go(browser, counter.provider, link=link), "Ask the administrator to disconnect that one first")
    assert counter.read_audit()[0].detail["reason"] == "oidc_held"
    assert (find_identity(counter, "desk-1"), is_in(browser)) == ("of-somebody-else", False)
    with counter.street.store.begin() as tx:
        tx.identities.remove("desk-1", counter.provider.issuer)
    assert go(browser, counter.provider, link=link).status_code == 200
    assert (find_identity(counter, "desk-1"), is_in(browser)) == (SUBJECT, True)


@pytest.mark.parametrize("link", ["x", "hb_" + "a" * 12 + "_" + "b" * 43])
def test_a_link_that_is_none_begins_nothing(counter: Desk, browser: TestClient, link: str) -> None:
    refuse(browser.post("/sign-in/provider", data={"link": link}), "This link is not known")
    assert counter.count_pending() == 0


def test_who_has_a_second_factor_here_is_asked_for_it(counter: Desk, browser: TestClient) -> None:
    browser.post("/sign-in", data={"link": add_link(counter.street.store, "desk-1", now=counter.clock())})
    secret, _codes = set_up(browser, counter.clock, "")
    browser.post("/sign-out", data={"csrf": csrf_of(browser.get("/account").text)})
    counter.connect()
    asked = go(browser, counter.provider, next="/digest")
    assert (asked.status_code, is_in(browser)) == (200, False)
    pending = hidden(asked.text, "pending")
    form = {"pending": pending, "next": hidden(asked.text, "next")}
    assert browser.post("/sign-in/code", data={**form, "code": "000000"}).status_code == 401
    counter.clock.now += STEP_MS
    answer = browser.post("/sign-in/code", data={**form, "code": code_of(secret, counter.clock)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/digest")
    assert counter.read_audit()[0].detail["how"] == "provider"


def test_a_page_of_another_site_begins_nothing(counter: Desk, browser: TestClient) -> None:
    answer = browser.post("/sign-in/provider", headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, counter.count_pending()) == (403, 0)
    assert browser.get("/sign-in/provider").status_code == 405


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_the_way_on_leads_nowhere_else(counter: Desk, browser: TestClient, target: str) -> None:
    counter.connect()
    assert 'content="0; url=/"' in go(browser, counter.provider, next=target).text


def test_a_network_that_begins_without_end_waits_and_passwords_of_it_do_not(counter: Desk, browser: TestClient) -> None:
    counter.connect()
    with counter.street.store.begin() as tx:
        tx.accounts.set_password("desk-1", counter.passwords.hash_password(PHRASE))
    for _ in range(3):
        go(browser, counter.provider)  # who gets in costs nothing
    for _ in range(100):
        leave(browser)
    answer = browser.post("/sign-in/provider")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    with counter.open_browser("198.51.100.9") as elsewhere:
        assert go(elsewhere, counter.provider).status_code == 200
    assert browser.post("/sign-in", data={"name": "desk-1", "password": PHRASE}).status_code == 303
    counter.clock.now += 5_000
    leave(browser)


def test_sign_ins_that_nobody_finishes_are_bounded(counter: Desk, browser: TestClient) -> None:
    leave(browser)
    with counter.street.store.begin() as tx:
        tx.connection.exec_driver_sql(
            "INSERT INTO pending_sign_in (id, secrets_sealed, link, begun_at, ends_at) "
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i, x'00', '', 0, i FROM n",
            (MOST_PENDING,),
        )
    address = leave(browser)
    assert counter.count_pending() == MOST_PENDING - 100
    counter.connect()
    assert come_back(browser, counter.provider.visit(address)).status_code == 200


def test_without_a_provider_there_is_no_button_and_no_way(guest: TestClient) -> None:
    assert "/sign-in/provider" not in guest.get("/sign-in").text
    assert guest.post("/sign-in/provider").status_code == 404
    assert guest.get("/sign-in/back?code=x&state=y").status_code == 404


def test_an_administrator_connects_and_disconnects_by_the_page(counter: Desk, browser: TestClient) -> None:
    add_account(counter.street.store, "root", "admin")
    for name in ("chen", "li"):
        add_account(counter.street.store, name, "desk")
    browser.post("/sign-in", data={"link": add_link(counter.street.store, "root", now=counter.clock())})

    def send(name: str, verb: str, **form: str) -> Any:
        csrf = csrf_of(browser.get(f"/people/{name}").text)
        return browser.post(f"/console/people/{name}/{verb}", data={"csrf": csrf, **form})

    assert "Id at City &lt;sign-in&gt;" in browser.get("/people/chen").text
    for wrong in ("", " ", "a\nb", "x" * 256):
        refuse(send("chen", "connect", subject=wrong), "an id is 1 to 255 characters", 422)
    assert send("chen", "connect", subject=f" {SUBJECT} ").status_code == 303
    refuse(send("li", "connect", subject=SUBJECT), "another account has this id", 409)
    page = browser.get("/people/chen").text
    assert ("Connected since" in page, f">{SUBJECT}</code>" in page) == (True, True)
    with counter.open_browser() as chen:
        assert go(chen, counter.provider).status_code == 200
        assert is_in(chen)
        assert send("chen", "disconnect").status_code == 303
        assert not is_in(chen)
        refuse(go(chen, counter.provider), "no account of homebeat belongs to you yet")
    refuse(send("chen", "disconnect"), "the account is not connected", 404)
    acts = [(row.actor, row.action, row.about) for row in counter.read_audit() if "connect" in row.action]
    assert acts == [("user:root", "disconnect_identity", "user:chen"), ("user:root", "connect_identity", "user:chen")]


def test_a_supervisor_connects_nobody_whom_they_may_not_change(counter: Desk, browser: TestClient) -> None:
    add_account(counter.street.store, "boss", "supervisor@lane")
    add_account(counter.street.store, "root", "admin", "desk@lane")
    add_account(counter.street.store, "sun", "auditor@lane")
    add_identity(counter.street.store, "root", counter.provider.issuer, "of-root")
    browser.post("/sign-in", data={"link": add_link(counter.street.store, "boss", now=counter.clock())})
    page = browser.get("/people/root").text
    assert ("Connected since" in page, "of-root" in page, "/disconnect" in page) == (True, False, False)
    csrf = csrf_of(browser.get("/people").text)
    for name, status in (("root", 403), ("sun", 403), ("nobody", 404)):
        answer = browser.post(f"/console/people/{name}/connect", data={"csrf": csrf, "subject": SUBJECT})
        assert answer.status_code == status, name
