"""Two consoles behind a balancer, each a process of its own, share their sessions."""

from __future__ import annotations

from tests.people import sign_in
from tests.unit.api.fixtures import web
from tests.unit.api.street import Clock, Street
from tests.unit.console.fixtures import console_app


def test_who_signed_in_at_one_is_signed_in_at_the_other(street: Street, clock: Clock) -> None:
    one, other = (console_app(street, clock) for _ in range(2))
    with web(one, follow_redirects=False) as first, web(other, follow_redirects=False) as second:
        assert second.get("/").status_code == 303
        assert sign_in(first, street.store, "desk-1").status_code == 303
        second.cookies = first.cookies
        assert second.get("/").status_code == 200
