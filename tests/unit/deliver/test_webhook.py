"""The webhook channel against real sockets that misbehave."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest

from homebeat.deliver import Poster, WebhookChannel
from homebeat.deliver.poster import HttpAnswer, HttpCall, read_retry_after_s
from homebeat.egress.network import Lookups, has_authorities
from homebeat.egress.policy import EgressPolicy
from tests.unit.deliver import receivers
from tests.unit.deliver.fakes import NOON, SECRET, a_notice
from tests.unit.deliver.receivers import RawReceiver, Script, answers, floods, says
from tests.unit.deliver.test_signing import independent_signature

HERE = EgressPolicy(allow_private=True, allow_http=True, ports=None)
BROKE_OFF = "the receiver broke off or did not speak HTTP"
TOOK_TOO_LONG = "the receiver took too long"
UNREACHED = "the receiver could not be reached"


def channel(timeout_s: float = 10.0) -> WebhookChannel:
    return WebhookChannel(Poster(HERE, timeout_s=timeout_s))


def test_request_is_a_signed_post_with_the_name_as_host() -> None:
    with RawReceiver(answers(200)) as receiver:
        named = WebhookChannel(Poster(HERE, resolve=lambda _host, _port: ["127.0.0.1"]))
        receipt = named.send(a_notice(url=f"http://family.example:{receiver.port}/hook?a=1&b=%20"), NOON)
    assert (receipt.ok, receipt.status, receipt.error) == (True, 200, "")
    head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    assert first == "POST /hook?a=1&b=%20 HTTP/1.1"
    assert headers["host"] == f"family.example:{receiver.port}"
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == "msg_one"
    assert headers["webhook-timestamp"] == str(NOON // 1000)
    assert headers["webhook-signature"] == independent_signature(SECRET, "msg_one", NOON // 1000, body)
    assert json.loads(body)["data"]["alert_id"] == "a-1"


def test_while_a_secret_is_replaced_both_sign() -> None:
    new = "whsec_" + "bmV4dC1zZWNyZXQtb2YtdGhlLWZhbWlseQ=="
    with RawReceiver(answers(200)) as receiver:
        notice = a_notice(channel_params={"url": receiver.url, "secret": SECRET, "next_secret": new})
        assert channel().send(notice, NOON).ok
        refused = channel().send(a_notice(channel_params={"url": receiver.url, "secret": SECRET, "next_secret": "whsec_x"}), NOON)
    (request,) = receiver.requests
    head, _, body = request.partition(b"\r\n\r\n")
    both = " ".join(independent_signature(secret, "msg_one", NOON // 1000, body) for secret in (SECRET, new))
    assert f"webhook-signature: {both}".encode() in head
    assert (refused.ok, refused.is_final) == (False, True)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_success(status: int) -> None:
    with RawReceiver(answers(status)) as receiver:
        assert channel().send(a_notice(url=receiver.url), NOON).ok


@pytest.mark.parametrize(
    "status, is_final",
    [
        (300, False),
        (304, False),
        (400, False),
        (401, False),
        (404, False),
        (410, True),
        (429, False),
        (500, False),
        (502, False),
        (503, False),
    ],
)
def test_everything_else_is_failure(status: int, *, is_final: bool) -> None:
    with RawReceiver(answers(status)) as receiver:
        receipt = channel().send(a_notice(url=receiver.url), NOON)
    assert (receipt.ok, receipt.status, receipt.is_final) == (False, status, is_final)
    assert receipt.error


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with RawReceiver(answers(200)) as elsewhere, RawReceiver(answers(status, f"Location: {elsewhere.url}\r\n")) as receiver:
        receipt = channel().send(a_notice(url=receiver.url), NOON)
    assert (receipt.ok, receipt.status, receipt.is_final) == (False, status, False)
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    "script, ok, error, within_s",
    [
        (receivers.hangs, False, TOOK_TOO_LONG, 2.0),
        (receivers.drips_its_head, False, TOOK_TOO_LONG, 2.0),
        (receivers.hangs_in_the_body, True, "", 2.5),
        (receivers.resets, False, BROKE_OFF, 1.0),
        (says(b""), False, BROKE_OFF, 1.0),
        (says(b"SSH-2.0-OpenSSH_9.9\r\n"), False, BROKE_OFF, 1.0),
        (says(b"HTTP/1.1 999999 What\r\n\r\n"), False, BROKE_OFF, 1.0),
        (floods(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"), True, "", 2.5),
        (floods(b"HTTP/1.1 500 No\r\nContent-Length: 100000000\r\n\r\n"), False, "the receiver answered 500", 2.5),
        (floods(b"HTTP/1.1 200 OK\r\nX-Long: "), False, BROKE_OFF, 2.0),
    ],
    ids=["hangs", "drips", "hangs_in_body", "resets", "closes", "not_http", "bad_status", "huge_200", "huge_500", "huge_head"],
)
def test_misbehaving(script: Script, error: str, within_s: float, *, ok: bool) -> None:
    with RawReceiver(script) as receiver:
        started = time.monotonic()
        receipt = channel(timeout_s=0.6).send(a_notice(url=receiver.url), NOON)
        took_s = time.monotonic() - started
    assert (receipt.ok, receipt.error) == (ok, error)
    assert took_s < within_s


def test_nobody_there_and_a_name_that_hangs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert channel().send(a_notice(url=f"http://127.0.0.1:{port}/"), NOON).error == UNREACHED
    release = threading.Event()

    def hanging(_host: str, _port: int) -> list[str]:
        release.wait(30)
        return ["127.0.0.1"]

    started = time.monotonic()
    receipt = WebhookChannel(Poster(HERE, resolve=hanging, timeout_s=0.3)).send(a_notice(url="http://slow.example/"), NOON)
    release.set()
    assert receipt.error == UNREACHED
    assert time.monotonic() - started < 5


def test_a_second_address_is_tried_when_the_first_does_not_answer() -> None:
    with RawReceiver(answers(200)) as receiver:
        several = WebhookChannel(Poster(HERE, resolve=lambda _host, _port: ["127.0.0.9", "127.0.0.1"]))
        assert several.send(a_notice(url=f"http://family.example:{receiver.port}/"), NOON).ok


def test_what_is_called_and_what_is_answered_show_no_secret() -> None:
    shown = repr((HttpCall("https://k3y.example/", b"k3y", {"x": "k3y"}), HttpAnswer(200, b"k3y", is_whole=True)))
    assert "k3y" not in shown


def test_channel_that_cannot_be_used_is_final() -> None:
    for params in (None, {}, {"url": "https://public.example/"}, {"url": "https://public.example/", "secret": "whsec_eA=="}):
        receipt = channel().send(a_notice(channel_params=params), NOON)
        assert (receipt.ok, receipt.is_final) == (False, True)
        assert receipt.error


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
        ("9" * 40, None),
        ("Sun, 99 Mar 2026 12:01:00 GMT", None),
        ("²", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert read_retry_after_s(text, NOON) == seconds


def test_patience_of_the_receiver_is_reported() -> None:
    with RawReceiver(answers(429, "Retry-After: 77\r\n")) as receiver:
        assert channel().send(a_notice(url=receiver.url), NOON).retry_after_s == 77.0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for family.example, with its key in the same file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: TLS to a pinned address is not tested")
    folder = tmp_path_factory.mktemp("tls")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=family.example",
        "-addext",
        "subjectAltName=DNS:family.example",
        "-keyout",
        str(folder / "key.pem"),
        "-out",
        str(folder / "cert.pem"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return both


@pytest.mark.parametrize(
    "name, is_trusted, ok", [("family.example", True, True), ("other.example", True, False), ("family.example", False, False)]
)
def test_tls_is_spoken_to_the_name_not_to_the_address(certificate: Path, name: str, *, is_trusted: bool, ok: bool) -> None:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    asked: list[str | None] = []
    server_side.sni_callback = lambda _socket, asked_name, _context: asked.append(asked_name)
    trust = ssl.create_default_context(cafile=str(certificate) if is_trusted else None)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        try:
            with server_side.wrap_socket(connection, server_side=True) as tls:
                receivers.read_request(tls)
                tls.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        except OSError:
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    pinned = WebhookChannel(
        Poster(EgressPolicy(allow_private=True, ports=None), resolve=lambda _host, _port: ["127.0.0.1"], tls=trust)
    )
    receipt = pinned.send(a_notice(url=f"https://{name}:{listener.getsockname()[1]}/"), NOON)
    thread.join()
    listener.close()
    assert (receipt.ok, receipt.error) == (ok, "" if ok else UNREACHED)
    assert asked == [name]


def test_a_machine_without_certificate_authorities_is_noticed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    Poster(HERE, tls=nobody)
    has_folder = has_authorities(nobody, ssl.get_default_verify_paths().capath)
    assert ("trusts no certificate authority" in caplog.text) is not has_folder
    assert not has_authorities(nobody, None)
    assert not has_authorities(nobody, str(tmp_path))
    (tmp_path / "0a775a30.0").touch()
    assert has_authorities(nobody, str(tmp_path))


def test_a_name_whose_look_up_hangs_holds_one_thread_and_delays_nobody_else() -> None:
    release, asked = threading.Event(), []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        if host == "hangs.example":
            release.wait(30)
        return ["127.0.0.1"]

    lookups = Lookups(most=2)
    hanging = [lookups.ask(resolve, "hangs.example", 443) for _ in range(5)]
    assert len({id(answer) for answer in hanging}) == 1
    answer = lookups.ask(resolve, "good.example", 443)
    assert answer is not None
    assert answer.result(10) == ["127.0.0.1"]
    release.set()
    assert hanging[0] is not None
    assert hanging[0].result(10) == ["127.0.0.1"]
    assert asked == ["hangs.example", "good.example"]


def test_look_ups_under_way_are_bounded_and_one_that_is_over_makes_room() -> None:
    release = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        release.wait(30)
        raise OSError("no such name")

    lookups = Lookups(most=1)
    first = lookups.ask(resolve, "a.example", 443)
    assert first is not None
    assert lookups.ask(resolve, "b.example", 443) is None
    release.set()
    assert isinstance(first.exception(10), OSError)
    assert lookups.ask(resolve, "b.example", 443) is not None
