"""Sign-in through a real identity provider: the way there and back, and everybody who tries to come back as somebody else."""

from __future__ import annotations

import time
import urllib.parse
from dataclasses import replace

import pytest

from homebeat.domain.errors import BadSettings, IdentityProviderAway, NotSignedIn
from homebeat.identity.oidc.provider import IdentityProvider
from homebeat.identity.oidc.values import PENDING_LASTS_MS, Identity, Registration, SignInRefusal, digest_state
from tests.identity_provider.process import (
    CLIENT_SECRET,
    CONFIDENTIAL_CLIENT,
    PUBLIC_CLIENT,
    REDIRECT,
    SUBJECT,
    RunningProvider,
    change_query,
)
from tests.unit.identity.oidc_client import connect, now_ms, refuse, register

SECOND = 1000


@pytest.mark.parametrize("client, secret", [(PUBLIC_CLIENT, ""), (CONFIDENTIAL_CLIENT, CLIENT_SECRET)])
@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
@pytest.mark.parametrize("methods", [None, ["client_secret_post", "none"]])
def test_who_goes_there_comes_back_as_themselves(
    identity_provider: RunningProvider, client: str, secret: str, algorithm: str, methods: list[str] | None
) -> None:
    identity_provider.set_faults(algorithm=algorithm, metadata={"token_endpoint_auth_methods_supported": methods})
    ours = IdentityProvider(register(identity_provider, client, secret), time.monotonic)
    begun = ours.begin_sign_in(now_ms())
    identity = ours.finish_sign_in(begun.pending, begun.state, identity_provider.visit(begun.url), now_ms())
    assert identity == Identity(
        issuer=identity_provider.issuer,
        subject=SUBJECT,
        login_name="ada",
        email="ada@city.example",
        is_email_verified=True,
        name="Ada 陈",
        groups=("desk", "heron-street"),
        methods=("pwd", "otp"),
    )


def test_the_address_asks_for_what_it_should_and_shows_no_secret(identity_provider: RunningProvider) -> None:
    ours = IdentityProvider(register(identity_provider, CONFIDENTIAL_CLIENT, CLIENT_SECRET), time.monotonic)
    begun = ours.begin_sign_in(now_ms())
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(begun.url).query))
    assert asked.pop("code_challenge_method") == "S256"
    assert asked.pop("code_challenge") != begun.pending.verifier
    assert asked.pop("scope").split() == ["openid", "profile", "email"]
    assert asked == {
        "response_type": "code",
        "client_id": CONFIDENTIAL_CLIENT,
        "redirect_uri": REDIRECT,
        "state": begun.state,
        "nonce": begun.pending.nonce,
    }
    assert begun.pending.verifier not in begun.url
    assert CLIENT_SECRET not in begun.url


def test_what_is_stored_does_not_hold_the_state_and_logs_show_nothing(identity_provider: RunningProvider) -> None:
    ours = IdentityProvider(register(identity_provider, CONFIDENTIAL_CLIENT, CLIENT_SECRET), time.monotonic)
    now = now_ms()
    begun, other = ours.begin_sign_in(now), ours.begin_sign_in(now)
    assert begun.pending.state_digest == digest_state(begun.state)
    assert (begun.pending.begun_at, begun.pending.ends_at) == (now, now + PENDING_LASTS_MS)
    shown = f"{begun!r} {register(identity_provider, CONFIDENTIAL_CLIENT, CLIENT_SECRET)!r}"
    for secret in (begun.state, begun.pending.nonce, begun.pending.verifier, CLIENT_SECRET):
        assert len(secret) >= 18
        assert secret not in shown
    drawn = {value for one in (begun, other) for value in (one.state, one.pending.nonce, one.pending.verifier)}
    assert len(drawn) == 6
    assert all(len(value) == 43 for value in drawn)


def test_a_code_is_good_once(identity_provider: RunningProvider) -> None:
    """Also for whoever still has the row: the provider itself refuses it the second time."""
    ours = connect(identity_provider)
    begun = ours.begin_sign_in(now_ms())
    query = identity_provider.visit(begun.url)
    ours.finish_sign_in(begun.pending, begun.state, query, now_ms())
    assert refuse(ours, begun, query).code == SignInRefusal.BEGIN_AGAIN


def test_a_wrong_verifier_is_refused_by_the_provider(identity_provider: RunningProvider) -> None:
    ours = connect(identity_provider)
    begun, other = ours.begin_sign_in(now_ms()), ours.begin_sign_in(now_ms())
    swapped = replace(begun, pending=replace(begun.pending, verifier=other.pending.verifier))
    assert refuse(ours, swapped, identity_provider.visit(begun.url)).code == SignInRefusal.BEGIN_AGAIN


@pytest.mark.parametrize("client, secret", [(PUBLIC_CLIENT, ""), (CONFIDENTIAL_CLIENT, CLIENT_SECRET)])
def test_a_missing_verifier_is_refused_by_the_provider(identity_provider: RunningProvider, client: str, secret: str) -> None:
    ours = IdentityProvider(register(identity_provider, client, secret), time.monotonic)
    begun = ours.begin_sign_in(now_ms())
    query = identity_provider.visit(begun.url)
    without = replace(begun.pending, verifier="")
    with pytest.raises(IdentityProviderAway, match="invalid_request"):
        ours.finish_sign_in(without, begun.state, query, now_ms())


def test_a_stolen_code_is_of_no_use(identity_provider: RunningProvider) -> None:
    """The provider proves it: whoever has the code and the client id, and not the verifier, gets no token."""
    ours = connect(identity_provider)
    for stolen in ({}, {"code_verifier": "x" * 43}, {"code_verifier": ""}):
        begun = ours.begin_sign_in(now_ms())
        code = dict(urllib.parse.parse_qsl(identity_provider.visit(begun.url)))["code"]
        answer = identity_provider.ask_for_tokens(code=code, client_id=PUBLIC_CLIENT, **stolen)
        assert (answer.status_code, answer.json()["error"] in {"invalid_grant", "invalid_request"}) == (400, True)


def test_a_provider_that_would_do_without_a_challenge_is_not_what_we_test_against(identity_provider: RunningProvider) -> None:
    ours = connect(identity_provider)
    begun = ours.begin_sign_in(now_ms())
    address, _, query = begun.url.partition("?")
    without = change_query(query, code_challenge=None, code_challenge_method=None)
    assert "error=invalid_request" in identity_provider.visit(f"{address}?{without}")


@pytest.mark.parametrize("state", [None, "", "x", "陈"])
def test_another_state_is_refused_and_the_code_is_not_even_exchanged(
    identity_provider: RunningProvider, state: str | None
) -> None:
    ours = connect(identity_provider)
    begun = ours.begin_sign_in(now_ms())
    query = identity_provider.visit(begun.url)
    exchanged = identity_provider.count_requests("/token")
    assert refuse(ours, begun, change_query(query, state=state)).code == SignInRefusal.BEGIN_AGAIN
    assert refuse(ours, begun, query, cookie=state or None).code == SignInRefusal.BEGIN_AGAIN
    assert identity_provider.count_requests("/token") == exchanged


def test_nobody_is_led_into_the_account_of_another(identity_provider: RunningProvider) -> None:
    """An attacker begins, and gives the way back to a victim: the victim's browser has another cookie, or none."""
    ours = connect(identity_provider)
    attackers, victims = ours.begin_sign_in(now_ms()), ours.begin_sign_in(now_ms())
    query = identity_provider.visit(attackers.url)
    for cookie in (None, victims.state):
        assert refuse(ours, attackers, query, cookie=cookie).code == SignInRefusal.BEGIN_AGAIN
        assert refuse(ours, victims, query, cookie=cookie).code == SignInRefusal.BEGIN_AGAIN


def test_a_code_of_another_sign_in_is_refused(identity_provider: RunningProvider) -> None:
    """Code injection: the state is right, the code was made for another challenge."""
    ours = connect(identity_provider)
    mine, stolen = ours.begin_sign_in(now_ms()), ours.begin_sign_in(now_ms())
    code = dict(urllib.parse.parse_qsl(identity_provider.visit(stolen.url)))["code"]
    assert refuse(ours, mine, change_query(identity_provider.visit(mine.url), code=code)).code == SignInRefusal.BEGIN_AGAIN


def test_a_row_that_is_gone_or_old_or_of_the_future_is_refused(identity_provider: RunningProvider) -> None:
    ours = connect(identity_provider)
    now = now_ms()
    begun = ours.begin_sign_in(now)
    query = identity_provider.visit(begun.url)
    with pytest.raises(NotSignedIn, match="finished before"):
        ours.finish_sign_in(None, begun.state, query, now)
    assert refuse(ours, begun, query, begun.pending.ends_at).code == SignInRefusal.BEGIN_AGAIN
    assert refuse(ours, begun, query, now - 10 * SECOND).code == SignInRefusal.BEGIN_AGAIN
    assert ours.finish_sign_in(begun.pending, begun.state, query, now).subject == SUBJECT, "none of this has used it up"


@pytest.mark.parametrize("sender", ["https://evil.example", "", None])
def test_the_answer_of_another_provider_is_refused(identity_provider: RunningProvider, sender: str | None) -> None:
    ours = connect(identity_provider)
    begun = ours.begin_sign_in(now_ms())
    query = change_query(identity_provider.visit(begun.url), iss=sender)
    assert refuse(ours, begun, query).code == SignInRefusal.UNPROVEN


def test_a_provider_that_does_not_say_its_name_need_not(identity_provider: RunningProvider) -> None:
    identity_provider.set_faults(metadata={"authorization_response_iss_parameter_supported": None})
    ours = connect(identity_provider)
    begun = ours.begin_sign_in(now_ms())
    query = change_query(identity_provider.visit(begun.url), iss=None)
    assert ours.finish_sign_in(begun.pending, begun.state, query, now_ms()).subject == SUBJECT


@pytest.mark.parametrize("error", ["access_denied", "login_required", "interaction_required"])
def test_whoever_goes_back_without_signing_in_is_told_so(identity_provider: RunningProvider, error: str) -> None:
    ours = connect(identity_provider)
    begun = ours.begin_sign_in(now_ms())
    query = change_query(identity_provider.visit(begun.url), code=None, error=error)
    assert refuse(ours, begun, query).code == SignInRefusal.CANCELLED


def test_other_errors_of_the_way_back_are_the_providers(identity_provider: RunningProvider) -> None:
    ours = connect(identity_provider)
    begun = ours.begin_sign_in(now_ms())
    query = change_query(identity_provider.visit(begun.url), code=None, error="server_error\r\n<script>\u202e")
    with pytest.raises(IdentityProviderAway, match="server_error") as away:
        ours.finish_sign_in(begun.pending, begun.state, query, now_ms())
    assert str(away.value).isprintable()
    assert str(away.value).isascii()


@pytest.mark.parametrize("damage", ["twice", "long", "no code", "empty code", "nothing"])
def test_a_damaged_way_back_is_refused(identity_provider: RunningProvider, damage: str) -> None:
    ours = connect(identity_provider)
    begun = ours.begin_sign_in(now_ms())
    query = identity_provider.visit(begun.url)
    damaged = {
        "twice": f"{query}&code=another",
        "long": f"{query}&x={'y' * 10_000}",
        "no code": change_query(query, code=None),
        "empty code": change_query(query, code=""),
        "nothing": "",
    }[damage]
    assert refuse(ours, begun, damaged).code == SignInRefusal.BEGIN_AGAIN


@pytest.mark.parametrize(
    "change, fault",
    [
        ({"issuer": "http://id.example"}, "issuer: the address must begin with https://"),
        ({"issuer": "http://10.0.0.7:8080"}, "must begin with https://"),
        ({"issuer": "id.example"}, "issuer"),
        ({"issuer": "https://id.example?x=1"}, "after ?"),
        ({"issuer": "https://id.example#x"}, "after #"),
        ({"issuer": "https://ada@id.example"}, "user name"),
        ({"issuer": "https://0x7f.1/"}, "host name"),
        ({"issuer": "ftp://id.example"}, "https://"),
        ({"issuer": ""}, "issuer"),
        ({"redirect_uri": "http://care.example/back"}, "redirect address: the address must begin with https://"),
        ({"redirect_uri": "javascript:alert(1)"}, "redirect address"),
        ({"client_id": ""}, "client id"),
        ({"client_id": "home:beat"}, "client id"),
        ({"client_id": "家"}, "client id"),
        ({"client_secret": "one two"}, "client secret"),
        ({"client_secret": "secret\n"}, "is there a space or a line too many"),
        ({"client_secret": "密"}, "client secret"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_anybody_signs_in(change: dict[str, str], fault: str) -> None:
    good = Registration("https://id.example/realms/city", "homebeat", "https://care.example/back", "s3cret")
    with pytest.raises(BadSettings) as refused:
        IdentityProvider(replace(good, **change), time.monotonic)  # type: ignore[arg-type]
    assert fault in str(refused.value)
    assert "s3cret" not in str(refused.value)
    IdentityProvider(good, time.monotonic)
