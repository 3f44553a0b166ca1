"""A connection whose attempt is over is closed, whatever it was about to do."""

from __future__ import annotations

import ssl

import httpcore2
import pytest

from homebeat.egress.network import BudgetStream, CallBudget, TooLong


class Connection(httpcore2.NetworkStream):
    """A connection that is open until it is closed."""

    def __init__(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


def test_a_connection_that_comes_too_late_for_tls_is_closed() -> None:
    connection = Connection()
    with pytest.raises(TooLong):
        BudgetStream(connection, CallBudget(0, 0)).start_tls(ssl.create_default_context(), "family.example")
    assert not connection.is_open
