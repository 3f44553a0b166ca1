"""Routes of pages read the parameters of their endpoints when they are first asked; what must fail at the start still does."""

from __future__ import annotations

from fastapi import FastAPI

from homebeat.console.web.route import DeferredRoute
from tests.unit.api.fixtures import web
from tests.unit.api.street import Clock, Street
from tests.unit.console.fixtures import console_app


def list_routes(app: FastAPI) -> list[DeferredRoute]:
    return [route for route in app.routes if isinstance(route, DeferredRoute)]


def test_a_page_that_nobody_asked_for_has_read_nothing(street: Street, clock: Clock) -> None:
    app = console_app(street, clock)
    with web(app) as browser:
        assert browser.get("/sign-in").status_code == 200
        assert {route.path for route in list_routes(app) if "dependant" in vars(route)} == {"/sign-in"}
        assert browser.get("/sign-in").status_code == 200


def test_every_page_can_be_read(street: Street, clock: Clock) -> None:
    """A parameter that FastAPI does not understand would otherwise be found by the first who asks."""
    routes = list_routes(console_app(street, clock))
    assert len(routes) > 100
    assert [route.path for route in routes if route.dependant.call is not route.endpoint] == []
