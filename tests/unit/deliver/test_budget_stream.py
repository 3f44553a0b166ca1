"""A connection whose attempt is over is closed, whatever it was about to do."""

from __future__ import annotations

import ssl
from unittest.mock import Mock

import httpcore2
import pytest

from homebeat.egress.network import BudgetStream, CallBudget, TooLong


def test_a_connection_that_comes_too_late_for_tls_is_closed() -> None:
    inner = Mock(spec=httpcore2.NetworkStream)
    with pytest.raises(TooLong):
        BudgetStream(inner, CallBudget(0, 0)).start_tls(ssl.create_default_context(), "family.example")
    inner.close.assert_called_once_with()
    inner.start_tls.assert_not_called()
