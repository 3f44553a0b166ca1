"""Control characters are refused at the door: in paths, queries, JSON and forms, before any route and any database."""

from __future__ import annotations

from typing import Any

import pytest

from homebeat.domain.text import escape_unseen, is_plain, strip_direction
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Street

REFUSED = ["\0", "\x01", "\x08", "\x0b", "\r", "\x1b", "\x1f", "\x7f", "\x80", "\x9f", "\ud800", "\udfff"]
TAKEN = ["\n", "\t", " ", "é", "老人", "\u200b", "😀"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/residents/%00",
        "/api/v1/residents/a%1Bb",
        "/api/v1/households/%C2%85",
        "/api/v1/alerts?rule=%00",
        "/api/v1/alerts?area=%00",
        "/api/v1/alerts?household=a%00b",
        "/api/v1/alerts?%00=1",
        "/api/v1/deliveries?alert=%00",
        "/api/v1/digest?area=%7F",
        "/nowhere/%00",
    ],
)
def test_an_address_without_control_characters_or_none(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert "control character" in answer.json()["detail"]
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("character", REFUSED, ids=ascii)
def test_a_note_with_a_control_character_is_refused(client: TestClient, street: Street, character: str) -> None:
    alert = street.sos(0)
    answer = client.post(f"/api/v1/alerts/{alert.id}/note", content=_json(f"a{character}b"), headers=JSON)
    assert (answer.status_code, "control character" in answer.json()["detail"]) == (422, True)
    assert street.alert(alert.id).version == 1


@pytest.mark.parametrize("character", TAKEN, ids=ascii)
def test_other_characters_are_taken(client: TestClient, street: Street, character: str) -> None:
    alert = street.sos(0)
    answer = client.post(f"/api/v1/alerts/{alert.id}/note", json={"note": f"a{character}b"})
    assert (answer.status_code, answer.json()["history"][-1]["note"]) == (200, f"a{character}b")


JSON = {"Content-Type": "application/json"}


def _json(note: str) -> bytes:
    return ('{"note": "' + "".join(f"\\u{ord(c):04x}" for c in note) + '"}').encode()


@pytest.mark.parametrize(
    "body", [{"\0": 1}, {"note": "x", "more": [{"deep": ["\0"]}]}, ["\x1b"], "\0"], ids=["name", "deep", "list", "text"]
)
def test_wherever_in_the_body_it_stands(client: TestClient, street: Street, body: Any) -> None:
    answer = client.post(f"/api/v1/alerts/{street.sos(0).id}/note", json=body)
    assert (answer.status_code, "control character" in answer.json()["detail"]) == (422, True)


def test_an_escaped_backslash_is_no_control_character(client: TestClient, street: Street) -> None:
    answer = client.post(f"/api/v1/alerts/{street.sos(0).id}/note", content=rb'{"note": "a\\u0000b"}', headers=JSON)
    assert (answer.status_code, answer.json()["history"][-1]["note"]) == (200, r"a\u0000b")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_forms_are_looked_at_too(client: TestClient, kind: str) -> None:
    body = b"token=a%00b" if "url" in kind else b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\na\0b\r\n--b--\r\n'
    answer = client.post("/sign-in", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, "control character" in answer.json()["detail"]) == (422, True)


def test_a_body_that_is_no_json_is_the_routes_to_refuse(client: TestClient, street: Street) -> None:
    path = f"/api/v1/alerts/{street.sos(0).id}/note"
    for body in (b"{", b"[" * 100_000, b"\xff\xfe", b""):
        assert 400 <= client.post(path, content=body, headers=JSON).status_code < 500


def test_a_number_copied_from_a_telephone_book_loses_its_direction_marks(client: TestClient, street: Street) -> None:
    alert = street.sos(0)
    said = "\u202acalled 0000\u202c, \u2066no\u2069 answer\u202e"
    answer = client.post(f"/api/v1/alerts/{alert.id}/note", json={"note": said})
    assert answer.json()["history"][-1]["note"] == "called 0000, no answer"


def test_what_is_shown_in_a_terminal_does_nothing_there() -> None:
    assert escape_unseen("a\x1b[31m\u202e\x9b老人\n\tb\r\ud800") == "a\\u001b[31m\\u202e\\u009b老人\n\tb\\u000d\\ud800"
    assert strip_direction("a\u202eb\u200fc") == "abc"
    assert [is_plain(text) for text in ("desk 1 老人", "a\nb", "a\tb", "a\x1bb", "a\u2066b", "a\ud800b")] == [True] + [False] * 5


@pytest.mark.parametrize(
    ("charset", "is_refused"), [("punycode", True), ("UTF-7", True), ("'idna'", True), ("utf-8", False), ('"UTF-8"', False)]
)
def test_a_client_does_not_choose_how_its_form_is_decoded(client: TestClient, charset: str, is_refused: bool) -> None:
    """With punycode 250 kB take half a minute, in the loop that serves everybody."""
    body = b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\na-' + b"b" * 100 + b"\r\n--b--\r\n"
    answer = client.post(
        "/sign-in", content=body, headers={"Content-Type": f"multipart/form-data; boundary=b; charset={charset}"}
    )
    assert ("leave out its charset" in answer.text) is is_refused, answer.text
