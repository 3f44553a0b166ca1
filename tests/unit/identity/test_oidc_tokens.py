"""ID tokens that prove nothing: signed otherwise, for somebody else, of another time, with another key."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from homebeat.domain.errors import IdentityProviderAway, NotSignedIn
from homebeat.domain.text import is_plain
from homebeat.identity.oidc.id_token import LEEWAY_S, check_id_token
from homebeat.identity.oidc.provider import KEYS_LAST_S, METADATA_LASTS_S, IdentityProvider, make_identity
from homebeat.identity.oidc.signing_keys import SigningKey, find_key, read_keys
from homebeat.identity.oidc.values import PendingSignIn, Registration, SignInRefusal
from tests.conftest import examples
from tests.identity_provider.process import CLIENT_SECRET, CONFIDENTIAL_CLIENT, SUBJECT, RunningProvider
from tests.unit.identity.oidc_client import connect, register, sign_in


def refuse_sign_in(provider: RunningProvider, ours: IdentityProvider | None = None) -> NotSignedIn:
    with pytest.raises(NotSignedIn) as refused:
        sign_in(ours or connect(provider), provider)
    return refused.value


@pytest.mark.parametrize(
    "algorithm, text",
    [("none", "signed with 'none'"), ("HS256", "signed with 'HS256'"), ("HS256 of the client", "signed with 'HS256'")],
)
@pytest.mark.parametrize("header", [{}, {"kid": None}])
def test_only_the_two_algorithms_are_taken(
    identity_provider: RunningProvider, algorithm: str, text: str, header: dict[str, Any]
) -> None:
    """HS256 with the public key as its secret is the classic: whoever lets the token choose the algorithm takes it for signed."""
    identity_provider.set_faults(algorithm=algorithm, header=header)
    ours = IdentityProvider(register(identity_provider, CONFIDENTIAL_CLIENT, CLIENT_SECRET), time.monotonic)
    refused = refuse_sign_in(identity_provider, ours)
    assert refused.code == SignInRefusal.UNPROVEN
    assert text in str(refused)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_strangers_signature_is_wrong(identity_provider: RunningProvider, algorithm: str) -> None:
    identity_provider.set_faults(algorithm=algorithm, signed_by_a_stranger=True)
    assert "signature is wrong" in str(refuse_sign_in(identity_provider))


@pytest.mark.parametrize(
    "claims, text",
    [
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"iss": None}, "another issuer"),
        ({"iss": ["x"]}, "another issuer"),
        ({"aud": "somebody-else"}, "for somebody else"),
        ({"aud": None}, "for somebody else"),
        ({"aud": []}, "for somebody else"),
        ({"aud": ["somebody-else"], "azp": "homebeat"}, "for somebody else"),
        ({"aud": {"homebeat": 1}}, "for somebody else"),
        ({"aud": ["homebeat", "somebody-else"]}, "for several"),
        ({"aud": ["homebeat", "somebody-else"], "azp": "somebody-else"}, "made for somebody else"),
        ({"azp": "somebody-else"}, "made for somebody else"),
        ({"azp": 7}, "made for somebody else"),
        ({"nonce": "another"}, "nonce is not ours"),
        ({"nonce": None}, "nonce is not ours"),
        ({"nonce": 7}, "nonce is not ours"),
        ({"at_hash": "another"}, "at_hash"),
        ({"at_hash": 7}, "at_hash"),
        ({"sub": None}, "who it is about"),
        ({"sub": ""}, "who it is about"),
        ({"sub": 7}, "who it is about"),
        ({"sub": "x" * 256}, "who it is about"),
        ({"sub": "a\u202eb"}, "who it is about"),
        ({"exp": None}, "when it was made"),
        ({"iat": None}, "when it was made"),
        ({"exp": "tomorrow"}, "times cannot be read"),
        ({"iat": "today"}, "times cannot be read"),
        ({"exp": True}, "times cannot be read"),
        ({"exp": float("nan")}, "times cannot be read"),
        ({"exp": float("inf")}, "times cannot be read"),
        ({"iat": {"now": -LEEWAY_S - 30}}, "older than the sign-in"),
    ],
)
def test_a_token_that_is_not_ours_for_now_is_refused(
    identity_provider: RunningProvider, claims: dict[str, Any], text: str
) -> None:
    identity_provider.set_faults(claims=claims)
    refused = refuse_sign_in(identity_provider)
    assert text in str(refused)
    assert refused.code == SignInRefusal.UNPROVEN


@pytest.mark.parametrize(
    "claims", [{"aud": ["homebeat"]}, {"aud": ["homebeat", "x"], "azp": "homebeat"}, {"azp": "homebeat"}, {"at_hash": None}]
)
def test_other_forms_that_the_standard_allows_are_taken(identity_provider: RunningProvider, claims: dict[str, Any]) -> None:
    identity_provider.set_faults(claims=claims)
    assert sign_in(connect(identity_provider), identity_provider).subject == SUBJECT


@pytest.mark.parametrize(
    "claims, text",
    [
        ({"exp": {"now": -LEEWAY_S - 30}}, "over before it came"),
        ({"iat": {"now": LEEWAY_S + 30}}, "of the future"),
        ({"nbf": {"now": LEEWAY_S + 30}}, "of the future"),
    ],
)
def test_clocks_that_differ_are_said_to_differ(identity_provider: RunningProvider, claims: dict[str, Any], text: str) -> None:
    identity_provider.set_faults(claims=claims)
    refused = refuse_sign_in(identity_provider)
    assert refused.code == SignInRefusal.CLOCK
    assert text in str(refused)
    assert "compare the clocks" in str(refused)


@pytest.mark.parametrize(
    "claims", [{"exp": {"now": -LEEWAY_S + 20}}, {"iat": {"now": LEEWAY_S - 20}}, {"nbf": {"now": LEEWAY_S - 20}}]
)
def test_clocks_may_differ_by_less_than_a_minute(identity_provider: RunningProvider, claims: dict[str, Any]) -> None:
    identity_provider.set_faults(claims=claims)
    assert sign_in(connect(identity_provider), identity_provider).subject == SUBJECT


def test_keys_are_fetched_once_and_again_when_an_unknown_one_is_met(identity_provider: RunningProvider) -> None:
    ours = connect(identity_provider)
    begun = identity_provider.count_requests("/keys")
    for _ in range(3):
        sign_in(ours, identity_provider)
    assert identity_provider.count_requests("/keys") == begun + 1
    identity_provider.set_faults(rotate=True)
    assert sign_in(ours, identity_provider).subject == SUBJECT, "a new key was met"
    assert identity_provider.count_requests("/keys") == begun + 2


def test_a_key_that_is_nowhere_is_asked_for_once(identity_provider: RunningProvider) -> None:
    ours = connect(identity_provider)
    sign_in(ours, identity_provider)
    begun = identity_provider.count_requests("/keys")
    identity_provider.set_faults(header={"kid": "nowhere\n"})
    refused = refuse_sign_in(identity_provider, ours)
    assert "does not publish ('nowhere\\n')" in str(refused)
    assert refused.code == SignInRefusal.UNPROVEN
    assert identity_provider.count_requests("/keys") == begun + 1


def test_without_a_key_id_the_one_key_for_the_algorithm_is_taken_and_of_two_none(identity_provider: RunningProvider) -> None:
    identity_provider.set_faults(header={"kid": None})
    assert sign_in(connect(identity_provider), identity_provider).subject == SUBJECT
    second = RSAKey.generate_key(2048, auto_kid=True).as_dict(private=False)
    identity_provider.set_faults(header={"kid": None}, more_keys=[second])
    assert "does not publish" in str(refuse_sign_in(identity_provider))


def test_a_withdrawn_key_is_forgotten_after_ten_minutes(identity_provider: RunningProvider) -> None:
    now_s = 0.0
    ours = IdentityProvider(register(identity_provider), lambda: now_s)
    sign_in(ours, identity_provider)
    begun = identity_provider.count_requests("/keys"), identity_provider.count_requests("/.well-known/openid-configuration")
    now_s = KEYS_LAST_S
    sign_in(ours, identity_provider)
    assert identity_provider.count_requests("/keys") == begun[0] + 1
    assert identity_provider.count_requests("/.well-known/openid-configuration") == begun[1]
    now_s = METADATA_LASTS_S
    sign_in(ours, identity_provider)
    assert identity_provider.count_requests("/.well-known/openid-configuration") == begun[1] + 1


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


STRANGE_KEYS: list[Any] = [
    None, 7, "x", [], {}, {"kty": 7}, {"kty": "RSA"}, {"kty": "EC", "crv": ["P-256"]}, {"kty": "OKP", "crv": "Ed25519"},
    {"kty": "oct", "k": encode(b"secret" * 8), "kid": "x"}, {"kty": "RSA", "n": encode(b"\xff" * 128), "e": "AQAB"},
    {"kty": "RSA", "n": encode(b"\xff" * 1025), "e": "AQAB"}, {"kty": "RSA", "n": "not base64!", "e": "AQAB"},
    {"kty": "RSA", "n": encode(b"\xff" * 256), "e": "AA"}, {"kty": "RSA", "n": encode(b"\xff" * 256), "e": 65537},
    {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"},
    {"kty": "EC", "crv": "P-256", "x": encode(b"\x01" * 32), "y": encode(b"\x01" * 32)},
]  # fmt: skip


def test_keys_that_cannot_be_used_spoil_nothing(identity_provider: RunningProvider) -> None:
    good = RSAKey.generate_key(2048, auto_kid=True)
    spoiled = [
        good.as_dict(private=False) | more
        for more in ({"use": "enc"}, {"alg": "RS512"}, {"alg": "HS256"}, {"kid": 7}, {"d": "AQAB"})
    ]
    identity_provider.set_faults(more_keys=STRANGE_KEYS + spoiled)
    assert sign_in(connect(identity_provider), identity_provider).subject == SUBJECT
    unusable: list[Any] = [[], STRANGE_KEYS, spoiled, None, {}, "x"]
    for keys in unusable:
        with pytest.raises(IdentityProviderAway, match="key"):
            read_keys({"keys": keys}, "https://id.example/keys")


def test_a_key_is_for_the_algorithm_of_its_kind_alone() -> None:
    rsa, ec = RSAKey.generate_key(2048), ECKey.generate_key("P-256")
    published = [rsa.as_dict(private=False) | {"kid": "same"}, ec.as_dict(private=False) | {"kid": "same"}]
    keys = read_keys({"keys": published}, "https://id.example/keys")
    for algorithm, kind in (("RS256", "RSA"), ("ES256", "EC")):
        found = find_key(keys, "same", algorithm)
        assert found is not None
        assert found.key.key_type == kind
    assert find_key(keys, "same", "HS256") is None
    assert find_key(keys, "other", "RS256") is None


NOW = 1_780_000_000_000
KEY = SigningKey("k", "ES256", ECKey.generate_key("P-256"))
OURS = Registration("https://id.example", "homebeat", "https://care.example/back")
PENDING = PendingSignIn("digest", "nonce-of-ours", "verifier", NOW, NOW + 600_000)
CLAIMS: dict[str, Any] = {
    "iss": OURS.issuer, "aud": "homebeat", "sub": "s", "exp": NOW // 1000 + 60, "iat": NOW // 1000, "nonce": PENDING.nonce
}  # fmt: skip


def check(token: object, now: int = NOW) -> dict[str, Any]:
    return check_id_token(token, "access", lambda kid, algorithm: find_key([KEY], kid, algorithm), OURS, PENDING, now)


def make(claims: dict[str, Any], header: dict[str, Any] | None = None) -> str:
    return jwt.encode({"alg": "ES256", "kid": "k"} | (header or {}), claims, KEY.key, ["ES256"])


def test_exactly_a_minute_is_allowed() -> None:
    token = make(CLAIMS)
    last = (NOW // 1000 + 60 + LEEWAY_S - 1) * 1000
    assert check(token, last) == CLAIMS
    with pytest.raises(NotSignedIn, match="over before it came"):
        check(token, last + 1000)
    ahead = make(CLAIMS | {"iat": NOW // 1000 + LEEWAY_S})
    assert check(ahead)
    with pytest.raises(NotSignedIn, match="of the future"):
        check(ahead, NOW - 1000)


def test_the_header_does_not_choose_the_algorithm_of_a_key() -> None:
    header, payload, signature = make(CLAIMS).split(".")
    for algorithm in ("RS256", "ES384", "ES256K", "es256", "HS256", "none"):
        changed = encode(json.dumps({"alg": algorithm, "kid": "k"}).encode())
        for signed in (f"{changed}.{payload}.{signature}", f"{changed}.{payload}."):
            with pytest.raises(NotSignedIn, match="does not publish|signed with"):
                check(signed)
    assert check(f"{header}.{payload}.{signature}") == CLAIMS


@pytest.mark.parametrize("header", [{"x5t": "AA", "typ": "JWT", "vendor": "x"}])
def test_unknown_headers_are_let_be_and_critical_ones_are_not(header: dict[str, Any]) -> None:
    from joserfc.jws import JWSRegistry  # noqa: PLC0415

    lenient = JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    assert check(jwt.encode({"alg": "ES256", "kid": "k"} | header, CLAIMS, KEY.key, registry=lenient))
    signed = jwt.encode({"alg": "ES256", "kid": "k"}, CLAIMS, KEY.key, ["ES256"]).split(".")
    critical = encode(b'{"alg":"ES256","kid":"k","crit":["vendor"],"vendor":1}')
    with pytest.raises(NotSignedIn):
        check(".".join([critical, *signed[1:]]))


def test_each_changed_character_of_a_token_is_noticed() -> None:
    token = make(CLAIMS)
    for place in range(len(token)):
        for other in ("A", "B"):
            changed = token[:place] + other + token[place + 1 :]
            if changed != token:
                with pytest.raises(NotSignedIn):
                    check(changed)


HEADERS = [
    b'["alg"]', b'"alg"', b"7", b"null", b'{"alg":["ES256"]}', b'{"alg":null}', b'{"alg":"ES256","kid":["k"]}', b"[" * 300,
    b'{"alg":"ES256","kid":"k","b64":false,"crit":["b64"]}', b'{"alg":"ES256","kid":"k"}',
]  # fmt: skip
PAYLOADS = [b"[]", b"7", b"{", b"{}", b"[" * 5000]
MADE_UP = st.builds(
    lambda header, payload, tail: f"{encode(header)}.{encode(payload)}.{encode(tail)}",
    st.one_of(st.binary(max_size=40), st.sampled_from(HEADERS)),
    st.one_of(st.binary(max_size=40), st.sampled_from(PAYLOADS)),
    st.binary(max_size=70),
)


@examples(300)
@given(
    st.one_of(
        st.none(), st.text(), st.integers(), st.lists(st.text()), MADE_UP, st.from_regex(r"[\w-]{0,20}(\.[\w-]{0,20}){0,5}")
    )
)
def test_made_up_tokens_are_refused_and_nothing_else_is_raised(token: object) -> None:
    with pytest.raises(NotSignedIn):
        check(token)


SIGNED_RUBBISH = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=4,
)


@examples(300)
@given(
    st.dictionaries(
        st.sampled_from(["iss", "aud", "azp", "sub", "exp", "iat", "nbf", "nonce", "at_hash", "name", "groups", "amr"]),
        SIGNED_RUBBISH,
    )
)
def test_whatever_a_provider_signs_gives_an_identity_or_a_refusal(claims: dict[str, Any]) -> None:
    """With any claims put in place of good ones, nothing else is raised, and what comes out is fit to be shown."""
    try:
        identity = make_identity(check(make(CLAIMS | claims)), OURS)
    except NotSignedIn:
        return
    texts = [identity.name or "", *identity.groups, *identity.methods]
    assert all(is_plain(text) for text in texts)
    assert 0 < len(identity.subject) <= 255


@pytest.mark.parametrize(
    "claims, groups",
    [
        ({"groups": "desk"}, ("desk",)),
        ({"groups": ["a", 7, None, "b\nc", "b", ""]}, ("a", "b")),
        ({"groups": {"a": 1}}, ()),
        ({}, ()),
    ],
)
def test_groups_that_are_not_texts_are_left_out(claims: dict[str, Any], groups: tuple[str, ...]) -> None:
    assert make_identity({"sub": "s"} | claims, OURS).groups == groups
    assert len(make_identity({"sub": "s", "groups": ["g"] * 10_000}, OURS).groups) == 200


def test_an_address_counts_as_verified_only_when_the_provider_says_so() -> None:
    assert make_identity({"sub": "s", "email": "ada@city.example", "email_verified": True}, OURS).is_email_verified
    for said in ("true", 1, None):
        assert not make_identity({"sub": "s", "email": "ada@city.example", "email_verified": said}, OURS).is_email_verified
    assert make_identity({"sub": "s", "email": "a\u202eb@x.example", "name": "x" * 300}, OURS).email is None
