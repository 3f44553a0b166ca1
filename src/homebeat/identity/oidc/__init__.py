"""Sign-in through an identity provider: OpenID Connect, code flow with PKCE.

`IdentityProvider.begin_sign_in` gives the address to send the browser to, and `IdentityProvider.finish_sign_in` says who came
back. What lies between is a row of the caller's (`PendingSignIn`), not a cookie: it can be used once, and survives a restart.

Authlib speaks OAuth (`code_flow.py`, the only file that knows it, because it has no types). The ID token is checked by ourselves
with joserfc (`id_token.py`), against a fixed list of algorithms.
"""

from homebeat.identity.oidc.provider import IdentityProvider
from homebeat.identity.oidc.values import BegunSignIn, Identity, PendingSignIn, Registration, SignInRefusal, digest_state

__all__ = ["BegunSignIn", "Identity", "IdentityProvider", "PendingSignIn", "Registration", "SignInRefusal", "digest_state"]
