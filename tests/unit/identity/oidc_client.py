"""What the tests of sign-in through an identity provider share: our end of it."""

from __future__ import annotations

import time

import pytest

from homebeat.domain.errors import NotSignedIn
from homebeat.identity.oidc.provider import IdentityProvider
from homebeat.identity.oidc.values import BegunSignIn, Identity, Registration
from tests.identity_provider.process import PUBLIC_CLIENT, REDIRECT, RunningProvider


def now_ms() -> int:
    """The provider is a process with the machine's own clock."""
    return int(time.time() * 1000)


def register(provider: RunningProvider, client: str = PUBLIC_CLIENT, secret: str = "") -> Registration:
    """How homebeat is known there."""
    return Registration(provider.issuer, client, REDIRECT, secret)


def connect(provider: RunningProvider, seconds: float = 10.0) -> IdentityProvider:
    """Our end, as a public client."""
    return IdentityProvider(register(provider), time.monotonic, seconds=seconds)


def sign_in(ours: IdentityProvider, provider: RunningProvider, now: int | None = None) -> Identity:
    """Go there and come back."""
    begun = ours.begin_sign_in(now or now_ms())
    return ours.finish_sign_in(begun.pending, begun.state, provider.visit(begun.url), now or now_ms())


def refuse(
    ours: IdentityProvider, begun: BegunSignIn, query: str, now: int | None = None, cookie: str | None = ""
) -> NotSignedIn:
    """Come back with `query`, and be refused."""
    with pytest.raises(NotSignedIn) as refused:
        ours.finish_sign_in(begun.pending, begun.state if cookie == "" else cookie, query, now or now_ms())
    assert begun.pending.verifier not in str(refused.value)
    assert begun.state not in str(refused.value)
    return refused.value
