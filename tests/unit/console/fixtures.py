"""The console over the street, for somebody who is signed in and for a stranger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from homebeat.api import LivePlaces, create_app
from homebeat.console import ConsoleContext, install_console
from tests.people import cheap_sign_in, sign_in
from tests.unit.api.fixtures import TestClient, api_context, web
from tests.unit.api.street import Clock, Street


def console_app(street: Street, clock: Any, **more: Any) -> FastAPI:
    context = api_context(street.store, clock, **({"setup": more["setup"]} if "setup" in more else {}))
    app = create_app(context)
    given: Any = {
        "emergency_numbers": {"ambulance": "120", "fire": "119", "police": "110"},
        "places": LivePlaces(),
        "sign_in": cheap_sign_in(street.store, context.perform, clock),
    } | more
    install_console(app, ConsoleContext(street.store, clock, context.feed, context.perform, **given))
    return app


@pytest.fixture
def guest(street: Street, clock: Clock) -> Iterator[TestClient]:
    with web(console_app(street, clock, tick_s=0.1, flush_s=0.0), follow_redirects=False) as browser:
        yield browser


@pytest.fixture
def desk(guest: TestClient, street: Street) -> TestClient:
    assert sign_in(guest, street.store, "desk-1").status_code == 303
    return guest


def csrf_of(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def list_pages(app: FastAPI) -> dict[str, list[str]]:
    """All that the console answers to a GET, by path, but the stream, which does not end: the names of its query parameters."""
    pages = [one for one in app.routes if isinstance(one, APIRoute) and not one.include_in_schema and one.path != "/console/live"]
    return {one.path: [each.alias for each in _list_parameters(one.dependant)] for one in pages if "GET" in (one.methods or ())}


def _list_parameters(dependant: Dependant) -> list[ModelField]:
    return [*dependant.query_params, *(each for one in dependant.dependencies for each in _list_parameters(one))]
