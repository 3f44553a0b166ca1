"""Sets up sign-in through an identity provider, where the settings name one; and says for `homebeat check` why it cannot work."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from homebeat.actions import ProviderSignIn
from homebeat.bootstrap.registry_findings import name_some
from homebeat.bootstrap.runtime import read_steady_ms
from homebeat.bootstrap.secret_files import choose_secret
from homebeat.domain.errors import BadSettings, Busy, IdentityProviderAway
from homebeat.settings.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from homebeat.actions import Perform, SignIn
    from homebeat.identity.oidc.provider import IdentityProvider
    from homebeat.settings.model import Settings
    from homebeat.store import AccountIdentity, Store

#: Where browsers come back to, after the public address.
BACK: Final = "/sign-in/back"
_log = logging.getLogger(__name__)


def make_provider_sign_in(
    settings: Settings, store: Store, perform: Perform, clock: Callable[[], int], sign_in: SignIn
) -> ProviderSignIn | None:
    """Make sign-in through the provider; None where none is set up, or what is set up cannot be used, which the log says."""
    oidc = settings.oidc
    if not oidc.issuer:
        return None
    try:
        provider = open_identity_provider(settings)
    except BadSettings as error:
        _log.error("%s", error)
        return None
    return ProviderSignIn(store, perform, clock, sign_in, provider, issuer=oidc.issuer, title=oidc.title)


def open_identity_provider(settings: Settings, seconds: float | None = None) -> IdentityProvider:
    """Open our end of the provider. It calls nobody yet.

    Args:
        settings: Name an issuer.
        seconds: How long all calls of one step may take; None for the usual time.

    Raises:
        BadSettings: They cannot be used; the text says why.
    """
    # Authlib and joserfc take memory: only who uses a provider pays for them
    from homebeat.identity.oidc.calls import SECONDS
    from homebeat.identity.oidc.provider import IdentityProvider
    from homebeat.identity.oidc.values import Registration

    oidc = settings.oidc
    secret = choose_secret("oidc.client_secret", oidc.client_secret, oidc.client_secret_file)
    registration = Registration(oidc.issuer, oidc.client_id, settings.link_base + BACK, secret)
    return IdentityProvider(registration, lambda: read_steady_ms() / 1000, seconds=SECONDS if seconds is None else seconds)


def judge_identity_provider(settings: Settings) -> list[Finding]:
    """Find why the provider that the settings name cannot be used, as far as one sees without asking it."""
    if not (settings.oidc.issuer and settings.oidc.client_id):
        return []  # `settings.findings` has said so
    try:
        open_identity_provider(settings)
    except BadSettings as error:
        return [Finding(str(error), "Correct [oidc] in the settings (docs/sign-in.md); passwords work meanwhile")]
    return []


def judge_identities(identities: Iterable[AccountIdentity], issuer: str) -> list[Finding]:
    """Find accounts that are connected with another provider than that of the settings, where these name one."""
    others = sorted({one.account for one in identities if one.issuer != issuer}) if issuer else []
    if not others:
        return []
    return [
        Finding(
            f"{len(others)} accounts are connected with another identity provider than {issuer}: {name_some(others)}",
            "Connect them anew, or correct oidc.issuer if it is only written otherwise",
            is_wrong=False,
        )
    ]


def try_identity_provider(settings: Settings, seconds: float) -> Finding | None:
    """Ask the provider what it says of itself, and for its keys; None where it can be used, or none is set up."""
    if not settings.oidc.issuer or judge_identity_provider(settings):
        return None
    try:
        open_identity_provider(settings, seconds).check()
    except (IdentityProviderAway, Busy) as error:
        return Finding(
            f"the identity provider: {error}",
            'See "When it does not work" in docs/sign-in.md; until then people sign in with their passwords of homebeat',
        )
    return None
