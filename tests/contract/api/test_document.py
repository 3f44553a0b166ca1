"""As `tests/unit/api/test_document.py`, on PostgreSQL: two roles, and in `make soak` each of them."""

from __future__ import annotations

import pytest

from homebeat.domain.role import Role
from tests.conftest import SOAK, examples
from tests.unit.api.document import Caller
from tests.unit.api.street import Street
from tests.unit.api.test_document import WHO


@pytest.mark.parametrize("role", [Role.ADMIN, Role.NURSE] if SOAK == 1 else WHO)
def test_every_answer_is_one_that_the_document_names(role: str | None, street: Street) -> None:
    caller = Caller(street, role)
    caller.send_edges(WHO.index(role), 5 if SOAK == 1 else 1)
    caller.send_some(examples(1), examples(30))
    assert not caller.findings.found, str(caller.findings)
