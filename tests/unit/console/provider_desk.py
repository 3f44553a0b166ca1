"""The console with a real identity provider, and browsers that go there and come back."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from homebeat.actions import ProviderSignIn
from homebeat.api import LivePlaces, create_app
from homebeat.api.site import Site
from homebeat.console import ConsoleContext, install_console
from homebeat.console.web.session import SECURE_COOKIE
from homebeat.domain.scope import EVERYTHING
from homebeat.identity.oidc.provider import IdentityProvider
from homebeat.identity.oidc.values import Registration
from homebeat.store import AuditEntry
from tests.identity_provider.process import CLIENT_SECRET, CONFIDENTIAL_CLIENT, REDIRECT, SUBJECT, RunningProvider
from tests.people import add_identity, cheap_sign_in
from tests.unit.api.fixtures import TestClient, api_context
from tests.unit.api.street import Clock, Street
from tests.unit.api.whole_answers import WholeAnswers

ENGLISH = {"Accept-Language": "en"}
CARE = "https://care.example"
TITLE = "City <sign-in>"
DISCOVERY = "/.well-known/openid-configuration"


class Desk:
    """The console with a provider, and browsers that go there and come back."""

    def __init__(self, street: Street, clock: Clock, provider: RunningProvider) -> None:
        clock.now = time.time_ns() // 1_000_000  # the provider has the clock of the machine
        self.street, self.clock, self.provider = street, clock, provider
        context = api_context(street.store, clock, site=Site(CARE))
        signs_in = cheap_sign_in(street.store, context.perform, clock)
        registration = Registration(provider.issuer, CONFIDENTIAL_CLIENT, REDIRECT, CLIENT_SECRET)
        ours = ProviderSignIn(
            street.store,
            context.perform,
            clock,
            signs_in,
            IdentityProvider(registration, time.monotonic, seconds=2.0),
            issuer=provider.issuer,
            title=TITLE,
        )
        self.app = create_app(context)
        given: Any = {"sign_in": signs_in, "provider": ours, "link_base": CARE, "is_secure": True, "places": LivePlaces()}
        install_console(self.app, ConsoleContext(street.store, clock, context.feed, context.perform, **given))
        self.passwords = signs_in.passwords

    def open_browser(self, address: str = "203.0.113.7") -> TestClient:
        return WholeAnswers(
            self.app,
            base_url=CARE,
            raise_server_exceptions=False,
            follow_redirects=False,
            client=(address, 5000),
            headers=ENGLISH,
        )

    def connect(self, name: str = "desk-1", subject: str = SUBJECT) -> None:
        add_identity(self.street.store, name, self.provider.issuer, subject)

    def read_audit(self) -> tuple[AuditEntry, ...]:
        with self.street.store.read(EVERYTHING) as reader:
            return tuple(reader.audit.read_page(20).items)

    def count_pending(self) -> int:
        with self.street.store.begin() as tx:
            return tx.pending_sign_ins.count()


@pytest.fixture
def counter(street: Street, clock: Clock, identity_provider: RunningProvider) -> Desk:
    return Desk(street, clock, identity_provider)


@pytest.fixture
def browser(counter: Desk) -> Iterator[TestClient]:
    with counter.open_browser() as client:
        yield client


def leave(client: TestClient, **form: str) -> str:
    """Press the button; returns where the browser is led."""
    page = client.post("/sign-in/provider", data=form)
    assert page.status_code == 200, page.text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    assert found is not None
    return html.unescape(found[1])


def come_back(client: TestClient, query: str) -> Any:
    return client.get(f"/sign-in/back?{query}")


def go(client: TestClient, provider: RunningProvider, **form: str) -> Any:
    """Press the button, go there, and come back."""
    return come_back(client, provider.visit(leave(client, **form)))


def is_in(client: TestClient) -> bool:
    return bool(client.get("/console/signed-in").status_code == 204)


def refuse(answer: Any, said: str, status: int = 401) -> None:
    assert (answer.status_code, said in html.unescape(answer.text)) == (status, True), answer.text
    assert not any(cookie.startswith(f"{SECURE_COOKIE}=") for cookie in answer.headers.get_list("set-cookie"))
