"""What is remembered of a server decides about an address what looking at all of it would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.egress.policy import EgressPolicy

SERVERS = (
    "family.example",
    "127.0.0.1",
    "10.0.0.1:8443",
    "localhost",
    "2130706433",
    "a.b:444",
    "x:0",
    "169.254.169.254",
    "-a.",
    "a..b",
)
ENDS = (
    "",
    "/",
    "/hook/1",
    "?a=b",
    "#x",
    "@evil.example/",
    "\\@evil.example",
    "/\u4e00",
    "/a b",
    "/%zz",
    ":8443/x",
    ".evil.example",
    "/\x7f",
)


@given(
    scheme=st.sampled_from(("https://", "http://", "HTTPS://", "ftp://", "")),
    server=st.sampled_from(SERVERS) | st.text(max_size=12),
    end=st.sampled_from(ENDS) | st.text(max_size=12),
    policy=st.builds(EgressPolicy, st.booleans(), st.booleans(), st.sampled_from((None, frozenset({443, 8443})))),
)
def test_an_address_is_judged_as_if_nothing_was_remembered(scheme: str, server: str, end: str, policy: EgressPolicy) -> None:
    text = scheme + server + end
    assert policy.find_refusal(text) == policy.find_refusal_of(text)


@pytest.mark.parametrize("path", ["/hook/1", "/hook/2"])
def test_servers_are_remembered_for_one_policy_alone(path: str) -> None:
    assert EgressPolicy(allow_private=True).find_refusal(f"https://10.0.0.1{path}") == ""
    assert "may not be called" in EgressPolicy().find_refusal(f"https://10.0.0.1{path}")
