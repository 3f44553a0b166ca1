"""What is wrong with settings is said with what to do, and only what is wrong."""

from __future__ import annotations

import pytest

from homebeat.settings import judge_settings, load
from tests.unit.settings.catalogue import RULES

GOOD = {"HOMEBEAT_PUBLIC_URL": "https://care.example"}
ACCOUNT = {"HOMEBEAT_MQTT_USERNAME": "homebeat", "HOMEBEAT_MQTT_PASSWORD": "hunter2"}
PROVIDER = {"HOMEBEAT_OIDC_ISSUER": "https://id.example", "HOMEBEAT_OIDC_CLIENT_ID": "homebeat"}
FAR = {"HOMEBEAT_MQTT_HOST": "broker.example"}


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"HOMEBEAT_MQTT_HOST": "::1"},
        {"HOMEBEAT_HTTP_HOST": "localhost"},
        {"HOMEBEAT_EGRESS_PORTS": "443,9443"},
        {"HOMEBEAT_EGRESS_PORTS": ""},
        PROVIDER,
        PROVIDER | {"HOMEBEAT_OIDC_CLIENT_SECRET": "x"},
        FAR | ACCOUNT | {"HOMEBEAT_MQTT_TLS": "yes"},
    ],
    ids=str,
)
def test_a_sound_setup_gives_nothing_to_say(environ: dict[str, str]) -> None:
    assert judge_settings(load(GOOD | environ, RULES)) == []


@pytest.mark.parametrize(
    "environ, what, do",
    [
        ({"HOMEBEAT_PUBLIC_URL": ""}, "public_url is not set: links in messages lead to http://127.0.0.1:8080", "Set public_url"),
        ({"HOMEBEAT_PUBLIC_URL": "http://127.0.0.1:8080"}, "open on this machine only", "Set it to"),
        ({"HOMEBEAT_PUBLIC_URL": "https://localhost"}, "open on this machine only", "Set it to"),
        ({"HOMEBEAT_PUBLIC_URL": "http://care.example"}, "in the clear", "https:// in public_url"),
        ({"HOMEBEAT_HTTP_HOST": "0.0.0.0", "HOMEBEAT_PUBLIC_URL": "http://care.example"}, "http.host is 0.0.0.0", "TLS proxy"),
        (FAR, "mqtt.username or mqtt.password is empty", "homebeat fleet acl"),
        (FAR | {"HOMEBEAT_MQTT_USERNAME": "homebeat"}, "mqtt.username or mqtt.password is empty", "an account"),
        ({"HOMEBEAT_OIDC_CLIENT_ID": "homebeat"}, "oidc.issuer is not set and other settings", "Set oidc.issuer"),
        ({"HOMEBEAT_OIDC_CLIENT_SECRET": "x"}, "oidc.issuer is not set and other settings", "Set oidc.issuer"),
        ({"HOMEBEAT_OIDC_ISSUER": "https://id.example"}, "oidc.client_id is not set", "what homebeat is called there"),
        (
            PROVIDER | {"HOMEBEAT_OIDC_CLIENT_SECRET": "x", "HOMEBEAT_OIDC_CLIENT_SECRET_FILE": "/x"},
            "are both set",
            "Take one of them away",
        ),
        ({"HOMEBEAT_EGRESS_PORTS": "9443"}, "egress.ports is 9443, and a list", "ports = [443, 8443, 9443]"),
        ({"HOMEBEAT_EGRESS_PORTS": "8443,9443"}, "replaces the usual 443", "ports = [443, 8443, 9443]"),
    ],
)
def test_what_can_never_work_is_wrong(environ: dict[str, str], what: str, do: str) -> None:
    found = judge_settings(load(GOOD | environ, RULES))
    assert any(finding.is_wrong and what in finding.what and do in finding.do for finding in found), found


@pytest.mark.parametrize(
    "environ, what",
    [
        ({"HOMEBEAT_PROT": "1"}, "HOMEBEAT_PROT is set"),
        (FAR | ACCOUNT, "in the clear"),
        ({"HOMEBEAT_HTTP_HOST": "0.0.0.0"}, "open beside the TLS proxy"),
        ({"HOMEBEAT_EGRESS_ALLOW_PRIVATE": "yes"}, "own network"),
        ({"HOMEBEAT_EGRESS_ALLOW_HTTP": "yes"}, "read on their way"),
        ({"HOMEBEAT_LIMITS_BACKFILL": "PT1H"}, "limits.backfill is shorter"),
    ],
)
def test_what_is_worth_a_second_look_is_not_wrong(environ: dict[str, str], what: str) -> None:
    (found,) = judge_settings(load(GOOD | environ, RULES))
    assert what in found.what
    assert found.do
    assert not found.is_wrong


def test_no_secret_is_told_and_each_fault_is_two_sentences() -> None:
    environ = FAR | ACCOUNT | {"HOMEBEAT_HTTP_HOST": "0.0.0.0", "HOMEBEAT_EGRESS_PORTS": "1"}
    found = judge_settings(load(environ, RULES))
    assert len(found) >= 3
    assert "hunter2" not in str(found)
    for finding in found:
        assert finding.what[-1] != "."
        assert finding.do[-1] != "."
        assert finding.do[0].isupper()
    assert [f.is_wrong for f in found] == sorted((f.is_wrong for f in found), reverse=True)
