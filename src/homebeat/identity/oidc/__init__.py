"""Sign-in through an identity provider: OpenID Connect, code flow with PKCE.

`provider.IdentityProvider.begin_sign_in` gives the address to send the browser to, and `finish_sign_in` says who came back. What
lies between is a row of the caller's (`values.PendingSignIn`), not a cookie: it can be used once, and survives a restart.

Authlib speaks OAuth (`code_flow.py`, the only file that knows it, because it has no types). The ID token is checked by ourselves
with joserfc (`id_token.py`), against a fixed list of algorithms. Both cost memory, 5 MB in a process that
serves pages and 30 in one that does nothing else: `provider.py` is imported only where a provider is set up. `values.py` costs
nothing.
"""
