"""Fixtures shared by the tests of the API and the console."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient as TestClient  # noqa: PLC0414  others take it from here

from homebeat.actions import ChangeFeed, Perform
from homebeat.api import ApiContext, create_app
from homebeat.api.site import Site
from homebeat.response.setup import ResponseSetup
from homebeat.store import Store, open_store
from tests.keys import KEY_FILE
from tests.unit.api.street import SECRET, Clock, Street
from tests.unit.api.whole_answers import WholeAnswers

BEARER = {"Authorization": f"Bearer {SECRET}"}


def api_context(store: Store, clock: Any, **more: Any) -> ApiContext:
    more = {"site": Site(more=("testserver",))} | more
    return ApiContext(
        store,
        clock,
        ChangeFeed(store, look_every_s=0.02),
        Perform(store, clock, more.get("setup") or ResponseSetup("https://desk.example")),
        "0.0.0-test",
        **more,
    )


def web(app: FastAPI, **more: Any) -> TestClient:
    return WholeAnswers(app, base_url="http://testserver", raise_server_exceptions=False, **more)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The street's database file, laid once; each test gets a copy of its own."""
    path = tmp_path_factory.mktemp("street") / "street.db"
    store = open_store(f"sqlite:///{path}", KEY_FILE)
    Street(store, Clock()).lay()
    store.close()
    return path


@pytest.fixture
def street(laid: Path, tmp_path: Path, clock: Clock) -> Iterator[Street]:
    for part in laid.parent.iterdir():
        shutil.copy(part, tmp_path / part.name)
    store = open_store(f"sqlite:///{tmp_path}/street.db", KEY_FILE, create=False)
    try:
        yield Street(store, clock)
    finally:
        store.close()


@pytest.fixture
def client(street: Street, clock: Clock) -> Iterator[TestClient]:
    with web(create_app(api_context(street.store, clock, tick_s=0.1)), headers=BEARER) as browser:
        yield browser
