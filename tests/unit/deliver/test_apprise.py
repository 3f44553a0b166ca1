"""The channel through Apprise, with the real library in its process: what it may call, and that its yes proves nothing."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from homebeat.actions.shown_messages import HANDED_OVER, find_standing
from homebeat.deliver import Poster, Receipt
from homebeat.deliver.channels.apprise import AppriseChannel
from homebeat.domain.apprise_address import SCHEMAS, SERVERS, SERVICES, find_apprise_fault, find_apprise_server
from homebeat.domain.ids import ContactId
from homebeat.domain.message_proof import MessageProof
from homebeat.egress.policy import EgressPolicy
from homebeat.store import MessageEntry, OutboxState
from homebeat.store.home.endpoints import find_endpoint
from tests.unit.deliver import receivers
from tests.unit.deliver.fakes import NOON, a_notice
from tests.unit.deliver.receivers import RawReceiver, answers

HERE = EgressPolicy(allow_private=True, allow_http=True, ports=None)
NOT_TAKEN = "Apprise could not hand it over: the service refused it or could not be reached"


def send(url: str, policy: EgressPolicy = HERE, *, is_allowed: bool = True, timeout_s: float = 20.0) -> Receipt:
    channel = AppriseChannel(Poster(policy, timeout_s=timeout_s), is_allowed=is_allowed)
    return channel.send(a_notice(channel_kind="apprise", channel_params={"url": url}), NOON)


def test_an_error_in_the_answer_is_handed_over_and_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with RawReceiver(answers(200, body=b'{"errcode": 93000, "errmsg": "no such robot"}')) as receiver:
        receipt = send(f"json://user:key-1@127.0.0.1:{receiver.port}/hook")
    assert receipt == Receipt(ok=True, awaits_proof=True)
    (request,) = receiver.requests
    assert b"homebeat" in request
    assert b"https://desk.example/alerts/a-1\\n" in request


@pytest.mark.parametrize(
    ("policy", "error"),
    [
        (EgressPolicy(allow_http=True, ports=None), NOT_TAKEN),
        (EgressPolicy(allow_private=True, ports=None), "the address must begin with https://"),
        (EgressPolicy(allow_private=True, allow_http=True), "the port is not one that may be called"),
    ],
    ids=["this machine", "without TLS", "its port"],
)
def test_what_the_policy_does_not_allow_is_not_called(policy: EgressPolicy, error: str) -> None:
    with RawReceiver(answers(200)) as receiver:
        receipt = send(f"json://127.0.0.1:{receiver.port}/hook", policy)
    assert receiver.requests == []
    assert receipt == Receipt(ok=False, error=error, is_final=error != NOT_TAKEN), "it says nothing of our network"


@pytest.mark.parametrize("name", ["ip6-localhost", "2130706433", "localhost."])
def test_however_the_server_is_named_nothing_is_said_without_tls(name: str) -> None:
    listener, said = socket.create_server(("127.0.0.1", 0)), list[bytes]()

    def listen() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                said.append(connection.recv(1_000))
                connection.close()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    receipt = send(f"json://{name}:{listener.getsockname()[1]}/hook", EgressPolicy(allow_private=True, ports=None))
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)
    assert (receipt.ok, b"".join(said)) == (False, b"")


def test_a_redirect_is_not_followed_and_a_refusal_is_none() -> None:
    with RawReceiver(answers(200)) as inside:
        moved = answers(302, headers=f"Location: {inside.url}\r\n")
        with RawReceiver(moved) as receiver:
            receipt = send(f"json://127.0.0.1:{receiver.port}/hook?redirect=yes")
    assert (receipt.ok, receipt.error) == (False, NOT_TAKEN)
    assert (len(receiver.requests), inside.requests) == (1, [])


def test_a_service_that_hangs_costs_its_attempt_and_no_more() -> None:
    def hang(_connection: socket.socket, _request: bytes, closing: threading.Event) -> None:
        closing.wait(30)

    begun = time.monotonic()
    with RawReceiver(hang) as receiver:
        receipt = send(f"json://127.0.0.1:{receiver.port}/hook?rto=60", timeout_s=4.0)
        assert time.monotonic() - begun < 15
    assert (receipt.ok, receipt.is_final, receipt.error) == (False, False, "the service took too long")


def test_the_check_of_certificates_cannot_be_turned_off() -> None:
    assert send("jsons://family.example/?verify=no").is_final
    with RawReceiver(answers(200)) as receiver:
        hidden = send(f"json://127.0.0.1:{receiver.port}/hook?%76erify=no")
    assert (receiver.requests, hidden.ok, hidden.is_final) == ([], False, True)


def test_nothing_leaves_where_the_settings_do_not_allow_it() -> None:
    with RawReceiver(answers(200)) as receiver:
        receipt = send(f"json://127.0.0.1:{receiver.port}/hook", is_allowed=False)
    assert (receiver.requests, receipt.ok, receipt.is_final, receipt.needs_operator) == ([], False, True, True)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, with its key in the same file."""
    folder = tmp_path_factory.mktemp("tls")
    key, own, both = (folder / name for name in ("key.pem", "cert.pem", "both.pem"))
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(own)]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    both.write_text(key.read_text() + own.read_text())
    return both


@pytest.mark.parametrize("is_trusted", [True, False])
def test_over_tls_a_service_needs_a_certificate_that_is_trusted(certificate: Path, *, is_trusted: bool) -> None:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    listener, seen = socket.create_server(("127.0.0.1", 0)), list[bytes]()

    def serve() -> None:
        connection, _ = listener.accept()
        try:
            with server_side.wrap_socket(connection, server_side=True) as tls:
                seen.append(receivers.read_request(tls))
                tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        except OSError:
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    policy = EgressPolicy(allow_private=True, ports=None)
    channel = AppriseChannel(Poster(policy, timeout_s=20), is_allowed=True, authorities=str(certificate) if is_trusted else None)
    url = f"jsons://127.0.0.1:{listener.getsockname()[1]}/hook"
    receipt = channel.send(a_notice(channel_kind="apprise", channel_params={"url": url}), NOON)
    thread.join(5)
    listener.close()
    assert (receipt.ok, len(seen)) == ((True, 1) if is_trusted else (False, 0))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ntfys://topic-of-the-family", ""),
        ("tgram://123456789:abcdefg_hijklmnop/12315544", ""),
        ("file:///var/lib/homebeat/key", "begins with file://"),
        ("syslog://", "is not an address"),
        ("dbus://notify", "begins with dbus://"),
        ("windows://desk", "begins with windows://"),
        ("mailto://a:b@mail.example", "begins with mailto://"),
        ("wecombot://key", "begins with wecombot://"),
        ("https://discord.com/api/webhooks/1/2", "begins with https://"),
        ("jsons://family.example/ json://127.0.0.1", "is not an address"),
        ("jsons://family.example/?Verify=False", "turns off the check of certificates"),
        ("jsons://family.example/?a=1&verify=yes", ""),
    ],
)
def test_only_services_over_https_are_taken(text: str, says: str) -> None:
    fault = find_apprise_fault(text)
    assert fault.startswith(says) if says else fault == ""


def test_what_is_taken_is_what_apprise_calls_over_tls() -> None:
    program = "import apprise\nfor one in apprise.Apprise().details()['schemas']: print(*one['secure_protocols'] or ())"
    told = subprocess.run([sys.executable, "-I", "-c", program], check=True, capture_output=True, timeout=60)
    assert set(told.stdout.decode().split()) >= SERVICES | SERVERS


def test_an_answer_that_does_not_end_is_cut_off() -> None:
    def pour(connection: socket.socket, _request: bytes, closing: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not closing.is_set():
            connection.sendall(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")

    with RawReceiver(pour) as receiver:
        receipt = send(f"json://127.0.0.1:{receiver.port}/hook", timeout_s=30.0)
    assert receipt == Receipt(ok=False, error=NOT_TAKEN)


def test_what_homebeat_has_a_channel_for_is_not_taken() -> None:
    assert not {"dingtalk", "feishu", "wecombot", "lark", "mailto", "mailtos", "twilio"} & set(SCHEMAS)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("jsons://user:p@ss@family.example:8443/hook?a=b", "https://family.example:8443/"),
        ("json://10.0.0.5/hook", "http://10.0.0.5/"),
        ("gotifys://[fd00::1]:443/token", "https://[fd00::1]:443/"),
        ("matrixs://u:p@localhost/#room", "https://localhost/"),
        ("ntfys://topic", ""),
        ("tgram://1.example/2", ""),
        ("file://family.example/", ""),
    ],
)
def test_the_server_in_an_address_is_judged_at_import(url: str, server: str) -> None:
    assert find_apprise_server(url) == server


def test_one_service_is_one_endpoint_and_a_key_is_in_none() -> None:
    endpoints = {find_endpoint("apprise", {"url": f"tgram://{key}/1"}) for key in ("111:secret", "222:secret")}
    assert endpoints == {"apprise tgram"}


def test_people_read_that_it_was_handed_over_and_is_not_known_to_have_arrived() -> None:
    entry = MessageEntry(
        *(ContactId("h/wei"), "apprise", "alert.opened", OutboxState.DELIVERED, NOON, 1, NOON, MessageProof.AWAITED, None, "")
    )
    assert find_standing(entry) == (HANDED_OVER, NOON)
    assert find_standing(replace(entry, state=OutboxState.PENDING, arrival=None))[0] == "again"
