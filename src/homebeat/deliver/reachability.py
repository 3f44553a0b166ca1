"""Tests whether a receiver can be reached: its name is resolved and TLS started, as for a delivery, but nothing is sent."""

from __future__ import annotations

import ssl

import httpcore2
import httpx2

from homebeat.egress.network import CallBudget, PinnedBackend, Resolver, resolve_by_system
from homebeat.egress.policy import EgressPolicy, find_port


def try_to_reach(address: str, policy: EgressPolicy, within_s: float, resolve: Resolver = resolve_by_system) -> str:
    """Open a connection to the address of a webhook, and close it; returns what is wrong, or an empty text."""
    if refusal := policy.find_refusal(address):
        return refusal
    url = httpx2.URL(address)
    deadline = CallBudget(within_s, 0)
    try:
        stream = PinnedBackend(policy, deadline, resolve).connect_tcp(url.host, find_port(url))
        if url.scheme == "https":
            stream = stream.start_tls(ssl.create_default_context(), url.host)
        stream.close()
    except (httpcore2.NetworkError, httpcore2.TimeoutException, OSError) as error:
        return f"it could not be reached, or its certificate is not trusted: {error}"
    return ""
