"""Starts the provider as a process, and plays the browser that goes there and comes back."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx2

ROOT: Final = Path(__file__).parents[2]
#: Where the provider sends browsers back to; it is registered for both clients.
REDIRECT: Final = "https://care.example/sign-in/back"
PUBLIC_CLIENT: Final = "homebeat"
CONFIDENTIAL_CLIENT: Final = "homebeat-confidential"
CLIENT_SECRET: Final = "secret-of-the-test"
#: Who is signed in there.
SUBJECT: Final = "248289761001"


class RunningProvider:
    """The provider as seen from outside: its address, its faults, and what it was asked."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self._http = httpx2.Client(trust_env=False, timeout=20)

    def set_faults(self, **faults: Any) -> None:
        """Set all faults anew; without any, it works.

        Args:
            faults: `algorithm`, `claims` (None leaves one out, `{"now": -300}` is a time), `header`, `signed_by_a_stranger`,
                `metadata`, `more_keys`, `rotate`, `redirects` (further addresses that are registered), and `answers` (path to
                one of `ANSWERS`, or to `hang`, `trickle`, `drop`, `garbage`).
        """
        self._http.post(f"{self.issuer}/control", content=json.dumps(faults)).raise_for_status()

    def count_requests(self, path: str) -> int:
        """How often a path was asked for since the start."""
        return int(self._http.get(f"{self.issuer}/seen").json().get(path, 0))

    def visit(self, url: str) -> str:
        """Go where the browser is sent; returns the query with which it comes back."""
        answer = self._http.get(url)
        assert answer.status_code == 302, answer.text
        back, _, query = answer.headers["location"].partition("?")
        assert back == REDIRECT
        return str(query)

    def ask_for_tokens(self, **form: str) -> httpx2.Response:
        """Ask the token endpoint directly, as whoever has stolen a code does."""
        return self._http.post(
            f"{self.issuer}/token", data={"grant_type": "authorization_code", "redirect_uri": REDIRECT, **form}
        )

    def close(self) -> None:
        """Close our connections to it."""
        self._http.close()


@contextmanager
def run_identity_provider() -> Iterator[RunningProvider]:
    """Run one in a process of its own; it ends with us, whatever happens to us."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.identity_provider"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        provider = RunningProvider(int(process.stdout.readline()))
        try:
            yield provider
        finally:
            provider.close()
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def change_query(query: str, **parameters: str | None) -> str:
    """A query with some parameters set to something else; None leaves one out."""
    changed = dict(urllib.parse.parse_qsl(query)) | parameters
    return urllib.parse.urlencode({name: value for name, value in changed.items() if value is not None})
