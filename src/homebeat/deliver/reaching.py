"""Can a receiver be reached at all? Its name is looked up and TLS spoken, as for a delivery, and nothing is sent."""

from __future__ import annotations

import ssl

import httpcore2
import httpx2

from homebeat.deliver.egress import EgressPolicy, port_of
from homebeat.deliver.network import Deadline, PinnedBackend, Resolver, system_resolver


def try_to_reach(address: str, policy: EgressPolicy, within_s: float, resolve: Resolver = system_resolver) -> str:
    """Open a connection to where a webhook goes, and close it; says what is wrong, empty when nothing is."""
    if refusal := policy.refusal(address):
        return refusal
    url = httpx2.URL(address)
    deadline = Deadline(within_s, 0)
    try:
        stream = PinnedBackend(policy, deadline, resolve).connect_tcp(url.host, port_of(url))
        if url.scheme == "https":
            stream = stream.start_tls(ssl.create_default_context(), url.host)
        stream.close()
    except (httpcore2.NetworkError, httpcore2.TimeoutException, OSError) as error:
        return f"it could not be reached, or its certificate is not trusted: {error}"
    return ""
