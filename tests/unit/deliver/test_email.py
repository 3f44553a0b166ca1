"""The e-mail channel against a mail server on a real socket that refuses, breaks off, hangs, and speaks TLS or not."""

from __future__ import annotations

import shlex
import shutil
import ssl
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from homebeat.deliver import Poster, Receipt
from homebeat.deliver.accounts import EmailAccount
from homebeat.deliver.channels.email import EmailChannel
from homebeat.egress.policy import EgressPolicy
from tests.unit.deliver.fakes import NOON, a_notice
from tests.unit.deliver.mail_server import MailServer

HERE = EgressPolicy(allow_private=True)  # the ports of [egress] are those of webhooks; the operator names this one
ACCOUNT = EmailAccount("mail.example", 0, "homebeat@care.example", "none")
TO = "lin.wei@family.example"


def send(server: MailServer, notice: Any = None, poster: Poster | None = None, **account: Any) -> Receipt:
    poster = poster or Poster(HERE, resolve=lambda _host, _port: ["127.0.0.1"])
    channel = EmailChannel(poster, replace(ACCOUNT, port=server.port, **account))
    return channel.send(notice or a_notice(channel_kind="email", channel_params={"address": TO}), NOON)


def test_a_mail_is_thin_and_the_same_on_every_attempt() -> None:
    with MailServer() as server:
        notice = a_notice(channel_params={"address": TO}, language="zh-CN")
        receipts = [send(server, replace(notice, attempts=attempts)) for attempts in (0, 1)]
    assert [(receipt.ok, receipt.provider_code) for receipt in receipts] == [(True, "250")] * 2
    first, second = server.mails
    assert first["subject"] == "homebeat：您关心的人可能需要帮助。"
    assert (first["from"], first["to"]) == ("homebeat@care.example", TO)
    assert first["message-id"] == second["message-id"] == "<msg_one@care.example>"
    assert first["auto-submitted"] == "auto-generated"
    assert first["importance"] == "high"
    assert first["content-language"] == "zh-CN"
    assert "https://desk.example/alerts/a-1" in first.get_content()
    assert server.commands == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"] * 2


@pytest.mark.parametrize(
    "verb, said, is_final, needs_operator",
    [
        ("", "421 busy", False, False),
        ("", "554 no", True, False),
        ("MAIL", "450 later", False, False),
        ("MAIL", "550 who are you", True, True),
        ("RCPT", "450 mailbox busy", False, False),
        ("RCPT", "451 greylisted", False, False),
        ("RCPT", "550 no such user lin.wei", True, False),
        ("RCPT", "552 full", True, False),
        ("DATA", "451 later", False, False),
        (".", "452 full", False, False),
        (".", "554 looks like advertising", True, False),
        ("AUTH", "535 wrong", True, True),
        ("AUTH", "454 later", False, False),
    ],
)
def test_4xx_is_tried_again_and_5xx_is_final(verb: str, said: str, *, is_final: bool, needs_operator: bool) -> None:
    with MailServer({verb: said}) as server:
        receipt = send(server, username="homebeat", password="invented")
    assert (receipt.ok, receipt.is_final, receipt.needs_operator) == (False, is_final, needs_operator)
    assert receipt.provider_code == said[:3]
    assert said[4:] not in receipt.error


@pytest.mark.parametrize("verb", ["", "EHLO", "RCPT", "DATA", "."])
def test_a_server_that_hangs_up_is_tried_again(verb: str) -> None:
    with MailServer({verb: None}) as server:
        receipt = send(server)
    assert (receipt.ok, receipt.is_final) == (False, False)
    assert receipt.error


def test_a_server_that_drips_ends_with_the_attempt() -> None:
    with MailServer(is_dripping=True) as server:
        started = time.monotonic()
        receipt = send(server, poster=Poster(HERE, resolve=lambda _host, _port: ["127.0.0.1"], timeout_s=0.5))
        assert time.monotonic() - started < 2
    assert (receipt.is_final, receipt.error) == (False, "the mail server took too long")


def test_an_address_of_the_own_network_is_not_called_unless_egress_allows_it() -> None:
    with MailServer() as server:
        receipt = send(server, poster=Poster(resolve=lambda _host, _port: ["127.0.0.1"]))
    assert (receipt.ok, receipt.is_final, server.commands) == (False, False, [])
    assert "[egress]" in receipt.error


@pytest.mark.parametrize(
    "address", ["", "lin wei@family.example", "lin@family.example\r\nBcc: everybody@city.example", "Lin <l@f.example>"]
)
def test_what_is_no_address_is_final_and_nobody_is_asked(address: str) -> None:
    with MailServer() as server:
        receipt = send(server, a_notice(channel_params={"address": address}))
    assert (receipt.ok, receipt.is_final, server.commands) == (False, True, [])


def test_without_an_account_the_operator_is_asked() -> None:
    receipt = EmailChannel(Poster(HERE), None).send(a_notice(channel_params={"address": TO}), NOON)
    assert (receipt.is_final, receipt.needs_operator) == (True, True)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for mail.example, with its key in the same file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: TLS to a mail server is not tested")
    folder = tmp_path_factory.mktemp("mail_tls")
    text = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=mail.example -addext"
    command = [
        *shlex.split(text),
        "subjectAltName=DNS:mail.example",
        "-keyout",
        str(folder / "key.pem"),
        "-out",
        str(folder / "cert.pem"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return both


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("is_trusted", [True, False])
def test_tls_comes_before_the_password_and_is_for_the_name(certificate: Path, security: str, *, is_trusted: bool) -> None:
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate)
    trust = ssl.create_default_context(cafile=str(certificate) if is_trusted else None)
    poster = Poster(HERE, resolve=lambda _host, _port: ["127.0.0.1"], tls=trust)
    with MailServer(tls=ours, is_offered=security == "starttls") as server:
        receipt = send(server, poster=poster, security=security, username="homebeat", password="invented")
    assert (receipt.ok, receipt.is_final) == (is_trusted, False)
    assert server.signed_in == ["\0homebeat\0invented"] * is_trusted
    assert len(server.mails) == is_trusted


def test_a_server_without_starttls_gets_no_password() -> None:
    with MailServer() as server:
        receipt = send(server, security="starttls", username="homebeat", password="invented")
    assert (receipt.ok, receipt.needs_operator, server.signed_in, server.mails) == (False, True, [], [])


def test_an_account_is_tried_without_a_message() -> None:
    poster = Poster(HERE, resolve=lambda _host, _port: ["127.0.0.1"])
    with MailServer() as server:
        account = replace(ACCOUNT, port=server.port, username="homebeat", password="invented")
        assert EmailChannel(poster, account).find_account_fault() == ""
        assert (server.signed_in, server.mails) == (["\0homebeat\0invented"], [])
    with MailServer({"AUTH": "535 no"}) as server:
        fault = EmailChannel(poster, replace(account, port=server.port)).find_account_fault()
    assert fault == "the mail server answered 535: user name or password of [channels.email] was refused"
    assert EmailChannel(poster, None).find_account_fault()
