"""Setting up sign-in through an identity provider: what settings need, what `homebeat check` says, what it costs without."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from homebeat.bootstrap.application import make_app
from homebeat.bootstrap.checking import check
from homebeat.bootstrap.connecting import try_connections
from homebeat.bootstrap.identity_provider import judge_identity_provider, open_identity_provider, try_identity_provider
from homebeat.bootstrap.runtime import read_wall_ms
from homebeat.cli import main
from homebeat.domain.errors import BadSettings
from homebeat.rules.catalogue import RULES
from homebeat.settings import InForce, load
from homebeat.settings.explain import explain
from homebeat.store import Store, open_store
from tests.identity_provider.fixtures import identity_provider, identity_provider_process
from tests.identity_provider.process import CLIENT_SECRET, CONFIDENTIAL_CLIENT, SUBJECT, RunningProvider
from tests.people import add_account, add_identity
from tests.unit.bootstrap.test_checking import Installation, installation

__all__ = ["identity_provider", "identity_provider_process", "installation"]
ROOT = Path(__file__).parents[3]
USUAL = {
    "HOMEBEAT_PUBLIC_URL": "https://care.example",
    "HOMEBEAT_OIDC_ISSUER": "https://id.example",
    "HOMEBEAT_OIDC_CLIENT_ID": "homebeat",
}
#: Makes the application as a process does that serves it, and says which libraries of sign-in it has imported by then.
MAKES_APP = """
import sys, time
from pathlib import Path
import homebeat.cli
from homebeat.bootstrap.checking import find
from homebeat.bootstrap.application import make_app
from homebeat.rules.catalogue import RULES
from homebeat.settings import load
from homebeat.store import open_store
import os
force = load(os.environ, RULES)
store = open_store(force.settings.store_url, force.settings.key_path)
find(force, store)
make_app(force, store, lambda: 0, {})
store.close()
print(sorted({name.partition(".")[0] for name in sys.modules} & {"authlib", "joserfc", "fastapi"}))
"""


def in_force(**more: str) -> InForce:
    return load(USUAL | {f"HOMEBEAT_OIDC_{name.upper()}": value for name, value in more.items()}, RULES)


def test_the_secret_comes_from_a_file_of_its_own_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{CLIENT_SECRET}\n")
    for force in (in_force(client_secret_file=str(file)), in_force(client_secret=CLIENT_SECRET)):
        assert open_identity_provider(force.settings)._registration.client_secret == CLIENT_SECRET
        assert judge_identity_provider(force.settings) == []
        assert CLIENT_SECRET not in repr(force) + repr(explain(force))
    assert open_identity_provider(in_force().settings)._registration.client_secret == ""


def test_the_button_says_the_name_else_the_host() -> None:
    assert in_force(name=" City ").settings.oidc.title == "City"
    assert in_force().settings.oidc.title == "id.example"


@pytest.mark.parametrize(
    "more, said",
    [
        ({"client_id": "a b"}, "client id: only letters"),
        ({"issuer": "http://id.example"}, "issuer: the address must begin with https://"),
        ({"issuer": "https://id.example/?realm=x"}, "must not have a part after ?"),
        ({"client_secret": "two words"}, "client secret: only letters"),
        ({"client_secret_file": "{}/missing"}, "missing cannot be read: No such file"),
        ({"client_secret_file": "{}/empty"}, "empty must hold the secret"),
        ({"client_secret_file": "{}/large"}, "large must hold the secret"),
        ({"client_secret_file": "{}/bytes"}, "bytes is not text"),
        ({"client_secret_file": "{}/good", "client_secret": "x"}, "are both set"),
    ],
)
def test_what_is_set_wrongly_is_said_with_what_to_do(tmp_path: Path, more: dict[str, str], said: str) -> None:
    for name, content in {"empty": b" \n", "large": b"x" * 5_000, "bytes": b"\xff", "good": b"s"}.items():
        (tmp_path / name).write_bytes(content)
    settings = in_force(**{name: value.format(tmp_path) for name, value in more.items()}).settings
    (finding,) = judge_identity_provider(settings)
    assert (said in finding.what, finding.is_wrong, "passwords work meanwhile" in finding.do) == (True, True, True), finding
    with pytest.raises(BadSettings, match="identity provider|oidc"):
        open_identity_provider(settings)
    assert try_identity_provider(settings, 1) is None, "said once"


def test_an_address_that_is_none_is_refused_with_its_source() -> None:
    with pytest.raises(BadSettings, match=r"oidc\.issuer \(HOMEBEAT_OIDC_ISSUER\)"):
        in_force(issuer="id.example")


def test_the_check_asks_the_provider_when_told_to_connect(
    identity_provider: RunningProvider, installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    installation.environ |= USUAL | {"HOMEBEAT_OIDC_ISSUER": identity_provider.issuer}
    assert try_identity_provider(installation.force.settings, 5) is None
    identity_provider.set_faults(metadata={"issuer": "https://evil.example"})
    asked = identity_provider.count_requests("/.well-known/openid-configuration")
    assert check(installation.force) == 0
    assert identity_provider.count_requests("/.well-known/openid-configuration") == asked, "without --connect nobody is called"
    found = [str(finding) for finding in try_connections(installation.force, [])]
    assert any("the identity provider: " in one and "is of the issuer 'https://evil.example'" in one for one in found), found
    identity_provider.set_faults(answers={"/keys": "hang"})
    slow = try_identity_provider(installation.force.settings, 0.5)
    assert slow is not None
    assert "takes too long to answer" in slow.what
    capsys.readouterr()


def test_accounts_of_another_issuer_are_remarked(installation: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    def connect(store: Store) -> None:
        for name, issuer in (("chen", "https://id.example"), ("li", "https://id.example/")):
            add_account(store, name, "desk")
            add_identity(store, name, issuer, "1")

    installation.write(connect)
    assert check(installation.force) == 0
    assert "another identity provider" not in capsys.readouterr().out
    installation.environ |= USUAL
    assert check(installation.force) == 0
    assert "note: 1 accounts are connected with another identity provider than https://id.example: li" in capsys.readouterr().out


def test_a_provider_that_is_set_wrongly_is_wrong_in_the_check_and_stops_no_start(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = installation.folder / "secret"
    secret.write_text("x")
    secret.chmod(0o644)
    installation.environ |= USUAL | {"HOMEBEAT_OIDC_CLIENT_SECRET_FILE": str(secret), "HOMEBEAT_OIDC_CLIENT_ID": "a:b"}
    assert check(installation.force) == 1
    said = capsys.readouterr().out
    assert "WRONG: sign-in through an identity provider: client id" in said
    assert f"Run: chmod 0640 {secret}" in said
    assert run(installation) == "['authlib', 'fastapi', 'joserfc']"


@pytest.mark.parametrize("is_set_up", [False, True])
def test_the_libraries_of_the_provider_are_imported_only_where_one_is_set_up(installation: Installation, is_set_up: bool) -> None:
    installation.environ |= USUAL if is_set_up else {}
    assert run(installation) == ("['authlib', 'fastapi', 'joserfc']" if is_set_up else "['fastapi']")


def run(installation: Installation) -> str:
    """Make the application in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", MAKES_APP],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **installation.environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_nobody_is_called_by_a_start(identity_provider: RunningProvider, installation: Installation) -> None:
    asked = identity_provider.count_requests("/.well-known/openid-configuration")
    installation.environ |= USUAL | {"HOMEBEAT_OIDC_ISSUER": identity_provider.issuer}
    run(installation)
    assert identity_provider.count_requests("/.well-known/openid-configuration") == asked


def test_what_a_process_serves_signs_in_by_the_settings_alone(
    identity_provider: RunningProvider,
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret = installation.folder / "secret"
    secret.write_text(CLIENT_SECRET)
    installation.environ |= USUAL | {
        "HOMEBEAT_OIDC_ISSUER": identity_provider.issuer,
        "HOMEBEAT_OIDC_CLIENT_ID": CONFIDENTIAL_CLIENT,
        "HOMEBEAT_OIDC_CLIENT_SECRET_FILE": str(secret),
        "HOMEBEAT_OIDC_NAME": "City",
    }
    for name, value in installation.environ.items():
        monkeypatch.setenv(name, value)
    settings = installation.force.settings
    store = open_store(settings.store_url, settings.key_path, create=False)
    add_account(store, "chen", "desk")
    assert main(["user", "connect", "chen", SUBJECT]) == 0
    assert capsys.readouterr().out == f"chen signs in through {identity_provider.issuer} from now on\n"
    app, _feed = make_app(installation.force, store, read_wall_ms, {})
    with TestClient(app, base_url="https://care.example", follow_redirects=False) as browser:

        def go() -> int:
            page = browser.post("/sign-in/provider")
            (address,) = re.findall(r'<a href="([^"]+)"', page.text)
            return int(browser.get(f"/sign-in/back?{identity_provider.visit(html.unescape(address))}").status_code)

        assert "Sign in with City" in browser.get("/sign-in", headers={"Accept-Language": "en"}).text
        assert (go(), browser.get("/console/signed-in").status_code) == (200, 204)
        assert main(["user", "disconnect", "chen"]) == 0
        assert (browser.get("/console/signed-in").status_code, go()) == (401, 401)
    assert main(["user", "disconnect", "chen"]) == 2
    assert "is not connected with the identity provider" in capsys.readouterr().err
    monkeypatch.delenv("HOMEBEAT_OIDC_ISSUER")
    assert main(["user", "connect", "chen", SUBJECT]) == 2
    assert "no identity provider is set up: see [oidc]" in capsys.readouterr().err
    store.close()
