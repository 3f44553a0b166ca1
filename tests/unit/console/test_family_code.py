"""The code of a message that may carry no link: it opens the family's page, and guessing does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.console.family.limits import CODES
from homebeat.domain.alert import Alert
from homebeat.domain.durations import DAY_MS
from homebeat.domain.ids import ContactId
from homebeat.identity.message_link import CODE_LENGTH, digest_link_token, make_link_code, read_link_code
from homebeat.store import MessageLink
from tests.people import add_family_link
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Clock, Street

LIN = "h-3/lin"


@pytest.fixture
def alert(street: Street) -> Alert:
    return street.open("no_sign_of_life", 3)


@pytest.fixture
def code(street: Street, alert: Alert, clock: Clock) -> str:
    token = add_family_link(street.store, alert.id, LIN)
    code = make_link_code()
    with street.store.begin() as tx:
        found = tx.message_links.find(digest_link_token(token))
        assert found is not None
        tx.message_links.add([MessageLink("c" * 64, found.link.notice, ContactId(LIN), clock(), found.link.ends_at, code=code)])
    return code


def type_in(guest: TestClient, code: str, status: int = 303) -> str:
    answer = guest.post("/f", data={"code": code}, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return str(answer.headers.get("location", answer.text))


def test_a_code_opens_the_page_however_it_is_typed(guest: TestClient, code: str) -> None:
    pages = [type_in(guest, typed) for typed in (code, code.lower(), f" {code[:4]}-{code[4:]} ")]
    assert len(set(pages)) == 3, "each time a link of its own"
    for page in pages:
        assert page.startswith("/f/")
        assert guest.get(page).status_code == 200
        assert guest.post(page, data={"answer": "fine"}, follow_redirects=False).status_code == 303


@pytest.mark.parametrize("typed", ["", "AAAAAAAA", "22222222", "short", "x" * 20])
def test_a_wrong_code_opens_nothing(typed: str, guest: TestClient, code: str) -> None:
    assert "This code opens nothing" in type_in(guest, typed, 404)


def test_a_code_ends_with_its_message(guest: TestClient, code: str, clock: Clock) -> None:
    clock.now += 3 * DAY_MS
    assert "This code opens nothing" in type_in(guest, code, 404)


def test_guessing_is_slowed_down_for_everybody_together(guest: TestClient, code: str, clock: Clock) -> None:
    for _ in range(CODES.most):
        type_in(guest, "22222222", 404)
    assert guest.post("/f", data={"code": code}).status_code == 429
    clock.now += CODES.every_ms * 10
    assert type_in(guest, code).startswith("/f/")


def test_the_page_asks_for_the_code_in_both_languages(guest: TestClient) -> None:
    assert "The code in the message" in guest.get("/f", headers={"Accept-Language": "en"}).text
    assert "短信里的验证码" in guest.get("/f", headers={"Accept-Language": "zh-CN"}).text


def test_the_code_itself_is_not_stored(street: Street, code: str) -> None:
    with street.store._database.begin_read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM message_link").mappings().all()
    assert sum(row["code_digest"] is not None for row in rows) == 1
    assert code not in str(rows)
    assert code.encode() not in b"".join(bytes(row["code_digest"] or b"") for row in rows)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_code_or_none(text: str) -> None:
    found = read_link_code(text)
    assert found is None or len(found) == CODE_LENGTH


def test_no_two_letters_of_a_code_look_alike() -> None:
    letters = set("".join(make_link_code() for _ in range(500)))
    assert not letters & set("01OIL")
    assert len(letters) == 28
