"""An identity provider that is away, slow, wrong or hostile: a clear error in a bounded time, and no harm to anybody else."""

from __future__ import annotations

import logging
import re
import ssl
import threading
import time
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest

from homebeat.domain.errors import Busy, IdentityProviderAway, NotSignedIn
from homebeat.identity.oidc.calls import find_url_fault, is_loopback
from homebeat.identity.oidc.provider import AT_ONCE, IdentityProvider
from homebeat.identity.oidc.values import Registration, SignInRefusal
from tests.identity_provider.process import CONFIDENTIAL_CLIENT, REDIRECT, SUBJECT, RunningProvider
from tests.unit.identity.oidc_client import connect, now_ms, register, sign_in

DISCOVERY = "/.well-known/openid-configuration"
#: What a provider may answer at any of its addresses, and what is said of it.
ANSWERS = {
    "500": "answers 500",
    "503": "answers 503",
    "404": "answers 404",
    "redirect": "answers 302",
    "huge": "answers more than 512 kB",
    "html": "no JSON object",
    "list": "no JSON object",
    "deep": "no JSON object",
    "empty": "no JSON object",
    "not utf-8": "no JSON object",
    "packed": "packed form",
    "drop": "broke off",
    "garbage": "broke off",
    "error of 200": "",
}
SHORT_S = 0.6


def test_the_reason_is_in_the_log_without_any_secret(
    identity_provider: RunningProvider, caplog: pytest.LogCaptureFixture
) -> None:
    identity_provider.set_faults(claims={"nonce": "another"})
    ours = connect(identity_provider)
    begun = ours.begin_sign_in(now_ms())
    query = identity_provider.visit(begun.url)
    with caplog.at_level(logging.WARNING), pytest.raises(NotSignedIn):
        ours.finish_sign_in(begun.pending, begun.state, query, now_ms())
    ours_alone = [record.getMessage() for record in caplog.records if record.name.startswith("homebeat")]
    assert ours_alone == [f"sign-in through {identity_provider.issuer}: the token is of another sign-in: its nonce is not ours"]
    code = dict(urllib.parse.parse_qsl(query))["code"]
    for secret in (code, begun.state, begun.pending.verifier, begun.pending.nonce):
        assert secret not in caplog.text


def time_s(call: Callable[[], object]) -> tuple[float, str]:
    """Call what must fail as an absent provider; returns how long that took, and what was said."""
    begun = time.monotonic()
    with pytest.raises(IdentityProviderAway) as away:
        call()
    return time.monotonic() - begun, str(away.value)


@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/keys"])
@pytest.mark.parametrize("answer", sorted(set(ANSWERS) - {"error of 200"}))
def test_whatever_it_answers_is_said_and_the_next_sign_in_works(
    identity_provider: RunningProvider, path: str, answer: str
) -> None:
    identity_provider.set_faults(answers={path: answer})
    ours = connect(identity_provider)
    _, said = time_s(lambda: sign_in(ours, identity_provider))
    assert ANSWERS[answer] in said
    assert f"{identity_provider.issuer}{path}" in said
    identity_provider.set_faults()
    assert sign_in(ours, identity_provider).subject == SUBJECT


@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/keys"])
@pytest.mark.parametrize("answer", ["hang", "trickle"])
def test_one_that_hangs_or_trickles_is_left_after_the_time_for_all_calls(
    identity_provider: RunningProvider, path: str, answer: str
) -> None:
    """A trickle is never silent for as long as a read may take: only a bound on the whole ends it."""
    identity_provider.set_faults(answers={path: answer})
    took, said = time_s(lambda: sign_in(connect(identity_provider, SHORT_S), identity_provider))
    assert "takes too long to answer" in said
    assert took < 5


def test_the_time_is_for_all_calls_of_a_step_together(identity_provider: RunningProvider) -> None:
    identity_provider.set_faults(answers={"/token": "hang"})
    ours = connect(identity_provider, SHORT_S)
    begun = ours.begin_sign_in(now_ms())
    query = identity_provider.visit(begun.url)
    took, _ = time_s(lambda: ours.finish_sign_in(begun.pending, begun.state, query, now_ms()))
    assert SHORT_S * 0.8 < took < 5


def test_when_it_hangs_it_holds_four_threads_and_everybody_else_is_answered_at_once(identity_provider: RunningProvider) -> None:
    identity_provider.set_faults(answers={DISCOVERY: "hang"})
    ours, ended = connect(identity_provider, 2.0), threading.Semaphore(0)
    asked = identity_provider.count_requests(DISCOVERY)

    def wait_for_it() -> None:
        try:
            ours.begin_sign_in(now_ms())
        except IdentityProviderAway:
            ended.release()

    threads = [threading.Thread(target=wait_for_it) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    assert any(identity_provider.count_requests(DISCOVERY) == asked + AT_ONCE for _ in range(2_000)), "all of them wait there"
    begun = time.monotonic()
    with pytest.raises(Busy, match="try again in a few seconds"):
        ours.begin_sign_in(now_ms())
    assert time.monotonic() - begun < 1
    for thread in threads:
        assert ended.acquire(timeout=20)
        thread.join(20)
    identity_provider.set_faults()
    assert sign_in(ours, identity_provider).subject == SUBJECT


@pytest.mark.parametrize("answer", ["no id_token", "numbers"])
def test_tokens_without_an_id_token_sign_nobody_in(identity_provider: RunningProvider, answer: str) -> None:
    identity_provider.set_faults(answers={"/token": answer})
    with pytest.raises(NotSignedIn, match="gave no ID token") as refused:
        sign_in(connect(identity_provider), identity_provider)
    assert refused.value.code == SignInRefusal.UNPROVEN


def test_an_error_with_status_200_is_an_error(identity_provider: RunningProvider) -> None:
    identity_provider.set_faults(answers={"/token": "error of 200"})
    with pytest.raises(NotSignedIn) as refused:
        sign_in(connect(identity_provider), identity_provider)
    assert refused.value.code == SignInRefusal.BEGIN_AGAIN


def test_an_error_that_is_none_is_not_repeated_to_anybody(identity_provider: RunningProvider) -> None:
    identity_provider.set_faults(answers={"/token": "error that is none"})
    _, said = time_s(lambda: sign_in(connect(identity_provider), identity_provider))
    assert "script" not in said
    assert "compare client id, secret and redirect address" in said


def test_a_wrong_client_secret_is_said_to_who_runs_homebeat(identity_provider: RunningProvider) -> None:
    ours = IdentityProvider(register(identity_provider, CONFIDENTIAL_CLIENT, "another"), time.monotonic)
    _, said = time_s(lambda: sign_in(ours, identity_provider))
    assert "refuses homebeat itself (invalid_client)" in said
    assert "another" not in said


@pytest.mark.parametrize(
    "metadata, said",
    [
        ({"issuer": "https://evil.example"}, "is of the issuer 'https://evil.example'"),
        ({"issuer": None}, "is of the issuer None"),
        ({"authorization_endpoint": None}, "does not say authorization_endpoint"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint: the address must begin with https://"),
        ({"token_endpoint": "http://id.example/token"}, "token_endpoint: the address must begin with https://"),
        ({"token_endpoint": ["x"]}, "does not say token_endpoint"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri: the address must begin with https://"),
        ({"jwks_uri": "https://ada@id.example/keys"}, "jwks_uri: the address must not carry a user name"),
        ({"code_challenge_methods_supported": ["plain"]}, "does not offer PKCE with S256"),
        ({"id_token_signing_alg_values_supported": ["HS256", "none"]}, "signs with none of RS256, ES256"),
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_used(
    identity_provider: RunningProvider, metadata: dict[str, Any], said: str
) -> None:
    identity_provider.set_faults(metadata=metadata)
    ours = connect(identity_provider)
    for call in (lambda: ours.begin_sign_in(now_ms()), ours.check):
        assert said in time_s(call)[1]


@pytest.mark.parametrize(
    "metadata",
    [
        {"code_challenge_methods_supported": None},
        {"id_token_signing_alg_values_supported": None},
        {"token_endpoint_auth_methods_supported": "x"},
    ],
)
def test_what_a_provider_need_not_say_is_not_missed(identity_provider: RunningProvider, metadata: dict[str, Any]) -> None:
    identity_provider.set_faults(metadata=metadata)
    assert sign_in(connect(identity_provider), identity_provider).subject == SUBJECT


def test_the_check_of_settings_asks_for_keys_too(identity_provider: RunningProvider) -> None:
    ours = connect(identity_provider)
    ours.check()
    identity_provider.set_faults(answers={"/keys": "html"})
    assert "/keys answers something that is no JSON object" in time_s(ours.check)[1]


def test_nobody_there_is_said(identity_provider: RunningProvider) -> None:
    gone = IdentityProvider(Registration("http://127.0.0.1:1", "homebeat", REDIRECT), time.monotonic)
    assert time_s(lambda: gone.begin_sign_in(now_ms()))[1].endswith("cannot be reached")
    named = IdentityProvider(
        Registration("https://id.example", "homebeat", REDIRECT), time.monotonic, resolve=lambda _host, _port: ["127.0.0.1"]
    )
    assert time_s(lambda: named.begin_sign_in(now_ms()))[1].endswith("cannot be reached")


def test_without_tls_a_provider_of_another_name_is_not_spoken_to(identity_provider: RunningProvider) -> None:
    """The port speaks HTTP: whoever is asked for TLS there gets none, and nothing is sent in the clear."""
    port = identity_provider.issuer.rpartition(":")[2]
    asked = identity_provider.count_requests(DISCOVERY)
    plain = IdentityProvider(
        Registration(f"https://id.example:{port}", "homebeat", REDIRECT),
        time.monotonic,
        tls=ssl.create_default_context(),
        resolve=lambda _host, _port: ["127.0.0.1"],
    )
    assert re.search(r"cannot be reached|broke off", time_s(lambda: plain.begin_sign_in(now_ms()))[1])
    assert identity_provider.count_requests(DISCOVERY) == asked


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "::ffff:169.254.169.254", "224.0.0.1"]
)
def test_a_name_that_leads_to_where_clouds_keep_secrets_is_not_called(address: str) -> None:
    ours = IdentityProvider(
        Registration("https://id.example", "homebeat", REDIRECT), time.monotonic, resolve=lambda _host, _port: [address]
    )
    took, said = time_s(lambda: ours.begin_sign_in(now_ms()))
    assert said.endswith("cannot be reached")
    assert took < 5


@pytest.mark.parametrize(
    "url, is_good",
    [
        ("https://id.example/realms/city", True),
        ("https://10.0.0.7:8443", True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost:8080", True),
        ("http://[::1]:8080", True),
        ("http://id.example", False),
        ("http://10.0.0.7", False),
        ("http://localhost.evil.example", False),
        ("http://127.1", False),
        ("https://2130706433", False),
        ("https://id.example/#x", False),
        ("https:///x", False),
        ("//id.example", False),
        ("x", False),
    ],
)
def test_only_this_machine_may_be_called_without_tls(url: str, is_good: bool) -> None:
    assert (find_url_fault(url) == "") is is_good


def test_names_that_look_like_this_machine_are_not() -> None:
    assert is_loopback("127.8.8.8")
    assert not any(is_loopback(host) for host in ("localhost.", "127.0.0.1.evil.example", "0.0.0.0", "10.0.0.1", ""))
