"""Signatures, checked without the library that makes them."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from homebeat.deliver.channels.signing import BadSignature, UnusableSecret, make_body, sign_headers, verify
from tests.unit.deliver.fakes import NOON, SECRET, a_notice


def independent_signature(secret: str, message_id: str, at_s: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{message_id}.{at_s}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


@given(
    st.binary(min_size=24, max_size=64), st.from_regex(r"msg_[0-9a-f]{24}", fullmatch=True), st.integers(0, 4 * 10**12), st.text()
)
def test_signature_is_standard_webhooks(key: bytes, message_id: str, now: int, text: str) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    body = json.dumps({"text": text}, ensure_ascii=False).encode("utf-8", "backslashreplace")
    headers = sign_headers([secret], message_id, now, body)
    assert headers == {
        "webhook-id": message_id,
        "webhook-timestamp": str(now // 1000),
        "webhook-signature": independent_signature(secret, message_id, now // 1000, body),
    }


def test_body_is_thin_and_the_same_on_every_attempt() -> None:
    body = make_body(a_notice(attempts=0))
    assert body == make_body(a_notice(attempts=7, lease_until=NOON + 10**6))
    assert json.loads(body) == {
        "type": "alert.opened",
        "timestamp": "2026-03-01T12:00:00.000Z",
        "data": {"alert_id": "a-1", "priority": "critical", "link": "https://desk.example/alerts/a-1"},
    }


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_c2hvcnQ=",
        "geheimnis",
        "whsec_!!!!",
        "whsec_é",
        SECRET[:-2] + "é=",
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        SECRET.removeprefix("whsec_"),
    ],
)
def test_nothing_is_signed_with_a_bad_secret(secret: str) -> None:
    with pytest.raises(UnusableSecret) as raised:
        sign_headers([secret], "msg_1", NOON, b"{}")
    assert secret in {"", "whsec_"} or secret not in str(raised.value)


def test_without_a_secret_nothing_is_signed() -> None:
    with pytest.raises(UnusableSecret):
        sign_headers([], "msg_1", NOON, b"{}")


@given(st.binary(min_size=24, max_size=64), st.binary(min_size=24, max_size=64), st.text(st.characters(codec="ascii")))
def test_while_a_secret_is_replaced_either_verifies_by_the_library_of_the_standard(old: bytes, new: bytes, text: str) -> None:
    secrets = ["whsec_" + base64.b64encode(key).decode() for key in (old, new)]
    body = json.dumps({"text": text}).encode()
    headers = sign_headers(secrets, "msg_1", int(time.time() * 1000), body)
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in secrets:
        assert Webhook(secret).verify(body, headers) == {"text": text}
        assert verify(secret, headers, body) == "msg_1"
    stranger = "whsec_" + base64.b64encode(b"stranger" * 4).decode()
    with pytest.raises(BadSignature):
        verify(stranger, headers, body)


def test_own_signature_verifies_and_others_do_not() -> None:
    now = int(time.time() * 1000)
    headers = sign_headers([SECRET], "msg_1", now, b"{}")
    assert verify(SECRET, headers, b"{}") == "msg_1"
    assert verify(SECRET, {name.title(): value for name, value in headers.items()}, b"{}") == "msg_1"
    bad = [
        headers | {"webhook-id": "msg_2"},
        headers | {"webhook-signature": "nonsense"},
        headers | {"webhook-signature": "v1,%%%"},
        headers | {"webhook-timestamp": "soon"},
        {},
        sign_headers([SECRET], "msg_1", now - 301_000, b"{}"),
        sign_headers([SECRET], "msg_1", now + 301_000, b"{}"),
        headers | {"webhook-timestamp": str(now // 1000 + 1)},
    ]
    for forged in bad:
        with pytest.raises(BadSignature):
            verify(SECRET, forged, b"{}")
    with pytest.raises(BadSignature):
        verify(SECRET, headers, b"{} ")
    with pytest.raises(BadSignature):
        verify(SECRET, headers, b"\xff")


@given(st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()), st.binary())
def test_strangers_headers_raise_one_kind_of_error(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(BadSignature):
        verify(SECRET, headers, body)
